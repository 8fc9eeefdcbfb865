"""Columns priced by a table of factors equal quotes priced line by line, on every book and quote that Hypothesis makes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from unittest import mock

import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from engine.kernels import arithmetic, division
from engine.kernels.compiled import compiled
from engine.lang import book as b
from engine.plan import layout as at
from engine.plan.lower import lower
from engine.plan.plan import Plan
from engine.pricing import columns, price_quotes
from engine.pricing.columns import AMOUNTS, PricedColumns, price_columns
from engine.pricing.dense import divisor, table_of
from engine.pricing.interpret import price
from engine.pricing.quote import Line, Quote
from engine.pricing.workspace import encoder_of
from engine.values.rounding import MODES, Rounding, round_ratio
from tests.effort import tries
from tests.property.books import QUANTITY, SPAN, books, in_columns, quotes, tier_tables


@st.composite
def mostly_percents(draw):
    """A book in which most that is given is a percent, and most prices are plain: what a table can say."""
    book = draw(books())
    off = st.builds(lambda n, of: b.Percent(-Fraction(n, 200), of), st.integers(-20, 200), st.just(b.Base("list")))
    rules = []
    for rule in book.rules:
        floor = book.steps[rule.step].combine == "floor"
        cases = (
            case
            if rule.kind == "tax" or draw(st.integers(0, 9)) == 0
            else replace(case, give=_plain(draw, floor, case, off))
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
        lambda i: lines[i].product, costs=True,
    )  # fmt: skip


@st.composite
def mostly_straight(draw):
    """As `mostly_percents`, where amounts and set prices move a price also, and list prices go by tiers: what pieces can say."""
    book = draw(mostly_percents())
    cents = st.integers(0, 3_000).map(lambda n: Fraction(n * 10_000))
    gives = st.one_of(
        st.builds(lambda sign, n: b.Amount(sign * n), st.sampled_from([-1, -1, 1]), cents),
        st.builds(lambda n: b.SetPrice(b.Price(n)), cents),
        st.builds(lambda n: b.Percent(-Fraction(n, 100), b.Base("list")), st.integers(0, 100)),
    )
    rules = [
        replace(rule, cases=tuple(replace(case, give=draw(gives)) for case in rule.cases))
        if book.steps[rule.step].combine in ("one only", "best of", "additive")
        and not any(isinstance(case.give, b.SetPrice) for case in rule.cases)
        else rule
        for rule in book.rules
    ]
    rules = [
        replace(rule, cases=tuple(replace(c, give=b.Amount(Fraction(-10_000))) for c in rule.cases))
        if book.steps[rule.step].combine == "additive" and any(isinstance(c.give, b.SetPrice) for c in rule.cases)
        else rule
        for rule in rules
    ]
    flats = st.sampled_from([Fraction(0), Fraction(2_500_000)])
    prices = st.builds(b.Price, cents) | st.builds(b.Price, st.just(Fraction(0)), tier_tables(cents, flats))
    products = tuple(replace(p, prices=tuple(replace(d, price=draw(prices)) for d in p.prices)) for p in book.products)
    return replace(book, rules=tuple(rules), products=products)


@settings(max_examples=tries(300))
@given(st.data())
def test_a_table_of_factors_prices_as_the_waterfall_does(data: st.DataObject) -> None:
    book = data.draw(mostly_percents() | mostly_straight() | books())
    plan = lower(book)
    table = table_of(plan)
    event("no table" if table is None else "a table")
    asked = [data.draw(quotes(book)) for _ in range(3)]
    for quote in asked:
        lines = in_columns(quote.lines)
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
                cost = int(got.cost_amount[i])
                assert (None if cost == at.MISSING else cost) == line.cost_amount


def test_lines_that_cost_so_much_at_least_or_at_most_are_priced_by_the_table() -> None:
    """Each of so many units by the table and by the interpreter, a price that divides neither bound."""
    book = book_of([b.Case(None, None, None, b.ALWAYS, b.Percent(Fraction(-1, 10), b.Base("list")), SPAN)])
    pen = replace(book.products[0], prices=(b.DatedPrice(b.Price(Fraction(7_000_000)), None, None, SPAN),))
    for clamp in (
        b.Clamp(Fraction(30_000_000), Fraction(50_000_000)), b.Clamp(Fraction(30_000_000)), b.Clamp(None, Fraction(5_000_000)),
        b.Clamp(Fraction(30_000_000), Fraction(30_000_000)), b.Clamp(Fraction(7_000_000), Fraction(14_000_000)),
    ):  # fmt: skip
        mine = replace(book, products=(replace(pen, clamp=clamp),))
        plan = lower(mine)
        table = table_of(plan)
        assert table is not None
        quote = Quote(739_600, {}, tuple(Line("p0", n * 1_000_000) for n in range(-12, 13)))
        want = [(line.unit_net, line.net_amount, line.list_amount) for line in price(mine, quote).lines]
        with mock.patch("engine.pricing.columns._price_each", side_effect=AssertionError("left over")):
            got = priced_as_columns(plan, quote, quote.lines)
        assert list(zip(*(getattr(got, name).tolist() for name in AMOUNTS), strict=True)) == want


def test_most_lines_of_a_book_of_percents_are_priced_by_factors() -> None:
    """Were every line left to the waterfall, the test above would still pass."""
    from benchmarks.peers import task
    from benchmarks.peers.book import Task

    ours = Task(task.make(2_000))
    assert table_of(ours.plan) is not None
    assert _left_over(ours.price) < 200


@pytest.mark.parametrize("name", ["all_units", "graduated", "money_off"])
def test_tiers_and_money_off_are_priced_by_the_table(name: str) -> None:
    from benchmarks.peers import task
    from benchmarks.peers.methods import Method

    ours = Method(name, task.make(2_000))
    assert ours.price().net_amount.tolist() == (ours.by_hand() * 10_000).tolist()
    assert _left_over(ours.price) == 0


def _left_over(price: Callable[[], PricedColumns]) -> int:
    """How many lines the table leaves to the waterfall."""
    with mock.patch.object(columns, "_price_each", wraps=columns._price_each) as each:
        price()
    assert all(call.args[3] is not None for call in each.call_args_list)
    return sum(len(call.args[3]) for call in each.call_args_list)


@compiled
def _divide(hi, lo, row):
    return division.divide_up(
        hi, lo, np.uint64(row[1]), np.uint64(row[2]), np.uint64(row[3]), np.uint64(row[4]), np.uint64(row[5])
    )


edges = st.integers(1, 2**62 - 1) | st.integers(0, 61).map(lambda n: 2**n) | st.sampled_from([1, 2, 3, 2**62 - 1])


@settings(max_examples=tries(2_000))
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


WITHIN = st.builds(
    lambda low, high: b.Within(QUANTITY, low, high),
    *(st.none() | st.integers(-40, 40).map(lambda n: n * 500_000) for _ in range(2)),
)
OF_QUANTITY = st.recursive(
    WITHIN,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: b.All(tuple(parts)))
        | st.lists(inner, min_size=1, max_size=3).map(lambda parts: b.Any(tuple(parts)))
        | inner.map(b.Not)
    ),
    max_leaves=4,
)


def book_of(cases: list[b.Case], products: int = 1, rounding: Rounding | None = None) -> b.Book:
    """Products at 100 EUR and one best-of step of these cases, a rule each."""
    price = b.DatedPrice(b.Price(Fraction(100_000_000)), None, None, SPAN)
    rules = tuple(b.Rule(f"r{i:03d}", "discount", 1, (case,), SPAN) for i, case in enumerate(cases))
    return b.Book(
        "made", "Made", "0" * 32, "EUR", "UTC", rounding or Rounding("half up", "unit", 10_000), (b.Unit("seat", "seats", 1),), (), (),
        (), tuple(b.Product(f"p{i}", f"p{i}", 0, "once", (), (price,), (), SPAN) for i in range(products)),
        (b.Step("list", "list", SPAN), b.Step("offer", "best of", SPAN)), rules, (),
    )  # fmt: skip


@settings(max_examples=tries(200))
@given(st.lists(st.tuples(OF_QUANTITY, st.integers(1, 99)), min_size=1, max_size=4))
def test_quantities_are_told_apart_wherever_a_rule_bounds_them(rules: list[tuple[b.Condition, int]]) -> None:
    """Bounds below 0, at 0 and between whole units, where no line is, must not stand for the lines beside them."""
    base = b.Base("list")
    book = book_of([b.Case(None, None, None, when, b.Percent(-Fraction(n, 100), base), SPAN) for when, n in rules])
    plan = lower(book)
    assert table_of(plan) is not None
    quote = Quote(739_600, {}, tuple(Line("p0", n * 500_000) for n in range(-50, 51)))
    got, want = priced_as_columns(plan, quote, quote.lines), price(book, quote).lines
    assert got.net_amount.tolist() == [line.net_amount for line in want]


def test_the_best_is_found_among_more_sets_of_products_than_hits_are_kept() -> None:
    base = b.Base("list")
    cases = [
        b.Case(frozenset({0, i}), None, None, b.ALWAYS, b.Percent(-Fraction(50 if i == 300 else 1, 100), base), SPAN)
        for i in range(1, 301)
    ]
    book = book_of(cases, 301)
    quote = Quote(739_600, {}, (Line("p0", 1_000_000),))
    assert price(book, quote).lines[0].net_amount == 50_000_000
    assert price_quotes(lower(book), [quote])[0].lines[0].net_amount == 50_000_000


def test_an_amount_that_would_round_up_past_a_word_is_refused() -> None:
    base = b.Base("list")
    case = b.Case(None, None, None, b.ALWAYS, b.Percent(Fraction(101, 100), base), SPAN)
    book = book_of([case], rounding=Rounding("half up", "line", 1))
    cost = b.DatedPrice(b.Price(Fraction(122_366_461_517_144_621)), None, None, SPAN)
    book = replace(book, products=(replace(book.products[0], prices=(cost,)),))
    plan = lower(book)
    assert table_of(plan) is not None
    quote = Quote(739_600, {}, (Line("p0", 75_000_000),))
    error = priced_as_columns(plan, quote, quote.lines).error(0)
    assert error is not None and error.code == "OVERFLOW"


# ---------------------------------------------------------------- what the kernels cannot run


@settings(max_examples=tries(60))
@given(st.data())
def test_columns_of_a_book_beyond_the_kernels_are_priced_by_its_meaning(data: st.DataObject) -> None:
    book = data.draw(books())
    quote = data.draw(quotes(book))
    with mock.patch("engine.plan.lower.beyond", return_value=True):
        meant = lower(book)
    assert meant.meaning is book
    assert price_quotes(meant, [quote]) == price_quotes(lower(book), [quote])
    lines = in_columns(quote.lines)
    if not lines:
        return
    got = priced_as_columns(meant, quote, lines)
    for i, line in enumerate(price_quotes(meant, [replace(quote, lines=lines)])[0].lines):
        error = got.error(i)
        assert (error and error.code) == (line.error and line.error.code)
        assert (int(got.unit_net[i]), int(got.net_amount[i])) == (line.unit_net, line.net_amount)
