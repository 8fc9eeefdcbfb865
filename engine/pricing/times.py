"""What time does to lines, for kernels that know no calendar: found by the meaning's own functions, once for lines that are alike.

    quote.start 2026-01-15, quote.term 12 months  ->  dates and terms of the quote and its lines, as facts
    a product's period, ramp and hanging prices   ->  the price of a unit as a ratio, what is wrong, the periods it runs

A plan keeps what it found. Quotes come here, columns by `times_of_columns`.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from engine.lang import book as b
from engine.plan import layout as at
from engine.plan.plan import Plan
from engine.plan.times import ROWS, asked_by, hangs
from engine.pricing.hanging import ratio_of, stand_in, times_of_ratio
from engine.pricing.interpret.listing import dated
from engine.pricing.interpret.opening import run_of_line
from engine.pricing.interpret.term import Facts, time_of, with_terms
from engine.pricing.over import Run
from engine.pricing.quote import Quote
from engine.pricing.refusals import Fault
from engine.values.kinds import Value

MOST = 4_096
"""So many findings are kept; past that all are forgotten and made again as they are asked for."""
Words = tuple[int, int, int, int, int]
"""A line's rows of `plan.times.ROWS`."""
NOTHING: Words = (0, 0, 0, 1, 1)
OF_RUN = ("line.start", "line.end", "line.term", "quote.start")
"""What a line's periods hang on."""


class Timing(NamedTuple):
    """What time does to a line: its rows, and the time it runs where it is charged by the period."""

    words: Words
    run: Run | None


UNTIMED = Timing(NOTHING, None)


class Way(NamedTuple):
    """How time works on products that are alike in it: one of them; where it has prices that hang, all of its prices."""

    product: b.Product
    prices: tuple[b.DatedPrice, ...]

    def price(self, day: int) -> b.Price | None:
        """The price of a day, where it hangs."""
        own = dated(self.prices, day)
        return own.price if own is not None and hangs(own.price) else None


class Times:
    """A plan's findings."""

    def __init__(self, plan: Plan) -> None:
        assert plan.head.times is not None
        self.book: b.Book = plan.head.times
        self.first = at.IN_DIMS + len(plan.dims) - len(ROWS)
        self.index = plan.head.index
        alike: dict[tuple[object, ...], int] = {}
        self.ways: list[Way] = []
        self.of_product: list[int] = []
        for product in self.book.products:
            key = product.period, product.prorate, product.ramp, product.prices
            number = alike.setdefault(key, len(alike))
            if number == len(self.ways):
                self.ways.append(Way(product, product.prices))
            self.of_product.append(number)
        self._found: dict[tuple[object, ...], Timing] = {}
        self._faults: list[tuple[str, str, str]] = [("", "", "")]  # 0 says that nothing is wrong

    def of(self, number: int, price: b.Price | None, known: Facts) -> Timing:
        """What time does to a line of a way (by its number), at a price that hangs or another (None).

        `known` has been through `with_terms`, and has stand-ins for what the price hangs on.
        """
        path = None if price is None else asked_by(price)
        key = number, id(price), known.get(path or ""), *map(known.get, OF_RUN)
        found = self._found.get(key)
        if found is None:
            if len(self._found) >= MOST:
                self._found = {}
            found = self._found[key] = self._find(self.ways[number].product, price, known, path or "")
        return found

    def _find(self, product: b.Product, price: b.Price | None, known: Facts, path: str) -> Timing:
        words = NOTHING
        try:
            time = time_of(self.book, known) if self.book.timed else None
        except Fault as fault:
            return Timing((self._number(fault), *NOTHING[1:]), None)
        try:
            if price is not None:
                words = _words(ratio_of(price, known, time, path))
        except Fault as fault:
            return Timing((0, self._number(fault), 0, 0, 1), None)  # said when that price is looked for
        try:
            return Timing(words, run_of_line(self.book, product, price, known))
        except Fault as fault:
            return Timing((-self._number(fault), *words[1:]), None)

    def _number(self, fault: Fault) -> int:
        said = fault.code, fault.fact, fault.why
        if said not in self._faults:
            self._faults.append(said)
        return self._faults.index(said)

    def fault(self, number: int) -> Fault:
        """The fault of a number that a kernel was told."""
        code, fact, why = self._faults[number]
        return Fault(code, fact, why=why)


def _words(ratio: Fraction) -> Words:
    """The rows of a price; one that does not fit is no ratio, and refused where it is used."""
    hi, lo = divmod(ratio.numerator, 2**64)
    if hi >= 2**64 or ratio.denominator >= 2**64:
        return 0, 0, 0, 0, 1
    return 0, _signed(hi), _signed(lo), _signed(ratio.denominator), 1


def _signed(word: int) -> int:
    """An unsigned word as the int64 of the same bits."""
    return word - 2**64 if word >= 2**63 else word


def times_of(plan: Plan) -> Times | None:
    """What a plan knows of time; None where its book says nothing of it."""
    return plan.beside(Times) if plan.head.times is not None else None


# ---------------------------------------------------------------- quotes


def termed(times: Times | None, quotes: Sequence[Quote]) -> Sequence[Quote]:
    """The quotes with what follows from their dates and terms."""
    return quotes if times is None else [with_terms(times.book, quote) for quote in quotes]


def timings_of(times: Times, quotes: Sequence[Quote]) -> list[Timing]:
    """What time does to each line of quotes that are `termed`."""
    index = times.index
    return [
        _of_line(times, index.get(line.product, -1), quote.date, quote.facts, line.facts)
        for quote in quotes
        for line in quote.lines
    ]


def _of_line(times: Times, product: int, day: int, of_quote: Facts, of_line: Facts) -> Timing:
    if product < 0:
        return UNTIMED
    number = times.of_product[product]
    price = times.ways[number].price(day)
    known: dict[str, Value] = {**of_quote, **of_line}
    path = None if price is None else asked_by(price)
    value = known.get(path or "")
    if price is None or path is None or not isinstance(value, int):
        return times.of(number, price, known)
    found = times.of(number, price, {**known, path: stand_in(price, value)})
    return found._replace(words=(*found.words[:-1], times_of_ratio(price, value)))


def write(timings: Sequence[Timing], ws: np.ndarray) -> None:
    """Fill a workspace's rows of time, its last ones."""
    if timings:
        ws[-len(ROWS) :] = np.array([timing.words for timing in timings], np.int64).T
