"""How money, quantities and waterfalls look in a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from rich.table import Table

from engine.plan.head import Head
from engine.pricing.quote import Applied, Exchange, LineTerm, PricedQuote, Segment
from engine.values.currency import written
from engine.values.kinds import MICROS, decimal, exact_decimal


def money(micros: int, currency: str) -> str:
    """`1,725.00`: micros as a decimal with at least the currency's decimals."""
    return written(micros, currency)


def change(before: int, after: int, currency: str) -> str:
    """`-5.88`, `+1.23`: what a bar did."""
    return ("+" if after > before else "") + money(after - before, currency)


def waterfall(bars: Iterable[Applied], title: str, currency: str) -> Table:
    """A line's waterfall: one row a bar, amounts per unit."""
    table = Table(title=title, title_justify="left", title_style="bold")
    for name in ("step", "rule", "where"):
        table.add_column(name, style="cyan" if name == "where" else "", no_wrap=name != "rule")
    for name in ("before", "change", "after"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("because")
    for bar in bars:
        rule = f"{bar.rule} ({bar.label})" if bar.label else bar.rule
        first = bar.step == "list"
        before = "" if first else money(bar.before, currency)
        moved = "" if first else change(bar.before, bar.after, currency)
        style = "dim" if bar.before == bar.after and not first else ""
        where = f"{bar.file}:{bar.line}" if bar.file else ""
        table.add_row(bar.step, rule, where, before, moved, money(bar.after, currency), bar.because or "", style=style)
    return table


def over_term(term: LineTerm, currency: str) -> Table:
    """A line over the time it runs, by the segments of its ramp where it has one."""
    table = Table(title=f"over {term.text}", title_justify="left", title_style="bold")
    for name in ("from", "through", "for"):
        table.add_column(name)
    table.add_column("list", justify="right")
    table.add_column("net", justify="right", style="bold")
    parts: list[LineTerm | Segment] = [*term.segments, term]
    for part in parts:
        first, last = _days(part.start, part.end)
        listed, net = (money(amount, currency) for amount in (part.list_amount, part.net_amount))
        table.add_row(first, last, part.text, listed, net)
    return table


def _days(start: int | None, end: int | None) -> tuple[str, str]:
    """The first and the last day of a time, half-open; "" where it is not said."""
    first = "" if start is None else date.fromordinal(start).isoformat()
    return first, "" if end is None else date.fromordinal(end - 1).isoformat()


def totals(quote: PricedQuote) -> Table:
    """The totals of a quote, which are never added up."""
    table = Table(title="totals, apart", title_justify="left", title_style="bold")
    table.add_column("total")
    table.add_column("list", justify="right")
    table.add_column("net", justify="right", style="bold")
    beside = [name for name in BESIDE if any(getattr(total, f"{name}_amount") is not None for total in quote.totals)]
    for name in beside:
        table.add_column(name, justify="right")
    for total in quote.totals:
        listed, net = (money(amount, quote.currency) for amount in (total.list_amount, total.net_amount))
        known = [getattr(total, f"{name}_amount") for name in beside]  # a total over a term has no tax of its own
        more = ["" if amount is None else money(amount, quote.currency) for amount in known]
        table.add_row(total.name, listed, f"{net} {quote.currency}", *more)
    return table


def exchange(one: Exchange) -> str:
    """`1 EUR = 1.1 USD since 2026-01-01`."""
    since = "" if one.start is None else f" since {date.fromordinal(one.start)}"
    return f"1 {one.source} = {exact_decimal(one.rate)} {one.target}{since}"


BESIDE = ("tax", "gross", "pocket")
"""Figures that totals have where the book has tax rules, or steps below its net."""


def taxes(quote: PricedQuote) -> Table:
    """What is taxed by category and rate."""
    table = Table(title="taxes", title_justify="left", title_style="bold")
    for name in ("total", "category", "rate", "taxable", "tax", "because"):
        table.add_column(name, justify="right" if name in ("rate", "taxable", "tax") else "left")
    for tax in quote.taxes:
        taxable, amount = (money(micros, quote.currency) for micros in (tax.taxable_amount, tax.tax_amount))
        table.add_row(
            tax.name,
            tax.category,
            f"{decimal(tax.rate * 100)}%",
            taxable,
            f"{amount} {quote.currency}",
            tax.because or "",
        )
    return table


def quantity(ticks: int, unit: str) -> str:
    """`50 seats`, `12.5 hours`."""
    whole, part = divmod(abs(ticks), MICROS)
    decimals = f"{part:06d}".rstrip("0")
    return f"{'-' if ticks < 0 else ''}{whole:,}{'.' + decimals if decimals else ''} {unit}"


def unit_of(head: Head, product: str, ticks: int) -> str:
    """The unit's word for this many."""
    unit = head.units[head.products[head.index[product]].unit]
    return unit.name if abs(ticks) == MICROS else unit.plural


def period_words(period: str) -> str:
    """`a month`, `once`, `by use`."""
    own = f"per {period}" if " " in period else f"a {period}"
    return {"once": "once", "use": "by use", "term": "for the time it runs"}.get(period, own)
