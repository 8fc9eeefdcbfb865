"""Exact sums of int64 columns by group: in two halves, so that a sum may pass 2^63 where its parts do not."""

from __future__ import annotations

import numpy as np

Ints = np.ndarray
_HALF = 32
_LOW = (1 << _HALF) - 1


def total(values: Ints) -> int:
    """The sum of a column."""
    return (int(np.sum(values >> _HALF)) << _HALF) + int(np.sum(values & _LOW))


def by_group(groups: Ints, values: Ints, count: int) -> list[int]:
    """The sum of the values of each group [0, count)."""
    high, low = np.zeros(count, np.int64), np.zeros(count, np.int64)
    np.add.at(high, groups, values >> _HALF)
    np.add.at(low, groups, values & _LOW)
    return [(h << _HALF) + lo for h, lo in zip(high.tolist(), low.tolist(), strict=True)]


def merged(first: Ints, second: Ints, values: Ints) -> tuple[Ints, Ints, Ints]:
    """Sums over equal pairs (first, second), in order of the pairs; second may be below 0."""
    order = np.lexsort((second, first))
    first, second, values = first[order], second[order], values[order]
    if not len(first):
        return first, second, values
    starts = np.flatnonzero(np.r_[True, (first[1:] != first[:-1]) | (second[1:] != second[:-1])])
    return first[starts], second[starts], np.add.reduceat(values, starts)
