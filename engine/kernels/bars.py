"""What a kernel notes of a line besides its amounts: the bars of its waterfall, and why it has no price."""

from __future__ import annotations

import numpy as np

from engine.kernels.compiled import compiled
from engine.kernels.gives import micros
from engine.kernels.matching import W_CASE
from engine.plan import layout as at


@compiled
def note(bars, count, line, step, case, before, after):
    """Add a bar (case is an index, not an offset) and return the new count; counts on where there is no room."""
    if count < bars.width:
        b, _ = micros(before)
        a, _ = micros(after)
        bars[at.BAR_LINE, count] = line
        bars[at.BAR_STEP, count] = step
        bars[at.BAR_CASE, count] = case
        bars[at.BAR_BEFORE, count] = np.int64(b)
        bars[at.BAR_AFTER, count] = np.int64(a)
    return count + 1


@compiled
def index_of(arena, case):
    """A case's index from its offset."""
    return (case - arena[at.AT_CASES]) // W_CASE


@compiled
def refuse(ws, i, status, a, b):
    """Write why a line has no price."""
    ws[at.OUT_STATUS, i] = status
    ws[at.OUT_A, i] = a
    ws[at.OUT_B, i] = b
    for row in (at.OUT_UNIT_LIST, at.OUT_UNIT_NET, at.OUT_LIST, at.OUT_NET):
        ws[row, i] = 0
    ws[at.OUT_COST, i] = at.MISSING
