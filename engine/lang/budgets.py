"""List prices in sums of a bundle: `sum of price <= 2_000 EUR`, `sum of price per month of seat, support <= budget`.

A sum is exact and asks no pricing, so it takes what a product's own price says by itself: one price of a unit, whatever the quantity,
the date, or the customer. Whatever hangs on more is refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from engine.lang import words
from engine.lang.configurable import ONE
from engine.lang.draft import Draft, Goods
from engine.lang.syntax import Summand

PRICE = "price"
ONCE = "once"


def prices_summed(
    draft: Draft, said: Summand, counted: Iterable[tuple[str, Goods]]
) -> tuple[tuple[str, Fraction], ...] | None:
    """The price of a unit of each product, by code, in the book's currency; None where there is none (and said)."""
    period = said.per.text if said.per else ONCE
    found: dict[str, Fraction] = {}
    for path, goods in counted:
        if goods.broken or goods.code in found:
            continue
        if goods.period != period and said.per is None:
            draft.report.add(words.priced_otherwise(path, goods.period, said.span))
            return None
        why = _hangs_on(goods) if goods.period == period else ""
        if why:
            draft.report.add(words.no_one_price(path, why, said.span))
            return None
        if goods.period == period:
            found[goods.code] = Fraction(goods.prices[0].price.amount) / ONE
    if not found and said.per is not None:
        draft.report.add(words.priced_never(period, said.per.span))
    return tuple(found.items()) or None


def _hangs_on(goods: Goods) -> str:
    """What the price of a product hangs on beside itself; "" where it hangs on nothing."""
    price = goods.prices[0].price if goods.prices else None
    checks = (
        (goods.by_usage, "is charged by use"),
        (bool(goods.shares), "costs a percent of other lines"),
        (goods.listed, "has a list price that rules choose"),
        (len(goods.prices) > 1, "has prices of several dates"),
        (goods.ramp is not None, "has a ramp"),
        (goods.clamp is not None, "has a least or a most that a line costs"),
        (price is None, "has no price of its own"),
        (price is not None and price.tiers is not None, "has tiers"),
        (price is not None and price.markup is not None, "has a price over its cost"),
        (price is not None and (price.accrual is not None or price.tariff is not None or price.share is not None), "has a price by a fact"),
    )  # fmt: skip
    return next((why for hangs, why in checks if hangs), "")


def bound_of(draft: Draft, first: Summand, other: Summand) -> bool:
    """Whether both sides of a sum are amounts, or neither; says what is not."""
    prices = first.what.text == PRICE
    if other.kind == "number" and prices:
        draft.report.add(words.bare_money(other.what.text, draft.currency, other.span))
        return False
    if (other.kind == "money") > prices or (other.kind == "sum" and (other.what.text == PRICE) != prices):
        draft.report.add(words.sum_of_another_kind(first.what.text, other.span))
        return False
    return True


def period_fits(draft: Draft, said: Summand) -> bool:
    """`per month` is said of prices alone."""
    if said.per is not None and said.what.text != PRICE:
        draft.report.add(words.sum_without_period(said.what.text, said.per.span))
        return False
    return True
