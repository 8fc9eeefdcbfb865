"""Opens a line: its product, the facts its rules ask for, and the list price on the pricing date for so many."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from engine.lang import book as b
from engine.plan.conditions import atoms
from engine.pricing.interpret.ramp import run_of
from engine.pricing.interpret.rates import plain
from engine.pricing.interpret.state import Noted, State, micro
from engine.pricing.interpret.term import Time, clock_of, past_calendar, time_of
from engine.pricing.over import Run
from engine.pricing.quote import Applied, Line, Quote
from engine.pricing.refusals import Fault
from engine.values.kinds import MICROS, Value


def opened(book: b.Book, quote: Quote, line: Line) -> State:
    """A line at its list price.

    Raises:
        Fault: why it has none.
    """
    index = next((i for i, p in enumerate(book.products) if p.code == line.product), None)
    if index is None:
        raise Fault("UNKNOWN_PRODUCT")
    product = book.products[index]
    if line.group is not None and line.group not in book.groups:
        raise Fault("UNKNOWN_GROUP")
    facts: dict[str, Value] = {**quote.facts, **line.facts}
    _check_asked(book, index, facts)
    ticks = line.quantity or 0
    if ticks % (MICROS // 10 ** book.units[product.unit].decimals):
        raise Fault("INVALID_QUANTITY")
    dated = _dated(product.prices, quote.date)
    if dated is None:
        raise Fault("NO_PRICE")
    known = {**facts, "quote.date": quote.date, "line.quantity": abs(ticks), "line.product": product.code}
    if line.group is not None:
        known["line.group"] = line.group
    time = time_of(book, known) if book.timed else None
    value, whole = unit_or_whole(plain(dated.price, known, time), abs(ticks))
    state = State(index, product, known, ticks, value, whole, _dated(product.costs, quote.date), (value, whole))
    state.run = _run(book, product, dated.price, time, known)
    state.bars.append(Applied("list", "", dated.span.file, dated.span.line, 0, micro(value)))
    return state


def _run(book: b.Book, product: b.Product, price: b.Price, time: Time | None, known: dict[str, Value]) -> Run | None:
    """The time a line runs, in periods of its price; None where that is not said, or it is not charged so."""
    clock = None if time is None else clock_of(book, product, price, time)
    try:
        return None if clock is None else run_of(product, clock, known.get("quote.start"))
    except (OverflowError, ValueError) as error:
        raise past_calendar() from error


def _check_asked(book: b.Book, product: int, facts: dict[str, Value]) -> None:
    """Raise for the first required fact (in the order declared) that a rule on the product asks about."""
    asking: dict[int, int] = {}
    for number, rule in enumerate(book.rules):
        for case in rule.cases:
            if case.products is None or product in case.products:
                for atom in atoms(case.when):
                    if atom.subject.fact is not None:
                        asking.setdefault(atom.subject.fact, number)
    for number in sorted(asking):
        fact = book.facts[number]
        if not fact.optional and fact.path not in facts:
            raise Fault("MISSING_FACT", fact=fact.path, rule=asking[number])


def _dated(prices: Sequence[b.DatedPrice], day: int) -> b.DatedPrice | None:
    return next((p for p in prices if (p.start or 0) <= day and (p.end is None or day < p.end)), None)


# ---------------------------------------------------------------- prices and tiers


def unit_or_whole(price: b.Price, ticks: int) -> Noted:
    """A price for this many units (absolute ticks)."""
    tiers = price.tiers
    if tiers is None:
        return price.amount, False
    if tiers.mode == "graduated":
        if not ticks:
            return Fraction(0), False
        filled = [(row, units) for row, units in slices(tiers, ticks) if units]
        return sum((units * row.amount + row.flat for row, units in filled), Fraction(0)), True
    row = _reached(tiers, ticks)
    if row is None:
        return Fraction(0), False
    if row.flat and ticks:
        return row.amount * ticks / MICROS + row.flat, True
    return row.amount, False


def _reached(tiers: b.Tiers, ticks: int) -> b.Tier | None:
    rows = [row for row in tiers.rows if ticks > row.start or (row.inclusive and ticks == row.start)]
    return rows[-1] if rows else None


def slices(tiers: b.Tiers, ticks: int) -> list[tuple[b.Tier, Fraction]]:
    """How many units each tier of a graduated table holds."""
    starts = [max(row.start - MICROS, 0) if row.inclusive else row.start for row in tiers.rows]
    ends: list[int] = [*starts[1:], max(ticks, starts[-1])]
    return [
        (row, Fraction(max(0, min(ticks, end) - start), MICROS))
        for row, start, end in zip(tiers.rows, starts, ends, strict=True)
    ]
