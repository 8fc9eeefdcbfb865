"""Cuts a line's time into the segments of its ramp, each with how often it is charged and at what.

Every rule works on the line's price, once: a segment is charged list x net / list of the line, so that each has the
discounts that the line has, in the same proportion, whatever its own list price is. A segment without an uplift costs
what the line costs. What the rules took off is not worked out again on a segment's price: a floor or an amount off would
then differ from one segment to the next, and none of them would be what the quote shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from engine.lang import book as b
from engine.pricing.interpret.term import Clock, Time, shown
from engine.pricing.over import Part, Run
from engine.values.calendar import add_months
from engine.values.kinds import Value

YEAR = 12
MOST = 1_200
"""Segments of one line."""


def run_of(product: b.Product, clock: Clock, first_day: Value | None) -> Run | None:
    """The parts of a line's time; None where they cannot be counted. `first_day` is when the first year of the quote begins."""
    parts = []
    year = _year(clock, first_day)
    for begin, end, price, factor in _cuts(product.ramp, clock):
        to_begin, to_end, to_year = (clock.until(place) for place in (begin, end, max(begin, min(end, year))))
        if to_begin is None or to_end is None or to_year is None:
            return None
        time = Time(begin, end) if clock.time.dated else Time(None, None, end - begin)
        parts.append(
            Part(time.start, time.end, shown(clock.prorate, time), to_end - to_begin, to_year - to_begin, factor, price)
        )
    return Run(
        clock.time.start, clock.time.end, shown(clock.prorate, clock.time), tuple(parts), product.ramp is not None
    )


def _year(clock: Clock, first_day: Value | None) -> int:
    """Where the quote's first year ends."""
    if not clock.time.dated:
        return YEAR
    try:
        return add_months(first_day if isinstance(first_day, int) else clock.first, YEAR)
    except OverflowError:
        return clock.last


Cut = tuple[int, int, Fraction | None, Fraction]
"""From a place to a place: at a price of a unit, or at so many times the line's list price."""


def _cuts(ramp: b.Ramp | None, clock: Clock) -> Iterator[Cut]:
    if ramp is None:
        yield clock.first, clock.last, None, Fraction(1)
    elif ramp.every is not None:
        yield from _even(ramp.every, ramp.factor, clock)
    else:
        begins: list[tuple[int, Fraction | None, Fraction]] = []
        if ramp.segments[0].months:
            begins.append((0, None, Fraction(1)))
        begins += [(row.months, row.price, row.factor) for row in ramp.segments]
        places = [clock.place(months) for months, _, _ in begins] + [clock.last]
        for (begin, end), (_, price, factor) in zip(pairwise(places), begins, strict=True):
            if begin < end or begin == clock.first == clock.last:
                yield begin, end, price, factor


def _even(every: int, factor: Fraction, clock: Clock) -> Iterator[Cut]:
    begin, number = clock.first, 0
    while number < MOST and (begin < clock.last or not number):
        end = clock.place(every * (number + 1)) if number + 1 < MOST else clock.last
        yield begin, end, None, factor**number
        begin, number = end, number + 1
