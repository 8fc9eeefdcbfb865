"""Lines of a book that counts time: what is wrong with when they run, and list prices that hang on it.

Both stand in the line's own rows, worked out beside the kernels (`pricing.times`): kernels know no calendar.
"""

from __future__ import annotations

import numpy as np

from engine.kernels.arithmetic import U1, scale
from engine.kernels.compiled import compiled
from engine.kernels.tiers import ZERO, word
from engine.plan import layout as at


@compiled
def fault_in_time(arena, ws, i):
    """The number of what is wrong with when line i runs: above 0 it is said before a price is looked for, below 0 after; 0: nothing."""
    return ws[at.IN_DIMS + arena[at.AT_TIMED], i] if arena[at.AT_TIMED] else 0


@compiled
def timed_price(arena, ws, i):
    """What a unit of line i costs at list where that hangs on facts of the line: (ratio, the number of what is wrong with them)."""
    row = at.IN_DIMS + arena[at.AT_TIMED]
    if ws[row + 3, i] == 0 and ws[row + 1, i] != 0:
        return ZERO, ws[row + 1, i]
    one = np.uint64(ws[row + 1, i]), np.uint64(ws[row + 2, i]), np.uint64(ws[row + 3, i])
    return scale(one, word(ws[row + 4, i]), U1), 0
