"""What `quo test` shows of the `configure` tests of a book."""

from __future__ import annotations

from typing import Any

from rich.markup import escape

from engine.cli.console import out
from engine.configure.trials import Unmet
from engine.lang.book import Book


def print_configurations(book: Book, broken: list[list[Unmet]]) -> None:
    """A line a test, and one for each expectation that does not hold."""
    for test, unmet in zip(book.configurations, broken, strict=True):
        mark = "[bold red]FAIL[/]" if unmet else "[green]pass[/]"
        out().print(f"{mark} {escape(test.name)} [dim]{test.span.file}:{test.span.line}[/]", soft_wrap=True)
        for one in unmet:
            place = f"{one.expectation.span.file}:{one.expectation.span.line}"
            out().print(f"  {escape(one.expectation.text)} [cyan]{place}[/]: {escape(one.got)}", soft_wrap=True)


def configurations_as_json(book: Book, broken: list[list[Unmet]]) -> list[dict[str, Any]]:
    """The same, in the form of other tests."""
    return [
        {
            "test": test.name,
            "file": test.span.file,
            "line": test.span.line,
            "passed": not unmet,
            "failures": [
                {"what": one.expectation.text, "expected": one.expectation.kind, "got": one.got} for one in unmet
            ],
        }
        for test, unmet in zip(book.configurations, broken, strict=True)
    ]
