"""The block kernel: prices columns of lines by a table of what each combination of classes makes of a list price.

Where a line's price is moved by percents, amounts per unit and set prices alone, it is F x list + A, and F and A depend on few
things: the classes of its facts and its product's sets, and, where a best-of or a floor has to choose, a stretch of list
prices. A line is then a few look-ups and one exact division. `pieces.resolve` fills the table by running the waterfall itself.
What the table cannot say (a graduated discount, a floor over cost, a conflict, a missing fact) goes the general way.

Blocks of lines, a loop a dimension: loops stay short, their data in the first cache, and most become vector code.
"""

from __future__ import annotations

import numpy as np

from engine.kernels.arithmetic import HALF_EVEN, U0, U1, mul, rounded, umulh
from engine.kernels.compiled import compiled, entry
from engine.kernels.division import divide_block, divide_one, plus, times
from engine.kernels.grids import OF_PRODUCT, OF_QUANTITY, look_up
from engine.kernels.sources import read_block
from engine.plan import layout as at

BLOCK = 512
NOTHING = -1
"""What a grid holds where it has no figure; a list price below it is -2 - the place of its tiers."""
FIFTHS, SIXTH = np.uint64(pow(5**6, -1, 2**64)), np.uint64(6)
"""A million is 5^6 x 2^6: times this and turned by six bits, a multiple of it is divided, and any other number is huge."""

# The table, one int64 array: a header, then what it points to.
(
    T_FACTORS, T_PRICES, T_LEVEL, T_SCALE, T_WHOLE, T_MOST, T_AMOUNT, T_MICRO, T_PIECES, T_TURNS, T_HEADER,
) = range(11)  # fmt: skip
"""T_FACTORS, T_PRICES: grids; T_SCALE: micros that list prices count (what divides all of them, and a rounding step); T_WHOLE: what factors are over; T_MOST: whole units above which a line goes the general way; T_AMOUNT,
T_MICRO: divisors from factors to the rounding step, and to micros; T_PIECES: where the factors' grid gives numbers of pieces: places
of their columns (else 0); T_TURNS: how many pieces a combination has at most, less one."""
Q_FACTOR, Q_ADD, Q_LOW, Q_HIGH, Q_WIDTH = range(5)
"""A piece: what it makes of list prices from low to high; the last of a combination of several is followed by one that holds for none."""
E_BEGIN, E_UNIT, E_BASE, E_WHOLE, E_WIDTH = range(5)
"""List prices by tiers: the place of their bounds (how many, then from how many units on the next tier is reached), then a row
a tier: the line is base + (units - begin) x unit; where it is not E_WHOLE, that is units x unit, and a unit has a price."""
R_FACTOR, R_PRICE, R_QUANTITY, R_BAD, R_PRODUCT, R_LISTED, R_ADD, R_UNIT, R_NET, R_WHOLE, R_SCALED, R_MORE, ROOM = (
    range(13)
)
O_UNIT, O_NET, O_LIST = range(3)


# ---------------------------------------------------------------- what a line is made of


@compiled
def read_units(source, first, in_units, out):
    """Fill out with sizes of quantities in whole units (huge where one is not whole); returns whether any is below 0."""
    read_block(source, first, out)
    signs = np.int64(0)
    if in_units:
        for j in range(len(out)):
            signs |= out[j]
            out[j] = abs(out[j])
    else:
        for j in range(len(out)):
            signs |= out[j]
            odd = np.uint64(abs(out[j])) * FIFTHS
            out[j] = np.int64((odd >> SIXTH) | (odd << np.uint64(58)))
    return signs < 0


@compiled
def read_tiers(table, price, quantity, listed, whole):
    """List prices by tiers: a unit's price, and what the line is at list; returns whether a line is priced as a whole."""
    some = np.int64(0)
    shares = table[T_PIECES] != 0
    for j in range(len(price)):
        whole[j] = 0
        listed[j] = price[j] * quantity[j]
        if price[j] >= NOTHING:
            continue
        units, row = quantity[j], np.uint64(-2 - price[j])
        bounds = np.uint64(table[row])
        tier = row + np.uint64(1)
        for k in range(bounds + np.uint64(1), bounds + np.uint64(1 + table[bounds])):
            tier += np.uint64(E_WIDTH) if units >= table[k] else np.uint64(0)
        price[j], whole[j] = table[tier + np.uint64(E_UNIT)], table[tier + np.uint64(E_WHOLE)]
        listed[j] = table[tier + np.uint64(E_BASE)] + (units - table[tier + np.uint64(E_BEGIN)]) * price[j]
        some |= whole[j]
        if shares and whole[j]:
            price[j] = listed[j] // units
    return some != 0


@compiled
def read_pieces(table, price, listed, quantity, whole, some, factor, add, bad):
    """Numbers of pieces to their figures; a list price that none of a combination's pieces holds for is `bad`."""
    columns = table[T_PIECES]
    factors, adds = table[table[columns + Q_FACTOR] :], table[table[columns + Q_ADD] :]
    lows, highs = table[table[columns + Q_LOW] :], table[table[columns + Q_HIGH] :]
    for _ in range(table[T_TURNS]):
        for j in range(len(factor)):
            factor[j] += np.int64(price[j] > highs[np.uint64(factor[j])])
    for j in range(len(factor)):
        piece = np.uint64(factor[j])
        factor[j], add[j] = factors[piece], adds[piece]
        outside = (price[j] < lows[piece]) | (price[j] > highs[piece]) | (factors[piece] < 0)
        if some and whole[j] and highs[piece] != at.OPEN:
            outside |= listed[j] > highs[piece] * quantity[j]
        if outside:
            factor[j], add[j], bad[j] = 0, 0, 1


@compiled
def gather(table, sources, first, in_units, room, size):
    """Read what a block's lines are made of: (whether any is below 0, whether any is priced as a whole)."""
    factor, price, quantity, bad = (
        room[R_FACTOR, :size],
        room[R_PRICE, :size],
        room[R_QUANTITY, :size],
        room[R_BAD, :size],
    )
    product, listed, whole, values = (
        room[R_PRODUCT, :size],
        room[R_LISTED, :size],
        room[R_WHOLE, :size],
        room[R_UNIT, :size],
    )
    negative = read_units(sources[OF_QUANTITY], first, in_units, quantity)
    read_block(sources[OF_PRODUCT], first, product)
    look_up(table, table[T_PRICES], sources, first, product, quantity, values, price)
    look_up(table, table[T_FACTORS], sources, first, product, quantity, values, factor)
    most = np.uint64(table[T_MOST])
    lowest, wrong = np.int64(0), np.int64(0)
    for j in range(size):
        bad[j] = np.int64((factor[j] < 0) | (product[j] < 0) | (price[j] == NOTHING) | (np.uint64(quantity[j]) > most))
        lowest, wrong = min(lowest, price[j]), wrong | bad[j]
    if wrong:
        for j in range(size):
            factor[j] = 0 if bad[j] else factor[j]
            quantity[j] = 0 if bad[j] else quantity[j]
            price[j] = 0 if bad[j] else price[j]
    some = False
    if lowest < NOTHING:
        some = read_tiers(table, price, quantity, listed, whole)
    else:
        for j in range(size):
            listed[j] = price[j] * quantity[j]
    if table[T_PIECES]:
        read_pieces(table, price, listed, quantity, whole, some, factor, room[R_ADD, :size], bad)
    return negative, some


@compiled
def price_wholes(table, room, size, units_too):
    """Net and unit of the lines that are priced as a whole; a unit is shown to a micro."""
    for j in range(size):
        if room[R_BAD, j] or not room[R_WHOLE, j]:
            continue
        x, y, units = np.uint64(room[R_LISTED, j]), np.uint64(room[R_FACTOR, j]), np.uint64(room[R_QUANTITY, j])
        hi, lo = umulh(x, y), x * y
        if table[T_PIECES]:
            hi, lo = plus(hi, lo, room[R_ADD, j] * room[R_QUANTITY, j])
        room[R_NET, j], wrong = divide_one(table, table[T_AMOUNT], hi, lo)
        if units_too:
            whole = np.uint64(table[T_WHOLE])
            hi, lo, over = mul(hi, lo, np.uint64(table[T_SCALE]))
            unit, fits = rounded((hi, lo, whole * units), U1, HALF_EVEN)
            wrong |= over | (umulh(whole, units) != U0) | (not fits)
            room[R_UNIT, j] = np.int64(unit)
        room[R_BAD, j] |= np.int64(wrong)


@compiled
def price_block(table, sources, first, size, in_units, room, amounts, wanted, undone, count):
    """Price a block, its amounts into the rows of `amounts` that `wanted` names (-1: none); adds the lines that do not come out to
    `undone`, and returns how many those are now.

    At level unit the unit is rounded and multiplied; at level line the line is rounded, and the unit shown to a micro.
    """
    negative, some = gather(table, sources, first, in_units, room, size)
    factor, price, quantity, bad = (
        room[R_FACTOR, :size],
        room[R_PRICE, :size],
        room[R_QUANTITY, :size],
        room[R_BAD, :size],
    )
    listed, add, unit, net = room[R_LISTED, :size], room[R_ADD, :size], room[R_UNIT, :size], room[R_NET, :size]
    scaled, more = room[R_SCALED, :size], room[R_MORE, :size]
    adds = table[T_PIECES] != 0
    if not some and wanted[O_UNIT] >= 0:
        unit = amounts[wanted[O_UNIT], first : first + size]
    if not some and wanted[O_NET] >= 0:
        net = amounts[wanted[O_NET], first : first + size]
    if table[T_LEVEL] == at.LEVEL_UNIT:
        divide_block(table, table[T_AMOUNT], price, factor, add, adds, unit, bad)
        times(unit, quantity, net, bad)
        if some:
            price_wholes(table, room, size, wanted[O_UNIT] >= 0)
    else:
        if wanted[O_UNIT] >= 0:
            scale = table[T_SCALE]
            for j in range(size):
                scaled[j] = price[j] * scale
                more[j] = add[j] * scale if adds else 0
            divide_block(table, table[T_MICRO], scaled, factor, more, adds, unit, bad)
            if some:
                price_wholes(table, room, size, True)
        if adds:
            for j in range(size):
                add[j] *= quantity[j]
        divide_block(table, table[T_AMOUNT], listed, factor, add, adds, net, bad)
    for k, row, scale in ((O_UNIT, unit, 1), (O_NET, net, 1), (O_LIST, listed, table[T_SCALE])):
        if wanted[k] >= 0 and (some or k == O_LIST):
            for j in range(size):
                amounts[wanted[k], first + j] = row[j] * scale
    if negative:
        turn(sources[OF_QUANTITY], first, room[R_PRODUCT, :size], amounts, wanted)
    return note_undone(bad, first, undone, count)


@compiled
def turn(source, first, quantity, amounts, wanted):
    """What comes back is below 0."""
    read_block(source, first, quantity)
    for k in (O_NET, O_LIST):
        if wanted[k] >= 0:
            for j in range(len(quantity)):
                amounts[wanted[k], first + j] *= np.int64(1) if quantity[j] >= 0 else np.int64(-1)


@compiled
def note_undone(bad, first, undone, count):
    """Add the lines that are bad to `undone`."""
    wrong = np.int64(0)
    for j in range(len(bad)):
        wrong |= bad[j]
    if wrong:
        for j in range(len(bad)):
            if bad[j]:
                undone[count] = first + j
                count += 1
    return count


@entry
def price_dense(table, sources, lines, in_units, amounts, wanted, undone):
    """Price columns of lines: amounts [.., lines] by line, and in `undone` [lines] those that are to go the general way; how many?

    sources: [OF_DIMS + dims, S_WIDTH], see `sources`; the quantity's gives whole units where `in_units`, else millionths.
    wanted: which row of `amounts` each of O_UNIT, O_NET, O_LIST goes to, or -1.
    """
    # Rows that lie a power of two apart would share their place in the cache.
    room = np.empty((ROOM, BLOCK + 40), np.int64)
    count = 0
    for first in range(0, lines, BLOCK):
        size = min(BLOCK, lines - first)
        count = price_block(table, sources, first, size, in_units, room, amounts, wanted, undone, count)
    return count
