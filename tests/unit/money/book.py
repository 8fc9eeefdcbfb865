"""Small books about money, and quotes of them by the engine's public way in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from engine.lang import check
from engine.lang.book import Book
from engine.plan.lower import lower
from engine.pricing import price_quote, read_facts
from engine.pricing.quote import Line, PricedQuote, Quote
from engine.values.kinds import MICROS

HEAD = """price book shop
  currency EUR
{settings}
  units piece pieces, hour hours to 2 decimals

facts
  customer.country: text
  customer.business: yes or no optional
"""


def book_of(text: str, files: Mapping[str, str] | None = None) -> Book:
    """A book that must check; its diagnostics are the message where it does not."""
    checked = check({"book.quo": text.encode()} | {name: body.encode() for name, body in (files or {}).items()})
    assert checked.book is not None, "\n".join(d.render(checked.sources) for d in checked.diagnostics)
    return checked.book


def codes_of(text: str) -> list[str]:
    """The codes that checking a book says."""
    return [found.code for found in check({"book.quo": text.encode()}).diagnostics]


def priced(book: Book, lines: Mapping[str, str], on: str = "2026-01-15", **facts: str) -> PricedQuote:
    """A quote: lines by product with their quantities, facts with `__` for the dot (`customer__country="NL"`)."""
    return quoted(book, list(lines.items()), on, **facts)


def quoted(book: Book, lines: Sequence[tuple[str, str]], on: str = "2026-01-15", **facts: str) -> PricedQuote:
    """As `priced`, of lines that may be of one product."""
    plan = lower(book)
    values, errors = read_facts(plan, {name.replace("__", "."): text for name, text in facts.items()})
    assert not errors, errors
    asked = tuple(Line(code, int(float(quantity) * MICROS)) for code, quantity in lines)
    return price_quote(plan, Quote(date.fromisoformat(on).toordinal(), values, asked), waterfall=True)


def cents(micros: int | None) -> str:
    """`12.34`."""
    assert micros is not None and micros % 10_000 == 0, micros
    sign = "-" if micros < 0 else ""
    whole, part = divmod(abs(micros) // 10_000, 100)
    return f"{sign}{whole}.{part:02d}"
