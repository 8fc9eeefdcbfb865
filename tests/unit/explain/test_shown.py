"""What a role may see: in every form, nothing else. Figures that would betray a cost or a floor are searched for in the text."""

from __future__ import annotations

import json
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from engine.pricing.explain import Explained, shown
from engine.pricing.explain.document import document_of
from engine.pricing.explain.picture import picture_of
from engine.pricing.explain.sentences import change_words
from engine.pricing.plainly import without_floors
from engine.pricing.quote import Applied
from tests.unit.explain.shop import ask, explainer, verdict, words

MAY = "2026-05-04"


def everything_of(explained: Explained) -> str:
    """All that is said, in all forms."""
    said = [change_words(c, line, "EUR") for line in explained.lines for c in line.changes]
    return "\n".join([json.dumps(document_of(explained), ensure_ascii=False), picture_of(explained), *said])


@pytest.fixture
def full() -> Explained:
    return ask(MAY, "chair 60", customer_country="NL", customer_segment="startup")


def test_a_storefront_sees_steps_and_prices_and_no_name_of_a_rule(full: Explained) -> None:
    text = everything_of(shown(full, costs=False, rules=False))
    for rule in explainer().book.rules:
        assert f"{rule.name}" not in text.replace(rule.name + "s", ""), rule.name
    for hidden in ("shop.quo", "thin", "deep", "finance", "20%", "75.00", "4500", "needs "):
        assert hidden not in text, hidden


def test_the_bar_of_a_floor_is_one_with_the_bar_before_it(full: Explained) -> None:
    """77.44 is what the promotions left; that a floor lifted it to 93.75 is not told."""
    [line] = shown(full, costs=False, rules=False).lines
    assert [(bar.step, bar.before, bar.after) for bar in line.priced.waterfall] == [
        ("list", 0, 100_000_000),
        ("volume", 100_000_000, 88_000_000),
        ("promotion", 88_000_000, 93_750_000),
    ]
    assert "floor" not in everything_of(shown(full, costs=False, rules=False))
    assert "77.44" not in everything_of(shown(full, costs=False, rules=False))


def test_a_price_and_its_explanation_tell_the_same_bars(full: Explained) -> None:
    head = explainer().plan.head
    for asked in (full, ask(MAY, "chair 1 line.rush=yes"), ask(MAY, "lamp 1")):
        told = [line.priced.waterfall for line in shown(asked, costs=False, rules=False).lines]
        priced = [line.waterfall for line in without_floors(head, asked.priced).lines]
        assert [[*map(moves, bars)] for bars in told] == [[*map(moves, bars)] for bars in priced]


def moves(bar: Applied) -> tuple[str, int, int]:
    return bar.step, bar.before, bar.after


def test_facts_of_the_account_and_words_of_the_book_are_not_offered() -> None:
    """The country is text: its values are words of the book's rules. The segment is the account's."""
    told = ask(MAY, "lamp 1", customer_segment="startup")
    assert {c.what for c in told.lines[0].changes} == {"customer.country", "line.rush"}
    assert {c.what for c in shown(told, costs=False, rules=False).lines[0].changes} == {"line.rush"}


def test_a_seller_sees_rules_and_no_figure_of_a_cost(full: Explained) -> None:
    seen = shown(full, costs=False, rules=True)
    text = everything_of(seen)
    assert "twelve" in text and "desk" in text
    assert '"cost"' not in text and "4500" not in text and "75.00" not in text
    assert "20%" not in text.replace("120%", "")
    above = shown(ask(MAY, "chair 1 line.rush=yes", customer_country="NO"), costs=False, rules=True)
    assert words(above, "margin") == "the price is not below this floor"
    assert (verdict(above, "margin").leaves, verdict(above, "half").leaves) == (None, 50_000_000)


def test_finance_sees_all(full: Explained) -> None:
    assert shown(full, costs=True, rules=True) == full
    assert '"cost": "4500.00"' in everything_of(full)


def test_an_error_is_plain_for_who_may_not_see_rules() -> None:
    [line] = shown(ask(MAY, "chair 1.5"), costs=False, rules=False).lines
    assert line.priced.error is not None
    assert (line.priced.error.code, line.priced.error.message) == ("INVALID_QUANTITY", "this quantity is not sold")


# ---------------------------------------------------------------- the picture


SVG = "{http://www.w3.org/2000/svg}"


def test_the_picture_is_one_document_that_can_be_read_aloud(full: Explained) -> None:
    root = ElementTree.fromstring(picture_of(full))
    assert root.attrib["role"] == "img" and root.attrib["aria-labelledby"] == "title desc"
    assert root.findtext(f"{SVG}title") == "How the price came about: shop, 2026-05-04"
    assert root.findtext(f"{SVG}desc") == (
        "Chair, 60 pieces, in EUR per piece. List 100.00. chairs_volume \u221212.00, to 88.00. "
        "programme \u221210.56, to 77.44. margin +16.31, to 93.75. Net 93.75."
    )


def test_bars_begin_where_the_one_before_ended(full: Explained) -> None:
    root = ElementTree.fromstring(picture_of(full))
    bars = [rect.attrib for rect in root.iter(f"{SVG}rect") if rect.attrib["class"] != "page"]
    ends = [(float(bar["x"]), float(bar["x"]) + float(bar["width"]), bar["class"]) for bar in bars]
    assert [kind for _, _, kind in ends] == ["list", "down", "down", "up", "total"]
    assert ends[1][1] == pytest.approx(ends[0][1], abs=0.02)
    assert ends[2][1] == pytest.approx(ends[1][0], abs=0.02)
    assert ends[3][0] == pytest.approx(ends[2][0], abs=0.02)
    assert ends[4][1] == pytest.approx(ends[3][1], abs=0.02)


def test_a_line_priced_as_a_whole_is_drawn_as_one() -> None:
    """Twelve hours: 1,800 at list, two of them 10% off."""
    text = ElementTree.fromstring(picture_of(ask(MAY, "hours 12"))).findtext(f"{SVG}desc")
    assert (
        text
        == "Work, 12 hours, in EUR for the line. List 1,800.00. hours_volume \u221230.00, to 1,770.00. Net 1,770.00."
    )


def test_what_a_book_says_is_escaped_and_never_breaks_the_document(full: Explained) -> None:
    [line] = full.lines
    bar = replace(line.priced.waterfall[1], rule="<b>&", because="a\x01b </svg>")
    odd = replace(
        line, title="<script>alert(1)</script>", priced=replace(line.priced, waterfall=(line.priced.waterfall[0], bar))
    )
    root = ElementTree.fromstring(picture_of(replace(full, lines=(odd,))))
    assert not list(root.iter(f"{SVG}script")) and not list(root.iter(f"{SVG}b"))
    words = [text.text for text in root.iter(f"{SVG}text")]
    assert "<script>alert(1)</script>" in words and "<b>&" in words
    assert any("a\ufffdb </svg>" in (title.text or "") for title in root.iter(f"{SVG}title"))


def test_what_is_below_the_net_price_is_not_shown_to_a_buyer(full: Explained) -> None:
    [line] = shown(replace(full, below=frozenset({"promotion"})), costs=False, rules=False).lines
    assert [bar.step for bar in line.priced.waterfall] == ["list", "volume"]
