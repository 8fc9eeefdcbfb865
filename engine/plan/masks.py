"""Collapses a subject's values to classes and says, for each class, which bits it allows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.plan import layout as at
from engine.plan.conditions import Allowed, Spans, Words
from engine.plan.plan import PlanError

MAX_CELLS = 4_000_000_000


@dataclass
class Dimension:
    """Classes of one subject. Words: a code each (`codes`). Ordered: class 0 unknown, then below cuts[0], and so on."""

    codes: dict[str, int]
    cuts: list[int]
    classes: int
    asked: dict[Allowed, list[int]]
    ordered: bool

    def mask(self, bits: int, words: int) -> np.ndarray:
        """int64 [classes, words]: bit r of a row is set where the class meets what bit r asks (or it asks nothing).

        Raises:
            PlanError: the table would be larger than MAX_CELLS bits.
        """
        if self.classes * words * 64 > MAX_CELLS:
            raise PlanError("P104", "the book names too many different values in conditions on one fact")
        if self.ordered:
            return self._windows(bits, words)
        allowed = np.zeros((self.classes, words * 64), np.uint8)
        allowed[:, :bits] = 1
        for want, where in self.asked.items():
            assert isinstance(want, Words)
            allowed[:, where] = self._column(want)[:, None]
        return np.packbits(allowed, axis=1, bitorder="little").view(np.int64)

    def _windows(self, bits: int, words: int) -> np.ndarray:
        """Ordered classes: a bit is switched on at its window's first class and off past its last; one XOR down the classes."""
        bit, first, last = self._edges()
        switch = np.zeros((self.classes + 1, words), np.uint64)
        ones = np.left_shift(np.uint64(1), (bit & 63).astype(np.uint64))
        np.bitwise_xor.at(switch, (first, bit >> 6), ones)
        np.bitwise_xor.at(switch, (last + 1, bit >> 6), ones)
        free = np.zeros(words * 64, np.uint8)
        free[:bits] = 1
        free[[where for asked in self.asked.values() for where in asked]] = 0
        allowed = np.bitwise_xor.accumulate(switch[:-1], axis=0)
        return (allowed | np.packbits(free, bitorder="little").view(np.uint64)).view(np.int64)

    def _edges(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Every window as (bit, first class, last class)."""
        windows = [
            (a, z, where) for want, where in self.asked.items() if isinstance(want, Spans) for a, z in want.spans
        ]
        unknown = [bit for want, where in self.asked.items() if want.unknown for bit in where]
        cuts = np.asarray(self.cuts, np.int64)
        times = [len(where) for _, _, where in windows]
        ends = [np.searchsorted(cuts, np.array([w[e] for w in windows], np.int64), "right") + 1 for e in (0, 1)]
        bit = np.array([b for _, _, where in windows for b in where] + unknown, np.int64)
        first, last = (np.r_[np.repeat(end, times), np.zeros(len(unknown), np.int64)] for end in ends)
        return bit, first.astype(np.int64), last.astype(np.int64)

    def _column(self, want: Words) -> np.ndarray:
        """Which classes a set of words allows."""
        column = np.zeros(self.classes, np.uint8)
        column[at.OTHER :] = not want.among
        column[[self.codes[w] for w in want.words]] = want.among
        column[at.UNKNOWN] = want.unknown
        return column


def dimension(asked: dict[Allowed, list[int]], ordered: bool, values: tuple[str, ...]) -> Dimension:
    """The classes that what is asked of a subject tells apart; `values` are an enum's."""
    if ordered:
        bounds = {x for want in asked if isinstance(want, Spans) for a, z in want.spans for x in (a, z + 1)}
        cuts = sorted(x for x in bounds if -at.OPEN < x <= at.OPEN)
        return Dimension({}, cuts, len(cuts) + 2, asked, True)
    words = sorted({w for want in asked if isinstance(want, Words) for w in want.words} | set(values))
    codes = {word: code for code, word in enumerate(words, at.FIRST_WORD)}
    return Dimension(codes, [], len(words) + at.FIRST_WORD, asked, False)
