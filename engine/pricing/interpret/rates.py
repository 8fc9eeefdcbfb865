"""Prices that hang on other facts of a line than its quantity: what accrues on an amount, what an hour of the week costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from engine.lang import book as b
from engine.pricing.interpret.term import Time
from engine.pricing.refusals import Fault
from engine.values.calendar import DAY_COUNTS
from engine.values.kinds import DAY_MINUTES, Value

WEEK = 7
DAY_HOURS = 24


def plain(price: b.Price, known: Mapping[str, Value], time: Time | None) -> b.Price:
    """A price of a unit as a plain amount: by the line's amount and days, or by its hour.

    Raises:
        Fault: MISSING_FACT, one that the price hangs on was not given.
    """
    if price.accrual is not None:
        return replace(price, amount=_accrued(price.accrual, known, time))
    if price.tariff is not None:
        return replace(price, amount=_at_hour(price.tariff, known, time))
    return price


def _asked(known: Mapping[str, Value], path: str) -> int:
    value = known.get(path)
    if not isinstance(value, int):
        raise Fault("MISSING_FACT", path)
    return value


# ---------------------------------------------------------------- rates on an amount


def _accrued(accrual: b.Accrual, known: Mapping[str, Value], time: Time | None) -> Fraction:
    """Rate x amount x the part of a year, exact; a rate without a day count is charged once."""
    amount = _asked(known, accrual.of)
    if amount < 0:
        raise Fault("INVALID_FACT", accrual.of)
    a_year = accrual.rate * amount if accrual.tiers is None else _by_tiers(accrual.tiers, amount)
    if accrual.count is None:
        return a_year
    if time is None or time.start is None or time.end is None:
        raise Fault("MISSING_FACT", "line.end" if "line.start" in known else "line.start")
    return a_year * DAY_COUNTS[accrual.count](time.start, time.end)


def _by_tiers(tiers: b.Tiers, amount: int) -> Fraction:
    """All of the amount at the rate of the tier it reaches, or each part of it at its own."""
    if tiers.mode == "all units":
        reached = [row.amount for row in tiers.rows if amount > row.start]
        return amount * (reached[-1] if reached else Fraction(0))
    ends = [*(row.start for row in tiers.rows[1:]), max(amount, tiers.rows[-1].start)]
    parts = (row.amount * max(0, min(amount, end) - row.start) for row, end in zip(tiers.rows, ends, strict=True))
    return sum(parts, Fraction(0))


# ---------------------------------------------------------------- tariffs


def _at_hour(tariff: b.Tariff, known: Mapping[str, Value], time: Time | None) -> Fraction:
    """The price of the hour that is said; else the mean over the hours between start and end, for use that is even."""
    if tariff.at in known:
        day, minute = divmod(_asked(known, tariff.at), DAY_MINUTES)
        return tariff.prices[tariff.hours[_weekday(day) * DAY_HOURS + minute // 60]]
    if time is None or time.start is None or time.end is None:
        raise Fault("MISSING_FACT", tariff.at)
    weeks, rest = divmod(time.end - time.start, WEEK)
    extra = {_weekday(time.start + i) for i in range(rest)}
    total = sum((weeks + (day in extra)) * _of_day(tariff, day) for day in range(WEEK))
    return Fraction(total) / (DAY_HOURS * (time.end - time.start))


def _weekday(day: int) -> int:
    """0 is Monday, as is the first day of the calendar."""
    return (day - 1) % WEEK


def _of_day(tariff: b.Tariff, day: int) -> Fraction:
    hours = tariff.hours[day * DAY_HOURS : (day + 1) * DAY_HOURS]
    return sum((tariff.prices[row] for row in hours), Fraction(0))
