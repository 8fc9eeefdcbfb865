"""The block kernel: prices columns of lines by a table of factors, and leaves to `program` what no factor can say.

Where all that moves a line's price are percents, its net is list x F, and F depends on few things: the classes of its facts
and its product's sets. A table holds F for each combination, an integer over one denominator; a line is then a few
look-ups and one exact division. `resolve` fills the table by running the waterfall itself on a list price of 1;
combinations that meet an amount, a set price, a floor over cost, a conflict or a missing
fact have no factor, and their lines go the general way.

Blocks of lines, a loop a dimension: loops stay short, their data in the first cache, and most become vector code.
"""

from __future__ import annotations

import numpy as np

from engine.kernels.arithmetic import U0, U1, reduce, umulh
from engine.kernels.compiled import compiled, entry
from engine.kernels.matching import HITS, classify, cuts_reached, hits_of, scratch_of
from engine.kernels.program import price_line, run_steps
from engine.plan import layout as at

BLOCK = 512
UNDONE = -1
NOTHING = -1
"""What a grid holds where it has no figure."""
UNIT = 1_000_000
UNIT_WORD, TOP = np.uint64(UNIT), np.uint64(63)
W_PRODUCT = at.WIDTH["products"]

# The table, one int64 array: a header, then what it points to.
T_FACTORS, T_PRICES, T_LEVEL, T_STEP, T_MOST, T_AMOUNT, T_MICRO, T_HEADER = range(8)
"""T_FACTORS, T_PRICES: grids; T_MOST: whole units above which a line goes the general way; T_AMOUNT, T_MICRO: divisors from
factors to the rounding step, and to micros."""
G_VALUES, G_PRODUCTS, G_AXES, G_AXES_END, G_WIDTH = range(5)
"""A grid: its figures, each product's share of the index of one, its axes."""
D_ROW, D_KIND, D_CUTS, D_CUTS_END, D_SHARES, D_LOW, D_SPAN, D_WIDTH = range(8)
"""An axis: its row in the workspace (quantities count in whole units), how a value's class is found, its cuts, each class's share
of the index."""
BY_CODE, BY_FEW_CUTS, BY_SEARCH, BY_SPAN = range(4)
FEW = 8
V_DIVISOR, V_NORMAL, V_RECIPROCAL, V_SHIFT, V_OVER, V_TIE, V_WIDTH = range(7)
"""A divisor: itself, shifted to its top bit, the reciprocal of that, the shift; a rest above V_OVER goes up, one of V_TIE goes
up where the quotient is odd."""


# ---------------------------------------------------------------- which figure


@compiled
def add_shares(table, axis, values, cell):
    """Add to each cell the share of its value's class. (Indexes are unsigned: a signed one is tested for being below 0.)"""
    kind, shares = table[axis + D_KIND], table[table[axis + D_SHARES] :]
    low, high = table[axis + D_CUTS], table[axis + D_CUTS_END]
    least, span = table[axis + D_LOW], table[axis + D_SPAN]
    if kind == BY_CODE:
        for j in range(len(cell)):
            cell[j] += shares[np.uint64(min(max(values[j], 0), span))]
    elif kind == BY_SPAN:
        for j in range(len(cell)):
            place = np.uint64(min(max(values[j] - least, 0), span) + 1)
            cell[j] += shares[place if values[j] != at.MISSING else U0]
    elif kind == BY_FEW_CUTS:  # no look-up: each cut that is reached adds what its class has more than the one before
        missing, known = shares[at.UNKNOWN], shares[at.UNKNOWN + 1]
        for j in range(len(cell)):
            cell[j] += known if values[j] != at.MISSING else missing
        for k in range(low, high):
            cut, more = table[k], shares[k - low + 2] - shares[k - low + 1]
            for j in range(len(cell)):
                cell[j] += more if values[j] >= cut else 0
    else:
        for j in range(len(cell)):
            place = np.uint64(1 + cuts_reached(table, low, high, values[j]))
            cell[j] += shares[place if values[j] != at.MISSING else U0]


@compiled
def look_up(table, grid, ws, first, quantity, out):
    """Fill out[:lines] with the grid's figures of the lines from `first` on; `quantity` is in whole units."""
    products = table[table[grid + G_PRODUCTS] :]
    last = first + len(out)
    product = ws[at.IN_PRODUCT, first:last]
    for j in range(len(out)):
        out[j] = products[np.uint64(max(product[j], 0))]
    for axis in range(table[grid + G_AXES], table[grid + G_AXES_END], D_WIDTH):
        row = table[axis + D_ROW]
        add_shares(table, axis, quantity if row == at.IN_DIMS + at.QUANTITY else ws[row, first:last], out)
    values = table[table[grid + G_VALUES] :]
    for j in range(len(out)):
        out[j] = values[np.uint64(out[j])]


# ---------------------------------------------------------------- what it costs


@compiled
def divide_up(hi, lo, normal, reciprocal, shift, over, tie):
    """(hi, lo) over a divisor, rounded its way; hi must be below it, and the quotient below 2^64 - 1. See V_DIVISOR.

    Moller and Granlund, Improved division by invariant integers (2011), algorithm 4: two products instead of a division.
    """
    high = (hi << shift) | (lo >> (np.uint64(64) - shift))  # a divisor is below 2^62: the shift is never 0
    low = lo << shift
    q_low = reciprocal * high
    total = q_low + low
    q = umulh(reciprocal, high) + high + U1 + (U1 if total < q_low else U0)
    rest = low - q * normal
    less = rest > total
    q -= U1 if less else U0
    rest += normal if less else U0
    more = rest >= normal
    q += U1 if more else U0
    rest = (rest - (normal if more else U0)) >> shift
    return q + (U1 if (rest > over) | ((rest == tie) & ((q & U1) == U1)) else U0)


@compiled
def divide_block(table, v, a, b, out, bad):
    """out = a x b over a divisor of the table, rounded its way; `bad` is set where that does not fit."""
    divisor, normal = np.uint64(table[v + V_DIVISOR]), np.uint64(table[v + V_NORMAL])
    reciprocal, shift = np.uint64(table[v + V_RECIPROCAL]), np.uint64(table[v + V_SHIFT])
    over, tie = np.uint64(table[v + V_OVER]), np.uint64(table[v + V_TIE])
    half = (divisor + U1) >> U1  # from here on the quotient is 2^63 or more: no int64, and rounding up might wrap to 0
    for j in range(len(out)):
        x, y = np.uint64(a[j]), np.uint64(b[j])
        hi = umulh(x, y)
        out[j] = np.int64(divide_up(hi, x * y, normal, reciprocal, shift, over, tie))
        bad[j] |= np.int64(hi >= half)


@compiled
def times(a, b, out, bad):
    """out = a x b; `bad` is set where it leaves int64."""
    for j in range(len(out)):
        x, y = np.uint64(a[j]), np.uint64(b[j])
        product = x * y
        bad[j] |= np.int64((umulh(x, y) | (product >> TOP)) != U0)
        out[j] = np.int64(product)


@compiled
def in_steps(out, step, bad):
    """Rounding steps to micros; `bad` is set where that leaves int64."""
    step = np.uint64(step)
    for j in range(len(out)):
        steps = np.uint64(out[j])
        amount = steps * step
        bad[j] |= np.int64((umulh(steps, step) | (amount >> TOP)) != U0)
        out[j] = np.int64(amount)


@compiled
def gather(table, ws, first, factor, price, quantity, bad):
    """Read what a block's lines are made of, quantities in whole units; a line without it is `bad`, and counts as 0 from here on."""
    count = len(bad)
    ticks, product = ws[at.IN_QUANTITY, first : first + count], ws[at.IN_PRODUCT, first : first + count]
    for j in range(count):
        quantity[j] = np.int64(np.uint64(abs(ticks[j])) // UNIT_WORD)
    look_up(table, table[T_FACTORS], ws, first, quantity, factor)
    look_up(table, table[T_PRICES], ws, first, quantity, price)
    most = table[T_MOST]
    for j in range(count):
        in_parts = quantity[j] * UNIT != abs(ticks[j])
        wrong = (factor[j] < 0) | (price[j] < 0) | (product[j] < 0) | in_parts | (quantity[j] > most)
        bad[j] = np.int64(wrong)
        quantity[j] = 0 if wrong else quantity[j]
        factor[j] = 0 if wrong else factor[j]
        price[j] = 0 if wrong else price[j]


@compiled
def price_block(table, ws, first, last, room):
    """Price a block: price x quantity x factor, rounded once. Lines that do not come out become UNDONE; how many did?

    At level unit the unit is rounded and multiplied; at level line the line is rounded, and the unit shown to a micro.
    """
    size = last - first
    factor, price, quantity, bad = room[0, :size], room[1, :size], room[2, :size], room[3, :size]
    unit, net, listed = ws[at.OUT_UNIT_NET, first:last], ws[at.OUT_NET, first:last], ws[at.OUT_LIST, first:last]
    gather(table, ws, first, factor, price, quantity, bad)
    times(price, quantity, listed, bad)
    if table[T_LEVEL] == at.LEVEL_UNIT:
        divide_block(table, table[T_AMOUNT], price, factor, unit, bad)
        in_steps(unit, table[T_STEP], bad)
        times(unit, quantity, net, bad)
    else:
        divide_block(table, table[T_AMOUNT], listed, factor, net, bad)
        in_steps(net, table[T_STEP], bad)
        divide_block(table, table[T_MICRO], price, factor, unit, bad)
    ticks, status = ws[at.IN_QUANTITY, first:last], ws[at.OUT_STATUS, first:last]
    undone = 0
    for j in range(size):
        sign = np.int64(1) if ticks[j] >= 0 else np.int64(-1)
        listed[j] *= sign
        net[j] *= sign
        wrong = bad[j] | np.int64(unit[j] < 0)
        status[j] = UNDONE if wrong else at.FINE
        undone += wrong
    return undone


@entry
def price_dense(arena, table, ws, count, bars):
    """Price the first lines of a workspace: status, net of a unit, net and list. No waterfall is noted: `bars` has no room.

    A line that no factor prices goes the general way. Returns how many lines have no price.
    """
    s = scratch_of(arena)
    room = np.empty(
        (4, BLOCK + 40), np.int64
    )  # rows that lie a power of two apart would share their place in the cache
    faults = 0
    for first in range(0, count, BLOCK):
        last = min(first + BLOCK, count)
        if price_block(table, ws, first, last, room):
            for i in range(first, last):
                if ws[at.OUT_STATUS, i] == UNDONE:
                    price_line(arena, ws, i, s, bars, 0)
                    faults += ws[at.OUT_STATUS, i] != at.FINE
    return faults


# ---------------------------------------------------------------- the table's factors


@compiled
def only_percents(arena, product, s):
    """Whether all that any step would do to the line (classified before) are percents, or floors by a share of list."""
    for step in range(arena[at.AT_STEPS]):
        count = hits_of(arena, product, step, s)
        if count < 0:
            return False
        for h in range(HITS, HITS + count):
            give = arena[s[h] + at.CASE_GIVE]
            if give != at.PERCENT and give != at.AT_LEAST_OF_LIST:
                return False
    return True


@entry
def resolve(arena, ws, factors, bars):
    """Fill factors [cells, 2] with each cell's factor as a ratio in lowest terms; (NOTHING, 1) where there is none.

    ws has a line for each cell: a product and raw values that stand for it.
    """
    s = scratch_of(arena)
    for i in range(ws.shape[1]):
        factors[i, 0], factors[i, 1] = NOTHING, 1
        product = arena[at.AT_PRODUCTS] + ws[at.IN_PRODUCT, i] * W_PRODUCT
        if classify(arena, ws, i, product, s) >= 0 or not only_percents(arena, product, s):
            continue
        status, _, _, value, whole, _ = run_steps(arena, i, product, UNIT, (U0, U1, U1), False, -1, s, bars, 0)
        if status != at.FINE or whole:
            continue
        value = reduce(value)
        if value[0] == U0 and value[1] >> np.uint64(62) == U0:
            factors[i, 0], factors[i, 1] = np.int64(value[1]), np.int64(value[2])
