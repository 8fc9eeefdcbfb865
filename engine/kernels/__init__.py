"""The fixed set of compiled functions that run any plan. `warm` loads them all, compiling what the cache lacks."""

from __future__ import annotations

import numpy as np

from engine.kernels import wire
from engine.kernels.program import price_lines
from engine.plan import layout as at


def warm() -> None:
    """Compile or load every kernel, so that no request waits for one."""
    arena = np.zeros(at.HEADER, np.int64)
    arena.flags.writeable = False  # as a mapped plan is: numba compiles apart for arrays it may write
    price_lines(arena, np.zeros((at.IN_DIMS + 3, 0), np.int64), 0, 0, np.zeros((5, 0), np.int64))
    _warm_wire()


def _warm_wire() -> None:
    """The wire kernels, with the very types that `pricing.buffers` gives them."""
    head, rows, out = np.zeros(len(wire.HEAD), np.int64), np.zeros((0, wire.LINE), np.int64), np.zeros(0, np.uint8)
    table = np.zeros((0, 3), np.int64)
    wire.read_quote(b"", head, rows, np.zeros((0, wire.FACT), np.int64))
    wire.read_fields(b"", table)
    bars, counts, words = (
        np.zeros((at.BAR_ROWS, 1), np.int64),
        np.zeros(3, np.int64),
        np.zeros((1, wire.WORDS), np.int64),
    )
    wire.words_of(bars, 0, False, counts)
    ws, periods = np.zeros((at.IN_DIMS + 3, 0), np.int64), np.zeros(0, np.int64)
    wire.write_lines(out, 0, b"", rows, ws, 0, 0, periods, bars, False, False, counts, words, out)
