"""`quo suggest-tests`: examples for what a book's tests do not reach, as text to paste; what they are worth is for a person to judge."""

from __future__ import annotations

from pathlib import Path

from rich.markup import escape

from engine.cli.bundle import open_book
from engine.cli.console import err, fail, plural
from engine.cli.covered import words
from engine.cli.trial import quote_of
from engine.pricing import price_quotes
from engine.pricing.compare.coverage import Coverage
from engine.pricing.compare.examples import examples_text
from engine.pricing.compare.suggest import Suggestions, suggest

MOST_TOLD = 20
NOTE = (
    "# Suggested by `quo suggest-tests`: the figures are what the book says today. Read them before you keep them: a test is\n"
    "# worth what its author knows the price must be.\n\n"
)


def suggest_command(paths: list[Path], to: Path | None) -> None:
    """Print or write the text, and on stderr what it reaches and what it does not."""
    book, plan = open_book(paths)
    quotes = [quote_of(test) for test in book.tests]
    tested = zip(quotes, price_quotes(plan, quotes, waterfall=True), strict=True)
    found = suggest(book, lambda asked: price_quotes(plan, asked, waterfall=True), tested)
    text = NOTE + examples_text(book, [(one.quote, one.priced) for one in found.chosen]) if found.chosen else ""
    if to is None:
        print(text, end="")
    else:
        _write(to, text)
    _tell(found)


def _write(to: Path, text: str) -> None:
    try:
        to.write_text(text, encoding="utf-8")
    except OSError as error:
        fail(f"cannot write {to}: {error.strerror}")


def _tell(found: Suggestions) -> None:
    rows = plural(len(found.chosen), "example")
    err().print(f"[bold]{rows}[/]: {_shares(found.before)} -> {_shares(found.after)}")
    told = [(point, why) for point, why in found.missed.items() if point.sort != "rule"] or [*found.missed.items()]
    for point, why in told[:MOST_TOLD]:
        what = f"{point.rule}, {words(point)}" if point.what else point.rule
        err().print(
            f"[yellow]not reached[/] {escape(what)} [cyan]{point.file}:{point.line}[/]: {escape(why)}", soft_wrap=True
        )
    if len(told) > MOST_TOLD:
        err().print(f"and {len(told) - MOST_TOLD:,} more")


def _shares(covered: Coverage) -> str:
    edges = covered.of("edge")
    return f"{covered.percent('rule', 'row'):.1f}% of rules and rows, {edges[0]:,} of {edges[1]:,} tier edges"
