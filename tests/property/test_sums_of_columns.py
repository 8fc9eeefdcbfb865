"""Columns of a book that asks for sums over lines equal its quotes, whichever way they are priced."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
from hypothesis import event, given, settings
from hypothesis import strategies as st

from engine.lang import book as b
from engine.plan import layout as at
from engine.plan.lower import lower
from engine.plan.plan import Plan
from engine.pricing import price_quotes
from engine.pricing.across import sums_of
from engine.pricing.columns import PricedColumns, price_columns
from engine.pricing.dense import table_of
from engine.pricing.interpret import price
from engine.pricing.quote import Quote
from engine.pricing.workspace import encoder_of
from engine.values.kinds import MICROS
from tests.effort import tries
from tests.property.books import books, in_columns, quotes


@st.composite
def thresholds(draw):
    """A book of plain prices that nothing rounds at list, whose rules ask for sums of products' lines at list."""
    book = draw(books())
    count = len(book.products)

    def when(_: b.Case) -> b.Condition:
        what = draw(st.sampled_from(["quantity", "amount", "lines"]))
        over = draw(st.none() | st.frozensets(st.integers(0, count - 1), min_size=1))
        fold = b.Fold(what, over, period=draw(st.sampled_from([None, None, "once"])))
        low = draw(st.integers(-5, 80) | st.integers(0, 40_000)) * MICROS
        return b.Within(b.Subject(repr(fold), None, True, fold), low, draw(st.none() | st.just(10 * low)))

    rules = tuple(
        rule
        if rule.kind == "tax"
        else replace(rule, cases=tuple(replace(case, when=when(case)) for case in rule.cases))
        for rule in book.rules
    )
    products = tuple(
        replace(
            p, prices=tuple(replace(d, price=b.Price(Fraction(draw(st.integers(0, 500)) * MICROS))) for d in p.prices)
        )
        for p in book.products
    )
    rounding = replace(book.rounding, discounts=False, level=draw(st.sampled_from(["unit", "line"])))
    return replace(book, rules=rules, products=products, rounding=rounding)


@settings(max_examples=tries(300))
@given(st.data())
def test_columns_of_several_quotes_are_priced_as_the_quotes_are(data: st.DataObject) -> None:
    book = data.draw(thresholds() | books())
    plan = lower(book)
    made = table_of(plan) is not None
    if plan.across:
        event("by a table" if made and sums_of(plan) is not None else "step by step")
    asked = [data.draw(quotes(book)) for _ in range(3)]
    asked = [replace(one, lines=in_columns(one.lines)) for one in asked]
    asked = [one for one in asked if one.lines]
    if not asked:
        return
    got = as_columns(plan, asked)
    i = 0
    for quote, answer in zip(asked, price_quotes(plan, asked), strict=True):
        for line, meant in zip(answer.lines, price(book, quote).lines, strict=True):
            error = got.error(i)
            assert (error and error.code) == (line.error and line.error.code) == (meant.error and meant.error.code)
            if not line.error:
                amounts = int(got.unit_net[i]), int(got.net_amount[i]), int(got.list_amount[i])
                assert amounts == (line.unit_net, line.net_amount, line.list_amount)
                cost = int(got.cost_amount[i])
                assert (None if cost == at.MISSING else cost) == line.cost_amount
            i += 1


def as_columns(plan: Plan, asked: list[Quote]) -> PricedColumns:
    """The lines of these quotes, priced as columns."""
    lines = [(number, quote, line) for number, quote in enumerate(asked) for line in quote.lines]

    def codes(d: int) -> np.ndarray:
        path, code = plan.dims[d].name, encoder_of(plan, d)
        return np.array([code(line.facts.get(path, quote.facts.get(path))) for _, quote, line in lines], np.int64)

    group = plan.words[at.GROUP]
    return price_columns(
        plan, np.array([number for number, _, _ in lines]), np.array([quote.date for _, quote, _ in lines]),
        np.array([plan.head.index.get(line.product, -1) for _, _, line in lines], np.int64),
        np.array([line.quantity or 0 for _, _, line in lines], np.int64),
        {
            plan.dims[d].name: codes(d)
            for d in range(at.FACTS, len(plan.dims))
            if plan.dims[d].fold is None
        },
        np.array([at.UNKNOWN if line.group is None else group[line.group] for _, _, line in lines], np.int64),
        lambda i: lines[i][2].product, costs=True,
    )  # fmt: skip


def test_thresholds_are_priced_by_the_table() -> None:
    """Were every quote left to the kernel that goes step by step, the test above would still pass."""
    from unittest import mock

    from benchmarks.peers.thresholds import Orders

    ours = Orders(2_000)
    with mock.patch("engine.pricing.workspace.price_quotes", side_effect=AssertionError("step by step")):
        assert (ours.price().net_amount // 10_000).tolist() == ours.expected().tolist()
