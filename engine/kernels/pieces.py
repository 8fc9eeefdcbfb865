"""Finds what the waterfall makes of a list price in each cell of a table: F x list + A, stretch by stretch of list prices.

The waterfall itself is run on list prices of the book. Two prices for which it chose the same case in every step, and came to
nothing in the same steps, have all prices between them on one straight line: each choice, and each amount taken that is more than
there is, holds on a half-line. So the end of each stretch is found by halving.
"""

from __future__ import annotations

import numpy as np

from engine.kernels.arithmetic import U0, U1, reduce
from engine.kernels.charges import find_charge
from engine.kernels.compiled import compiled, entry
from engine.kernels.gives import needs_cost
from engine.kernels.matching import HITS, S_TOOK, W_STEP, classify, hits_of, scratch_of
from engine.kernels.pocket import net_or_end
from engine.kernels.program import moves_nothing, run_steps
from engine.kernels.words import table, words
from engine.plan import layout as at

UNIT = 1_000_000
W_PRODUCT = at.WIDTH["products"]
P_CELL, P_LOW, P_HIGH, P_LOW_NUM, P_LOW_DEN, P_HIGH_NUM, P_HIGH_DEN, P_WIDTH = range(8)
"""A stretch of list prices, and what the waterfall makes of the first and last, as ratios; P_LOW NEVER: a share of any price."""
NEVER = -1
MOST_NOTED = 62
"""So many cases of one step have a bit each in what is noted of it."""
NO_PATH, PERCENTS, STRAIGHT = range(3)


@compiled
def kind_of(arena, product, s):
    """What the cases that hold (classified before) do to a price: percents alone, amounts also, or more than a straight line."""
    kind = PERCENTS
    for step in range(arena[at.AT_STEPS]):
        if step > 0 and moves_nothing(arena, step):
            continue
        count = hits_of(arena, product, step, s)
        # A list price that a rule gives is no list price of a table.
        if count < 0 or count > MOST_NOTED or (step == 0 and count > 0):
            return NO_PATH
        below = step > net_or_end(arena)  # what moves no net, but may leave the line without a price
        if below and count > 1 and arena[arena[at.AT_STEP_ROWS] + step * W_STEP + at.STEP_COMBINE] == at.ONE_ONLY:
            return NO_PATH
        for h in range(HITS, HITS + count):
            give = arena[s[h] + at.CASE_GIVE]
            if needs_cost(arena, s[h]) or (give == at.SET_PRICE and arena[s[h] + at.CASE_TIERS] >= 0):
                return NO_PATH
            if below or give == at.PERCENT or give == at.AT_LEAST_OF_LIST:
                continue
            if give == at.GRADUATED_OFF or (give == at.AMOUNT and arena[s[h] + at.CASE_BASE] != at.BASE_RUNNING):
                return NO_PATH
            kind = STRAIGHT
    return kind


@compiled
def come_to(arena, i, product, listed, s, bars):
    """What the waterfall makes of a list price: (numerator, denominator), -1 as numerator where that does not come out."""
    status, _, _, value, whole, _ = run_steps(
        arena, i, product, UNIT, 0, net_or_end(arena), (U0, np.uint64(listed), U1), False, -1, s, bars, 0
    )
    if status != at.FINE or whole:
        return NEVER, 1
    value = reduce(value)
    if value[0] != U0 or value[1] >> np.uint64(62) != U0:
        return NEVER, 1
    return np.int64(value[1]), np.int64(value[2])


@compiled
def same_path(s, steps, path):
    """Whether the last run chose as noted in `path`."""
    for step in range(steps):
        if s[s[S_TOOK] + step] != path[step]:
            return False
    return True


@compiled
def find_pieces(arena, i, product, prices, s, bars, path, pieces, count):
    """Add the stretches of a cell to `pieces`; returns how many there are then, more than its room where that is too little."""
    steps, first = arena[at.AT_STEPS], 0
    while first < len(prices):
        num, den = come_to(arena, i, product, prices[first], s, bars)
        for step in range(steps):
            path[step] = s[s[S_TOOK] + step]
        last, far = first, len(prices)
        last_num, last_den = num, den
        while num >= 0 and far - last > 1:
            middle = far - 1 if far == len(prices) and last == first else (last + far) >> 1
            mine, over = come_to(arena, i, product, prices[middle], s, bars)
            if mine >= 0 and same_path(s, steps, path):
                last, last_num, last_den = middle, mine, over
            else:
                far = middle
        if num >= 0:
            if count < len(pieces):
                row = pieces[count]
                row[P_CELL], row[P_LOW], row[P_HIGH] = i, prices[first], prices[last]
                row[P_LOW_NUM], row[P_LOW_DEN], row[P_HIGH_NUM], row[P_HIGH_DEN] = num, den, last_num, last_den
            count += 1
        first = last + 1
    return count


@entry
def resolve(arena, ws, prices, pieces, bars):
    """Fill `pieces` [room, P_WIDTH] with what the waterfall makes of list prices in each cell, cell by cell; returns how many there are.

    ws has a line for each cell: a product and raw values that stand for it. prices: the book's list prices of a unit, sorted.
    A cell of percents alone has one piece, of the list price 1.
    """
    return resolve_in(arena, ws, prices, pieces, bars, scratch_of(arena), np.empty(arena[at.AT_STEPS], np.int64))


@compiled
def resolve_in(arena, ws, prices, pieces, bars, scratch, path):
    """`resolve`, in a scratch."""
    arena, ws, s, bars = words(arena), table(ws), words(scratch), table(bars)
    count = 0
    for i in range(ws.width):
        product = arena[at.AT_PRODUCTS] + ws[at.IN_PRODUCT, i] * W_PRODUCT
        if classify(arena, ws, i, product, s) >= 0 or find_charge(arena, product, s)[1] != at.FINE:
            continue
        kind = kind_of(arena, product, s)
        if kind == STRAIGHT:
            count = find_pieces(arena, i, product, prices, s, bars, path, pieces, count)
        elif kind == PERCENTS:
            num, den = come_to(arena, i, product, 1, s, bars)
            if num >= 0:
                if count < len(pieces):
                    pieces[count, P_CELL], pieces[count, P_LOW] = i, NEVER
                    pieces[count, P_LOW_NUM], pieces[count, P_LOW_DEN] = num, den
                count += 1
        if count > len(pieces):
            return count
    return count
