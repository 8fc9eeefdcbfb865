"""Makes the answer of priced lines: document rounding, totals apart, approvals, how long the price holds."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from engine.plan.head import Head
from engine.pricing.approvals import Row, Rows, approvals_of, subjects, sum_whole
from engine.pricing.quote import Applied, Line, PricedLine, PricedQuote, Quote, Total
from engine.pricing.refusals import Fault, line_error
from engine.values.kinds import Value
from engine.values.rounding import Mode, round_ratio, round_to


@dataclass(frozen=True, slots=True)
class Exact:
    """A line's list and net before rounding, in micros, with the quantity's sign."""

    listed: Fraction
    net: Fraction


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
    fault: Fault | None = None


def answer(head: Head, quote: Quote, outcomes: Sequence[Outcome]) -> PricedQuote:
    """The whole answer for a quote."""
    if head.rounding.level == "document":
        round_documents(head, outcomes)
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
    terms = [term if line.term is None else line.term for line in quote.lines]

    def about(i: int | None) -> dict[str, Value]:
        line = None if i is None else quote.lines[i]
        if line is None:
            return subjects(quote.date, quote.facts)
        return subjects(quote.date, quote.facts, line.facts, line.quantity or 0, line.group)

    return PricedQuote(
        head.name, head.version, head.currency, quote.date, lines, totals_of(head, sums_of(head, rows, terms)),
        approvals_of(head, Rows(rows), sum_whole(head, rows), about), holds_until(head, quote.date),
        complete=all(line.error is None for line in lines),
    )  # fmt: skip


Sums = Sequence[tuple[str, Value | None, int, int]]
"""Sums of list and net amounts by period and term."""


def holds_until(head: Head, date: int) -> int | None:
    """The first day on which a date in the book could change an answer (None: never)."""
    later = bisect_right(head.cuts, date)
    return head.cuts[later] if later < len(head.cuts) else None


def _line(head: Head, out: Outcome) -> PricedLine:
    line = out.line
    if out.fault is not None:
        error = line_error(head, line, out.fault)
        return PricedLine(line.product, line.quantity or 0, out.period, 0, 0, 0, 0, None, error=error)
    return PricedLine(
        line.product, line.quantity or 0, out.period, out.unit_list, out.unit_net, out.list_amount, out.net_amount,
        out.cost_amount, out.bars, None, line.quantity is not None, out.granted,
    )  # fmt: skip


def round_documents(head: Head, outcomes: Sequence[Outcome]) -> None:
    """One rounding per total (lines of one period), split over its lines by largest fraction, ties to the earlier."""
    rounding = head.rounding
    for period in sorted({out.period for out in outcomes if out.exact}):
        lines = [(out, out.exact) for out in outcomes if out.exact and out.period == period]
        amounts = [e.listed - e.net if rounding.discounts else e.net for _, e in lines]
        total = round_to(sum(amounts, Fraction(0)), rounding.step, rounding.mode)
        shares = _largest_fraction(amounts, rounding.step, total)
        for (out, exact), share in zip(lines, shares, strict=True):
            out.net_amount = round_ratio(exact.listed - share, "half even") if rounding.discounts else share


def _largest_fraction(amounts: list[Fraction], step: int, total: int) -> list[int]:
    floors = [amount // step for amount in amounts]
    missing = total // step - sum(floors)
    order = sorted(range(len(amounts)), key=lambda i: (-(amounts[i] / step - floors[i]), i))
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
    apart: dict[str, tuple[int, int]] = {}
    for period, _, listed, net in sums:
        name = NAMES[period]
        before = apart.get(name, (0, 0))
        apart[name] = before[0] + listed, before[1] + net
    return (*(Total(name, *apart[name]) for name in NAMES.values() if name in apart), *_over(head, sums))


NAMES = {
    "once": "once", "day": "per_day", "week": "per_week", "month": "per_month", "quarter": "per_quarter", "year": "per_year",
    "use": "usage",
}  # fmt: skip
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
