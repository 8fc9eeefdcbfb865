"""What lines come to over the time they run: each line's amount, its segments, and the totals over them.

An amount of a period is what the book rounds it to; so many periods of it are exact, and are rounded once. A segment is
rounded once, from its own exact amount, and a line over its term is the sum of what its segments are shown as.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from engine.pricing.quote import LineTerm, PricedLine, Segment, Total
from engine.values.kinds import MICROS
from engine.values.rounding import Rounding, divided, round_ratio, round_to


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a line's time: so many periods, of them `in_year` in the quote's first year.

    `price` is a list price of a unit in micros in place of the line's; else the line's list price counts `factor` times.
    """

    start: int | None
    end: int | None
    text: str
    periods: Fraction
    in_year: Fraction
    factor: Fraction
    price: Fraction | None


@dataclass(frozen=True, slots=True)
class Run:
    """A line's time in words and in parts; `cut`: a ramp cut it, and the parts are shown."""

    start: int | None
    end: int | None
    text: str
    parts: tuple[Part, ...]
    cut: bool


def term_of(rounding: Rounding, run: Run, ticks: int, listed: Fraction, net: int) -> LineTerm:
    """A line over its time. `listed` and `net` are its amounts of one period, `ticks` its quantity with its sign."""
    amounts = [_amounts(rounding, part, part.periods, ticks, listed, net) for part in run.parts]
    year = [
        pair if part.in_year == part.periods else _amounts(rounding, part, part.in_year, ticks, listed, net)
        for part, pair in zip(run.parts, amounts, strict=True)
    ]
    shown = zip(run.parts, amounts, strict=True) if run.cut else ()
    segments = tuple(Segment(part.start, part.end, part.text, *pair) for part, pair in shown)
    return LineTerm(run.start, run.end, run.text, *_sum(amounts), *_sum(year), segments)


def _sum(amounts: Sequence[tuple[int, int]]) -> tuple[int, int]:
    if len(amounts) == 1:  # nearly always: no ramp
        return amounts[0]
    return sum(listed for listed, _ in amounts), sum(net for _, net in amounts)


def _amounts(
    rounding: Rounding, part: Part, periods: Fraction, ticks: int, listed: Fraction, net: int
) -> tuple[int, int]:
    """List and net of so many periods. A line that is free at list has no ratio of its net to it: nothing is taken off."""
    if part.price is None:
        alike = part.factor == 1
        times = periods if alike else part.factor * periods
        exact, sold = _times(listed, times), (net * times.numerator, times.denominator)
        if alike and times.denominator == 1:
            return divided(*exact, "half even"), sold[0]
    else:
        own = part.price * Fraction(ticks, MICROS) * periods
        exact, sold = own.as_integer_ratio(), (own * net / listed if listed else own).as_integer_ratio()
    return divided(*exact, "half even"), _settled(rounding, exact, sold)


Ratio = tuple[int, int]
"""Over a positive number, not in lowest terms: lines are many, and each is rounded once."""


def _times(one: Fraction, other: Fraction) -> Ratio:
    return one.numerator * other.numerator, one.denominator * other.denominator


def _settled(rounding: Rounding, listed: Ratio, net: Ratio) -> int:
    if rounding.discounts:
        exact = Fraction(*listed)
        return round_ratio(exact - round_to(exact - Fraction(*net), rounding.step, rounding.mode), "half even")
    return rounding.step * divided(net[0], net[1] * rounding.step, rounding.mode)


# ---------------------------------------------------------------- totals

APART = ("once", "use")
"""What is not charged by the period."""


def totals_over(lines: Sequence[PricedLine]) -> list[Total]:
    """`first_year` and `over_term` of lines that say when they run; none where one that is charged by the period does not."""
    good = [line for line in lines if line.error is None]
    running = [line for line in good if line.period not in APART]
    terms = [line.term for line in running if line.term is not None]
    if not running or len(terms) < len(running):
        return []
    once = _sum([(line.list_amount, line.net_amount) for line in good if line.period == "once"])
    year = _sum([once, *((term.year_list, term.year_net) for term in terms)])
    whole = _sum([once, *((term.list_amount, term.net_amount) for term in terms)])
    return [Total("first_year", *year), Total("over_term", *whole)]
