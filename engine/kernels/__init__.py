"""The fixed set of compiled functions that run any plan. `warm` loads them all, compiling what the cache lacks."""

from __future__ import annotations

import numpy as np

from engine.kernels import circuits, lookup, sums, wire
from engine.kernels.across import price_quotes
from engine.kernels.costs import cost_lines
from engine.kernels.dense import price_dense
from engine.kernels.grids import OF_DIMS
from engine.kernels.pieces import P_WIDTH, resolve
from engine.kernels.program import price_lines
from engine.kernels.sources import S_WIDTH
from engine.kernels.sumup import sum_up
from engine.kernels.texts import find_texts, number_texts
from engine.kernels.untaxed import take_tax_out
from engine.plan import layout as at


def warm() -> None:
    """Compile or load every kernel, so that no request waits for one."""
    arena = np.zeros(at.FIRST_SECTION, np.int64)
    arena.flags.writeable = False  # as a mapped plan is: numba compiles apart for arrays it may write
    ws, bars = np.zeros((at.IN_DIMS + 3, 0), np.int64), np.zeros((at.BAR_ROWS, 0), np.int64)
    price_lines(arena, ws, 0, 0, bars)
    price_quotes(arena, ws, np.zeros(0, np.int64), bars)
    none, rows = np.zeros(0, np.int64), np.zeros((0, 0), np.int64)
    price_dense(none, np.zeros((OF_DIMS, S_WIDTH), np.int64), 0, False, rows, none, none)
    cost_lines(arena, ws, 0)
    take_tax_out(arena, ws, np.zeros(0, np.int64))
    sum_up(none, none, none, none, 0, none, none)
    resolve(arena, ws, none, np.zeros((0, P_WIDTH), np.int64), bars)
    _warm_texts()
    _warm_wire(ws)
    circuits.warm()


def _warm_texts() -> None:
    """The kernels of text columns; the bytes of messages and of columns are not ours to write."""
    starts, texts, slots, ends = (
        np.zeros(1, np.int64),
        np.zeros(0, np.uint8),
        np.full(2, -1, np.int64),
        np.zeros((0, 2), np.uint64),
    )
    texts.flags.writeable = False
    number_texts(starts, texts, slots, ends)
    offsets = np.zeros(1, np.int32)
    offsets.flags.writeable = False
    find_texts(offsets, texts, slots, ends, starts, texts, np.zeros(0, np.int32))


def _warm_wire(ws: np.ndarray) -> None:
    """The kernels of a quote in bytes, with the very types that `pricing` gives them."""
    empty, data = np.zeros(0, np.int64), np.zeros(0, np.uint8)
    lines, facts, slots = (
        np.zeros((rows, width), np.int64) for rows, width in ((0, wire.LINE), (0, wire.FACT), (1, lookup.SLOT))
    )
    bars, words = np.zeros((at.BAR_ROWS, 1), np.int64), np.zeros((1, wire.WORDS), np.int64)
    wire.read_quote(b"", np.zeros(len(wire.HEAD), np.int64), lines, facts)
    wire.read_fields(b"", lines)
    lookup.slot_of(b"", 0, 0, 0, slots, data)
    lookup.fill(b"", lines, facts, 0, 0, np.zeros(3, np.int64), slots, data, ws)
    sums.close_lines(ws, lines, 0, lines, np.zeros(sums.WHOLE, np.int64), np.zeros((9, 3), np.int64))
    sums.lines_with(ws, lines, empty, empty)
    wire.words_of(bars, 0, False, np.zeros(3, np.int64))
    wire.write_lines(
        data, 0, b"", lines, ws, 0, 0, empty, bars, False, False, np.zeros(3, np.int64), words, data, lines, 0
    )
