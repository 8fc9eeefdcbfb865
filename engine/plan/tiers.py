"""Lowers tier tables, and how products are sold.

A table measures in parts of a tick so fine that its bounds, what is free and its packages are whole numbers; so only amounts are
ratios.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from math import lcm

from engine.lang import book as b
from engine.lang.places import Span
from engine.plan import layout as at
from engine.plan.figures import WORD_LIMIT, fraction
from engine.plan.plan import PlanError
from engine.values.kinds import MICROS

MODES = {"all units": at.ALL_UNITS, "graduated": at.GRADUATED, "block": at.BLOCK}


class TierTables:
    """Every tier table of the book, one after the other. `by` names the facts that some of them measure; `tables` are complete once
    `place` has said which dims those are."""

    def __init__(self) -> None:
        self.tables: list[list[int]] = []
        self.rows: list[tuple[int, ...]] = []
        self.by: list[str | None] = []

    def add(self, tiers: b.Tiers | None) -> int:
        """The table's number; -1 for none."""
        if tiers is None:
            return -1
        rows = tiers.rows if tiers.overage is None else (*tiers.rows, tiers.overage)
        scale = Fraction(1) if tiers.by is not None else tiers.scale
        finer = lcm(scale.denominator, tiers.free.denominator, *(row.package.denominator for row in rows))
        span, first = rows[0].span, len(self.rows)
        times, free, unit = (_whole(value * finer, span) for value in (scale, tiers.free, Fraction(MICROS)))
        self.rows.extend(_row(tiers, row, finer) for row in rows)
        self.tables.append([
            MODES[tiers.mode], first, first + len(tiers.rows), times, free, unit, -1, int(tiers.flat_at_zero),
            int(tiers.overage is not None),
        ])  # fmt: skip
        self.by.append(tiers.by)
        return len(self.tables) - 1

    def price(self, price: b.Price) -> tuple[Fraction, int]:
        """A price's figure, and the number of its table; OVER_COST for one that is the dated cost times its figure."""
        if price.markup is not None:
            return 1 + price.markup, at.OVER_COST
        return price.amount, self.add(price.tiers)

    def place(self, dims: Mapping[str, int]) -> list[list[int]]:
        """TIERS columns of all tables, by the places of dims."""
        for table, by in zip(self.tables, self.by, strict=True):
            table[at.TIERS_BY] = -1 if by is None else dims[by]
        return self.tables


def _row(tiers: b.Tiers, row: b.Tier, finer: int) -> tuple[int, ...]:
    begin = max(row.start - MICROS, 0) if row.inclusive and tiers.mode == "graduated" else row.start
    return (
        _whole(Fraction(row.start * finer), row.span) + (not row.inclusive), begin * finer,
        *fraction(row.amount, row.span, "this tier"), *fraction(row.flat, row.span, "this flat fee"),
        _whole(row.package * finer, row.span),
    )  # fmt: skip


def _whole(value: Fraction, span: Span) -> int:
    assert value.denominator == 1
    if value >= WORD_LIMIT:
        raise PlanError("P101", "what these tiers measure is too large or too fine to be kept exactly", span)
    return int(value)


def sales_of(products: Iterable[b.Product]) -> Iterator[tuple[int, ...]]:
    """SALE columns of the products that are not sold in any quantity at any price, in their order."""
    for product in products:
        if product.sold is None and product.clamp is None:
            continue
        sold, clamp = product.sold or b.Sold(), product.clamp or b.Clamp()
        low = fraction(clamp.least or Fraction(0), product.span, "what a line costs at least")
        high = (0, 0) if clamp.most is None else fraction(clamp.most, product.span, "what a line costs at most")
        most = at.OPEN if sold.most is None else sold.most
        yield (sold.step, sold.least or 0, most, *low, *high)
