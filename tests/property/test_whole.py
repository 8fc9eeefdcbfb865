"""Kernels price what looks at a quote as a whole as the interpreter does: shares, grants by hand, denials, steps that skip."""

from __future__ import annotations

from hypothesis import event, given, settings
from hypothesis import strategies as st

from engine.plan.lower import lower
from engine.pricing import price_quotes
from engine.pricing.interpret import price
from tests.property.test_meaning import differences
from tests.property.whole import whole_books, whole_quotes


@settings(max_examples=200)
@given(st.data())
def test_kernels_price_whole_quotes_as_the_book_means(data: st.DataObject) -> None:
    book = data.draw(whole_books())
    plan = lower(book)
    event("by its meaning" if plan.meaning else "by kernels")
    asked = [data.draw(whole_quotes(book)) for _ in range(2)]
    for quote, got in zip(asked, price_quotes(plan, asked, waterfall=True), strict=True):
        want = price(book, quote)
        for line in want.lines:
            event(line.error.code if line.error else f"{len(line.waterfall)} bars")
        assert differences(got, want) == []
