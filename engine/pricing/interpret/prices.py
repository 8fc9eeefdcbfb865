"""What a price comes to for a quantity: tiers, packages, blocks, free units, percents of an amount.

    measure -> free -> tiers -> packages and flats -> an amount of the line, or of one unit where that says it all

A price whose every unit costs the same is one unit's; all others are the whole line's. All of it is worked out on the
quantity without its sign.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction

from engine.lang import book as b
from engine.pricing.interpret.state import Noted
from engine.pricing.refusals import Fault
from engine.values.kinds import MICROS, Value

NOTHING: Noted = (Fraction(0), False)


def unit_or_whole(price: b.Price, ticks: int, known: Mapping[str, Value]) -> Noted:
    """A price for this many units (absolute ticks); `known` are the line's facts.

    Raises:
        Fault: the line lacks the amount that the price is a part of, or is below the first block.
    """
    tiers = price.tiers
    if tiers is None:
        return price.amount, False
    measure = measured(tiers, ticks, known)
    if not measure and tiers.flat_at_zero and (ticks or tiers.by is None):
        return tiers.rows[0].flat, True
    if tiers.mode == "all units":
        return _all_units(tiers, measure)
    if not measure:
        return NOTHING
    return _block(tiers, measure) if tiers.mode == "block" else _graduated(tiers, measure)


def measured(tiers: b.Tiers, ticks: int, known: Mapping[str, Value]) -> Fraction:
    """What the tiers measure, in ticks, beyond what is free."""
    if tiers.by is None:
        return max(Fraction(0), ticks * tiers.scale - tiers.free)
    amount = known.get(tiers.by)
    if amount is None:
        raise Fault("MISSING_FACT", fact=tiers.by)
    if int(amount) < 0:
        raise Fault("INVALID_FACT", fact=tiers.by)
    return max(Fraction(0), int(amount) - tiers.free) if ticks else Fraction(0)


def clamped(clamp: b.Clamp | None, noted: Noted, ticks: int) -> Noted:
    """A line's list price within its least and most; one that costs nothing is left alone."""
    value, whole = noted
    amount = value if whole else value * ticks / MICROS
    if clamp is None or not amount:
        return noted
    if clamp.least is not None and amount < clamp.least:
        return clamp.least, True
    return (clamp.most, True) if clamp.most is not None and amount > clamp.most else noted


# ---------------------------------------------------------------- the three ways


def _all_units(tiers: b.Tiers, measure: Fraction) -> Noted:
    row = _reached(tiers, measure)
    if row is None:
        return NOTHING
    if tiers.by is None and not (row.package or tiers.free or (row.flat and measure)):
        return row.amount * tiers.scale, False
    return (_charge(row, measure) + row.flat, True) if measure else NOTHING


def _graduated(tiers: b.Tiers, measure: Fraction) -> Noted:
    filled = [(row, units) for row, units in _slices(tiers, measure) if units]
    return sum((_charge(row, units) + row.flat for row, units in filled), Fraction(0)), True


def _block(tiers: b.Tiers, measure: Fraction) -> Noted:
    row, last = _reached(tiers, measure), tiers.rows[-1]
    if row is None:
        raise Fault("INVALID_QUANTITY", least=math.ceil(tiers.rows[0].start / tiers.scale))
    over = _charge(tiers.overage, measure - last.start) if tiers.overage and row is last else Fraction(0)
    return row.flat + over, True


def _charge(row: b.Tier, measure: Fraction) -> Fraction:
    """What so many ticks cost at a row's price: by the unit, or for every package that is started."""
    if row.package:
        return row.amount * math.ceil(measure / row.package)
    return row.amount * measure / MICROS


def _reached(tiers: b.Tiers, measure: Fraction) -> b.Tier | None:
    rows = [row for row in tiers.rows if measure > row.start or (row.inclusive and measure == row.start)]
    return rows[-1] if rows else None


def _slices(tiers: b.Tiers, measure: Fraction) -> list[tuple[b.Tier, Fraction]]:
    """How many ticks each tier of a graduated table holds."""
    starts = [max(row.start - MICROS, 0) if row.inclusive else row.start for row in tiers.rows]
    ends = [*map(Fraction, starts[1:]), max(measure, Fraction(starts[-1]))]
    return [
        (row, max(Fraction(0), min(measure, end) - start))
        for row, start, end in zip(tiers.rows, starts, ends, strict=True)
    ]


def stretch(tiers: b.Tiers, before: int, ticks: int) -> Noted:
    """What graduated tiers charge for so many ticks, which fill them from `before` on."""
    if not ticks:
        return NOTHING
    return _graduated(tiers, (before + ticks) * tiers.scale)[0] - _graduated(tiers, before * tiers.scale)[0], True


def share_off(tiers: b.Tiers, before: int, ticks: int) -> Fraction:
    """What a graduated discount takes of a line of so many ticks, which fill the tiers from `before` on: their percents, weighed by
    the units in each."""
    first, last = before * tiers.scale, (before + ticks) * tiers.scale
    return (_percents(tiers, last) - _percents(tiers, first)) / (last - first)


def _percents(tiers: b.Tiers, measure: Fraction) -> Fraction:
    return sum((units * row.amount for row, units in _slices(tiers, measure)), Fraction(0))
