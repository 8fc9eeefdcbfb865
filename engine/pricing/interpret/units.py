"""Gives on some units of a line: the first and the others, and what an offer gives for what is bought.

Units of one line are alike, so a line is a run of so many units at one price: nothing here depends on how many there are.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from engine.lang import book as b
from engine.pricing.interpret.bases import noted
from engine.pricing.interpret.seen import seen, settled
from engine.pricing.interpret.state import State
from engine.values.kinds import MICROS
from engine.values.rounding import Rounding


def units_of(line: State) -> int:
    """Whole units of a line."""
    return abs(line.ticks) // MICROS


def unit_off(rounding: Rounding, give: b.Percent | b.Amount, line: State) -> Fraction:
    """What comes off one unit (negative; a surcharge is positive), at most all of it.

    In a book that rounds units its price is rounded like any other, but where the line is already taken as a whole.
    """
    unit = seen(rounding, line) / line.quantity
    change = give.micros if isinstance(give, b.Amount) else give.rate * _base(rounding, give.of, line, unit)
    after = max(Fraction(0), unit + change)
    if rounding.level == "unit" and not line.whole:
        after = settled(rounding, line.as_unit(line.opening), after)
    return after - unit


def _base(rounding: Rounding, of: b.Base, line: State, unit: Fraction) -> Fraction:
    if of.kind == "running":
        return unit
    return line.as_unit(noted(of, line))


def first_and_other(rounding: Rounding, give: b.UnitsOff, line: State) -> Fraction:
    """The change of a line of which the first unit and the others get something."""
    units = units_of(line) if give.most is None else min(units_of(line), give.most)
    if not units:
        return Fraction(0)
    change = unit_off(rounding, give.first, line)
    return change if give.other is None else change + (units - 1) * unit_off(rounding, give.other, line)


def bought(rounding: Rounding, give: b.BuyGet, lines: Mapping[int, State]) -> dict[int, Fraction]:
    """The change of each line that gets units (by its number)."""
    if give.by_line:
        got = {i: _times(give, units_of(line), 0, 0) * give.get for i, line in lines.items()}
    else:
        got = _picked(rounding, give, lines)
    return {i: units * unit_off(rounding, give.off, lines[i]) for i, units in got.items() if units}


def _times(give: b.BuyGet, both: int, only_get: int, only_buy: int) -> int:
    """How often it applies: a unit that is bought is not got."""
    most = [(both + only_get) // give.get, (both + only_get + only_buy) // (give.buy + give.get)]
    if give.buy:
        most.append((both + only_buy) // give.buy)
    return min(most if give.times is None else [*most, give.times])


def _picked(rounding: Rounding, give: b.BuyGet, lines: Mapping[int, State]) -> dict[int, int]:
    """Units got by line: cheapest or dearest first, leaving enough to be bought."""
    buys = {i for i, line in lines.items() if give.buy and (give.of is None or line.product in give.of)}
    gets = {i for i, line in lines.items() if give.gets is None or line.product in give.gets}
    count = {i: units_of(line) for i, line in lines.items()}
    both, only_get = (sum(count[i] for i in gets if (i in buys) is wanted) for wanted in (True, False))
    only_buy = sum(count[i] for i in buys - gets)
    times = _times(give, both, only_get, only_buy)
    left, spare = times * give.get, both + only_buy - times * give.buy
    sign = 1 if give.order == "cheapest" else -1
    got: dict[int, int] = {}
    for i in sorted(
        (i for i in gets if count[i]), key=lambda i: (sign * seen(rounding, lines[i]) / lines[i].quantity, i)
    ):
        units = min(left, count[i], spare) if i in buys else min(left, count[i])
        got[i] = units
        left -= units
        spare -= units if i in buys else 0
    return got
