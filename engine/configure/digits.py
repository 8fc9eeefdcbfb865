"""A wide number told exactly where a sum counts it: binary digits, options that nobody sees, with which its ranges go together.

    seat in 5 to 5_000 -> seat = 5 + 1 x (seat+1) + 2 x (seat+2) + 4 x (seat+4) + ... + 4096 x (seat+4096)

A range is said of them by clauses, one a digit, so sums are linear and all else keeps its few options.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction

from engine.configure.model import Clause
from engine.configure.variables import Variable
from engine.lang import configurable as c
from engine.values.kinds import decimal

Amount = tuple[int | None, Fraction]
"""A literal and what it adds to a number; None: always."""


def spell(variable: Variable, option: Callable[..., int]) -> Iterator[Clause]:
    """Make the digits of a number that has its ranges, and say how they go together."""
    numbers, present = variable.numbers, variable.present
    assert numbers is not None
    for digit in range((numbers.count - 1).bit_length()):
        step = numbers.step << digit
        made = option(f"{variable.path}+{decimal(step)}", variable.path, of_bundle=False, digit=True)
        variable.digits.append((step, made))
        if present is not None:
            yield Clause((2 * present, 2 * made + 1))
    bits = [made for _, made in variable.digits]
    for low, high, made in variable.amounts:
        first, last = ((tick - numbers.low) // numbers.step for tick in (low, high))
        for literals in (*_at_least(bits, first), *_at_most(bits, last)):
            yield Clause((2 * made + 1, *literals))


def _at_least(bits: list[int], least: int) -> Iterator[tuple[int, ...]]:
    """Where a digit of `least` is 1, that one or a higher one of which it is 0."""
    for at, bit in enumerate(bits):
        if least >> at & 1:
            yield (2 * bit, *(2 * above for n, above in enumerate(bits) if n > at and not least >> n & 1))


def _at_most(bits: list[int], most: int) -> Iterator[tuple[int, ...]]:
    """Where a digit of `most` is 0, not that one or not a higher one of which it is 1."""
    for at, bit in enumerate(bits):
        if not most >> at & 1:
            yield (2 * bit + 1, *(2 * above + 1 for n, above in enumerate(bits) if n > at and most >> n & 1))


def amounts_of(variable: Variable) -> Iterator[Amount]:
    """The literals that make up a number, and what each adds."""
    numbers = variable.numbers
    if not variable.digits or numbers is None:
        yield from ((2 * option, Fraction(low, c.ONE)) for low, _, option in variable.amounts)
        return
    yield None if variable.present is None else 2 * variable.present, Fraction(numbers.low, c.ONE)
    yield from ((2 * option, Fraction(step, c.ONE)) for step, option in variable.digits)


def literals_of_number(variable: Variable, tick: int) -> tuple[int, ...]:
    """All that is so where a number is this one: its range, and its digits."""
    numbers = variable.numbers
    if numbers is None or not numbers.has(tick):
        return ()
    place = (tick - numbers.low) // numbers.step
    ranges = (2 * option for low, high, option in variable.amounts if low <= tick <= high)
    return (*ranges, *(2 * option + (not place >> at & 1) for at, (_, option) in enumerate(variable.digits)))
