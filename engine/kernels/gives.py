"""What cases come to for a line, as exact ratios: per unit, or of the whole line once it is one."""

from __future__ import annotations

import numpy as np

from engine.kernels.arithmetic import HALF_EVEN, U0, U1, add, less, reduce, rounded, scale, take
from engine.kernels.charges import grossed, in_line_terms
from engine.kernels.compiled import compiled
from engine.kernels.matching import L_SHARES, S_AFTER, S_GRANTS, S_LINE
from engine.kernels.tiers import BAD, TICKS, ZERO, off_share, price_of, ratio, tier_price, word
from engine.plan import layout as at

W_PRICE = at.WIDTH["prices"]


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


@compiled
def dated(arena, first, end, day):
    """The row of a product's prices (or costs) that holds on the day, or -1."""
    for row in range(first, end, W_PRICE):
        if arena[row + at.PRICE_START] <= day < arena[row + at.PRICE_END]:
            return row
    return -1


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
def base_of(arena, case, running, whole, ticks, s, cost):
    """What a case's percent is of, in the line's form now."""
    base = arena[case + at.CASE_BASE]
    if base == at.BASE_RUNNING:
        return running
    if base == at.BASE_COST:
        return as_now(ratio(arena[cost + at.PRICE_NUM], arena[cost + at.PRICE_DEN]), False, whole, ticks)
    value, was_whole = noted_after(s, 0 if base == at.BASE_LIST else base)
    return as_now(value, was_whole, whole, ticks)


@compiled
def change_of(arena, case, running, whole, ticks, s, cost):
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
    base = base_of(arena, case, running, whole, ticks, s, cost)
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
    """What the line would be after this case alone: (ratio, status, what that is about). `cost` is the row of the dated cost, or -1."""
    give = arena[case + at.CASE_GIVE]
    num, den = arena[case + at.CASE_NUM], arena[case + at.CASE_DEN]
    if give == at.SET_PRICE:
        value, is_whole, status, about = price_of(arena, num, den, arena[case + at.CASE_TIERS], ticks, s, cost)
        return as_now(value, is_whole, whole, ticks), status, about
    if give == at.AT_LEAST_AMOUNT:
        return as_now(ratio(num, den), False, whole, ticks), at.FINE, 0
    if give == at.AT_LEAST_OF_LIST:
        listed, was_whole = noted_after(s, 0)
        return scale(as_now(listed, was_whole, whole, ticks), word(num), word(den)), at.FINE, 0
    if give == at.AT_LEAST_BELOW_LIST:
        listed, was_whole = noted_after(s, 0)
        return take(as_now(listed, was_whole, whole, ticks), as_now(ratio(num, den), False, whole, ticks)), at.FINE, 0
    if give == at.AT_LEAST_OF_COST:
        unit = scale(ratio(arena[cost + at.PRICE_NUM], arena[cost + at.PRICE_DEN]), word(num), word(den))
        return as_now(grossed(arena, unit, s), False, whole, ticks), at.FINE, 0
    if give == at.PERCENT and num + den >= 0:
        base = base_of(arena, case, running, whole, ticks, s, cost)
        if base[0] == running[0] and base[1] == running[1] and base[2] == running[2]:  # nearly always
            return scale(running, word(num + den), word(den)), at.FINE, 0
    change, adds = change_of(arena, case, running, whole, ticks, s, cost)
    return (add(running, change) if adds else take(running, change)), at.FINE, 0


@compiled
def makes_whole(arena, case, ticks, s):
    """Whether from a case on the line's amount is the truth: it works on some units of a line, or prices it whole: (answer, status,
    what that is about)."""
    give = arena[case + at.CASE_GIVE]
    if give == at.SET_PRICE and arena[case + at.CASE_TIERS] >= 0:
        _, whole, status, about = tier_price(arena, arena[case + at.CASE_TIERS], ticks, s)
        return whole, status, about
    return give == at.GRADUATED_OFF and ticks != 0, at.FINE, 0


@compiled
def needs_cost(arena, case):
    """Whether a case is worked out over the cost."""
    give = arena[case + at.CASE_GIVE]
    if give == at.PERCENT or give == at.GRADUATED_OFF:
        return arena[case + at.CASE_BASE] == at.BASE_COST
    return give == at.AT_LEAST_OF_COST or (give == at.SET_PRICE and arena[case + at.CASE_TIERS] == at.OVER_COST)
