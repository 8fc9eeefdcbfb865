"""`quo diff`: what changed between two books, by meaning; layout, comments and order are no change."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import typer
from rich.markup import escape

from engine.cli.bundle import check_bundle, read_bundle
from engine.cli.console import fail, out, plural
from engine.lang.book import Book
from engine.pricing.compare.difference import Change, Sort, changes

SAME, DIFFERENT, TROUBLE = 0, 1, 2
MOST_SHOWN = 60
"""Changes of one sort that are written out; of more, how many there are."""
HEADINGS: dict[Sort, str] = {
    "book": "the price book", "fact": "facts", "step": "steps", "product": "products and prices", "rule": "rules",
    "approval": "approvals", "denial": "denials", "bundle": "bundles",
}  # fmt: skip
STYLES = {"+": "green", "-": "red", "~": "yellow"}


def diff_command(old: Path, new: Path, as_json: bool) -> None:
    """Print the changes; exit code as diff has it."""
    found = changes(_book(old), _book(new))
    if as_json:
        print(json.dumps([{**asdict(change), "words": change.words} for change in found], indent=1))
    else:
        _print(found)
    raise typer.Exit(DIFFERENT if found else SAME)


def _book(path: Path) -> Book:
    if not path.exists():
        fail(f"there is no {path}", TROUBLE)
    checked = check_bundle(read_bundle([path]), quiet=True)
    if checked.book is None:
        errors = sum(d.severity == "error" for d in checked.diagnostics)
        fail(f"{path} does not check: {plural(errors, 'error')}", TROUBLE)
    return checked.book


def _print(found: list[Change]) -> None:
    for sort, heading in HEADINGS.items():
        mine = [change for change in found if change.sort == sort]
        if not mine:
            continue
        out().print(f"[bold]{heading}[/]")
        for change in mine[:MOST_SHOWN]:
            place = f" [cyan]{change.file}:{change.line}[/]" if change.file else ""
            out().print(f"[{STYLES[change.mark]}]{change.mark}[/] {escape(change.words)}{place}", soft_wrap=True)
        if len(mine) > MOST_SHOWN:
            out().print(f"  and {len(mine) - MOST_SHOWN:,} more (--json)")
