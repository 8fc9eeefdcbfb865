"""Rounding in the middle of the waterfall: a step's own, such as charm prices."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from engine.lang import book as b
from engine.pricing.interpret.state import State, micro
from engine.pricing.quote import Applied
from engine.values.rounding import round_to


def rounded(rounding: b.StepRounding, value: Fraction) -> Fraction:
    """To a multiple, then more or less by an amount, never below 0."""
    return max(Fraction(0), Fraction(round_to(value, rounding.step, rounding.mode) + rounding.plus))


def round_step(number: int, step: b.Step, lines: Sequence[State]) -> None:
    """Round what each line has become: a unit's price, or the line's amount once it is priced whole; a bar of its own."""
    for line in lines:
        if step.rounding is None or line.fault is not None or number in line.closed:
            continue
        before, line.value = line.value, rounded(step.rounding, line.value)
        if step.combine == "list":
            line.opening = line.now
        if line.value != before:
            span = step.span
            line.bars.append(Applied(step.name, "", span.file, span.line, micro(before), micro(line.value)))
