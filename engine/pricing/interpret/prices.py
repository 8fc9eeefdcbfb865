"""What a price comes to for a quantity."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from engine.lang import book as b
from engine.pricing.interpret.state import Noted
from engine.values.kinds import MICROS, Value


def unit_or_whole(price: b.Price, ticks: int, known: Mapping[str, Value]) -> Noted:
    """A price for this many units (absolute ticks); `known` are the line's facts."""
    tiers = price.tiers
    if tiers is None:
        return price.amount, False
    if tiers.mode == "graduated":
        if not ticks:
            return Fraction(0), False
        filled = [(row, units) for row, units in slices(tiers, ticks) if units]
        return sum((units * row.amount + row.flat for row, units in filled), Fraction(0)), True
    row = _reached(tiers, ticks)
    if row is None:
        return Fraction(0), False
    if row.flat and ticks:
        return row.amount * ticks / MICROS + row.flat, True
    return row.amount, False


def _reached(tiers: b.Tiers, ticks: int) -> b.Tier | None:
    rows = [row for row in tiers.rows if ticks > row.start or (row.inclusive and ticks == row.start)]
    return rows[-1] if rows else None


def slices(tiers: b.Tiers, ticks: int) -> list[tuple[b.Tier, Fraction]]:
    """How many units each tier of a graduated table holds."""
    starts = [max(row.start - MICROS, 0) if row.inclusive else row.start for row in tiers.rows]
    ends: list[int] = [*starts[1:], max(ticks, starts[-1])]
    return [
        (row, Fraction(max(0, min(ticks, end) - start), MICROS))
        for row, start, end in zip(tiers.rows, starts, ends, strict=True)
    ]
