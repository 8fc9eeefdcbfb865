"""What a unit costs, and for how long: an amount, tiers, a share of other lines, a rate on an amount, a tariff."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from engine.lang.places import Span

Period = str
"""How often a price is charged: once, day, week, month, quarter, year; use: by metered usage, counted only with an estimate;
term: for the time between a line's start and end; or a term of the price's own, `365 days`, `24 months`."""
TOTAL_OF: dict[Period, str] = {
    "once": "once", "day": "per_day", "week": "per_week", "month": "per_month", "quarter": "per_quarter", "year": "per_year",
    "use": "usage",
}  # fmt: skip
"""A total's name by its period, in the order that totals come in."""


def total_name(period: Period) -> str:
    """The total that a period's amounts stand in: `per_month`; `per_365_days`; `for_term`."""
    own = "for_term" if period == "term" else f"per_{period.replace(' ', '_')}"
    return TOTAL_OF.get(period, own)


Prorate = str
"""How parts of a period count: day, calendar month, month up, month and day, or a day count (`values.calendar`)."""


@dataclass(frozen=True, slots=True)
class Tier:
    """One row of a tier table. The tier holds measures >= `start` (`inclusive`: column `from`) or > `start` (`above`).

    `start` is in ticks (millionths of the unit). `amount` is a price per unit in micros, or a percent off, by the
    table's use; with a `package` (ticks), a price for each started package. `flat` is charged once (graduated: for each tier
    entered; all units: for the tier reached); in a block it is the price of the block.
    """

    start: int
    inclusive: bool
    amount: Fraction
    span: Span
    flat: Fraction = Fraction(0)
    package: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Tiers:
    """A tier table in ascending order of `start`. Below the first tier: price 0 / percent 0.

    `all units`: every unit at the tier reached. `graduated`: each unit at its own tier; with `from N` (whole units) the
    tier's first unit is number N, so the tier's measure begins at N - 1. `block`: the price of the tier reached, and `overage`
    for what is above the start of the last one.

    What is measured is the line's quantity, `scale` units of the measure to one of the product, or the amount that the fact `by`
    says of the line (then a "unit" is one of the currency); the first `free` ticks of it cost nothing. `flat_at_zero`: a
    measure of nothing pays the first flat.
    """

    mode: Literal["all units", "graduated", "block"]
    rows: tuple[Tier, ...]
    scale: Fraction = Fraction(1)
    free: Fraction = Fraction(0)
    by: str | None = None
    flat_at_zero: bool = False
    overage: Tier | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """A percent of the total of other lines: of those of `products` (None: all) and `group`, charged as often as its own.

    Of their amounts after the step `at` (0: at list), or of what is charged for them (None). `least` and `most` bound the
    price of a unit, in micros. Its line joins the waterfall after that step, and goes on from the next.
    """

    rate: Fraction
    at: int | None
    products: frozenset[int] | None
    group: str | None = None
    least: Fraction | None = None
    most: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Accrual:
    """A rate on an amount: `4.5% a year of line.amount, actual/360`; a unit costs what accrues between a line's start and end.

    `of` is the path of a fact of money. `rate` is of one a year; `tiers` rates by that amount. `count` names a day count; None:
    the rate is charged once, whatever the time.
    """

    of: str
    rate: Fraction
    count: str | None
    tiers: Tiers | None = None


@dataclass(frozen=True, slots=True)
class Tariff:
    """Prices by the hour of the week in the book's zone: `hours` has an index into `prices` for each, Monday at 0:00 first.

    `at` is the path of the fact that says when: an instant. A line without one that has a start and an end is used evenly over
    the hours between them.
    """

    at: str
    hours: tuple[int, ...]
    prices: tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class Price:
    """A price per unit: `amount` micros per unit, or `tiers` of such prices by the line's quantity, or one that hangs on
    other facts of the line.

    With `markup`: the dated cost of a unit and that share of it. With `share`: a percent of other lines.
    """

    amount: Fraction
    tiers: Tiers | None = None
    markup: Fraction | None = None
    share: Share | None = None
    accrual: Accrual | None = None
    tariff: Tariff | None = None


@dataclass(frozen=True, slots=True)
class DatedPrice:
    """A price (or cost) that holds for pricing dates in [start, end), as ordinal days; None is open."""

    price: Price
    start: int | None
    end: int | None
    span: Span
