"""What a price comes to for a quantity, as an exact ratio: of one unit, or of the whole line where its units differ.

    quantity, or an amount that a fact says -> less what is free -> tiers -> packages, blocks, flat fees

A table measures in parts so fine that all of its bounds are whole numbers, so that only amounts are ratios.
"""

from __future__ import annotations

import numpy as np

from engine.kernels.arithmetic import U0, U1, add, less, scale, umulh
from engine.kernels.compiled import compiled
from engine.kernels.matching import S_RAW
from engine.plan import layout as at

W_TABLE, W_TIER, W_SALE = at.WIDTH["tables"], at.WIDTH["tiers"], at.WIDTH["sales"]
TICKS = np.uint64(1_000_000)
ZERO = (U0, U0, U1)
BAD = (U0, U0, U0)
MOST = np.uint64(1 << 62)
"""More than a table measures."""


@compiled
def word(value):
    """A non-negative int64 as a ratio's numerator."""
    return np.uint64(value)


@compiled
def ratio(num, den):
    """A ratio of two non-negative int64."""
    return U0, np.uint64(num), np.uint64(den)


# ---------------------------------------------------------------- what is measured


@compiled
def parts_of(arena, row, ticks):
    """So many ticks in a table's parts; -1 where that does not fit."""
    times = word(arena[row + at.TIERS_TIMES])
    if umulh(word(ticks), times) != U0 or word(ticks) * times >= MOST:
        return -1
    return np.int64(word(ticks) * times)


@compiled
def measure_of(arena, row, ticks, s):
    """What a table measures of a line beyond what is free: (parts, status); -1 where it does not fit."""
    by = arena[row + at.TIERS_BY]
    if by >= 0:
        amount = s[s[S_RAW] + by]
        if amount == at.MISSING:
            return 0, at.MISSING_FACT
        if amount < 0:
            return 0, at.INVALID_FACT
        ticks = amount if ticks else 0
    parts = parts_of(arena, row, ticks)
    return parts if parts < 0 else max(0, parts - arena[row + at.TIERS_FREE]), at.FINE


@compiled
def slice_of(arena, tier, last, measure):
    """How much of a measure is in one tier of a graduated table."""
    begin = arena[tier + at.TIER_BEGIN]
    end = measure if last else min(measure, arena[tier + W_TIER + at.TIER_BEGIN])
    return max(0, end - begin)


@compiled
def reached(arena, first, end, measure):
    """The tier that a measure reaches, -1 for none."""
    found = -1
    for tier in range(first, end, W_TIER):
        if measure >= arena[tier + at.TIER_FROM]:
            found = tier
    return found


# ---------------------------------------------------------------- what it costs


@compiled
def flat_of(arena, tier):
    """A tier's flat fee."""
    return ratio(arena[tier + at.TIER_FLAT_NUM], arena[tier + at.TIER_FLAT_DEN])


@compiled
def charge_of(arena, row, tier, measure):
    """What so much costs at a tier's price: by the unit, or for every package that is started."""
    price, package = ratio(arena[tier + at.TIER_NUM], arena[tier + at.TIER_DEN]), arena[tier + at.TIER_PACKAGE]
    if package:
        return scale(price, word((measure + package - 1) // package), U1)
    return scale(price, word(measure), word(arena[row + at.TIERS_UNIT]))


@compiled
def tier_price(arena, table, ticks, s):
    """A tiered price for this many ticks: (ratio in micros, whether of the whole line, status, what that is about)."""
    row = arena[at.AT_TABLES] + table * W_TABLE
    measure, status = measure_of(arena, row, ticks, s)
    if status != at.FINE:
        return ZERO, False, status, arena[row + at.TIERS_BY]
    if measure < 0:
        return BAD, False, at.FINE, 0
    first = arena[at.AT_TIERS] + arena[row + at.TIERS_FIRST] * W_TIER
    end = arena[at.AT_TIERS] + arena[row + at.TIERS_END] * W_TIER
    mode = arena[row + at.TIERS_MODE]
    if measure == 0 and arena[row + at.TIERS_AT_ZERO] and (ticks or arena[row + at.TIERS_BY] < 0):
        return flat_of(arena, first), True, at.FINE, 0
    if measure == 0 and mode != at.ALL_UNITS:
        return ZERO, False, at.FINE, 0
    if mode == at.GRADUATED:
        return graduated(arena, row, first, end, measure), True, at.FINE, 0
    tier = reached(arena, first, end, measure)
    if mode == at.ALL_UNITS:
        value, whole = all_units(arena, row, tier, measure)
        return value, whole, at.FINE, 0
    if tier < 0:
        times = arena[row + at.TIERS_TIMES]
        return ZERO, False, at.INVALID_QUANTITY, (arena[first + at.TIER_BEGIN] + times - 1) // times
    total = flat_of(arena, tier)
    if arena[row + at.TIERS_OVER] and tier + W_TIER == end:
        total = add(total, charge_of(arena, row, end, measure - arena[tier + at.TIER_BEGIN]))
    return total, True, at.FINE, 0


@compiled
def graduated(arena, row, first, end, measure):
    """Each unit at its own tier."""
    total = ZERO
    for tier in range(first, end, W_TIER):
        part = slice_of(arena, tier, tier + W_TIER == end, measure)
        if part > 0:
            total = add(add(total, charge_of(arena, row, tier, part)), flat_of(arena, tier))
    return total


@compiled
def all_units(arena, row, tier, measure):
    """Every unit at the tier reached: (ratio, whether of the whole line)."""
    if tier < 0:
        return ZERO, False
    flat = arena[tier + at.TIER_FLAT_NUM] != 0 and measure != 0
    of_line = arena[row + at.TIERS_BY] >= 0 or arena[row + at.TIERS_FREE] != 0
    if not (flat or of_line or arena[tier + at.TIER_PACKAGE]):
        unit, times = ratio(arena[tier + at.TIER_NUM], arena[tier + at.TIER_DEN]), word(arena[row + at.TIERS_TIMES])
        finer = word(arena[row + at.TIERS_UNIT]) // TICKS
        return unit if times == finer else scale(unit, times, finer), False
    if measure == 0:
        return ZERO, False
    return add(charge_of(arena, row, tier, measure), flat_of(arena, tier)), True


@compiled
def price_of(arena, num, den, table, ticks, s, cost):
    """A price, tiered or not: (ratio, whole, status, what that is about). `cost` is the row of the dated cost, or -1."""
    if table >= 0:
        return tier_price(arena, table, ticks, s)
    if table == at.OVER_COST:
        if cost < 0:
            return ZERO, False, at.NO_COST, -1
        unit = ratio(arena[cost + at.PRICE_NUM], arena[cost + at.PRICE_DEN])
        return scale(unit, word(num), word(den)), False, at.FINE, 0
    return ratio(num, den), False, at.FINE, 0


@compiled
def off_share(arena, table, ticks):
    """What part of the base a graduated discount takes: sum of parts x percent over all parts."""
    row = arena[at.AT_TABLES] + table * W_TABLE
    first = arena[at.AT_TIERS] + arena[row + at.TIERS_FIRST] * W_TIER
    end = arena[at.AT_TIERS] + arena[row + at.TIERS_END] * W_TIER
    measure = parts_of(arena, row, ticks)
    if measure < 0:
        return BAD
    total = ZERO
    for tier in range(first, end, W_TIER):
        part = slice_of(arena, tier, tier + W_TIER == end, measure)
        if part > 0:
            total = add(total, scale(ratio(arena[tier + at.TIER_NUM], arena[tier + at.TIER_DEN]), word(part), U1))
    return scale(total, U1, word(measure))


# ---------------------------------------------------------------- how a product is sold


@compiled
def sold_so(arena, sale, quantity):
    """Whether so much is sold at once; nothing, and a credit, always."""
    row = arena[at.AT_SALES] + sale * W_SALE
    step = arena[row + at.SALE_STEP]
    return quantity <= 0 or (
        arena[row + at.SALE_LEAST] <= quantity <= arena[row + at.SALE_MOST] and (step == 0 or quantity % step == 0)
    )


@compiled
def clamped(arena, sale, value, whole, ticks):
    """A line's list price within its least and most: (ratio, whole); one that costs nothing is left alone."""
    row = arena[at.AT_SALES] + sale * W_SALE
    amount = value if whole else scale(value, word(ticks), TICKS)
    if amount[2] == U0:
        return amount, whole
    if amount[0] | amount[1] == U0:
        return value, whole
    low = ratio(arena[row + at.SALE_LOW_NUM], arena[row + at.SALE_LOW_DEN])
    below, fits = less(amount, low)
    if below or not fits:
        return low if fits else BAD, True
    if arena[row + at.SALE_HIGH_DEN]:
        high = ratio(arena[row + at.SALE_HIGH_NUM], arena[row + at.SALE_HIGH_DEN])
        above, fits = less(high, amount)
        if above or not fits:
            return high if fits else BAD, True
    return value, whole
