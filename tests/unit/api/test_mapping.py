"""Documents to messages and back: nothing is lost, what is ours is not taken from callers, what is wrong is named."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.api.mapping import from_message, masked, to_message
from engine.lifecycle.parties import Account, AccountKind, AccountStatus, Address, Contact, PaymentTerms, TaxNumber
from engine.lifecycle.quote import Bundle, Line, Option, Quote
from engine.services.refusal import Refused
from quotient.v1 import accounts_pb2, quotes_pb2

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
days = st.integers(1, date.max.toordinal())
words = st.dictionaries(texts, texts, max_size=3)
addresses = st.builds(Address, label=texts, lines=st.lists(texts).map(tuple), city=texts, country_code=texts)
accounts = st.builds(
    Account, display_name=texts.filter(bool), kind=st.sampled_from(AccountKind), parent=texts, owner=texts,
    contacts=st.lists(st.builds(Contact, display_name=texts, email=texts, primary=st.booleans()), max_size=3).map(tuple),
    billing_address=st.none() | addresses, delivery_addresses=st.lists(addresses, max_size=3).map(tuple),
    tax_numbers=st.lists(st.builds(TaxNumber, country_code=texts.filter(bool), number=texts.filter(bool)), max_size=2).map(tuple),
    payment_terms=st.none() | st.builds(PaymentTerms, net_days=st.integers(0, 99), discount_micros=st.integers(0, 10**6)), facts=words,
)  # fmt: skip
counts = st.none() | st.integers(-(2**63), 2**63 - 1)
lines = st.builds(
    Line,
    product=texts.filter(bool),
    quantity=counts,
    facts=words,
    grants=words,
    start_date=days | st.just(0),
    unit=texts,
)
bundles = st.builds(Bundle, id=texts.filter(bool), product=texts.filter(bool), choices=st.lists(texts).map(tuple))
options = st.builds(
    Option, option_id=texts.filter(bool), lines=st.lists(lines, max_size=3).map(tuple), bundles=st.lists(bundles, max_size=2).map(tuple)
)  # fmt: skip
quotes = st.builds(
    Quote,
    account=texts.filter(bool),
    options=st.lists(options, max_size=3).map(tuple),
    end_date=days | st.just(0),
    facts=words,
)


@given(accounts)
def test_an_account_comes_back_whole(account: Account) -> None:
    assert from_message(to_message(account, accounts_pb2.Account), Account) == account


@given(quotes)
def test_a_quote_comes_back_whole(quote: Quote) -> None:
    assert from_message(to_message(quote, quotes_pb2.Quote), Quote) == quote


def test_what_is_ours_is_not_taken_from_a_caller() -> None:
    account = Account(display_name="A", status=AccountStatus.CLOSED, create_time=5, creator="x", etag=7, erase_time=9)
    assert from_message(to_message(account, accounts_pb2.Account), Account) == Account(display_name="A")


@given(accounts, accounts, st.sets(st.sampled_from(["owner", "facts", "contacts", "billing_address", "payment_terms"])))
def test_a_mask_changes_what_it_names_and_nothing_else(before: Account, after: Account, paths: set[str]) -> None:
    after = replace(after, kind=before.kind)  # which stays as it was made
    message = to_message(after, accounts_pb2.Account)
    wanted = paths or {descriptor.name for descriptor, _ in message.ListFields()}
    assert masked(before, message, paths, "account") == replace(before, **{n: getattr(after, n) for n in wanted})


def test_a_field_is_named_by_its_path() -> None:
    quote = Quote(account="accounts/a", options=(Option(option_id="a", lines=(Line(),)),))
    with pytest.raises(Refused) as refused:
        from_message(to_message(quote, quotes_pb2.Quote), Quote, "quote")
    assert (refused.value.reason, refused.value.field) == ("REQUIRED", "quote.options[0].lines[0].product")
    message = quotes_pb2.Quote(account="accounts/a")
    message.end_date.year, message.end_date.month, message.end_date.day = 2026, 2, 30
    with pytest.raises(Refused) as refused:
        from_message(message, Quote, "quote")
    assert (refused.value.reason, refused.value.field) == ("INVALID_DATE", "quote.end_date")


def test_every_field_that_callers_may_set_is_one_of_the_document() -> None:
    for message, kind in ((accounts_pb2.Account, Account), (quotes_pb2.Quote, Quote)):
        ours = {one.name for one in fields(kind)}
        assert {one.name for one in message.DESCRIPTOR.fields} <= ours
