"""The general kernel: runs any plan, one line after the other, exactly, and notes each bar of the waterfall when asked.

    classify facts -> list price -> for each step: which bits hold -> what they give -> round -> amounts

Everything is int64 in and out (`plan.layout` names every row and column); amounts in between are exact ratios.
A line that cannot be priced gets a status and the others go on.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from engine.kernels.arithmetic import (
    HALF_EVEN,
    U0,
    U1,
    add,
    less,
    reduce,
    rounded,
    same,
    scale,
    take,
    trailing_zeros,
)  # fmt: skip
from engine.plan.layout import (
    ADDITIVE,
    AMOUNT,
    AT_ASKS,
    AT_BITS,
    AT_CASES,
    AT_COSTS,
    AT_CUTS,
    AT_DIM_ROWS,
    AT_DIMS,
    AT_DISCOUNTS,
    AT_EXCEPTS,
    AT_LEAST_AMOUNT,
    AT_LEAST_OF_COST,
    AT_LEAST_OF_LIST,
    AT_LEVEL,
    AT_MASKS,
    AT_MEMBERSHIPS,
    AT_MODE,
    AT_PRICES,
    AT_PRODUCTS,
    AT_RANGES,
    AT_STEP,
    AT_STEP_ROWS,
    AT_STEPS,
    AT_TABLES,
    AT_TIERS,
    AT_WORDS,
    BAR_AFTER,
    BAR_BEFORE,
    BAR_CASE,
    BAR_LINE,
    BAR_STEP,
    BASE_LIST,
    BASE_RUNNING,
    BEST_OF,
    CASE_BASE,
    CASE_BEST,
    CASE_DEN,
    CASE_GIVE,
    CASE_NAME,
    CASE_NUM,
    CASE_ORDER,
    CASE_RULE,
    CASE_TIERS,
    COMPOUNDING,
    CONFLICT,
    DATE,
    DIM_CLASSES,
    DIM_CUTS,
    DIM_KIND,
    DIM_MASKS,
    DIM_ORDERED,
    DIM_REQUIRED,
    FINE,
    FLOOR,
    GRADUATED_OFF,
    IN_DIMS,
    IN_PRODUCT,
    IN_QUANTITY,
    INVALID_QUANTITY,
    LEVEL_DOCUMENT,
    LEVEL_UNIT,
    LIST,
    MISSING,
    MISSING_FACT,
    NO_COST,
    NO_PRICE,
    ONE_ONLY,
    OTHER,
    OUT_A,
    OUT_B,
    OUT_BARS,
    OUT_COST,
    OUT_EXACT,
    OUT_LIST,
    OUT_NET,
    OUT_PRICE,
    OUT_STATUS,
    OUT_UNIT_LIST,
    OUT_UNIT_NET,
    OVERFLOW,
    PERCENT,
    PRICE_DEN,
    PRICE_END,
    PRICE_NUM,
    PRICE_SOURCE,
    PRICE_START,
    PRICE_TIERS,
    PRODUCT_ASK,
    PRODUCT_COSTS,
    PRODUCT_COSTS_END,
    PRODUCT_GRAIN,
    PRODUCT_PARTS,
    PRODUCT_PARTS_END,
    PRODUCT_PRICES,
    PRODUCT_PRICES_END,
    ROUNDING,
    SET_PRICE,
    STEP_COMBINE,
    STEP_EXCEPTS,
    STEP_EXCEPTS_END,
    STEP_UNIFORM,
    TIER_BEGIN,
    TIER_DEN,
    TIER_FLAT_DEN,
    TIER_FLAT_NUM,
    TIER_FROM,
    TIER_NUM,
    TIERS_END,
    TIERS_FIRST,
    TIERS_GRADUATED,
    UNKNOWN,
    UNKNOWN_PRODUCT,
    WIDTH,
)  # fmt: skip

W_PRODUCT, W_PRICE, W_TABLE, W_TIER = WIDTH["products"], WIDTH["prices"], WIDTH["tables"], WIDTH["tiers"]
W_STEP, W_CASE, W_DIM, W_EXCEPT = WIDTH["step_rows"], WIDTH["cases"], WIDTH["dim_rows"], WIDTH["excepts"]
TICKS = np.uint64(1_000_000)
MAX_HITS = 256
"""Cases that may apply to one line in one step; more is an overflow."""
ZERO = (U0, U0, U1)
BAD = (U0, U0, U0)
INT_MAX = np.uint64(2**63 - 1)


@njit(cache=True, nogil=True)
def word(value):
    """A non-negative int64 as a ratio's numerator."""
    return np.uint64(value)


@njit(cache=True, nogil=True)
def ratio(num, den):
    """A ratio of two non-negative int64."""
    return U0, np.uint64(num), np.uint64(den)


@njit(cache=True, nogil=True)
def micros(r):
    """A ratio to the nearest whole micro, half even: (amount, fits)."""
    return rounded(r, U1, HALF_EVEN)


# ---------------------------------------------------------------- facts


@njit(cache=True, nogil=True)
def class_of(arena, dim, value):
    """The class of a raw code or tick; clamped, so that no code reads outside its masks."""
    row = arena[AT_DIM_ROWS] + dim * W_DIM
    classes = arena[row + DIM_CLASSES]
    if arena[row + DIM_KIND] != DIM_ORDERED:
        return value if 0 <= value < classes else OTHER
    if value == MISSING:
        return UNKNOWN
    low = arena[AT_CUTS] + arena[row + DIM_CUTS]
    high = low + classes - 2
    first = low
    while low < high:
        middle = (low + high) >> 1
        if arena[middle] <= value:
            low = middle + 1
        else:
            high = middle
    return low - first + 1


@njit(cache=True, nogil=True)
def classify(arena, ws, i, product, where):
    """Fill where[d] with the mask row of each dim; return the first required fact that is asked for and missing, or -1."""
    dims = arena[AT_DIMS]
    words = arena[AT_WORDS]
    asks = arena[AT_ASKS] + arena[product + PRODUCT_ASK] * dims
    for d in range(dims):
        row = arena[AT_DIM_ROWS] + d * W_DIM
        value = ws[IN_DIMS + d, i]
        if d == 1 and value < 0:
            value = -value
        c = class_of(arena, d, value)
        if c == UNKNOWN and arena[row + DIM_REQUIRED] and arena[asks + d]:
            return d
        where[d] = arena[AT_MASKS] + arena[row + DIM_MASKS] + c * words
    return -1


# ---------------------------------------------------------------- prices and tiers


@njit(cache=True, nogil=True)
def dated(arena, first, end, day):
    """The row of a product's prices (or costs) that holds on the day, or -1."""
    for row in range(first, end, W_PRICE):
        if arena[row + PRICE_START] <= day < arena[row + PRICE_END]:
            return row
    return -1


@njit(cache=True, nogil=True)
def slice_of(arena, row, last, ticks):
    """Ticks of the quantity in one tier of a graduated table."""
    begin = arena[row + TIER_BEGIN]
    end = ticks if last else min(ticks, arena[row + W_TIER + TIER_BEGIN])
    return max(0, end - begin)


@njit(cache=True, nogil=True)
def tier_price(arena, table, ticks):
    """A tiered price for this many ticks: (ratio in micros, whether of the whole line)."""
    row = arena[AT_TABLES] + table * W_TABLE
    first = arena[AT_TIERS] + arena[row + TIERS_FIRST] * W_TIER
    end = arena[AT_TIERS] + arena[row + TIERS_END] * W_TIER
    if arena[row + TIERS_GRADUATED]:
        if ticks == 0:
            return ZERO, False
        total = ZERO
        for t in range(first, end, W_TIER):
            units = slice_of(arena, t, t + W_TIER == end, ticks)
            if units > 0:
                part = scale(ratio(arena[t + TIER_NUM], arena[t + TIER_DEN]), word(units), TICKS)
                total = add(add(total, part), ratio(arena[t + TIER_FLAT_NUM], arena[t + TIER_FLAT_DEN]))
        return total, True
    found = -1
    for t in range(first, end, W_TIER):
        if ticks >= arena[t + TIER_FROM]:
            found = t
    if found < 0:
        return ZERO, False
    unit = ratio(arena[found + TIER_NUM], arena[found + TIER_DEN])
    if arena[found + TIER_FLAT_NUM] == 0 or ticks == 0:
        return unit, False
    flat = ratio(arena[found + TIER_FLAT_NUM], arena[found + TIER_FLAT_DEN])
    return add(scale(unit, word(ticks), TICKS), flat), True


@njit(cache=True, nogil=True)
def price_of(arena, num, den, table, ticks):
    """A price, tiered or not: (ratio, whole)."""
    if table >= 0:
        return tier_price(arena, table, ticks)
    return ratio(num, den), False


@njit(cache=True, nogil=True)
def off_share(arena, table, ticks):
    """What part of the base a graduated discount takes: sum of ticks x percent over all ticks."""
    row = arena[AT_TABLES] + table * W_TABLE
    first = arena[AT_TIERS] + arena[row + TIERS_FIRST] * W_TIER
    end = arena[AT_TIERS] + arena[row + TIERS_END] * W_TIER
    total = ZERO
    for t in range(first, end, W_TIER):
        units = slice_of(arena, t, t + W_TIER == end, ticks)
        if units > 0:
            total = add(total, scale(ratio(arena[t + TIER_NUM], arena[t + TIER_DEN]), word(units), U1))
    return scale(total, U1, word(ticks))


# ---------------------------------------------------------------- which cases apply


@njit(cache=True, nogil=True)
def hits_of(arena, product, step, where, hits):
    """Fill hits with the cases (offsets in the arena) that hold for the line in the step; return how many, -1 too many."""
    steps, dims = arena[AT_STEPS], arena[AT_DIMS]
    count = 0
    base = arena[AT_MEMBERSHIPS]
    for m in range(base + arena[product + PRODUCT_PARTS], base + arena[product + PRODUCT_PARTS_END]):
        row = arena[AT_RANGES] + (arena[m] * steps + step) * 2
        first, end = arena[row], arena[row + 1]
        if first == end:
            continue
        for w in range(first >> 6, ((end - 1) >> 6) + 1):
            live = np.uint64(0xFFFFFFFFFFFFFFFF)
            if w == first >> 6:
                live <<= np.uint64(first & 63)
            if w == (end - 1) >> 6:
                live &= np.uint64(0xFFFFFFFFFFFFFFFF) >> np.uint64(63 - ((end - 1) & 63))
            for d in range(dims):
                live &= np.uint64(arena[where[d] + w])
            while live:
                bit = (w << 6) + trailing_zeros(live)
                live &= live - U1
                case = arena[AT_CASES] + arena[arena[AT_BITS] + bit] * W_CASE
                if count and hits[count - 1] == case:
                    continue  # another alternative of the same case
                if count == MAX_HITS:
                    return -1
                hits[count] = case
                count += 1
    return count


@njit(cache=True, nogil=True)
def in_order(arena, hits, count):
    """Sort hits by their place in the book (insertion: there are few)."""
    for i in range(1, count):
        case = hits[i]
        j = i - 1
        while j >= 0 and arena[hits[j] + CASE_ORDER] > arena[case + CASE_ORDER]:
            hits[j + 1] = hits[j]
            j -= 1
        hits[j + 1] = case


@njit(cache=True, nogil=True)
def has_rule(arena, hits, count, rule):
    """Whether a rule is among the hits."""
    for h in range(count):
        if arena[hits[h] + CASE_RULE] == rule:
            return True
    return False


@njit(cache=True, nogil=True)
def settle_exceptions(arena, step_row, hits, count, spare):
    """An exception holds only beside a rule it excepts, and takes its place. Returns how many hits are left."""
    first = arena[AT_EXCEPTS] + arena[step_row + STEP_EXCEPTS] * W_EXCEPT
    end = arena[AT_EXCEPTS] + arena[step_row + STEP_EXCEPTS_END] * W_EXCEPT
    kept = 0
    for h in range(count):  # drop exceptions that stand alone
        rule = arena[hits[h] + CASE_RULE]
        excepts = found = False
        for e in range(first, end, W_EXCEPT):
            if arena[e] == rule:
                excepts = True
                found = found or has_rule(arena, hits, count, arena[e + 1])
        if not excepts or found:
            spare[kept] = hits[h]
            kept += 1
    left = 0
    for h in range(kept):  # drop what the others replace
        rule = arena[spare[h] + CASE_RULE]
        replaced = False
        for e in range(first, end, W_EXCEPT):
            if arena[e + 1] == rule and has_rule(arena, spare, kept, arena[e]):
                replaced = True
        if not replaced:
            hits[left] = spare[h]
            left += 1
    return left


# ---------------------------------------------------------------- what they give


@njit(cache=True, nogil=True)
def as_now(value, was_whole, whole, ticks):
    """An amount noted per unit, in the line's form now (a line never goes back from whole to per unit)."""
    if whole and not was_whole:
        return scale(value, word(ticks), TICKS)
    return value


@njit(cache=True, nogil=True)
def base_of(arena, case, running, whole, ticks, after, forms):
    """What a case's percent is of, in the line's form now."""
    base = arena[case + CASE_BASE]
    if base == BASE_RUNNING:
        return running
    at_row = 0 if base == BASE_LIST else base
    noted = (np.uint64(after[at_row, 0]), np.uint64(after[at_row, 1]), np.uint64(after[at_row, 2]))
    return as_now(noted, forms[at_row] == 1, whole, ticks)


@njit(cache=True, nogil=True)
def change_of(arena, case, running, whole, ticks, after, forms):
    """What a percent, amount or graduated case takes or adds: (ratio, whether it adds)."""
    give = arena[case + CASE_GIVE]
    num, den = arena[case + CASE_NUM], arena[case + CASE_DEN]
    if give == AMOUNT:
        return as_now(ratio(abs(num), den), False, whole, ticks), num > 0
    base = base_of(arena, case, running, whole, ticks, after, forms)
    if give == PERCENT:
        return scale(base, word(abs(num)), word(den)), num > 0
    if ticks == 0:
        return ZERO, False
    share = reduce(off_share(arena, arena[case + CASE_TIERS], ticks))
    if share[0] != U0 or share[2] == U0:
        return BAD, False
    return scale(base, share[1], share[2]), False


@njit(cache=True, nogil=True)
def given(arena, case, running, whole, ticks, after, forms, cost):
    """What the line would be after this case alone: (ratio, status). `cost` is the row of the dated cost, or -1."""
    give = arena[case + CASE_GIVE]
    num, den = arena[case + CASE_NUM], arena[case + CASE_DEN]
    if give == SET_PRICE:
        value, is_whole = price_of(arena, num, den, arena[case + CASE_TIERS], ticks)
        return as_now(value, is_whole, whole, ticks), FINE
    if give == AT_LEAST_AMOUNT:
        return as_now(ratio(num, den), False, whole, ticks), FINE
    if give == AT_LEAST_OF_LIST:
        listed = (np.uint64(after[0, 0]), np.uint64(after[0, 1]), np.uint64(after[0, 2]))
        return scale(as_now(listed, forms[0] == 1, whole, ticks), word(num), word(den)), FINE
    if give == AT_LEAST_OF_COST:
        if cost < 0:
            return ZERO, NO_COST
        unit = scale(ratio(arena[cost + PRICE_NUM], arena[cost + PRICE_DEN]), word(num), word(den))
        return as_now(unit, False, whole, ticks), FINE
    change, adds = change_of(arena, case, running, whole, ticks, after, forms)
    return (add(running, change) if adds else take(running, change)), FINE


@njit(cache=True, nogil=True)
def makes_whole(arena, case, ticks):
    """Whether a case works on some units of a line, so that from here on the line's amount is the truth."""
    give = arena[case + CASE_GIVE]
    if ticks == 0:
        return False
    if give == GRADUATED_OFF:
        return True
    if give != SET_PRICE or arena[case + CASE_TIERS] < 0:
        return False
    return tier_price(arena, arena[case + CASE_TIERS], ticks)[1]


# ---------------------------------------------------------------- the waterfall


@njit(cache=True, nogil=True)
def note(bars, count, line, step, case, before, after):
    """Add a bar (case is an index, not an offset) and return the new count; counts on where there is no room."""
    if count < bars.shape[1]:
        b, _ = micros(before)
        a, _ = micros(after)
        bars[BAR_LINE, count] = line
        bars[BAR_STEP, count] = step
        bars[BAR_CASE, count] = case
        bars[BAR_BEFORE, count] = np.int64(b)
        bars[BAR_AFTER, count] = np.int64(a)
    return count + 1


@njit(cache=True, nogil=True)
def index_of(arena, case):
    """A case's index from its offset."""
    return (case - arena[AT_CASES]) // W_CASE


@njit(cache=True, nogil=True)
def choose(arena, step_row, combine, hits, count, running, whole, ticks, after, forms, cost):
    """The one case that counts in a one-only, best-of or floor step: (case, ratio, status, case that failed)."""
    if combine == BEST_OF and arena[step_row + STEP_UNIFORM]:
        best = hits[0]
        for h in range(1, count):
            if arena[hits[h] + CASE_BEST] < arena[best + CASE_BEST]:
                best = hits[h]
        value, status = given(arena, best, running, whole, ticks, after, forms, cost)
        return best, value, status, best
    best, value, status = hits[0], BAD, FINE
    for h in range(count):
        case = hits[h]
        mine, status = given(arena, case, running, whole, ticks, after, forms, cost)
        if status != FINE:
            return case, mine, status, case
        if h == 0:
            value = mine
            continue
        lower, fits = less(mine, value)
        higher, _ = less(value, mine)
        if not fits:
            return case, BAD, FINE, case
        better = higher if combine == FLOOR else lower
        if combine != FLOOR and not lower and not higher:
            better = arena[case + CASE_NAME] < arena[best + CASE_NAME]
        if better:
            best, value = case, mine
    return best, value, FINE, best


@njit(cache=True, nogil=True)
def run_each(arena, combine, hits, count, running, whole, ticks, after, forms, line, step, bars, noted):
    """Additive: all changes are from the opening value. Compounding: each on what is left. Returns (ratio, bars)."""
    opened = running
    up, down = ZERO, ZERO
    for h in range(count):
        case = hits[h]
        before = take(add(opened, up), down) if combine == ADDITIVE else running
        change, adds = change_of(arena, case, opened if combine == ADDITIVE else running, whole, ticks, after, forms)
        if combine == ADDITIVE:
            if adds:
                up = add(up, change)
            else:
                down = add(down, change)
            running = take(add(opened, up), down)
        else:
            running = add(running, change) if adds else take(running, change)
        if change[0] | change[1] or change[2] == U0:
            noted = note(bars, noted, line, step, index_of(arena, case), before, running)
    return running, noted


@njit(cache=True, nogil=True)
def run_steps(arena, ws, i, product, ticks, price, cost, where, hits, spare, after, forms, bars, noted):
    """Take a line through the waterfall: (status, a, b, running, whole, bars). after[0] is the list price."""
    running, whole = price_of(
        arena, arena[price + PRICE_NUM], arena[price + PRICE_DEN], arena[price + PRICE_TIERS], ticks
    )
    noted = note(bars, noted, i, 0, arena[price + PRICE_SOURCE], ZERO, running)
    for step in range(arena[AT_STEPS]):
        step_row = arena[AT_STEP_ROWS] + step * W_STEP
        combine = arena[step_row + STEP_COMBINE]
        count = 0 if combine == LIST else hits_of(arena, product, step, where, hits)
        if count < 0:
            return OVERFLOW, step, 0, running, whole, noted
        if count and arena[step_row + STEP_EXCEPTS] != arena[step_row + STEP_EXCEPTS_END]:
            count = settle_exceptions(arena, step_row, hits, count, spare)
        if count > 1 and not arena[step_row + STEP_UNIFORM]:
            in_order(arena, hits, count)
        if count > 1 and combine == ONE_ONLY:
            return CONFLICT, index_of(arena, hits[0]), index_of(arena, hits[1]), running, whole, noted
        if count:
            for h in range(count):
                if not whole and makes_whole(arena, hits[h], ticks):
                    running, whole = scale(running, word(ticks), TICKS), True
            if combine == ADDITIVE or combine == COMPOUNDING:
                running, noted = run_each(
                    arena, combine, hits, count, running, whole, ticks, after, forms, i, step, bars, noted
                )
            else:
                case, value, status, failed = choose(
                    arena, step_row, combine, hits, count, running, whole, ticks, after, forms, cost
                )
                if status != FINE:
                    return status, index_of(arena, failed), 0, running, whole, noted
                moves = less(running, value)[0] if combine == FLOOR else not same(running, value)
                if moves:
                    noted = note(bars, noted, i, step, index_of(arena, case), running, value)
                if moves or value[2] == U0:
                    running = value
        if running[2] == U0:
            return OVERFLOW, step, 0, running, whole, noted
        after[step, 0] = np.int64(running[0])
        after[step, 1] = np.int64(running[1])
        after[step, 2] = np.int64(running[2])
        forms[step] = whole
    return FINE, 0, 0, running, whole, noted


# ---------------------------------------------------------------- rounding and amounts


@njit(cache=True, nogil=True)
def settle(arena, listed, value):
    """A value rounded as the book says, prices or discounts: (ratio, fits)."""
    step, mode = word(arena[AT_STEP]), arena[AT_MODE]
    if not arena[AT_DISCOUNTS]:
        amount, fits = rounded(value, step, mode)
        return (U0, amount, U1), fits
    raises, fits = less(listed, value)
    change, ok = rounded(take(value, listed) if raises else take(listed, value), step, mode)
    moved = (U0, change, U1)
    return (add(listed, moved) if raises else take(listed, moved)), fits and ok


@njit(cache=True, nogil=True)
def per_unit(value, whole, ticks):
    """What one unit costs of a line priced as a whole."""
    if not whole:
        return value
    return scale(value, TICKS, word(ticks)) if ticks else ZERO


@njit(cache=True, nogil=True)
def finish(arena, ws, i, ticks, listed_unit, list_whole, running, whole, bars, noted):
    """Round, multiply, and write the line's amounts: (fits, bars)."""
    negative = ws[IN_QUANTITY, i] < 0
    listed = as_now(listed_unit, list_whole, True, ticks)
    exact = as_now(running, whole, True, ticks)
    unit_list = per_unit(listed_unit, list_whole, ticks)
    unit_net = per_unit(running, whole, ticks)
    level = arena[AT_LEVEL]
    fits = True
    if level == LEVEL_UNIT and not whole:
        settled, fits = settle(arena, unit_list, running)
        if not same(settled, unit_net):
            before, _ = micros(running)
            after, _ = micros(settled)
            if before != after:
                noted = note(bars, noted, i, ROUNDING, ws[OUT_PRICE, i], running, settled)
        unit_net = settled
        net = scale(settled, word(ticks), TICKS)
        if word(ticks) % TICKS != U0:
            amount, ok = rounded(net, word(arena[AT_STEP]), arena[AT_MODE])
            net, fits = (U0, amount, U1), fits and ok
    elif level == LEVEL_DOCUMENT:
        net = exact
        keep(ws, i, OUT_EXACT, reduce(listed))
        keep(ws, i, OUT_EXACT + 3, reduce(exact))
    else:
        net, fits = settle(arena, listed, exact)
    a, ok_a = micros(unit_list)
    b, ok_b = micros(unit_net)
    c, ok_c = micros(listed)
    d, ok_d = micros(net)
    sign = -1 if negative else 1
    ws[OUT_UNIT_LIST, i] = np.int64(a)
    ws[OUT_UNIT_NET, i] = np.int64(b)
    ws[OUT_LIST, i] = sign * np.int64(c)
    ws[OUT_NET, i] = sign * np.int64(d)
    return fits and ok_a and ok_b and ok_c and ok_d, noted


@njit(cache=True, nogil=True)
def keep(ws, i, row, r):
    """Write a ratio to three workspace rows."""
    ws[row, i] = np.int64(r[0])
    ws[row + 1, i] = np.int64(r[1])
    ws[row + 2, i] = np.int64(r[2])


@njit(cache=True, nogil=True)
def refuse(ws, i, status, a, b):
    """Write why a line has no price."""
    ws[OUT_STATUS, i] = status
    ws[OUT_A, i] = a
    ws[OUT_B, i] = b
    for row in (OUT_UNIT_LIST, OUT_UNIT_NET, OUT_LIST, OUT_NET):
        ws[row, i] = 0
    ws[OUT_COST, i] = MISSING


@njit(cache=True, nogil=True)
def price_lines(arena, ws, start, end, bars):
    """Price the lines [start, end) of a workspace. Returns how many bars the waterfalls have (write room: bars.shape[1]).

    arena: int64, a plan's. ws: int64 [IN_DIMS + dims, lines], see `plan.layout`. bars: int64 [BAR_ROWS, room].
    """
    steps, dims = arena[AT_STEPS], arena[AT_DIMS]
    where = np.empty(dims, np.int64)
    hits = np.empty(MAX_HITS, np.int64)
    spare = np.empty(MAX_HITS, np.int64)
    after = np.zeros((steps, 3), np.int64)
    forms = np.zeros(steps, np.int64)
    noted = 0
    for i in range(start, end):
        opened = noted
        noted = price_line(arena, ws, i, where, hits, spare, after, forms, bars, noted)
        if ws[OUT_STATUS, i] != FINE:
            noted = opened
        ws[OUT_BARS, i] = noted
    return noted


@njit(cache=True, nogil=True)
def price_line(arena, ws, i, where, hits, spare, after, forms, bars, noted):
    """Price one line; returns the count of bars."""
    if ws[IN_PRODUCT, i] < 0:
        refuse(ws, i, UNKNOWN_PRODUCT, 0, 0)
        return noted
    product = arena[AT_PRODUCTS] + ws[IN_PRODUCT, i] * W_PRODUCT
    missing = classify(arena, ws, i, product, where)
    if missing >= 0:
        refuse(
            ws,
            i,
            MISSING_FACT,
            missing,
            arena[arena[AT_ASKS] + arena[product + PRODUCT_ASK] * arena[AT_DIMS] + missing] - 1,
        )
        return noted
    ticks = abs(ws[IN_QUANTITY, i])
    if ticks % arena[product + PRODUCT_GRAIN]:
        refuse(ws, i, INVALID_QUANTITY, 0, 0)
        return noted
    day = ws[IN_DIMS + DATE, i]
    rows, costs = arena[AT_PRICES], arena[AT_COSTS]
    price = dated(
        arena,
        rows + arena[product + PRODUCT_PRICES] * W_PRICE,
        rows + arena[product + PRODUCT_PRICES_END] * W_PRICE,
        day,
    )
    if price < 0:
        refuse(ws, i, NO_PRICE, 0, 0)
        return noted
    cost = dated(
        arena,
        costs + arena[product + PRODUCT_COSTS] * W_PRICE,
        costs + arena[product + PRODUCT_COSTS_END] * W_PRICE,
        day,
    )
    ws[OUT_PRICE, i] = arena[price + PRICE_SOURCE]
    status, a, b, running, whole, noted = run_steps(
        arena, ws, i, product, ticks, price, cost, where, hits, spare, after, forms, bars, noted
    )
    if status != FINE:
        refuse(ws, i, status, a, b)
        return noted
    listed = (np.uint64(after[0, 0]), np.uint64(after[0, 1]), np.uint64(after[0, 2]))
    fits, noted = finish(arena, ws, i, ticks, listed, forms[0] == 1, running, whole, bars, noted)
    if fits:
        fits = note_cost(arena, ws, i, cost, ticks)
    if not fits:
        refuse(ws, i, OVERFLOW, arena[AT_STEPS] - 1, 0)
        return noted
    ws[OUT_STATUS, i] = FINE
    return noted


@njit(cache=True, nogil=True)
def note_cost(arena, ws, i, cost, ticks):
    """Write the line's cost, MISSING where there is none; whether it fits."""
    ws[OUT_COST, i] = MISSING
    if cost < 0:
        return True
    amount, fits = micros(scale(ratio(arena[cost + PRICE_NUM], arena[cost + PRICE_DEN]), word(ticks), TICKS))
    ws[OUT_COST, i] = -np.int64(amount) if ws[IN_QUANTITY, i] < 0 else np.int64(amount)
    return fits
