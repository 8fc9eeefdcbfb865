"""What tax means: which rule charges a line, and how much, rounded where the book says.

Prices without tax: the tax is the net times the rate. Prices with tax: the net is computed of the gross and rounded, and the
tax is the rest; a gross is never computed back from a net. Either way net + tax = gross, of each line and of every total.

    find_charges  before any step: the one rule that applies to a line, for an amount may be stated with tax or without
    levy          after all rounding of prices: one rounding a category and rate (EN 16931, BR-CO-17), a unit, a line or a document
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from engine.lang import book as b
from engine.pricing.answer import Levy, Outcome, shares_of
from engine.pricing.interpret.hits import hits_of, number_of
from engine.pricing.interpret.state import State, micro
from engine.pricing.quote import Applied, LineTax
from engine.pricing.refusals import Fault
from engine.values.currency import minor_unit_micros
from engine.values.kinds import MICROS
from engine.values.rounding import round_to

# ---------------------------------------------------------------- which rule charges


def find_charges(book: b.Book, lines: Sequence[State]) -> None:
    """Give each line the tax rule that applies to it; a line to which none or two do has no price."""
    step = next((n for n, one in enumerate(book.steps) if one.combine == "tax"), None)
    if step is None or not any(rule.kind == "tax" for rule in book.rules):
        return
    for line in lines:
        hits = hits_of(book, step, line.product, line.known)
        if len(hits) == 1:
            rule, case = hits[0]
            assert isinstance(case.give, b.Charge)
            line.levy = Levy(rule, case, case.give)
            line.cost_factor = 1 + case.give.rate if book.prices_include_tax else Fraction(1)
        elif hits:
            line.fault = Fault("CONFLICT", case=number_of(book, hits[0][1]), other=number_of(book, hits[1][1]))
        else:
            line.fault = Fault("NO_TAX")


def in_book_terms(give: b.Amount | b.OnLine, line: State) -> Fraction:
    """An amount as the book's prices are: one that says `including tax` among prices without it loses its tax."""
    if give.tax is None or line.levy is None:
        return give.micros
    if give.tax == "excluding":
        return give.micros * (1 + line.levy.charge.rate)
    line.levy = replace(line.levy, held=True)
    return give.micros / (1 + line.levy.charge.rate)


# ---------------------------------------------------------------- how much


@dataclass(frozen=True)
class _Taxed:
    """An amount to tax (signed micros, as the book's prices are): of one unit, of the line, and how many."""

    charge: b.Charge
    period: str
    unit: Fraction
    amount: int
    ticks: int
    whole: bool


def levy(book: b.Book, outs: Sequence[Outcome]) -> None:
    """Settle the tax of every line that a rule charges: its amounts become net, with the tax and the gross beside them."""
    lines = [(out, out.levy) for out in outs if out.fault is None and out.levy is not None]
    if not lines:
        return
    sold = _taxes(book, [_taxed(of, out, out.unit_net, out.net_amount) for out, of in lines])
    listed = _taxes(book, [_taxed(of, out, out.unit_list, out.list_amount) for out, of in lines])
    for (out, of), tax, list_tax in zip(lines, sold, listed, strict=True):
        net, list_net = out.net_amount, out.list_amount
        if of.held and not book.prices_include_tax and book.tax_level in ("unit", "line"):
            net, tax = _held(book, of.charge.rate, out)
        if book.prices_include_tax:
            net, list_net = net - tax, list_net - list_tax
        out.net_amount, out.list_amount = net, list_net
        out.tax = LineTax(
            of.rule.name, of.charge.category, micro(of.charge.rate * MICROS), tax, net + tax, list_tax, list_net + list_tax,
            of.rule.because,
        )  # fmt: skip
        out.bars += _bars(book, of, out)


def step_of(book: b.Book) -> int:
    """What tax is rounded to, in micros."""
    return book.tax_step or minor_unit_micros(book.currency)


def _taxed(of: Levy, out: Outcome, unit: int, amount: int) -> _Taxed:
    return _Taxed(of.charge, out.period, Fraction(unit), amount, out.line.quantity or 0, out.whole)


def _taxes(book: b.Book, rows: Sequence[_Taxed]) -> list[int]:
    """The tax of each amount. What is rounded is the tax, or, where prices include it, the net."""
    includes, step, mode = book.prices_include_tax, step_of(book), book.rounding.mode

    def part(charge: b.Charge, amount: Fraction | int) -> Fraction:
        return Fraction(amount) / (1 + charge.rate) if includes else amount * charge.rate

    if book.tax_level == "rate":
        parts = _split(rows, lambda row: (row.period, row.charge), part, step, mode)
    elif book.tax_level == "document":
        parts = _split(rows, lambda row: row.period, part, step, mode)
    else:
        by_unit = book.tax_level == "unit"
        parts = [
            round_to(Fraction(round_to(part(row.charge, row.unit), step, mode)) * Fraction(row.ticks, MICROS), step, mode)
            if by_unit and not row.whole
            else round_to(part(row.charge, row.amount), step, mode)
            for row in rows
        ]  # fmt: skip
    return [row.amount - one if includes else one for row, one in zip(rows, parts, strict=True)]


def _split(
    rows: Sequence[_Taxed], key: Callable[[_Taxed], Hashable], part: Callable[[b.Charge, int], Fraction], step: int, mode: str
) -> list[int]:  # fmt: skip
    """One rounding of each sum, and the lines' shares of it by largest fraction, ties to the earlier line."""
    parts = [0] * len(rows)
    groups: dict[Hashable, list[int]] = {}
    for i, row in enumerate(rows):
        groups.setdefault(key(row), []).append(i)
    for members in groups.values():
        exact = [part(rows[i].charge, rows[i].amount) for i in members]
        total = round_to(sum(exact, Fraction(0)), step, mode)  # type: ignore[arg-type]
        for i, share in zip(members, shares_of(exact, step, total), strict=True):
            parts[i] = share
    return parts


def _held(book: b.Book, rate: Fraction, out: Outcome) -> tuple[int, int]:
    """Net and tax of a line of which an amount was stated with tax: its gross is kept, and the net computed from that."""
    step, mode = step_of(book), book.rounding.mode
    exact = out.exact.net if out.exact is not None else Fraction(out.net_amount)
    gross = round_to(exact * (1 + rate), step, mode)
    net = round_to(Fraction(gross) / (1 + rate), step, mode)
    return net, gross - net


def _bars(book: b.Book, of: Levy, out: Outcome) -> tuple[Applied, ...]:
    """The bar of the tax, and of its rounding where that moves something: from net to gross, or from a gross price to its net."""
    assert out.tax is not None
    before, rate, span = out.bars[-1].after, of.charge.rate, of.case.span
    exact = before / (1 + rate) if book.prices_include_tax else before * (1 + rate)
    bar = Applied("tax", of.rule.name, span.file, span.line, before, micro(exact), of.case.label, of.rule.because)
    amount = abs(out.net_amount if book.prices_include_tax else out.tax.gross_amount)
    quantity = Fraction(abs(out.line.quantity or 0), MICROS)
    if not quantity:
        return (bar,)
    settled = micro(Fraction(amount) if out.whole else amount / quantity)
    if settled == bar.after:
        return (bar,)
    return bar, Applied("tax rounding", "", span.file, span.line, bar.after, settled)
