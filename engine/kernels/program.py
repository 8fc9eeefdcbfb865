"""The general kernel: runs any plan, one line after the other, exactly, and notes each bar of the waterfall when asked.

    classify facts -> list price -> for each step: which bits hold -> what they give -> round -> amounts

Everything is int64 in and out (`plan.layout` names every row and column); amounts in between are exact ratios.
A line that cannot be priced gets a status and the others go on.
"""

from __future__ import annotations

import numpy as np

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
from engine.kernels.compiled import compiled, entry
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
    DIM_SCOPE,
    FINE,
    FLOOR,
    GRADUATED_OFF,
    HEADER,
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
    OF_LINE,
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
    PRODUCT_GRAIN,
    PRODUCT_PARTS,
    PRODUCT_PARTS_END,
    PRODUCT_PRICES,
    QUANTITY,
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
ALL_BITS = np.uint64(0xFFFFFFFFFFFFFFFF)
ZERO = (U0, U0, U1)
BAD = (U0, U0, U0)


# Scratch: room for one line after the other in one int64 array (numba counts references to each array it is handed). First
# where each part begins, then the parts. What the header gave stays for the next line with the same header.
S_HEADER, S_HEADERS = 0, 1  # dims that a quote's lines share as a rule, and how many
S_OWN, S_OWNS = 2, 3  # dims of each line's own
S_WHERE = 4  # [dims]: the mask of the line's class in each dim; -1 where a required fact is missing
S_RAW = 5  # [dims]: the header's values that S_WHERE was settled for
S_HEAD = 6  # [words]: bits that the header allows, where S_SEEN says that they were looked up for this one
S_SEEN = 7  # [words]: the number of the header a word was looked up for
S_NUMBER = 8  # this header's number (not a place)
S_AFTER = 9  # [steps, 4]: the ratio after each step, and 1 where that is the whole line's
HITS = 10  # [MAX_HITS]: cases that hold in a step
SPARE = HITS + MAX_HITS  # [MAX_HITS]
S_PARTS = SPARE + MAX_HITS
NEVER = MISSING + 1
"""A value that no fact has."""


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


# ---------------------------------------------------------------- facts


@compiled
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


@entry
def scratch_of(arena):
    """A scratch for a plan."""
    dims, steps, words = arena[AT_DIMS], arena[AT_STEPS], arena[AT_WORDS]
    s = np.zeros(S_PARTS + 4 * dims + 2 * words + 4 * steps, np.int64)
    at = S_PARTS
    for part, size in (
        (S_HEADER, dims),
        (S_OWN, dims),
        (S_WHERE, dims),
        (S_RAW, dims),
        (S_HEAD, words),
        (S_SEEN, words),
    ):
        s[part] = at
        at += size
    s[S_AFTER] = at
    s[S_NUMBER] = 1
    for d in range(dims):
        s[s[S_RAW] + d] = NEVER
        scope = arena[arena[AT_DIM_ROWS] + d * W_DIM + DIM_SCOPE]
        if scope == HEADER:
            s[s[S_HEADER] + s[S_HEADERS]] = d
            s[S_HEADERS] += 1
        elif scope == OF_LINE:
            s[s[S_OWN] + s[S_OWNS]] = d
            s[S_OWNS] += 1
    return s


@compiled
def mask_of(arena, dim, value):
    """Where the mask of a raw value's class stands, or -1 where a required fact was not given."""
    row = arena[AT_DIM_ROWS] + dim * W_DIM
    c = class_of(arena, dim, value)
    if c == UNKNOWN and arena[row + DIM_REQUIRED]:
        return -1
    return arena[AT_MASKS] + arena[row + DIM_MASKS] + c * arena[AT_WORDS]


@compiled
def classify(arena, ws, i, product, s):
    """Settle the mask of each dim for line i; return the first required fact that is asked for and missing, or -1.

    What stands in the header is looked up again only where it changed: then its words are no longer those seen.
    """
    where, raw = s[S_WHERE], s[S_RAW]
    changed = False
    for k in range(s[S_HEADER], s[S_HEADER] + s[S_HEADERS]):
        d = s[k]
        value = ws[IN_DIMS + d, i]
        if value != s[raw + d]:
            s[raw + d] = value
            s[where + d] = mask_of(arena, d, value)
            changed = True
    if changed:
        s[S_NUMBER] += 1
    for k in range(s[S_OWN], s[S_OWN] + s[S_OWNS]):
        d = s[k]
        value = abs(ws[IN_QUANTITY, i]) if d == QUANTITY else ws[IN_DIMS + d, i]
        s[where + d] = mask_of(arena, d, value)
    first = missing_fact(arena, product, s, s[S_HEADER], s[S_HEADERS])
    other = missing_fact(arena, product, s, s[S_OWN], s[S_OWNS])
    return other if first < 0 or 0 <= other < first else first


@compiled
def missing_fact(arena, product, s, dims, count):
    """The first of these facts that is required, asked for on this product, and not given; -1 for none."""
    asks = arena[AT_ASKS] + arena[product + PRODUCT_ASK] * arena[AT_DIMS]
    for k in range(dims, dims + count):
        if s[s[S_WHERE] + s[k]] < 0 and arena[asks + s[k]]:
            return s[k]
    return -1


@compiled
def allowed(arena, s, w, dims, count):
    """A word of the bits that these dims allow. A fact that no rule of this product asks about stops none when missing."""
    live = ALL_BITS
    for k in range(dims, dims + count):
        mask = s[s[S_WHERE] + s[k]]
        if mask >= 0:
            live &= np.uint64(arena[mask + w])
    return live


@compiled
def header_word(arena, s, w):
    """A word of the bits that the header allows; kept until the header changes."""
    if s[s[S_SEEN] + w] != s[S_NUMBER]:
        s[s[S_HEAD] + w] = np.int64(allowed(arena, s, w, s[S_HEADER], s[S_HEADERS]))
        s[s[S_SEEN] + w] = s[S_NUMBER]
    return np.uint64(s[s[S_HEAD] + w])


# ---------------------------------------------------------------- prices and tiers


@compiled
def dated(arena, first, end, day):
    """The row of a product's prices (or costs) that holds on the day, or -1."""
    for row in range(first, end, W_PRICE):
        if arena[row + PRICE_START] <= day < arena[row + PRICE_END]:
            return row
    return -1


@compiled
def slice_of(arena, row, last, ticks):
    """Ticks of the quantity in one tier of a graduated table."""
    begin = arena[row + TIER_BEGIN]
    end = ticks if last else min(ticks, arena[row + W_TIER + TIER_BEGIN])
    return max(0, end - begin)


@compiled
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


@compiled
def price_of(arena, num, den, table, ticks):
    """A price, tiered or not: (ratio, whole)."""
    if table >= 0:
        return tier_price(arena, table, ticks)
    return ratio(num, den), False


@compiled
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


@compiled
def hits_of(arena, product, step, s, best):
    """Fill the hits with the cases (offsets in the arena) that hold for the line in the step; return how many, -1 too many.

    `best`: of each set of products only the first one, where a step's bits are numbered from the best.
    """
    steps = arena[AT_STEPS]
    count = 0
    base = arena[AT_MEMBERSHIPS]
    for m in range(base + arena[product + PRODUCT_PARTS], base + arena[product + PRODUCT_PARTS_END]):
        row = arena[AT_RANGES] + (arena[m] * steps + step) * 2
        first, end = arena[row], arena[row + 1]
        if first == end:
            continue
        found = count
        for w in range(first >> 6, ((end - 1) >> 6) + 1):
            live = header_word(arena, s, w)
            if w == first >> 6:
                live &= ALL_BITS << np.uint64(first & 63)
            if w == (end - 1) >> 6:
                live &= ALL_BITS >> np.uint64(63 - ((end - 1) & 63))
            live &= allowed(arena, s, w, s[S_OWN], s[S_OWNS])
            while live:
                bit = (w << 6) + trailing_zeros(live)
                live &= live - U1
                case = arena[AT_CASES] + arena[arena[AT_BITS] + bit] * W_CASE
                if count and s[HITS + count - 1] == case:
                    continue  # another alternative of the same case
                if count == MAX_HITS:
                    return -1
                s[HITS + count] = case
                count += 1
                if best:
                    break
            if best and count > found:
                break
    return count


@compiled
def in_order(arena, s, count):
    """Sort hits by their place in the book (insertion: there are few)."""
    for i in range(HITS + 1, HITS + count):
        case = s[i]
        j = i - 1
        while j >= HITS and arena[s[j] + CASE_ORDER] > arena[case + CASE_ORDER]:
            s[j + 1] = s[j]
            j -= 1
        s[j + 1] = case


@compiled
def has_rule(arena, s, first, count, rule):
    """Whether a rule is among these hits."""
    for h in range(first, first + count):
        if arena[s[h] + CASE_RULE] == rule:
            return True
    return False


@compiled
def settle_exceptions(arena, step_row, s, count):
    """An exception holds only beside a rule it excepts, and takes its place. Returns how many hits are left."""
    first = arena[AT_EXCEPTS] + arena[step_row + STEP_EXCEPTS] * W_EXCEPT
    end = arena[AT_EXCEPTS] + arena[step_row + STEP_EXCEPTS_END] * W_EXCEPT
    kept = 0
    for h in range(HITS, HITS + count):  # drop exceptions that stand alone
        rule = arena[s[h] + CASE_RULE]
        excepts = found = False
        for e in range(first, end, W_EXCEPT):
            if arena[e] == rule:
                excepts = True
                found = found or has_rule(arena, s, HITS, count, arena[e + 1])
        if not excepts or found:
            s[SPARE + kept] = s[h]
            kept += 1
    left = 0
    for h in range(SPARE, SPARE + kept):  # drop what the others replace
        rule = arena[s[h] + CASE_RULE]
        replaced = False
        for e in range(first, end, W_EXCEPT):
            if arena[e + 1] == rule and has_rule(arena, s, SPARE, kept, arena[e]):
                replaced = True
        if not replaced:
            s[HITS + left] = s[h]
            left += 1
    return left


# ---------------------------------------------------------------- what they give


@compiled
def as_now(value, was_whole, whole, ticks):
    """An amount noted per unit, in the line's form now (a line never goes back from whole to per unit)."""
    if whole and not was_whole:
        return scale(value, word(ticks), TICKS)
    return value


@compiled
def note_after(s, step, value, whole):
    """Keep what a line is after a step, for percents of it."""
    at = s[S_AFTER] + 4 * step
    s[at], s[at + 1], s[at + 2], s[at + 3] = np.int64(value[0]), np.int64(value[1]), np.int64(value[2]), whole


@compiled
def noted_after(s, step):
    """What a line was after a step: (ratio, whether of the whole line)."""
    at = s[S_AFTER] + 4 * step
    return (np.uint64(s[at]), np.uint64(s[at + 1]), np.uint64(s[at + 2])), s[at + 3] == 1


@compiled
def base_of(arena, case, running, whole, ticks, s):
    """What a case's percent is of, in the line's form now."""
    base = arena[case + CASE_BASE]
    if base == BASE_RUNNING:
        return running
    value, was_whole = noted_after(s, 0 if base == BASE_LIST else base)
    return as_now(value, was_whole, whole, ticks)


@compiled
def change_of(arena, case, running, whole, ticks, s):
    """What a percent, amount or graduated case takes or adds: (ratio, whether it adds)."""
    give = arena[case + CASE_GIVE]
    num, den = arena[case + CASE_NUM], arena[case + CASE_DEN]
    if give == AMOUNT:
        return as_now(ratio(abs(num), den), False, whole, ticks), num > 0
    base = base_of(arena, case, running, whole, ticks, s)
    if give == PERCENT:
        return scale(base, word(abs(num)), word(den)), num > 0
    if ticks == 0:
        return ZERO, False
    share = reduce(off_share(arena, arena[case + CASE_TIERS], ticks))
    if share[0] != U0 or share[2] == U0:
        return BAD, False
    return scale(base, share[1], share[2]), False


@compiled
def given(arena, case, running, whole, ticks, s, cost):
    """What the line would be after this case alone: (ratio, status). `cost` is the row of the dated cost, or -1."""
    give = arena[case + CASE_GIVE]
    num, den = arena[case + CASE_NUM], arena[case + CASE_DEN]
    if give == SET_PRICE:
        value, is_whole = price_of(arena, num, den, arena[case + CASE_TIERS], ticks)
        return as_now(value, is_whole, whole, ticks), FINE
    if give == AT_LEAST_AMOUNT:
        return as_now(ratio(num, den), False, whole, ticks), FINE
    if give == AT_LEAST_OF_LIST:
        listed, was_whole = noted_after(s, 0)
        return scale(as_now(listed, was_whole, whole, ticks), word(num), word(den)), FINE
    if give == AT_LEAST_OF_COST:
        if cost < 0:
            return ZERO, NO_COST
        unit = scale(ratio(arena[cost + PRICE_NUM], arena[cost + PRICE_DEN]), word(num), word(den))
        return as_now(unit, False, whole, ticks), FINE
    change, adds = change_of(arena, case, running, whole, ticks, s)
    return (add(running, change) if adds else take(running, change)), FINE


@compiled
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


@compiled
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


@compiled
def index_of(arena, case):
    """A case's index from its offset."""
    return (case - arena[AT_CASES]) // W_CASE


@compiled
def first_best(arena, s, count):
    """The best of a uniform step's hits, by the rank they were lowered with."""
    best = s[HITS]
    for h in range(HITS + 1, HITS + count):
        if arena[s[h] + CASE_BEST] < arena[best + CASE_BEST]:
            best = s[h]
    return best


@compiled
def choose(arena, combine, count, running, whole, ticks, s, cost):
    """The one case that counts in a one-only, best-of or floor step: (case, ratio, status, case that failed)."""
    best, value, status = s[HITS], BAD, FINE
    for h in range(count):
        case = s[HITS + h]
        mine, status = given(arena, case, running, whole, ticks, s, cost)
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


@compiled
def run_each(arena, combine, count, running, whole, ticks, s, line, step, bars, noted):
    """Additive: all changes are from the opening value. Compounding: each on what is left. Returns (ratio, bars)."""
    opened = running
    up, down = ZERO, ZERO
    for h in range(count):
        case = s[HITS + h]
        before = take(add(opened, up), down) if combine == ADDITIVE else running
        change, adds = change_of(arena, case, opened if combine == ADDITIVE else running, whole, ticks, s)
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


@compiled
def hits_in_order(arena, step, product, s):
    """The hits of a step as they count: exceptions settled, in the order of the book. -1: too many."""
    count = hits_of(arena, product, step, s, False)
    step_row = arena[AT_STEP_ROWS] + step * W_STEP
    if count > 0 and arena[step_row + STEP_EXCEPTS] != arena[step_row + STEP_EXCEPTS_END]:
        count = settle_exceptions(arena, step_row, s, count)
    if count > 1:
        in_order(arena, s, count)
    return count


@compiled
def run_uniform(arena, i, product, ticks, step, s, running, whole, bars, noted):
    """A best-of step whose cases are percents of one base: (whether that settles it, ratio, bars).

    The largest discount wins, but where it takes all: there several may, and the first by name counts.
    """
    count = hits_of(arena, product, step, s, True)
    if count == 0:
        return True, running, noted
    case = first_best(arena, s, count)
    value, _ = given(arena, case, running, whole, ticks, s, -1)
    if value[2] == U0 or (value[0] | value[1]) == U0:
        return False, running, noted
    if not same(running, value):
        noted = note(bars, noted, i, step, index_of(arena, case), running, value)
    return True, value, noted


@compiled
def run_step(arena, i, product, ticks, step, cost, s, running, whole, bars, noted):
    """Take a line through one step, whatever it is: (status, a, b, running, whole, bars)."""
    combine = arena[arena[AT_STEP_ROWS] + step * W_STEP + STEP_COMBINE]
    count = hits_in_order(arena, step, product, s)
    if count < 0:
        return OVERFLOW, step, 0, running, whole, noted
    if count == 0:
        return FINE, 0, 0, running, whole, noted
    if count > 1 and combine == ONE_ONLY:
        return CONFLICT, index_of(arena, s[HITS]), index_of(arena, s[HITS + 1]), running, whole, noted
    for h in range(count):
        if not whole and makes_whole(arena, s[HITS + h], ticks):
            running, whole = scale(running, word(ticks), TICKS), True
    if combine == ADDITIVE or combine == COMPOUNDING:
        running, noted = run_each(arena, combine, count, running, whole, ticks, s, i, step, bars, noted)
        return FINE, 0, 0, running, whole, noted
    case, value, status, failed = choose(arena, combine, count, running, whole, ticks, s, cost)
    if status != FINE:
        return status, index_of(arena, failed), 0, running, whole, noted
    moves = less(running, value)[0] if combine == FLOOR else not same(running, value)
    if moves:
        noted = note(bars, noted, i, step, index_of(arena, case), running, value)
    if moves or value[2] == U0:
        running = value
    return FINE, 0, 0, running, whole, noted


@compiled
def run_steps(arena, i, product, ticks, running, whole, cost, s, bars, noted):
    """Take a line's list price through the waterfall: (status, a, b, running, whole, bars). step 0 is the list price."""
    for step in range(arena[AT_STEPS]):
        step_row = arena[AT_STEP_ROWS] + step * W_STEP
        settled = arena[step_row + STEP_COMBINE] == LIST
        if arena[step_row + STEP_UNIFORM]:
            settled, running, noted = run_uniform(arena, i, product, ticks, step, s, running, whole, bars, noted)
        if not settled:
            status, a, b, running, whole, noted = run_step(
                arena, i, product, ticks, step, cost, s, running, whole, bars, noted
            )
            if status != FINE:
                return status, a, b, running, whole, noted
        if running[2] == U0:
            return OVERFLOW, step, 0, running, whole, noted
        note_after(s, step, running, whole)
    return FINE, 0, 0, running, whole, noted


# ---------------------------------------------------------------- rounding and amounts


@compiled
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


@compiled
def per_unit(value, whole, ticks):
    """What one unit costs of a line priced as a whole."""
    if not whole:
        return value
    return scale(value, TICKS, word(ticks)) if ticks else ZERO


@compiled
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


@compiled
def keep(ws, i, row, r):
    """Write a ratio to three workspace rows."""
    ws[row, i] = np.int64(r[0])
    ws[row + 1, i] = np.int64(r[1])
    ws[row + 2, i] = np.int64(r[2])


@compiled
def refuse(ws, i, status, a, b):
    """Write why a line has no price."""
    ws[OUT_STATUS, i] = status
    ws[OUT_A, i] = a
    ws[OUT_B, i] = b
    for row in (OUT_UNIT_LIST, OUT_UNIT_NET, OUT_LIST, OUT_NET):
        ws[row, i] = 0
    ws[OUT_COST, i] = MISSING


@entry
def price_lines(arena, ws, start, end, bars):
    """Price the lines [start, end) of a workspace. Returns how many bars the waterfalls have (write room: bars.shape[1]).

    arena: int64, a plan's. ws: int64 [IN_DIMS + dims, lines], see `plan.layout`. bars: int64 [BAR_ROWS, room].
    """
    s = scratch_of(arena)
    noted = 0
    for i in range(start, end):
        opened = noted
        noted = price_line(arena, ws, i, s, bars, noted)
        if ws[OUT_STATUS, i] != FINE:
            noted = opened
        ws[OUT_BARS, i] = noted
    return noted


@compiled
def dated_in(arena, section, columns, product, day):
    """The row that holds on the day of a product's prices (section AT_PRICES) or costs, or -1."""
    rows = arena[section]
    return dated(arena, rows + arena[product + columns] * W_PRICE, rows + arena[product + columns + 1] * W_PRICE, day)


@compiled
def price_line(arena, ws, i, s, bars, noted):
    """Price one line; returns the count of bars."""
    if ws[IN_PRODUCT, i] < 0:
        refuse(ws, i, UNKNOWN_PRODUCT, 0, 0)
        return noted
    product = arena[AT_PRODUCTS] + ws[IN_PRODUCT, i] * W_PRODUCT
    missing = classify(arena, ws, i, product, s)
    if missing >= 0:
        asks = arena[AT_ASKS] + arena[product + PRODUCT_ASK] * arena[AT_DIMS]
        refuse(ws, i, MISSING_FACT, missing, arena[asks + missing] - 1)
        return noted
    ticks = abs(ws[IN_QUANTITY, i])
    if ticks % arena[product + PRODUCT_GRAIN]:
        refuse(ws, i, INVALID_QUANTITY, 0, 0)
        return noted
    day = ws[IN_DIMS + DATE, i]
    price = dated_in(arena, AT_PRICES, PRODUCT_PRICES, product, day)
    if price < 0:
        refuse(ws, i, NO_PRICE, 0, 0)
        return noted
    cost = dated_in(arena, AT_COSTS, PRODUCT_COSTS, product, day)
    ws[OUT_PRICE, i] = arena[price + PRICE_SOURCE]
    running, whole = price_of(
        arena, arena[price + PRICE_NUM], arena[price + PRICE_DEN], arena[price + PRICE_TIERS], ticks
    )
    noted = note(bars, noted, i, 0, arena[price + PRICE_SOURCE], ZERO, running)
    status, a, b, running, whole, noted = run_steps(arena, i, product, ticks, running, whole, cost, s, bars, noted)
    if status != FINE:
        refuse(ws, i, status, a, b)
        return noted
    listed, list_whole = noted_after(s, 0)
    fits, noted = finish(arena, ws, i, ticks, listed, list_whole, running, whole, bars, noted)
    if fits:
        fits = note_cost(arena, ws, i, cost, ticks)
    if not fits:
        refuse(ws, i, OVERFLOW, arena[AT_STEPS] - 1, 0)
        return noted
    ws[OUT_STATUS, i] = FINE
    return noted


@compiled
def note_cost(arena, ws, i, cost, ticks):
    """Write the line's cost, MISSING where there is none; whether it fits."""
    ws[OUT_COST, i] = MISSING
    if cost < 0:
        return True
    amount, fits = micros(scale(ratio(arena[cost + PRICE_NUM], arena[cost + PRICE_DEN]), word(ticks), TICKS))
    ws[OUT_COST, i] = -np.int64(amount) if ws[IN_QUANTITY, i] < 0 else np.int64(amount)
    return fits
