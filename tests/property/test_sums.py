"""Totals and figures of approvals: the kernels find in a workspace what Python finds in rows, or leave it to Python."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
from hypothesis import event, given, settings
from hypothesis import strategies as st

from engine.kernels import sums, wire
from engine.kernels.sums import FIGURE, lines_with
from engine.lang import book as b
from engine.lang.check import check
from engine.lang.places import Span
from engine.plan import layout as at
from engine.plan.head import head_of
from engine.pricing import approvals
from engine.pricing.answer import NAMES, sums_of, totals_of
from engine.pricing.approvals import Case, Row, sum_whole
from engine.pricing.known import PERIODS, TOTALS
from engine.pricing.sent import figure_row
from tests.effort import tries

SPAN = Span("book.quo", 1)
amounts = st.integers(-3_000, 3_000) | st.integers(-(2**62), 2**62)
limits = st.builds(Fraction, st.integers(0, 120), st.sampled_from([1, 3, 20, 100])) | st.builds(
    Fraction, st.integers(0, 10**15)
)
figures = st.builds(
    b.Figure,
    st.sampled_from(["line.net", "line.list", "line.discount", "line.margin"]),
    st.sampled_from(["<", "<=", "=", ">=", ">"]),
    limits,
)
rows = st.none() | st.tuples(
    st.integers(0, 2), st.sampled_from([-5, 0, 5]), amounts, amounts, st.none() | amounts, st.just(0)
)


@settings(max_examples=tries(500))
@given(st.lists(rows, max_size=6), st.lists(figures, max_size=2), st.none() | st.frozensets(st.integers(0, 2)))
def test_the_kernel_finds_the_lines_that_rows_find(
    lines: list[Row | None], asked: list[b.Figure], products: frozenset[int] | None
) -> None:
    case = Case(
        b.ApprovalCase(tuple(asked), b.ALWAYS, (), SPAN), products, (), tuple(map(approvals.test_of, asked)), True, True
    )
    chosen = np.array([], np.int64) if products is None else np.array([n in products for n in range(3)], np.int64)
    table = np.array([figure_row(figure) for figure in asked], np.int64).reshape(-1, FIGURE)
    found = np.empty(len(lines), np.int64)
    count = lines_with(workspace_of(lines), table, chosen, found)
    event("left to rows" if count < 0 else f"{count} lines")
    if count >= 0:
        assert found[:count].tolist() == case.among(lines)
    else:
        largest = max([1, *(n for f in asked for n in (f.value.numerator, f.value.denominator))])
        assert any(largest * abs(amount or 0) > 2**50 for row in lines if row for amount in row[2:])


BOOK = check(
    {
        "book.quo": b"""price book small
  currency EUR
  units piece pieces
product thing
  price 1 EUR per piece
steps
  list
"""
    }
).book
assert BOOK
HEAD = head_of(BOOK, ())
terms = st.sampled_from([0, 1, 5, 12, 13, 36, 2**31 - 1])
twelves = amounts.map(lambda n: 12 * (n // 12) if abs(n) < 10_000 else n)


@settings(max_examples=tries(300))
@given(st.data())
def test_the_kernel_totals_as_rows_do(data: st.DataObject) -> None:
    periods = data.draw(st.lists(st.sampled_from(PERIODS), min_size=3, max_size=3))
    products = [replace(HEAD.products[0], period=p, never_discounted=n == 1) for n, p in enumerate(periods)]
    head = replace(HEAD, products=tuple(products))
    line = st.none() | st.tuples(st.integers(0, 2), st.just(5), twelves, twelves, st.none() | amounts, st.just(0))
    lines: list[Row | None] = data.draw(st.lists(line, max_size=6))
    own = data.draw(st.lists(terms, min_size=len(lines), max_size=len(lines)))
    term = data.draw(st.none() | terms)
    table = np.zeros((len(lines), wire.LINE), np.int64)
    table[:, wire.L_TERM] = own
    of_products = np.array([(PERIODS.index(p.period), p.never_discounted) for p in products], np.int64)
    whole, totals = np.empty(sums.WHOLE, np.int64), np.empty((len(TOTALS), sums.TOTAL), np.int64)
    months = at.MISSING if term is None else term
    count = sums.close_lines(workspace_of(lines), table, months, of_products, whole, totals)
    event("left to rows" if count < 0 else f"{count} totals")
    if count >= 0:
        want = totals_of(head, sums_of(head, lines, [one or term for one in own]))
        got = [(TOTALS[name], listed, net) for name, listed, net in totals[:count].tolist()]
        assert got == [total[:3] for total in want]
        listed, net, cost, costed, priced, open_list, open_net = whole.tolist()
        with_cost = cost if priced and priced == costed else None
        assert (listed, net, with_cost, open_list, open_net, 0) == sum_whole(head, lines)
        assert priced == len([row for row in lines if row])
    else:
        assert any(abs(amount or 0) >= 2**20 for row in lines if row for amount in row[2:]) or any(
            amount % 12 for row in lines if row for amount in row[2:4]
        )


def test_periods_have_the_numbers_that_the_kernel_knows_them_by() -> None:
    assert TOTALS.index("first_year") == sums.FIRST_YEAR
    assert TOTALS.index("over_term") == sums.OVER_TERM
    assert [PERIODS[n] for n in range(sums.PER_MONTH, sums.PER_YEAR + 1)] == ["month", "quarter", "year"]
    assert PERIODS[0] == "once"
    assert len(NAMES) == sums.FIRST_YEAR


def workspace_of(lines: list[Row | None]) -> np.ndarray:
    """A workspace as the kernels leave it for these lines."""
    ws = np.zeros((at.IN_DIMS + at.FACTS, len(lines)), np.int64)
    for i, row in enumerate(lines):
        if row is None:
            ws[at.OUT_STATUS, i] = at.NO_PRICE
        else:
            product, quantity, listed, net, cost, _ = row
            ws[[at.IN_PRODUCT, at.IN_QUANTITY, at.OUT_LIST, at.OUT_NET], i] = product, quantity, listed, net
            ws[at.OUT_COST, i] = at.MISSING if cost is None else cost
    return ws
