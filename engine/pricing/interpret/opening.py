"""Opens a line: its product, the facts its rules ask for, and the list price on the pricing date for so many."""

from __future__ import annotations

from collections.abc import Sequence

from engine.lang import book as b
from engine.lang.measures import grain, legal
from engine.plan.conditions import atoms
from engine.pricing.interpret.prices import clamped, unit_or_whole
from engine.pricing.interpret.state import State, micro
from engine.pricing.quote import Applied, Line, Quote
from engine.pricing.refusals import Fault
from engine.values.kinds import Value


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
    if (
        line.unit is not None
        or ticks % grain(book.units[product.unit])
        or (product.sold is not None and not legal(product.sold, ticks))
    ):
        raise Fault("INVALID_QUANTITY")
    dated = _dated(product.prices, quote.date)
    if dated is None:
        raise Fault("NO_PRICE")
    known = {**facts, "quote.date": quote.date, "line.quantity": abs(ticks), "line.product": product.code}
    if line.group is not None:
        known["line.group"] = line.group
    value, whole = clamped(product.clamp, unit_or_whole(dated.price, abs(ticks), known), abs(ticks))
    state = State(index, product, known, ticks, value, whole, _dated(product.costs, quote.date), (value, whole))
    state.bars.append(Applied("list", "", dated.span.file, dated.span.line, 0, micro(value)))
    return state


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
