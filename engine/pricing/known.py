"""What a plan makes of the strings of requests: each read once, then found as the bytes it came as."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from engine.kernels import lookup as kernels
from engine.kernels.sums import P_NEVER, P_PERIOD, PRODUCT
from engine.plan import layout as at
from engine.plan.exchange import CURRENCY
from engine.plan.plan import Plan
from engine.pricing.answer import NAMES, OVER
from engine.pricing.price import read_facts
from engine.pricing.workspace import encoder_of
from engine.values.kinds import Value

MOST_FACTS, LONGEST = 4_096, 256
"""Values of facts that are kept, and of how many bytes; past that all are forgotten and read again as they come."""
PERIODS, TOTALS = tuple(NAMES), (*NAMES.values(), *OVER)

Entry = Callable[[bytes], tuple[str, str]]
"""Reads an entry of facts as it was sent: (path, text). Raises ValueError where it is none."""


@dataclass(frozen=True, slots=True)
class Said:
    """One fact with its value, read: `row` of the workspace that its code belongs to (0: no rule asks for it)."""

    path: str
    value: Value
    row: int
    code: int
    of_account: bool


class Table:
    """Byte strings with what they mean, as `kernels.lookup` finds them. It only grows; kernels hold the GIL while they look."""

    def __init__(self) -> None:
        self.slots = np.zeros((256, kernels.SLOT), np.int64)
        self.blob = np.zeros(4_096, np.uint8)
        self.said: list[Said] = []
        self._used, self._count = 1, 0

    def add(self, raw: bytes, kind: int, row: int, code: int, said: int = -1) -> None:
        """Add a string that is not there (an empty one is never there)."""
        start, end = self._used, self._used + len(raw)
        if end > len(self.blob):
            blob = np.zeros(2 * end, np.uint8)
            blob[: len(self.blob)] = self.blob
            self.blob = blob
        self.blob[start:end] = np.frombuffer(raw, np.uint8)
        self._used = end
        if 2 * self._count >= len(self.slots):
            slots = np.zeros((2 * len(self.slots), kernels.SLOT), np.int64)
            for slot in self.slots[self.slots[:, kernels.S_END] > 0]:
                first, last, of_kind = slot[: kernels.S_KIND + 1].tolist()
                slots[kernels.slot_of(self.blob[first:last].tobytes(), 0, last - first, of_kind, slots, self.blob)] = (
                    slot
                )
            self.slots = slots
        where = kernels.slot_of(raw, 0, len(raw), kind, self.slots, self.blob)
        if not self.slots[where, kernels.S_END]:
            self.slots[where] = start, end, kind, row, code, said
            self._count += 1


class Known:
    """A plan's table, filled as strings come that it does not have yet."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.table = plan, Table()
        self.blank = np.array([at.MISSING if dim.ordered else at.UNKNOWN for dim in plan.dims], np.int64)
        self.products = np.empty((len(plan.head.products), PRODUCT), np.int64)
        self.products[:, P_PERIOD] = [PERIODS.index(product.period) for product in plan.head.products]
        self.products[:, P_NEVER] = [product.never_discounted for product in plan.head.products]
        self._lock = threading.Lock()

    def product(self, sent: bytes) -> int:
        """A product's index, -1 where there is no such product."""
        index = self.plan.head.index.get(sent.decode(), -1)
        if index >= 0 and sent:
            with self._lock:
                self.table.add(sent, kernels.A_PRODUCT, 0, index)
        return index

    def group(self, sent: bytes) -> int:
        """A group's code, OTHER where there is no such group."""
        code = self.plan.words[at.GROUP].get(sent.decode(), at.OTHER)
        if code != at.OTHER:
            with self._lock:
                self.table.add(sent, kernels.A_GROUP, 0, code)
        return code

    def fact(self, sent: bytes, of_line: bool, entry: Entry) -> Said:
        """A fact.

        Raises:
            ValueError: there is no such fact, or it is not of its kind.
        """
        path, text = entry(sent)
        if path == CURRENCY:
            raise ValueError("priced by a plan of another currency")
        values, errors = read_facts(self.plan, {path: text}, of_line)
        if errors:
            raise ValueError(errors[0].message)
        dim = self.plan.dim_of.get(path)
        row, code = (0, 0) if dim is None else (at.IN_DIMS + dim, encoder_of(self.plan, dim)(values[path]))
        account = next(fact.source == "account" for fact in self.plan.head.facts if fact.path == path)
        said = Said(path, values[path], row, code, account)
        if 0 < len(sent) <= LONGEST:
            kind = kernels.A_LINE_FACT if of_line else kernels.A_QUOTE_FACT
            with self._lock:
                if len(self.table.said) >= MOST_FACTS:
                    self.table = Table()  # whoever looks in the old one goes on with it
                self.table.said.append(said)
                self.table.add(sent, kind, row, code, len(self.table.said) - 1)
        return said
