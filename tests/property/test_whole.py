"""Kernels price what looks at a quote as a whole as the interpreter does: shares, grants by hand, denials, steps that skip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from hypothesis import event, given, settings
from hypothesis import strategies as st

from engine.lang import book as b
from engine.plan.lower import lower
from engine.pricing import price_quotes
from engine.pricing.dense import table_of
from engine.pricing.interpret import price
from engine.values.kinds import Value
from tests.effort import tries
from tests.property.books import in_columns
from tests.property.test_meaning import differences
from tests.property.test_sums_of_columns import as_columns
from tests.property.whole import whole_books, whole_quotes


@settings(max_examples=tries(200))
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


@settings(max_examples=tries(100))
@given(st.data())
def test_columns_of_whole_quotes_are_priced_as_the_quotes_are(data: st.DataObject) -> None:
    book = plainly(data.draw(whole_books()))
    plan = lower(book)
    table_of(plan)  # had it one, columns would be priced by it from here on
    asked = [replace(one, facts=without_grants(one.facts)) for one in (data.draw(whole_quotes(book)) for _ in range(2))]
    asked = [replace(one, lines=in_columns(one.lines)) for one in asked]
    asked = [one for one in asked if one.lines]
    if not asked:
        return
    got = as_columns(plan, asked)
    meant = [line for quote in asked for line in price(book, quote).lines]
    for i, line in enumerate(meant):
        error = got.error(i)
        event(line.error.code if line.error else "priced")
        assert (error and error.code) == (line.error and line.error.code)
        assert line.error or int(got.net_amount[i]) == line.net_amount


def without_grants(facts: Mapping[str, Value]) -> dict[str, Value]:
    """Facts that columns have: what is granted is said with a quote."""
    return {path: value for path, value in facts.items() if not path.startswith("grant.")}


def plainly(book: b.Book) -> b.Book:
    """The book with list prices that nothing rounds: a table would price its lines."""
    products = (
        replace(p, prices=tuple(replace(d, price=b.Price(Fraction(7_000_000 * (n + 1)))) for d in p.prices))
        for n, p in enumerate(book.products)
    )
    return replace(book, products=tuple(products))
