"""The factors of a table: what the waterfall makes of list prices in each cell, as whole numbers over one denominator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

import numpy as np

from engine.kernels import dense as k
from engine.kernels import pieces as p
from engine.plan import layout as at
from engine.plan.plan import Plan

Ints = np.ndarray
MOST_PIECES = 1 << 16
MOST_FACTOR = 1 << 62
NEVER = (k.NOTHING, 0, at.OPEN, at.OPEN)
"""A piece that holds for no list price."""


@dataclass(frozen=True)
class Pieces:
    """`cells`: each cell's factor, over `whole`, or the number of its first piece where `columns` (Q_...) are there.

    `turns`: how many pieces a cell has at most, less one. `most(room)`: how many units surely add at most `room`.
    """

    cells: Ints
    whole: int
    columns: tuple[Ints, ...] | None
    turns: int
    most: Callable[[int], int]


def pieces_of(plan: Plan, ws: Ints, units: Ints, scale: int) -> Pieces | None:
    """The pieces of every cell (a line of ws each); None where they do not fit. units: every list price of a unit, sorted.

    Pieces are of list prices in `scale` micros.
    """
    cells = ws.shape[1]
    made = np.empty((min(4 * cells + 64, MOST_PIECES), p.P_WIDTH), np.int64)
    bars = np.zeros((at.BAR_ROWS, 0), np.int64)
    count = p.resolve(plan.arena, ws, units, made, bars)
    if count > len(made):  # too many stretches: percents alone
        count = p.resolve(plan.arena, ws, units[:0], made, bars)
    made = made[:count]
    if not (made[:, p.P_LOW] != p.NEVER).any():
        whole = lcm(*np.unique(made[:, p.P_LOW_DEN]).tolist())
        factors = [n * (whole // d) for n, d in made[:, [p.P_LOW_NUM, p.P_LOW_DEN]].tolist()]
        out = np.full(cells, k.NOTHING, np.int64)
        if max(factors, default=0) >= MOST_FACTOR:
            return None
        out[made[:, p.P_CELL]] = factors
        return Pieces(out, whole, None, 0, lambda room: room)
    return _straight(cells, made, scale)


def _straight(cells: int, made: Ints, scale: int) -> Pieces | None:
    lines = [(f, a / scale) for f, a in map(_line, made.tolist())]
    whole = lcm(*{f.denominator for f, _ in lines}, *{a.denominator for _, a in lines})
    first = np.full(cells, 0, np.int64)
    rows: list[tuple[int, int, int, int]] = [NEVER]
    turns = start = 0
    for i, ((factor, add), (cell, low, high)) in enumerate(zip(lines, made[:, :3].tolist(), strict=True)):
        if i == 0 or cell != made[i - 1, p.P_CELL]:
            first[cell], start = len(rows), i
        low, high = (0, at.OPEN) if low == p.NEVER else (low // scale, high // scale)
        rows.append((int(factor * whole), int(add * whole), low, high))
        turns = max(turns, i - start)
        if i + 1 == len(made) or made[i + 1, p.P_CELL] != cell:
            rows.append(NEVER)
    if max(abs(figure) for row in rows for figure in row) > MOST_FACTOR:
        return None
    columns = tuple(np.ascontiguousarray(column) for column in np.array(rows, np.int64).T)
    dearest = (int(np.abs(columns[k.Q_ADD]).max()) + 1) * scale  # a unit is shown in micros
    return Pieces(first, whole, columns, turns, lambda room: room // dearest)


def _line(row: list[int]) -> tuple[Fraction, Fraction]:
    """(F, A): what a piece makes of a list price is F x list + A."""
    _, low, high, num, den, high_num, high_den = row
    at_low = Fraction(num, den)
    if low == p.NEVER:
        return at_low, Fraction(0)
    if low == high:
        return Fraction(0), at_low
    factor = (Fraction(high_num, high_den) - at_low) / (high - low)
    return factor, at_low - factor * low
