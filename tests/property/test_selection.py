"""Prices that are chosen, looked back for, rounded or a percent of others, against a plainer way to the same figure."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.lang import book as b
from engine.lang.places import Span
from engine.plan.lower import lower
from engine.pricing import price_quotes
from engine.pricing.interpret import price
from engine.pricing.quote import Line, PricedLine, Quote
from engine.values.kinds import MICROS, Kind
from engine.values.rounding import MODES, Rounding
from tests.effort import tries

SPAN, DAY = Span("book.quo", 1), 739_600
WORDS = {"customer.region": ("pl", "nl", "be"), "customer.city": ("a", "b"), "customer.kind": ("x", "y")}
FACTS = tuple(b.Fact(path, Kind("text"), True, "request", SPAN) for path in WORDS)
SUBJECTS = {fact.path: b.Subject(fact.path, i) for i, fact in enumerate(FACTS)}
euros = st.integers(0, 40).map(lambda n: Fraction(n * MICROS))
facts = st.fixed_dictionaries({}, optional={path: st.sampled_from(words) for path, words in WORDS.items()})


def book(products: tuple[b.Product, ...], steps: tuple[b.Step, ...], rules: tuple[b.Rule, ...] = ()) -> b.Book:
    rounding = Rounding("half up", "unit", 1)
    return b.Book(
        "made", "Made", "0" * 32, "EUR", "UTC", rounding, (b.Unit("seat", "seats"),), (), ("g",), FACTS, products, steps,
        rules, (),
    )  # fmt: skip


def product(code: str, *prices: b.DatedPrice, costs: tuple[b.DatedPrice, ...] = ()) -> b.Product:
    return b.Product(code, code, 0, "once", (), prices, costs, SPAN)


def always(amount: b.Price | Fraction) -> b.DatedPrice:
    return b.DatedPrice(amount if isinstance(amount, b.Price) else b.Price(amount), None, None, SPAN)


def set_price(
    name: str, amount: Fraction, wanted: dict[str, str], start: int | None = None, end: int | None = None
) -> b.Rule:
    when = b.All(tuple(b.Is(SUBJECTS[path], frozenset((word,))) for path, word in sorted(wanted.items())))
    case = b.Case(None, start, end, when, b.SetPrice(b.Price(amount)), SPAN)
    return b.Rule(name, "price", 0, (case,), SPAN)


def only(made: b.Book, asked: dict[str, str], day: int = DAY, quantity: int = MICROS) -> PricedLine:
    return price_quotes(lower(made), [Quote(day, dict(asked), (Line("p", quantity),))], waterfall=True)[0].lines[0]


@settings(max_examples=tries(150))
@given(st.lists(st.tuples(euros, facts, st.booleans()), max_size=6), facts, euros)
def test_a_price_list_then_more_facts_then_the_lower_price(
    prices: list[tuple[Fraction, dict[str, str], bool]], asked: dict[str, str], own: Fraction
) -> None:
    """As a sort by three keys would choose."""
    rules = tuple(set_price(f"r{i}", amount, wanted) for i, (amount, wanted, _) in enumerate(prices))
    listed = tuple(f"r{i}" for i, (_, _, in_list) in enumerate(prices) if in_list) or ("nothing",)
    step = b.Step("list", "list", SPAN, choice=(b.Levels((listed,)), "most specific", "lowest"))
    options = [
        (not in_list, -len(wanted), amount) for amount, wanted, in_list in prices if wanted.items() <= asked.items()
    ]
    best = min([*options, (True, 0, own)])
    assert only(book((product("p", always(own)),), (step,), rules), asked).unit_list == best[2]


windows = st.lists(st.tuples(st.integers(-50, 5), st.integers(1, 40), euros), max_size=3)


@settings(max_examples=tries(80))
@given(
    st.lists(st.integers(-60, 5), max_size=4, unique=True),
    st.lists(euros, min_size=5, max_size=5),
    windows,
    st.integers(1, 45),
)
def test_the_lowest_of_the_days_before_is_that_of_each_day(
    cuts: list[int], amounts: list[Fraction], seasons: list[tuple[int, int, Fraction]], back: int
) -> None:
    """The history of a book is what its list price was, asked for on each of the days."""
    edges = [None, *(DAY + cut for cut in sorted(cuts)), None]
    prices = [
        b.DatedPrice(b.Price(amount), start, end, SPAN)
        for amount, start, end in zip(amounts, edges, edges[1:], strict=False)
    ]
    rules = tuple(
        set_price(f"r{i}", amount, {}, DAY + start, DAY + start + long)
        for i, (start, long, amount) in enumerate(seasons)
    )
    step = b.Step("list", "list", SPAN, choice=("lowest",))
    made = book((product("p", *prices[1:]),), (step,), rules)  # the first days have no price of their own
    shown = replace(made, lowest_days=back)
    days = [only(made, {}, DAY - ago) for ago in range(1, back + 1)]
    known = [line.list_amount for line in days if line.error is None]
    today = only(shown, {})
    if today.error is None:
        assert today.lowest_prior == min(known, default=None)


@settings(max_examples=tries(150))
@given(st.fractions(0, 200, max_denominator=1000), st.sampled_from(MODES), st.integers(1, 20), st.integers(-5, 5))
def test_a_step_rounds_to_a_multiple_and_no_lower_than_nothing(
    amount: Fraction, mode: str, step: int, plus: int
) -> None:
    rounding = b.StepRounding(mode, step * MICROS, plus * MICROS)  # type: ignore[arg-type]
    steps = (b.Step("list", "list", SPAN), b.Step("charm", "one only", SPAN, rounding=rounding))
    after = only(book((product("p", always(amount * MICROS)),), steps), {}).unit_net
    assert after >= 0
    if after:
        assert (after - plus * MICROS) % (step * MICROS) == 0
        assert abs(after - plus * MICROS - amount * MICROS) < step * MICROS


@settings(max_examples=tries(80))
@given(st.data(), st.lists(st.integers(1, 30), min_size=2, max_size=4), st.fractions(0, 1, max_denominator=20))
def test_the_order_of_lines_changes_no_percent_of_others(
    data: st.DataObject, counts: list[int], rate: Fraction
) -> None:
    """A percent of a percent, whatever line comes first; each is its rate of what it counts."""
    goods = [product("p", always(Fraction(3 * MICROS))), product("q", always(Fraction(MICROS, 7)))]
    first = b.Share(rate, 0, frozenset((0, 1)))
    second = b.Share(rate, 0, frozenset((0, 2)))
    goods += [
        product("first", always(b.Price(Fraction(0), share=first))),
        product("second", always(b.Price(Fraction(0), share=second))),
    ]
    made = book(tuple(goods), (b.Step("list", "list", SPAN),))
    lines = [Line(data.draw(st.sampled_from(["p", "q"])), count * MICROS) for count in counts]
    lines += [Line("first", MICROS), Line("second", MICROS)]
    found = [price(made, Quote(DAY, {}, tuple(order))) for order in (lines, lines[::-1])]
    amounts = [sorted((line.product, line.quantity, line.list_amount) for line in quote.lines) for quote in found]
    assert amounts[0] == amounts[1]
    of = {line.product: 0 for line in found[0].lines}
    for line in found[0].lines:
        of[line.product] += line.list_amount
    assert abs(of["first"] - rate * (of.get("p", 0) + of.get("q", 0))) <= len(lines)
    assert abs(of["second"] - rate * (of.get("p", 0) + of["first"])) <= len(lines)


@settings(max_examples=tries(80))
@given(euros, euros, st.fractions(0, 3, max_denominator=100), st.integers(-3, 3))
def test_cost_plus_is_cost_and_its_markup(early: Fraction, late: Fraction, markup: Fraction, day: int) -> None:
    costs = (b.DatedPrice(b.Price(early), None, DAY, SPAN), b.DatedPrice(b.Price(late), DAY, None, SPAN))
    made = book(
        (product("p", always(b.Price(Fraction(0), markup=markup)), costs=costs),), (b.Step("list", "list", SPAN),)
    )
    wanted = (early if day < 0 else late) * (1 + markup)
    assert abs(only(made, {}, DAY + day).unit_list - wanted) <= Fraction(1, 2)
