"""Prices quotes in another of the book's currencies: by a plan of the book in it, lowered when first asked for."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from fractions import Fraction

from engine.lang import book as b
from engine.plan.exchange import CURRENCY, NoRate, in_currency, rate_days, rate_on
from engine.plan.lower import lower
from engine.plan.plan import Plan
from engine.pricing.answer import assemble
from engine.pricing.quote import Exchange, LineError, PricedLine, PricedQuote, Quote

MOST_PLANS = 16
"""Plans in other currencies that are kept beside one: each is of a currency and a rate."""
PriceOne = Callable[[Plan, Quote], PricedQuote]


class Currencies:
    """The plans of a book in its other currencies, those used last."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._plans: OrderedDict[tuple[str, Fraction | None], Plan] = OrderedDict()
        self._lock = threading.Lock()

    def plan_in(self, code: str, rate: Fraction | None) -> Plan:
        """The plan of the book in a currency at a rate.

        Raises:
            NoRate: there is none, and an amount of a rule needs it.
        """
        with self._lock:
            found = self._plans.get((code, rate))
            if found is None:
                found = self._plans[code, rate] = self._lowered(code, rate)
                while len(self._plans) > MOST_PLANS:
                    self._plans.popitem(last=False)
            self._plans.move_to_end((code, rate))
            return found

    def _lowered(self, code: str, rate: Fraction | None) -> Plan:
        book = self.plan.exchange
        assert book is not None
        made = lower(in_currency(book, code, rate))
        cuts = tuple(sorted({*made.head.cuts, *rate_days(book, code)}))
        return replace(made, head=replace(made.head, cuts=cuts), exchange=None)


def in_its_currency(plan: Plan, book: b.Book, quote: Quote) -> tuple[Plan, b.Book, Quote]:
    """The plan and the book that price a quote, in its currency, which the quote says then; as they are, where there is no rate."""
    if plan.exchange is None:
        return plan, book, quote
    code = str(quote.facts.get(CURRENCY, plan.head.currency))
    found = rate_on(book, code, quote.date)
    rate = None if found is None else found.rate
    try:
        other = plan.beside(Currencies).plan_in(code, rate) if is_foreign(plan, quote) else plan
        said = replace(quote, facts={**quote.facts, CURRENCY: code})
        return other, in_currency(book, code, rate, settled=False), said
    except NoRate:
        return plan, book, quote


def is_foreign(plan: Plan, quote: Quote) -> bool:
    """Whether a quote is in another currency than the book's own."""
    return plan.exchange is not None and quote.facts.get(CURRENCY, plan.head.currency) != plan.head.currency


def price_foreign(plan: Plan, quote: Quote, price: PriceOne) -> PricedQuote:
    """A quote in another currency; `price` prices it by the plan of that currency.

    A line for which the rate is missing has the error NO_RATE, which says from what to what, and on which day.
    """
    book, code = plan.exchange, str(quote.facts[CURRENCY])
    assert book is not None
    found = rate_on(book, code, quote.date)
    rate = None if found is None else found.rate
    try:
        other = plan.beside(Currencies).plan_in(code, rate)
    except NoRate:
        head = replace(plan.head, currency=code)
        return assemble(head, quote, tuple(_without_rate(plan, code, quote, i) for i in range(len(quote.lines))))
    answered = price(other, quote)
    if rate is not None:
        return replace(answered, exchange=Exchange(plan.head.currency, code, rate, found.start if found else None))
    needs = ("NO_PRICE", "NO_COST")
    lines = tuple(
        _without_rate(plan, code, quote, i) if line.error is not None and line.error.code in needs else line
        for i, line in enumerate(answered.lines)
    )
    return replace(answered, lines=lines)


def no_rate(plan: Plan, code: str, product: str, day: int) -> LineError:
    """A product that has no price in a currency, nor a rate to it on a day."""
    home, on = plan.head.currency, date.fromordinal(day).isoformat()
    message = f"`{product[:60]}` has no price in {code}, and there is no rate from {home} to {code} on {on}"
    return LineError("NO_RATE", message, "currency_code")


def _without_rate(plan: Plan, code: str, quote: Quote, i: int) -> PricedLine:
    line = quote.lines[i]
    error = no_rate(plan, code, line.product, quote.date)
    return PricedLine(line.product, line.quantity or 0, "once", 0, 0, 0, 0, None, error=error)
