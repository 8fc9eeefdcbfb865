"""Opens a line: its product, the facts its rules ask for, and the list price on the pricing date for so many."""

from __future__ import annotations

from collections.abc import Mapping

from engine.lang import book as b
from engine.lang.measures import grain, legal
from engine.pricing.interpret.candidates import candidates_of
from engine.pricing.interpret.history import lowest
from engine.pricing.interpret.listing import Listed, dated, listed
from engine.pricing.interpret.ramp import run_of
from engine.pricing.interpret.state import State, micro
from engine.pricing.interpret.term import clock_of, past_calendar, time_of
from engine.pricing.over import Run
from engine.pricing.quantities import BY_USE
from engine.pricing.quote import Applied, Line, Quote
from engine.pricing.refusals import Fault
from engine.values.kinds import Value


def opened(book: b.Book, quote: Quote, line: Line) -> State:
    """A line at its list price.

    Raises:
        Fault: why it has none.
    """
    index = candidates_of(book).products.get(line.product)
    if index is None:
        raise Fault("UNKNOWN_PRODUCT")
    product = book.products[index]
    if line.group is not None and line.group not in book.groups:
        raise Fault("UNKNOWN_GROUP")
    facts: dict[str, Value] = {**quote.facts, **line.facts}
    _check_asked(book, index, facts)
    ticks = line.quantity or 0
    if (
        line.unit is not None
        or (line.quantity is None and product.period != BY_USE)
        or ticks % grain(book.units[product.unit])
        or (product.sold is not None and not legal(product.sold, ticks))
    ):
        raise Fault("INVALID_QUANTITY")
    known = {**facts, "quote.date": quote.date, "line.quantity": abs(ticks), "line.product": product.code}
    if line.group is not None:
        known["line.group"] = line.group
    own = listed(book, index, known, abs(ticks))
    value, whole = own.noted
    state = State(index, product, known, ticks, value, whole, dated(product.costs, quote.date), own.noted)
    state.waits = own.share
    price = dated(product.prices, quote.date)
    state.run = run_of_line(book, product, price.price if price else None, known)
    state.past = lambda before, days: lowest(book, state, before, days)
    state.bars.append(_list_bar(own))
    if own.rule is not None:
        state.moved.add(0)
    return state


def _list_bar(own: Listed) -> Applied:
    """The bar that opens a waterfall; a rule that gave the list price is named."""
    place, value = own.span, micro(own.noted[0])
    if own.rule is None or own.case is None:
        return Applied("list", "", place.file, place.line, 0, value)
    return Applied("list", own.rule.name, place.file, place.line, 0, value, own.case.label, own.rule.because)


def run_of_line(book: b.Book, product: b.Product, price: b.Price | None, known: Mapping[str, Value]) -> Run | None:
    """The time a line runs, in periods of its price; None where that is not said, or it is not charged so.

    Raises:
        Fault: INVALID_TERM, it cannot be counted.
    """
    time = time_of(book, known) if book.timed else None
    clock = None if time is None else clock_of(book, product, price, time)
    try:
        return None if clock is None else run_of(product, clock, known.get("quote.start"))
    except (OverflowError, ValueError) as error:
        raise past_calendar() from error


def _check_asked(book: b.Book, product: int, facts: dict[str, Value]) -> None:
    """Raise for the first required fact (in the order declared) that a rule on the product asks about."""
    for number, rule in candidates_of(book).asking(product).items():
        path = book.facts[number].path
        if path not in facts:
            raise Fault("MISSING_FACT", fact=path, rule=rule)
