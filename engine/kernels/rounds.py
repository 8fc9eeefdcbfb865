"""Rounding in the middle of the waterfall: a step's own, such as charm prices."""

from __future__ import annotations

import numpy as np

from engine.kernels.arithmetic import U0, U1, rounded, same
from engine.kernels.bars import note
from engine.kernels.compiled import compiled
from engine.kernels.matching import W_STEP
from engine.kernels.tiers import BAD, word
from engine.plan import layout as at

MOST = np.uint64(1 << 62)


@compiled
def round_off(arena, i, step, value, bars, noted):
    """What a step makes of a price at its end: to a multiple, then more or less by an amount, never below 0: (ratio, bars)."""
    row = arena[at.AT_STEP_ROWS] + step * W_STEP
    amount, fits = rounded(value, word(arena[row + at.STEP_MULTIPLE]), arena[row + at.STEP_MODE])
    if not fits or amount >= MOST:
        return BAD, noted
    after = (U0, word(max(0, np.int64(amount) + arena[row + at.STEP_PLUS])), U1)
    if not same(value, after):
        noted = note(bars, noted, i, step, -1, value, after)
    return after, noted
