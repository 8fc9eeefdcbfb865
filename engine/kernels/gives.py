"""What list prices, tiers and cases come to for a line, as exact ratios: per unit, or of the whole line once it is one."""

from __future__ import annotations

import numpy as np

from engine.kernels.arithmetic import HALF_EVEN, U0, U1, add, less, reduce, rounded, scale, take
from engine.kernels.charges import grossed, in_line_terms
from engine.kernels.compiled import compiled
from engine.kernels.matching import L_SHARES, S_AFTER, S_GRANTS, S_LINE
from engine.plan import layout as at

W_PRICE, W_TABLE, W_TIER = at.WIDTH["prices"], at.WIDTH["tables"], at.WIDTH["tiers"]
TICKS = np.uint64(1_000_000)
ZERO = (U0, U0, U1)
BAD = (U0, U0, U0)


@compiled
def word(value):
    """A non-negative int64 as a ratio's numerator."""
    return np.uint64(value)


@compiled
def ratio(num, den):
    """A ratio of two non-negative int64."""
    return U0, np.uint64(num), np.uint64(den)


@compiled
def micros(r):
    """A ratio to the nearest whole micro, half even: (amount, fits)."""
    return rounded(r, U1, HALF_EVEN)


@compiled
def per_unit(value, whole, ticks):
    """What one unit costs of a line priced as a whole."""
    if not whole:
        return value
    return scale(value, TICKS, word(ticks)) if ticks else ZERO


@compiled
def settle(arena, listed, value):
    """A value rounded as the book says, prices or discounts: (ratio, fits)."""
    step, mode = word(arena[at.AT_STEP]), arena[at.AT_MODE]
    if not arena[at.AT_DISCOUNTS]:
        amount, fits = rounded(value, step, mode)
        return (U0, amount, U1), fits
    raises, fits = less(listed, value)
    change, ok = rounded(take(value, listed) if raises else take(listed, value), step, mode)
    moved = (U0, change, U1)
    return (add(listed, moved) if raises else take(listed, moved)), fits and ok


# ---------------------------------------------------------------- prices and tiers


@compiled
def dated(arena, first, end, day):
    """The row of a product's prices (or costs) that holds on the day, or -1."""
    for row in range(first, end, W_PRICE):
        if arena[row + at.PRICE_START] <= day < arena[row + at.PRICE_END]:
            return row
    return -1


@compiled
def slice_of(arena, row, last, ticks):
    """Ticks of the quantity in one tier of a graduated table."""
    begin = arena[row + at.TIER_BEGIN]
    end = ticks if last else min(ticks, arena[row + W_TIER + at.TIER_BEGIN])
    return max(0, end - begin)


@compiled
def tier_price(arena, table, ticks):
    """A tiered price for this many ticks: (ratio in micros, whether of the whole line)."""
    row = arena[at.AT_TABLES] + table * W_TABLE
    first = arena[at.AT_TIERS] + arena[row + at.TIERS_FIRST] * W_TIER
    end = arena[at.AT_TIERS] + arena[row + at.TIERS_END] * W_TIER
    if arena[row + at.TIERS_GRADUATED]:
        if ticks == 0:
            return ZERO, False
        total = ZERO
        for t in range(first, end, W_TIER):
            units = slice_of(arena, t, t + W_TIER == end, ticks)
            if units > 0:
                part = scale(ratio(arena[t + at.TIER_NUM], arena[t + at.TIER_DEN]), word(units), TICKS)
                total = add(add(total, part), ratio(arena[t + at.TIER_FLAT_NUM], arena[t + at.TIER_FLAT_DEN]))
        return total, True
    found = -1
    for t in range(first, end, W_TIER):
        if ticks >= arena[t + at.TIER_FROM]:
            found = t
    if found < 0:
        return ZERO, False
    unit = ratio(arena[found + at.TIER_NUM], arena[found + at.TIER_DEN])
    if arena[found + at.TIER_FLAT_NUM] == 0 or ticks == 0:
        return unit, False
    flat = ratio(arena[found + at.TIER_FLAT_NUM], arena[found + at.TIER_FLAT_DEN])
    return add(scale(unit, word(ticks), TICKS), flat), True


@compiled
def price_of(arena, num, den, table, ticks):
    """A price, tiered or not: (ratio, whole)."""
    if table >= 0:
        return tier_price(arena, table, ticks)
    return ratio(num, den), False


@compiled
def off_share(arena, table, ticks):
    """What part of the base a graduated discount takes: sum of ticks x percent over all ticks."""
    row = arena[at.AT_TABLES] + table * W_TABLE
    first = arena[at.AT_TIERS] + arena[row + at.TIERS_FIRST] * W_TIER
    end = arena[at.AT_TIERS] + arena[row + at.TIERS_END] * W_TIER
    total = ZERO
    for t in range(first, end, W_TIER):
        units = slice_of(arena, t, t + W_TIER == end, ticks)
        if units > 0:
            total = add(total, scale(ratio(arena[t + at.TIER_NUM], arena[t + at.TIER_DEN]), word(units), U1))
    return scale(total, U1, word(ticks))


# ---------------------------------------------------------------- what cases give


@compiled
def as_now(value, was_whole, whole, ticks):
    """An amount noted per unit, in the line's form now (a line never goes back from whole to per unit)."""
    if whole and not was_whole:
        units = word(ticks) // TICKS
        return scale(value, units, U1) if units * TICKS == word(ticks) else scale(value, word(ticks), TICKS)
    return value


@compiled
def note_after(s, step, value, whole):
    """Keep what a line is after a step, for percents of it."""
    here = s[S_AFTER] + 4 * step
    s[here], s[here + 1], s[here + 2], s[here + 3] = np.int64(value[0]), np.int64(value[1]), np.int64(value[2]), whole


@compiled
def noted_after(s, step):
    """What a line was after a step: (ratio, whether of the whole line)."""
    here = s[S_AFTER] + 4 * step
    return (np.uint64(s[here]), np.uint64(s[here + 1]), np.uint64(s[here + 2])), s[here + 3] == 1


@compiled
def base_of(arena, case, running, whole, ticks, s):
    """What a case's percent is of, in the line's form now."""
    base = arena[case + at.CASE_BASE]
    if base == at.BASE_RUNNING:
        return running
    value, was_whole = noted_after(s, 0 if base == at.BASE_LIST else base)
    return as_now(value, was_whole, whole, ticks)


@compiled
def change_of(arena, case, running, whole, ticks, s):
    """What a percent, amount or graduated case takes or adds: (ratio, whether it adds)."""
    give = arena[case + at.CASE_GIVE]
    num, den = arena[case + at.CASE_NUM], arena[case + at.CASE_DEN]
    if give == at.AMOUNT:
        return as_now(in_line_terms(arena, case, ratio(abs(num), den), s), False, whole, ticks), num > 0
    if give == at.BY_HAND:
        return scale(running, word(s[s[S_GRANTS] + num]), TICKS), False
    if give == at.ON_QUOTE:
        moves = s[s[S_LINE] + L_SHARES + num]
        return ratio(abs(moves), 1), moves > 0
    base = base_of(arena, case, running, whole, ticks, s)
    if give == at.PERCENT:
        return scale(base, word(abs(num)), word(den)), num > 0
    if ticks == 0:
        return ZERO, False
    share = reduce(off_share(arena, arena[case + at.CASE_TIERS], ticks))
    if share[0] != U0 or share[2] == U0:
        return BAD, False
    return scale(base, share[1], share[2]), False


@compiled
def given(arena, case, running, whole, ticks, s, cost):
    """What the line would be after this case alone: (ratio, status). `cost` is the row of the dated cost, or -1."""
    give = arena[case + at.CASE_GIVE]
    num, den = arena[case + at.CASE_NUM], arena[case + at.CASE_DEN]
    if give == at.SET_PRICE:
        value, is_whole = price_of(arena, num, den, arena[case + at.CASE_TIERS], ticks)
        return as_now(value, is_whole, whole, ticks), at.FINE
    if give == at.AT_LEAST_AMOUNT:
        return as_now(ratio(num, den), False, whole, ticks), at.FINE
    if give == at.AT_LEAST_OF_LIST:
        listed, was_whole = noted_after(s, 0)
        return scale(as_now(listed, was_whole, whole, ticks), word(num), word(den)), at.FINE
    if give == at.AT_LEAST_OF_COST:
        if cost < 0:
            return ZERO, at.NO_COST
        unit = scale(ratio(arena[cost + at.PRICE_NUM], arena[cost + at.PRICE_DEN]), word(num), word(den))
        return as_now(grossed(arena, unit, s), False, whole, ticks), at.FINE
    if give == at.PERCENT and num + den >= 0:
        base = base_of(arena, case, running, whole, ticks, s)
        if base[0] == running[0] and base[1] == running[1] and base[2] == running[2]:  # nearly always
            return scale(running, word(num + den), word(den)), at.FINE
    change, adds = change_of(arena, case, running, whole, ticks, s)
    return (add(running, change) if adds else take(running, change)), at.FINE


@compiled
def makes_whole(arena, case, ticks):
    """Whether a case works on some units of a line, so that from here on the line's amount is the truth."""
    give = arena[case + at.CASE_GIVE]
    if ticks == 0:
        return False
    if give == at.GRADUATED_OFF:
        return True
    if give != at.SET_PRICE or arena[case + at.CASE_TIERS] < 0:
        return False
    return tier_price(arena, arena[case + at.CASE_TIERS], ticks)[1]
