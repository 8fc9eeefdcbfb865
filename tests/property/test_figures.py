"""Figures of approvals: the kernel finds the lines that the tests of rows find."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import event, given, settings
from hypothesis import strategies as st

from engine.kernels.sums import FIGURE, lines_with
from engine.lang import book as b
from engine.plan import layout as at
from engine.pricing.approvals import Case, Row, test_of
from engine.pricing.sent import figure_row

SPAN = b.Span("book.quo", 1)
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
rows = st.none() | st.tuples(st.integers(0, 2), st.sampled_from([-5, 0, 5]), amounts, amounts, st.none() | amounts)


@settings(max_examples=500)
@given(st.lists(rows, max_size=6), st.lists(figures, max_size=2), st.none() | st.frozensets(st.integers(0, 2)))
def test_the_kernel_finds_the_lines_that_rows_find(
    lines: list[Row | None], asked: list[b.Figure], products: frozenset[int] | None
) -> None:
    case = Case(b.ApprovalCase(tuple(asked), b.ALWAYS, (), SPAN), products, (), tuple(map(test_of, asked)), True, True)
    chosen = np.array([], np.int64) if products is None else np.array([n in products for n in range(3)], np.int64)
    table = np.array([figure_row(figure) for figure in asked], np.int64).reshape(-1, FIGURE)
    found = np.empty(len(lines), np.int64)
    count = lines_with(workspace_of(lines), table, chosen, found)
    event("left to rows" if count < 0 else f"{count} lines")
    if count >= 0:
        assert found[:count].tolist() == case.among(lines)
    else:
        assert any(abs(amount or 0) > 2**50 for row in lines if row for amount in row[2:])


def workspace_of(lines: list[Row | None]) -> np.ndarray:
    """A workspace as the kernels leave it for these lines."""
    ws = np.zeros((at.IN_DIMS + at.FACTS, len(lines)), np.int64)
    for i, row in enumerate(lines):
        if row is None:
            ws[at.OUT_STATUS, i] = at.NO_PRICE
        else:
            product, quantity, listed, net, cost = row
            ws[[at.IN_PRODUCT, at.IN_QUANTITY, at.OUT_LIST, at.OUT_NET], i] = product, quantity, listed, net
            ws[at.OUT_COST, i] = at.MISSING if cost is None else cost
    return ws
