"""Runs a plan whose rules look at several lines: all lines of a quote through a step before the next.

    open every line -> for each step: sums over the lines -> which bits hold for each -> what they give -> amounts

The steps themselves are those of `program`. A line that cannot be priced gets a status, and no sum counts it from then on. An
amount that does not fit is refused for the whole quote, since a sum would count it.
"""

from __future__ import annotations

import numpy as np

from engine.kernels.arithmetic import U0
from engine.kernels.bars import refuse
from engine.kernels.compiled import compiled, entry
from engine.kernels.folds import know_folds, line_width, look_at
from engine.kernels.gives import note_after, noted_after
from engine.kernels.matching import W_DIM, classify, scratch_of
from engine.kernels.opening import W_PRODUCT, dated_in, open_line
from engine.kernels.program import finish, note_cost, take_step
from engine.plan import layout as at


@entry
def price_quotes(arena, ws, ends, bars):
    """Price the quotes of a workspace, which end at these lines. Returns how many bars the waterfalls have (write room:
    bars.shape[1]); bars of a quote stand line by line, as those of `program.price_lines`.

    arena, ws, bars: as there. ends: int64 [quotes], ascending.
    """
    s, groups, places = scratch_for(arena, ends)
    noted = start = 0
    for q in range(len(ends)):
        end = ends[q]
        opened = noted
        noted = open_lines(arena, ws, start, end, s, places, bars, noted)
        for step in range(1, arena[at.AT_ACROSS]):
            fits = know_folds(arena, ws, start, end, step, s, places, groups)
            if fits:
                fits, noted = step_lines(arena, ws, start, end, step, s, places, bars, noted)
            if not fits:
                refuse_all(ws, start, end, step)
                break
        noted = close_lines(arena, ws, start, end, s, places, bars, noted)
        noted = by_line(ws, start, end, bars, opened, noted)
        start = end
    return noted


@entry
def scratch_for(arena, ends):
    """A scratch for the longest of these quotes: (scratch, where sums by group stand, where what is kept of lines stands)."""
    longest = start = 0
    for q in range(len(ends)):
        longest = max(longest, ends[q] - start)
        start = ends[q]
    one = scratch_of(arena)
    groups = len(one)
    places = groups + arena[arena[at.AT_DIM_ROWS] + at.GROUP * W_DIM + at.DIM_CLASSES]
    s = np.zeros(places + longest * line_width(arena), np.int64)
    s[:groups] = one
    return s, groups, places


@compiled
def open_lines(arena, ws, start, end, s, places, bars, noted):
    """Every line at its list price; returns the count of bars."""
    for i in range(start, end):
        _, _, value, whole, noted = open_line(arena, ws, i, s, bars, noted)
        if ws[at.OUT_STATUS, i] == at.FINE:
            look_at(arena, s, places, i - start)
            note_after(s, 0, value, whole)
    return noted


@compiled
def step_lines(arena, ws, start, end, step, s, places, bars, noted):
    """Every line that has a price through a step: (whether all amounts fit, bars)."""
    fits = True
    for i in range(start, end):
        if ws[at.OUT_STATUS, i] != at.FINE:
            continue
        product = arena[at.AT_PRODUCTS] + ws[at.IN_PRODUCT, i] * W_PRODUCT
        classify(arena, ws, i, product, s)
        look_at(arena, s, places, i - start)
        running, whole = noted_after(s, step - 1)
        status, a, b, running, whole, noted = step_line(arena, ws, i, product, step, s, running, whole, bars, noted)
        if status != at.FINE:
            refuse(ws, i, status, a, b)
        fits = fits and status != at.OVERFLOW and running[2] != U0
        note_after(s, step, running, whole)
    return fits, noted


@compiled
def step_line(arena, ws, i, product, step, s, running, whole, bars, noted):
    """One line through a step: (status, a, b, ratio, whether of the whole line, bars)."""
    ticks = abs(ws[at.IN_QUANTITY, i])
    cost = dated_in(arena, at.AT_COSTS, at.PRODUCT_COSTS, product, ws[at.IN_DIMS + at.DATE, i])
    return take_step(arena, i, product, ticks, step, cost, s, running, whole, bars, noted)


@compiled
def refuse_all(ws, start, end, step):
    """Refuse what is left of a quote."""
    for i in range(start, end):
        if ws[at.OUT_STATUS, i] == at.FINE:
            refuse(ws, i, at.OVERFLOW, step, 0)


@compiled
def close_lines(arena, ws, start, end, s, places, bars, noted):
    """Round every line that has a price and write its amounts; returns the count of bars."""
    last = arena[at.AT_ACROSS] - 1
    for i in range(start, end):
        if ws[at.OUT_STATUS, i] != at.FINE:
            continue
        look_at(arena, s, places, i - start)
        ticks = abs(ws[at.IN_QUANTITY, i])
        listed, list_whole = noted_after(s, 0)
        running, whole = noted_after(s, last)
        fits, noted = finish(arena, ws, i, ticks, listed, list_whole, running, whole, bars, noted)
        product = arena[at.AT_PRODUCTS] + ws[at.IN_PRODUCT, i] * W_PRODUCT
        cost = dated_in(arena, at.AT_COSTS, at.PRODUCT_COSTS, product, ws[at.IN_DIMS + at.DATE, i])
        if fits:
            fits = note_cost(arena, ws, i, cost, ticks)
        if not fits:
            refuse(ws, i, at.OVERFLOW, last, 0)
    return noted


@entry
def by_line(ws, start, end, bars, opened, noted):
    """Put a quote's bars [opened, noted) in the order of its lines, leave out those of lines without a price, and write
    where each line's end. Returns the count of bars; on it goes where there is no room, and none are put in order.
    """
    if bars.shape[1] == 0 or noted > bars.shape[1]:
        ws[at.OUT_BARS, start:end] = noted
        return noted
    count = np.zeros(end - start + 1, np.int64)
    for bar in range(opened, noted):
        i = bars[at.BAR_LINE, bar]
        if ws[at.OUT_STATUS, i] == at.FINE:
            count[i - start + 1] += 1
    for k in range(end - start):
        count[k + 1] += count[k]
        ws[at.OUT_BARS, start + k] = opened + count[k + 1]
    mine = bars[:, opened:noted].copy()
    for bar in range(noted - opened):
        i = mine[at.BAR_LINE, bar]
        if ws[at.OUT_STATUS, i] == at.FINE:
            bars[:, opened + count[i - start]] = mine[:, bar]
            count[i - start] += 1
    return opened + count[end - start]
