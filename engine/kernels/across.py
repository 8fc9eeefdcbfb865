"""Runs a plan whose rules look at several lines: all lines of a quote through a step before the next.

    open every line -> for each step: sums over the lines, amounts on the quote -> which bits hold for each -> what they give
                    -> denials -> amounts

The steps themselves are those of `program`. A line that is refused on the way is not sold: the others go again without it, so that
nothing counts it and nothing that is split is left with it. An amount that does not fit is refused for the whole quote.
"""

from __future__ import annotations

import numpy as np

from engine.kernels.arithmetic import U0
from engine.kernels.bars import refuse
from engine.kernels.charges import note_held, turn_to
from engine.kernels.compiled import compiled, entry
from engine.kernels.denials import denied
from engine.kernels.folds import know_folds, line_width, look_at
from engine.kernels.gives import micros, note_after, noted_after
from engine.kernels.matching import L_GRANT, L_MOVED, L_PRICE, S_GRANTS, S_LINE, W_DIM, classify, scratch_of
from engine.kernels.opening import W_PRODUCT, dated_in, is_ruled, open_line
from engine.kernels.pocket import close_below, open_below
from engine.kernels.program import finish, moves_nothing, note_cost, take_step
from engine.kernels.shares import is_closed, know_shares
from engine.kernels.taxes import net_lines
from engine.kernels.words import table, words
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
        noted = settle_quote(arena, ws, start, end, s, places, groups, bars, opened)
        noted = by_line(ws, start, end, bars, opened, noted)
        start = end
    return noted


@compiled
def settle_quote(arena, ws, start, end, scratch, places, groups, bars, opened):
    """Take a quote's lines to their end, all of which are sold or refused; returns the count of bars."""
    arena, ws, s, bars = words(arena), table(ws), words(scratch), table(bars)
    noted, live, left = run_quote(arena, ws, start, end, s, places, groups, bars, opened, False)
    while 0 < left < live:  # a line that is refused on its way is not sold: no sum or share counts it
        noted, live, left = run_quote(arena, ws, start, end, s, places, groups, bars, opened, True)
    return noted


@compiled
def run_quote(arena, ws, start, end, s, places, groups, bars, noted, again):
    """Take a quote's lines to their end; `again`: without those that were refused. Returns (bars, lines that set out, those of
    them that came through every step and are not denied)."""
    noted = open_lines(arena, ws, start, end, s, places, bars, noted, again)
    live = priced(ws, start, end)
    for step in range(1, arena[at.AT_ACROSS]):
        fits = know_folds(arena, ws, start, end, step, s, places, groups)
        fits = fits and know_shares(arena, ws, start, end, step, s, places)
        if fits and step == arena[at.AT_NET]:
            noted = close_lines(arena, ws, start, end, step - 1, s, places, bars, noted)
            fits = open_lines_below(arena, ws, start, end, s, places)
        elif fits:
            fits, noted = step_lines(arena, ws, start, end, step, s, places, bars, noted)
        if not fits:
            refuse_all(ws, start, end, step)
            break
    if arena[at.AT_DENIED] and not deny_lines(arena, ws, start, end, s, groups, places):
        refuse_all(ws, start, end, arena[at.AT_DENIED])
    last, left = arena[at.AT_ACROSS] - 1, priced(ws, start, end)
    if arena[at.AT_NET]:
        close_lines_below(arena, ws, start, end, last, s, places)
    else:
        noted = close_lines(arena, ws, start, end, last, s, places, bars, noted)
    return noted, live, left


@compiled
def priced(ws, start, end):
    """How many lines have a price so far."""
    count = 0
    for i in range(start, end):
        count += ws[at.OUT_STATUS, i] == at.FINE
    return count


@compiled
def deny_lines(arena, ws, start, end, s, groups, places):
    """Refuse what the book denies, each line for the first reason; whether all sums fit."""
    if not know_folds(arena, ws, start, end, arena[at.AT_DENIED], s, places, groups):
        return False
    for i in range(start, end):
        if ws[at.OUT_STATUS, i] == at.FINE:
            product = arena[at.AT_PRODUCTS] + ws[at.IN_PRODUCT, i] * W_PRODUCT
            classify(arena, ws, i, product, s)
            case = denied(arena, product, s)
            if case >= 0:
                refuse(ws, i, at.DENIED, case, 0)
    return True


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
def open_lines(arena, ws, start, end, s, places, bars, noted, again):
    """Every line at its list price (`again`: that was not refused); returns the count of bars."""
    for i in range(start, end):
        if again and ws[at.OUT_STATUS, i] != at.FINE:
            continue
        _, _, value, whole, noted = open_line(arena, ws, i, s, bars, noted)
        if ws[at.OUT_STATUS, i] != at.FINE:
            continue
        ws[at.OUT_HELD, i] = 0
        look_at(arena, s, places, i - start)
        line, source = s[S_LINE], ws[at.OUT_PRICE, i]
        s[line + L_MOVED], s[line + L_PRICE] = np.int64(is_ruled(arena, source)), source
        s[line + L_GRANT], s[line + L_GRANT + 1], s[line + L_GRANT + 2] = 0, 0, 1
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
        look_at(arena, s, places, i - start)
        turn_to(arena, ws, i, s)
        running, whole = noted_after(s, step - 1)
        if is_closed(arena, step, s):
            note_after(s, step, running, whole)
            continue
        classify(arena, ws, i, product, s)
        read_grants(arena, ws, i, s)
        status, a, b, running, whole, noted = step_line(arena, ws, i, product, step, s, running, whole, bars, noted)
        if status != at.FINE:
            refuse(ws, i, status, a, b)
        fits = fits and status != at.OVERFLOW and running[2] != U0
        note_held(arena, ws, i, step, s)
        note_after(s, step, running, whole)
    return fits, noted


@compiled
def read_grants(arena, ws, i, s):
    """What is granted by hand on a line."""
    grants = arena[at.AT_GRANTS]
    for grant in range(arena[at.AT_PERIODS] - grants):
        rate = ws[at.IN_DIMS + arena[grants + grant], i]
        s[s[S_GRANTS] + grant] = 0 if rate == at.MISSING else rate


@compiled
def step_line(arena, ws, i, product, step, s, running, whole, bars, noted):
    """One line through a step: (status, a, b, ratio, whether of the whole line, bars)."""
    ticks = abs(ws[at.IN_QUANTITY, i])
    if moves_nothing(arena, step):
        return at.FINE, 0, 0, running, whole, noted
    cost = dated_in(arena, at.AT_COSTS, at.PRODUCT_COSTS, product, ws[at.IN_DIMS + at.DATE, i])
    return take_step(arena, i, product, ticks, step, cost, s, running, whole, bars, noted)


@compiled
def refuse_all(ws, start, end, step):
    """Refuse what is left of a quote."""
    for i in range(start, end):
        if ws[at.OUT_STATUS, i] == at.FINE:
            refuse(ws, i, at.OVERFLOW, step, 0)


@compiled
def close_lines(arena, ws, start, end, last, s, places, bars, noted):
    """Round what every line that has a price is after the last step, and write its amounts; returns the count of bars."""
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
            fits = note_cost(arena, ws, i, cost, ticks) and write_grant(ws, i, s)
        if not fits:
            refuse(ws, i, at.OVERFLOW, last, 0)
    return noted


@compiled
def write_grant(ws, i, s):
    """Write what was granted on a line by hand; whether it fits."""
    here = s[S_LINE] + L_GRANT
    amount, fits = micros((np.uint64(s[here]), np.uint64(s[here + 1]), np.uint64(s[here + 2])))
    ws[at.OUT_GRANTED, i] = -np.int64(amount) if ws[at.IN_QUANTITY, i] < 0 else np.int64(amount)
    return fits


@compiled
def open_lines_below(arena, ws, start, end, s, places):
    """Every line that is invoiced at its net, as the steps below it begin; whether all nets fit."""
    fits = net_lines(arena, ws, start, end, at.OUT_NET, at.OUT_UNIT_NET)
    for i in range(start, end):
        if fits and ws[at.OUT_STATUS, i] == at.FINE:
            look_at(arena, s, places, i - start)
            running, whole = noted_after(s, arena[at.AT_NET] - 1)
            open_below(arena, ws, i, running, whole, s)
    return fits


@compiled
def close_lines_below(arena, ws, start, end, last, s, places):
    """Write what every line has left below its net."""
    for i in range(start, end):
        if ws[at.OUT_STATUS, i] == at.FINE:
            look_at(arena, s, places, i - start)
            running, whole = noted_after(s, last)
            if not close_below(arena, ws, i, running, whole):
                refuse(ws, i, at.OVERFLOW, last, 0)


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
