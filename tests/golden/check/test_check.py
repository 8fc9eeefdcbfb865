"""Books and what checking says of them, in one file each: read the diff after a change.

`good/*.txt` and `bad/*.txt` hold a bundle (`=== name`, then the file) and, after `=== says`, every diagnostic as an
author sees it; a good one goes on with `=== book`, what it was settled to. Rewrite them all with

    REWRITE=1 .venv/bin/pytest tests/golden/check
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from engine.configure.checking import check
from tests.golden.check.show import show

HERE = Path(__file__).parent
FILES = sorted(HERE.glob("*/*.txt"))


def read(path: Path) -> dict[str, str]:
    """The parts of a golden file by name."""
    parts: dict[str, str] = {}
    name = ""
    for line in re.findall(r"[^\n]*\n", path.read_bytes().decode()):
        if line.startswith("=== "):
            name = line[4:].strip()
            parts[name] = ""
        else:
            parts[name] += line
    return parts


def checked(parts: dict[str, str]) -> dict[str, str]:
    """The bundle and what checking makes of it."""
    bundle = {name: text for name, text in parts.items() if name not in ("says", "book")}
    result = check({name: text.encode() for name, text in bundle.items()})
    says = "\n".join(diagnostic.render(result.sources) for diagnostic in result.diagnostics)
    return bundle | {"says": says} | ({"book": show(result.book)} if result.book else {})


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_says(path: Path) -> None:
    """Every diagnostic, word for word; good books settle to what is written."""
    parts = read(path)
    found = checked(parts)
    if os.environ.get("REWRITE"):
        path.write_bytes("".join(f"=== {name}\n{text}" for name, text in found.items()).encode())
        return
    assert found == parts
    assert ("book" in found) == (path.parent.name == "good")


def test_there_are_many() -> None:
    """The folder was found."""
    assert len(FILES) > 40
