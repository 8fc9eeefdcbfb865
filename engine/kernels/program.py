"""The general kernel: runs any plan, one line after the other, exactly, and notes each bar of the waterfall when asked.

    classify facts -> list price -> for each step: which bits hold -> what they give -> round -> amounts

Everything is int64 in and out (`plan.layout` names every row and column); amounts in between are exact ratios.
A line that cannot be priced gets a status and the others go on.
"""

from __future__ import annotations

import numpy as np

from engine.kernels.arithmetic import U0, U1, add, less, reduce, rounded, same, scale, take, umulh, up_one
from engine.kernels.bars import index_of, note, refuse
from engine.kernels.charges import hold, turn_to
from engine.kernels.choices import pick
from engine.kernels.compiled import compiled, entry
from engine.kernels.gives import (
    as_now,
    change_of,
    given,
    makes_whole,
    micros,
    needs_cost,
    note_after,
    noted_after,
    per_unit,
    settle,
)  # fmt: skip
from engine.kernels.matching import (
    HITS,
    L_GRANT,
    L_MOVED,
    L_PRICE,
    S_GRANTS,
    S_HELD,
    S_LINE,
    S_TOOK,
    W_STEP,
    best_of,
    hits_in_order,
    scratch_of,
    with_moves,
)  # fmt: skip
from engine.kernels.opening import open_line
from engine.kernels.pocket import close_below, net_or_end, open_below
from engine.kernels.rounds import round_off
from engine.kernels.taxes import net_line
from engine.kernels.tiers import BAD, TICKS, ZERO, ratio, word
from engine.kernels.words import table, words
from engine.plan import layout as at

# ---------------------------------------------------------------- the waterfall


@compiled
def choose(arena, combine, count, running, whole, ticks, s, cost):
    """The one case that counts in a best-of or floor step: (case, ratio, status, what that is about)."""
    best, value = s[HITS], ZERO
    for h in range(count):
        case = s[HITS + h]
        mine, status, about = given(arena, case, running, whole, ticks, s, cost)
        if status != at.FINE:
            return case, mine, status, about
        if h == 0:
            value = mine
            continue
        lower, fits = less(mine, value)
        higher, _ = less(value, mine)
        if not fits:
            return case, BAD, at.FINE, 0
        better = higher if combine == at.FLOOR else lower
        if combine != at.FLOOR and not lower and not higher:
            better = arena[case + at.CASE_NAME] < arena[best + at.CASE_NAME]
        if better:
            best, value = case, mine
    return best, value, at.FINE, 0


@compiled
def note_choice(s, step, case, moves, value):
    """Keep what a step chose, whether that moved the price, and whether it came to nothing."""
    nothing = (value[0] | value[1]) == U0
    s[s[S_TOOK] + step] = (case << 2) | (np.int64(moves) << 1) | np.int64(nothing)


@compiled
def run_each(arena, combine, count, running, whole, ticks, s, cost, line, step, bars, noted):
    """Additive: all changes are from the opening value. Compounding: each on what is left. Returns (ratio, bars)."""
    opened = running
    up, down = ZERO, ZERO
    nothings = np.int64(0)
    for h in range(count):
        case = s[HITS + h]
        before = take(add(opened, up), down) if combine == at.ADDITIVE else running
        change, adds = change_of(arena, case, opened if combine == at.ADDITIVE else running, whole, ticks, s, cost)
        if combine == at.ADDITIVE:
            if adds:
                up = add(up, change)
            else:
                down = add(down, change)
            running = take(add(opened, up), down)
        else:
            running = add(running, change) if adds else take(running, change)
        nothings = (nothings << 1) | np.int64((running[0] | running[1]) == U0)
        if change[0] | change[1] or change[2] == U0:
            hold(arena, case, s)
            noted = note(bars, noted, line, step, index_of(arena, case), before, running)
            note_applied(arena, case, step, before, running, whole, ticks, s)
    s[s[S_TOOK] + step] = nothings
    return running, noted


@compiled
def run_uniform(arena, i, product, ticks, step, s, running, whole, bars, noted):
    """A best-of step whose cases are percents of one base: (whether that settles it, ratio, bars).

    The largest discount wins, but where it takes all: there several may, and the first by name counts.
    """
    case = best_of(arena, product, step, s)
    if case < 0:
        return True, running, noted
    value, _, _ = given(arena, case, running, whole, ticks, s, -1)
    if value[2] == U0 or (value[0] | value[1]) == U0:
        return False, running, noted
    if (bars.width or arena[at.AT_ACROSS]) and not same(running, value):
        noted = note(bars, noted, i, step, index_of(arena, case), running, value)
        note_applied(arena, case, step, running, value, whole, ticks, s)
    note_choice(s, step, case, True, value)
    return True, value, noted


@compiled
def beyond_limit(arena, s, count):
    """The first hit by which a seller grants more than may be granted, or -1."""
    if arena[at.AT_GRANTS] < arena[at.AT_PERIODS]:
        for h in range(HITS, HITS + count):
            if arena[s[h] + at.CASE_GIVE] == at.BY_HAND and s[s[S_GRANTS] + arena[s[h] + at.CASE_NUM]] < 0:
                return s[h]
    return -1


@compiled
def note_applied(arena, case, step, before, after, whole, ticks, s):
    """Keep, of a line of a quote, that a step moved it, and what was granted by hand."""
    if not arena[at.AT_ACROSS]:
        return
    s[s[S_LINE] + L_MOVED] |= 1 << step
    if arena[case + at.CASE_GIVE] == at.BY_HAND:
        here = s[S_LINE] + L_GRANT
        had = np.uint64(s[here]), np.uint64(s[here + 1]), np.uint64(s[here + 2])
        now = add(had, as_now(take(before, after), whole, True, ticks))
        s[here], s[here + 1], s[here + 2] = np.int64(now[0]), np.int64(now[1]), np.int64(now[2])


@compiled
def whole_of(arena, i, ticks, s, running, bars, noted):
    """The amount of a line that is taken as a whole from here on; a unit price that is to be rounded is rounded here: (ratio, bars)."""
    if arena[at.AT_LEVEL] == at.LEVEL_UNIT:
        listed, list_whole = noted_after(s, 0)
        settled, _ = settle(arena, per_unit(listed, list_whole, ticks), running)
        noted = note_rounding(bars, noted, i, s[s[S_LINE] + L_PRICE], running, settled)
        running = settled
    return scale(running, word(ticks), TICKS), noted


@compiled
def note_rounding(bars, noted, i, price, before, after):
    """Add the bar of a price that is rounded, where that shows."""
    if bars.width:
        was, _ = micros(before)
        now, _ = micros(after)
        if was != now:
            return note(bars, noted, i, at.ROUNDING, price, before, after)
    return noted


@compiled
def run_step(arena, i, product, ticks, step, cost, s, running, whole, bars, noted):
    """Take a line through one step, whatever it is: (status, a, b, running, whole, bars)."""
    row = arena[at.AT_STEP_ROWS] + step * W_STEP
    combine = arena[row + at.STEP_COMBINE]
    count = hits_in_order(arena, step, product, s)
    own = count
    if count >= 0 and arena[at.AT_SHARES] < arena[at.AT_GRANTS]:
        count = with_moves(arena, step, s, count)
    if count < 0:
        return at.OVERFLOW, step, 0, running, whole, noted
    if count == 0:
        return at.FINE, 0, 0, running, whole, noted
    if count > own and not whole:
        running, noted = whole_of(arena, i, ticks, s, running, bars, noted)
        whole = True
    made = count > own
    for h in range(count):
        if not made:  # also of a line that is whole already: what is wrong with a price is said before any other fault
            made, status, about = makes_whole(arena, s[HITS + h], ticks, s)
            if status != at.FINE:
                return status, about, -1, running, whole, noted
            if made and not whole:
                running, whole = scale(running, word(ticks), TICKS), True
    if cost < 0:
        for h in range(count):
            if needs_cost(arena, s[HITS + h]):
                return at.NO_COST, index_of(arena, s[HITS + h]), -1, running, whole, noted
    too_much = beyond_limit(arena, s, count)
    if too_much >= 0:
        return at.GRANT, index_of(arena, too_much), 0, running, whole, noted
    if combine == at.ADDITIVE or combine == at.COMPOUNDING:
        running, noted = run_each(arena, combine, count, running, whole, ticks, s, cost, i, step, bars, noted)
        return at.FINE, 0, 0, running, whole, noted
    if combine == at.ONE_ONLY:
        case, value, status, a, b = pick(arena, arena[row + at.STEP_CHOICE], count, running, whole, ticks, s, cost)
    else:
        case, value, status, a = choose(arena, combine, count, running, whole, ticks, s, cost)
        b = -1
    if status != at.FINE:
        return status, a, b, running, whole, noted
    moves = less(running, value)[0] if combine == at.FLOOR else not same(running, value)
    if moves:
        hold(arena, case, s)
        noted = note(bars, noted, i, step, index_of(arena, case), running, value)
        note_applied(arena, case, step, running, value, whole, ticks, s)
    note_choice(s, step, case, moves or combine != at.FLOOR, value)
    if moves or value[2] == U0:
        running = value
    return at.FINE, 0, 0, running, whole, noted


@compiled
def moves_nothing(arena, step):
    """Whether a step is one that no line goes through."""
    combine = arena[arena[at.AT_STEP_ROWS] + step * W_STEP + at.STEP_COMBINE]
    return combine == at.LIST or combine >= at.TAX


@compiled
def take_step(arena, i, product, ticks, step, cost, s, running, whole, bars, noted):
    """Take a line through one step and its rounding: (status, a, b, running, whole, bars)."""
    status, a, b, settled = at.FINE, 0, 0, False
    if arena[arena[at.AT_STEP_ROWS] + step * W_STEP + at.STEP_UNIFORM]:
        settled, running, noted = run_uniform(arena, i, product, ticks, step, s, running, whole, bars, noted)
    if not settled:
        status, a, b, running, whole, noted = run_step(
            arena, i, product, ticks, step, cost, s, running, whole, bars, noted
        )
    if status == at.FINE and arena[arena[at.AT_STEP_ROWS] + step * W_STEP + at.STEP_MULTIPLE]:
        running, noted = round_off(arena, i, step, running, bars, noted)
    return status, a, b, running, whole, noted


@compiled
def run_steps(arena, i, product, ticks, first, last, running, whole, cost, s, bars, noted):
    """Take what a line is through the steps [first, last): (status, a, b, running, whole, bars). Step 0 is the list price."""
    for step in range(first, last):
        if not moves_nothing(arena, step):
            status, a, b, running, whole, noted = take_step(
                arena, i, product, ticks, step, cost, s, running, whole, bars, noted
            )
            if status != at.FINE:
                return status, a, b, running, whole, noted
        if running[2] == U0:
            return at.OVERFLOW, step, 0, running, whole, noted
        note_after(s, step, running, whole)
    return at.FINE, 0, 0, running, whole, noted


# ---------------------------------------------------------------- rounding and amounts


@compiled
def finish_plain(arena, ws, i, ticks, listed, running):
    """`finish` for the common line: whole units at a whole list price, all of it in one word. Returns whether it was one."""
    if listed[2] != U1 or listed[0] != U0 or running[0] != U0 or running[2] == U0 or arena[at.AT_DISCOUNTS]:
        return False
    count = word(ticks) // TICKS
    step = word(arena[at.AT_STEP])
    divisor = running[2] * step
    if count * TICKS != word(ticks) or umulh(running[2], step) != U0:
        return False
    times = running[1] // divisor
    times += U1 if up_one(arena[at.AT_MODE], running[1] - times * divisor, divisor, times) else U0
    unit_net = times * step
    most = max(listed[1], unit_net)
    if umulh(times, step) != U0 or umulh(most, count) != U0 or (most * max(count, U1)) >> np.uint64(63) != U0:
        return False
    sign = -1 if ws[at.IN_QUANTITY, i] < 0 else 1
    ws[at.OUT_UNIT_LIST, i] = np.int64(listed[1])
    ws[at.OUT_UNIT_NET, i] = np.int64(unit_net)
    ws[at.OUT_LIST, i] = sign * np.int64(listed[1] * count)
    ws[at.OUT_NET, i] = sign * np.int64(unit_net * count)
    return True


@compiled
def finish(arena, ws, i, ticks, listed_unit, list_whole, running, whole, bars, noted):
    """Round, multiply, and write the line's amounts: (fits, bars)."""
    held = arena[at.AT_TAX] and ws[at.OUT_HELD, i]
    ws[at.OUT_WHOLE, i] = whole
    plain = arena[at.AT_LEVEL] == at.LEVEL_UNIT and not whole and not list_whole and not bars.width and not held
    plain = plain and not arena[at.AT_TIMED]
    if plain and finish_plain(arena, ws, i, ticks, listed_unit, running):
        return True, noted
    negative = ws[at.IN_QUANTITY, i] < 0
    listed = as_now(listed_unit, list_whole, True, ticks)
    unit_list = per_unit(listed_unit, list_whole, ticks)
    unit_net = per_unit(running, whole, ticks)
    level = arena[at.AT_LEVEL]
    fits = True
    if level == at.LEVEL_UNIT and not whole:
        settled, fits = settle(arena, unit_list, running)
        noted = note_rounding(bars, noted, i, ws[at.OUT_PRICE, i], running, settled)
        unit_net = settled
        net = as_now(settled, False, True, ticks)
        if word(ticks) % TICKS != U0:
            amount, ok = rounded(net, word(arena[at.AT_STEP]), arena[at.AT_MODE])
            net, fits = (U0, amount, U1), fits and ok
    elif level == at.LEVEL_DOCUMENT:
        net = as_now(running, whole, True, ticks)
    else:
        net, fits = settle(arena, listed, as_now(running, whole, True, ticks))
    if level == at.LEVEL_DOCUMENT or held or arena[at.AT_TIMED]:  # so many periods are of the exact list amount
        keep(ws, i, at.OUT_EXACT, reduce(listed))
        keep(ws, i, at.OUT_EXACT + 3, reduce(as_now(running, whole, True, ticks)))
    a, ok_a = micros(unit_list)
    b, ok_b = micros(unit_net)
    c, ok_c = micros(listed)
    d, ok_d = micros(net)
    sign = -1 if negative else 1
    ws[at.OUT_UNIT_LIST, i] = np.int64(a)
    ws[at.OUT_UNIT_NET, i] = np.int64(b)
    ws[at.OUT_LIST, i] = sign * np.int64(c)
    ws[at.OUT_NET, i] = sign * np.int64(d)
    return fits and ok_a and ok_b and ok_c and ok_d, noted


@compiled
def keep(ws, i, row, r):
    """Write a ratio to three workspace rows."""
    ws[row, i] = np.int64(r[0])
    ws[row + 1, i] = np.int64(r[1])
    ws[row + 2, i] = np.int64(r[2])


@entry
def price_lines(arena, ws, start, end, bars):
    """Price the lines [start, end) of a workspace. Returns how many bars the waterfalls have (write room: bars.shape[1]).

    arena: int64, a plan's. ws: int64 [IN_DIMS + dims, lines], see `plan.layout`. bars: int64 [BAR_ROWS, room].
    """
    return run_lines(arena, ws, start, end, scratch_of(arena), bars)


@compiled
def run_lines(arena, ws, start, end, scratch, bars):
    """`price_lines`, in a scratch."""
    arena, ws, s, bars = words(arena), table(ws), words(scratch), table(bars)
    noted = 0
    for i in range(start, end):
        opened = noted
        noted = price_line(arena, ws, i, s, bars, noted)
        if ws[at.OUT_STATUS, i] != at.FINE:
            noted = opened
        ws[at.OUT_BARS, i] = noted
    return noted


@compiled
def price_line(arena, ws, i, s, bars, noted):
    """Price one line; returns the count of bars."""
    product, cost, running, whole, noted = open_line(arena, ws, i, s, bars, noted)
    if ws[at.OUT_STATUS, i] != at.FINE:
        return noted
    ticks = abs(ws[at.IN_QUANTITY, i])
    turn_to(arena, ws, i, s)
    status, a, b, running, whole, noted = run_steps(
        arena, i, product, ticks, 0, net_or_end(arena), running, whole, cost, s, bars, noted
    )
    if status != at.FINE:
        refuse(ws, i, status, a, b)
        return noted
    ws[at.OUT_HELD, i] = s[S_HELD]
    listed, list_whole = noted_after(s, 0)
    fits, noted = finish(arena, ws, i, ticks, listed, list_whole, running, whole, bars, noted)
    if fits:
        fits = note_cost(arena, ws, i, cost, ticks)
    if not fits:
        refuse(ws, i, at.OVERFLOW, arena[at.AT_STEPS] - 1, 0)
        return noted
    ws[at.OUT_STATUS, i] = at.FINE
    return run_below(arena, ws, i, product, running, whole, cost, s, bars, noted) if arena[at.AT_NET] else noted


@compiled
def run_below(arena, ws, i, product, running, whole, cost, s, bars, noted):
    """Take a line that is invoiced through the steps below the net; returns the count of bars."""
    ticks, steps = abs(ws[at.IN_QUANTITY, i]), arena[at.AT_STEPS]
    fits = net_line(arena, ws, i, at.OUT_NET, at.OUT_UNIT_NET)
    running = open_below(arena, ws, i, running, whole, s)
    status, a, b, running, whole, noted = run_steps(
        arena, i, product, ticks, arena[at.AT_NET], steps, running, whole, cost, s, bars, noted
    )
    if status == at.FINE and not (close_below(arena, ws, i, running, whole) and fits):
        status, a = at.OVERFLOW, steps - 1
    if status != at.FINE:
        refuse(ws, i, status, a, b)
    return noted


@compiled
def note_cost(arena, ws, i, cost, ticks):
    """Write the line's cost, MISSING where there is none; whether it fits."""
    ws[at.OUT_COST, i] = at.MISSING
    if cost < 0:
        return True
    amount, fits = micros(scale(ratio(arena[cost + at.PRICE_NUM], arena[cost + at.PRICE_DEN]), word(ticks), TICKS))
    ws[at.OUT_COST, i] = -np.int64(amount) if ws[at.IN_QUANTITY, i] < 0 else np.int64(amount)
    return fits
