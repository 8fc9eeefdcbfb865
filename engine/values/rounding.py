"""Rounds exact ratios once, in a named mode: the only place a digit is lost."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

Mode = Literal["half up", "half even", "half down", "up", "down"]
Level = Literal["unit", "line", "document"]

MODES: tuple[Mode, ...] = ("half up", "half even", "half down", "up", "down")
LEVELS: tuple[Level, ...] = ("unit", "line", "document")


@dataclass(frozen=True, slots=True)
class Rounding:
    """How a book rounds: `mode`, the `level` it happens at, to a multiple of `step` micros, prices or discounts.

    Modes are symmetric about zero: `half up` is half away from zero, `up` away from zero, `down` towards zero.
    """

    mode: Mode
    level: Level
    step: int  # micros; the currency's minor unit unless the book says otherwise (EUR 10_000, JPY 1_000_000)
    discounts: bool = False  # True: the discount is rounded and taken from the exact list price


def round_ratio(value: Fraction, mode: Mode) -> int:
    """Round an exact ratio to a whole number in `mode`."""
    return divided(value.numerator, value.denominator, mode)


def divided(numerator: int, denominator: int, mode: Mode) -> int:
    """As `round_ratio`, of a ratio that need not be in lowest terms; the denominator is positive."""
    whole, rest = divmod(abs(numerator), denominator)
    if rest:
        whole += _up(mode, 2 * rest, denominator, whole)
    return -whole if numerator < 0 else whole


def _up(mode: Mode, twice_rest: int, denominator: int, whole: int) -> int:
    if mode == "down":
        return 0
    if mode == "up" or twice_rest > denominator:
        return 1
    if twice_rest < denominator or mode == "half down":
        return 0
    return 1 if mode == "half up" else whole & 1


def round_to(value: Fraction, step: int, mode: Mode) -> int:
    """Round an exact amount in micros to a multiple of `step` micros."""
    return step * divided(value.numerator, value.denominator * step, mode)
