"""Columns priced by a table of factors equal quotes priced line by line, on every book and quote that Hypothesis makes."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
from hypothesis import event, given, settings
from hypothesis import strategies as st

from engine.kernels import arithmetic, dense
from engine.kernels.compiled import compiled
from engine.lang import book as b
from engine.plan import layout as at
from engine.plan.lower import lower
from engine.plan.plan import Plan
from engine.pricing import price_quotes
from engine.pricing.columns import PricedColumns, encoder_of, price_columns
from engine.pricing.dense import divisor, table_of
from engine.pricing.quote import Line, Quote
from engine.values.rounding import MODES, round_ratio
from tests.property.books import books, quotes


@st.composite
def mostly_percents(draw):
    """A book in which most that is given is a percent, and most prices are plain: what a table can say."""
    book = draw(books())
    off = st.builds(lambda n, of: b.Percent(-Fraction(n, 200), of), st.integers(-20, 200), st.just(b.Base("list")))
    rules = []
    for rule in book.rules:
        floor = book.steps[rule.step].combine == "floor"
        cases = (
            case if draw(st.integers(0, 9)) == 0 else replace(case, give=_plain(draw, floor, case, off))
            for case in rule.cases
        )
        rules.append(replace(rule, cases=tuple(cases)))
    products = tuple(
        replace(p, prices=tuple(replace(d, price=b.Price(Fraction(draw(st.integers(0, 10**12))))) for d in p.prices))
        for p in book.products
    )
    return replace(book, rules=tuple(rules), products=products, rounding=replace(book.rounding, discounts=False))


def _plain(draw, floor, case, off):
    if floor:
        return b.AtLeast("of_list", Fraction(draw(st.integers(0, 100)), 100))
    return case.give if isinstance(case.give, b.Percent) else draw(off)


def priced_as_columns(plan: Plan, quote: Quote, lines: tuple[Line, ...]) -> PricedColumns:
    def column(path, line):
        return line.facts.get(path, quote.facts.get(path))

    facts = {
        plan.dims[d].name: np.array([encoder_of(plan, d)(column(plan.dims[d].name, line)) for line in lines], np.int64)
        for d in range(at.FACTS, len(plan.dims))
    }
    group = plan.words[at.GROUP]
    return price_columns(
        plan, np.zeros(len(lines), np.int64), np.full(len(lines), quote.date),
        np.array([plan.head.index.get(line.product, -1) for line in lines], np.int64),
        np.array([line.quantity or 0 for line in lines], np.int64), facts,
        np.array([at.UNKNOWN if line.group is None else group[line.group] for line in lines], np.int64),
        lambda i: lines[i].product,
    )  # fmt: skip


@settings(max_examples=300)
@given(st.data())
def test_a_table_of_factors_prices_as_the_waterfall_does(data: st.DataObject) -> None:
    book = data.draw(mostly_percents() | books())
    plan = lower(book)
    table = table_of(plan)
    event("no table" if table is None else "a table")
    asked = [data.draw(quotes(book)) for _ in range(3)]
    for quote in asked:
        lines = tuple(
            line for line in quote.lines if line.group != "c"
        )  # no group of the book: said before columns are made
        if not lines:
            continue
        got = priced_as_columns(plan, quote, lines)
        want = price_quotes(plan, [replace(quote, lines=lines)])[0].lines
        for i, line in enumerate(want):
            error = got.error(i)
            assert (error and error.code) == (line.error and line.error.code)
            if not line.error:
                event("line priced")
                amounts = int(got.unit_net[i]), int(got.net_amount[i]), int(got.list_amount[i])
                assert amounts == (line.unit_net, line.net_amount, line.list_amount)


def test_most_lines_of_a_book_of_percents_are_priced_by_factors() -> None:
    """Were every line left to the waterfall, the test above would still pass."""
    from benchmarks.peers import task
    from benchmarks.peers.book import Task

    data = task.make(2_000)
    ours = Task(data)
    table = table_of(ours.plan)
    assert table is not None
    factors = table[table[table[dense.T_FACTORS] + dense.G_VALUES] :]
    cells = int(table[table[dense.T_FACTORS] + dense.G_PRODUCTS] - table[table[dense.T_FACTORS] + dense.G_VALUES])
    assert np.count_nonzero(factors[:cells] == dense.NOTHING) < cells / 2


@compiled
def _divide(hi, lo, row):
    return dense.divide_up(
        hi, lo, np.uint64(row[1]), np.uint64(row[2]), np.uint64(row[3]), np.uint64(row[4]), np.uint64(row[5])
    )


edges = st.integers(1, 2**62 - 1) | st.integers(0, 61).map(lambda n: 2**n) | st.sampled_from([1, 2, 3, 2**62 - 1])


@settings(max_examples=2_000)
@given(edges, st.integers(0, 2**126) | st.integers(0, 2**64), st.sampled_from(range(len(MODES))))
def test_a_product_over_a_divisor_is_rounded_as_fractions_are(d: int, n: int, mode: int) -> None:
    n %= d << 64  # what a word holds
    ratio = Fraction(n, d)
    if ratio >= 2**64 - 1:
        return
    got = _divide(np.uint64(n >> 64), np.uint64(n % 2**64), divisor(d, mode))
    assert int(got) == round_ratio(ratio, MODES[mode])


def test_rounding_modes_are_numbered_alike() -> None:
    assert [MODES.index(mode) for mode in ("half up", "half even", "half down", "up", "down")] == [
        arithmetic.HALF_UP,
        arithmetic.HALF_EVEN,
        arithmetic.HALF_DOWN,
        arithmetic.UP,
        arithmetic.DOWN,
    ]
