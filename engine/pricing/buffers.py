"""What the wire kernels read into and write from: buffers of a thread, and the words of a plan's bars as bytes."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np

from engine.kernels import wire
from engine.kernels.wire import H_FACTS, H_WATERFALL, SHORT, UNKNOWN_BAR
from engine.plan.plan import Plan
from engine.pricing.known import PERIODS, TOTALS, Entry
from engine.pricing.price import applied
from engine.pricing.quote import Applied
from engine.pricing.sent import PricedSent, Sent

Tell = Callable[[Applied, bool], tuple[bytes, bytes]]
"""A bar's fields before its amounts and those after them, with the rule named or not."""


class Words:
    """The constant bytes of a plan's bars, each made when it is first needed, in one blob that kernels copy from."""

    def __init__(self, plan: Plan, tell: Tell, period: Callable[[str], bytes], total: Callable[[str], bytes]) -> None:
        head = plan.head
        self.plan, self.tell = plan, tell
        self.counts = np.array([len(head.cases), len(head.prices), len(head.steps)])
        bars = len(head.cases) + 2 * len(head.prices) + 3 * len(head.steps) + 1
        self.rows = np.zeros((bars + len(PERIODS) + len(TOTALS), wire.WORDS), np.int64)
        self.blob, self._used = np.zeros(4_096, np.uint8), 1  # no words begin at 0: that says there are none yet
        self._lock = threading.Lock()
        for i, name in enumerate(PERIODS):
            self._add(bars + i, period(name), b"")
        self.totals = bars + len(PERIODS)
        for i, name in enumerate(TOTALS):
            self._add(self.totals + i, total(name), b"")
        self.periods = np.array([bars + PERIODS.index(product.period) for product in head.products], np.int64)

    def learn(self, bars: np.ndarray, shown: bool) -> None:
        """Make the words of these bars that are not there."""
        with self._lock:
            for i, (_, step, case, _, _) in enumerate(bars.T.tolist()):
                row = wire.words_of(bars, i, shown, self.counts)
                if not self.rows[row, wire.W_HEAD_END]:
                    self._add(row, *self.tell(applied(self.plan, step, case, 0, 0), shown))

    def _add(self, row: int, head: bytes, tail: bytes) -> None:
        """Append; a blob that is too short gives way to another, and kernels know words that lie past the one they have."""
        start, middle = self._used, self._used + len(head)
        end = self._used = middle + len(tail)
        if end > len(self.blob):
            blob = np.zeros(2 * end, np.uint8)
            blob[: len(self.blob)] = self.blob
            self.blob = blob
        self.blob[start:end] = np.frombuffer(head + tail, np.uint8)
        self.rows[row] = start, middle, middle, end


class Buffers(threading.local):
    """One thread's tables and output, as large as the largest quote it met so far."""

    def __init__(self) -> None:
        self.head = np.zeros(len(wire.HEAD), np.int64)
        self.lines = np.empty((64, wire.LINE), np.int64)
        self.facts = np.empty((256, wire.FACT), np.int64)
        self.spans = np.empty((64, 3), np.int64)
        self.out = np.empty(32_768, np.uint8)

    def read(self, data: bytes, most: int, entry: Entry) -> tuple[list[int], Sent] | None:
        """Take a quote apart: (its head, the rest); None where it is unusual or has more lines than `most`, or none."""
        count = wire.read_quote(data, self.head, self.lines, self.facts)
        while count == SHORT and len(self.lines) <= most:
            self.lines = np.empty((4 * len(self.lines), wire.LINE), np.int64)
            self.facts = np.empty((4 * len(self.facts), wire.FACT), np.int64)
            count = wire.read_quote(data, self.head, self.lines, self.facts)
        if not 0 < count <= most:
            return None
        head: list[int] = self.head.tolist()
        lines = self.lines[:count]
        facts = self.facts[: lines[-1, wire.L_FACTS_END]]
        return head, Sent(data, lines, facts, head[H_FACTS], head[H_WATERFALL] == 1, entry)

    def fields(self, data: bytes) -> list[list[int]] | None:
        """The fields of a message, all of them length-delimited: (number, start, end) each; None where it is another."""
        count = wire.read_fields(data, self.spans)
        return None if count < 0 else self.spans[:count].tolist()

    def write(
        self,
        words: Words,
        tag: int,
        sent: Sent,
        priced: PricedSent,
        first: int,
        last: int,
        costs: bool,
        shown: bool,
        totals: np.ndarray,
    ) -> bytes:
        """The lines [first, last), all of them priced, as fields with this tag, and after the last one the totals."""  # fmt: skip
        bars = np.ascontiguousarray(priced.bars)
        while True:
            start = wire.write_lines(
                self.out, tag, sent.data, sent.lines, priced.ws, first, last, words.periods, bars, costs, shown,
                words.counts, words.rows, words.blob, totals, words.totals,
            )  # fmt: skip
            if start >= 0:
                return self.out[start:].tobytes()
            if start == UNKNOWN_BAR:
                words.learn(bars, shown)
            else:
                self.out = np.empty(2 * len(self.out), np.uint8)
