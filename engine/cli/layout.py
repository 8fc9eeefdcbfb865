"""`quo fmt`: rule text in its one layout."""

from __future__ import annotations

from pathlib import Path

import typer

from engine.cli.console import FAULT_OF_BOOK, err, fail, out, plural
from engine.lang import format_text


def format_command(paths: list[Path], only_check: bool) -> None:
    """Rewrite files that are not in the layout; with `only_check`, name them and exit with 1 instead."""
    changed = [file for file in _files(paths) if _format(file, only_check)]
    verb = "would be rewritten" if only_check else "rewritten"
    for file in changed:
        out().print(f"{verb}: {file}", markup=False)
    err().print(f"{plural(len(changed), 'file')} {verb}")
    if only_check and changed:
        raise typer.Exit(FAULT_OF_BOOK)


def _files(paths: list[Path]) -> list[Path]:
    files = [file for path in paths for file in (sorted(path.rglob("*.quo")) if path.is_dir() else [path])]
    if not files:
        fail(f"no .quo file in {', '.join(map(str, paths))}")
    return files


def _format(file: Path, only_check: bool) -> bool:
    try:
        with file.open(encoding="utf-8", newline="") as opened:
            text = opened.read()
    except (OSError, UnicodeDecodeError) as error:
        fail(f"cannot read {file}: {error}")
    formatted = format_text(text)
    if formatted != text and not only_check:
        file.write_text(formatted, encoding="utf-8", newline="")
    return formatted != text
