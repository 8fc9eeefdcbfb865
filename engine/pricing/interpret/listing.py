"""The list price of a line on a day: the product's own, or that of a rule of the step `list`; rounded, if the step rounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from engine.lang import book as b
from engine.lang.places import Span
from engine.pricing.interpret.hits import hits_of, number_of
from engine.pricing.interpret.picks import Option, choose
from engine.pricing.interpret.prices import clamped, unit_or_whole
from engine.pricing.interpret.rates import plain
from engine.pricing.interpret.state import Noted
from engine.pricing.interpret.term import time_of
from engine.pricing.refusals import Fault
from engine.values.kinds import MICROS, Value


@dataclass(frozen=True)
class Listed:
    """A list price, and what gave it: a rule and its case, or where the product's own stands. `share`: still to be worked out."""

    noted: Noted
    span: Span
    rule: b.Rule | None = None
    case: b.Case | None = None
    share: b.Share | None = None


def listed(book: b.Book, index: int, known: Mapping[str, Value], ticks: int) -> Listed:
    """The list price of a product on the day that is known, for so many (absolute ticks).

    Raises:
        Fault: it has none, two rules apply, or its cost is not known.
    """
    day = known["quote.date"]
    assert isinstance(day, int)
    product = book.products[index]
    own, cost = dated(product.prices, day), dated(product.costs, day)
    time = time_of(book, known) if book.timed else None

    def at(price: b.Price) -> Noted:
        return clamped(product.clamp, unit_or_whole(plain(price, known, time), ticks, known), ticks)

    found: list[tuple[Listed, Option]] = []
    for rule, case in hits_of(book, 0, index, known):
        assert isinstance(case.give, b.SetPrice)
        noted = at(stated(case.give.price, cost, number_of(book, case)))
        found.append((Listed(noted, case.span, rule, case), Option(rule, case, _whole(noted, ticks))))
    if own is not None and not (found and _unknown(own.price, cost)):
        noted = at(stated(own.price, cost))
        found.append((Listed(noted, own.span, share=own.price.share), Option(None, None, _whole(noted, ticks))))
    if not found:
        raise Fault("NO_PRICE")
    best = choose(book, book.steps[0].choice, [option for _, option in found])
    return next(one for one, option in found if option is best)


def _unknown(price: b.Price, cost: b.DatedPrice | None) -> bool:
    """Whether a product's own price cannot be told yet, or not at all, and so does not stand beside others."""
    return price.share is not None or (price.markup is not None and cost is None)


def _whole(noted: Noted, ticks: int) -> Fraction:
    """To compare prices: of all units, or of one where there are none."""
    return noted[0] if noted[1] or not ticks else noted[0] * ticks / MICROS


def dated(prices: Sequence[b.DatedPrice], day: int) -> b.DatedPrice | None:
    """The price that holds on a day."""
    return next((p for p in prices if (p.start or 0) <= day and (p.end is None or day < p.end)), None)


def stated(price: b.Price, cost: b.DatedPrice | None, case: int | None = None) -> b.Price:
    """A price as a plain one: `cost plus 25%` by the dated cost.

    Raises:
        Fault: there is no cost to go by.
    """
    if price.markup is None:
        return price
    if cost is None:
        raise Fault("NO_COST", case=case)
    return b.Price(cost.price.amount * (1 + price.markup))
