"""Whether whole configurations keep every rule, many at once, and of one which rules it breaks."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from engine.configure.bounds import Bounds, arrays, bounds_of
from engine.configure.model import Model, ModelError
from engine.kernels.circuit_checks import ROOM, SPAN, check, kinds


@dataclass(frozen=True)
class Validator:
    """The rules of a model, sums included, ready to check columns by."""

    model: Model
    bounds: Bounds
    starred: Bounds
    kinds: np.ndarray

    def valid(self, columns: np.ndarray) -> np.ndarray:
        """Of 64 configurations a word, the bits of those that keep all rules: uint64 [words].

        columns: uint64 [options, words], bit i of word w says whether configuration 64 w + i has the option.
        """
        options = len(self.model.options)
        if columns.dtype != np.uint64 or columns.ndim != 2 or columns.shape[0] != options:
            raise ModelError(
                f"{self.model.name}: columns must be uint64 of [{options} options, words]; "
                f"these are {columns.dtype} of {list(columns.shape)}"
            )
        good = np.zeros(columns.shape[1], np.uint64)
        near, room, b = np.zeros((options, SPAN), np.uint64), np.zeros(ROOM, np.uint64), self.starred
        check(np.ascontiguousarray(columns), b.starts, b.literals, b.weights, b.reach, self.kinds, near, room, good)
        return good

    def broken(self, chosen: np.ndarray) -> tuple[int, ...]:
        """The numbers of the rules that one configuration breaks. chosen: of each option whether it is."""
        holds = np.empty(2 * len(self.model.options), bool)
        holds[::2] = chosen
        holds[1::2] = ~holds[::2]
        b = self.bounds
        reached = np.add.reduceat(np.append(np.where(holds[b.literals], b.weights, 0), 0), b.starts[:-1])
        short = (np.where(np.diff(b.starts) > 0, reached, 0) < b.reach) if len(b) else np.zeros(0, bool)
        return tuple(sorted(set(b.rules[short].tolist())))


def validator(model: Model) -> Validator:
    """Make a model ready to check configurations by."""
    bounds = bounds_of(model)
    starred = _starred(bounds)
    return Validator(model, bounds, starred, kinds(starred.starts, starred.weights, starred.reach))


def _starred(bounds: Bounds) -> Bounds:
    """The same bounds with clauses of two literals joined where they share one: (x or a) and (x or b) is x or both, read once."""
    pairs: list[tuple[int, ...]] = []
    others: list[tuple[dict[int, int], int, int]] = []
    for number in range(len(bounds)):
        weighed, reach = bounds.of(number)
        if len(weighed) == 2 and reach == 1:
            pairs.append(tuple(weighed))
        else:
            others.append((weighed, reach, -1))
    uses = Counter(literal for pair in pairs for literal in pair)
    stars: dict[int, list[int]] = {}
    for a, b in pairs:
        middle, ray = (a, b) if uses[a] >= uses[b] else (b, a)
        stars.setdefault(middle, []).append(ray)
    joined = (({middle: len(set(rays))} | dict.fromkeys(rays, 1), len(set(rays)), -1) for middle, rays in stars.items())
    return arrays(bounds.variables, [*joined, *others])


def columns_of(rows: np.ndarray) -> np.ndarray:
    """Configurations one after the other (bool [configurations, options]) as columns of bits, the last word filled with none."""
    many, options = rows.shape
    padded = np.zeros((options, -(-many // 64) * 64), bool)
    padded[:, :many] = rows.T
    return np.packbits(padded, axis=1, bitorder="little").view(np.dtype("<u8")).astype(np.uint64, copy=False)


def rows_of(good: np.ndarray, many: int) -> np.ndarray:
    """The first `many` bits of words of bits: bool [many]."""
    return np.unpackbits(good.astype("<u8").view(np.uint8), bitorder="little")[:many].astype(bool)
