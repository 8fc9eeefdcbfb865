"""What hangs on dated costs and list prices is stated as plain prices and amounts, and means the same on every day."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import event, given, settings
from hypothesis import strategies as st

from engine.lang import book as b
from engine.lang.places import Span
from engine.plan.lower import lower
from engine.pricing import price_quotes
from engine.pricing.interpret import price
from engine.pricing.quote import Line, Quote
from engine.values.kinds import MICROS
from engine.values.rounding import Rounding
from tests.effort import tries
from tests.property.books import DAY, SPAN, books, dated, money, quotes
from tests.property.test_meaning import differences

markups = st.fractions(0, 3, max_denominator=50)
bases = st.just(b.Base("cost")) | st.builds(lambda days: b.Base("lowest", days=days), st.integers(1, 9))
open_costs = money.map(lambda cost: (b.DatedPrice(b.Price(cost), None, None, Span("costs.csv", 2)),))
costs = open_costs | dated(st.builds(b.Price, money))
plain = dated(st.builds(b.Price, money))


@st.composite
def hanging(draw: st.DrawFn) -> b.Book:
    """A book of which prices, set prices and bases hang on costs and on list prices of other days."""
    made = draw(books())
    flat = draw(st.booleans())
    products = []
    for product in made.products:
        prices = draw(plain) if flat else product.prices
        over = tuple(
            replace(p, price=b.Price(Fraction(0), markup=draw(markups))) if draw(st.booleans()) else p for p in prices
        )
        products.append(replace(product, prices=over, costs=draw(costs)))
    rules = tuple(replace(rule, cases=tuple(draw(case(made, rule, c)) for c in rule.cases)) for rule in made.rules)
    return replace(made, products=tuple(products), rules=rules)


@st.composite
def case(draw: st.DrawFn, made: b.Book, rule: b.Rule, of: b.Case) -> b.Case:
    give = of.give
    if isinstance(give, b.Percent) and made.steps[rule.step].combine != "compounding" and draw(st.booleans()):
        return replace(of, give=replace(give, of=draw(bases)))
    if isinstance(give, b.SetPrice) and draw(st.booleans()):
        return replace(of, give=b.SetPrice(b.Price(Fraction(0), markup=draw(markups))))
    return of


@settings(max_examples=tries(250))
@given(st.data())
def test_a_stated_book_prices_as_it_means(data: st.DataObject) -> None:
    book = data.draw(hanging())
    plan = lower(book)
    event("by kernels" if plan.meaning is None else "by its meaning")
    asked = [data.draw(quotes(book)) for _ in range(3)]
    for quote, got in zip(asked, price_quotes(plan, asked, waterfall=True), strict=True):
        if any(line.error and line.error.code == "OVERFLOW" for line in got.lines):
            event("too fine for kernels")  # they say so; the meaning keeps ratios of any size
            assert sum(book.steps[rule.step].combine == "compounding" for rule in book.rules) > 2
            continue
        assert differences(got, price(book, quote)) == []


windows = st.sampled_from([(None, None), (DAY + 3, None), (None, DAY + 8), (DAY + 2, DAY + 9)])
rates = st.fractions(Fraction(1, 50), 1, max_denominator=50)


@settings(max_examples=tries(60))
@given(plain, costs, bases, windows, rates, st.sampled_from(["one only", "best of", "additive"]))
def test_each_day_of_a_base_that_hangs_on_days(
    prices: tuple[b.DatedPrice, ...], cost: tuple[b.DatedPrice, ...], of: b.Base, days: tuple[int | None, int | None],
    rate: Fraction, combine: str,
) -> None:  # fmt: skip
    """One rule on one product, on every day of a month."""
    pen = b.Product("pen", "Pen", 0, "once", (), prices, cost, SPAN)
    steps = (b.Step("list", "list", SPAN), b.Step("promotion", combine, SPAN))  # type: ignore[arg-type]
    sign = -1 if of.kind == "lowest" else 1
    rule = b.Rule("r", "discount", 1, (b.Case(None, *days, b.ALWAYS, b.Percent(sign * rate, of), SPAN),), SPAN)
    rounding = Rounding("half up", "unit", 1)
    book = b.Book(
        "made",
        "Made",
        "0" * 32,
        "EUR",
        "UTC",
        rounding,
        (b.Unit("seat", "seats"),),
        (),
        (),
        (),
        (pen,),
        steps,
        (rule,),
        (),
    )
    plan = lower(book)
    event("by kernels" if plan.meaning is None else "by its meaning")
    asked = [Quote(day, {}, (Line("pen", 2 * MICROS),)) for day in range(DAY - 12, DAY + 26)]
    for quote, got in zip(asked, price_quotes(plan, asked, waterfall=True), strict=True):
        assert differences(got, price(book, quote)) == []
