"""Makes the table that `kernels.dense` prices columns by: collapse each dimension to classes, resolve every cell, one denominator.

    masks of a dim's classes --equal ones are one--> groups      products --equal sets are one--> groups
    one cell for each combination of groups --the waterfall on list prices--> F x list + A, by stretches of list prices

A table is made of a plan when columns are first priced, and kept beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import prod

import numpy as np

from engine.kernels import arithmetic as arith
from engine.kernels import dense as k
from engine.kernels import grids as g
from engine.plan import layout as at
from engine.plan.plan import Plan
from engine.pricing.lists import Lists, lists_of
from engine.pricing.pieces import Pieces, pieces_of
from engine.values.kinds import MICROS

Ints = np.ndarray
MOST_CELLS = 1 << 14
"""128 KiB of factors: they stay in the second cache."""
MOST_WORDS = 128
"""A book with more alternatives (64 a word) has too many classes for a table."""
MOST_SPAN = 1 << 16
MOST_DIVISOR = 1 << 62
MOST_UNITS = 1 << 31


@dataclass(frozen=True)
class Axis:
    """One dimension of the table: the group of each class, and a class that stands for each group."""

    dim: int
    group: Ints  # [classes]
    stands: Ints  # [groups]


def table_of(plan: Plan) -> Ints | None:
    """The plan's table; None where one would be too large, or the book rounds in a way that factors cannot say."""
    return plan.beside(_table)


def is_made(plan: Plan) -> bool:
    """Whether the plan's table was asked for before."""
    return _table in plan.kept


def _table(plan: Plan) -> Ints | None:
    arena = plan.arena
    if arena[at.AT_DISCOUNTS] or arena[at.AT_LEVEL] == at.LEVEL_DOCUMENT or arena[at.AT_WORDS] > MOST_WORDS:
        return None
    if plan.includes_tax:  # what a cell is charged is not in the table
        return None
    if plan.is_whole:
        return None
    products = at.rows(arena, "products", len(plan.head.products))
    if not len(products) or at.rows(arena, "step_rows")[:, at.STEP_MULTIPLE].any():
        return None
    asks, some = np.unique(products[:, at.PRODUCT_ASK], return_index=True)
    dims = at.rows(arena, "dim_rows", len(plan.dims))
    axes = [_axis(arena, d, row) for d, row in enumerate(dims) if row[at.DIM_SCOPE] != at.IDLE]
    sizes = [len(asks), *(len(axis.stands) for axis in axes)]
    lists = lists_of(plan, products)
    if prod(sizes) > MOST_CELLS or lists is None:
        return None
    strides = [prod(sizes[i + 1 :]) for i in range(len(sizes))]
    pieces = pieces_of(plan, _cells(plan, dims, axes, sizes, some), lists.units, lists.scale)
    if pieces is None:
        return None
    looks = []
    for axis, stride in zip(axes, strides[1:], strict=True):
        row = dims[axis.dim]
        cuts, source = _cuts(arena, row), g.OF_DIMS + axis.dim
        if axis.dim == at.QUANTITY:
            source = g.OF_QUANTITY
            cuts = -(-cuts // MICROS)  # a table prices whole units only: the first that reaches the cut
        looks.append((source, _look(int(row[at.DIM_KIND]), cuts, axis.group * stride)))
    return _lay_out(plan, lists, pieces, np.searchsorted(asks, products[:, at.PRODUCT_ASK]) * strides[0], looks)


def _lay_out(plan: Plan, lists: Lists, pieces: Pieces, shares: Ints, looks: list[tuple[int, Look]]) -> Ints | None:
    """The table; None where its figures do not fit."""
    step, mode = int(plan.arena[at.AT_STEP]), int(plan.arena[at.AT_MODE])
    if pieces.whole * step >= MOST_DIVISOR:
        return None
    layout, header = _Layout(), np.zeros(k.T_HEADER, np.int64)
    header[k.T_FACTORS] = layout.grid(pieces.cells, shares, looks)
    values, place = np.unique(lists.prices, return_inverse=True)
    figures = [-2 - layout.tiers(*lists.tiers[v]) if v in lists.tiers else v for v in values.tolist()]
    prices = np.array(figures, np.int64)[place.reshape(-1)]
    header[k.T_PRICES] = layout.grid(prices, lists.shares, [(g.OF_DIMS + at.DATE, _look(at.DIM_ORDERED, *lists.days))])
    header[k.T_AMOUNT] = layout.put(divisor(pieces.whole * (step // lists.scale), mode, step))
    header[k.T_MICRO] = layout.put(divisor(pieces.whole, arith.HALF_EVEN))
    if pieces.columns is not None:
        header[k.T_PIECES] = layout.put(np.array([layout.put(column) for column in pieces.columns]))
    header[k.T_TURNS], header[k.T_LEVEL], header[k.T_WHOLE] = pieces.turns, plan.arena[at.AT_LEVEL], pieces.whole
    header[k.T_SCALE] = lists.scale
    header[k.T_MOST] = min(MOST_UNITS, *(most(2**63 - 1) for most in (lists.most, pieces.most, _most_by_cost(plan))))
    return np.concatenate([header, *layout.parts[1:]])


def _axis(arena: Ints, dim: int, row: Ints) -> Axis:
    """Classes that allow the same bits are one group; a required fact that is missing stays apart."""
    words, classes = int(arena[at.AT_WORDS]), int(row[at.DIM_CLASSES])
    start = int(arena[at.AT_MASKS] + row[at.DIM_MASKS])
    masks = arena[start : start + classes * words].reshape(classes, words)
    missing = np.zeros((classes, 1), np.int64)
    missing[at.UNKNOWN] = row[at.DIM_REQUIRED]
    # The last class of a group stands for it: of quantities, the first may be below 0, where no line is.
    backwards = np.hstack([masks, missing])[::-1]
    _, last, group = np.unique(backwards, axis=0, return_index=True, return_inverse=True)
    return Axis(dim, group.reshape(-1)[::-1], classes - 1 - last)


def _cuts(arena: Ints, row: Ints) -> Ints:
    start = int(arena[at.AT_CUTS] + row[at.DIM_CUTS])
    return np.asarray(arena[start : start + int(row[at.DIM_CLASSES]) - 2])


def _cells(plan: Plan, dims: Ints, axes: list[Axis], sizes: list[int], some: Ints) -> Ints:
    """A workspace with a line for each cell."""
    places = np.unravel_index(np.arange(prod(sizes)), sizes)
    ws = np.zeros((at.IN_DIMS + len(plan.dims), prod(sizes)), np.int64)
    ws[at.IN_PRODUCT] = some[places[0]]
    for axis, place in zip(axes, places[1:], strict=True):
        values = _values(plan.arena, dims[axis.dim], axis.stands)
        if axis.dim == at.QUANTITY:  # a line's size: where a class begins below 0, 0 is in it
            ws[at.IN_QUANTITY] = np.maximum(values, 0)[place]
        else:
            ws[at.IN_DIMS + axis.dim] = values[place]
    return ws


def _values(arena: Ints, row: Ints, classes: Ints) -> Ints:
    """A raw value of each class."""
    if row[at.DIM_KIND] != at.DIM_ORDERED:
        return classes
    cuts = _cuts(arena, row)
    below = cuts[:1] - 1 if len(cuts) else np.zeros(1, np.int64)
    return np.asarray(np.concatenate([[at.MISSING], below, cuts])[classes])


# ---------------------------------------------------------------- laying it out


class _Layout:
    """A table in the making: parts one after the other, and where each begins."""

    def __init__(self) -> None:
        self.parts: list[Ints] = [np.zeros(k.T_HEADER, np.int64)]
        self.size = k.T_HEADER
        self.bounds: dict[tuple[int, ...], int] = {}

    def tiers(self, bounds: tuple[int, ...], rows: Ints) -> int:
        """Add a table of tiers; those with the same bounds share them, so that they stay in the first cache."""
        if bounds not in self.bounds:
            self.bounds[bounds] = self.put(np.array([len(bounds), *bounds]))
        return self.put(np.concatenate([[self.bounds[bounds]], rows.ravel()]))

    def put(self, part: Ints) -> int:
        """Add a part; returns its place."""
        self.parts.append(np.ascontiguousarray(part, np.int64).ravel())
        self.size += self.parts[-1].size
        return self.size - self.parts[-1].size

    def grid(self, values: Ints, shares: Ints, axes: list[tuple[int, Look]]) -> int:
        """Add a grid: figures, each product's share of the index, and (workspace row, how its class is found) an axis."""
        rows = []
        for row, look in axes:
            if not look.shares[1:].any() and not look.shares[0]:
                continue
            start = self.put(look.cuts)
            rows.append((row, look.kind, start, start + len(look.cuts), self.put(look.shares), look.low, look.span))
        first = self.put(np.array(rows, np.int64).reshape(-1, g.D_WIDTH))
        products = self.put(shares) if shares.any() else 0
        return self.put(np.array([self.put(values), products, first, first + len(rows) * g.D_WIDTH], np.int64))


@dataclass(frozen=True)
class Look:
    """How the class of a value is found on an axis, and each class's share of the index."""

    kind: int
    shares: Ints
    cuts: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    low: int = 0
    span: int = 0


def _look(kind: int, cuts: Ints, shares: Ints) -> Look:
    """The quickest way for a dimension; days and months that lie close by their distance from the first cut."""
    if kind != at.DIM_ORDERED:
        return Look(g.BY_CODE, shares, span=len(shares) - 1)
    if len(cuts) <= g.FEW:
        return Look(g.BY_FEW_CUTS, shares, cuts)
    low, high = int(cuts[0]) - 1, int(cuts[-1])
    if high - low > MOST_SPAN:
        return Look(g.BY_SEARCH, shares, cuts)
    classes = 1 + np.searchsorted(cuts, np.arange(low, high + 1), "right")
    return Look(g.BY_SPAN, np.concatenate([shares[:1], shares[classes]]), low=low, span=high - low)


def _most_by_cost(plan: Plan) -> Callable[[int], int]:
    """Units of which the cost surely fits: a line of more goes the general way, which tells where it does not."""
    costs = at.rows(plan.arena, "costs")
    dearest = max((costs[:, at.PRICE_NUM] // costs[:, at.PRICE_DEN]).tolist(), default=0) + 1
    return lambda room: room // dearest


def divisor(d: int, mode: int, step: int = 1) -> Ints:
    """A divisor's row: what `kernels.dense.divide_up` needs to divide by d (1 <= d < 2^62), round in the mode and count in steps."""
    shift = 64 - d.bit_length()
    normal = d << shift
    never = 2**63 - 1  # above every rest
    over, tie = {
        arith.HALF_UP: ((d + 1) // 2 - 1, never),
        arith.HALF_EVEN: (d // 2, d // 2 if d % 2 == 0 else never),
        arith.HALF_DOWN: (d // 2, never),
        arith.UP: (0, never),
        arith.DOWN: (never, never),
    }[mode]
    words = (d, normal, (2**128 - 1) // normal - 2**64, shift, over, tie, step, (2**63 - 1) // step)
    return np.array(words, np.uint64).view(np.int64)
