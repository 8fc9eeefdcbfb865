"""`quo fmt`: rule text in its one layout."""

from __future__ import annotations

from pathlib import Path

import typer

from engine.cli.bundle import show
from engine.cli.console import FAULT_OF_BOOK, err, fail, out, plural
from engine.lang.format import Unreadable, format_text


def format_command(paths: list[Path], only_check: bool) -> None:
    """Rewrite files that are not in the layout; with `only_check`, name them and exit with 1 instead.

    A file that cannot be read is left as it is and its mistakes are shown, as `quo check` shows them; then the exit is 1 too.
    """
    files = _files(paths)
    results = [_format(file, only_check) for file in files]
    changed = [file for file, result in zip(files, results, strict=True) if result]
    unreadable = results.count(None)
    verb = "would be rewritten" if only_check else "rewritten"
    for file in changed:
        out().print(f"{verb}: {file}", markup=False)
    left = f"; {plural(unreadable, 'file')} not read, for the mistakes above" if unreadable else ""
    err().print(f"{plural(len(changed), 'file')} {verb}{left}")
    if unreadable or (only_check and changed):
        raise typer.Exit(FAULT_OF_BOOK)


def _files(paths: list[Path]) -> list[Path]:
    files = [file for path in paths for file in (sorted(path.rglob("*.quo")) if path.is_dir() else [path])]
    if not files:
        fail(f"no .quo file in {', '.join(map(str, paths))}")
    return files


def _format(file: Path, only_check: bool) -> bool | None:
    """Whether the layout changes the file; None where its mistakes hide its layout."""
    try:
        with file.open(encoding="utf-8", newline="") as opened:
            text = opened.read()
    except (OSError, UnicodeDecodeError) as error:
        fail(f"cannot read {file}: {error}")
    try:
        formatted = format_text(text, str(file))
    except Unreadable as mistakes:
        for diagnostic in mistakes.diagnostics:
            show(diagnostic, {str(file): text})
        return None
    if formatted != text and not only_check:
        file.write_text(formatted, encoding="utf-8", newline="")
    return formatted != text
