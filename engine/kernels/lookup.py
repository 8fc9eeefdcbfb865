"""Strings of a request to codes, without an object: a table of byte strings with open addressing, and a workspace filled by it."""

from __future__ import annotations

import numpy as np

from engine.kernels.compiled import holding
from engine.kernels.wire import (
    F_END,
    F_SAID,
    F_START,
    L_FACTS,
    L_FACTS_END,
    L_GIVEN,
    L_GROUP,
    L_GROUP_END,
    L_PRODUCT,
    L_PRODUCT_END,
    L_QUANTITY,
)  # fmt: skip
from engine.plan.layout import DATE, GROUP, IN_DIMS, IN_PRODUCT, IN_QUANTITY, UNKNOWN

S_START, S_END, S_KIND, S_ROW, S_CODE, S_SAID, SLOT = range(7)
"""A slot: its bytes in the blob (S_END 0: free), what they are, what they mean; the slots are a power of two."""
A_PRODUCT, A_GROUP, A_QUOTE_FACT, A_LINE_FACT = range(4)
MISSED = -9
"""The code of a product or group that the table does not have."""


@holding
def slot_of(data, start, end, kind, slots, blob):
    """The slot that holds data[start:end] as this kind of string, else the free one where it belongs (FNV-1a, then on)."""
    mix = np.uint64(0xCBF29CE484222325) ^ np.uint64(kind)
    for i in range(start, end):
        mix = (mix ^ np.uint64(data[i])) * np.uint64(0x100000001B3)
    mix ^= mix >> np.uint64(32)
    last = len(slots) - 1
    at = np.int64(mix & np.uint64(last))
    size = end - start
    while slots[at, S_END]:
        first = slots[at, S_START]
        if slots[at, S_KIND] == kind and slots[at, S_END] - first == size and slots[at, S_END] <= len(blob):
            same = True
            for i in range(size):
                if blob[first + i] != data[start + i]:
                    same = False
                    break
            if same:
                return at
        at = (at + 1) & last
    return at


@holding
def fill(data, lines, facts, own, day, column, slots, blob, ws):
    """Fill a workspace for a quote that `read_quote` took apart; how many strings the table does not have.

    own: how many facts are the quote's. column: a code by dimension where nothing is said; the quote's facts are written over
    it. A product or group that is missed is MISSED in the workspace (the group of a line without a quantity is, too), a fact has -1 as
    its F_SAID: the caller fills those in.
    """
    missed = 0
    column[DATE] = day
    for fact in range(len(facts)):
        kind = A_QUOTE_FACT if fact < own else A_LINE_FACT
        slot = slots[slot_of(data, facts[fact, F_START], facts[fact, F_END], kind, slots, blob)]
        facts[fact, F_SAID] = slot[S_SAID] if slot[S_END] else -1
        if slot[S_END] == 0:
            missed += 1
        elif fact < own and slot[S_ROW]:
            column[slot[S_ROW] - IN_DIMS] = slot[S_CODE]
    for i in range(len(lines)):
        row = lines[i]
        for dim in range(len(column)):
            ws[IN_DIMS + dim, i] = column[dim]
        ws[IN_QUANTITY, i] = row[L_QUANTITY]
        slot = slots[slot_of(data, row[L_PRODUCT], row[L_PRODUCT_END], A_PRODUCT, slots, blob)]
        ws[IN_PRODUCT, i] = slot[S_CODE] if slot[S_END] else MISSED
        missed += slot[S_END] == 0
        group = UNKNOWN
        if row[L_GROUP] < row[L_GROUP_END]:
            slot = slots[slot_of(data, row[L_GROUP], row[L_GROUP_END], A_GROUP, slots, blob)]
            group = slot[S_CODE] if slot[S_END] else MISSED
            missed += slot[S_END] == 0
        if row[L_GIVEN] == 0:  # whether it may go without a quantity, the caller knows
            group = MISSED
            missed += 1
        ws[IN_DIMS + GROUP, i] = group
        for fact in range(row[L_FACTS], row[L_FACTS_END]):
            slot = slots[slot_of(data, facts[fact, F_START], facts[fact, F_END], A_LINE_FACT, slots, blob)]
            if slot[S_END] and slot[S_ROW]:
                ws[slot[S_ROW], i] = slot[S_CODE]
    return missed
