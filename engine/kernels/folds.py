"""Sums over the lines of a quote, as each stands when a step begins, written where conditions look for them.

Lines stand at [start, end) of a workspace; what each was after every step is kept line by line (`places`). Sums are exact: one
that would not fit is refused.
"""

from __future__ import annotations

import numpy as np

from engine.kernels.arithmetic import scale
from engine.kernels.compiled import compiled
from engine.kernels.gives import as_now, micros, noted_after, per_unit, settle
from engine.kernels.matching import (
    L_PART,
    L_SHARES,
    S_AFTER,
    S_LINE,
    S_TOOK,
    W_DIM,
    W_SHARE,
    bits_of,
    class_of,
    classify,
    stands,
    word_where,
)  # fmt: skip
from engine.kernels.opening import W_PRODUCT
from engine.kernels.tiers import TICKS, word
from engine.plan import layout as at

W_FOLD = at.WIDTH["folds"]
MOST = 1 << 60
"""What a sum may come to; the literals it is compared with are less."""


@compiled
def line_width(arena):
    """Words of scratch that a line of a quote takes."""
    return 5 * arena[at.AT_STEPS] + L_SHARES + (arena[at.AT_GRANTS] - arena[at.AT_SHARES]) // W_SHARE


@compiled
def look_at(arena, s, places, k):
    """Turn to the k-th line of the quote: what is noted from here on is noted for it."""
    s[S_AFTER] = places + k * line_width(arena)
    s[S_TOOK] = s[S_AFTER] + 4 * arena[at.AT_STEPS]
    s[S_LINE] = s[S_TOOK] + arena[at.AT_STEPS]


# ---------------------------------------------------------------- which lines, and how much each


@compiled
def counts(arena, ws, i, fold, s):
    """Whether a sum counts the line."""
    step = arena[fold + at.FOLD_COUNTS]
    if step < 0:
        return True
    product = arena[at.AT_PRODUCTS] + ws[at.IN_PRODUCT, i] * W_PRODUCT
    base = arena[at.AT_MEMBERSHIPS]
    known = False
    for m in range(base + arena[product + at.PRODUCT_PARTS], base + arena[product + at.PRODUCT_PARTS_END]):
        first, end = bits_of(arena, arena[m], step)
        if first == end:
            continue
        if not arena[fold + at.FOLD_ASKS]:
            return True
        if not known:
            classify(arena, ws, i, product, s)
            known = True
        for w in range(first >> 6, (end + 63) >> 6):
            if word_where(arena, s, w, first, end):
                return True
    return False


@compiled
def seen(arena, s, ticks, value, whole):
    """A noted amount of the whole line as a customer would see it: rounded at the book's level: (ratio, fits)."""
    level = arena[at.AT_LEVEL]
    if level == at.LEVEL_DOCUMENT:
        return as_now(value, whole, True, ticks), True
    listed, list_whole = noted_after(s, 0)
    if level == at.LEVEL_UNIT and not whole:
        unit, fits = settle(arena, per_unit(listed, list_whole, ticks), value)
        return scale(unit, word(ticks), TICKS), fits
    return settle(arena, as_now(listed, list_whole, True, ticks), as_now(value, whole, True, ticks))


@compiled
def part_of(arena, ws, i, fold, step, s):
    """What a line adds to a sum, in parts of a whole: (amount, fits)."""
    quantity = ws[at.IN_QUANTITY, i]
    what = arena[fold + at.FOLD_WHAT]
    if what == at.OF_QUANTITY:
        amount, fits = quantity, True
    elif what == at.OF_LINES:
        amount, fits = 1_000_000, True
    else:
        moment = arena[fold + at.FOLD_AT]
        value, whole = noted_after(s, step - 1 if moment < 0 else moment)
        total, fits = seen(arena, s, abs(quantity), value, whole)
        found, ok = micros(total)
        amount, fits = (-np.int64(found) if quantity < 0 else np.int64(found)), fits and ok
    if arena[fold + at.FOLD_PARTS]:
        size = arena[arena[at.AT_SIZES] + ws[at.IN_PRODUCT, i]]
        return amount * size, fits and abs(amount) <= MOST // size
    return amount, fits and abs(amount) <= MOST


# ---------------------------------------------------------------- the sums


@compiled
def know_folds(arena, ws, start, end, step, s, places, groups):
    """Write the sums that a step's cases ask for to their rows; whether they all fit."""
    folds = arena[at.AT_FOLDS]
    for fold in range(folds, arena[at.AT_SIZES], W_FOLD):
        if arena[fold + at.FOLD_STEP] == step and not know_fold(arena, ws, start, end, fold, step, s, places, groups):
            return False
    return True


@compiled
def know_fold(arena, ws, start, end, fold, step, s, places, groups):
    """Write one sum to its row, for every line that has a price; whether it fits."""
    by_group, own = arena[fold + at.FOLD_GROUP], arena[fold + at.FOLD_OWN]
    slot = 5 * arena[at.AT_STEPS] + L_PART
    if by_group:
        for g in range(arena[arena[at.AT_DIM_ROWS] + at.GROUP * W_DIM + at.DIM_CLASSES]):
            s[groups + g] = 0
    total = 0
    for i in range(start, end):
        if not stands(ws, i):
            continue
        look_at(arena, s, places, i - start)
        part, fits = 0, True
        if own or counts(arena, ws, i, fold, s):
            part, fits = part_of(arena, ws, i, fold, step, s)
        total += part
        if not fits or abs(total) > MOST:
            return False
        s[s[S_LINE] + L_PART] = part
        if by_group:
            of_group = groups + class_of(arena, at.GROUP, ws[at.IN_DIMS + at.GROUP, i])
            s[of_group] += part
            if abs(s[of_group]) > MOST:
                return False
    row, plus, parts = at.IN_DIMS + arena[fold + at.FOLD_DIM], arena[fold + at.FOLD_PLUS], arena[fold + at.FOLD_PARTS]
    for i in range(start, end):
        if ws[at.OUT_STATUS, i] != at.FINE:
            continue
        group = ws[at.IN_DIMS + at.GROUP, i]
        value = total
        if own or (by_group and group == at.UNKNOWN):
            value = s[places + (i - start) * line_width(arena) + slot]
        elif by_group:
            value = s[groups + class_of(arena, at.GROUP, group)]
        if parts > 1:
            value = value // parts if value >= 0 else -(-value // parts)
        if plus >= 0 and ws[at.IN_DIMS + plus, i] != at.MISSING:
            value += ws[at.IN_DIMS + plus, i]
        ws[row, i] = value
    return True
