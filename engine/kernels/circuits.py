"""Warms the kernels of circuits, from a rule of two options to its answers, with the very types that `configure` gives them."""

from __future__ import annotations

import numpy as np

from engine.kernels.circuit import allows, domains, refused
from engine.kernels.circuit_checks import ROOM, SPAN, TILES, check, kinds
from engine.kernels.circuit_costs import every, least, trace, weigh, weigh_few
from engine.kernels.circuit_fold import closures, fold
from engine.kernels.circuit_layout import H_EDGES, H_NODES, lay_out
from engine.kernels.circuit_order import order
from engine.kernels.circuit_probe import probe
from engine.kernels.circuit_search import search
from engine.kernels.circuit_solve import solve


def warm() -> None:
    """Compile or load them all."""
    starts, literals = np.array([0, 2], np.int32), np.array([0, 2], np.int32)
    weights, reach = np.ones(2, np.int64), np.ones(1, np.int64)
    bounds = (starts, literals, weights, reach)
    none, micros, bits = np.zeros(0, np.int32), np.zeros(4, np.int64), np.zeros(4, np.int8)
    probe(*bounds, 2)
    solve(*bounds, 2, none, bits[:2], 1)
    _, edges, items, nodes, _ = search(*bounds, 2, order(starts, literals, 2), bits[:1], 1_000, 64)
    arena = lay_out(*fold(edges, items, nodes, *closures(*bounds, 2, 64)), 2, np.array([0, 2], np.int32))
    arena.flags.writeable = False
    dead, total = np.zeros(arena[H_EDGES], np.int8), np.zeros(arena[H_EDGES], np.int64)
    holds, value = np.zeros(arena[H_NODES], np.int8), np.zeros(arena[H_NODES], np.int64)
    allows(arena, none, bits, dead, holds)
    domains(arena, none, bits, dead, holds, bits.copy(), bits[:2].copy())
    refused(arena, none, none, bits, dead, holds, bits[:0])
    weigh(arena, micros, micros.copy(), total.copy())
    weigh_few(arena, none, micros[:0], micros, total.copy(), bits)
    every(arena, none, micros, total.copy(), 0, bits, dead, total, value, value.copy(), micros.copy(), micros.copy())
    least(arena, none, micros, total.copy(), bits, dead, total, value)
    trace(arena, micros, bits, total, value, holds, bits.copy(), bits[:2].copy())
    columns = np.zeros((2, 1), np.uint64)
    check(
        columns,
        *bounds,
        kinds(starts, weights, reach),
        np.zeros((2 * TILES, SPAN), np.uint64),
        np.zeros(ROOM, np.uint64),
        columns[0].copy(),
    )
