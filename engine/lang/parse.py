"""Reads a rule file into blocks: layout first (`lines`), then each clause by the grammar, then its node (`blocks`).

Never raises on any text: what cannot be read becomes a diagnostic, and reading goes on with the next clause.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path
from typing import cast

from lark import Lark, Token, UnexpectedCharacters, UnexpectedInput, UnexpectedToken
from lark.lexer import PatternStr

from engine.lang import slips
from engine.lang import syntax as s
from engine.lang.blocks import BLOCKS
from engine.lang.blocks.block import Block, Reading
from engine.lang.blocks.cells import cells_of
from engine.lang.builder import Builder, Node
from engine.lang.diagnostics import Diagnostic
from engine.lang.kept import Kept, Parsed
from engine.lang.lines import MAX_CLAUSE, MAX_LINE, MAX_LINES, Clause, RawBlock, lost_indent, pieces, split
from engine.lang.places import Span
from engine.lang.shapes import Shapes
from engine.values.collecting import uncollected

MAX_FILE = 32 * 2**20
MAX_DEPTH = 60
MAX_CELL = 1_000
MOST = 100
SHORT = 120
"""Characters of a clause whose tree is kept for the next of the same text."""
_MANY_DIGITS = re.compile(r"\d[\d_]{9}")
_NOT_NOT = re.compile(r"not\s+(?=not\s)")
STARTS = (
    "price_book_head", "facts_head", "product_head", "products_head", "list_head", "table_head", "steps_head", "rule_head",
    "exception_head", "floor_head", "tax_head", "tax_exception_head", "approval_head", "test_head", "examples_head", "bundle_head", "features_head", "bundle_clause", "configure_head", "configure_clause",
    "deny_head", "deny_clause", "rates_head", "book_clause", "declared",
    "product_clause", "products_clause", "step", "rule_clause", "approval_clause", "test_clause", "cell",
)  # fmt: skip


@cache
def parser() -> Lark:
    """The parser of clauses; tests build it strict."""
    grammar = Path(__file__).with_name("grammar.lark").read_text()
    return Lark(grammar, parser="lalr", start=list(STARTS), maybe_placeholders=False)


@cache
def shapes() -> Shapes:
    """What reads a clause like one that was read before."""
    return Shapes.of(parser())


def parse_file(path: str, text: str) -> Parsed:
    """Every block of a file that could be read, and what is wrong with the rest. Newlines may be of any kind."""
    if len(text) > MAX_FILE or text.count("\n") > MAX_LINES:
        return (), (slips.too_long(Span(path, 1), "this file", f"{MAX_FILE // 2**20} MiB and {MAX_LINES:,} lines"),)
    with uncollected():
        return _parsed(path, text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n"))


def _parsed(path: str, text: str) -> Parsed:
    blocks: list[s.Block] = []
    found: list[Diagnostic] = []
    for line, piece in pieces(text):
        made, wrong = KEPT.parsed(path, line, piece)
        blocks.extend(made)
        found.extend(wrong)
        if len(found) > MOST:
            told = slips.too_long(found[MOST - 1].span, "the number of mistakes", f"{MOST} are shown")
            return tuple(blocks), (*found[:MOST], told)
    return tuple(blocks), tuple(found)


def parse_piece(path: str, line: int, text: str) -> Parsed:
    """The blocks of a piece of a file that begins on a line, and what is wrong with it."""
    reading = Reading(path)
    for raw in split(text, line):
        block = _block(reading, raw)
        if block is not None:
            reading.blocks.append(block)
        if len(reading.found) > MOST:
            break
    return tuple(reading.blocks), tuple(reading.found)


KEPT = Kept(parse_piece)
"""The blocks of what was read before in this process, so that after an edit only what changed is read."""


# ---------------------------------------------------------------- blocks


def _block(reading: Reading, raw: RawBlock) -> s.Block | None:
    head = raw.heading
    span = Builder(reading.file, head, reading.add).span
    words = head.text.replace(":", " ").split() or [head.text]
    first = words[0] if words else ""
    if lost_indent(head.text) or not head.at_margin:
        reading.add(slips.at_margin(span, first) if head.at_margin else slips.unknown_heading(span, first, ""))
        return None
    kind = _kind(words)
    if kind is None:
        reading.add(_no_such_block(words, span))
        return None
    return _read(reading, raw, BLOCKS[kind])


def _kind(words: list[str]) -> str | None:
    """Which block a heading opens, by its first words."""
    two = " ".join(words[:2])
    for name in (two, words[0]):
        if name in BLOCKS and not (name == "floor" and len(words) > 1 and words[1] in ("discount", "surcharge")):
            return name
    if len(words) > 1 and words[1] in ("discount", "surcharge", "price", "offer", "exception"):
        return "exception" if words[1] == "exception" else "rule"
    return None


def _no_such_block(words: list[str], span: Span) -> Diagnostic:
    for word in words[:2]:
        if word in slips.LATER:
            return slips.later(span, word)
    heads = [*BLOCKS, "discount", "surcharge", "offer", "exception"]
    near = slips.nearest(words[0], heads) or (slips.nearest(words[1], heads[-4:]) if len(words) > 1 else "")
    return slips.unknown_heading(Span(span.file, span.line, span.column, len(words[0])), words[0], near)


def _read(reading: Reading, raw: RawBlock, block: Block) -> s.Block | None:
    builder = Builder(reading.file, raw.heading, reading.add)
    heading = parse_clause(builder, block.head)
    clauses = []
    for clause in raw.clauses:
        if clause.at_margin:
            word = clause.text.split()[0]
            reading.add(slips.at_margin(Span(reading.file, clause.line, clause.column, len(word)), word))
        own = Builder(reading.file, clause, reading.add)
        if block.clause is None:
            reading.add(slips.not_here(own.span, clause.text.split()[0], block.name, "none"))
        elif (node := parse_clause(own, block.clause)) is not None:
            clauses.append((own, node))
    if heading is None:
        return None
    if raw.heading.rows and not block.table:
        reading.add(slips.odd_table(cast(s.Cells, cells_of(builder)).span))
    return block.make(reading, builder, heading, clauses)


# ---------------------------------------------------------------- one clause


def parse_clause(builder: Builder, start: str) -> Node | None:
    """The tree of one clause; None (and said) when it cannot be read. Trees are shared: never change one."""
    clause, text = builder.clause, builder.clause.text
    if len(text) > MAX_LINE and (len(text) > MAX_CLAUSE or max(map(len, text.split("\n"))) > MAX_LINE):
        builder.said(slips.too_long(builder.span, "this line", f"{MAX_LINE:,} characters"))
        return None
    if len(text) > MAX_DEPTH and _depth(text) > MAX_DEPTH:
        builder.said(slips.too_long(builder.span, "the nesting of parentheses", f"{MAX_DEPTH} deep"))
        return None
    try:
        node = _short_tree(text, start) if len(text) <= SHORT else shapes().parse(text, start)
    except UnexpectedInput as wrong:
        builder.said(_explain(builder, clause, wrong, start))
        return None
    token = _long_number(node) if _MANY_DIGITS.search(text) else None
    if token is not None:
        builder.said(slips.number_digits(builder.at(token)))
    return None if token is not None else node


@lru_cache(maxsize=2048)
def _short_tree(text: str, start: str) -> Node:
    """A book says the same in many places, such as `give 5% off list`: it is parsed once."""
    return shapes().parse(text, start)


def _long_number(node: Node) -> Token | None:
    """The first number with more digits than any value has."""
    numbers = node.scan_values(lambda v: isinstance(v, Token) and v.type in ("NUMBER", "PERCENT"))
    return next((token for token in numbers if _too_many_digits(str(token).rstrip("%"))), None)


def _too_many_digits(text: str) -> bool:
    """Whether a number has more digits than money or quantities ever have."""
    whole, _, part = text.replace("_", "").removeprefix("-").partition(".")
    return len(whole) > 13 or len(part) > 9


def _depth(text: str) -> int:
    if "(" not in text:
        return len(_NOT_NOT.findall(text)) if "not" in text else 0
    depth = most = 0
    for char in text:
        depth += (char == "(") - (char == ")")
        most = max(most, depth)
    return most + len(_NOT_NOT.findall(text))


def _explain(builder: Builder, clause: Clause, wrong: UnexpectedInput, start: str) -> Diagnostic:
    """Say what was meant, from what stands there, what could stand there, and the word before."""
    text, at = clause.text, _position(clause.text, wrong)
    looks = slips.looks_like(text, _begin(text, at))
    if looks is not None:
        match, words = looks
        return Diagnostic(words[0], words[1], _span(builder, text, match.start(), match.group()), words[2])
    if text[at : at + 1] == "%":
        begin = _begin(text, at)
        return slips.no_percent(_span(builder, text, begin, text[begin : at + 1]), text[begin : at + 1], _wanted(wrong))
    word = _word(text, at)
    span = _span(builder, text, at, word)
    if at == 0 and word in slips.OF_BUNDLES:
        return slips.of_bundle(span, word)
    wanted = _wanted(wrong)
    if text.lstrip().startswith("give") and ("OFF" in _names(wrong) or word in ("of", "")):
        return slips.give_off(span)
    before = text[:at].split()
    if word and not slips.nearest(word, wanted) and before:
        first = slips.OF_BUNDLES if start == "bundle_clause" and len(before) == 1 else ()
        near = slips.nearest(before[-1], [*_after_name(wrong), *first])
        if near and near != before[-1]:
            start = text.rindex(before[-1], 0, at)
            return slips.misread(_span(builder, text, start, before[-1]), before[-1], word, near)
    return slips.unexpected(span, word, slips.nearest(word, wanted) if word else "", wanted)


def _position(text: str, wrong: UnexpectedInput) -> int:
    if isinstance(wrong, UnexpectedToken) and wrong.token.type == "$END":
        return len(text.rstrip())
    place = wrong.pos_in_stream
    return place if place is not None and place >= 0 else len(text)


def _begin(text: str, at: int) -> int:
    """Where the run of figures or signs that a place is in begins: `1` of `1,250`."""
    while at > 0 and (text[at - 1].isdigit() or text[at - 1] in "_.,-=!<>&|") and not text[at - 1].isspace():
        at -= 1
    return at


def _word(text: str, at: int) -> str:
    rest = text[at:]
    end = next((i for i, c in enumerate(rest) if not (c.isalnum() or c in "_.%")), len(rest))
    return rest[: max(end, 1)] if rest else ""


def _span(builder: Builder, text: str, at: int, word: str) -> Span:
    line = text.count("\n", 0, at)
    column = at - (text.rfind("\n", 0, at) + 1)
    clause = builder.clause
    return Span(
        builder.file, clause.line + line, column + (clause.column if line == 0 else 1), max(1, len(word.split("\n")[0]))
    )


def _names(wrong: UnexpectedInput) -> set[str]:
    if isinstance(wrong, UnexpectedToken):
        return set(wrong.accepts or wrong.expected)
    return set(wrong.allowed or ()) if isinstance(wrong, UnexpectedCharacters) else set()


def _after_name(wrong: UnexpectedInput) -> list[str]:
    """Keywords that a misspelt one before this place may stand for: those that could follow a bare figure or name."""
    return [*_wanted(wrong), "needs", "to", "off", "per", "until", "through", "or", "and"]


SHOWN = {
    "NAME": "a name", "PATH": "a dotted name", "NUMBER": "a number", "STRING": "a text in quotes", "PERCENT": "a percent",
    "DATE": "a date", "SKU": "a code", "FIGURE": "a figure", "CODE": "a currency", "REL": "a comparison", "TYPE": "a type", "LPAR": "(", "RPAR": ")",
    "COMMA": "a comma", "COLON": "a colon", "EQUAL": "=", "$END": "the end of the line", "<END-OF-FILE>": "the end of the line",
    "TIME": "a time of day", "TIMES": "a number of units such as 12s", "CATEGORY": "a tax category such as S",
    "DAYCOUNT": "a day count such as actual/360",
}  # fmt: skip


@cache
def shown() -> dict[str, str]:
    """What each terminal is called in a message: words of the grammar by themselves, for their names are not always theirs."""
    own = {each.name: each.pattern.value for each in parser().terminals if isinstance(each.pattern, PatternStr)}
    return own | SHOWN


def _wanted(wrong: UnexpectedInput) -> list[str]:
    return sorted({shown()[name] for name in _names(wrong) if name in shown()})


# ---------------------------------------------------------------- cells


@lru_cache(maxsize=4096)
def _cell_tree(text: str) -> Node | int:
    """The tree of a cell, or where it stops to make sense."""
    try:
        return parser().parse(text, start="cell")
    except UnexpectedInput as wrong:
        return _position(text, wrong)


def parse_cell(text: str, span: Span) -> s.Rate | s.Lit | s.Word | Diagnostic | None:
    """A table cell: a price with what it is per, a literal, or a name. A slip in it where that has a name, else None."""
    node = _cell_tree(text) if len(text) <= MAX_CELL else None
    if node is None or isinstance(node, int):
        return None if node is None else _cell_slip(text, node, span)
    said: list[Diagnostic] = []
    builder = Builder(span.file, Clause(text, span.line, span.column), said.append)
    inner = node.children[0] if node.data == "cell" else node
    if isinstance(inner, Token) or node.data == "cell_rate":
        rate = replace(builder.cell_rate(node), span=span)
        return said[0] if said else rate
    if inner.data == "words":
        return s.Word(text, span)
    return builder.literal(inner)


def _cell_slip(text: str, at: int, span: Span) -> Diagnostic | None:
    looks = slips.looks_like(text, _begin(text, at))
    if looks is None:
        return None
    match, words = looks
    place = Span(span.file, span.line, span.column + match.start(), len(match.group()))
    return Diagnostic(words[0], words[1], place, words[2])
