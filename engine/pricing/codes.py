"""Product codes of a text column to a plan's products, without an object a row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.kernels.texts import FREE, SLOTS_A_TEXT, find_texts, number_texts
from engine.plan.plan import Plan


@dataclass(frozen=True)
class Codes:
    """The codes of a plan's products as `kernels.texts` finds them: int64 slots, uint64 [codes, 2] ends, and their bytes."""

    slots: np.ndarray
    ends: np.ndarray
    starts: np.ndarray
    texts: np.ndarray

    def find(self, offsets: np.ndarray, data: np.ndarray) -> tuple[np.ndarray, int]:
        """(int32 index of each product, -1 where there is none; how many those are) of UTF-8 texts.

        offsets: int32 [texts + 1], where each text begins in data (uint8) and the last one ends.
        """
        out = np.empty(len(offsets) - 1, np.int32)
        return out, int(find_texts(offsets, data, self.slots, self.ends, self.starts, self.texts, out))


def codes_of(plan: Plan) -> Codes:
    """The plan's codes; made once."""
    return plan.beside(_of_products)


def _of_products(plan: Plan) -> Codes:
    return table_of_texts([product.code.encode() for product in plan.head.products])


def table_of_texts(texts: list[bytes]) -> Codes:
    """A table that finds each text's place in the list (of equal ones, the first)."""
    starts = np.cumsum([0, *map(len, texts)], dtype=np.int64)
    joined = np.frombuffer(b"".join(texts), np.uint8)
    slots = np.full(1 << (SLOTS_A_TEXT * len(texts) + 1).bit_length(), FREE, np.int64)
    ends = np.zeros((len(texts), 2), np.uint64)
    number_texts(starts, joined, slots, ends)
    return Codes(slots, ends, starts, joined)
