"""The task as a book in our language: rule text, a catalogue of 1,000 products, and the lines as columns."""

from __future__ import annotations

import numpy as np

from benchmarks.peers import task
from engine.lang import check
from engine.plan.lower import lower
from engine.plan.plan import Plan
from engine.pricing.columns import PricedColumns, encode, price_columns
from engine.pricing.sources import Column

REGIONS = ["us", "uk", "eu", "jp", "br", "india"]  # `in` is a word of the language
EPOCH = 719_163
"""1970-01-01 as an ordinal day."""

HEAD = """# The peers' task.
price book peers "The peers' task"
  currency USD
  zone     "UTC"
  prices   exclude tax
  round    half even to minor unit at line
  units    piece pieces

facts
  customer.segment: one of smb, mid, ent
  customer.region:  one of us, uk, eu, jp, br, india

products from "products.csv"
  code column sku
  name column sku
  unit piece

price list catalogue from "prices.csv"
  sku:   product
  price: money per piece

steps
  list
  volume    one only
  segment   one only
  region    one only
  promotion one only
  floor

volume discount by_quantity on everything
  tiers all units by quantity
  | pieces from | off |
"""
PROMOTION = """
promotion discount january on everything
  from 2026-01-01 through 2026-01-31
  give 7.5% off running price

floor least on everything
  at least 70% of list
"""


def bundle(data: task.Data) -> dict[str, bytes]:
    """The book's files."""
    tiers = "".join(f"  | {max(low, 1)} | {off / 10:g}% |\n" for low, off in reversed(task.TIERS))
    segments = _rules(
        "segment discount", "customer.segment", task.SEG_NAMES, task.SEG_OFF, "give {}% off running price"
    )
    regions = _rules("region surcharge", "customer.region", REGIONS, task.REG_ON, "add {}% of running price")
    skus = [f"sku_{i:03d}" for i in range(task.SKUS)]
    prices = "".join(f"{s},{c // 100}.{c % 100:02d}\n" for s, c in zip(skus, data.prices.tolist(), strict=True))
    return {
        "book.quo": (HEAD + tiers + segments + regions + PROMOTION).encode(),
        "products.csv": ("sku\n" + "\n".join(skus) + "\n").encode(),
        "prices.csv": ("sku,price\n" + prices).encode(),
    }


def _rules(head: str, fact: str, values: list[str], per_mille: list[int], give: str) -> str:
    step = head.split()[0]
    return "".join(
        f"\n{head} {step}_{value} on everything\n  when {fact} is {value}\n  {give.format(f'{rate / 10:g}')}\n"
        for value, rate in zip(values, per_mille, strict=True)
        if rate
    )


def plan_of(data: task.Data) -> Plan:
    """The task's plan.

    Raises:
        ValueError: the book does not check.
    """
    checked = check(bundle(data))
    if checked.book is None:
        raise ValueError("\n".join(d.render(checked.sources) for d in checked.diagnostics))
    return lower(checked.book)


class Task:
    """The task's lines as the engine's columns."""

    def __init__(self, data: task.Data) -> None:
        self.plan = plan_of(data)
        self.lines = np.arange(len(data.sku))
        index = self.plan.head.index
        self.product = np.array([index[f"sku_{i:03d}"] for i in range(task.SKUS)], np.int64)[data.sku]
        self.date, self.quantity = Column(data.day, plus=EPOCH), Column(data.qty, times=1_000_000)
        segment, _ = encode(self.plan, "customer.segment", task.SEG_NAMES)
        region, _ = encode(self.plan, "customer.region", REGIONS)
        self.out = np.empty((1, len(data.sku)), np.int64)
        self.facts = {"customer.segment": segment[data.seg], "customer.region": region[data.reg]}

    def price(self) -> PricedColumns:
        """Price all lines, into room that is there already, as the hand-written loop does."""
        return price_columns(
            self.plan,
            self.lines,
            self.date,
            self.product,
            self.quantity,
            self.facts,
            want=("net_amount",),
            out=self.out,
        )

    def cents(self) -> np.ndarray:
        """The lines' net amounts in cents; -1 where there is none."""
        priced = self.price()
        return np.where(priced.fine, priced.net_amount // 10_000, -1)
