"""Only what is charged by use may be asked for without a quantity: every door says so of any other product."""

from __future__ import annotations

from datetime import date

import pytest

from engine.api import decode, encode
from engine.api.quick import QuickQuotes
from engine.lang import check
from engine.plan.lower import lower
from engine.plan.plan import Plan
from engine.pricing import price_quote
from engine.pricing.interpret import price
from engine.pricing.quote import Line, PricedLine, Quote
from engine.services.context import Context, Role
from engine.services.pricing.verbs import Pricing
from engine.values.kinds import MICROS
from quotient.v1 import pricing_pb2
from tests.property.test_wire import OnePlan

BOOK = """price book shop
  currency   EUR
  units      piece pieces, call calls
  groups     first

product lamp
  price 4_000 EUR per piece

product calls
  price 0.01 EUR per call per use

steps
  list
  volume additive
  floor

volume discount several on everything
  {when}give 5% off list
"""
WHENS = pytest.mark.parametrize(
    "when", ["", "when number of lines where (product is lamp) > 2\n  "], ids=["line by line", "across"]
)
DAY = date(2026, 5, 4)
SAID = "`lamp` is asked for without a quantity: say how many pieces"


def book_of(when: str):  # type: ignore[no-untyped-def]
    report = check({"book.quo": BOOK.format(when=when).encode()})
    assert report.book is not None, report.diagnostics
    return report.book


def told(line: PricedLine) -> tuple[str | None, str | None, bool, int]:
    return line.error and line.error.code, line.error and line.error.message, line.estimated, line.net_amount


@WHENS
@pytest.mark.parametrize("group", [None, "first"])
def test_a_line_without_a_quantity_has_no_price_unless_it_is_charged_by_use(when: str, group: str | None) -> None:
    book = book_of(when)
    lines = (
        Line("lamp", None, group),
        Line("calls", None, group),
        Line("lamp", 2 * MICROS, group),
        Line("lamp", 0, group),
    )
    quote = Quote(DAY.toordinal(), {}, lines)
    off = 0 if when else 5  # across: the line that is refused counts for no other
    want = [
        ("INVALID_QUANTITY", SAID, True, 0), (None, None, False, 0), (None, None, True, 8_000 * (100 - off) // 100 * MICROS),
        (None, None, True, 0),
    ]  # fmt: skip
    for priced in (price_quote(lower(book), quote), price(book, quote)):
        assert [told(line) for line in priced.lines] == want
        assert not priced.complete


def test_a_named_unit_does_not_make_it_one() -> None:
    book = book_of("")
    quote = Quote(DAY.toordinal(), {}, (Line("lamp", None, unit="piece"),))
    for priced in (price_quote(lower(book), quote), price(book, quote)):
        assert told(priced.lines[0])[:2] == ("INVALID_QUANTITY", SAID)


@pytest.mark.parametrize("group", ["", "first"])
def test_the_quick_way_says_what_the_messages_do(group: str) -> None:
    plan: Plan = lower(book_of(""))
    pricing = Pricing(OnePlan(plan), lambda: 0.0)  # type: ignore[arg-type]
    asked = pricing_pb2.PriceQuoteRequest(date={"year": DAY.year, "month": DAY.month, "day": DAY.day})
    for product in ("lamp", "calls", "nothing"):
        asked.lines.add(product=product, group=group)
    asked.lines.add(product="lamp", quantity=1, group=group)
    context, quick = Context("demo", "somebody", Role.SELLER), QuickQuotes(pricing)
    want = encode.quote_of(context, *pricing.price(context, decode.asked_of(asked)))
    assert [line.error.code for line in want.lines] == ["INVALID_QUANTITY", "", "UNKNOWN_PRODUCT", ""]
    assert want.lines[0].error.message == SAID and want.lines[1].not_estimated
    for _ in range(2):  # the first time it learns the strings, the second it has them
        assert quick.answer(context, asked.SerializeToString()) == want.SerializeToString(deterministic=True)
