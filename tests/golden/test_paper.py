"""What a document says, page by page. `QUO_GOLDEN=write pytest tests/golden/test_paper.py` writes tests/golden/paper anew: read the diff."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.paper import typeset
from engine.paper.sheet import Sheet
from tests.unit.paper.pages import faults, texts
from tests.unit.paper.sheets import CREATED, long, sheet

GOLDEN = Path(__file__).parent / "paper"
SHEETS: dict[str, Sheet] = {
    **{language: sheet(language) for language in ("en", "nl", "de", "fr")},
    "en-US": sheet("en-US", currency="USD"),
    "fr-CH": sheet("fr-CH", currency="CHF"),
    "yen": sheet("en", currency="JPY"),
    "de_long": long("de", 60),
}


@pytest.mark.parametrize("name", SHEETS)
def test_a_document_says_what_it_said(name: str) -> None:
    made = typeset(SHEETS[name], CREATED)
    pages = texts(made.pdf)
    said = "\n".join(f"======== page {number} of {len(pages)}\n{page}\n" for number, page in enumerate(pages, 1))
    said = said.replace("\u00a0", " ").replace("\u202f", " ")
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("QUO_GOLDEN") == "write":
        path.write_text(said, "utf-8")
    assert said == path.read_text("utf-8")
    assert faults(made.pdf) == []


def test_every_golden_document_is_still_made() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(SHEETS)
