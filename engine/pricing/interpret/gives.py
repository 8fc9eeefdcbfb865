"""What a case makes of a line's value."""

from __future__ import annotations

from fractions import Fraction

from engine.lang import book as b
from engine.pricing.interpret.opening import slices, unit_or_whole
from engine.pricing.interpret.state import State


def makes_whole(give: b.Give, line: State) -> bool:
    """Whether a line must be taken as a whole for this give."""
    if isinstance(give, b.GraduatedOff):
        return True
    return isinstance(give, b.SetPrice) and unit_or_whole(give.price, abs(line.ticks))[1]


def given(case: b.Case, line: State) -> Fraction:
    """What the line's value would be after this case alone (before the stop at 0), in the line's form."""
    match case.give:
        case b.Percent(rate, of):
            return line.value + rate * _base(of, line)
        case b.Amount(micros):
            return line.value + line.per_unit(micros)
        case b.SetPrice(to):
            return line.as_now(unit_or_whole(to, abs(line.ticks)))
        case b.GraduatedOff(tiers, of):
            if not line.quantity:
                return line.value
            off = sum((units * row.amount for row, units in slices(tiers, abs(line.ticks))), Fraction(0))
            return line.value - _base(of, line) * off / line.quantity
        case b.AtLeast(kind, value):
            return _floor(kind, value, line)


def _base(of: b.Base, line: State) -> Fraction:
    if of.kind == "running":
        return line.value
    return line.as_now(line.opening if of.kind == "list" or of.step is None else line.after[of.step])


def _floor(kind: str, value: Fraction, line: State) -> Fraction:
    if kind == "amount":
        return line.per_unit(value)
    if kind == "of_list":
        return value * line.as_now(line.opening)
    assert line.cost is not None  # told before
    unit = line.cost.price.amount
    return line.per_unit(unit / (1 - value) if kind == "margin" else unit * (1 + value))
