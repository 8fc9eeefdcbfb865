"""Quotes in bytes where tables are outgrown, forgotten or full, against the messages each time."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.api import servicers
from engine.api.quick import QuickQuotes, entry_of
from engine.api.servicers import PricingServicer, Services
from engine.kernels.wire import read_fields
from engine.lang.check import check
from engine.plan.lower import lower
from engine.plan.plan import Plan
from engine.pricing import known
from engine.services.context import Context, Role
from engine.services.pricing.verbs import Pricing
from engine.services.refusal import Refused
from quotient.v1 import pricing_pb2
from tests.property.test_wire import OnePlan, slowly

BOOK = Path(__file__).parents[3] / "rules" / "saas"
MANAGER = Context("demo", "somebody", Role.MANAGER)


@pytest.fixture(scope="module")
def plan() -> Plan:
    """The software vendor's book."""
    files = {path.name: path.read_bytes() for path in BOOK.iterdir()}
    book = check(files).book
    assert book
    return lower(book)


@pytest.fixture
def pricing(plan: Plan) -> Pricing:
    """Over a plan that has not met any string yet."""
    fresh = Plan(plan.head, plan.arena, plan.dims, plan.words, plan.dim_of)
    return Pricing(OnePlan(fresh), lambda: 1_777_852_800.0)  # type: ignore[arg-type]


def quote(lines: int, spend: str = "25_000 EUR", **more: object) -> pricing_pb2.PriceQuoteRequest:
    """An enterprise's quote: seats, support and unknown things in turn."""
    asked = pricing_pb2.PriceQuoteRequest(book="saas", waterfall=True, facts={
        "customer.segment": "enterprise", "customer.account": "ACME", "customer.country": "CH",
        "customer.lifetime_spend": spend, "quote.term": "24 months",
    }, **more)  # fmt: skip
    for number in range(lines):
        product, group = ("seat", "support", "seat", "nothing")[number % 4], ("rollout", "", "nowhere")[number % 3]
        asked.lines.add(
            product=product, quantity=number - 20, group=group, facts={"line.rush": "yes" if number % 2 else "no"}
        )
    return asked


@pytest.mark.parametrize("lines", [1, 63, 64, 65, 700, 2_000])
def test_buffers_grow(pricing: Pricing, lines: int) -> None:
    quick, request = QuickQuotes(pricing), quote(lines).SerializeToString()
    answer = quick.answer(MANAGER, request)
    assert answer is not None
    assert answer == slowly(pricing, MANAGER, request)


def test_more_lines_than_allowed_are_left_to_the_message(pricing: Pricing) -> None:
    assert QuickQuotes(pricing).answer(MANAGER, quote(2_001).SerializeToString()) is None


def test_more_values_than_are_kept(pricing: Pricing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known, "MOST_FACTS", 20)
    quick = QuickQuotes(pricing)
    for number in range(70):
        request = quote(4, f"{number * 500} EUR").SerializeToString()
        assert quick.answer(MANAGER, request) == slowly(pricing, MANAGER, request)


def test_a_text_too_long_to_keep(pricing: Pricing) -> None:
    quick, asked = QuickQuotes(pricing), quote(4)
    asked.facts["customer.account"] = "é" * 400
    request = asked.SerializeToString()
    for _ in range(2):
        answer = quick.answer(MANAGER, request)
        assert answer is not None
        assert answer == slowly(pricing, MANAGER, request)


def test_today_is_the_clock_s(pricing: Pricing) -> None:
    answer = QuickQuotes(pricing).answer(MANAGER, quote(1).SerializeToString())
    assert answer is not None
    today = pricing_pb2.PriceQuoteResponse.FromString(answer).date
    assert (today.year, today.month, today.day) == (2026, 5, 4)


def test_totals_that_do_not_fit_are_refused(pricing: Pricing) -> None:
    asked = pricing_pb2.PriceQuoteRequest(book="saas", facts=quote(0).facts)
    for _ in range(2):
        asked.lines.add(product="security_key", quantity=250_000_000_000)
    servicer = PricingServicer(Services(pricing, None, None, None, None))  # type: ignore[arg-type]
    with pytest.raises(Refused) as refused:
        servicer.PriceQuote(MANAGER, asked.SerializeToString())
    assert (refused.value.reason, refused.value.field) == ("TOTAL_TOO_LARGE", "lines")


def test_a_listing_is_the_quote_s_lines(pricing: Pricing) -> None:
    servicer = PricingServicer(Services(pricing, None, None, None, None))  # type: ignore[arg-type]
    asked = pricing_pb2.ListPricesRequest(
        book="saas", facts=quote(0).facts, products=["seat", "nothing", "support"], quantity=12
    )
    quick = servicer.ListPrices(MANAGER, asked.SerializeToString())
    lines = [pricing_pb2.QuoteLine(product=code, quantity=12) for code in asked.products]
    whole = pricing_pb2.PriceQuoteRequest(book="saas", facts=asked.facts, lines=lines)
    priced = pricing_pb2.PriceQuoteResponse.FromString(servicer.PriceQuote(MANAGER, whole.SerializeToString()))
    listed = pricing_pb2.ListPricesResponse.FromString(quick)
    assert list(listed.prices) == list(priced.lines)
    assert (listed.book_version, listed.currency_code) == (priced.book_version, priced.currency_code)
    assert listed.hold_until == priced.hold_until
    many = pricing_pb2.ListPricesRequest(products=["seat"], quantity=2**62).SerializeToString()
    with pytest.raises(Refused, match="a quantity is at most"):
        servicer.ListPrices(MANAGER, many)


def test_many_quotes_each_with_its_own_answer(pricing: Pricing) -> None:
    servicer = PricingServicer(Services(pricing, None, None, None, None))  # type: ignore[arg-type]
    good, bad = quote(3), quote(1, "a lot")
    asked = pricing_pb2.PriceQuotesRequest(quotes=[good, bad, good]).SerializeToString()
    unknown = b"\x98\x06\x01"  # a field that a newer client may send
    for request in (asked, asked + unknown):
        first, second, third = pricing_pb2.PriceQuotesResponse.FromString(
            servicer.PriceQuotes(MANAGER, request)
        ).answers
        assert first.quote == third.quote
        assert first.quote.SerializeToString() == slowly(pricing, MANAGER, good.SerializeToString())
        assert second.error.message.startswith("`customer.lifetime_spend`")


def test_a_stream_s_answers_carry_their_ids(pricing: Pricing) -> None:
    servicer = PricingServicer(Services(pricing, None, None, None, None))  # type: ignore[arg-type]
    sent = [
        pricing_pb2.PriceStreamRequest(correlation_id="one", quote=quote(1)),
        pricing_pb2.PriceStreamRequest(quote=quote(1, "a lot")),
    ]
    requests = iter([request.SerializeToString() for request in sent])
    one, two = (pricing_pb2.PriceStreamResponse.FromString(a) for a in servicer.PriceStream(MANAGER, requests))
    assert (one.correlation_id, one.answer.WhichOneof("answer")) == ("one", "quote")
    assert (two.correlation_id, two.answer.WhichOneof("answer")) == ("", "error")


@pytest.mark.parametrize("call", ["PriceQuote", "PriceQuotes", "ListPrices"])
def test_bytes_that_are_no_message_are_refused(pricing: Pricing, call: str) -> None:
    servicer = PricingServicer(Services(pricing, None, None, None, None))  # type: ignore[arg-type]
    for damaged in (b"\x0a\x05ab", b"\x0a\x02\xff\xff", b"\xff" * 12):
        with pytest.raises(servicers.Malformed) as refused:
            getattr(servicer, call)(MANAGER, damaged)
        assert (refused.value.status, refused.value.reason) == ("INVALID_ARGUMENT", "MALFORMED")


def test_an_entry_of_facts_is_read_as_the_map_s() -> None:
    whole = pricing_pb2.PriceQuoteRequest(facts={"customer.account": "x" * 300}).SerializeToString()
    assert entry_of(whole[3:]) == ("customer.account", "x" * 300)
    for damaged in (b"\x0a\x05ab", b"\x0a" * 20_000):
        with pytest.raises(ValueError, match=r"map entry|too long"):
            entry_of(damaged)


def test_fields_that_are_not_all_of_bytes_are_not_told() -> None:
    import numpy as np

    room = np.empty((2, 3), np.int64)
    assert read_fields(b"\x0a\x01x\x12\x00", room) == 2
    assert room.tolist() == [[1, 2, 3], [2, 5, 5]]
    assert read_fields(b"\x08\x01", room) < 0
    assert read_fields(b"\x0a\x05x", room) < 0
    assert read_fields(b"\x0a\x00" * 3, room) < 0
