"""Versions of a quote side by side over the wire, with the saas book: what differs, to the micro, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import grpc
import pytest

from quotient.v1 import pricing_pb2
from quotient.v1 import quote_changes_pb2 as pb
from quotient.v1 import quotes_pb2 as quotes
from tests.wire.selling import SELLER, as_role
from tests.wire.service import Service
from tests.wire.test_parties import refused
from tests.wire.test_quotes import Selling, option

pytestmark = pytest.mark.service


@pytest.fixture
def selling(service: Service) -> Iterator[Selling]:
    with service.channel() as channel:
        yield Selling(channel)


def compare(selling: Selling, quote: quotes.Quote, **which: Any) -> pb.CompareQuoteVersionsResponse:
    request = pb.CompareQuoteVersionsRequest(name=quote.name, **which)
    return selling.quotes.CompareQuoteVersions(request, metadata=SELLER)


def update(selling: Selling, quote: quotes.Quote, **more: Any) -> quotes.Quote:
    change = quotes.Quote(name=quote.name, **more)
    return selling.quotes.UpdateQuote(quotes.UpdateQuoteRequest(quote=change), metadata=SELLER)


def two_lines(seats: int, hours: int = 0, calls: int = 0) -> quotes.QuoteOption:
    lines = [pricing_pb2.QuoteLine(product="seat", quantity=seats)]
    lines += [pricing_pb2.QuoteLine(product="consulting", quantity=hours)] if hours else []
    lines += [pricing_pb2.QuoteLine(product="onboarding", quantity=calls)] if calls else []
    return quotes.QuoteOption(option_id="basic", lines=lines)


def test_a_version_stands_beside_the_one_before(selling: Selling) -> None:
    account = selling.make(facts={"customer.segment": "enterprise"}).name
    first = selling.create(account, [two_lines(20, hours=8)])
    selling.do("Submit", first)
    revised = selling.do("Revise", first)
    assert not compare(selling, first).fields and not compare(selling, first).options
    second = update(selling, revised, options=[two_lines(300, calls=1), option("more", 5)], net_days=60, notes="Hello")
    found = compare(selling, second)
    assert (found.before.version, found.after.version, found.before.status) == (1, 2, "APPROVED")
    assert (found.after.revision, found.before.revision) == (int(second.etag), revised.versions[0].revision)
    assert {one.field: (one.before, one.after) for one in found.fields} == {
        "net_days": ("", "60"), "notes": ("", "Hello"),
    }  # fmt: skip
    basic, more = found.options
    assert (basic.option_id, basic.change, more.option_id, more.change) == ("basic", pb.CHANGED, "more", pb.ADDED)
    seat, onboarding, consulting = basic.lines
    was, is_ = first.options[0].price.lines[0], second.options[0].price.lines[0]
    assert (seat.change, seat.before.quantity_micros, seat.after.quantity_micros) == (
        pb.CHANGED,
        20_000_000,
        300_000_000,
    )
    assert (seat.before.unit_net_amount_micros, seat.after.unit_net_amount_micros) == (
        was.unit_net_amount_micros,
        is_.unit_net_amount_micros,
    )
    assert seat.net_difference_micros == is_.net_amount_micros - was.net_amount_micros
    assert "quantity_micros" in seat.fields and "product" not in seat.fields
    assert (onboarding.change, onboarding.after.product) == (pb.ADDED, "onboarding")
    assert (consulting.change, consulting.net_difference_micros) == (
        pb.REMOVED, -first.options[0].price.lines[1].net_amount_micros,
    )  # fmt: skip
    before = {one.name: one.net_amount_micros for one in first.options[0].totals}
    after = {one.name: one.net_amount_micros for one in second.options[0].totals}
    assert {one.name: one.net_difference_micros for one in basic.totals} == {
        name: after.get(name, 0) - before.get(name, 0)
        for name in before | after
        if after.get(name, 0) != before.get(name, 0)
    }
    assert [(one.approval, list(one.after)) for one in basic.approvals] == [("deep_discount", ["deal_desk"])]
    assert "it is paid after 60 days instead of 0" in basic.worse


def test_revisions_are_compared_by_their_etags(selling: Selling) -> None:
    first = selling.draft(20)
    second = update(selling, first, display_name="For Ann")
    found = compare(selling, first, before_revision=int(first.etag))
    assert [(one.field, one.after) for one in found.fields] == [("display_name", "For Ann")] and not found.options
    back = compare(selling, first, before_revision=int(second.etag), after_revision=int(first.etag))
    assert [(one.before, one.after) for one in back.fields] == [("For Ann", "")]


def test_what_cannot_be_compared_is_said(selling: Selling) -> None:
    quote = selling.draft(20)
    for which, code, said in (
        ({}, "INVALID_ARGUMENT", "no version before its first"),
        ({"before_version": 9}, "NOT_FOUND", "versions 1 to 1"),
        ({"before_version": -1}, "NOT_FOUND", "versions 1 to 1"),
        ({"before_revision": 9}, "NOT_FOUND", "revisions 1 to 1"),
        ({"after_revision": 9}, "NOT_FOUND", "revisions 1 to 1"),
        ({"before_version": 1, "before_revision": 1}, "INVALID_ARGUMENT", "not both"),
    ):
        request = pb.CompareQuoteVersionsRequest(name=quote.name, **which)
        found, words = refused(selling.quotes.CompareQuoteVersions, request)
        assert (found.name, said in words) == (code, True)
    request = pb.CompareQuoteVersionsRequest(name=quote.name, before_revision=1)
    for who, status in (
        (as_role("customer"), grpc.StatusCode.PERMISSION_DENIED),
        (as_role("manager", tenant="other"), grpc.StatusCode.NOT_FOUND),
    ):
        assert refused(selling.quotes.CompareQuoteVersions, request, metadata=who)[0] == status
