"""Quotes priced in their bytes are what the messages would be: every book, quote and role, and whatever bytes come in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from google.protobuf.message import DecodeError
from hypothesis import event, given, settings
from hypothesis import strategies as st

from engine.api import decode, encode
from engine.api.quick import QuickQuotes
from engine.kernels.wire import MOST
from engine.plan.lower import lower
from engine.plan.plan import Plan
from engine.pricing.quote import Quote
from engine.services.context import Context, Role
from engine.services.pricing.verbs import Pricing
from engine.services.refusal import Refused
from quotient.v1 import pricing_pb2
from tests.effort import tries
from tests.property.books import FACTS, books, quotes


@dataclass
class OnePlan:
    """A shelf with one plan on it, for every date: nothing to fetch, so that no store runs beside thousands of books."""

    held: Plan

    def only_book(self, tenant: str) -> str:
        return "made"

    def plan(self, tenant: str, book: str, version: str, day: int) -> Plan:
        return self.held


KINDS = {fact.path: fact.kind for fact in FACTS}
roles = st.sampled_from([Role.SELLER, Role.MANAGER, Role.STOREFRONT, Role.CUSTOMER])


def message_of(quote: Quote, waterfall: bool) -> pricing_pb2.PriceQuoteRequest:
    """A quote as a client sends it."""
    day = date.fromordinal(quote.date)
    asked = pricing_pb2.PriceQuoteRequest(
        date={"year": day.year, "month": day.month, "day": day.day}, waterfall=waterfall
    )
    for path, value in quote.facts.items():
        asked.facts[path] = KINDS[path].show(value) if path in KINDS else f"{value} months"
    for number, line in enumerate(quote.lines):
        made = asked.lines.add(product=line.product, group=line.group or "", term_months=number % 3 * 7)
        if line.quantity is not None:
            whole = line.quantity % 1_000_000 == 0
            setattr(made, "quantity" if whole else "quantity_micros", line.quantity // (1_000_000 if whole else 1))
        for path, value in line.facts.items():
            made.facts[path] = KINDS[path].show(value)
    return asked


def slowly(pricing: Pricing, context: Context, request: bytes) -> bytes | None:
    """What the messages answer, None where they refuse."""
    try:
        asked = pricing_pb2.PriceQuoteRequest.FromString(request)
        answer = encode.quote_of(context, *pricing.price(context, decode.asked_of(asked)))
        return answer.SerializeToString(deterministic=True)
    except (Refused, DecodeError):
        return None


@settings(max_examples=tries(200))
@given(st.data())
def test_a_quote_in_bytes_is_answered_as_its_message(data: st.DataObject) -> None:
    book = data.draw(books(settles=data.draw(st.booleans())))
    plan = lower(book)
    pricing = Pricing(OnePlan(plan), lambda: 0.0)  # type: ignore[arg-type]
    quick, left = QuickQuotes(pricing), plan.taxed or plan.goes_below
    for _ in range(2):
        quote = data.draw(quotes(book))
        quote.facts.pop("quote.term", None)  # the book does not declare it; lines have terms of their own
        request = message_of(quote, data.draw(st.booleans())).SerializeToString()
        context = Context("demo", "somebody", data.draw(roles))
        want = slowly(pricing, context, request)
        event("left" if left else "refused" if want is None else "answered")
        want = None if left else want
        assert quick.answer(context, request) == want  # the first time it learns the strings, the second it has them
        assert quick.answer(context, request) == want


PLAIN = pricing_pb2.PriceQuoteRequest(
    book="books/made", date={"year": 2026, "month": 1, "day": 5}, facts={"customer.segment": "mid", "customer.spend": "1_200 EUR"},
    lines=[
        pricing_pb2.QuoteLine(product="p0", quantity=3, group="a", facts={"line.weight": "2.5"}),
        pricing_pb2.QuoteLine(product="p0", quantity_micros=-1_500_000, term_months=6),
        pricing_pb2.QuoteLine(product="nothing", usage_estimate=7),
    ],
    waterfall=True,
).SerializeToString()  # fmt: skip
spans = st.tuples(st.integers(0, len(PLAIN)), st.integers(0, 24)).map(lambda s: (s[0], min(s[0] + s[1], len(PLAIN))))
pieces = st.binary(max_size=6) | spans.map(lambda s: PLAIN[s[0] : s[1]])
"""What a request is damaged with: noise, or a part of itself."""


@settings(max_examples=tries(400))
@given(st.data())
def test_damaged_bytes_are_answered_as_their_message_or_left_to_it(data: st.DataObject) -> None:
    pricing = Pricing(OnePlan(lower(data.draw(st.shared(books(settles=False), key="book")))), lambda: 0.0)  # type: ignore[arg-type]
    quick, context = QuickQuotes(pricing), Context("demo", "somebody", Role.MANAGER)
    for _ in range(8):
        request = PLAIN
        for _ in range(data.draw(st.integers(1, 3))):
            start, end = data.draw(spans)
            request = request[:start] + data.draw(pieces) + request[end:]
        got = quick.answer(context, request)
        event("left" if got is None else "answered")
        assert got is None or got == slowly(pricing, context, request)


@settings(max_examples=tries(100))
@given(st.data())
def test_numbers_at_their_edges(data: st.DataObject) -> None:
    edges = st.sampled_from(
        [0, 1, -1, 127, 128, MOST // 10**6, MOST // 10**6 + 1, MOST, MOST + 1, -MOST, 2**63 - 1, -(2**63)]
    )
    pricing = Pricing(OnePlan(lower(data.draw(st.shared(books(settles=False), key="book")))), lambda: 0.0)  # type: ignore[arg-type]
    quick, context = QuickQuotes(pricing), Context("demo", "somebody", Role.MANAGER)
    amount = data.draw(st.sampled_from(["quantity", "quantity_micros", "usage_estimate"]))
    term = data.draw(st.sampled_from([0, 1, 36, 2**31 - 1, -1, -(2**31)]))
    asked = pricing_pb2.PriceQuoteRequest.FromString(PLAIN)
    setattr(asked.lines[0], amount, data.draw(edges))
    asked.lines[1].term_months = term
    request = asked.SerializeToString()
    got, want = quick.answer(context, request), slowly(pricing, context, request)
    assert got == want or (got is None and term < 0)  # a term below zero is left to the message
