"""Kernels price books in which time counts as they mean: dates, terms, ramps, what accrues, tariffs by the hour."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import event, given, settings
from hypothesis import strategies as st

from engine.plan import layout as at
from engine.plan.lower import lower
from engine.pricing import price_quotes
from engine.pricing.compare.lines import amounts_of, shares_of
from engine.pricing.dense import table_of
from engine.pricing.interpret import price
from tests.effort import tries
from tests.property.books import in_columns
from tests.property.test_columns import priced_as_columns
from tests.property.test_meaning import differences
from tests.property.timed import timed_books, timed_quotes
from tests.unit.compare.books import asked as as_lines


@settings(max_examples=tries(300))
@given(st.data())
def test_kernels_price_time_as_the_book_means(data: st.DataObject) -> None:
    book = data.draw(timed_books())
    plan = lower(book)
    assert plan.meaning is None
    event("quote by quote" if plan.across else "line by line")
    asked = [data.draw(timed_quotes(book)) for _ in range(2)]
    for quote, got in zip(asked, price_quotes(plan, asked, waterfall=True), strict=True):
        want = price(book, quote)
        for line in want.lines:
            event(line.error.code if line.error else "a time" if line.term else "no time")
        assert differences(got, want) == []


@settings(max_examples=tries(200))
@given(st.data())
def test_columns_price_time_as_quotes_do(data: st.DataObject) -> None:
    book = data.draw(timed_books())
    plan = lower(book)
    event("no table" if data.draw(st.booleans()) or table_of(plan) is None else "a table")
    for _ in range(2):
        quote = data.draw(timed_quotes(book))
        lines = tuple(replace(line, term=None) for line in in_columns(quote.lines))
        if not lines:
            continue
        got = priced_as_columns(plan, quote, lines)
        for i, line in enumerate(price(book, replace(quote, lines=lines)).lines):
            error = got.error(i)
            assert error == line.error
            if error is None:
                amounts = int(got.unit_net[i]), int(got.net_amount[i]), int(got.list_amount[i])
                assert amounts == (line.unit_net, line.net_amount, line.list_amount)
                cost = int(got.cost_amount[i])
                assert (None if cost == at.MISSING else cost) == line.cost_amount


@settings(max_examples=tries(60))
@given(st.data())
def test_shares_of_lines_in_time_add_up(data: st.DataObject) -> None:
    book = data.draw(timed_books())
    plan, quote = lower(book), data.draw(timed_quotes(book))
    lines = as_lines(plan, [replace(quote, lines=tuple(replace(line, group=None, term=None) for line in quote.lines))])
    amounts = amounts_of(plan, lines)
    rows = np.flatnonzero(amounts.fine)
    shares = shares_of(plan, lines, rows, amounts.net[rows])
    sums = np.zeros(len(rows), np.int64)
    np.add.at(sums, shares.line, shares.micros)
    event("lines" if len(rows) else "no lines")
    assert sums.tolist() == amounts.net[rows].tolist()
