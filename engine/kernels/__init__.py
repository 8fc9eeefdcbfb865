"""The fixed set of compiled functions that run any plan. `warm` loads them all, compiling what the cache lacks."""

from __future__ import annotations

import numpy as np

from engine.kernels.program import price_lines
from engine.plan import layout as at


def warm() -> None:
    """Compile or load every kernel, so that no request waits for one."""
    arena = np.zeros(at.FIRST_SECTION, np.int64)
    arena.flags.writeable = False  # as a mapped plan is: numba compiles apart for arrays it may write
    price_lines(arena, np.zeros((at.IN_DIMS + 3, 0), np.int64), 0, 0, np.zeros((5, 0), np.int64))
