"""Price clauses: a rate, tiers, a share of other lines, a rate on an amount, a tariff; and how something is sold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.lang.places import Span
from engine.lang.syntax.amounts import Cells, Over, Rate
from engine.lang.syntax.conditions import FoldRef, Target
from engine.lang.syntax.leaves import Dates, Lit, Operand, Word


@dataclass(frozen=True, slots=True)
class TierTable:
    """`price tiers graduated` / `tiers all units by quantity` and its table (head: `seats from | off`, `calls above | price`);
    `price block` and its own."""

    mode: Literal["all units", "graduated", "block"]
    by: Word | FoldRef | None  # `by quantity`, `by quantity of family crm`; of prices also `by line.amount`
    cells: Cells
    span: Span
    flat_at_zero: bool = False


@dataclass(frozen=True, slots=True)
class ShareOf:
    """`18% after volume of family crm, at least 500 EUR per month`: `base` list, net or after a step."""

    percent: Lit
    base: Literal["list", "net", "after"] | None
    step: Word | None
    target: Target
    bounds: tuple[tuple[Literal["least", "most"], Rate], ...]
    span: Span


@dataclass(frozen=True, slots=True)
class AccrualDecl:
    """`price 4.5% a year of line.amount, actual/360`; `price rates graduated a year of line.amount` with a table."""

    rate: Lit | None
    tiers: TierTable | None
    period: Word | None
    of: Word
    count: Word | None
    span: Span


@dataclass(frozen=True, slots=True)
class TariffDecl:
    """`price tariff by line.at` and its table: `hours | days | price`."""

    at: Word
    cells: Cells
    span: Span


@dataclass(frozen=True, slots=True)
class PriceClause:
    """`price RATE [DATES]`, `cost RATE [DATES]`, or `price tiers MODE` with a table (its rates in the cells).

    `over` is the markup of `price cost plus 25%`; `share` a percent of the total of other lines.
    """

    rate: Rate | None
    tiers: TierTable | None
    dates: Dates | None
    span: Span
    over: Over | None = None
    markup: Operand | None = None
    share: ShareOf | None = None
    accrual: AccrualDecl | None = None
    tariff: TariffDecl | None = None


@dataclass(frozen=True, slots=True)
class Term:
    """A line about how something is sold: `first 500 free`, `overage 2 EUR`, `sold in 12s`, `at least 24`, `at most 400 EUR`."""

    kind: Literal["free", "overage", "sold_in", "sold_least", "sold_most"]
    amount: Lit | Rate
    span: Span
