"""Quotes between protobuf bytes and int64 tables, with no object in between.

    request bytes -> `read_quote` -> where each string lies, numbers      (Python looks the strings up, a plan's kernel prices)
    workspace and bars -> `write_lines` -> the bytes of the priced lines, written from the last byte to the first, so that
                                           every length is known when its prefix is due

Reading knows the plain form only: each field once, of its own wire type, none unknown. Anything else is `UNUSUAL`, and the
caller takes the message apart as a message, which also has the words for what is wrong. The numbers of fields are those of
proto/quotient/v1/pricing.proto; tests compare both directions with the messages, byte by byte.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from engine.kernels.compiled import holding
from engine.plan.layout import (
    BAR_AFTER,
    BAR_BEFORE,
    BAR_CASE,
    BAR_STEP,
    IN_PRODUCT,
    IN_QUANTITY,
    MISSING,
    OUT_BARS,
    OUT_COST,
    OUT_LIST,
    OUT_NET,
    OUT_UNIT_LIST,
    OUT_UNIT_NET,
    ROUNDING,
)  # fmt: skip

UNUSUAL, SHORT, UNKNOWN_BAR = -1, -2, -3
"""What a kernel answers instead of a size: not the plain form; more room is needed; a bar has no words yet."""

HEAD = ("book", "book_end", "version", "version_end", "year", "month", "day", "waterfall", "lines", "facts")
H_BOOK, H_BOOK_END, H_VERSION, H_VERSION_END, H_YEAR, H_MONTH, H_DAY, H_WATERFALL, H_LINES, H_FACTS = range(len(HEAD))
L_PRODUCT, L_PRODUCT_END, L_GROUP, L_GROUP_END, L_QUANTITY, L_GIVEN, L_TERM, L_FACTS, L_FACTS_END, LINE = range(10)
F_START, F_END, F_SAID, FACT = range(4)
"""Facts as they lie in the request: whole map entries, first the quote's own, in the order they came (F_SAID: see `lookup`)."""
W_HEAD, W_HEAD_END, W_TAIL, W_TAIL_END, WORDS = range(5)
"""The bytes of a bar that do not change: the fields before its amounts, and those after."""

MICROS = 1_000_000
MOST = 9 * 10**18
U0, U7, U127, U128 = np.uint64(0), np.uint64(7), np.uint64(127), np.uint64(128)


# ---------------------------------------------------------------- reading


@holding
def varint(data, at, end):
    """A varint as a word, and where the next byte is: -1 where it is cut off or too long."""
    value, shift = U0, U0
    while at < end:
        byte = np.uint64(data[at])
        at += 1
        if shift == np.uint64(63) and byte > np.uint64(1):
            return U0, -1
        value |= (byte & U127) << shift
        if byte < U128:
            return value, at
        shift += U7
        if shift > np.uint64(63):
            return U0, -1
    return U0, -1


@holding
def span(data, at, end):
    """A length and the bytes it counts: (start, end); -1 where they are not all there."""
    size, at = varint(data, at, end)
    if at < 0 or size > np.uint64(end - at):
        return -1, -1
    return at, at + np.int64(size)


@holding
def small(data, at, end):
    """A number from 0 to 2^31 - 1, and where the next byte is; -1 where it is another."""
    value, at = varint(data, at, end)
    if at < 0 or value > np.uint64(0x7FFFFFFF):
        return 0, -1
    return np.int64(value), at


@holding
def read_date(data, at, end, head):
    """A google.type.Date into the head; whether it has the plain form."""
    seen = 0
    while at < end:
        tag = data[at]
        if tag != 0x08 and tag != 0x10 and tag != 0x18:
            return False
        bit = 1 << (tag >> 3)
        if seen & bit:
            return False
        seen |= bit
        value, at = small(data, at + 1, end)
        if at < 0:
            return False
        head[H_YEAR + (tag >> 3) - 1] = value
    return True


@holding
def read_line(data, at, end, row, facts, count):
    """A QuoteLine into a row and its facts; returns the count of facts."""
    row[:] = 0
    row[L_FACTS] = count
    seen = 0
    while at < end:
        tag = np.int64(data[at])
        at += 1
        number = tag >> 3
        if tag == 0x3A:
            start, at = span(data, at, end)
            if at < 0:
                return UNUSUAL
            if count == facts.shape[0]:
                return SHORT
            facts[count, F_START], facts[count, F_END] = start, at
            count += 1
            continue
        bit = 1 << (2 if number in (3, 4) else number)  # 2, 3 and 4 are one of them
        if seen & bit:
            return UNUSUAL
        seen |= bit
        if tag == 0x0A or tag == 0x2A:
            start, at = span(data, at, end)
            if at < 0:
                return UNUSUAL
            where = L_PRODUCT if tag == 0x0A else L_GROUP
            row[where], row[where + 1] = start, at
        elif tag == 0x10 or tag == 0x18 or tag == 0x20:
            value, at = varint(data, at, end)
            if at < 0:
                return UNUSUAL
            quantity, most = np.int64(value), MOST if tag == 0x18 else MOST // MICROS
            if quantity > most or quantity < -most:
                return UNUSUAL
            row[L_QUANTITY] = quantity if tag == 0x18 else quantity * MICROS
            row[L_GIVEN] = 1
        elif tag == 0x30:
            row[L_TERM], at = small(data, at, end)
            if at < 0:
                return UNUSUAL
        else:
            return UNUSUAL
    row[L_FACTS_END] = count
    return count


@holding
def read_quote(data, head, lines, facts):
    """Take a PriceQuoteRequest apart: how many lines it has, `UNUSUAL`, or `SHORT` of rows.

    data: bytes. head: int64 [HEAD]. lines: int64 [room, LINE]. facts: int64 [room, FACT].
    The quote's own facts are the first head[H_FACTS] ones: they must come before the lines (every writer sends them so).
    """
    head[:] = 0
    at, end = 0, len(data)
    seen, count, found = 0, 0, 0
    while at < end:
        tag = np.int64(data[at])
        at += 1
        number = tag >> 3
        if tag == 0x2A or tag == 0x22:
            start, at = span(data, at, end)
            if at < 0 or (tag == 0x22 and count):
                return UNUSUAL
            if count == lines.shape[0] or found == facts.shape[0]:
                return SHORT
            if tag == 0x2A:
                found = read_line(data, start, at, lines[count], facts, found)
                if found < 0:
                    return found
                count += 1
            else:
                facts[found, F_START], facts[found, F_END] = start, at
                found += 1
                head[H_FACTS] = found
            continue
        if seen & (1 << number):
            return UNUSUAL
        seen |= 1 << number
        if tag == 0x0A or tag == 0x12 or tag == 0x1A:
            start, at = span(data, at, end)
            if at < 0 or (tag == 0x1A and not read_date(data, start, at, head)):
                return UNUSUAL
            if tag != 0x1A:
                where = H_BOOK if tag == 0x0A else H_VERSION
                head[where], head[where + 1] = start, at
        elif tag == 0x30:
            flag, at = small(data, at, end)
            if at < 0 or flag > 1:
                return UNUSUAL
            head[H_WATERFALL] = flag
        else:
            return UNUSUAL
    head[H_LINES] = count
    return count


@holding
def read_fields(data, fields):
    """Where a message's fields lie, all of them length-delimited: rows (number, start, end); how many, UNUSUAL or SHORT."""
    at, end, count = 0, len(data), 0
    while at < end:
        tag = np.int64(data[at])
        if tag & 0x87 != 2:  # one byte, and wire type 2
            return UNUSUAL
        start, at = span(data, at + 1, end)
        if at < 0:
            return UNUSUAL
        if count == fields.shape[0]:
            return SHORT
        fields[count, 0], fields[count, 1], fields[count, 2] = tag >> 3, start, at
        count += 1
    return count


# ---------------------------------------------------------------- writing, backwards


@holding
def put_word(out, at, value):
    """Write a varint that ends before `at`; returns where it begins."""
    size, rest = 1, value >> U7
    while rest != U0:
        size += 1
        rest >>= U7
    start = at - size
    at = start
    while value >= U128:
        out[at] = np.uint8((value & U127) | U128)
        value >>= U7
        at += 1
    out[at] = np.uint8(value)
    return start


@holding
def put_number(out, at, tag, value):
    """Write an int64 field, unless it is 0."""
    if value == 0:
        return at
    at = put_word(out, at, np.uint64(value)) - 1
    out[at] = tag
    return at


@intrinsic
def copy(typingctx: Any, out: Any, at: Any, data: Any, start: Any, size: Any) -> Any:
    """memcpy from data[start:] to out[at:] (bytes one by one, each index checked for its sign, take several times as long)."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        target, source = (
            cgutils.create_struct_proxy(signature.args[i])(context, builder, args[i]).data for i in (0, 2)
        )
        cgutils.raw_memcpy(builder, builder.gep(target, [args[1]]), builder.gep(source, [args[3]]), args[4], 1)
        return context.get_dummy_value()

    return types.none(out, types.int64, data, types.int64, types.int64), codegen


@holding
def put_bytes(out, at, data, start, end):
    """Write bytes as they are; the caller has seen to the room for them."""
    at -= end - start
    copy(out, at, data, start, end - start)
    return at


@holding
def put_lead(out, at, tag, end):
    """Write the tag and the length of what lies in [at, end)."""
    at = put_word(out, at, np.uint64(end - at)) - 1
    out[at] = tag
    return at


@holding
def words_of(bars, bar, shown, counts):
    """The row of `words` that a bar is told with: by case, by price (list, rounding), by its step alone, or by what a step rounds."""
    step, case = bars[BAR_STEP, bar], bars[BAR_CASE, bar]
    cases, prices, steps = counts[0], counts[1], counts[2]
    if case < 0:
        return cases + 2 * prices + 2 * steps + 1 + step - (steps if shown else 0)
    if shown:
        return case if step > 0 else cases + case if step != ROUNDING else cases + prices + case
    return cases + 2 * prices + (step if step > 0 else 0 if step != ROUNDING else steps)


@holding
def write_bars(out, at, ws, i, bars, shown, counts, words, blob):
    """Write the waterfall of line i; where it begins, or SHORT or UNKNOWN_BAR."""
    first = ws[OUT_BARS, i - 1] if i else 0
    for bar in range(ws[OUT_BARS, i] - 1, first - 1, -1):
        told = words[words_of(bars, bar, shown, counts)]
        if told[W_HEAD_END] == 0 or told[W_TAIL_END] > len(blob):
            return UNKNOWN_BAR
        if at < told[W_TAIL_END] - told[W_HEAD] + 48:
            return SHORT
        end = at
        at = put_bytes(out, at, blob, told[W_TAIL], told[W_TAIL_END])
        at = put_number(out, at, 0x38, bars[BAR_AFTER, bar])
        at = put_number(out, at, 0x30, bars[BAR_BEFORE, bar])
        at = put_bytes(out, at, blob, told[W_HEAD], told[W_HEAD_END])
        at = put_lead(out, at, 0x4A, end)
    return at


@holding
def put_totals(out, at, totals, names, words, blob):
    """Write totals (name, list, net) as PriceQuoteResponse.totals; `names` is the row of `words` with the first name."""
    for i in range(len(totals) - 1, -1, -1):
        end = at
        at = put_number(out, at, 0x18, totals[i, 2])
        at = put_number(out, at, 0x10, totals[i, 1])
        name = words[names + totals[i, 0]]
        at = put_bytes(out, at, blob, name[W_HEAD], name[W_HEAD_END])
        at = put_lead(out, at, 0x32, end)
    return at


@holding
def write_lines(out, tag, data, rows, ws, first, last, periods, bars, costs, shown, counts, words, blob, totals, names):
    """Write lines [first, last) as PricedLine fields with this tag, to the end of `out`: where they begin, or why not.

    Totals follow where these are the last lines (see `put_totals`).

    data, rows: the request and its lines, from `read_quote`. periods: int64, by product, a row of `words`. bars: int64
    [BAR_ROWS, bars], none without a waterfall. costs, shown: whether costs are written, and the rules of bars named.
    counts: (cases, prices, steps). words: int64 [rows, WORDS] into blob.
    """
    at = len(out)
    if last == len(rows):
        at = put_totals(out, at, totals, names, words, blob)
    for i in range(last - 1, first - 1, -1):
        row = rows[i]
        if at < row[L_PRODUCT_END] - row[L_PRODUCT] + 128:
            return SHORT
        end = at
        if row[L_GIVEN] == 0:
            at = put_number(out, at, 0x58, 1)
        if bars.shape[1]:
            at = write_bars(out, at, ws, i, bars, shown, counts, words, blob)
            if at < 0:
                return at
            if at < row[L_PRODUCT_END] - row[L_PRODUCT] + 128:
                return SHORT
        if costs and ws[OUT_COST, i] != MISSING:
            at = put_word(out, at, np.uint64(ws[OUT_COST, i])) - 1
            out[at] = 0x40
        at = put_number(out, at, 0x38, ws[OUT_NET, i])
        at = put_number(out, at, 0x30, ws[OUT_LIST, i])
        at = put_number(out, at, 0x28, ws[OUT_UNIT_NET, i])
        at = put_number(out, at, 0x20, ws[OUT_UNIT_LIST, i])
        period = words[periods[ws[IN_PRODUCT, i]]]
        at = put_bytes(out, at, blob, period[W_HEAD], period[W_HEAD_END])
        at = put_number(out, at, 0x10, ws[IN_QUANTITY, i])
        if row[L_PRODUCT_END] > row[L_PRODUCT]:
            start = at
            at = put_bytes(out, at, data, row[L_PRODUCT], row[L_PRODUCT_END])
            at = put_lead(out, at, 0x0A, start)
        at = put_lead(out, at, tag, end)
    return at
