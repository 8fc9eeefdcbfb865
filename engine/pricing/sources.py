"""Columns of callers: what a value of theirs stands for, and where kernels find them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from engine.kernels import sources as k
from engine.kernels.grids import OF_DIMS, OF_PRODUCT, OF_QUANTITY
from engine.plan import layout as at
from engine.values.kinds import MICROS


@dataclass(frozen=True)
class Column:
    """int64 values of many lines, made a stretch at a time: codes[values] (or the values themselves) x times + plus."""

    values: np.ndarray
    codes: np.ndarray | None = None
    times: int = 1
    plus: int = 0

    def __len__(self) -> int:
        return len(self.values)

    def into(self, out: np.ndarray, rows: slice | np.ndarray) -> None:
        """Write the values of these rows."""
        mine = self.values[rows]
        if self.codes is not None:
            np.take(self.codes, mine, out=out, mode="clip")  # indexes are the dictionary's own: none is out of range
        elif self.times == 1 and self.plus == 0:
            out[:] = mine
        else:
            np.multiply(mine, self.times, out=out, dtype=np.int64)
            out += self.plus

    def whole(self) -> np.ndarray:
        """All of it."""
        out = np.empty(len(self), np.int64)
        self.into(out, slice(None))
        return out


Values = np.ndarray | Column


@dataclass(frozen=True)
class Sources:
    """int64 [OF_DIMS + dims, S_WIDTH], as `kernels.sources` reads them; whether quantities are in whole units. `kept` holds what the
    addresses are of."""

    rows: np.ndarray
    in_units: bool
    kept: tuple[np.ndarray, ...]


def sources_of(dims: int, columns: Mapping[int, Column], blank: Mapping[int, int]) -> Sources:
    """The sources of columns by their row in a workspace; `blank`: what stands in the rows that have no column."""
    rows = np.zeros((OF_DIMS + dims, k.S_WIDTH), np.int64)
    kept: list[np.ndarray] = []
    for row, value in blank.items():
        rows[_place(row), k.S_PLUS] = value
    for row, column in columns.items():
        rows[_place(row)] = _source(column, kept)
    in_units = bool(rows[OF_QUANTITY, k.S_TIMES] == MICROS and not rows[OF_QUANTITY, k.S_PLUS])
    if in_units:
        rows[OF_QUANTITY, k.S_TIMES] = 1
    return Sources(rows, in_units, tuple(kept))


def _place(row: int) -> int:
    return {at.IN_PRODUCT: OF_PRODUCT, at.IN_QUANTITY: OF_QUANTITY}.get(row, row - at.IN_DIMS + OF_DIMS)


def _source(column: Column, kept: list[np.ndarray]) -> tuple[int, ...]:
    values = column.values
    if len(values) and values.strides[0] == 0:
        return 0, 0, 0, 0, 0, int(Column(values[:1], column.codes, column.times, column.plus).whole()[0])
    if values.dtype.kind != "i" or not values.flags.c_contiguous:
        values = np.ascontiguousarray(values, np.int64)
    kept.append(values)
    codes, last = 0, 0
    if column.codes is not None:
        table = np.ascontiguousarray(column.codes, np.int64)
        kept.append(table)
        codes, last = _address(table), len(table) - 1
    times, plus = (column.times, column.plus) if column.codes is None else (1, 0)
    return _address(values), values.itemsize, codes, last, times, plus


def _address(array: np.ndarray) -> int:
    address: int = array.__array_interface__["data"][0]
    return address
