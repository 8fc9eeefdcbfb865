"""Reads a book from disk: a folder or files become a bundle (path -> bytes), checked and lowered to a plan."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.text import Text

from engine.cli.console import FAULT_OF_BOOK, err, fail, plural
from engine.configure.checking import check
from engine.lang.book import Book
from engine.lang.check import Checked
from engine.lang.diagnostics import Diagnostic
from engine.plan.lower import lower
from engine.plan.plan import Plan, PlanError

SUFFIXES = (".quo", ".csv")
"""What belongs to a book; anything else in its folder (notes, spreadsheets) is not part of its version."""


def read_bundle(paths: Sequence[Path]) -> dict[str, bytes]:
    """The bundle of a folder (paths inside it) or of files (paths under the first one's folder). Fails on a missing one."""
    files: dict[str, bytes] = {}
    for path in paths:
        root = path if path.is_dir() else paths[0] if paths[0].is_dir() else paths[0].parent
        for file in _files(path):
            name = file.relative_to(root).as_posix() if file.is_relative_to(root) else file.name
            files[name] = _read(file)
    if not any(name.endswith(".quo") for name in files):
        fail(f"no .quo file in {', '.join(map(str, paths))}")
    return files


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    inside = (f for f in sorted(path.rglob("*")) if f.is_file() and f.suffix in SUFFIXES)
    return [f for f in inside if not any(part.startswith(".") for part in f.relative_to(path).parts)]


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        fail(f"cannot read {file}: {error.strerror}")


def check_bundle(files: dict[str, bytes], quiet: bool = False) -> Checked:
    """Check a bundle and show its diagnostics on stderr (`quiet`: errors only)."""
    checked = check(files)
    shown = [d for d in checked.diagnostics if not quiet or d.severity == "error"]
    for diagnostic in shown:
        show(diagnostic, checked.sources)
    return checked


def open_book(paths: Sequence[Path]) -> tuple[Book, Plan]:
    """The book at these paths, checked and lowered; leaves with its diagnostics where it has errors."""
    checked = check_bundle(read_bundle(paths), quiet=True)
    if checked.book is None:
        errors = sum(d.severity == "error" for d in checked.diagnostics)
        fail(f"the book does not check: {plural(errors, 'error')}", FAULT_OF_BOOK)
    return checked.book, lower_book(checked.book, checked.sources)


def lower_book(book: Book, sources: dict[str, str]) -> Plan:
    """Lower a checked book; leaves with a diagnostic where it does not fit."""
    try:
        return lower(book)
    except PlanError as error:
        if error.span is not None:
            show(Diagnostic(error.code, error.message, error.span), sources)
        fail(f"the book does not fit a plan: {error.message}", FAULT_OF_BOOK)


_STYLE = {"error": "bold red", "warning": "bold yellow"}


def show(diagnostic: Diagnostic, sources: dict[str, str]) -> None:
    """Print a diagnostic in colour: head bold, place dim, caret and severity in the severity's colour."""
    style = _STYLE[diagnostic.severity]
    head, place, *body = diagnostic.render(sources).rstrip("\n").split("\n")
    text = Text(head, style="bold")
    text.stylize(style, 0, head.index("]") + 1)
    text.append(f"\n{place}", style="cyan")
    for row in body:
        caret = set(row.partition("|")[2].strip()) == {"^"}
        text.append(f"\n{row}", style=style if caret else "green" if "= help:" in row else "")
    err().print(text, soft_wrap=True)
    err().print()
