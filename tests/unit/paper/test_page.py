"""How a document stands on its pages: nothing outside the margins, nothing on anything else, heads repeated, the same bytes each time."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import typst

from engine.api.papers import pieces
from engine.lifecycle.quote import Quote
from engine.paper import press, typeset
from engine.paper.sheet import Group, Line, Option, Seller, Sheet, Total
from engine.services.selling.papers import Document
from tests.unit.paper.pages import Box, faults, texts, told
from tests.unit.paper.sheets import CREATED, FULL, SEAT, SELLER, SMALL, M, long, sheet

ROOT = Path(__file__).parents[3]
PDF = typst.compile(b"", format="pdf")
LANGUAGES = ("nl", "nl-BE", "de", "de-CH", "fr", "fr-CH", "en", "en-US")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sheet_with_everything_stands_as_it_should(language: str) -> None:
    made = typeset(sheet(language), CREATED)
    assert made.lost == frozenset()
    assert faults(made.pdf) == []
    assert len(texts(made.pdf)) == 3


@pytest.mark.parametrize("language", ["nl", "de", "fr", "en"])
@pytest.mark.parametrize("count", [1, 3, 60])
def test_few_lines_and_many_stand_as_they_should(language: str, count: int) -> None:
    pages = typeset(long(language, count), CREATED).pdf
    assert faults(pages) == []


def test_what_overlaps_or_leaves_the_margins_would_be_found() -> None:
    one, other = Box(0, 0, 10, 10), Box(8, 8, 20, 20)
    assert one.overlaps(other, 1.2) and not one.overlaps(Box(8, 9, 20, 20), 1.2)
    assert faults(typeset(sheet(), CREATED).pdf, margin=100) != []


def test_letter_paper_is_another_size() -> None:
    made = typeset(replace(sheet("en-US"), seller=replace(SELLER, format="us-letter")), CREATED).pdf
    assert pypdfium2.PdfDocument(made)[0].get_size() == (612, 792)
    assert faults(made) == []


def test_what_was_made_of_a_large_document_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []
    monkeypatch.setattr(press.typst, "compile", lambda *given, **said: made.append(given) or PDF)
    typeset(long("nl", 100), CREATED)
    assert len(made) == 1
    typeset(long("nl", 200), CREATED)
    assert len(made) == 1 + 1 + press.KEPT_DOCUMENTS


def test_two_thousand_lines_have_a_head_and_a_foot_on_every_page() -> None:
    lines = tuple(replace(SEAT, title=f"Line {n}", steps=(), term=None, details=()) for n in range(2_000))
    made = typeset(
        replace(sheet("nl", (replace(FULL, groups=(Group(title="All", lines=lines),)),)), notes=()), CREATED
    ).pdf
    pages = texts(made)
    assert len(pages) > 40
    for number, page in enumerate(pages[:-2], 1):
        assert "Omschrijving" in page and "Bedrag (EUR)" in page and "All\n" in page
        assert f"Pagina {number} van {len(pages)}" in page
    written = "\n".join(pages)
    assert all(f"Line {n}" in written for n in range(2_000))


def test_amounts_of_any_size_keep_to_their_columns() -> None:
    huge = 2**63 - 1
    line = replace(
        SEAT,
        unit_price=huge,
        amount=-huge,
        quantity=10**18,
        units="connected appliances in the field",
        steps=(),
        term=None,
    )
    total = Total("once", huge, -huge, huge, -huge)
    made = typeset(sheet("fr", (Option(groups=(Group(lines=(line, SEAT)),), totals=(total,)),)), CREATED).pdf
    assert faults(made) == []
    assert "9223372036854,775807" in "".join(texts(made)).replace("\u202f", "").replace(" ", "")


def test_a_sheet_of_almost_nothing_is_a_document_too() -> None:
    seller = Seller(party=replace(SELLER.party, address=(), tax_number="", registration="", email="", phone=""))
    bare = Sheet(
        language="en", currency="EUR", number="1", version=1, date=CREATED.toordinal(), valid_until=None, document="",
        seller=seller, customer=replace(SELLER.party, address=()), options=(Option(groups=(), totals=()),), acceptance=False,
    )  # fmt: skip
    made = typeset(bare, CREATED).pdf
    assert faults(made) == []
    assert "Quote 1" in texts(made)[0] and "Delta Systemen B.V." in texts(made)[0]


def test_once_only_needs_no_column_of_periods_and_untaxed_none_of_rates() -> None:
    line = Line(title="Lamp", quantity=M, unit="piece", units="pieces", period="once", unit_price=M, amount=M)
    page = texts(
        typeset(sheet("en", (Option(groups=(Group(lines=(line,)),), totals=(Total("once", M),)),)), CREATED).pdf
    )[0]
    assert "Charged" not in page and "VAT\n" not in page.split("Description")[1]


# ---------------------------------------------------------------- what a reader's machine is told


def test_the_document_says_what_it_is() -> None:
    made = typeset(sheet("nl"), CREATED).pdf
    head = pypdfium2.PdfDocument(made).get_metadata_dict()
    assert head["Title"] == "Offerte Q-2026-0042"
    assert head["Author"] == "Delta Systemen B.V."
    assert head["CreationDate"].startswith("D:20260504093000")
    assert pypdfium2.PdfDocument(made).is_tagged()
    for mark in (b"/Lang(nl-NL)", b"<pdfuaid:part>1<", b"<pdfaid:part>2<", b"<pdfaid:conformance>A<"):
        assert mark in told(made), mark


def test_the_example_of_the_page_about_documents_runs(capsys: pytest.CaptureFixture[str]) -> None:
    page = (ROOT / "docs" / "PAPER.md").read_text("utf-8")
    example, reader = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(example, "PAPER.md", "exec"), names)
    assert re.fullmatch(r"[0-9a-f]{64} frozenset\(\)\n", capsys.readouterr().out)
    exec(compile(reader, "PAPER.md", "exec"), names)
    pdf = names["paper"].pdf * 20
    sent = list(pieces(Document(Quote(name="quotes/1"), 1, pdf, hashlib.sha256(pdf).hexdigest(), sent=True)))
    told, content = names["paper_of"](sent)
    assert (told.file_name, content) == ("1-v1.pdf", pdf)
    with pytest.raises(AssertionError):
        names["paper_of"](sent[:-1])


# ---------------------------------------------------------------- the same bytes


def test_two_processes_make_the_same_bytes() -> None:
    program = (
        "import hashlib; from engine.paper import typeset; from tests.unit.paper.sheets import CREATED, sheet;"
        "print(hashlib.sha256(typeset(sheet('de'), CREATED).pdf).hexdigest())"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True,
            env={"PATH": "", "PYTHONPATH": f"{ROOT}:{ROOT / 'proto'}", "PYTHONHASHSEED": seed, "TZ": zone},
        )
        for seed, zone in (("1", "Asia/Tokyo"), ("2", "UTC"))
    ]  # fmt: skip
    here = hashlib.sha256(typeset(sheet("de"), CREATED).pdf).hexdigest()
    assert [run.stdout.strip() for run in runs] == [here, here]


def test_threads_do_not_meet() -> None:
    tags = ("nl", "de", "fr", "en") * 3
    alone = {tag: typeset(sheet(tag), CREATED).pdf for tag in set(tags)}
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda tag: typeset(sheet(tag), CREATED).pdf, tags))
    assert together == [alone[tag] for tag in tags]


def test_the_time_is_an_argument_and_only_the_moment_counts() -> None:
    later = typeset(sheet(), CREATED + timedelta(seconds=1)).pdf
    elsewhere = typeset(sheet(), CREATED.astimezone(timezone(timedelta(hours=9)))).pdf
    assert later != typeset(sheet(), CREATED).pdf == elsewhere
    with pytest.raises(ValueError, match="say in which zone"):
        typeset(sheet(), datetime(2026, 5, 4))


def test_a_folder_of_more_fonts_changes_nothing_that_needs_none(tmp_path: Path) -> None:
    assert typeset(sheet(), CREATED, tmp_path).pdf == typeset(sheet(), CREATED).pdf


def test_whatever_is_said_changes_the_bytes() -> None:
    base = sheet("nl", (SMALL,))
    others = [
        replace(base, document="quotes/other"), replace(base, version=3), replace(base, valid_until=None),
        replace(base, options=(replace(SMALL, totals=(Total("per_month", 345 * M + 10_000),)),)),
    ]  # fmt: skip
    assert len({typeset(one, CREATED).pdf for one in (base, *others)}) == 5
