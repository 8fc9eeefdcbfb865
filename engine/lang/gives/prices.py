"""Prices that rules set: of a unit, over its cost, with something free."""

from __future__ import annotations

from fractions import Fraction

from engine.lang import words
from engine.lang.book import Price, SetPrice, Tier
from engine.lang.charges import Charge, charge
from engine.lang.gives.bases import over_costs
from engine.lang.gives.giver import Giver, Offer, of_rows
from engine.lang.methods import Priced, with_free
from engine.lang.places import Span
from engine.lang.prices import MOST_OVER
from engine.lang.syntax import Operand, PriceClause, Rate


def set_price(giver: Giver, clause: PriceClause) -> Offer | None:
    """`price RATE`, `price cost plus 25%`."""
    if not may_set(giver, clause.span):
        return None
    if clause.dates is not None:
        giver.draft.report.add(words.wrong_give("price", "the dates on a line of their own", clause.dates.span))
    if clause.markup is not None:
        return _price_over(giver, clause.markup, clause.span)
    if clause.rate is None or not giver.amounts.rate_fits(clause.rate):
        return None
    number, package = giver.amounts.rate(clause.rate), giver.amounts.package(clause.rate)
    if number is None or package is None:
        return None
    return Offer(of_rows(number, lambda value: free_set(giver, Charge(value, package).price(clause.span), clause.span)))


def price_of(tier: Tier) -> Price:
    """The price of every unit, where a tier's holds for all of them."""
    return Charge(tier.amount, tier.package).price(tier.span)


def free_set(giver: Giver, price: Price, span: Span) -> SetPrice | None:
    """A set price with what is free of it; None (and said) where that makes no sense."""
    free = with_free(giver.draft, price, priced(giver), span)
    return None if free is None else SetPrice(free)


def priced(giver: Giver) -> Priced:
    """What a table of the rule is the price of."""
    return Priced(
        lambda rate, measure: tier_rate(giver, rate, measure),
        giver.amounts.unit_of(None),
        f"the products of {giver.block.name.text}",
        giver.block.terms,
    )


def _price_over(giver: Giver, markup: Operand, span: Span) -> Offer | None:
    """`price cost plus 25%`."""
    number, is_money = giver.amounts.amount(markup, MOST_OVER)
    if is_money:
        giver.draft.report.add(words.wrong_give("price", "a percent: price cost plus 25%", span))
    if number is None or is_money or not over_costs(giver, span):
        return None
    return Offer(of_rows(number, lambda value: SetPrice(Price(Fraction(0), markup=value))))


def may_set(giver: Giver, span: Span) -> bool:
    """Whether the rule's step may set prices; says why not."""
    step = giver.draft.step_list[giver.step]
    if giver.step > giver.draft.steps.get("net", giver.step):
        giver.draft.report.add(words.price_below_net(step.name, span))
        return False
    if step.combine in ("one only", "best of", "list"):
        return True
    giver.draft.report.add(words.price_adds(step.name, step.combine, span))
    return False


def tier_rate(giver: Giver, rate: Rate, measure: int | None) -> Charge | None:
    """What a rate of a table charges for a unit of what is measured (None: a unit of the products)."""
    if not giver.amounts.rate_fits(rate):
        return None
    return charge(giver.draft, rate, giver.amounts.unit_of(rate.per_unit) if measure is None else measure)
