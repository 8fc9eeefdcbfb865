"""Whole configurations: their options and products, what these add up to, and what a quote with each of them costs, rules over several
lines and all. That is the price; the sum of what options add by themselves is what the cheapest is found by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine.configure.bill import Bill, Ready
from engine.configure.weights import Said
from engine.services.configuring.bundled import Bundled
from engine.services.pricing.amounts import Priced, Unpriced, price_wholes

Totals = tuple[tuple[str, int, int], ...]
"""By name: at list, and net."""


@dataclass(frozen=True, slots=True)
class Price:
    """What a quote with a configuration costs: in the total that decides, and in each. `differs`: its options add up to something else."""

    amount: int
    totals: Totals
    differs: bool
    unpriced: tuple[Unpriced, ...]


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole configuration. `amount` and `totals` are what its options add up to."""

    ids: list[int]
    amount: int
    totals: Totals
    products: tuple[tuple[str, str, int], ...]
    said: tuple[int, ...]
    price: Price | None = None


def whole_of(on: Bundled, ready: Ready, chosen: Any, said: Said) -> Whole:
    """A configuration, of which these numbers were said."""
    made = on.asker.made
    ids = [number for number, is_chosen in enumerate(chosen[: on.asker.count].tolist()) if is_chosen]
    numbers = {made.options[option].path: number for option, number in said.ranges if chosen[option]}
    products = (
        (line.code, line.path, made.quantity(line, chosen, numbers)) for line in made.lines if chosen[line.option]
    )
    there = tuple(product for product in products if product[2])
    return Whole(ids, ready.bill.of(chosen), ready.bill.totals(chosen), there, on.asker.said_of(chosen))


def price_of(on: Bundled, ready: Ready, wholes: Sequence[Whole]) -> list[Price]:
    """What a quote with each of them costs."""
    found = price_wholes(on.asker.made.bundle.name, on.plan, on.quote, [whole.products for whole in wholes])
    return [_price(ready.bill, whole, one) for whole, one in zip(wholes, found, strict=True)]


def _price(bill: Bill, whole: Whole, priced: Priced) -> Price:
    own = {name: net for name, _, net in whole.totals}
    parts = {name: net for name, _, net in priced.totals if name in bill.parts}
    differs = any(own.get(name, 0) != parts.get(name, 0) for name in own | parts)
    return Price(bill.deciding(parts.items()), priced.totals, differs, priced.unpriced)
