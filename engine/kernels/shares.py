"""Amounts on the quote: which of a step's hold, what each takes of its lines together, and what that moves each of them by.

    conditions by the quote's first line -> lines of its products -> their amounts as seen -> rounded, bounded -> split above floors

Those of each bundle go the same way, with the lines of one bundle after the other; amounts count as often as it is there.

All is whole micros (`plan.whole` sees to it). Each works as if it were by itself; a step's own changes come after.
"""

from __future__ import annotations

import numpy as np

from engine.kernels.arithmetic import DOWN, U0, U1, less, rounded, scale, take
from engine.kernels.charges import turn_to
from engine.kernels.compiled import compiled
from engine.kernels.folds import line_width, look_at, seen
from engine.kernels.gives import as_now, given, micros, needs_cost, noted_after
from engine.kernels.matching import (
    HITS,
    L_GETS,
    L_MOVED,
    L_NOW,
    L_SHARES,
    L_TOP,
    L_WEIGHT,
    S_LINE,
    S_MET,
    W_CASE,
    W_EXCEPT,
    W_SHARE,
    W_STEP,
    bit_of,
    bits_of,
    classify,
    hits_in_order,
    stands,
    word_where,
)  # fmt: skip
from engine.kernels.opening import W_PRODUCT, dated_in
from engine.kernels.splits import NO_TOP, split
from engine.kernels.tiers import ZERO, ratio, word
from engine.plan import layout as at

MOST = 1 << 61
"""What lines may come to together."""
THE_QUOTE = 0
"""In place of a bundle's number: all lines."""


@compiled
def know_shares(arena, ws, start, end, step, s, places):
    """Work out what each amount on the quote of a step moves each line by; whether all fits."""
    shares, stop = arena[at.AT_SHARES], arena[at.AT_GRANTS]
    mine = False
    for share in range(shares, stop, W_SHARE):
        if arena[share + at.SHARE_STEP] == step:
            mine = True
            for k in range(end - start):
                look_at(arena, s, places, k)
                s[s[S_LINE] + L_SHARES + (share - shares) // W_SHARE] = 0
    if mine and not share_among(arena, ws, start, end, step, THE_QUOTE, s, places):
        return False
    for i in range(start, end if mine and arena[at.AT_BUNDLE] else start):
        bundle = bundle_of(arena, ws, i)
        if bundle != THE_QUOTE and first_in(arena, ws, start, end, bundle) == i:
            if not share_among(arena, ws, start, end, step, bundle, s, places):
                return False
    return True


@compiled
def share_among(arena, ws, start, end, step, bundle, s, places):
    """Work out the shares of a step over all lines, or over those of one bundle; whether all fits."""
    count = shares_met(arena, ws, start, end, step, bundle, s)
    for h in range(count):
        if not spread(arena, ws, start, end, step, bundle, s[s[S_MET] + h], count, s, places):
            return False
    return True


# ---------------------------------------------------------------- of which lines


@compiled
def bundle_of(arena, ws, i):
    """The number of the bundle that a line was sold in; THE_QUOTE where it stands by itself, or nothing asks."""
    number = ws[at.IN_DIMS + arena[at.AT_BUNDLE], i] if arena[at.AT_BUNDLE] else THE_QUOTE
    return max(number, THE_QUOTE)


@compiled
def first_in(arena, ws, start, end, bundle):
    """The first line of all, or of a bundle, that has a price; `end` where there is none."""
    first = start
    while first < end and not (stands(ws, first) and (bundle == THE_QUOTE or bundle_of(arena, ws, first) == bundle)):
        first += 1
    return first


@compiled
def times(arena, ws, first, bundle):
    """How often an amount counts: as often as the bundle is there that this line is of."""
    return 1 if bundle == THE_QUOTE else max(ws[at.IN_DIMS + arena[at.AT_BUNDLE] + 1, first], 1)


# ---------------------------------------------------------------- which hold, and where


@compiled
def shares_met(arena, ws, start, end, step, bundle, s):
    """Keep the shares (offsets in the arena) of a step that hold for the quote, or for a bundle; returns how many. An exception
    holds only beside a rule it excepts."""
    first = first_in(arena, ws, start, end, bundle)
    if first == end:
        return 0
    classify(arena, ws, first, arena[at.AT_PRODUCTS] + ws[at.IN_PRODUCT, first] * W_PRODUCT, s)
    count = 0
    for share in range(arena[at.AT_SHARES], arena[at.AT_GRANTS], W_SHARE):
        if arena[share + at.SHARE_EACH] != (bundle != THE_QUOTE):
            continue
        if arena[share + at.SHARE_STEP] == step and holds(arena, s, share):
            s[s[S_MET] + count] = share
            count += 1
    kept = 0
    for h in range(count):  # each is judged by all that hold, the dropped ones too: those stand marked until the end
        if not beside(arena, step, s, h, count):
            s[s[S_MET] + h] = -s[s[S_MET] + h]
    for h in range(count):
        if s[s[S_MET] + h] > 0:
            s[s[S_MET] + kept] = s[s[S_MET] + h]
            kept += 1
    return kept


@compiled
def holds(arena, s, share):
    """Whether a share's condition holds for the line that was classified."""
    first, end = bits_of(arena, arena[share + at.SHARE_PART], arena[share + at.SHARE_FOUND])
    for w in range(first >> 6, (end + 63) >> 6):
        live = word_where(arena, s, w, first, end)
        while live:
            if arena[bit_of(arena, w, live) + at.BIT_CASE] == arena[share + at.SHARE_CASE]:
                return True
            live &= live - U1
    return False


@compiled
def rule_of(arena, share):
    """The rule of a share, marked or not."""
    return arena[arena[at.AT_CASES] + arena[abs(share) + at.SHARE_CASE] * W_CASE + at.CASE_RULE]


@compiled
def excepted(arena, step, exception, rule):
    """Whether a rule of a step is an exception to another; to any, for -1."""
    row = arena[at.AT_STEP_ROWS] + step * W_STEP
    base = arena[at.AT_EXCEPTS]
    for e in range(
        base + arena[row + at.STEP_EXCEPTS] * W_EXCEPT, base + arena[row + at.STEP_EXCEPTS_END] * W_EXCEPT, W_EXCEPT
    ):
        if arena[e] == exception and (rule < 0 or arena[e + 1] == rule):
            return True
    return False


@compiled
def beside(arena, step, s, h, count):
    """Whether hit h is no exception, or one beside a rule it excepts."""
    mine = rule_of(arena, s[s[S_MET] + h])
    if not excepted(arena, step, mine, -1):
        return True
    for other in range(count):
        if excepted(arena, step, mine, rule_of(arena, s[s[S_MET] + other])):
            return True
    return False


@compiled
def is_on(arena, share, product):
    """Whether a share is on a product."""
    base = arena[at.AT_MEMBERSHIPS]
    for m in range(base + arena[product + at.PRODUCT_PARTS], base + arena[product + at.PRODUCT_PARTS_END]):
        if arena[m] == arena[share + at.SHARE_PART]:
            return True
    return False


@compiled
def reaches(arena, step, share, product, s, count):
    """Whether a share works on a product: an exception takes the place of its rule there."""
    if not is_on(arena, share, product):
        return False
    for h in range(s[S_MET], s[S_MET] + count):
        if excepted(arena, step, rule_of(arena, s[h]), rule_of(arena, share)) and is_on(arena, s[h], product):
            return False
    return True


# ---------------------------------------------------------------- how much


@compiled
def spread(arena, ws, start, end, step, bundle, share, count, s, places):
    """Note what one share moves each line by; whether all fits."""
    now, base, fits = gather(arena, ws, start, end, step, bundle, share, count, s, places)
    often = times(arena, ws, first_in(arena, ws, start, end, bundle), bundle)
    if not fits or abs(arena[share + at.SHARE_NUM]) > MOST // often or arena[share + at.SHARE_MOST] > MOST // often:
        return False
    what, remainder = arena[share + at.SHARE_WHAT], arena[share + at.SHARE_REMAINDER]
    step_of, mode = word(arena[at.AT_STEP]), arena[at.AT_MODE]
    if what == at.SHARE_TO_TOTAL:
        deal(arena, end - start, arena[share + at.SHARE_NUM] * often, remainder, s, places)
        note_moves(arena, end - start, share, 1, True, s, places)
        return True
    negative = arena[share + at.SHARE_NUM] < 0
    whole = ratio(abs(arena[share + at.SHARE_NUM]) * often, arena[share + at.SHARE_DEN])
    if what == at.SHARE_OF_PERCENT:
        whole = scale(ratio(base, 1), word(abs(arena[share + at.SHARE_NUM])), word(arena[share + at.SHARE_DEN]))
    most = arena[share + at.SHARE_MOST] * often
    if most >= 0:
        most_of, ok = less(ratio(most, 1), whole)
        whole = ratio(most, 1) if most_of else whole
        fits = fits and ok
    amount, ok = rounded(whole, step_of, mode)
    if negative:
        floors, kept = keep_floors(arena, ws, start, end, step, s, places)
        below, fine = less(whole, ratio(now, 1))
        fits = fits and fine and kept
        if not below and not floors:
            take_all(arena, end - start, share, s, places)
            return fits
        most_off = now // arena[at.AT_STEP] * arena[at.AT_STEP]
        amount = min(amount, word(most_off)) if ok else word(most_off)
        ok = True
    if not (fits and ok):
        return False
    deal(arena, end - start, np.int64(amount), remainder, s, places)
    note_moves(arena, end - start, share, -1 if negative else 1, False, s, places)
    return True


@compiled
def gather(arena, ws, start, end, step, bundle, share, count, s, places):
    """Write the amount and weight of each line that a share is on: (all amounts, all amounts of its base, whether they fit)."""
    now = base = weights = 0
    of = arena[share + at.SHARE_BASE]
    for i in range(start, end):
        look_at(arena, s, places, i - start)
        line = s[S_LINE]
        s[line + L_WEIGHT], s[line + L_TOP] = -1, NO_TOP
        if not stands(ws, i) or ws[at.IN_QUANTITY, i] <= 0 or is_closed(arena, step, s):
            continue
        if bundle != THE_QUOTE and bundle_of(arena, ws, i) != bundle:
            continue
        product = ws[at.IN_PRODUCT, i]
        if arena[arena[at.AT_PERIODS] + product] != arena[share + at.SHARE_PERIOD]:
            continue
        if not reaches(arena, step, share, arena[at.AT_PRODUCTS] + product * W_PRODUCT, s, count):
            continue
        ticks = ws[at.IN_QUANTITY, i]
        mine, fits = amount_after(arena, s, ticks, step - 1)
        part, ok = (mine, True) if of < 0 else amount_after(arena, s, ticks, of)
        by = arena[share + at.SHARE_BY]
        weight, fine = (mine, True) if by == at.BY_RUNNING else (1, True)
        if by == at.BY_LIST:
            weight, fine = amount_after(arena, s, ticks, 0)
        elif by == at.BY_SSP:
            weight, fine = worth_alone(arena, product, ticks)
        s[line + L_NOW], s[line + L_WEIGHT] = mine, weight
        now, base, weights = now + mine, base + part, weights + weight
        if not (fits and ok and fine) or max(now, base, weights) > MOST:
            return 0, 0, False
    return now, base, True


@compiled
def worth_alone(arena, product, ticks):
    """What a line of a product comes to at its stand-alone price: (micros, whether that fits)."""
    ssp, units = arena[arena[at.AT_SSPS] + product], ticks // 1_000_000
    return (ssp * units, True) if ssp == 0 or units <= MOST // ssp else (0, False)


@compiled
def amount_after(arena, s, ticks, step):
    """What a line was after a step as a customer would see it, in micros: (amount, whether it fits)."""
    value, whole = noted_after(s, step)
    amount, fits = seen(arena, s, ticks, value, whole)
    found, ok = micros(amount)
    return np.int64(found), fits and ok


@compiled
def is_closed(arena, step, s):
    """Whether a step leaves out the line that is looked at, for a rule of another moved it."""
    return arena[arena[at.AT_STEP_ROWS] + step * W_STEP + at.STEP_SKIPS] & s[s[S_LINE] + L_MOVED] != 0


@compiled
def keep_floors(arena, ws, start, end, step, s, places):
    """Write the most that each line may lose (in steps): (whether one of them has a floor below, whether all fit)."""
    floors, fits = False, True
    size = arena[at.AT_STEP]
    count = line_width(arena)
    for i in range(start, end):
        line = places + (i - start) * count + 5 * arena[at.AT_STEPS]
        if s[line + L_WEIGHT] < 0:
            continue
        look_at(arena, s, places, i - start)
        floor, known = floor_of(arena, ws, i, step, s)
        floors = floors or (floor[0] | floor[1]) != U0
        off, ok = rounded(take(ratio(s[line + L_NOW], 1), floor), word(size), DOWN)
        s[line + L_TOP] = np.int64(off) // size
        fits = fits and known and ok
    return floors, fits


@compiled
def floor_of(arena, ws, i, step, s):
    """The highest floor of a later step, of the whole line: (ratio, whether all fit)."""
    highest, fits = ZERO, True
    product = arena[at.AT_PRODUCTS] + ws[at.IN_PRODUCT, i] * W_PRODUCT
    ticks = ws[at.IN_QUANTITY, i]
    cost = dated_in(arena, at.AT_COSTS, at.PRODUCT_COSTS, product, ws[at.IN_DIMS + at.DATE, i])
    value, whole = noted_after(s, step - 1)
    classified = False
    for later in range(step + 1, arena[at.AT_ACROSS]):
        if arena[arena[at.AT_STEP_ROWS] + later * W_STEP + at.STEP_COMBINE] != at.FLOOR:
            continue
        if not classified:
            classify(arena, ws, i, product, s)
            turn_to(arena, ws, i, s)
            classified = True
        count = hits_in_order(arena, later, product, s)
        fits = fits and count >= 0
        for h in range(HITS, HITS + count):
            if cost >= 0 or not needs_cost(arena, s[h]):
                floor, _, _ = given(arena, s[h], value, whole, ticks, s, cost)
                floor = as_now(floor, whole, True, ticks)
                higher, ok = less(highest, floor)
                highest, fits = floor if higher else highest, fits and ok
    return highest, fits


# ---------------------------------------------------------------- what that moves


@compiled
def deal(arena, lines, amount, remainder, s, places):
    """Split an amount, a whole number of steps of the rounding, over the lines that have a weight."""
    split(s, places + 5 * arena[at.AT_STEPS], line_width(arena), lines, amount // arena[at.AT_STEP], remainder)


@compiled
def note_moves(arena, lines, share, sign, to_total, s, places):
    """Note what a share moves each line by: what it gets of the amount, or what is then left to that."""
    number = (share - arena[at.AT_SHARES]) // W_SHARE
    for k in range(lines):
        look_at(arena, s, places, k)
        line = s[S_LINE]
        if s[line + L_WEIGHT] >= 0:
            gets = s[line + L_GETS] * arena[at.AT_STEP]
            s[line + L_SHARES + number] = gets - s[line + L_NOW] if to_total else sign * gets


@compiled
def take_all(arena, lines, share, s, places):
    """Take all that the lines come to: a discount stops at 0, and leaves no fraction of a step."""
    number = (share - arena[at.AT_SHARES]) // W_SHARE
    for k in range(lines):
        look_at(arena, s, places, k)
        if s[s[S_LINE] + L_WEIGHT] >= 0:
            s[s[S_LINE] + L_SHARES + number] = -s[s[S_LINE] + L_NOW]
