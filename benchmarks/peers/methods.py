"""Three more tasks, each by hand and as a book: tiers of all units, graduated tiers, money off. Exact, at most once rounded.

100,000 lines of 1,000 products; a line is rounded half even to the cent. Of tiers each product has its own prices, then a segment
has its percent off; of money off each segment has its amount off a unit, then a promotion its percent off what is left.
"""

from __future__ import annotations

from collections.abc import Callable

import numba as nb
import numpy as np

from benchmarks.peers import task
from engine.lang import check
from engine.plan.lower import lower
from engine.pricing.columns import PricedColumns, encode, price_columns
from engine.pricing.sources import Column

EPOCH = 719_163
FROM = np.array([1, 10, 50, 100, 500])
OF_LIST = np.array([1000, 950, 900, 850, 800])
SEG = 1000 - np.array(task.SEG_OFF)
OFF = np.array([0, 150, 400])
P0, P1, POFF = task.PROMO


@nb.njit
def _rounded(amount, per_mille):
    n = np.uint64(amount * per_mille)
    q, r = n // np.uint64(1000), n % np.uint64(1000)
    return np.int64(q) + (1 if r > 500 or (r == 500 and q & np.uint64(1)) else 0)


@nb.njit
def all_units(prices, sku, qty, seg, day, out):
    """prices: int64 [products, tiers], cents."""
    for i in range(len(sku)):
        q = qty[i]
        t = 4 if q >= 500 else 3 if q >= 100 else 2 if q >= 50 else 1 if q >= 10 else 0
        out[i] = _rounded(prices[sku[i], t] * q, SEG[seg[i]])


@nb.njit
def graduated(prices, sku, qty, seg, day, out):
    """prices: as of `all_units`."""
    for i in range(len(sku)):
        q, s = qty[i], sku[i]
        total = min(q, 9) * prices[s, 0]
        for t in range(1, 5):
            units = (min(q, FROM[t + 1] - 1) if t < 4 else q) - (FROM[t] - 1)
            if units <= 0:
                break
            total += units * prices[s, t]
        out[i] = _rounded(total, SEG[seg[i]])


@nb.njit
def money_off(prices, sku, qty, seg, day, out):
    """prices: as of `all_units`, of which the first is the list price."""
    for i in range(len(sku)):
        unit = max(prices[sku[i], 0] - OFF[seg[i]], 0)
        out[i] = _rounded(unit * qty[i], 1000 - POFF if P0 <= day[i] <= P1 else 1000)


TASKS: dict[str, Callable[..., None]] = {"all_units": all_units, "graduated": graduated, "money_off": money_off}

HEAD = """price book methods
  currency USD
  round    half even to minor unit at line
  units    piece pieces

facts
  customer.segment: one of smb, mid, ent

steps
  list
  segment   one only
  promotion one only
"""
PROMOTION = """
promotion discount january on everything
  from 2026-01-01 through 2026-01-31
  give 7.5% off running price
"""


def _text(name: str, prices: np.ndarray) -> str:
    """The book of a task."""
    parts = [HEAD]
    for segment, percent, cents in zip(task.SEG_NAMES, task.SEG_OFF, OFF.tolist(), strict=True):
        give = (
            f"{cents / 100:.2f} USD off running price"
            if name == "money_off"
            else f"{percent / 10:g}% off running price"
        )
        if cents:
            parts.append(
                f"\nsegment discount to_{segment} on everything\n  when customer.segment is {segment}\n  give {give}\n"
            )
    for number, tiers in enumerate(prices.tolist()):
        parts.append(f"\nproduct sku_{number:03d}\n")
        if name == "money_off":
            parts.append(f"  price {tiers[0] / 100:.2f} USD per piece\n")
            continue
        rows = "".join(
            f"  | {low} | {cents / 100:.2f} USD per piece |\n" for low, cents in zip(FROM, tiers, strict=True)
        )
        parts.append(f"  price tiers {name.replace('_', ' ')}\n  | pieces from | price |\n{rows}")
    return "".join(parts) + (PROMOTION if name == "money_off" else "")


class Method:
    """One of the tasks: by hand and as a book."""

    def __init__(self, name: str, data: task.Data) -> None:
        self.loop, self.prices = TASKS[name], data.prices[:, None] * OF_LIST // 1000
        checked = check({"book.quo": _text(name, self.prices).encode()})
        assert checked.book is not None, "\n".join(d.render(checked.sources) for d in checked.diagnostics)
        self.plan = lower(checked.book)
        index = self.plan.head.index
        self.product = np.array([index[f"sku_{i:03d}"] for i in range(task.SKUS)], np.int64)[data.sku]
        self.date, self.quantity = Column(data.day, plus=EPOCH), Column(data.qty, times=1_000_000)
        segment, _ = encode(self.plan, "customer.segment", task.SEG_NAMES)
        self.facts = {"customer.segment": segment[data.seg]}
        self.data, self.out = data, np.empty((2, len(data.sku)), np.int64)

    def by_hand(self) -> np.ndarray:
        """Cents by the hand-written loop."""
        self.loop(self.prices, self.data.sku, self.data.qty, self.data.seg, self.data.day, self.out[0])
        return self.out[0]

    def price(self) -> PricedColumns:
        """The lines priced by the book."""
        return price_columns(
            self.plan, None, self.date, self.product, self.quantity, self.facts, want=("net_amount",), out=self.out[1:]
        )
