"""Which tax rule charges a line: found before any step, for an amount may be stated with tax or without, and costs have none."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from engine.lang import book as b
from engine.pricing.answer import Levy
from engine.pricing.interpret.hits import Hit, hits_of, number_of
from engine.pricing.interpret.state import State
from engine.pricing.refusals import Fault


def find_charges(book: b.Book, lines: Sequence[State]) -> None:
    """Give each line the tax rule that applies to it; a line to which none or two do has no price."""
    step = next((n for n, one in enumerate(book.steps) if one.combine == "tax"), None)
    if step is None or not any(rule.kind == "tax" for rule in book.rules):
        return
    for line in lines:
        hits = hits_of(book, step, line.product, line.known)
        if len(hits) == 1:
            line.levy = _levy(hits[0])
            line.cost_factor = 1 + line.levy.charge.rate if book.prices_include_tax else Fraction(1)
        elif hits:
            line.fault = Fault("CONFLICT", case=number_of(book, hits[0][1]), other=number_of(book, hits[1][1]))
        else:
            line.fault = Fault("NO_TAX")


def _levy(hit: Hit) -> Levy:
    rule, case = hit
    assert isinstance(case.give, b.Charge)
    return Levy(rule.name, rule.because, case.span.file, case.span.line, case.label, case.give)


def in_book_terms(give: b.Amount | b.OnLine, line: State) -> Fraction:
    """An amount as the line's price is: one that says `including tax` among prices without it loses its tax. Below the net no
    price has tax."""
    if give.tax is None or line.levy is None:
        return give.micros
    gross = 1 + line.levy.charge.rate
    if give.tax == "including":
        return give.micros / gross
    return give.micros if line.invoiced is not None else give.micros * gross
