"""What lines come to without tax, to what the book rounds it: nets alone, for the pocket and for columns.

The twin of `pricing.taxes` in that: where prices include tax the net is what is rounded, of each unit or line by itself or of all
that are taxed alike, with each line's share by largest fraction. Where they do not, a net is what it was, but for a line whose
gross is kept.
"""

from __future__ import annotations

import numpy as np

from engine.kernels.arithmetic import U0, U1, divide, gcd, mul, rounded, scale, umulh, up_one
from engine.kernels.charges import charge_at, with_tax, without_tax
from engine.kernels.compiled import compiled
from engine.kernels.matching import stands
from engine.kernels.tiers import TICKS, word
from engine.plan import layout as at

MOST = np.uint64(1 << 61)
UNSHARED = at.MISSING


@compiled
def together(arena):
    """Whether a line's net is a share of what several come to."""
    level = arena[at.AT_TAX_LEVEL]
    return arena[at.AT_INCLUDES] != 0 and (level == at.TAX_BY_RATE or level == at.TAX_BY_DOCUMENT)


@compiled
def net_lines(arena, ws, start, end, row, unit):
    """Write what amounts (a row; `unit`: the row of one unit's) are without tax as OUT_INVOICED; whether all fit."""
    if together(arena):
        return share_lines(arena, ws, start, end, row)
    fits = True
    for i in range(start, end):
        if ws[at.OUT_STATUS, i] == at.FINE:
            fits = net_line(arena, ws, i, row, unit) and fits
    return fits


@compiled
def net_line(arena, ws, i, row, unit):
    """As `net_lines`, of a line by itself."""
    ws[at.OUT_INVOICED, i], fits = net_of(arena, ws, i, row, unit)
    return fits


@compiled
def net_of(arena, ws, i, row, unit):
    """What a line's amount is without tax: (amount, fits)."""
    level = arena[at.AT_TAX_LEVEL]
    if arena[at.AT_TAX] == 0 or not (arena[at.AT_INCLUDES] or (ws[at.OUT_HELD, i] and row == at.OUT_NET)):
        return ws[row, i], True
    if not arena[at.AT_INCLUDES]:
        return held_net(arena, ws, i) if level == at.TAX_BY_UNIT or level == at.TAX_BY_LINE else (ws[row, i], True)
    charge, step, mode = charge_at(arena, ws, i), word(arena[at.AT_TAX_STEP]), arena[at.AT_MODE]
    if level == at.TAX_BY_UNIT and not ws[at.OUT_WHOLE, i]:
        one, fits = rounded(without_tax(arena, charge, (U0, word(ws[unit, i]), U1)), step, mode)
        net, ok = rounded(scale((U0, one, U1), word(abs(ws[at.IN_QUANTITY, i])), TICKS), step, mode)
        return signed(ws, i, net), fits and ok
    net, fits = rounded(without_tax(arena, charge, (U0, word(abs(ws[row, i])), U1)), step, mode)
    return -np.int64(net) if ws[row, i] < 0 else np.int64(net), fits  # a document's rounding may turn it


@compiled
def signed(ws, i, amount):
    """An amount with the sign of the line's quantity."""
    return -np.int64(amount) if ws[at.IN_QUANTITY, i] < 0 else np.int64(amount)


@compiled
def held_net(arena, ws, i):
    """The net of a line whose gross is kept: (amount, fits)."""
    charge, step, mode = charge_at(arena, ws, i), word(arena[at.AT_TAX_STEP]), arena[at.AT_MODE]
    exact = np.uint64(ws[at.OUT_EXACT + 3, i]), np.uint64(ws[at.OUT_EXACT + 4, i]), np.uint64(ws[at.OUT_EXACT + 5, i])
    gross, fits = rounded(with_tax(arena, charge, exact), step, mode)
    net, ok = rounded(without_tax(arena, charge, (U0, gross, U1)), step, mode)
    return signed(ws, i, net), fits and ok


# ---------------------------------------------------------------- shares of what several lines come to


@compiled
def share_lines(arena, ws, start, end, row):
    """Nets of the lines [start, end) of a quote, those that are taxed alike rounded together; whether they fit."""
    for i in range(start, end):
        ws[at.OUT_INVOICED, i] = UNSHARED
    for i in range(start, end):
        if stands(ws, i) and ws[at.OUT_INVOICED, i] == UNSHARED and not share_alike(arena, ws, i, end, row):
            return False
    return True


@compiled
def alike(arena, ws, first, i):
    """Whether a line is taxed with the first of a group: charged as often, and by the same rate unless a document is rounded as one."""
    if not stands(ws, i):
        return False
    periods = arena[at.AT_PERIODS]
    if arena[periods + ws[at.IN_PRODUCT, first]] != arena[periods + ws[at.IN_PRODUCT, i]]:
        return False
    if arena[at.AT_TAX_LEVEL] == at.TAX_BY_DOCUMENT:
        return True
    one, other = charge_at(arena, ws, first), charge_at(arena, ws, i)
    same = True
    for column in (at.CASE_NUM, at.CASE_DEN, at.CASE_BASE):
        same = same and arena[one + column] == arena[other + column]
    return same


@compiled
def over_of(arena, charge):
    """A gross is this many parts of its rate's denominator."""
    return np.uint64(arena[charge + at.CASE_NUM] + arena[charge + at.CASE_DEN])


@compiled
def whole_of(arena, ws, first, end):
    """What the nets of a group are all whole numbers over; 0 where that does not fit."""
    whole = U1
    for i in range(first, end):
        if alike(arena, ws, first, i):
            over = over_of(arena, charge_at(arena, ws, i))
            up = over // gcd(whole, over)
            if umulh(whole, up) != U0 or whole * up > MOST:
                return U0
            whole *= up
    return whole


@compiled
def share_alike(arena, ws, first, end, row):
    """Round what a group of lines comes to once, and give each its share, ties to the earlier; whether that fits."""
    step = word(arena[at.AT_TAX_STEP])
    whole = whole_of(arena, ws, first, end)
    divisor = whole * step
    if whole == U0 or umulh(whole, step) != U0 or divisor > MOST:
        return False
    total, rest = np.int64(0), U0
    for i in range(first, end):
        if alike(arena, ws, first, i):
            steps, left, fits = in_steps(arena, ws, i, whole, divisor, row)
            total += steps
            rest += left
            if rest >= divisor:
                rest -= divisor
                total += 1
            if not fits or abs(total) > np.int64(MOST):
                return False
            ws[at.OUT_INVOICED, i], ws[at.OUT_REST, i] = steps, np.int64(left)
    given = np.int64(0)
    for i in range(first, end):
        given += ws[at.OUT_INVOICED, i] if alike(arena, ws, first, i) else 0
    return share_out(arena, ws, first, end, up_or_down(arena, total, rest, divisor) - given, divisor, step)


@compiled
def in_steps(arena, ws, i, whole, divisor, row):
    """A line's exact net in rounding steps, down to a whole one: (steps, what is left over a divisor, fits)."""
    charge = charge_at(arena, ws, i)
    hi, lo, over = mul(U0, word(abs(ws[row, i])), np.uint64(arena[charge + at.CASE_DEN]))
    up = whole // over_of(arena, charge)
    hi, lo, more = mul(hi, lo, up)
    top, steps, left = divide(hi, lo, divisor)
    if over or more or top != U0 or steps > MOST:
        return 0, U0, False
    if ws[row, i] >= 0:
        return np.int64(steps), left, True
    if left == U0:
        return -np.int64(steps), U0, True
    return -np.int64(steps) - 1, divisor - left, True


@compiled
def up_or_down(arena, total, rest, divisor):
    """A total of whole steps, and the rest of one, rounded alike on both sides of nothing."""
    mode = arena[at.AT_MODE]
    if rest == U0:
        return total
    if total >= 0:
        return total + np.int64(up_one(mode, rest, divisor, np.uint64(total)))
    size = np.uint64(-total - 1)
    return -np.int64(size) - np.int64(up_one(mode, divisor - rest, divisor, size))


@compiled
def more_than(arena, ws, first, end, bound):
    """How many lines of a group have more left over."""
    count = 0
    for i in range(first, end):
        if alike(arena, ws, first, i) and ws[at.OUT_REST, i] > bound:
            count += 1
    return count


@compiled
def share_out(arena, ws, first, end, missing, divisor, step):
    """A step more to as many lines as are missing one, largest fraction first; then steps to amounts. Whether they fit."""
    low, high = np.int64(divisor), np.int64(-1)
    for i in range(first, end):
        if alike(arena, ws, first, i):
            low, high = min(low, ws[at.OUT_REST, i] - 1), max(high, ws[at.OUT_REST, i])
    while high - low > 1:  # more than `high` is left over of at most as many lines as miss a step
        middle = low + (high - low) // 2
        if more_than(arena, ws, first, end, middle) <= missing:
            high = middle
        else:
            low = middle
    even = missing - more_than(arena, ws, first, end, high)
    for i in range(first, end):
        if alike(arena, ws, first, i):
            steps = ws[at.OUT_INVOICED, i]
            if ws[at.OUT_REST, i] > high:
                steps += 1
            elif ws[at.OUT_REST, i] == high and even > 0:
                steps += 1
                even -= 1
            if umulh(np.uint64(abs(steps)), step) != U0 or np.uint64(abs(steps)) * step > np.uint64(1 << 62):
                return False
            ws[at.OUT_INVOICED, i] = steps * np.int64(step)
    return True
