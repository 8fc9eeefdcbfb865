"""Thresholds over lines: 10% off every line of an order whose goods come to 500 or more at list, half even to cents at the line.

As a book in our language, as one loop written by hand for this task alone, and the exact reference both are checked against.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from benchmarks.peers.task import SKUS, N
from engine.lang import check
from engine.plan.lower import lower
from engine.plan.plan import Plan
from engine.pricing.columns import PricedColumns, price_columns
from engine.pricing.sources import Column

LIMIT, KEPT = 50_000, 9
"""Cents that reach the threshold, and the tenths of a price that are left then."""
DAY = 739_600
BOOK = """# Orders of several lines.
price book orders "Orders"
  currency USD
  zone     "UTC"
  prices   exclude tax
  round    half even to minor unit at line
  units    piece pieces

products from "products.csv"
  code column sku
  name column sku
  unit piece

price list catalogue from "prices.csv"
  sku:   product
  price: money per piece

steps
  list
  order one only

order discount large_order on everything
  when goods at list >= 500 USD
  give 10% off list
"""


class Orders:
    """The seeded lines: orders of 5 to 10, their sku, quantity and the cents that each must come to."""

    def __init__(self, lines: int = N, seed: int = 7) -> None:
        rng = np.random.default_rng(seed)
        self.prices = np.round(np.exp(rng.uniform(np.log(99), np.log(20_000), SKUS))).astype(np.int64)
        sizes = rng.integers(5, 11, lines // 5)
        self.quote = np.repeat(np.arange(len(sizes)), sizes)[:lines]
        self.sku = rng.integers(0, SKUS, lines)
        self.quantity = np.minimum(50, np.ceil(rng.pareto(1.2, lines))).astype(np.int64)
        self.out = np.empty((1, lines), np.int64)
        self.plan = plan_of(self.prices)
        index = self.plan.head.index
        self.product = np.array([index[f"sku_{i:03d}"] for i in range(SKUS)], np.int64)[self.sku]

    def expected(self) -> np.ndarray:
        """Cents a line, in Python's own whole numbers."""
        lists = [p * q for p, q in zip(self.prices[self.sku].tolist(), self.quantity.tolist(), strict=True)]
        goods = np.bincount(self.quote, lists).astype(np.int64).tolist()
        return np.array([_net(a, goods[q]) for a, q in zip(lists, self.quote.tolist(), strict=True)])

    def price(self) -> PricedColumns:
        """All lines, into room that is there already, as the loop does."""
        return price_columns(
            self.plan, self.quote, Column(np.full(len(self.sku), DAY)), self.product,
            Column(self.quantity, times=1_000_000), {}, want=("net_amount",), out=self.out,
        )  # fmt: skip

    def by_hand(self, out: np.ndarray) -> None:
        """The same by the loop, in cents."""
        net_all(self.prices, self.quote, self.sku, self.quantity, out)


def _net(listed: int, goods: int) -> int:
    if goods < LIMIT:
        return listed
    q, r = divmod(listed * KEPT, 10)
    return q + (r > 5 or (r == 5 and q & 1))


def plan_of(prices: np.ndarray) -> Plan:
    """The task's plan.

    Raises:
        ValueError: the book does not check.
    """
    skus = [f"sku_{i:03d}" for i in range(SKUS)]
    rows = "".join(f"{s},{c // 100}.{c % 100:02d}\n" for s, c in zip(skus, prices.tolist(), strict=True))
    checked = check(
        {
            "book.quo": BOOK.encode(),
            "products.csv": ("sku\n" + "\n".join(skus) + "\n").encode(),
            "prices.csv": ("sku,price\n" + rows).encode(),
        }
    )
    if checked.book is None:
        raise ValueError("\n".join(d.render(checked.sources) for d in checked.diagnostics))
    return lower(checked.book)


@nb.njit
def net_all(prices, quote, sku, quantity, out):
    start, lines = 0, len(sku)
    while start < lines:
        end, goods = start, 0
        while end < lines and quote[end] == quote[start]:
            out[end] = prices[sku[end]] * quantity[end]
            goods += out[end]
            end += 1
        if goods >= LIMIT:
            for i in range(start, end):
                q, r = out[i] * KEPT // 10, out[i] * KEPT % 10
                out[i] = q + (1 if r > 5 or (r == 5 and q & 1) else 0)
        start = end
