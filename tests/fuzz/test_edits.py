"""A check that remembers is a check that does not: clauses of a known shape, pieces kept from before, books under edit."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lark import UnexpectedInput

from engine.lang import check
from engine.lang.blocks import BLOCKS
from engine.lang.kept import Kept
from engine.lang.lines import pieces, split
from engine.lang.parse import KEPT, parse_piece, parser
from engine.lang.shapes import Shapes

TEXTS = [
    path.read_text(encoding="utf-8").split("=== says")[0].replace("=== book.quo\n", "")
    for path in sorted(Path("tests/golden/check").glob("*/*.txt"))
] + [path.read_text(encoding="utf-8") for path in sorted(Path("rules").glob("*/*.quo"))]
LINES = sorted({line for text in TEXTS for line in text.split("\n")})
WORDS = sorted({word for text in TEXTS for word in re.findall(r"\S+", text)})


@st.composite
def edits(draw: st.DrawFn, text: str) -> str:
    """The text with a line or a word of it taken out, put in or exchanged."""
    lines = text.split("\n")
    at = draw(st.integers(0, len(lines) - 1))
    what = draw(st.sampled_from(["take", "put", "copy", "word", "join"]))
    if what == "take":
        del lines[at]
    elif what == "put":
        lines.insert(at, draw(st.sampled_from(LINES)))
    elif what == "copy":
        lines.insert(at, lines[draw(st.integers(0, len(lines) - 1))])
    elif what == "word":
        lines[at] = re.sub(r"\S+$", lambda _: draw(st.sampled_from(WORDS)), lines[at])
    elif at:
        lines[at - 1 : at + 1] = [lines[at - 1] + lines[at]]
    return "\n".join(lines)


@given(st.data())
def test_an_edited_book_is_checked_as_if_it_were_new(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(TEXTS))
    for _ in range(data.draw(st.integers(1, 4))):
        remembered = check({"book.quo": text.encode()})
        KEPT.clear()
        assert check({"book.quo": text.encode()}) == remembered
        text = data.draw(edits(text))


@given(st.data())
def test_pieces_are_the_file(data: st.DataObject) -> None:
    text = data.draw(edits(data.draw(st.sampled_from(TEXTS))))
    cut = pieces(text)
    assert "".join(piece for _, piece in cut) == text
    assert [raw for line, piece in cut for raw in split(piece, line)] == split(text)


def test_pieces_that_only_moved_are_as_if_read_there() -> None:
    for text in TEXTS:
        kept = Kept(parse_piece)
        for first in (1, 7):
            for line, piece in pieces(text):
                assert kept.parsed("b.quo", line + first, piece) == parse_piece("b.quo", line + first, piece)


STARTS = sorted({start for block in BLOCKS.values() for start in (block.head, block.clause) if start})
figures = st.sampled_from(
    ["10", "2.5", "-3", "15%", "1_000", '"BE"', "2026-01-15", "seat", "or", "order", "price", "text", "texts", "EUR",
     "EURO", "customer.x", "row.x", "BK-M82B-44", "(", ",", ">=", "<", "=", "in", "to", "not", "10%%", "\u00a0", "2026-01-1", "is"]
)  # fmt: skip


@given(st.data())
def test_a_clause_of_a_known_shape_is_what_the_parser_reads(data: st.DataObject) -> None:
    """One reader for all clauses of an example: what it learns of one must hold for the next."""
    shapes = Shapes.of(parser())
    for _ in range(12):
        parts = re.split(r"(\s+)", data.draw(st.sampled_from(LINES)).split("#")[0].strip())
        for _ in range(data.draw(st.integers(0, 3))):
            parts[data.draw(st.integers(0, len(parts) - 1))] = data.draw(figures)
        clause, start = "".join(parts), data.draw(st.sampled_from(STARTS))
        for _ in range(2):
            try:
                wanted = parser().parse(clause, start=start)
            except UnexpectedInput as wrong:
                with pytest.raises(type(wrong)):
                    shapes.parse(clause, start)
                continue
            got = shapes.parse(clause, start)
            assert got == wanted
            assert [_place(t) for t in _tokens(got)] == [_place(t) for t in _tokens(wanted)]


def _tokens(tree):
    return list(tree.scan_values(lambda value: True))


def _place(token):
    return token.type, str(token), token.line, token.column, token.start_pos, token.end_pos
