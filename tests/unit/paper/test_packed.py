"""A packed document is the one that it was packed from: each object by its number, each page to the point, and small."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pypdfium2
import pytest

from engine.paper import press
from engine.paper.packed import packed
from tests.unit.paper.pages import streams
from tests.unit.paper.sheets import CREATED, long, sheet

PLAIN = re.compile(rb"(\d+) 0 obj\s(.*?)\s*endobj", re.DOTALL)


@pytest.fixture(params=["all", "long"])
def both(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> tuple[bytes, bytes]:
    """A document as typst wrote it, and packed."""
    monkeypatch.setattr(press, "packed", lambda pdf: pdf)
    plain = press.typeset(sheet("de") if request.param == "all" else long("nl", 100), CREATED).pdf
    return plain, packed(plain)


def objects(pdf: bytes) -> Mapping[int, bytes]:
    """The objects of a packed document as its table says where they are."""
    table = int(pdf[pdf.rindex(b"startxref") :].split()[1])
    ((head, steps),) = streams(pdf[table:], rb"/Type/XRef")
    assert b"/W[1 4 2]" in head and b"/Predictor 12/Columns 7" in head
    row, rows = bytes(7), []
    for at in range(0, len(steps), 8):
        assert steps[at] == 2
        row = bytes((a + b) % 256 for a, b in zip(row, steps[at + 1 : at + 8], strict=True))
        rows.append((row[0], int.from_bytes(row[1:5]), int.from_bytes(row[5:])))
    assert f"/Size {len(rows)}".encode() in head
    found = {n: PLAIN.match(pdf, where) for n, (kind, where, _) in enumerate(rows) if kind == 1}
    assert all(one is not None and int(one[1]) == n for n, one in found.items())
    bodies = {n: one[2] for n, one in found.items() if one is not None}
    inner = {n: list(streams(body, rb"/Type/ObjStm")) for n, body in bodies.items()}
    within: dict[int, bytes] = {}
    for n, (kind, stream, place) in enumerate(rows):
        if kind == 2:
            ((said, content),) = inner[stream]
            first = int(said.rpartition(b"/First ")[2])
            numbers = [int(one) for one in content[:first].split()]
            assert numbers[2 * place] == n
            end = [*numbers[1::2], len(content) - first][place + 1]
            within[n] = content[first + numbers[2 * place + 1] : first + end].strip()
    own = {n for n, body in bodies.items() if inner[n] or b"/Type/XRef" in body[:20]}
    return {n: body for n, body in bodies.items() if n not in own} | within


def test_each_object_is_where_the_table_says_and_as_it_was(both: tuple[bytes, bytes]) -> None:
    plain, small = both
    assert objects(small) == {int(one[1]): one[2] for one in PLAIN.finditer(plain)}


def test_it_reads_and_looks_the_same(both: tuple[bytes, bytes]) -> None:
    plain, small = (pypdfium2.PdfDocument(one) for one in both)
    assert len(plain) == len(small)
    for before, after in zip(plain, small, strict=True):
        assert before.get_textpage().get_text_range() == after.get_textpage().get_text_range()
        assert (before.render().to_numpy() == after.render().to_numpy()).all()
    assert plain.get_metadata_dict() == small.get_metadata_dict() and small.is_tagged()
    assert [one.get_title() for one in plain.get_toc()] == [one.get_title() for one in small.get_toc()]


def test_a_long_one_is_a_fifth_of_what_it_was(both: tuple[bytes, bytes]) -> None:
    plain, small = both
    assert len(small) < len(plain) / (4 if len(plain) > 300_000 else 2)
    assert packed(plain) == small


@pytest.mark.parametrize("broken", [b"", b"%PDF-1.7\n", b"%PDF-1.7\n%\nxref\n0 1\ntrailer\n<<>>\nstartxref\n0\n%%EOF"])
def test_what_typst_would_not_write_is_ours_to_look_at(broken: bytes) -> None:
    with pytest.raises(AssertionError):
        packed(broken)
