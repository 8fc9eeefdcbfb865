"""`quo check`: every mistake of a book at once, and what the book costs."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import typer

from engine.cli.bundle import check_bundle, lower_book, read_bundle, show
from engine.cli.console import FAULT_OF_BOOK, err, fail, out, plural
from engine.lang.book import Book
from engine.lang.expiry import find_expired
from engine.pricing.compare.points import points_of

_DAYS = {"day": 1, "days": 1, "week": 7, "weeks": 7}


def check_command(paths: list[Path], on: str | None = None, within: str = "") -> None:
    """Check one book; exit code 1 where it has errors. `on` is a day to say what has expired by, `within` a time after it."""
    day, days = _day(on), _days(within)
    if within and day is None:
        fail("--within needs a day to begin with: --on 2026-11-25")
    files = read_bundle(paths)
    checked = check_bundle(files)
    errors = sum(d.severity == "error" for d in checked.diagnostics)
    warnings = len(checked.diagnostics) - errors
    if checked.book is None:
        also = f" and {plural(warnings, 'warning')}" if warnings else ""
        err().print(f"[bold red]{plural(errors, 'error')}[/]{also} in {plural(len(files), 'file')}")
        raise typer.Exit(FAULT_OF_BOOK)
    late = find_expired(checked.book, day, days) if day is not None else ()
    for diagnostic in late:
        show(diagnostic, checked.sources)
    warnings += len(late)
    lower_book(checked.book, checked.sources)
    out().print(f"[bold green]{checked.book.name}[/] checks: {cost(checked.book)}")
    out().print(f"version {checked.book.version}, {plural(warnings, 'warning')}")


def _day(text: str | None) -> date | None:
    """The day of `--on`; leaves where it is none."""
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        fail(f"--on takes a day such as 2026-11-25, not {text}")


def _days(text: str) -> int:
    """The days of `--within`, such as `30 days` or `2 weeks`; leaves where it is no such time."""
    found = re.fullmatch(r"(\d{1,5}) (days?|weeks?)", text.strip())
    if text and not found:
        fail(f"--within takes days or weeks, such as 30 days, not {text}")
    return int(found[1]) * _DAYS[found[2]] if found else 0


def cost(book: Book) -> str:
    """What a book costs to run: `12 rules (34 rows) in 7 steps over 290 products, 512 prices`. Rows are those that tests are to reach."""
    rows = sum(point.sort == "row" for point in points_of(book))
    prices = sum(len(product.prices) for product in book.products)
    return (
        f"{plural(len(book.rules), 'rule')} ({plural(rows, 'row')}) in {plural(len(book.steps), 'step')} over "
        f"{plural(len(book.products), 'product')}, {plural(prices, 'price')}, {plural(len(book.tests) + len(book.configurations), 'test')}"
        + (f", {plural(sum(not bundle.shared for bundle in book.bundles), 'bundle')}" if book.bundles else "")
    )
