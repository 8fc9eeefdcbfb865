"""Makes the answer of priced lines: document rounding, totals apart, approvals, how long the price holds."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from engine.lang import book as b
from engine.lang.book import TOTAL_OF, total_name
from engine.plan.head import Head
from engine.pricing.approvals import Row, Rows, approvals_of, subjects, sum_whole
from engine.pricing.over import Run, term_of, totals_over
from engine.pricing.quote import (
    Applied,
    Line,
    LineTax,
    LineTerm,
    PricedBundle,
    PricedLine,
    PricedQuote,
    Quote,
    TaxTotal,
    Total,
)
from engine.pricing.refusals import Fault, line_error
from engine.values.kinds import Value
from engine.values.rounding import Mode, Rounding, round_ratio, round_to

MAX_AMOUNT = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Exact:
    """A line's list and net before rounding, in micros, with the quantity's sign."""

    listed: Fraction
    net: Fraction


@dataclass(frozen=True, slots=True)
class Levy:
    """The case that charges a line: its rule's name and reason, where it stands, and what it charges."""

    rule: str
    because: str | None
    file: str
    line: int
    label: str
    charge: b.Charge


@dataclass(slots=True)
class Outcome:
    """What pricing found for one line; a fault instead of amounts where it could not."""

    line: Line
    period: str = "once"
    unit_list: int = 0
    unit_net: int = 0
    list_amount: int = 0
    net_amount: int = 0
    cost_amount: int | None = None
    bars: tuple[Applied, ...] = ()
    exact: Exact | None = None
    granted: int = 0
    lowest_prior: int | None = None
    fault: Fault | None = None
    run: Run | None = None
    levy: Levy | None = None
    held: bool = False  # an amount stated with tax moved it, among prices without: its gross is kept
    tax: LineTax | None = None
    whole: bool = False  # its bars are of the whole line
    pocket_amount: int | None = None
    below: tuple[Applied, ...] = ()  # the bars below its net


def answered(head: Head, quote: Quote, outcomes: Sequence[Outcome]) -> PricedQuote:
    """The answer of lines that are settled already."""
    return assemble(head, quote, tuple(_line(head, out) for out in outcomes))


def assemble(head: Head, quote: Quote, lines: tuple[PricedLine, ...]) -> PricedQuote:
    """The answer around priced lines."""
    index, term = head.index, quote.facts.get("quote.term")
    rows = [
        (index[line.product], line.quantity, line.list_amount, line.net_amount, line.cost_amount, line.granted_amount)
        if line.error is None
        else None
        for line in lines
    ]
    asked = asked_of(head, lines, rows)
    terms = [term if line.term is None else line.term for line in quote.lines]

    def about(i: int | None) -> dict[str, Value]:
        line = None if i is None else quote.lines[i]
        if line is None:
            return subjects(quote.date, quote.facts)
        return subjects(quote.date, quote.facts, line.facts, line.quantity or 0, line.group)

    if quote.bundles:
        lines = tuple(replace(one, inside=asked.inside) for one, asked in zip(lines, quote.lines, strict=True))
    return PricedQuote(
        head.name, head.version, head.currency, quote.date, lines,
        with_taxes(head, _totals(head, lines, sums_of(head, rows, terms)), lines, terms),
        approvals_of(head, Rows(asked), sum_whole(head, asked), about), holds_until(head, quote.date),
        complete=all(line.error is None for line in lines) and all(one.error is None for one in quote.bundles), taxes=taxes_of(lines),
        bundles=tuple(_of_bundle(head, bundle, lines, rows, terms) for bundle in quote.bundles),
    )  # fmt: skip


def _of_bundle(
    head: Head,
    bundle: PricedBundle,
    lines: Sequence[PricedLine],
    rows: Sequence[Row | None],
    terms: Sequence[Value | None],
) -> PricedBundle:
    """A bundle with the totals of its own lines."""
    mine = [i for i, line in enumerate(lines) if line.inside is not None and line.inside.id == bundle.id]
    own, theirs = [lines[i] for i in mine], [terms[i] for i in mine]
    totals = _totals(head, own, sums_of(head, [rows[i] for i in mine], theirs))
    return replace(bundle, totals=with_taxes(head, totals, own, theirs))


def _fits(term: LineTerm) -> bool:
    whole = (term.list_amount, term.net_amount)
    amounts = (*whole, *(amount for one in term.segments for amount in (one.list_amount, one.net_amount)))
    return max(map(abs, amounts)) <= MAX_AMOUNT


def _totals(head: Head, lines: Sequence[PricedLine], sums: Sums) -> tuple[Total, ...]:
    """Over the times that lines say they run, where one does; else over the quote's months."""
    if any(line.term is not None for line in lines):
        return (*apart(sums), *totals_over(lines))
    return totals_of(head, sums)


Sums = Sequence[tuple[str, Value | None, int, int]]
"""Sums of list and net amounts by period and term."""


def holds_until(head: Head, date: int) -> int | None:
    """The first day on which a date in the book could change an answer (None: never)."""
    later = bisect_right(head.cuts, date)
    return head.cuts[later] if later < len(head.cuts) else None


def _line(head: Head, out: Outcome) -> PricedLine:
    line, term = out.line, _term(head, out)
    fault = Fault("OVERFLOW") if term is not None and not _fits(term) else out.fault
    if fault is not None:
        error = line_error(head, line, fault)
        return PricedLine(line.product, line.quantity or 0, out.period, 0, 0, 0, 0, None, error=error)
    return PricedLine(
        line.product, line.quantity or 0, out.period, out.unit_list, out.unit_net, out.list_amount, out.net_amount,
        out.cost_amount, out.bars + out.below, None, line.quantity is not None, out.granted, out.lowest_prior, out.tax,
        out.pocket_amount, term,
    )  # fmt: skip


def _term(head: Head, out: Outcome) -> LineTerm | None:
    """The line over the time it runs."""
    if out.run is None or out.fault is not None:
        return None
    exact = out.exact is not None and out.tax is None  # with tax rules both amounts are without tax
    listed = out.exact.listed if out.exact is not None and exact else Fraction(out.list_amount)
    return term_of(head.rounding, out.run, out.line.quantity or 0, listed, out.net_amount)


def round_documents(rounding: Rounding, outcomes: Sequence[Outcome]) -> None:
    """One rounding per total (lines of one period), split over its lines by largest fraction, ties to the earlier."""
    for period in sorted({out.period for out in outcomes if out.exact}):
        lines = [(out, out.exact) for out in outcomes if out.exact and out.period == period]
        amounts = [e.listed - e.net if rounding.discounts else e.net for _, e in lines]
        total = round_to(sum(amounts, Fraction(0)), rounding.step, rounding.mode)
        shares = shares_of(amounts, rounding.step, total)
        for (out, exact), share in zip(lines, shares, strict=True):
            out.net_amount = round_ratio(exact.listed - share, "half even") if rounding.discounts else share


def shares_of(amounts: Sequence[Fraction] | Sequence[int], step: int, total: int) -> list[int]:
    """A total split over its exact parts, in steps: largest fraction first, ties to the earlier."""
    floors = [amount // step for amount in amounts]
    missing = total // step - sum(floors)
    order = sorted(range(len(amounts)), key=lambda i: (step * floors[i] - amounts[i], i))
    more = set(order[:missing])
    return [step * (floor + (i in more)) for i, floor in enumerate(floors)]


# ---------------------------------------------------------------- totals

MONTHS = {"month": 1, "quarter": 3, "year": 12}


def sums_of(head: Head, rows: Sequence[Row | None], terms: Sequence[Value | None]) -> Sums:
    """Sums by period and term of the lines that have a price."""
    sums: dict[tuple[str, Value | None], tuple[int, int]] = {}
    for row, term in zip(rows, terms, strict=True):
        if row is not None:
            key = (head.products[row[0]].period, term)
            listed, net = sums.get(key, (0, 0))
            sums[key] = listed + row[2], net + row[3]
    return [(*key, *pair) for key, pair in sums.items()]


def totals_of(head: Head, sums: Sums) -> tuple[Total, ...]:
    """Totals that are never added: once, per period, usage; and over the first year and the term, where a term is known."""
    return (*apart(sums), *_over(head, sums))


def apart(sums: Sums) -> list[Total]:
    """A total for each way of charging, in their order; those for terms of their own come last."""
    found: dict[str, tuple[int, int]] = {}
    for period, _, listed, net in sums:
        name = total_name(period)
        before = found.get(name, (0, 0))
        found[name] = before[0] + listed, before[1] + net
    order = [name for name in NAMES.values() if name in found]
    return [Total(name, *found[name]) for name in (*order, *sorted(found.keys() - set(order)))]


NAMES = TOTAL_OF
"""A total's name by its period, in the order that totals come in."""


OVER = {"first_year": 12, "over_term": None}
"""Totals over several periods, and over at most how many months."""


def _over(head: Head, sums: Sums) -> list[Total]:
    """`first_year` and `over_term`: charges once, and each period's for as many months as it runs."""
    running = [one for one in sums if one[0] in MONTHS]
    if not running or any(not isinstance(one[1], int) for one in running):
        return []
    once = [one for one in sums if one[0] == "once"]
    return [_spread(head, name, most, running, once) for name, most in OVER.items()]


def _spread(head: Head, name: str, most: int | None, running: Sums, once: Sums) -> Total:
    """Summed in twelfths, in which every period of so many months is a whole number."""
    listed, net = 12 * sum(one[2] for one in once), 12 * sum(one[3] for one in once)
    for period, term, list_amount, net_amount in running:
        months = int(term or 0)
        times = min(months, most or months) * (12 // MONTHS[period])
        listed += times * list_amount
        net += times * net_amount
    rounding = head.rounding
    return Total(name, _settled(listed, 1, "half even"), _settled(net, rounding.step, rounding.mode))


def _settled(twelfths: int, step: int, mode: Mode) -> int:
    """A total of whole micros stays as it is; a part of a period is rounded as the book says."""
    return round_to(Fraction(twelfths, 12), step, mode) if twelfths % 12 else twelfths // 12


# ---------------------------------------------------------------- taxes and pocket


def asked_of(head: Head, lines: Sequence[PricedLine], rows: Sequence[Row | None]) -> Sequence[Row | None]:
    """What approvals look at: amounts as the book's prices are. Where these include tax, so does the cost, at the line's own ratio."""
    if not head.prices_include_tax:
        return rows
    return [
        _gross(line, row) if row is not None and line.tax is not None else row
        for line, row in zip(lines, rows, strict=True)
    ]


def _gross(line: PricedLine, row: Row) -> Row:
    tax, net = line.tax, line.net_amount
    assert tax is not None
    cost = row[4] if row[4] is None or not net else Fraction(row[4]) * tax.gross_amount / net
    return row[0], row[1], tax.list_gross, tax.gross_amount, cost, row[5]


def with_taxes(
    head: Head, totals: tuple[Total, ...], lines: Sequence[PricedLine], terms: Sequence[Value | None]
) -> tuple[Total, ...]:
    """The totals with their tax, gross and pocket, where lines have them; each a sum of the lines' own."""
    if any(line.tax is not None for line in lines):
        tax = _sums_by_name(head, [0 if one.tax is None else one.tax.tax_amount for one in lines], lines, terms)
        totals = tuple(
            t._replace(tax_amount=tax[t.name], gross_amount=t.net_amount + tax[t.name]) if t.name in tax else t
            for t in totals
        )
    if any(line.pocket_amount is not None for line in lines):
        pocket = _sums_by_name(head, [line.pocket_amount or 0 for line in lines], lines, terms)
        totals = tuple(t._replace(pocket_amount=pocket.get(t.name)) for t in totals)
    return totals


def _sums_by_name(
    head: Head, amounts: Sequence[int], lines: Sequence[PricedLine], terms: Sequence[Value | None]
) -> dict[str, int]:
    """A figure of the lines, summed as their net amounts are."""
    rows = [
        (head.index[line.product], line.quantity, 0, amount, None, 0) if line.error is None else None
        for line, amount in zip(lines, amounts, strict=True)
    ]
    sums = sums_of(head, rows, terms)
    found = apart(sums) if any(line.term is not None for line in lines) else totals_of(head, sums)
    return {total.name: total.net_amount for total in found}


def taxes_of(lines: Sequence[PricedLine]) -> tuple[TaxTotal, ...]:
    """What is taxed and the tax, by period, category and rate: in the order of totals, then of lines."""
    found: dict[tuple[str, str, int], TaxTotal] = {}
    for line in lines:
        if line.tax is not None and line.error is None:
            key = (total_name(line.period), line.tax.category, line.tax.rate)
            before = found.get(key) or TaxTotal(*key, 0, 0, line.tax.because)
            found[key] = before._replace(
                taxable_amount=before.taxable_amount + line.net_amount,
                tax_amount=before.tax_amount + line.tax.tax_amount,
            )
    order = list(NAMES.values())
    return tuple(sorted(found.values(), key=lambda one: order.index(one.name) if one.name in order else len(order)))
