"""The fixed set of compiled functions that run any plan. `warm` loads them all, compiling what the cache lacks."""

from __future__ import annotations

import numpy as np

from engine.kernels.dense import price_dense, resolve
from engine.kernels.program import price_lines
from engine.kernels.texts import find_texts, number_texts
from engine.plan import layout as at


def warm() -> None:
    """Compile or load every kernel, so that no request waits for one."""
    arena = np.zeros(at.FIRST_SECTION, np.int64)
    arena.flags.writeable = False  # as a mapped plan is: numba compiles apart for arrays it may write
    ws, bars = np.zeros((at.IN_DIMS + 3, 0), np.int64), np.zeros((at.BAR_ROWS, 0), np.int64)
    price_lines(arena, ws, 0, 0, bars)
    price_dense(arena, np.zeros(1, np.int64), ws, 0, bars)
    resolve(arena, ws, np.zeros((0, 2), np.int64), bars)
    starts, texts, slots, ends = (
        np.zeros(1, np.int64),
        np.zeros(0, np.uint8),
        np.full(2, -1, np.int64),
        np.zeros((0, 2), np.uint64),
    )
    texts.flags.writeable = False  # the bytes of messages and of columns are not ours to write
    number_texts(starts, texts, slots, ends)
    offsets = np.zeros(1, np.int32)
    offsets.flags.writeable = False
    find_texts(offsets, texts, slots, ends, starts, texts, np.zeros(0, np.int32))
