"""Collapses a subject's values to classes and says, for each class, which bits it allows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.plan import layout as at
from engine.plan.cases import Asked
from engine.plan.plan import PlanError

MAX_CELLS = 4_000_000_000
BLOCK_BYTES = 1 << 26


@dataclass
class Dimension:
    """Classes of one subject. Words: a code each (`codes`). Ordered: class 0 unknown, then below cuts[0], and so on."""

    codes: dict[str, int]
    cuts: list[int]
    classes: int
    asked: Asked

    def mask(self, bit_of: np.ndarray, words: int) -> np.ndarray:
        """int64 [classes, words]: bit b of a row is set where the class meets what its row of the book asks (or it asks nothing).

        Raises:
            PlanError: the table would be larger than MAX_CELLS bits.
        """
        if self.classes * words * 64 > MAX_CELLS:
            raise PlanError("P104", "the book names too many different values in conditions on one fact")
        if self.asked.subject.ordered:
            return self._windows(bit_of, words)
        columns = [(bit_of[rows], self._column(*asked)) for asked, rows in self.asked.words.items()]
        mask = np.empty((self.classes, words), np.int64)
        some = max(1, BLOCK_BYTES // (words * 64))
        for first in range(0, self.classes, some):  # a byte a bit while it is made
            block = mask[first : first + some]
            allowed = np.zeros((len(block), words * 64), np.uint8)
            allowed[:, : len(bit_of)] = 1
            for bits, column in columns:
                allowed[:, bits] = column[first : first + some, None]
            block[:] = np.packbits(allowed, axis=1, bitorder="little").view(np.int64)
        return mask

    def _windows(self, bit_of: np.ndarray, words: int) -> np.ndarray:
        """Ordered classes: a bit is switched on at its window's first class and off past its last; one XOR down the classes."""
        asked = self.asked
        rows, unknown = np.array(asked.rows, np.int64), np.array(asked.unknown, np.int64)
        cuts = np.array(self.cuts, np.int64)
        edges = [np.searchsorted(cuts, np.array(ends, np.int64), "right") + 1 for ends in (asked.lows, asked.highs)]
        first, last = (np.concatenate([edge, np.zeros(len(unknown), np.int64)]) for edge in edges)
        bit = bit_of[np.concatenate([rows, unknown])]
        switch = np.zeros((self.classes + 1, words), np.uint64)
        ones = np.left_shift(np.uint64(1), (bit & 63).astype(np.uint64))
        np.bitwise_xor.at(switch, (first, bit >> 6), ones)
        np.bitwise_xor.at(switch, (last + 1, bit >> 6), ones)
        free = np.zeros(words * 64, np.uint8)
        free[: len(bit_of)] = 1
        free[bit] = 0
        allowed = np.bitwise_xor.accumulate(switch[:-1], axis=0)
        return (allowed | np.packbits(free, bitorder="little").view(np.uint64)).view(np.int64)

    def _column(self, named: frozenset[str], among: bool, unknown: bool) -> np.ndarray:
        """Which classes a set of words allows."""
        column = np.zeros(self.classes, np.uint8)
        column[at.OTHER :] = not among
        column[[self.codes[w] for w in named]] = among
        column[at.UNKNOWN] = unknown
        return column


def dimension(asked: Asked, values: tuple[str, ...]) -> Dimension:
    """The classes that what is asked of a subject tells apart; `values` are an enum's."""
    if asked.subject.ordered:
        bounds = np.unique(np.concatenate([np.array(asked.lows, np.int64), np.array(asked.highs, np.int64) + 1]))
        cuts = bounds[(bounds > -at.OPEN) & (bounds <= at.OPEN)].tolist()
        return Dimension({}, cuts, len(cuts) + 2, asked)
    words = sorted({w for named, _, _ in asked.words for w in named} | set(values))
    codes = {word: code for code, word in enumerate(words, at.FIRST_WORD)}
    return Dimension(codes, [], len(words) + at.FIRST_WORD, asked)
