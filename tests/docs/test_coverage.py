"""The language's page leaves nothing out: every construct of the grammar, every word of its tables, every code stands in it.

The constructs are read from the grammar itself: a rule's alternative (`price_tiers`), and each keyword within it (`needs`
... `then`). A new one without an example on the page fails here.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import get_args

import pytest
from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput
from lark.grammar import Symbol

import engine.lang
from engine.lang import cases, catalog, conditions, durations, expect, lines, names, parse, rules, sheets, tables
from engine.lang.blocks import BLOCKS
from engine.lang.book import Combine
from engine.lang.draft import RESERVED, ROOTS
from engine.values import kinds, rounding
from tests.docs.pages import IDLE, blocks, examples, prose

PAGE = "docs/LANGUAGE.md"
LANG = Path(engine.lang.__file__).parent
Construct = tuple[str, str]
"""An alternative of the grammar, and one of its keywords, or ""."""

NOT_SHOWN: dict[Construct, str] = {
    **{("setting_word", word): "any word may stand here" for word in ("cost", "family", "never", "price", "unit")},
}
"""What has no example, and why."""


@cache
def grammar() -> Lark:
    """The parser of clauses that keeps every token, so that a tree shows its keywords."""
    text = (LANG / "grammar.lark").read_text(encoding="utf-8")
    return Lark(text, parser="lalr", start=list(parse.STARTS), maybe_placeholders=False, keep_all_tokens=True)


def declared() -> set[Construct]:
    """Every construct of the grammar. A name that begins with `_`, and one that lark made for a repetition, is its parent's."""
    rules: dict[str, list[Symbol]] = {}
    parents: dict[str, set[str]] = {}
    keywords = {t.name: t.pattern.value for t in grammar().terminals if t.pattern.type == "str"}
    for rule in grammar().rules:
        name = str(rule.alias or rule.origin.name)
        rules.setdefault(name, []).extend(rule.expansion)
        for symbol in rule.expansion:
            if not symbol.is_term and symbol.name.startswith("_"):
                parents.setdefault(symbol.name, set()).add(name)
    found: set[Construct] = set()
    for name, symbols in rules.items():
        for owner in _owners(name, parents, frozenset()):
            found |= {(owner, ""), *((owner, keywords[s.name]) for s in symbols if s.name in keywords)}
    return found


def _owners(name: str, parents: dict[str, set[str]], seen: frozenset[str]) -> set[str]:
    if not name.startswith("_"):
        return {name}
    return {owner for up in parents.get(name, set()) - seen for owner in _owners(up, parents, seen | {name})}


def shown() -> set[Construct]:
    """Every construct that an example of the page uses."""
    found: set[Construct] = set()
    for example in examples(PAGE):
        own = example.files.get("part.quo") or example.files["book.quo"]
        for raw in lines.split(own):
            found |= _of_block(raw)
    return found


def _of_block(raw: lines.RawBlock) -> set[Construct]:
    kind = parse._kind(raw.heading.text.replace(":", " ").split())
    if kind is None:
        return set()
    block = BLOCKS[kind]
    texts = [(raw.heading.text, block.head)]
    texts += [(clause.text, block.clause) for clause in raw.clauses if block.clause]
    rows = [row for clause in (raw.heading, *raw.clauses) for _, row in clause.rows]
    texts += [(cell.strip(), "cell") for row in rows for cell in re.split(r"[|\t]", row) if cell.strip()]
    return {construct for text, start in texts for construct in _of_text(text, start)}


def _of_text(text: str, start: str) -> set[Construct]:
    try:
        node = grammar().parse(text, start=start)
    except UnexpectedInput:
        return set()  # a wrong example, or the head of a table
    found: set[Construct] = set()
    for part in node.iter_subtrees():
        assert isinstance(part, Tree)
        name = str(part.data)
        found.add((name, ""))
        found |= {(name, str(child)) for child in part.children if isinstance(child, Token)}
    return found


def folded() -> set[Construct]:
    """Alternatives that lark folds into their only child (`?expr`): seen as that child."""
    return {(rule.origin.name, "") for rule in grammar().rules if rule.options.expand1 and not rule.alias}


def test_every_construct_has_an_example() -> None:
    missing = declared() - shown() - NOT_SHOWN.keys() - folded()
    assert sorted(missing) == []


def test_what_has_no_example_is_of_the_grammar_and_has_none() -> None:
    assert NOT_SHOWN.keys() <= declared() - shown()


def test_the_grammar_was_read() -> None:
    assert {("needs", "then"), ("mark", "optional"), ("tiers", "by"), ("step", "")} <= declared()
    assert len(declared()) > 200


# ---------------------------------------------------------------- words that are not the grammar's


def _alternatives(terminal: str) -> list[str]:
    """The words of a terminal that is a choice: the kinds of facts, the comparisons."""
    [found] = [t.pattern.value for t in grammar().terminals if t.name == terminal]
    inner = re.match(r"\((\w+(?:\|\w+)+)\)", found)
    assert inner, found
    return inner[1].split("|")


IN_EXAMPLES: dict[str, list[str]] = {
    "kinds of facts and columns": _alternatives("TYPE"),
    "comparisons": ["<", "<=", "=", ">=", ">"],
    "periods": [f"per {period}" for period in durations.PERIODS],
    "durations": [word for word in durations.DURATIONS if word not in ("day", "days")],
    "modes of rounding": list(rounding.MODES),
    "levels of rounding": [f"at {level}" for level in rounding.LEVELS],
    "settings of a book": list(names.SETTINGS),
    "settings of a product": list(catalog.BILL),
    "roles of a file's columns": [f"{role} column" for role in ("code", "name", "family", "unit")],
    "facts that are always there": list(names.BUILT_IN),
    "ways to combine": [way for way in get_args(Combine) if way not in ("list", "floor", "net", "tax")],
    "heads of tiers": ["seats from", "calls above", "off list", "flat"],
    "any value": ["| *"],
    "totals": [f"quote.{total}" for total in expect.TOTALS],
    "figures": [f"seat.{figure}" for figure in expect.FIGURES],
    "figures of a tax": [f"= {figure}" for figure in expect.OF_TAX],
    "lists": [f"expect {each}" for each in expect.LISTS],
}
IN_PROSE: dict[str, list[str]] = {
    "figures of approvals": list(names.MEASURES),
    "errors": [code.lower() for code in expect.ERRORS],
    "words that name nothing": [*RESERVED, *ROOTS],
    "parts that come later": [
        "revenue rules",
    ],
}


@pytest.mark.parametrize("what", IN_EXAMPLES)
def test_every_word_stands_in_an_example(what: str) -> None:
    text = " ".join(re.sub(r"[ \t]+", " ", block.text) for block in blocks(PAGE) if block.language == "quo")
    assert [word for word in IN_EXAMPLES[what] if not _stands(word, text)] == []


@pytest.mark.parametrize("what", IN_PROSE)
def test_every_word_stands_on_the_page(what: str) -> None:
    assert [word for word in IN_PROSE[what] if not _stands(word, prose(PAGE))] == []


def _stands(word: str, text: str) -> bool:
    return re.search(rf"(?<![\w<>=]){re.escape(word)}(?![\w<>=])", text) is not None


# ---------------------------------------------------------------- mistakes


def known_codes() -> set[str]:
    """Every code that reading, checking and lowering a book can give."""
    files = [*LANG.rglob("*.py"), *(LANG.parent / "plan").glob("*.py")]
    return set(re.findall(r'"([EW]\d{3}|P1\d\d)"', "".join(path.read_text(encoding="utf-8") for path in files)))


def test_the_page_lists_every_code_once_and_in_order() -> None:
    listed = re.findall(r"^\| ([EPW]\d{3}) \| \S.* \|$", prose(PAGE), re.MULTILINE)
    assert listed == sorted(known_codes())
    assert len(listed) > 100


def test_a_mistake_looks_as_it_is_shown() -> None:
    page = blocks(PAGE)
    [number] = [i for i, block in enumerate(page) if block.comment == "says"]
    [example] = [each for each in examples(PAGE) if each.block == page[number - 1]]
    result = example.check()
    found = "\n".join(d.render(result.sources) for d in result.diagnostics if d.code != IDLE)
    assert found == page[number].text


# ---------------------------------------------------------------- limits


def test_the_limits_are_the_engine_s() -> None:
    """Each limit that the page gives, from where it is kept; a limit that changes is to be changed there too."""
    limits = [
        f"{parse.MAX_FILE // 2**20} MiB", f"{lines.MAX_LINES:,} lines", f"{lines.MAX_LINE:,} characters", f"{lines.MAX_CLAUSE:,}",
        f"{sheets.MAX_BYTES // 2**20} MiB", f"{sheets.MAX_ROWS:,} rows", f"{sheets.MAX_COLUMNS} columns", f"{kinds.MAX_TEXT:,} characters",
        f"{catalog.MAX_CODE} |", f"{conditions.MAX_DEPTH} deep", f"{conditions.MAX_NODES:,} |", f"{rules.MAX_CHAIN}, one after",
        f"{cases.MAX_CASES:,}",
    ]  # fmt: skip
    section = prose(PAGE).split("\n## Limits\n")[1].split("\n## ")[0]
    assert [limit for limit in limits if limit not in section] == []
    assert rules.MAX_CHAIN == tables.MAX_JOINS and conditions.MAX_DEPTH == parse.MAX_DEPTH
