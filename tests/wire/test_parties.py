"""Accounts and legal entities over the wire: made, changed, listed, erased; asked again; by others."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from quotient.v1 import accounts_pb2 as pb
from quotient.v1 import pricing_pb2
from tests.wire.selling import ADMIN, MANAGER, SELLER, Parties, account, as_role
from tests.wire.service import Service

pytestmark = pytest.mark.service


@pytest.fixture
def parties(service: Service) -> Iterator[Parties]:
    with service.channel() as channel:
        yield Parties(channel)


def refused(call: Any, *given: Any, metadata: Any = SELLER) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.RpcError) as error:
        call(*given, metadata=metadata)
    return error.value.code(), error.value.details()  # type: ignore[union-attr]


def test_an_account_is_kept_in_its_one_form(parties: Parties) -> None:
    made = parties.make(tax_numbers=[pb.TaxNumber(country_code="nl", number="4495445B01")])
    found = parties.accounts.GetAccount(pb.GetAccountRequest(name=made.name), metadata=SELLER)
    assert found == made
    assert (made.etag, made.status, made.creator) == ("1", pb.Account.ACTIVE, "a-seller")
    assert made.contacts[0] == pb.Contact(display_name="Ann", email="ann@acme.example", phone="+31201234567")
    assert made.tax_numbers[0] == pb.TaxNumber(country_code="NL", number="NL004495445B01")
    assert made.create_time == made.update_time and made.create_time.seconds > 1_700_000_000


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"display_name": ""}, "account.display_name"),
        ({"currency_code": "EURO"}, "account.currency_code"),
        ({"language_code": "??"}, "account.language_code"),
        ({"parent": "quotes/1"}, "account.parent"),
        ({"billing_address": pb.Address(country_code="XX")}, "account.billing_address.country_code"),
        ({"contacts": [pb.Contact(email="nobody")]}, "account.contacts[0].email"),
        ({"contacts": [pb.Contact(phone="12")]}, "account.contacts[0].phone"),
        ({"contacts": [pb.Contact()]}, "account.contacts[0]"),
        ({"tax_numbers": [pb.TaxNumber(country_code="NL", number="123456789B14")]}, "account.tax_numbers[0].number"),
        ({"kind": 9}, "account.kind"),
        ({"display_name": "x" * 20_000}, "account.display_name"),
    ],
)
def test_what_is_wrong_is_named(parties: Parties, more: dict[str, Any], field: str) -> None:
    with pytest.raises(grpc.RpcError) as error:
        parties.make(**more)
    assert error.value.code() == grpc.StatusCode.INVALID_ARGUMENT  # type: ignore[union-attr]
    details = dict(error.value.trailing_metadata())["grpc-status-details-bin"]  # type: ignore[union-attr]
    assert field.encode() in details


def test_a_request_id_makes_one_account(parties: Parties) -> None:
    request_id = uuid.uuid4().hex
    first = parties.make(request_id=request_id)
    parties.accounts.BlockAccount(pb.BlockAccountRequest(name=first.name, reason="late"), metadata=MANAGER)
    assert parties.make(request_id=request_id) == first
    again = pb.CreateAccountRequest(account=account(display_name="Other"), request_id=request_id)
    assert refused(parties.accounts.CreateAccount, again)[0] == grpc.StatusCode.ALREADY_EXISTS
    same = pb.CreateAccountRequest(account=account(), request_id=request_id)
    assert parties.accounts.CreateAccount(same, metadata=MANAGER).name != first.name, "another's request"


def test_a_mask_says_what_changes(parties: Parties) -> None:
    made = parties.make()
    change = pb.Account(name=made.name, etag=made.etag, owner="sam", currency_code="USD")
    request = pb.UpdateAccountRequest(account=change, update_mask=FieldMask(paths=["owner", "language_code"]))
    changed = parties.accounts.UpdateAccount(request, metadata=SELLER)
    assert (changed.owner, changed.language_code, changed.currency_code, changed.etag) == ("sam", "", "EUR", "2")
    assert refused(parties.accounts.UpdateAccount, request)[0] == grpc.StatusCode.ABORTED
    request.account.etag = ""
    assert parties.accounts.UpdateAccount(request, metadata=SELLER).etag == "3"
    request.update_mask.paths[:] = ["status"]
    assert refused(parties.accounts.UpdateAccount, request)[0] == grpc.StatusCode.INVALID_ARGUMENT


def test_accounts_have_a_hierarchy_without_circles(parties: Parties) -> None:
    top = parties.make(display_name="Group")
    below = parties.make(parent=top.name)
    listed = pb.ListAccountsRequest(filter=f'parent = "{top.name}" AND status = ACTIVE')
    assert [one.name for one in parties.accounts.ListAccounts(listed, metadata=SELLER).accounts] == [below.name]
    circle = pb.UpdateAccountRequest(account=pb.Account(name=top.name, parent=below.name))
    assert refused(parties.accounts.UpdateAccount, circle)[0] == grpc.StatusCode.INVALID_ARGUMENT
    nowhere = pb.UpdateAccountRequest(account=pb.Account(name=top.name, parent="accounts/none"))
    assert refused(parties.accounts.UpdateAccount, nowhere)[0] == grpc.StatusCode.NOT_FOUND


def test_pages_follow_each_other(parties: Parties) -> None:
    owner = uuid.uuid4().hex
    made = [parties.make(owner=owner).name for _ in range(5)]
    found, token = [], ""
    for _ in range(3):
        request = pb.ListAccountsRequest(page_size=2, page_token=token, filter=f"owner = {owner}")
        answer = parties.accounts.ListAccounts(request, metadata=SELLER)
        found.extend(one.name for one in answer.accounts)
        token = answer.next_page_token
    assert (found, token) == (made[::-1], "")
    wrong = pb.ListAccountsRequest(filter="colour = red")
    status, said = refused(parties.accounts.ListAccounts, wrong)
    assert status == grpc.StatusCode.INVALID_ARGUMENT and "price_group" in said


def test_what_is_erased_is_gone_from_the_account(parties: Parties) -> None:
    made = parties.make(kind=pb.Account.PERSON, display_name="Jan Jansen", facts={"customer.segment": "startup"})
    assert (
        refused(parties.accounts.EraseAccount, pb.EraseAccountRequest(name=made.name))[0]
        == grpc.StatusCode.PERMISSION_DENIED
    )
    erased = parties.accounts.EraseAccount(pb.EraseAccountRequest(name=made.name, reason="article 17"), metadata=ADMIN)
    assert (erased.status, erased.display_name, list(erased.contacts)) == (pb.Account.ERASED, "", [])
    assert not erased.HasField("billing_address") and erased.facts["customer.segment"] == "startup"
    after = pb.UpdateAccountRequest(account=pb.Account(name=made.name, owner="x"))
    status, said = refused(parties.accounts.UpdateAccount, after)
    assert status == grpc.StatusCode.FAILED_PRECONDITION and "it takes erase" in said


def test_another_tenant_sees_nothing(parties: Parties) -> None:
    made = parties.make()
    other = as_role("administrator", tenant="other")
    assert (
        refused(parties.accounts.GetAccount, pb.GetAccountRequest(name=made.name), metadata=other)[0]
        == grpc.StatusCode.NOT_FOUND
    )
    assert not parties.accounts.ListAccounts(pb.ListAccountsRequest(), metadata=other).accounts


def test_a_chosen_id_is_taken_once(parties: Parties) -> None:
    chosen = f"acme-{uuid.uuid4().hex[:8]}"
    assert parties.make(account_id=chosen).name == f"accounts/{chosen}"
    with pytest.raises(grpc.RpcError, match="there is accounts/"):
        parties.make(account_id=chosen)


def test_a_seller_has_bank_accounts_and_ranges(parties: Parties) -> None:
    entity = pb.LegalEntity(
        legal_name="Quotient BV", address=pb.Address(country_code="nl"),
        bank_accounts=[pb.BankAccount(iban="NL91 ABNA 0417 1643 00", holder="Quotient BV")],
        number_ranges=[pb.NumberRange(documents="quotes", prefix="NL-", digits=5)],
    )  # fmt: skip
    made = parties.entities.CreateLegalEntity(pb.CreateLegalEntityRequest(entity=entity), metadata=ADMIN)
    assert made.bank_accounts[0].iban == "NL91ABNA0417164300"
    entity.bank_accounts[0].iban = "NL91 ABNA 0417 1643 01"
    wrong = pb.CreateLegalEntityRequest(entity=entity)
    assert refused(parties.entities.CreateLegalEntity, wrong, metadata=ADMIN)[0] == grpc.StatusCode.INVALID_ARGUMENT
    assert refused(parties.entities.CreateLegalEntity, wrong)[0] == grpc.StatusCode.PERMISSION_DENIED


def ranged(*prefixes: str, documents: str = "quotes") -> pb.CreateLegalEntityRequest:
    ranges = [pb.NumberRange(documents=documents, prefix=one) for one in prefixes]
    return pb.CreateLegalEntityRequest(entity=pb.LegalEntity(legal_name="A seller", number_ranges=ranges))


def test_no_two_documents_get_one_number(parties: Parties) -> None:
    own = uuid.uuid4().hex[:8] + "x-"
    made = parties.entities.CreateLegalEntity(ranged(own), metadata=ADMIN)
    for prefix in (own, f"{own}0", f"{own}17"):
        code, said = refused(parties.entities.CreateLegalEntity, ranged(prefix), metadata=ADMIN)
        assert code == grpc.StatusCode.ALREADY_EXISTS and said.startswith(f"{made.name} numbers quotes by a prefix"), (
            said
        )
    parties.entities.CreateLegalEntity(ranged(own, documents="invoices"), metadata=ADMIN)
    other = parties.entities.CreateLegalEntity(ranged(f"{own}b-"), metadata=ADMIN)
    changed = pb.LegalEntity(name=made.name, number_ranges=[pb.NumberRange(documents="quotes", prefix=f"{own}c-")])
    paths = FieldMask(paths=["number_ranges"])
    update = pb.UpdateLegalEntityRequest(entity=changed, update_mask=paths)
    assert parties.entities.UpdateLegalEntity(update, metadata=ADMIN).number_ranges[0].prefix == f"{own}c-"
    changed.name, changed.number_ranges[0].prefix = other.name, own  # numbers were given by it, perhaps
    update = pb.UpdateLegalEntityRequest(entity=changed, update_mask=paths)
    assert refused(parties.entities.UpdateLegalEntity, update, metadata=ADMIN)[0] == grpc.StatusCode.ALREADY_EXISTS
    for wrong in (("Q-",), ("Q-2",), (f"{own}d-", f"{own}e-")):
        assert (
            refused(parties.entities.CreateLegalEntity, ranged(*wrong), metadata=ADMIN)[0]
            == grpc.StatusCode.INVALID_ARGUMENT
        )


def test_what_an_account_is_counts_in_its_prices(parties: Parties, service: Service) -> None:
    """A storefront cannot say the segment, which is the account's; naming the account is enough."""
    made = parties.make(facts={"customer.segment": "startup"})
    line = pricing_pb2.QuoteLine(product="seat", quantity=5)
    facts = {"quote.term": "12 months"}
    request = pricing_pb2.PriceQuoteRequest(book="books/saas", facts=facts, lines=[line], account=made.name)
    storefront = (*as_role("storefront"), ("x-quotient-account", made.name))
    assert (
        refused(service.pricing().PriceQuote, request, metadata=as_role("storefront"))[0]
        == grpc.StatusCode.PERMISSION_DENIED
    )
    answer = service.pricing().PriceQuote(request, metadata=storefront)
    said = facts | {"customer.segment": "startup", "customer.country": "NL"}
    request = pricing_pb2.PriceQuoteRequest(book="books/saas", facts=said, lines=[line])
    bare = pricing_pb2.PriceQuoteRequest(book="books/saas", facts=facts, lines=[line])
    assert service.pricing().PriceQuote(bare, metadata=storefront) == answer
    assert answer.complete and answer == service.pricing().PriceQuote(request, metadata=SELLER)
    listing = pricing_pb2.ListPricesRequest(
        book="books/saas", facts=facts, products=["seat"], quantity=5, account=made.name
    )
    (price,) = service.pricing().ListPrices(listing, metadata=storefront).prices
    assert price.net_amount_micros == answer.lines[0].net_amount_micros
    request.account = "accounts/none"
    assert refused(service.pricing().PriceQuote, request)[0] == grpc.StatusCode.NOT_FOUND
