"""The lowest list price of the days before a day: the prior price that an announcement of a reduction must indicate.

Directive 98/6/EC, article 6a (inserted by Directive (EU) 2019/2161), paragraph 2: "the prior price means the lowest price
applied by the trader during a period of time not shorter than 30 days prior to the application of the price reduction". So the
days end before the reduction begins, not before the day of the quote: a promotion that runs for months keeps its prior price.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from engine.lang import book as b
from engine.lang.parts import atoms
from engine.pricing.interpret.listing import listed
from engine.pricing.interpret.rounds import rounded
from engine.pricing.interpret.state import Noted, State
from engine.pricing.refusals import Fault


def lowest(book: b.Book, line: State, before: int, days: int) -> Noted | None:
    """The lowest list price for as many, by what is known of the line, on the `days` before a day; None where there was none.

    A percent of other lines has no list price of its own, and so no history.
    """
    found = [noted for day in _days(book, line, before - days, before) if (noted := _on(book, line, day)) is not None]
    return min(found, key=line.as_whole, default=None) if line.quantity else min(found, default=None)


def _days(book: b.Book, line: State, first: int, end: int) -> Iterator[int]:
    """The first day, and each in [first, end) on which a list price may change."""
    cuts = {day for dated in (*line.goods.prices, *line.goods.costs) for day in (dated.start, dated.end)}
    for case in (case for rule in book.rules if rule.step == 0 for case in rule.cases):
        cuts |= {case.start, case.end}
        for atom in atoms(case.when):
            if isinstance(atom, b.Within) and atom.subject.name == "quote.date":
                cuts |= {atom.low, None if atom.high is None else atom.high + 1}
    yield from sorted({max(first, 1)} | {day for day in cuts if day is not None and first < day < end})


def _on(book: b.Book, line: State, day: int) -> Noted | None:
    """The list price on a day; a day on which it cannot be told has none."""
    try:
        found = listed(book, line.product, {**line.known, "quote.date": day}, abs(line.ticks))
    except Fault:
        return None
    rounding, (value, whole) = book.steps[0].rounding, found.noted
    return None if found.share else (value if rounding is None else rounded(rounding, value), whole)


def prior(book: b.Book, line: State) -> Fraction | None:
    """What a book shows: the whole line's amount at the lowest list price before the first of the reductions on it began."""
    day = line.known["quote.date"]
    if book.lowest_days is None or not isinstance(day, int):
        return None
    moved = {(bar.rule, bar.file, bar.line, bar.label) for bar in line.bars if bar.rule}
    starts = [
        case.start for rule in book.rules if rule.kind == "discount" for case in rule.cases
        if case.start is not None and (rule.name, case.span.file, case.span.line, case.label) in moved
    ]  # fmt: skip
    noted = lowest(book, line, min(starts, default=day), book.lowest_days)
    return None if noted is None else line.as_whole(noted)
