"""Hypothesis strategies: small checked books in which time counts, and quotes and lines that run from, until or for so long."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

from hypothesis import strategies as st

from engine.lang import book as b
from engine.lang.periods import FACTS as TIMES
from engine.lang.periods import MODES
from engine.values.calendar import DAY_COUNTS
from engine.values.kinds import DAY_MINUTES, MICROS, Kind
from tests.property.books import DAY, FACTS, SPAN, books, money, quotes

AMOUNT, HOUR = "line.amount", "line.at"
OTHERS = (
    *(b.Fact(path, Kind(kind), True, "request", SPAN) for path, kind in TIMES.items()),
    b.Fact(AMOUNT, Kind("money", unit="EUR"), True, "request", SPAN),
    b.Fact(HOUR, Kind("instant"), True, "request", SPAN),
)
OF_TIME = {fact.path: b.Subject(fact.path, i, True) for i, fact in enumerate(OTHERS, len(FACTS))}
PERIODS = ("month", "month", "quarter", "year", "week", "day", "36 months", "365 days", "once", "use")
BY_MONTHS = ("month", "quarter", "year", "36 months")

SAID = (
    (),
    (),
    (),
    *(("start", "term"),) * 6,
    ("start", "end"),
    ("start", "end"),
    ("start",),
    ("term",),
    ("end",),
    ("start", "end", "term"),
)
"""What is said of a quote or line: seldom what does not go together."""

starts = st.integers(DAY - 3, DAY + 40) | st.sampled_from(
    [date(2026, 1, 31).toordinal(), date(2028, 2, 29).toordinal()]
)
terms = st.integers(0, 40) | st.sampled_from([12, 24, 36])
factors = st.sampled_from([Fraction(1), Fraction(26, 25), Fraction(9, 10), Fraction(0)])
rates = st.sampled_from([Fraction(0), Fraction(9, 200), Fraction(1, 400), Fraction(1, 3), Fraction(2)])


@st.composite
def conditions(draw, inner):
    """A condition on when a quote or line runs beside another, or that alone."""
    subject = OF_TIME[draw(st.sampled_from([*TIMES, AMOUNT]))]
    bound = starts if subject.name.endswith(("start", "end")) else terms
    of = draw(st.just(b.Known(subject)) | st.builds(b.Within, st.just(subject), st.none() | bound, st.none() | bound))
    return draw(st.sampled_from([inner, of, b.Not(of), b.All((inner, of)), b.Any((inner, of))]))


@st.composite
def accruals(draw, timed):
    count = draw(st.sampled_from(sorted(DAY_COUNTS))) if timed else None
    if draw(st.booleans()):
        return b.Price(Fraction(0), accrual=b.Accrual(AMOUNT, draw(rates), count))
    rows = tuple(
        b.Tier(at * MICROS, False, draw(rates), SPAN) for at in sorted(draw(st.sets(st.integers(0, 40), min_size=1)))
    )
    tiers = b.Tiers(draw(st.sampled_from(["all units", "graduated"])), rows)
    return b.Price(Fraction(0), accrual=b.Accrual(AMOUNT, Fraction(0), count, tiers))


@st.composite
def tariffs(draw):
    prices = tuple(draw(st.lists(money, min_size=1, max_size=3)))
    shift = draw(st.integers(1, 50))
    return b.Price(
        Fraction(0), tariff=b.Tariff(HOUR, tuple(hour // shift % len(prices) for hour in range(168)), prices)
    )


@st.composite
def ramps(draw):
    if draw(st.booleans()):
        return b.Ramp(draw(st.sampled_from([1, 6, 12])), draw(factors), (), SPAN)
    months = sorted(draw(st.sets(st.integers(0, 30), min_size=1, max_size=3)))
    rows = tuple(
        b.Segment(n, *draw(st.tuples(money, st.just(Fraction(1))) | st.tuples(st.none(), factors)), SPAN)
        for n in months
    )
    return b.Ramp(None, Fraction(1), rows, SPAN)


@st.composite
def products(draw, product, timed):
    """A product that may hang on time: by its period, its price, or its ramp."""
    kind = draw(st.sampled_from(["plain", "plain", "plain", "accrual", "tariff"]))
    period = draw(st.sampled_from(PERIODS if timed else ("once", "use", "month")))
    if kind == "accrual":
        period = "term" if timed else "once"
    made = {"accrual": accruals(timed), "tariff": tariffs()}
    prices = [replace(one, price=draw(made[kind])) if kind in made else one for one in product.prices]
    ways = st.none() | st.sampled_from(MODES)
    by_months = timed and period in BY_MONTHS
    return replace(
        product, period=period, prices=tuple(prices), prorate=draw(ways) if by_months else None,
        ramp=draw(st.none() | ramps()) if by_months else None,
    )  # fmt: skip


@st.composite
def timed_books(draw):
    book = draw(books())
    timed = draw(st.sampled_from([True, True, True, False]))
    rules = tuple(
        replace(rule, cases=tuple(replace(case, when=draw(conditions(case.when))) for case in rule.cases))
        for rule in book.rules
    )
    return replace(
        book, facts=(*book.facts, *OTHERS), rules=rules if timed else book.rules, timed=timed,
        products=tuple(draw(products(one, timed)) for one in book.products),
        prorate=draw(st.none() | st.sampled_from(MODES)) if timed else None,
    )  # fmt: skip


@st.composite
def run(draw, scope):
    """When a quote or a line runs: often nothing, seldom what does not go together."""
    said = draw(st.sampled_from(SAID))
    start = draw(starts)
    values = {"start": start, "end": start + draw(st.integers(-2, 800)), "term": draw(terms)}
    late = draw(st.integers(0, 30)) == 0
    values = {"start": date.max.toordinal() - 40, "end": date.max.toordinal(), "term": 2} if late else values
    return {f"{scope}.{name}": values[name] for name in said}


@st.composite
def timed_quotes(draw, book):
    quote = draw(quotes(book))
    facts = {"customer.segment": "mid"} | quote.facts
    facts = {path: value for path, value in facts.items() if path != "quote.term"} | draw(run("quote"))
    amounts = st.sampled_from([-1, 0]) | st.integers(0, 60).map(lambda n: n * MICROS) | st.integers(0, 10**13)
    hours = st.integers(DAY * DAY_MINUTES, (DAY + 9) * DAY_MINUTES)
    lines = []
    for line in quote.lines:
        own = dict(line.facts) | draw(run("line"))
        own |= {AMOUNT: draw(amounts)} if draw(st.integers(0, 6)) else {}
        own |= {HOUR: draw(hours)} if draw(st.booleans()) else {}
        if draw(st.integers(0, 9)):  # most lines are right in all that is not time
            code = line.product if line.product != "nothing" else "p0"
            whole = None if line.quantity is None else line.quantity // MICROS * MICROS
            line = replace(line, product=code, quantity=whole, group=None if line.group == "c" else line.group)
            own.setdefault("line.weight", MICROS)
        lines.append(replace(line, facts=own, term=draw(st.none() | terms) if draw(st.booleans()) else None))
    return replace(quote, facts=facts, lines=tuple(lines))
