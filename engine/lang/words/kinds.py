"""What is said about kinds, units, currencies and periods: E3xx."""

from __future__ import annotations

from collections.abc import Iterable

from engine.lang.diagnostics import Diagnostic
from engine.lang.places import Span
from engine.lang.words.form import Near, a, cut, error, listed, warning
from engine.values.kinds import percent_meant

WRITE = {
    "money": "an amount such as 10 EUR",
    "percent": "a percent such as 15%",
    "number": "a number such as 2.5",
    "fraction": "a fraction such as 0.15",
    "quantity": "a quantity such as 12",
    "duration": "a duration such as 12 months",
    "date": "a date such as 2026-01-15",
    "instant": "an instant such as 2026-01-15 14:30",
    "text": 'a text in quotes, such as "NL"',
    "enum": "one of its names",
}
"""What a value of each kind looks like."""
NOUN = {"money": "an amount", "enum": "a name", "text": "free text"}
"""What a kind is called, where it is not its own name."""


def noun(kind: str) -> str:
    """`a percent`, `an amount`."""
    return NOUN.get(kind) or a(kind)


def bare_percent(text: str, span: Span) -> Diagnostic:
    return error(
        "E301", span, f"`{cut(text)}` is a number where a percent belongs", f"write {percent_meant(cut(text))}"
    )


def bare_money(text: str, currency: str, span: Span) -> Diagnostic:
    return error(
        "E301", span, f"`{cut(text)}` is a number where an amount belongs", f"write {cut(text)} {currency or 'EUR'}"
    )


def wrong_kind(what: str, kind: str, shown: str, span: Span, example: str = "") -> Diagnostic:
    said = (
        f"`{cut(shown)}` stands where {noun(kind)} belongs"
        if not what
        else f"{what} is {noun(kind)}, and `{cut(shown)}` is not"
    )
    return error("E302", span, said, f"write {example or WRITE[kind]}")


def wrong_currency(shown: str, currency: str, span: Span, own: bool = True) -> Diagnostic:
    """`own`: the currency is the book's, and not one that a quote or a list names."""
    return error(
        "E303",
        span,
        f"`{cut(shown)}` is not in {currency}, the currency {'of this book' if own else 'asked for here'}",
        f"write the amount in {currency}",
    )


def unknown_currency(code: str, span: Span, near: Near) -> Diagnostic:
    return error(
        "E304",
        span,
        f"`{cut(code)}` is not a currency",
        f"did you mean {near.best}?" if near.best else "write its ISO code, such as EUR",
    )


def wrong_unit(written: str, what: str, unit: str, span: Span) -> Diagnostic:
    return error(
        "E305", span, f"this is per `{cut(written)}`, but `{cut(what)}` is counted in `{unit}`", f"write {unit}"
    )


def wrong_quantity(shown: str, what: str, unit: str, span: Span) -> Diagnostic:
    return error(
        "E305", span, f"`{cut(shown)}`: `{cut(what)}` is counted in {unit}", f"write {shown.split(' ')[0]} {unit}"
    )


def wrong_period(written: str, what: str, period: str, span: Span) -> Diagnostic:
    named = {"once": "charged once", "use": "charged per use", "term": "charged for the time it runs"}
    said, is_ = named.get(written, f"per {written}"), named.get(period, f"charged per {period}")
    fix = "leave the period out" if period in named else f"write per {period}"
    return error("E306", span, f"this amount is {said}, but `{cut(what)}` is {is_}", fix)


def unreadable(reason: str, span: Span) -> Diagnostic:
    return error("E307", span, reason)


def over_whole(text: str, span: Span, most: int = 1) -> Diagnostic:
    if most == 1:
        return error("E308", span, f"{cut(text)} is more than the whole price", "write a percent from 0% to 100%")
    return error("E308", span, f"{cut(text)} is more than {most * 100}%", f"write a percent from 0% to {most * 100}%")


def negative(text: str, span: Span) -> Diagnostic:
    return error(
        "E308",
        span,
        f"`{cut(text)}` is below zero",
        "write it positive: `give ... off` lowers a price, `add` raises it",
    )


def needs_quotes(name: str, what: str, span: Span) -> Diagnostic:
    text = cut(name.strip("'"))
    return error("E309", span, f"{what} is free text, and free text stands in quotes", f'write "{text}"')


def needs_no_quotes(text: str, what: str, span: Span) -> Diagnostic:
    return error("E310", span, f"{what} has named values, written without quotes", f"write {cut(text)}")


def incomparable(left: str, left_kind: str, right: str, right_kind: str, span: Span) -> Diagnostic:
    said = f"`{cut(left)}` is {noun(left_kind)} and `{cut(right)}` {noun(right_kind)}: they cannot be compared"
    return error("E311", span, said, f"compare `{cut(left)}` with {WRITE.get(left_kind, 'its own kind')}")


def wrong_count(shown: str, said: str, units: Iterable[str], span: Span) -> Diagnostic:
    others = listed(units)
    return error(
        "E305",
        span,
        f"`{cut(shown)}` counts {said}, but this rule is also for what is counted in {others}",
        f"write the number alone, or a rule for {said}",
    )


def no_order(subject: str, relation: str, span: Span) -> Diagnostic:
    return error("E312", span, f"`{cut(subject)}` has no order, so `{relation}` says nothing", "write `is` or `in`")


def two_facts(left: str, right: str, span: Span) -> Diagnostic:
    return error(
        "E313",
        span,
        f"`{cut(left)}` and `{cut(right)}` are both facts",
        "compare a fact with a value or a row's column",
    )


def no_unit(what: str, span: Span) -> Diagnostic:
    return error(
        "E314",
        span,
        f"it is not said what `{cut(what)}` is counted in",
        "write the unit: `unit seat`, or `per seat` in its price",
    )


def mixed(what: str, first: str, second: str, span: Span) -> Diagnostic:
    return error(
        "E315", span, f"`{cut(what)}` is priced {first} and {second}: they are never added", "make two products of it"
    )


def bad_decimals(text: str, span: Span) -> Diagnostic:
    return error("E316", span, f"a unit has 0 to 6 decimals, not `{cut(text)}`", "write `hour hours to 2 decimals`")


def no_range(path: str, kind: str, span: Span) -> Diagnostic:
    return error(
        "E312", span, f"`{cut(path)}` is {noun(kind)}, which has no order and no bounds", f"write {kind} alone"
    )


def range_reversed(span: Span) -> Diagnostic:
    return error("E317", span, "this range ends before it begins", "write the lower end first")


def fraction_of_unit(text: str, unit: str, span: Span) -> Diagnostic:
    return error(
        "E318",
        span,
        f"`{cut(text)}`: {unit} are whole",
        f"write a whole number, or declare decimals for {unit} in `units`",
    )


def always_known(path: str, span: Span) -> Diagnostic:
    return warning(
        "W609", span, f"`{path}` is required, so it is always known", "declare it optional, or leave this out"
    )
