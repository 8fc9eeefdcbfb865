"""How much tax lines are charged, rounded where the book says: for both twins, whoever found the rules and the prices.

Prices without tax: the tax is the net times the rate. Prices with tax: the net is computed of the gross and rounded, and the
tax is the rest; a gross is never computed back from a net. Either way net + tax = gross, of each line and of every total. One
rounding a category and rate (EN 16931, BR-CO-17), a unit, a line or a document.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Protocol

from engine.lang import book as b
from engine.pricing.answer import Levy, Outcome, round_documents, shares_of
from engine.pricing.quote import Applied, LineTax
from engine.values.currency import minor_unit_micros
from engine.values.kinds import MICROS
from engine.values.rounding import Mode, Rounding, round_over, round_ratio, round_to


class Terms(Protocol):
    """What a book, or the head of its plan, says of tax."""

    @property
    def currency(self) -> str: ...
    @property
    def rounding(self) -> Rounding: ...
    @property
    def prices_include_tax(self) -> bool: ...
    @property
    def tax_level(self) -> b.TaxLevel: ...
    @property
    def tax_step(self) -> int: ...


def settle(terms: Terms, outs: Sequence[Outcome]) -> None:
    """What is invoiced: documents rounded, then taxes levied."""
    if terms.rounding.level == "document":
        round_documents(terms.rounding, outs)
    levy(terms, outs)


@dataclass(frozen=True)
class _Taxed:
    """An amount to tax (signed micros, as the book's prices are): of one unit, of the line, and how many."""

    charge: b.Charge
    period: str
    unit: int
    amount: int
    ticks: int
    whole: bool


def levy(terms: Terms, outs: Sequence[Outcome]) -> None:
    """Settle the tax of every line that a rule charges: its amounts become net, with the tax and the gross beside them."""
    lines = [(out, out.levy) for out in outs if out.fault is None and out.levy is not None]
    if not lines:
        return
    sold = _taxes(terms, [_taxed(of, out, out.unit_net, out.net_amount) for out, of in lines])
    listed = _taxes(terms, [_taxed(of, out, out.unit_list, out.list_amount) for out, of in lines])
    for (out, of), tax, list_tax in zip(lines, sold, listed, strict=True):
        net, list_net = out.net_amount, out.list_amount
        if out.held and not terms.prices_include_tax and terms.tax_level in ("unit", "line"):
            net, tax = _held(terms, of.charge.rate, out)
        if terms.prices_include_tax:
            net, list_net = net - tax, list_net - list_tax
        out.net_amount, out.list_amount = net, list_net
        out.tax = LineTax(
            of.rule, of.charge.category, _micro(of.charge.rate * MICROS), tax, net + tax, list_tax, list_net + list_tax,
            of.because,
        )  # fmt: skip
        if out.bars:
            out.bars += _bars(terms, of, out)


def step_of(terms: Terms) -> int:
    """What tax is rounded to, in micros."""
    return terms.tax_step or minor_unit_micros(terms.currency)


def _taxed(of: Levy, out: Outcome, unit: int, amount: int) -> _Taxed:
    return _Taxed(of.charge, out.period, unit, amount, out.line.quantity or 0, out.whole)


def _taxes(terms: Terms, rows: Sequence[_Taxed]) -> list[int]:
    """The tax of each amount. What is rounded is the tax, or, where prices include it, the net."""
    includes, step, mode = terms.prices_include_tax, step_of(terms), terms.rounding.mode
    if terms.tax_level == "rate":
        parts = _split(rows, lambda row: (row.period, row.charge.rate, row.charge.category), includes, step, mode)
    elif terms.tax_level == "document":
        parts = _split(rows, lambda row: row.period, includes, step, mode)
    else:
        by_unit = terms.tax_level == "unit"
        parts = [
            _of_units(row, includes, step, mode)
            if by_unit and not row.whole
            else round_over(row.amount * _times(row.charge, includes), _over(row.charge, includes), step, mode)
            for row in rows
        ]
    return [row.amount - one if includes else one for row, one in zip(rows, parts, strict=True)]


def _times(charge: b.Charge, includes: bool) -> int:
    """What is rounded of an amount is so many `_over` of it."""
    return charge.rate.denominator if includes else charge.rate.numerator


def _over(charge: b.Charge, includes: bool) -> int:
    return charge.rate.denominator + (charge.rate.numerator if includes else 0)


def _of_units(row: _Taxed, includes: bool, step: int, mode: Mode) -> int:
    """Rounded of one unit, times how many; rounded again where these are no whole number of units."""
    one = round_over(row.unit * _times(row.charge, includes), _over(row.charge, includes), step, mode)
    return round_over(one * row.ticks, MICROS, step, mode)


def _split(
    rows: Sequence[_Taxed], key: Callable[[_Taxed], Hashable], includes: bool, step: int, mode: Mode
) -> list[int]:
    """One rounding of each sum, and the lines' shares of it by largest fraction, ties to the earlier line."""
    parts = [0] * len(rows)
    groups: dict[Hashable, list[int]] = {}
    for i, row in enumerate(rows):
        groups.setdefault(key(row), []).append(i)
    for members in groups.values():
        whole = lcm(*{_over(rows[i].charge, includes) for i in members})
        exact = [
            rows[i].amount * _times(rows[i].charge, includes) * (whole // _over(rows[i].charge, includes))
            for i in members
        ]
        total = round_over(sum(exact), whole, step, mode)
        for i, share in zip(members, shares_of(exact, step * whole, total * whole), strict=True):
            parts[i] = share // whole
    return parts


def _held(terms: Terms, rate: Fraction, out: Outcome) -> tuple[int, int]:
    """Net and tax of a line of which an amount was stated with tax: its gross is kept, and the net computed from that."""
    step, mode = step_of(terms), terms.rounding.mode
    exact = out.exact.net if out.exact is not None else Fraction(out.net_amount)
    gross = round_to(exact * (1 + rate), step, mode)
    net = round_to(Fraction(gross) / (1 + rate), step, mode)
    return net, gross - net


def _bars(terms: Terms, of: Levy, out: Outcome) -> tuple[Applied, ...]:
    """The bar of the tax, and of its rounding where that moves something: from net to gross, or from a gross price to its net."""
    assert out.tax is not None
    before, rate = out.bars[-1].after, of.charge.rate
    exact = before / (1 + rate) if terms.prices_include_tax else before * (1 + rate)
    bar = Applied("tax", of.rule, of.file, of.line, before, _micro(exact), of.label, of.because)
    amount = abs(out.net_amount if terms.prices_include_tax else out.tax.gross_amount)
    quantity = Fraction(abs(out.line.quantity or 0), MICROS)
    if not quantity:
        return (bar,)
    settled = _micro(Fraction(amount) if out.whole else amount / quantity)
    if settled == bar.after:
        return (bar,)
    return bar, Applied("tax rounding", "", of.file, of.line, bar.after, settled)


def _micro(value: Fraction | int) -> int:
    return round_ratio(Fraction(value), "half even")
