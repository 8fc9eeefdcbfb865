"""Texts and settings that nobody looked at before: shown as they stand, or refused by name; never run, never in the way."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.paper import typeset
from engine.paper.plain import LOST, breakable, one_line, paragraphs, shown
from engine.paper.sheet import Group, Line, Option, Party, Sheet, Step
from tests.effort import tries
from tests.unit.paper.pages import faults, texts
from tests.unit.paper.sheets import CREATED, SELLER, M, sheet

MARKUP = [
    "#panic(1)", '#read("quote.typ")', "$x^2$", "*bold* _it_ `raw`", "= Heading", "- item", "\\ \\u{41} \\#", "<label> @label",
    '#import "@preview/x:1.0.0"', "// comment /* */", '"; #sys.version', "{{ x }} {number} %s", "~ -- --- ...", "https://a.example/?q=1&b",
    "'quoted' \"twice\"", "[#text]", "&amp;<b>",
]  # fmt: skip


def everywhere(text: str) -> Sheet:
    """A sheet in which all that somebody types is this text."""
    line = Line(
        title=text, quantity=M, unit=text, units=text, period="month", unit_price=M, amount=M, details=(text,), part=text,
        steps=(Step("list", 0, 2 * M), Step(text, 2 * M, M, text)), rate=0,
    )  # fmt: skip
    party = Party(name=text, address=(text,), tax_number=text, registration=text, contact=text, email=text, phone=text)
    option = Option(groups=(Group(title=text, lines=(line,)),), totals=(), title=text, description=text)
    return replace(
        sheet("en", (option, option)), number=text, document=text, seller=replace(SELLER, party=party, website=text), customer=party,
        subject=text, introduction=text, reference=text, contact=text, payment_terms=text, notes=((text, text),),
    )  # fmt: skip


@pytest.mark.parametrize("text", MARKUP)
def test_markup_is_shown_and_not_run(text: str) -> None:
    made = typeset(everywhere(text), CREATED).pdf
    written = "".join("".join(texts(made)).split())
    assert written.count("".join(text.split())) >= 15
    assert faults(made) == []


@settings(max_examples=tries(25))
@given(st.text(max_size=60))
def test_any_text_makes_a_document(text: str) -> None:
    made = typeset(everywhere(text), CREATED)
    assert made.pdf.startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        ("Ωμέγα Żółć Čeština Привет", ""), ("שלום עולם", ""), ("漢字", "漢字"), ("Taart 🎂!", "🎂"), ("a\x00b\x07c\ue000", "\x00\x07\ue000"),
        ("\ud800", "\ud800"), ("👩‍👩‍👧", "👩👧"),
    ],
)  # fmt: skip
def test_what_no_font_has_is_replaced_and_said(text: str, lost: str) -> None:
    made = typeset(replace(sheet("en"), subject=text), CREATED)
    assert set(lost) <= made.lost
    kept = [sign for sign in text if sign.isalpha() and sign not in lost]
    assert not made.lost & set(kept)
    assert (LOST in texts(made.pdf)[0]) == bool(lost)
    assert faults(made.pdf) == []


def test_a_direction_cannot_be_turned_around() -> None:
    assert shown("price \u202e00.1\u202c EUR \u2066x\u2069") == "price 00.1 EUR x"


def test_a_text_stays_in_its_line_or_its_paragraphs() -> None:
    assert one_line(" a\n\tb\r\nc  d ") == "a b c d"
    assert paragraphs("a\nb\n\n \nc\r\n\r\nd") == [["a", "b"], ["c"], ["d"]]
    assert paragraphs(" \n ") == []


@pytest.mark.parametrize(
    "word", ["x" * 500, "https://example.org/" + "a/" * 200, "W" * 120, "漢" * 80], ids=["x", "url", "wide", "lost"]
)
def test_a_long_word_is_broken_and_nothing_of_it_is_lost(word: str) -> None:
    made = typeset(everywhere(word), CREATED)
    assert faults(made.pdf) == []
    if not made.lost:
        written = "".join("".join(texts(made.pdf)).split()).replace("\u200b", "").replace("\ufffe", "")
        assert word in written


def test_short_words_are_left_alone() -> None:
    assert breakable("Haftpflichtversicherung und mehr") == "Haftpflichtversicherung und mehr"
    assert breakable("a" * 29).replace("\u200b", "") == "a" * 29


# ---------------------------------------------------------------- settings


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"language": "es"}, "`es` is no language of documents"), ({"currency": "EURO"}, "`EURO` is not a currency"),
        ({"seller": replace(SELLER, accent='red")#panic("')}, "is not a colour such as"),
        ({"options": (Option(groups=(Group(lines=tuple(everywhere("x").options[0].groups[0].lines) * 3_751),), totals=()),)}, "at most 15,000 rows .*, this one 15,004"),
        ({"notes": tuple(("", "x" * 10_000) for _ in range(900))}, "at most 8 MiB: shorten its texts"),
    ],
)  # fmt: skip
def test_a_sheet_that_cannot_be_set_says_why(changed: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        typeset(replace(sheet(), **changed), CREATED)  # type: ignore[arg-type]
