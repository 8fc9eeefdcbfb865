"""Makes the answer of priced lines: document rounding, totals apart, approvals, how long the price holds."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from engine.plan.head import Head
from engine.pricing.approvals import approvals_of
from engine.pricing.quote import Applied, Line, PricedLine, PricedQuote, Quote, Total
from engine.pricing.refusals import Fault, line_error
from engine.values.rounding import round_ratio, round_to


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
    never_discounted: bool = False
    bars: tuple[Applied, ...] = ()
    exact: Exact | None = None
    fault: Fault | None = None


def answer(head: Head, quote: Quote, outcomes: Sequence[Outcome]) -> PricedQuote:
    """The whole answer for a quote."""
    if head.rounding.level == "document":
        round_documents(head, outcomes)
    return assemble(head, quote, tuple(_line(head, out) for out in outcomes))


def assemble(head: Head, quote: Quote, lines: tuple[PricedLine, ...]) -> PricedQuote:
    """The answer around priced lines: totals, approvals, how long it holds."""
    later = bisect_right(head.cuts, quote.date)
    return PricedQuote(
        head.name, head.version, head.currency, quote.date, lines,
        totals_of(head, quote, lines), approvals_of(head, quote, lines),
        head.cuts[later] if later < len(head.cuts) else None,
        complete=all(line.error is None for line in lines),
    )  # fmt: skip


def _line(head: Head, out: Outcome) -> PricedLine:
    line = out.line
    if out.fault is not None:
        error = line_error(head, line, out.fault)
        return PricedLine(line.product, line.quantity or 0, out.period, 0, 0, 0, 0, None, error=error)
    return PricedLine(
        line.product, line.quantity or 0, out.period, out.unit_list, out.unit_net, out.list_amount, out.net_amount,
        out.cost_amount, out.bars, None, line.quantity is not None,
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


def totals_of(head: Head, quote: Quote, lines: Sequence[PricedLine]) -> tuple[Total, ...]:
    """Totals that are never added: once, per period, usage; and over the first year and the term, where a term is known."""
    sums: dict[str, list[int]] = {}
    for line in lines:
        if line.error is None:
            pair = sums.setdefault(line.period, [0, 0])
            pair[0] += line.list_amount
            pair[1] += line.net_amount
    totals = [Total(_name(period), *pair) for period, pair in sums.items()]
    totals.sort(key=lambda t: _ORDER.index(t.name))
    return (*totals, *_over(head, quote, lines))


_ORDER = ("once", "per_day", "per_week", "per_month", "per_quarter", "per_year", "usage")


def _name(period: str) -> str:
    return period if period == "once" else "usage" if period == "use" else f"per_{period}"


def _over(head: Head, quote: Quote, lines: Sequence[PricedLine]) -> list[Total]:
    """`first_year` and `over_term`: charges once, and each period's for as many months as it runs."""
    term = quote.facts.get("quote.term")
    terms = [term if asked.term is None else asked.term for asked in quote.lines]
    counted = [
        (ln, t) for ln, t in zip(lines, terms, strict=True) if ln.error is None and ln.period in (*MONTHS, "once")
    ]
    if not counted or any(not isinstance(t, int) for ln, t in counted if ln.period != "once"):
        return []
    if all(ln.period == "once" for ln, _ in counted):
        return []
    spans = {"first_year": 12, "over_term": None}
    return [_spread(head, name, most, counted) for name, most in spans.items()]


def _spread(head: Head, name: str, most: int | None, counted: Sequence[tuple[PricedLine, object]]) -> Total:
    sums = [Fraction(0), Fraction(0)]
    for line, term in counted:
        months = term if isinstance(term, int) else 0
        times = Fraction(1) if line.period == "once" else Fraction(min(months, most or months), MONTHS[line.period])
        sums[0] += line.list_amount * times
        sums[1] += line.net_amount * times
    step, mode = head.rounding.step, head.rounding.mode
    return Total(name, round_ratio(sums[0], "half even"), _settled(sums[1], step, mode))


def _settled(amount: Fraction, step: int, mode: str) -> int:
    """A total of whole minor units stays as it is; a part of a period is rounded as the book says."""
    return int(amount) if amount.denominator == 1 else round_to(amount, step, mode)  # type: ignore[arg-type]
