"""What is said about terms, ramps, rates and tariffs: E560 to E569, E327 to E330, W628."""

from __future__ import annotations

from collections.abc import Iterable

from engine.lang.diagnostics import Diagnostic
from engine.lang.places import Span
from engine.lang.words.form import a, cut, error, listed, warning


def time_fact(path: str, kind: str, wanted: str, span: Span) -> Diagnostic:
    return error(
        "E560", span, f"`{path}` is {a(kind)} here, and the time of a quote is counted by it",
        f"declare it {wanted}, or give it another name",
    )  # fmt: skip


def no_such_prorate(said: str, allowed: Iterable[str], span: Span) -> Diagnostic:
    return error("E561", span, f"parts of a period are not counted `by {cut(said)}`", f"write {listed(allowed)}")


def no_ramp(product: str, period: str, span: Span) -> Diagnostic:
    charged = {"once": "charged once", "use": "charged by use", "term": "charged for the time it runs"}
    is_ = charged.get(period, f"charged per {period}")
    return error(
        "E562", span, f"`{cut(product)}` is {is_}, so its term has no segments",
        "a ramp is for what is charged per month, quarter or year",
    )  # fmt: skip


def ramp_every(text: str, span: Span) -> Diagnostic:
    return error(
        "E563", span, f"a segment cannot be {cut(text)} long", "write whole months or years, such as 12 months"
    )


def uplift_a_year(months: int, span: Span) -> Diagnostic:
    return error(
        "E563", span, f"segments of {months} months do not begin once a year, so `a year` says no exact price",
        "write `each`: the uplift of each segment on the one before",
    )  # fmt: skip


def ramp_row(text: str, reason: str, span: Span) -> Diagnostic:
    return error(
        "E564", span, f"`{cut(text)}`: {reason}", "write months 1, 13, 25 ... in order, and a price or a percent"
    )


def ramp_head(text: str, span: Span) -> Diagnostic:
    return error(
        "E564",
        span,
        f"`{cut(text)}` is no column of a ramp",
        "its columns are `months from` and one of price, uplift, off",
    )


def tariff_gap(hours: str, row: str, span: Span) -> Diagnostic:
    return error("E565", span, f"no row has a price for {hours}", f"add, with its price: {row}")


def tariff_overlap(hours: str, span: Span, first: Span) -> Diagnostic:
    return error(
        "E566", span, f"two rows have a price for {hours}: the other is at {first.file}:{first.line}",
        "leave those hours to one of them",
    )  # fmt: skip


def tariff_cell(column: str, text: str, span: Span) -> Diagnostic:
    example = {"hours": "`7 to 23`, `23 to 7` or `*`", "days": "`mon to fri`, `sat, sun` or `*`"}
    return error("E567", span, f"`{cut(text)}` says no {column}", f"write {example[column]}")


def tariff_head(text: str, span: Span) -> Diagnostic:
    return error("E567", span, f"`{cut(text)}` is no column of a tariff", "its columns are hours, days and price")


def rate_of(path: str, kind: str, span: Span) -> Diagnostic:
    return error(
        "E568", span, f"`{cut(path)}` is {a(kind)}, and a rate is of an amount of money",
        "name a fact of money, such as line.amount: money",
    )  # fmt: skip


def no_day_count(said: str, allowed: Iterable[str], span: Span) -> Diagnostic:
    what = f"there is no day count `{cut(said)}`" if said else "it is not said how the days of this rate count"
    return error("E569", span, what, f"write {listed(allowed)} after the rate")


def idle_day_count(said: str, span: Span) -> Diagnostic:
    return error(
        "E569",
        span,
        f"`{cut(said)}` counts days, and this rate is charged once",
        "write what it is for: 4.5% a year of ...",
    )


def rate_period(said: str, span: Span) -> Diagnostic:
    return error(
        "E327", span, f"a rate is not said `a {cut(said)}`", "write `a year` or `a month`, or neither: charged once"
    )


def not_timed(path: str, span: Span) -> Diagnostic:
    return error(
        "E328", span, f"this book does not count time, so it has no `{path}`",
        "say in the price book how parts of a period count, such as: prorate by day",
    )  # fmt: skip


def term_expected(what: str, span: Span) -> Diagnostic:
    return error("E329", span, f"`{cut(what)}` is a time", "write `13 months`, `10 days` or `3 months and 10 days`")


def tariff_by(path: str, kind: str, span: Span) -> Diagnostic:
    return error(
        "E330",
        span,
        f"`{cut(path)}` is {a(kind)}, and a tariff goes by an instant",
        "declare it `line.at: instant optional`",
    )


def idle_prorate(product: str, span: Span) -> Diagnostic:
    return warning(
        "W628",
        span,
        f"`{cut(product)}` is not charged by the month, so it has no parts of months",
        "leave `prorate` out",
    )
