"""How each kind of vector is run: a function that writes its book, prices, and gives the results by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.conformance.kinds import charges, discounts, prices, quotes, spreads, taxes, tiers
from tests.conformance.vector import Vector

Run = Callable[[Vector], Mapping[str, Any]]
KINDS: dict[str, Run] = {
    "round": discounts.rounded,
    "percent_off": discounts.percent_off,
    "percent_off.lines": spreads.percent_off_lines,
    "discount.stack": discounts.stack,
    "discount.best_set": discounts.best_set,
    "discount.best_per_line": discounts.best_per_line,
    "discount.item_then_order": discounts.item_then_order,
    "discount.threshold": discounts.threshold,
    "discount.per_unit": discounts.per_unit,
    "discount.cheapest": discounts.cheapest,
    "spread.sequence": spreads.sequence,
    "allocate": spreads.allocate,
    "allocate.floor": spreads.within_floors,
    "tier_discount": tiers.discount,
    "charge.graduated": tiers.graduated,
    "charge.all_units": tiers.all_units,
    "charge.block": tiers.block,
    "charge.percent_of_total": prices.percent_of_total,
    "price_markup": prices.markup,
    "price_formula": prices.formula,
    "price.select": prices.select,
    "tax.line": taxes.line,
    "approval": quotes.approval,
    "charge.package": charges.package,
    "charge.tiered_packages": charges.tiered_packages,
    "charge.graduated_percentage": charges.graduated_percentage,
    "charge.percentage": charges.percentage,
}
