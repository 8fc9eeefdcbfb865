"""Reading rule text: the grammar is strict, slips are named, no text hangs or crashes."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lark import Lark

from engine.lang import parse as parsing
from engine.lang import syntax as s
from engine.lang.format import Unreadable, format_text
from engine.lang.parse import STARTS, parse_cell, parse_file
from engine.lang.places import Span

ROOT = Path(__file__).parents[3]
BOOKS = sorted((ROOT / "rules").glob("*/*.quo"))
GOLDEN = sorted((ROOT / "tests" / "golden" / "syntax").glob("*.txt"))


def test_the_grammar_is_strict_lalr() -> None:
    grammar = Path(parsing.__file__).with_name("grammar.lark").read_text()
    Lark(grammar, parser="lalr", start=list(STARTS), strict=True)


@pytest.mark.parametrize("path", BOOKS, ids=lambda p: p.parent.name)
def test_the_books_read_without_a_slip(path: Path) -> None:
    blocks, found = parse_file(path.name, path.read_text())
    assert found == ()
    assert sum(isinstance(block, s.PriceBook) for block in blocks) == (path.name == "book.quo")


@pytest.mark.parametrize("path", GOLDEN, ids=lambda p: p.stem)
def test_slips_are_named(path: Path) -> None:
    """Rule text, a line of dashes, and every diagnostic as shown; QUOTIENT_REWRITE=1 writes it anew."""
    text, _, expected = path.read_text().partition("---\n")
    _, found = parse_file("book.quo", text)
    shown = "\n".join(d.render({"book.quo": text}) for d in found)
    if os.environ.get("QUOTIENT_REWRITE"):
        path.write_text(f"{text}---\n{shown}")
    else:
        assert shown == expected


@pytest.mark.parametrize("clause", ["part seat", "require sso"])
def test_clauses_of_bundles_elsewhere_are_named(clause: str) -> None:
    _, (found,) = parse_file("b.quo", f"manual discount x on seat\n  {clause}\n")
    assert found.code == "E007"


def test_no_message_says_a_name_of_the_grammars_own() -> None:
    """A word that a terminal is named after (`code`, `times`) is one without a name: lark makes one up."""
    shown = parsing.shown()
    names = {each.name for each in parsing.parser().terminals} - {"__IGNORE_0", "__IGNORE_1"}
    assert names <= shown.keys()
    assert not [said for said in shown.values() if "anon" in said or "_" in said or "\\" in said]
    book = 'price book b\n  currency EUR\n\nsteps\n  list\n  off additive\n\noff discount d on everything\n  needs coupon "X"\n  give 5% off list\n'
    _, (slip,) = parse_file("book.quo", book)
    assert (slip.message, slip.help) == ("`coupon` makes no sense here", "expected code")


def test_layout_means_nothing() -> None:
    plain = "product seat\n  price 49 EUR per seat\n  family crm\n"
    variants = [
        "\ufeff" + plain, plain.replace("\n", "\r\n"), plain.rstrip(), plain.replace("  ", "\t"), plain.replace("  ", "          "),
        plain.replace("\n", "   \n"), "# a comment\n\n" + plain.replace("EUR", "EUR ") + "\n# the end", plain.replace("seat\n", "seat # one\n\n\n"),
    ]  # fmt: skip
    want = _shape(parse_file("b.quo", plain)[0])
    for text in variants:
        blocks, found = parse_file("b.quo", text)
        assert found == ()
        assert _shape(blocks) == want


def test_a_continued_condition_keeps_its_places() -> None:
    text = "volume discount x on seat\n  when a.b is c\n  # why\n  and  line.quantity >= 10\n  give 5% off list\n"
    (block,), found = parse_file("b.quo", text)
    assert found == ()
    assert isinstance(block, s.RuleBlock)
    assert isinstance(block.when, s.Combined)
    assert [(p.span.line, p.span.column) for p in block.when.parts] == [(2, 8), (4, 8)]


def test_whom_an_approval_needs_may_stand_below_its_condition() -> None:
    one = "approval a\n  when quote.net >= 5 EUR and a.b is c needs legal\n  when quote.net >= 9 EUR needs desk, then cfo\n"
    text = one.replace(" needs", "\n    needs")
    blocks, found = parse_file("b.quo", text)
    assert found == ()
    assert _shape(blocks) == _shape(parse_file("b.quo", one)[0])
    assert "  needs legal\n" in format_text(text)
    coupon = 'promotion discount d on seat\n  when a.b is c\n  needs code "X"\n  give 5% off list\n'
    assert parse_file("b.quo", coupon)[1] == ()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("49 EUR", "money"),
        ("12%", "percent"),
        ("12 months", "duration"),
        ("5 seats", "quantity"),
        ('"x"', "text"),
        ("5", "number"),
    ],
)
def test_cells(text: str, kind: str) -> None:
    cell = parse_cell(text, Span("b.quo", 1, 1, len(text)))
    literal = cell.amount if isinstance(cell, s.Rate) else cell
    assert isinstance(literal, s.Lit)
    assert literal.kind == kind


def test_a_spreadsheet_pasted_is_a_table() -> None:
    tabs = "volume discount v on seat\n  tiers all units by quantity\nseats from\toff\n1\t0%\n10\t5%\n"
    pipes = "volume discount v on seat\n  tiers all units by quantity\n  | seats from | off |\n  | 1 | 0% |\n  | 10 | 5% |\n"
    assert _shape(parse_file("b.quo", tabs)[0]) == _shape(parse_file("b.quo", pipes)[0])
    assert format_text(tabs) == format_text(pipes)


def test_tabs_are_blanks_where_no_table_belongs() -> None:
    """Two lines in a row with a tab inside are a pasted table only below what takes one."""
    for text in (
        "steps\n  list\n  volume\tone only\n  offers\tbest of\n",
        "facts\n  customer.a\t: text\n  customer.b\t: text\n",
        "product x\n  price\t4 EUR\n  ssp\t4 EUR\n  price\t5 EUR\n  price\t6 EUR\n",
        "table t\n  | a | b |\n  | x | y |\n  a:\ttext\n  b:\ttext\n",
    ):
        blocks, found = parse_file("b.quo", text)
        assert found == ()
        assert _shape(blocks) == _shape(parse_file("b.quo", text.replace("\t", " "))[0])
        assert format_text(text) == format_text(text.replace("\t", " "))


@pytest.mark.parametrize("enabled", [True, False])
def test_the_collector_is_left_as_it_was(enabled: bool) -> None:
    before = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        parse_file("b.quo", "product a\n  price 1,000 EUR\n")
        assert gc.isenabled() == enabled
    finally:
        (gc.enable if before else gc.disable)()


def test_equal_clauses_stand_in_their_own_places() -> None:
    """Their tree is shared, their places are not."""
    text = "product a\n  price 4 EUR\nproduct b\n\n      price 4 EUR\n"
    (one, other), found = parse_file("b.quo", text)
    assert found == ()
    assert isinstance(one, s.ProductBlock) and isinstance(other, s.ProductBlock)
    assert [(b.prices[0].span.line, b.prices[0].span.column) for b in (one, other)] == [(2, 3), (5, 7)]
    assert [b.prices[0].rate and b.prices[0].rate.span.column for b in (one, other)] == [9, 13]


# ---------------------------------------------------------------- layout


@pytest.mark.parametrize("path", BOOKS, ids=lambda p: p.parent.name)
def test_formatting_keeps_every_word(path: Path) -> None:
    text = path.read_text()
    laid_out = format_text(text)
    assert format_text(laid_out) == laid_out
    assert _shape(parse_file("b.quo", laid_out)[0]) == _shape(parse_file("b.quo", text)[0])
    assert [line.split("#", 1)[1] for line in laid_out.split("\n") if line.lstrip().startswith("#")] == [
        line.rstrip().split("#", 1)[1] for line in text.split("\n") if line.lstrip().startswith("#")
    ]


def test_text_with_slips_is_not_touched() -> None:
    with pytest.raises(Unreadable) as refused:
        format_text("product seat\n  price 1,250 EUR\n")
    assert refused.value.diagnostics[0].code == "E101"


# ---------------------------------------------------------------- hostile text

WORDS = st.sampled_from(
    [
        "product",
        "price",
        "book",
        "seat",
        "when",
        "give",
        "off",
        "list",
        "and",
        "or",
        "not",
        "(",
        ")",
        "5%",
        "49",
        "EUR",
        "2026-01-01",
        "from",
        "until",
        '"',
        "|",
        "#",
        "\n",
        "\n",
        "",
        "",
        "\t",
        "=",
        ">=",
        ",",
        ".",
        ":",
        "in",
        "is",
        "to",
        "one",
        "of",
        "tiers",
        "graduated",
        "é",
        "\x00",
        "\ud7ff",
        "1e9",
        "“",
        "€5",
        "==",
    ]
)


@given(st.lists(WORDS, max_size=60).map(" ".join) | st.text(max_size=300))
def test_no_text_crashes(text: str) -> None:
    _, found = parse_file("b.quo", text)
    for diagnostic in found:
        assert diagnostic.code[0] == "E"
        assert diagnostic.render({"b.quo": text})


@given(st.data())
def test_a_book_with_a_slip_is_still_read(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(BOOKS)).read_text()
    at = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(at, min(len(text), at + 12)))
    parse_file("b.quo", text[:at] + data.draw(st.text(max_size=8)) + text[end:])


@pytest.mark.parametrize(
    "text",
    ["product x\n  when " + "(" * 5_000, "a" * 1_000_000, "product x\n  price " + "9" * 100_000 + " EUR", "\x00" * 10_000,
     "p discount d on x\n  when " + "not " * 5_000 + "a.b is c", "p discount d on x\n  when " + "a.b is c and " * 5_000 + "a.b is c",
     "x\n" * 20_000, "| " * 100_000, '"' * 100_000, "product x\n" + "  family a,\n" * 100_000,
     "p discount d on x\n  when a.b is c\n" + "  and a.b is c\n" * 50_000, "p discount d on x\n  when " + "not\t" * 4_000 + "a.b is c"],
    ids=["parentheses", "one word", "digits", "nul", "not", "and", "headings", "pipes", "quotes", "commas", "and lines", "tabbed not"],
)  # fmt: skip
def test_hostile_text_is_bounded(text: str) -> None:
    _, found = parse_file("b.quo", text)
    assert found
    assert len(found) <= parsing.MOST + 1


@pytest.mark.parametrize("word", ["and", "or"])
def test_a_long_condition_is_flat(word: str) -> None:
    text = "p discount d on x\n  when a.b is c" + f" {word} a.b is c" * 1_200 + "\n  give 5% off list\n"
    (block,), found = parse_file("b.quo", text)
    assert found == ()
    assert isinstance(block, s.RuleBlock)
    assert isinstance(block.when, s.Combined)
    assert len(block.when.parts) == 1_201


def _shape(node: object) -> object:
    """A tree without its places."""
    if isinstance(node, Span):
        return None
    if isinstance(node, tuple):
        return tuple(_shape(part) for part in node)
    if hasattr(node, "__dataclass_fields__"):
        return (type(node).__name__, *(_shape(getattr(node, name)) for name in node.__dataclass_fields__))
    return node
