"""Whether whole configurations keep every rule, many at once, and of one which rules it breaks."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from engine.configure.bounds import Bounds, arrays, bounds_of
from engine.configure.model import Model, ModelError
from engine.kernels.circuit_checks import EXACTLY, ROOM, SPAN, TILES, check, kinds


@dataclass(frozen=True)
class Validator:
    """The rules of a model, sums included, ready to check columns by."""

    model: Model
    bounds: Bounds
    joined: Bounds
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
        near, room, b = _aligned(TILES * options, SPAN), _aligned(ROOM), self.joined
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
    joined, exactly = _joined(bounds)
    how = kinds(joined.starts, joined.weights, joined.reach)
    how[:exactly] = EXACTLY
    return Validator(model, bounds, joined, how)


def _joined(bounds: Bounds) -> tuple[Bounds, int]:
    """The same bounds, so that each option is read less often; the first so many say both one at least and one at most.

    Clauses of two literals are joined where they share one: (x or a) and (x or b) is x or both.
    """
    every = [bounds.of(number) for number in range(len(bounds))]
    clauses = {frozenset(weighed) for weighed, reach in every if reach == 1 and len(weighed) > 2}
    exactly: list[frozenset[int]] = []
    for weighed, reach in every:
        opposites = frozenset(literal ^ 1 for literal in weighed)
        if opposites in clauses and reach == len(weighed) - 1 and set(weighed.values()) == {1}:
            exactly.append(opposites)
    both = set(exactly)
    at_most = {frozenset(literal ^ 1 for literal in one) for one in exactly}
    pairs = [tuple(weighed) for weighed, reach in every if reach == 1 and len(weighed) == 2]
    uses = Counter(literal for pair in pairs for literal in pair)
    stars: dict[int, dict[int, int]] = {}
    for a, b in pairs:
        middle, ray = (a, b) if uses[a] >= uses[b] else (b, a)
        stars.setdefault(middle, {})[ray] = 1
    plain = [
        (weighed, reach)
        for weighed, reach in every
        if not (
            (reach == 1 and (len(weighed) == 2 or frozenset(weighed) in both))
            or (reach == len(weighed) - 1 and set(weighed.values()) == {1} and frozenset(weighed) in at_most)
        )
    ]
    said = [
        *((dict.fromkeys(one, 1), 1) for one in exactly),
        *(({middle: len(rays)} | rays, len(rays)) for middle, rays in stars.items()),
        *plain,
    ]
    return arrays(bounds.variables, ((weighed, reach, -1) for weighed, reach in said)), len(exactly)


def _aligned(*shape: int) -> np.ndarray:
    """Zeros that begin where a line of the cache does: rows that lie across two are read twice."""
    room = np.zeros(int(np.prod(shape)) * 8 + 64, np.uint8)
    begin = -room.ctypes.data % 64
    return room[begin : begin + int(np.prod(shape)) * 8].view(np.uint64).reshape(shape)


def columns_of(rows: np.ndarray) -> np.ndarray:
    """Configurations one after the other (bool [configurations, options]) as columns of bits, the last word filled with none."""
    many, options = rows.shape
    padded = np.zeros((options, -(-many // 64) * 64), bool)
    padded[:, :many] = rows.T
    return np.packbits(padded, axis=1, bitorder="little").view(np.dtype("<u8")).astype(np.uint64, copy=False)


def rows_of(good: np.ndarray, many: int) -> np.ndarray:
    """The first `many` bits of words of bits: bool [many]."""
    return np.unpackbits(good.astype("<u8").view(np.uint8), bitorder="little")[:many].astype(bool)
