"""What a choice said by name means to a bundle's model: a value at a path, a number, or that nothing is chosen there.

    cpu=cpu_r9     memory.dimm_16=2     width=72.5     desk.colour=red     graphics=none

Who asks says what is wrong in words of its own: a quote, a selection, a person at the terminal.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.configure.configured import Configured
from engine.configure.variables import Variable
from engine.lang.configurable import NONE, is_fact
from engine.values.kinds import millionths


@dataclass(frozen=True, slots=True)
class Meant:
    """The literal that a value is, and of a number which one, in ticks."""

    literal: int
    number: int | None = None


def variable_at(made: Configured, path: str) -> Variable | None:
    """The part or attribute at a path; None where there is none, or a fact, which nobody chooses."""
    return None if is_fact(path) else made.scope.get(path)


def may_lack(variable: Variable) -> bool:
    """Whether nothing need be chosen of it."""
    return variable.none is not None or variable.absent is not None


def meant(variable: Variable, value: str) -> Meant | None:
    """What a value means at its path; None where it can be no such."""
    if value in variable.values:
        return Meant(2 * variable.values[value])
    if value == NONE:
        return _nothing(variable)
    number = ticks(value)
    if number is None or variable.numbers is None:
        return None
    if number == 0 and may_lack(variable):
        return _nothing(variable)
    if not variable.numbers.has(number):
        return None
    return next((Meant(2 * option, number) for low, high, option in variable.amounts if low <= number <= high), None)


def _nothing(variable: Variable) -> Meant | None:
    if variable.none is not None:
        return Meant(2 * variable.none)
    return None if variable.absent is None else Meant(variable.absent)


def ticks(text: str) -> int | None:
    """A number in millionths; None where it is none, or finer than that."""
    try:
        return millionths(text.replace("_", ""))
    except ValueError:
        return None
