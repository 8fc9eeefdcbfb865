"""Which cases hold for a line: its facts to classes, classes to masks of bits, bits to cases, exceptions settled."""

from __future__ import annotations

import numpy as np

from engine.kernels.arithmetic import U1, trailing_zeros
from engine.kernels.compiled import compiled, entry
from engine.plan import layout as at

W_STEP, W_CASE, W_DIM, W_EXCEPT = at.WIDTH["step_rows"], at.WIDTH["cases"], at.WIDTH["dim_rows"], at.WIDTH["excepts"]
W_BIT, W_SHARE = at.WIDTH["bits"], at.WIDTH["shares"]
ALL_BITS = np.uint64(0xFFFFFFFFFFFFFFFF)
MAX_HITS = 256
"""Cases that may apply to one line in one step; more is an overflow."""

# Scratch: room for one line after the other in one int64 array (numba counts references to each array it is handed). First
# where each part begins, then the parts. What the header gave stays for the next line with the same header.
S_HEADER, S_HEADERS = 0, 1  # dims that a quote's lines share as a rule, and how many
S_OWN, S_OWNS = 2, 3  # dims of each line's own
S_WHERE = 4  # [dims]: the mask of the line's class in each dim; -1 where a required fact is missing
S_RAW = 5  # [dims]: the values that S_WHERE was settled for
S_HEAD = 6  # [words]: bits that the header allows, where S_SEEN says that they were looked up for this one
S_SEEN = 7  # [words]: the number of the header a word was looked up for
S_NUMBER = 8  # this header's number (not a place)
S_AFTER = 9  # [steps, 4]: the ratio after each step, and 1 where that is the whole line's
S_TICKS = 11  # the line's quantity, without its sign (not a place)
S_TOOK = 10  # [steps]: what a step chose, and whether it came to nothing (see `pieces`)
S_CHARGE = 12  # the case that charges the line (its offset in the arena; not a place)
S_HELD = 13  # 1 where an amount stated with tax moved it, among prices without (not a place)
S_LINE = 14  # what is kept of a line of a quote besides (see L_PART and on)
S_MET = 15  # [shares]: amounts on the quote that hold in a step
S_GRANTS = 16  # [grants]: what the quote grants by hand, in millionths
HITS = 17  # [MAX_HITS]: cases that hold in a step
SPARE = HITS + MAX_HITS  # [MAX_HITS]
S_PARTS = SPARE + MAX_HITS
# What is kept of a line of a quote: what it was after each step, what each chose, and from S_LINE on its part of a sum, the steps
# that moved it, what was granted by hand (a ratio), its price row, what a split needs of it, and what each share moves it by.
L_PART, L_MOVED, L_GRANT = 0, 1, 2
L_PRICE, L_NOW, L_WEIGHT, L_TOP, L_GETS, L_REST, L_TURN, L_SHARES = range(5, 13)
NEVER = at.MISSING + 1
"""A value that no fact has."""


@compiled
def stands(ws, i):
    """Whether a line counts for others: it has a price so far."""
    return ws[at.OUT_STATUS, i] == at.FINE


# ---------------------------------------------------------------- facts


@entry
def scratch_of(arena):
    """A scratch for a plan."""
    dims, steps, words = arena[at.AT_DIMS], arena[at.AT_STEPS], arena[at.AT_WORDS]
    shares = (arena[at.AT_GRANTS] - arena[at.AT_SHARES]) // W_SHARE
    grants = arena[at.AT_PERIODS] - arena[at.AT_GRANTS]
    line = L_SHARES + shares
    s = np.zeros(S_PARTS + 4 * dims + 2 * words + 5 * steps + shares + grants + line, np.int64)
    here = S_PARTS
    for part, size in (
        (S_HEADER, dims),
        (S_OWN, dims),
        (S_WHERE, dims),
        (S_RAW, dims),
        (S_HEAD, words),
        (S_SEEN, words),
    ):
        s[part] = here
        here += size
    s[S_AFTER] = here
    s[S_TOOK] = here + 4 * steps
    s[S_MET] = here + 5 * steps
    s[S_GRANTS] = s[S_MET] + shares
    s[S_LINE] = s[S_GRANTS] + grants  # of a line alone: whoever runs a quote has room for each of its lines
    s[S_NUMBER] = 1
    for d in range(dims):
        s[s[S_RAW] + d] = NEVER
        scope = arena[arena[at.AT_DIM_ROWS] + d * W_DIM + at.DIM_SCOPE]
        if scope == at.HEADER:
            s[s[S_HEADER] + s[S_HEADERS]] = d
            s[S_HEADERS] += 1
        elif scope == at.OF_LINE and not (d == at.QUANTITY and arena[at.AT_SPANS]):
            s[s[S_OWN] + s[S_OWNS]] = d
            s[S_OWNS] += 1
    return s


@compiled
def cuts_reached(array, low, high, value):
    """How many of the sorted cuts in [low, high) of an array are at most the value."""
    first, left = low, high - low
    while left > 1:  # a step without a branch: where a value falls cannot be foretold
        half = left >> 1
        low += half if array[low + half - 1] <= value else 0
        left -= half
    return low - first + (left == 1 and array[low] <= value)


@compiled
def class_of(arena, dim, value):
    """The class of a raw code or tick; clamped, so that no code reads outside its masks."""
    row = arena[at.AT_DIM_ROWS] + dim * W_DIM
    classes = arena[row + at.DIM_CLASSES]
    if arena[row + at.DIM_KIND] != at.DIM_ORDERED:
        return value if 0 <= value < classes else at.OTHER
    if value == at.MISSING:
        return at.UNKNOWN
    first = arena[at.AT_CUTS] + arena[row + at.DIM_CUTS]
    return 1 + cuts_reached(arena, first, first + classes - 2, value)


@compiled
def mask_of(arena, dim, value):
    """Where the mask of a raw value's class stands, or -1 where a required fact was not given."""
    row = arena[at.AT_DIM_ROWS] + dim * W_DIM
    c = class_of(arena, dim, value)
    if c == at.UNKNOWN and arena[row + at.DIM_REQUIRED]:
        return -1
    return arena[at.AT_MASKS] + arena[row + at.DIM_MASKS] + c * arena[at.AT_WORDS]


@compiled
def classify(arena, ws, i, product, s):
    """Settle the mask of each dim for line i; return the first required fact that is asked for and missing, or -1.

    What stands in the header is looked up again only where it changed: then its words are no longer those seen.
    """
    where, raw = s[S_WHERE], s[S_RAW]
    changed = False
    for k in range(s[S_HEADER], s[S_HEADER] + s[S_HEADERS]):
        d = s[k]
        value = ws[at.IN_DIMS + d, i]
        if value != s[raw + d]:
            s[raw + d] = value
            s[where + d] = mask_of(arena, d, value)
            changed = True
    if changed:
        s[S_NUMBER] += 1
    s[S_TICKS] = abs(ws[at.IN_QUANTITY, i])
    for k in range(s[S_OWN], s[S_OWN] + s[S_OWNS]):
        d = s[k]
        value = s[S_TICKS] if d == at.QUANTITY else ws[at.IN_DIMS + d, i]
        s[raw + d] = value
        s[where + d] = mask_of(arena, d, value)
    first = missing_fact(arena, product, s, s[S_HEADER], s[S_HEADERS])
    other = missing_fact(arena, product, s, s[S_OWN], s[S_OWNS])
    return other if first < 0 or 0 <= other < first else first


@compiled
def missing_fact(arena, product, s, dims, count):
    """The first of these facts that is required, asked for on this product, and not given; -1 for none."""
    asks = arena[at.AT_ASKS] + arena[product + at.PRODUCT_ASK] * arena[at.AT_DIMS]
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


# ---------------------------------------------------------------- which cases apply


@compiled
def bits_of(arena, part, step):
    """The bits of a step's cases for a set of products: [first, end), both 0 where there are none."""
    row = arena[at.AT_RANGES] + (part * arena[at.AT_STEPS] + step) * 2
    return arena[row], arena[row + 1]


@compiled
def live_word(arena, s, w, first, end):
    """The bits of [first, end) in word w that hold for the line."""
    live = header_word(arena, s, w) & allowed(arena, s, w, s[S_OWN], s[S_OWNS])
    if w == first >> 6:
        live &= ALL_BITS << np.uint64(first & 63)
    if w == (end - 1) >> 6:
        live &= ALL_BITS >> np.uint64(63 - ((end - 1) & 63))
    return live


@compiled
def word_where(arena, s, w, first, end):
    """A word of the bits of [first, end) that hold for the line; a fact that was not given meets what one unknown does."""
    live = ALL_BITS
    for part in range(2):
        dims = s[S_OWN] if part else s[S_HEADER]
        for k in range(dims, dims + (s[S_OWNS] if part else s[S_HEADERS])):
            mask = s[s[S_WHERE] + s[k]]
            if mask < 0:
                mask = arena[at.AT_MASKS] + arena[arena[at.AT_DIM_ROWS] + s[k] * W_DIM + at.DIM_MASKS]
            live &= np.uint64(arena[mask + w])
    if w == first >> 6:
        live &= ALL_BITS << np.uint64(first & 63)
    if w == (end - 1) >> 6:
        live &= ALL_BITS >> np.uint64(63 - ((end - 1) & 63))
    return live


@compiled
def bit_of(arena, w, live):
    """The row of the lowest bit of a live word."""
    return arena[at.AT_BITS] + ((w << 6) + trailing_zeros(live)) * W_BIT


@compiled
def spans(arena, s, bit):
    """Whether a bit allows the line's quantity."""
    return arena[bit + at.BIT_LOW] <= s[S_TICKS] <= arena[bit + at.BIT_HIGH]


@compiled
def hits_of(arena, product, step, s):
    """Fill the hits with the cases (offsets in the arena) that hold for the line in the step; return how many, -1 too many."""
    count = 0
    base = arena[at.AT_MEMBERSHIPS]
    for m in range(base + arena[product + at.PRODUCT_PARTS], base + arena[product + at.PRODUCT_PARTS_END]):
        first, end = bits_of(arena, arena[m], step)
        for w in range(first >> 6, (end + 63) >> 6):
            live = live_word(arena, s, w, first, end)
            while live:
                bit = bit_of(arena, w, live)
                case = arena[at.AT_CASES] + arena[bit + at.BIT_CASE] * W_CASE
                live &= live - U1
                if not spans(arena, s, bit) or (count and s[HITS + count - 1] == case):
                    continue  # not for so many, or another alternative of the same case
                if count == MAX_HITS:
                    return -1
                s[HITS + count] = case
                count += 1
    return count


@compiled
def best_of(arena, product, step, s):
    """The best case that holds in a step whose bits are numbered from the best, set by set of products; -1 for none."""
    found, best = -1, np.int64(at.OPEN)
    base = arena[at.AT_MEMBERSHIPS]
    for m in range(base + arena[product + at.PRODUCT_PARTS], base + arena[product + at.PRODUCT_PARTS_END]):
        first, end = bits_of(arena, arena[m], step)
        for w in range(first >> 6, (end + 63) >> 6):
            live = live_word(arena, s, w, first, end)
            while live:
                bit = bit_of(arena, w, live)
                if arena[bit + at.BIT_BEST] >= best:
                    end = 0  # nor is any that follows better
                    break
                if spans(arena, s, bit):
                    found, best = arena[bit + at.BIT_CASE], arena[bit + at.BIT_BEST]
                    end = 0
                    break
                live &= live - U1
            if end == 0:
                break
    return arena[at.AT_CASES] + found * W_CASE if found >= 0 else -1


@compiled
def in_order(arena, s, count):
    """Sort hits by their place in the book (insertion: there are few)."""
    for i in range(HITS + 1, HITS + count):
        case = s[i]
        j = i - 1
        while j >= HITS and arena[s[j] + at.CASE_ORDER] > arena[case + at.CASE_ORDER]:
            s[j + 1] = s[j]
            j -= 1
        s[j + 1] = case


@compiled
def has_rule(arena, s, first, count, rule):
    """Whether a rule is among these hits."""
    for h in range(first, first + count):
        if arena[s[h] + at.CASE_RULE] == rule:
            return True
    return False


@compiled
def settle_exceptions(arena, step_row, s, count):
    """An exception holds only beside a rule it excepts, and takes its place. Returns how many hits are left."""
    first = arena[at.AT_EXCEPTS] + arena[step_row + at.STEP_EXCEPTS] * W_EXCEPT
    end = arena[at.AT_EXCEPTS] + arena[step_row + at.STEP_EXCEPTS_END] * W_EXCEPT
    kept = 0
    for h in range(HITS, HITS + count):  # drop exceptions that stand alone
        rule = arena[s[h] + at.CASE_RULE]
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
        rule = arena[s[h] + at.CASE_RULE]
        replaced = False
        for e in range(first, end, W_EXCEPT):
            if arena[e + 1] == rule and has_rule(arena, s, SPARE, kept, arena[e]):
                replaced = True
        if not replaced:
            s[HITS + left] = s[h]
            left += 1
    return left


@compiled
def hits_in_order(arena, step, product, s):
    """The hits of a step as they count: exceptions settled, in the order of the book. -1: too many."""
    count = hits_of(arena, product, step, s)
    step_row = arena[at.AT_STEP_ROWS] + step * W_STEP
    if count > 0 and arena[step_row + at.STEP_EXCEPTS] != arena[step_row + at.STEP_EXCEPTS_END]:
        count = settle_exceptions(arena, step_row, s, count)
    if count > 1:
        in_order(arena, s, count)
    return count


@compiled
def with_moves(arena, step, s, count):
    """Put the amounts on the quote that move the line in a step behind its hits; returns how many there are then, -1 too many."""
    first, end, width = arena[at.AT_SHARES], arena[at.AT_GRANTS], W_SHARE
    moves = s[S_LINE] + L_SHARES
    for share in range(first, end, width):
        if arena[share + at.SHARE_STEP] == step and s[moves + (share - first) // width] != 0:
            if count == MAX_HITS:
                return -1
            s[HITS + count] = arena[at.AT_CASES] + arena[share + at.SHARE_CASE] * W_CASE
            count += 1
    return count
