"""Prices that hang on a fact of their line, as a ratio and how many times it counts: so few ratios serve many lines.

    4.5% a year of line.amount   ->  what one micro of it accrues, times the amount
    tariff by line.at            ->  the price of its hour of the week, once

What of a value matters for the ratio is kept by a value that stands for all like it. Both functions of values take one, or an array.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from engine.lang import book as b
from engine.pricing.interpret.rates import plain
from engine.pricing.interpret.term import Facts, Time
from engine.values.kinds import DAY_MINUTES

WEEK_HOURS = 7 * 24
HOUR = DAY_MINUTES // 24
MONDAY = DAY_MINUTES
"""The first hour of the week that the calendar begins with."""


def stand_in(price: b.Price, value: Any) -> Any:
    """The value that stands for this one: of an hour the same one of the first week, of an amount another at the same rate (a row is
    reached above its start, as in `interpret.rates`)."""
    if price.accrual is None:
        return (value - MONDAY) // HOUR % WEEK_HOURS * HOUR + MONDAY
    tiers = price.accrual.tiers
    if tiers is not None and tiers.mode != "all units":
        return value
    found = (value > 0) * 1 - (value < 0)
    for row in () if tiers is None else tiers.rows:
        reached = (value > row.start) * 1
        found = reached * (row.start + 1) + (1 - reached) * found
    return found


def times_of_ratio(price: b.Price, value: Any) -> Any:
    """How many times the ratio counts."""
    return (value > 0) * value + (value <= 0) if is_linear(price) else value * 0 + 1


def is_linear(price: b.Price) -> bool:
    """Whether a price is a rate times an amount, for all amounts with the same stand-in."""
    return price.accrual is not None and (price.accrual.tiers is None or price.accrual.tiers.mode == "all units")


def ratio_of(price: b.Price, known: Facts, time: Time | None, path: str) -> Fraction:
    """The ratio, by stand-ins among the facts that are known.

    Raises:
        Fault: MISSING_FACT or INVALID_FACT.
    """
    amount, value = plain(price, known, time).amount, known.get(path)
    return amount / value if is_linear(price) and isinstance(value, int) and value > 0 else amount
