"""The kernels agree with the interpreter to the last micro-unit, on every book and quote that Hypothesis makes."""

from __future__ import annotations

from dataclasses import fields, replace

from hypothesis import event, given, settings
from hypothesis import strategies as st

from engine.plan.lower import lower
from engine.pricing import price_quotes
from engine.pricing.interpret import price
from engine.pricing.quote import PricedLine, PricedQuote
from tests.effort import tries
from tests.property.books import books, quotes


@settings(max_examples=tries(300))
@given(st.data())
def test_kernels_price_as_the_book_means(data: st.DataObject) -> None:
    book = data.draw(books())
    plan = lower(book)
    assert plan.meaning is None
    event("quote by quote" if plan.across else "line by line")
    asked = [data.draw(quotes(book)) for _ in range(2)]
    for quote, got in zip(asked, price_quotes(plan, asked, waterfall=True), strict=True):
        want = price(book, quote)
        for line in want.lines:
            event(line.error.code if line.error else f"{len(line.waterfall)} bars")
        assert differences(got, want) == []


@settings(max_examples=tries(60))
@given(st.data())
def test_a_waterfall_changes_no_price(data: st.DataObject) -> None:
    book = data.draw(books())
    plan = lower(book)
    quote = data.draw(quotes(book))
    with_bars, without = (price_quotes(plan, [quote], waterfall=flag)[0] for flag in (True, False))
    assert differences(_bare(with_bars), without) == []


def _bare(priced: PricedQuote) -> PricedQuote:
    return replace(priced, lines=tuple(replace(line, waterfall=()) for line in priced.lines))


def differences(got: PricedQuote | PricedLine, want: PricedQuote | PricedLine, at: str = "") -> list[str]:
    """Every figure in which two answers differ, as `where: got, not want`."""
    found = []
    for name in (field.name for field in fields(want)):
        mine, other = getattr(got, name), getattr(want, name)
        if name == "lines":
            for i, pair in enumerate(zip(mine, other, strict=True)):
                found += differences(*pair, f"lines[{i}].")
        elif mine != other:
            found.append(f"{at}{name}: {mine}, not {other}")
    return found
