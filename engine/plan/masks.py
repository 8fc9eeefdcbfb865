"""Collapses a subject's values to classes and says, for each class, which bits it allows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeGuard

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

    def mask(self, bits: int, words: int) -> np.ndarray:
        """int64 [classes, words]: bit r of a row is set where the class meets what bit r asks (or it asks nothing).

        Raises:
            PlanError: the table would be larger than MAX_CELLS bits.
        """
        if self.classes * words * 64 > MAX_CELLS:
            raise PlanError("P104", "the book names too many different values in conditions on one fact")
        allowed = np.zeros((self.classes, words * 64), np.uint8)
        allowed[:, :bits] = 1
        single = [(*want.spans[0], where) for want, where in self.asked.items() if _plain(want)]
        self._fill_windows(allowed, single)
        for want, where in self.asked.items():
            if not _plain(want):
                allowed[:, where] = self._column(want)[:, None]
        return np.packbits(allowed, axis=1, bitorder="little").view(np.int64)

    def _fill_windows(self, allowed: np.ndarray, windows: list[tuple[int, int, list[int]]]) -> None:
        """Bits that ask for one window of ticks each: the bulk of any large book, so all at once."""
        if not windows:
            return
        bits = np.concatenate([where for _, _, where in windows])
        times = [len(where) for _, _, where in windows]
        cuts = np.asarray(self.cuts, np.int64)
        first = np.searchsorted(cuts, np.array([low for low, _, _ in windows], np.int64), "right") + 1
        last = np.searchsorted(cuts, np.array([high for _, high, _ in windows], np.int64), "right") + 1
        edges = np.zeros((self.classes + 1, len(bits)), np.int8)
        columns = np.arange(len(bits))
        edges[np.repeat(first, times), columns] = 1
        edges[np.repeat(last, times) + 1, columns] -= 1
        allowed[:, bits] = np.cumsum(edges[:-1], axis=0, dtype=np.int8)

    def _column(self, want: Allowed) -> np.ndarray:
        column = np.zeros(self.classes, np.uint8)
        column[at.UNKNOWN] = want.unknown
        if isinstance(want, Spans):
            for low, high in want.spans:
                first = np.searchsorted(self.cuts, low, "right") + 1
                last = np.searchsorted(self.cuts, high, "right") + 1
                column[first : last + 1] = 1
            return column
        if want.among:
            column[[self.codes[w] for w in want.words]] = 1
        else:
            column[at.OTHER :] = 1
            column[[self.codes[w] for w in want.words]] = 0
        return column


def _plain(want: Allowed) -> TypeGuard[Spans]:
    return isinstance(want, Spans) and len(want.spans) == 1 and not want.unknown


def dimension(asked: dict[Allowed, list[int]], ordered: bool, values: tuple[str, ...]) -> Dimension:
    """The classes that what is asked of a subject tells apart; `values` are an enum's."""
    if ordered:
        bounds = {x for want in asked if isinstance(want, Spans) for a, z in want.spans for x in (a, z + 1)}
        cuts = sorted(x for x in bounds if -at.OPEN < x <= at.OPEN)
        return Dimension({}, cuts, len(cuts) + 2, asked)
    words = sorted({w for want in asked if isinstance(want, Words) for w in want.words} | set(values))
    codes = {word: code for code, word in enumerate(words, at.FIRST_WORD)}
    return Dimension(codes, [], len(words) + at.FIRST_WORD, asked)
