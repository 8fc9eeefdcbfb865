"""A line's amount as a customer would see it, before it is settled: rounded at the book's level."""

from __future__ import annotations

from fractions import Fraction

from engine.pricing.interpret.state import Noted, State
from engine.values.rounding import Rounding, round_to


def settled(rounding: Rounding, listed: Fraction, value: Fraction) -> Fraction:
    """A value rounded as the book says, prices or discounts; never below 0."""
    if rounding.discounts:
        return max(Fraction(0), listed - round_to(listed - value, rounding.step, rounding.mode))
    return Fraction(round_to(value, rounding.step, rounding.mode))


def seen(rounding: Rounding, line: State) -> Fraction:
    """The line's amount now, in micros, without its sign."""
    return _seen(rounding, line, line.now)


def seen_at(rounding: Rounding, line: State, step: int) -> Fraction:
    """Its amount after a step; at the list price for 0."""
    return _seen(rounding, line, line.after.get(step, line.now) if step else line.opening)


def _seen(rounding: Rounding, line: State, noted: Noted) -> Fraction:
    if rounding.level == "document":
        return line.as_whole(noted)
    if rounding.level == "unit" and not noted[1]:
        return settled(rounding, line.as_unit(line.opening), noted[0]) * line.quantity
    return settled(rounding, line.as_whole(line.opening), line.as_whole(noted))


def go_whole(rounding: Rounding, line: State) -> None:
    """From here on the line's amount is what counts; a unit price that is to be rounded is rounded here."""
    if rounding.level == "unit" and not line.whole:
        rounded = settled(rounding, line.as_unit(line.opening), line.value)
        line.note_rounding(rounded)
        line.value = rounded
    line.go_whole()
