"""What time does to lines, for kernels that know no calendar: found once for each way of charging, day and dates, by the meaning's
own functions.

    quote.start 2026-01-15, quote.term 12 months  ->  dates and terms of the quote and its lines, as facts
    a product's period, ramp and hanging prices   ->  the price of a unit as a ratio, what is wrong, the periods it runs

A plan keeps what it found; quotes and columns read the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from engine.lang import book as b
from engine.lang.periods import FACTS
from engine.plan import layout as at
from engine.plan.plan import Plan
from engine.plan.times import ROWS, asked_by, hangs
from engine.pricing.interpret.listing import dated
from engine.pricing.interpret.opening import run_of_line
from engine.pricing.interpret.rates import plain
from engine.pricing.interpret.term import time_of, with_terms
from engine.pricing.over import Run
from engine.pricing.quote import Line, Quote
from engine.pricing.refusals import Fault
from engine.pricing.sources import Column
from engine.values.kinds import Value

MOST = 4_096
"""So many findings are kept; past that all are forgotten and made again as they are asked for."""
Facts = Mapping[str, Value]
Words = tuple[int, int, int, int]
"""A line's rows of `plan.times.ROWS`."""
NOTHING: Words = (0, 0, 0, 1)
OF_RUN = ("line.start", "line.end", "line.term", "quote.start")
"""What a line's periods hang on."""


class Timing(NamedTuple):
    """What time does to a line: its rows, and the time it runs where it is charged by the period."""

    words: Words
    run: Run | None


UNTIMED = Timing(NOTHING, None)


class _Way(NamedTuple):
    """How time works on products that are alike in it: one of them, and the facts that this hangs on; `priced`: its prices do, too."""

    product: b.Product
    facts: tuple[str, ...]
    priced: bool

    def price(self, day: int) -> int:
        """Which of its prices holds on a day; -1 for none that matters."""
        return next((i for i, one in enumerate(self.product.prices) if dated((one,), day)), -1) if self.priced else -1


class Times:
    """A plan's findings."""

    def __init__(self, plan: Plan) -> None:
        assert plan.head.times is not None
        self.book: b.Book = plan.head.times
        self.first = at.IN_DIMS + len(plan.dims) - len(ROWS)
        self.index = plan.head.index
        alike: dict[tuple[object, ...], int] = {}
        self.ways: list[_Way] = []
        self.of_product: list[int] = []
        for product in self.book.products:
            key = product.period, product.prorate, product.ramp, product.prices
            number = alike.setdefault(key, len(alike))
            if number == len(self.ways):
                priced = any(hangs(one.price) for one in product.prices)
                self.ways.append(_Way(product, (*OF_RUN, *asked_by(product)), priced))
            self.of_product.append(number)
        self._found: dict[tuple[object, ...], Timing] = {}
        self._faults: list[tuple[str, str, str]] = [("", "", "")]  # 0 says that nothing is wrong

    def of_line(self, product: int, day: int, known: Facts) -> Timing:
        """What time does to a line of a product (-1: of none); `known` has been through `with_terms`."""
        return UNTIMED if product < 0 else self.of(self.of_product[product], day, known)

    def of(self, number: int, day: int, known: Facts) -> Timing:
        """As `of_line`, by the number of the product's way."""
        way = self.ways[number]
        key = (number, way.price(day), *map(known.get, way.facts))
        found = self._found.get(key)
        if found is None:
            if len(self._found) >= MOST:
                self._found = {}
            found = self._found[key] = self._find(way.product, day, known)
        return found

    def _find(self, product: b.Product, day: int, known: Facts) -> Timing:
        known, words = {**known, "quote.date": day}, NOTHING
        try:
            time = time_of(self.book, known) if self.book.timed else None
            own = dated(product.prices, day)
            if own is not None:
                words = _words(plain(own.price, known, time))
        except Fault as fault:
            return Timing((self._number(fault), 0, 0, 1), None)
        try:
            return Timing(words, run_of_line(self.book, product, day, known))
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


def _words(price: b.Price) -> Words:
    """The rows of a price; one that does not fit is no ratio, and refused where it is used."""
    if not hangs(price):
        return NOTHING
    hi, lo = divmod(price.amount.numerator, 2**64)
    if hi >= 2**64 or price.amount.denominator >= 2**64:
        return 0, 0, 0, 0
    return 0, _signed(hi), _signed(lo), _signed(price.amount.denominator)


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
        times.of_line(index.get(line.product, -1), quote.date, {**quote.facts, **line.facts})
        for quote in quotes
        for line in quote.lines
    ]


def write(timings: Sequence[Timing], ws: np.ndarray) -> None:
    """Fill a workspace's rows of time, its last ones."""
    if timings:
        ws[-len(ROWS) :] = np.array([timing.words for timing in timings], np.int64).T


# ---------------------------------------------------------------- columns


def timed_columns(plan: Plan, columns: Mapping[int, Column]) -> Mapping[int, Column]:
    """The columns with those of time: dates and terms that follow, and what they do, found once for lines that are alike."""
    times = times_of(plan)
    if times is None:
        return columns
    asked = {path for way in times.ways for path in way.facts} | (set(FACTS) if times.book.timed else set())
    rows = {path: at.IN_DIMS + plan.dim_of[path] for path in sorted(asked & plan.dim_of.keys())}
    given = {path: columns[row] for path, row in rows.items() if row in columns}
    date = columns[at.IN_DIMS + at.DATE]
    ways = Column(
        np.array([*times.of_product, -1], np.int64)[columns[at.IN_PRODUCT].whole()]
    )  # the last is that of no product
    dates = [date] if any(way.priced for way in times.ways) else []
    alike, first = _alike([ways, *dates, *given.values()])
    known = list(_known(times, {path: _picked(column, first) for path, column in given.items()}, len(first)))
    those = zip(_picked(ways, first), _picked(date, first), known, strict=True)
    timings = [UNTIMED if way < 0 else times.of(way, day, facts) for way, day, facts in those]
    made = {row: [facts.get(path, at.MISSING) for facts in known] for path, row in rows.items()}
    made |= {times.first + i: [timing.words[i] for timing in timings] for i in range(len(ROWS))}
    return {**columns, **{row: Column(alike, np.array(values, np.int64)) for row, values in made.items()}}


def faulty(plan: Plan, columns: Mapping[int, Column]) -> np.ndarray:
    """The lines of `timed_columns` that have no price, for something is wrong with when they run."""
    times = times_of(plan)
    return np.zeros(0, np.int64) if times is None else np.flatnonzero(columns[times.first].whole())


def _alike(columns: Sequence[Column]) -> tuple[np.ndarray, np.ndarray]:
    """(of each line: the number of those that have the same values; the first line of each)."""
    alike = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        values, mine = np.unique(column.whole(), return_inverse=True)
        if len(values) > 1:
            alike = np.unique(alike * len(values) + mine.reshape(-1), return_inverse=True)[1].reshape(-1)
    return alike, np.unique(alike, return_index=True)[1]


def _picked(column: Column, lines: np.ndarray) -> list[int]:
    out = np.empty(len(lines), np.int64)
    column.into(out, lines)
    found: list[int] = out.tolist()
    return found


def _known(times: Times, given: Mapping[str, Sequence[int]], count: int) -> Iterator[Facts]:
    """What is known of each line, with what follows from its dates and terms."""
    for i in range(count):
        said: dict[str, Value] = {path: values[i] for path, values in given.items() if values[i] != at.MISSING}
        of_line = {path: value for path, value in said.items() if path.startswith("line.")}
        quote = Quote(
            0, {path: value for path, value in said.items() if path not in of_line}, (Line("", 0, facts=of_line),)
        )
        quote = with_terms(times.book, quote)
        yield {**quote.facts, **quote.lines[0].facts}
