"""Rules and prices that a day has left behind, or soon will: for the day that an author names, since a book knows no today."""

from __future__ import annotations

from datetime import date

from engine.lang import words
from engine.lang.book import Book, Product, Rule
from engine.lang.diagnostics import Diagnostic

SOON = ("price",)
"""Kinds of rules of which each row is somebody's agreement: one that runs out is said, and not only the last of them."""


def find_expired(book: Book, on: date, within_days: int = 0) -> tuple[Diagnostic, ...]:
    """Doubts about rules whose every date window ends before `on`, products that have no price any more, and exceptions and
    contract prices whose last day is at most `within_days` after it; in order of file and line."""
    day = on.toordinal()
    found = [d for rule in book.rules if (d := _rule(rule, day, within_days))]
    found += [d for rule in book.rules for d in _cases(rule, day, within_days)]
    found += [d for product in book.products if (d := _product(product, day))]
    return tuple(sorted(set(found), key=lambda d: (d.span.file, d.span.line, d.span.column, d.message)))


def _rule(rule: Rule, day: int, within: int) -> Diagnostic | None:
    """A rule as a whole."""
    ends = [case.end for case in rule.cases]
    last = max((end - 1 for end in ends if end is not None), default=None)
    if last is None or None in ends:
        return None
    if last < day:
        return words.expired(f"`{words.cut(rule.name)}`", _shown(last), rule.span)
    if rule.exception_to and last <= day + within:
        return words.expires(f"`{words.cut(rule.name)}`", _shown(last), last - day, rule.span)
    return None


def _cases(rule: Rule, day: int, within: int) -> list[Diagnostic]:
    """Contract prices that run out, one by one."""
    soon = [case for case in rule.cases if rule.kind in SOON and not rule.exception_to and case.end is not None]
    return [
        words.expires(f"`{words.cut(rule.name)}`" + (f" ({words.cut(case.label)})" if case.label else ""),
                      _shown(case.end - 1), case.end - 1 - day, case.span)
        for case in soon
        if case.end is not None and day <= case.end - 1 <= day + within and within > 0
    ]  # fmt: skip


def _product(product: Product, day: int) -> Diagnostic | None:
    """A product that has no price from this day on."""
    ends = [price.end for price in product.prices]
    last = max((end - 1 for end in ends if end is not None), default=None)
    if last is None or None in ends or last >= day:
        return None
    return words.expired(f"the price of `{words.cut(product.code)}`", _shown(last), product.prices[-1].span)


def _shown(day: int) -> str:
    return date.fromordinal(day).isoformat()
