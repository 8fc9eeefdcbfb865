"""Where words go: results to stdout, everything said about them to stderr; and the exit codes.

    0  fine
    1  the book is at fault: it does not check, a test fails, a file is not formatted, a quote has no price
    2  the command line or a file named on it is at fault
    3  the service could not be reached, or refused

Colour follows the terminal; `NO_COLOR` or `--no-color` turns it off. Widths follow the terminal too, and are 120 without one.
"""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import typer
from rich.console import Console
from rich.markup import escape

FAULT_OF_BOOK, FAULT_OF_CALL, FAULT_OF_SERVICE = 1, 2, 3
_WIDTH = 120


def out() -> Console:
    """The console of results."""
    return _console(stderr=False)


def err() -> Console:
    """The console of progress, summaries and complaints."""
    return _console(stderr=True)


def _console(stderr: bool) -> Console:
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() or "COLUMNS" in os.environ else _WIDTH
    return Console(stderr=stderr, width=width, highlight=False, soft_wrap=False)


def fail(message: str, code: int = FAULT_OF_CALL) -> NoReturn:
    """Say what is wrong on stderr and leave with `code`."""
    err().print(f"[bold red]error:[/] {escape(message)}", soft_wrap=True)
    raise typer.Exit(code)


def plural(count: int, one: str, many: str = "") -> str:
    """`1 line`, `2 lines`, `30,129 lines`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
