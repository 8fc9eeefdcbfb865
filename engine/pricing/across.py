"""Columns of a book whose rules ask for sums over lines: sums first, then lines that no longer hang on each other.

Where every sum is known once lines stand at list (`goods at list`, `quantity of family crm`), and counts lines by their products
alone, it is a column like any other. List amounts come from the plan's table, sums from a pass over them, and net amounts from the
table again. A quote of which the table cannot say every line is left to the kernel that goes step by step.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from engine.kernels.sumup import sum_up
from engine.plan import layout as at
from engine.plan.plan import Plan
from engine.pricing.lists import ruled_in
from engine.pricing.sources import Column

Ints = np.ndarray
_NONE = np.empty(0, np.int64)


@dataclass(frozen=True)
class Sum:
    """A sum at list: the row of the workspace it belongs to, what it adds up, and by product whether it is counted."""

    row: int
    what: int
    counted: Ints

    @property
    def all_count(self) -> bool:
        """Whether every product is."""
        return bool(self.counted.all())


def sums_of(plan: Plan) -> tuple[Sum, ...] | None:
    """The plan's sums; None where one hangs on more than products and list amounts, or those are rounded."""
    return plan.beside(_sums)


def _sums(plan: Plan) -> tuple[Sum, ...] | None:
    folds = at.rows(plan.arena, "folds", _folds(plan))
    later = (folds[:, at.FOLD_WHAT] == at.OF_AMOUNT) & (folds[:, at.FOLD_AT] != 0)
    more = folds[:, [at.FOLD_ASKS, at.FOLD_GROUP, at.FOLD_OWN, at.FOLD_PARTS]].any(axis=1) | (
        folds[:, at.FOLD_PLUS] >= 0
    )
    if (later | more).any() or not _lists_are_seen(plan):
        return None
    made = {}
    for row in folds:
        name = at.IN_DIMS + int(row[at.FOLD_DIM])
        made[name] = Sum(name, int(row[at.FOLD_WHAT]), _counted(plan, int(row[at.FOLD_COUNTS])))
    return tuple(made.values())


def _folds(plan: Plan) -> int:
    return int(plan.arena[at.AT_SIZES] - plan.arena[at.AT_FOLDS]) // at.WIDTH["folds"]


def _lists_are_seen(plan: Plan) -> bool:
    """Whether no list amount of whole units is rounded: each price is a whole number of the amounts rounded to, for one unit, and no
    line costs something else at least or at most."""
    prices = at.rows(plan.arena, "prices")
    plain = (prices[:, at.PRICE_DEN] == 1) & (prices[:, at.PRICE_TIERS] == -1)
    whole = plain & (prices[:, at.PRICE_NUM] % plan.arena[at.AT_STEP] == 0)
    return bool(whole.all()) and not len(at.rows(plan.arena, "sales"))


def _counted(plan: Plan, step: int) -> Ints:
    """By product, whether a sum's own step has a case for it."""
    if step < 0:
        return np.ones(len(plan.head.products), np.int64)
    return ruled_in(plan, step).astype(np.int64)


class Room(threading.local):
    """A thread's room for list amounts and sums: pages that are made once."""

    def __init__(self) -> None:
        self.words = np.empty(0, np.int64)

    def of(self, rows: int, lines: int) -> Ints:
        """int64 [rows, lines], with anything in it; good until it is asked for again."""
        if len(self.words) < rows * lines:
            self.words = np.empty(rows * lines, np.int64)
        return self.words[: rows * lines].reshape(rows, lines)


ROOM = Room()
MOST_LINES = 1 << 17
"""Lines that are priced at once: a thread keeps room for so many."""


def columns_of(
    sums: tuple[Sum, ...], ends: Ints, columns: Mapping[int, Column], listed: Ints, room: Ints
) -> dict[int, Column] | None:
    """Each sum as a column, by its row; None where one does not fit. `listed`: list amounts with their signs, 0 for a line that
    has none; `room`: int64 [sums, lines]."""
    product = columns[at.IN_PRODUCT].whole() if not all(one.all_count for one in sums) else _NONE
    quantity = columns[at.IN_QUANTITY].whole() if any(one.what == at.OF_QUANTITY for one in sums) else _NONE
    made: dict[int, Column] = {}
    for one, out in zip(sums, room, strict=True):
        if not sum_up(ends, _NONE if one.all_count else product, quantity, listed, one.what, one.counted, out):
            return None
        made[one.row] = Column(out)
    return made
