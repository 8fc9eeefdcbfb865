"""What time does to lines given as columns: found once for all lines that are alike in it.

way, price, stand-in, dates and terms  --numbered by what is equal-->  one finding each, and columns of numbers into them
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from engine.lang import book as b
from engine.lang.periods import FACTS
from engine.plan import layout as at
from engine.plan.plan import Plan
from engine.plan.times import ROWS, asked_by, hangs
from engine.pricing.hanging import stand_in, times_of_ratio
from engine.pricing.interpret.term import Facts, with_terms
from engine.pricing.quote import Line, Quote
from engine.pricing.sources import Column
from engine.pricing.times import UNTIMED, Times, times_of

Columns = Mapping[int, Column]
"""By row of the workspace."""
TIMES = len(ROWS) - 1
"""Of a line's rows the one that is its own."""


def timed_columns(plan: Plan, columns: Columns) -> Columns:
    """The columns with those of time: dates and terms that follow, and what they do."""
    times = times_of(plan)
    if times is None:
        return columns
    rows = {path: at.IN_DIMS + plan.dim_of[path] for path in FACTS} if times.book.timed else {}
    given = {path: columns[row].whole() for path, row in rows.items() if row in columns}
    ways = np.array([*times.of_product, -1], np.int64)[
        columns[at.IN_PRODUCT].whole().clip(-1)
    ]  # the last: of no product
    prices, number, stands, own = _hanging(plan, times, ways, columns)
    alike, first = _alike([ways, number, stands, *given.values()])
    known = list(_known(times, {path: values[first].tolist() for path, values in given.items()}, len(first)))
    words = [
        times.of(way, *_at(prices, price, facts, stand)).words if way >= 0 else UNTIMED.words
        for way, price, stand, facts in zip(
            *(one[first].tolist() for one in (ways, number, stands)), known, strict=True
        )
    ]
    made = {row: [facts.get(path, at.MISSING) for facts in known] for path, row in rows.items()}
    made |= {times.first + i: [one[i] for one in words] for i in range(TIMES)}
    found = {row: Column(alike, np.array(values, np.int64)) for row, values in made.items()}
    return {**columns, **found, times.first + TIMES: Column(own)}


def fill_times(plan: Plan, ws: np.ndarray) -> None:
    """Fill the rows of time of a workspace whose other rows are filled."""
    columns = {row: Column(values) for row, values in enumerate(ws)}
    for row, column in timed_columns(plan, columns).items():
        if column is not columns[row]:
            column.into(ws[row], slice(None))


def faulty(plan: Plan, columns: Columns) -> np.ndarray:
    """The lines of `timed_columns` that have no price, for something is wrong with when they run."""
    times = times_of(plan)
    return np.zeros(0, np.int64) if times is None else np.flatnonzero(columns[times.first].whole())


def _hanging(
    plan: Plan, times: Times, ways: np.ndarray, columns: Columns
) -> tuple[list[b.Price], np.ndarray, np.ndarray, np.ndarray]:
    """Prices that hang; of each line the number of its own (-1: none), what stands for the fact it hangs on, and the times of its ratio."""
    prices: list[b.Price] = []
    number, stands, own = np.full(len(ways), -1), np.full(len(ways), at.MISSING), np.ones(len(ways), np.int64)
    for mine, dated in ((i, one) for i, way in enumerate(times.ways) for one in way.prices if hangs(one.price)):
        day = columns[at.IN_DIMS + at.DATE].whole()
        lines = np.flatnonzero((ways == mine) & (day >= (dated.start or 0)) & (day < (dated.end or at.OPEN)))
        number[lines] = len(prices)
        prices.append(dated.price)
        column = columns.get(at.IN_DIMS + plan.dim_of[asked_by(dated.price) or ""])
        if column is not None:
            values = column.whole()[lines]
            lines, values = lines[values != at.MISSING], values[values != at.MISSING]
            stands[lines], own[lines] = stand_in(dated.price, values), times_of_ratio(dated.price, values)
    return prices, number, stands, own


def _at(prices: list[b.Price], number: int, facts: Facts, stand: int) -> tuple[b.Price | None, Facts]:
    """A line's price and what is known of it, with what stands for the fact that the price hangs on."""
    if number < 0:
        return None, facts
    path = asked_by(prices[number]) or ""
    return prices[number], facts if stand == at.MISSING else {**facts, path: stand}


def _alike(columns: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """(of each line: the number of those that have the same values; the first line of each)."""
    alike = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        values, mine = np.unique(column, return_inverse=True)
        if len(values) > 1:
            alike = np.unique(alike * len(values) + mine.reshape(-1), return_inverse=True)[1].reshape(-1)
    return alike, np.unique(alike, return_index=True)[1]


def _known(times: Times, given: Mapping[str, Sequence[int]], count: int) -> Iterator[Facts]:
    """What is known of when each line runs, with what follows from it."""
    for i in range(count):
        said = [(path, values[i]) for path, values in given.items() if values[i] != at.MISSING]
        line = Line("", 0, facts={path: value for path, value in said if path.startswith("line.")})
        quote = Quote(0, {path: value for path, value in said if not path.startswith("line.")}, (line,))
        quote = with_terms(times.book, quote)
        yield {**quote.facts, **quote.lines[0].facts}
