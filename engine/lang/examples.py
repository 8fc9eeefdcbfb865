"""Settles tests and examples: dates, facts and quantities typed, and every expectation a figure of the priced quote."""

from __future__ import annotations

import math
from collections.abc import Sequence

from engine.lang import words
from engine.lang.book import BookTest, ByHand, Expectation, TestLine
from engine.lang.bundle_tests import named_in, of_bundle, settle_test_bundles
from engine.lang.draft import Draft, Goods
from engine.lang.exchange import priced_in
from engine.lang.expect import (
    BESIDE,
    FIGURES,
    LISTS,
    NAMED,
    OVER_TIME,
    TOTALS,
    expectation,
    expected_amount,
    figure_of,
    names,
    own_totals,
)
from engine.lang.expect_in_words import NEEDS, OF_TAX, expected_needs, expected_tax, expected_time
from engine.lang.measures import counted, grain, times
from engine.lang.periods import FACTS as TIME_FACTS
from engine.lang.places import Span
from engine.lang.syntax import Examples, GivenFact, Lit, Operand, Rate, RuleBlock, TestBlock, TestLineDecl, Word
from engine.lang.types import DAY, literal, read_cell, read_operand, shown
from engine.values.kinds import Kind, Value

QUANTITY = Kind("quantity")
UNSAID = ("", "-")
"""A cell of `examples` that gives nothing."""


def settle_tests(draft: Draft) -> None:
    """Every `test`, and every row of `examples`."""
    for block in draft.of(TestBlock):
        if draft.declare("test", block.name, block.span):
            _add(draft, _test(draft, block))
    for examples in draft.of(Examples):
        _examples(draft, examples)


def _add(draft: Draft, test: BookTest | None) -> None:
    if test is not None:
        draft.tests.append(test)


# ---------------------------------------------------------------- test blocks


def _test(draft: Draft, block: TestBlock) -> BookTest | None:
    if block.on is None and not block.unread:
        draft.report.add(words.test_needs("date", block.span, "`quote on 2026-01-15`"))
    if not block.lines and not block.bundles and not block.unread:
        draft.report.add(words.test_needs("line", block.span, "`line seat 50`"))
    on = literal(draft, DAY, block.on, "the pricing date") if block.on else None
    facts = (*_facts(draft, block.facts, ("customer", "quote")), *_codes(draft, block), *_exhausted(draft, block))
    lines = [_line(draft, line) for line in block.lines]
    good = [line for line in lines if line is not None]
    bundles = settle_test_bundles(draft, block, lambda given: _facts(draft, given, ("line",)))
    with priced_in(draft, str(dict(facts).get(CURRENCY, draft.currency))):
        codes = [line.product.text for line in block.lines]
        expect = [
            of_bundle(draft, each, bundle)
            if (bundle := named_in(block, each)) is not None
            else expectation(draft, each, codes)
            for each in block.expect
        ]
    kept = [each for each in expect if each is not None]
    whole = len(good) == len(lines) and len(kept) == len(expect) and None not in bundles
    if on is None or not (lines or bundles) or not whole:
        return None
    placed = tuple(bundle for bundle in bundles if bundle is not None)
    return BookTest(block.name, int(on), facts, tuple(good), tuple(kept), block.span, placed)


def _facts(draft: Draft, given: Sequence[GivenFact], scopes: tuple[str, ...]) -> tuple[tuple[str, Value], ...]:
    facts: dict[str, Value] = {}
    for each in given:
        path = each.path.text
        if path in facts:
            draft.report.add(words.twice(path, each.path.span))
        elif path == CURRENCY and draft.currencies and "quote" in scopes:
            facts.update(_currency(draft, shown(each.value).strip('"'), each.value.span))
        elif path == ROLE:
            facts[path] = shown(each.value).strip('"')
        elif path.startswith(GRANT):
            _grant(draft, each, facts)
        elif path not in draft.facts and path in TIME_FACTS and not draft.timed and path != "quote.term":
            if path.removesuffix("end") + "start" not in facts:  # `from D until D2` is two facts, and one mistake
                draft.report.add(words.not_timed(path, each.path.span))
            facts[path] = ""
        elif path not in draft.facts:
            draft.unknown("fact", path, each.path.span, draft.facts)
        elif path.split(".")[0] not in scopes:
            draft.report.add(words.fact_place(path, each.path.span, scopes[0] == "line"))
        elif (value := literal(draft, draft.facts[path].kind, each.value, path)) is not None:
            facts[path] = value
    return tuple(facts.items())


ROLE, GRANT = "quote.role", "grant."
"""Who asks, and what a seller grants by hand under a rule's name: said with a quote, declared by no one."""


CURRENCY = "quote.currency"


def _currency(draft: Draft, code: str, span: Span) -> dict[str, Value]:
    """`quote.currency "USD"`: one of the book's."""
    known = list(dict.fromkeys((draft.currency, *draft.currencies)))
    if code in known:
        return {CURRENCY: code}
    draft.report.add(words.not_of_book(code, known, span))
    return {}


def _grant(draft: Draft, given: GivenFact, facts: dict[str, Value]) -> None:
    """`grant.seller_grant 8%`."""
    name = given.path.text.removeprefix(GRANT)
    rules = [r.name for r in draft.rules if any(isinstance(case.give, ByHand) for case in r.cases)]
    if name not in rules:
        draft.unknown("rule by hand", name, given.path.span, rules)
    elif (value := literal(draft, Kind("percent"), given.value, given.path.text)) is not None:
        facts[given.path.text] = value


def _exhausted(draft: Draft, block: TestBlock) -> tuple[tuple[str, Value], ...]:
    """`exhausted spring`: a rule whose limit is reached."""
    limited = [rule.name for rule in draft.rules if rule.limits]
    for word in block.exhausted:
        if word.text not in limited:
            draft.unknown("rule with a limit", word.text, word.span, limited)
    return tuple((f"exhausted {word.text}", "yes") for word in block.exhausted)


def _codes(draft: Draft, block: TestBlock) -> tuple[tuple[str, Value], ...]:
    """`code "SPRING26"`: one that some rule needs."""
    known = {code.text for rule in draft.of(RuleBlock) if rule.more for code in rule.more.codes}
    for code in block.codes:
        if code.text not in known:
            draft.unknown("code", code.text, code.span, sorted(known))
    return tuple((f"code {code.text}", "yes") for code in block.codes)


def _line(draft: Draft, line: TestLineDecl) -> TestLine | None:
    goods = _goods(draft, line.product)
    quantity = _quantity(draft, line.quantity, goods)
    group = line.group
    if group is not None and draft.find("group", group, draft.groups) is None:
        return None
    facts = _facts(draft, line.facts, ("line",))
    if goods is None or quantity is None:
        return None
    return TestLine(goods.code, quantity, group.text if group else None, facts)


def _goods(draft: Draft, word: Word) -> Goods | None:
    if word.text not in draft.goods:
        draft.unknown("product", word.text, word.span, draft.goods)
    return draft.goods.get(word.text)


def _quantity(draft: Draft, said: Operand, goods: Goods | None) -> int | None:
    """Ticks of the product's unit."""
    ticks = literal(draft, QUANTITY, said, "")
    if ticks is None or goods is None or goods.unit is None:
        return None
    unit = draft.units[goods.unit]
    if isinstance(said, Lit) and said.kind == "quantity" and draft.unit_of.get(said.unit or "") != goods.unit:
        return _converted(draft, said, int(ticks), goods)
    if int(ticks) % 10 ** (6 - unit.decimals):
        draft.report.add(words.fraction_of_unit(shown(said), unit.plural, said.span))
        return None
    return int(ticks)


def _converted(draft: Draft, said: Lit, ticks: int, goods: Goods) -> int | None:
    """A quantity in another unit of the product's kind: `3 boxes` of what is counted in pieces."""
    index, own = draft.unit_of[said.unit or ""], goods.unit or 0
    unit, factor = draft.units[own], times(draft.units, index, own)
    if factor is None:
        draft.report.add(words.wrong_quantity(shown(said), goods.code, unit.plural, said.span))
        return None
    found, finest = ticks * factor, grain(unit)
    if found % finest:
        near = (math.floor(found / finest), math.ceil(found / finest))
        fix = " or ".join(counted(unit, number * finest) for number in near)
        draft.report.add(words.not_exact(shown(said), unit.plural, fix, said.span))
        return None
    return int(found)


# ---------------------------------------------------------------- examples

NEEDED = {
    "on": ("date", "the day it is priced on, such as 2026-01-15"),
    "quantity": ("quantity", "how many, such as 12"),
}


def _examples(draft: Draft, block: Examples) -> None:
    """`examples on seat`: every row is a test of one line."""
    goods = _goods(draft, block.product)
    heads = [_head(draft, cell, goods) for cell in block.cells.head] if goods else []
    if goods is None or any(head is None for head in heads):
        return
    roles = [head for head in heads if head is not None]
    for again, cell in enumerate(block.cells.head):
        if roles[again] in roles[:again]:
            draft.report.add(words.twice(roles[again], cell.span))
            return
    for needed, example in (
        ("on", "the date of each row under `on`"),
        ("quantity", "each row's quantity under its unit"),
    ):
        if needed not in roles:
            draft.report.add(words.test_needs(f"column `{needed}`", block.product.span, example))
            return
    for number, cells in enumerate(block.cells.rows, 1):
        if len(cells) != len(roles):
            draft.report.add(words.row_width(cells[0].span if cells else block.span, len(cells), len(roles)))
        else:
            _add(draft, _example(draft, goods, f"{goods.code}, example {number}", roles, cells))


def _head(draft: Draft, cell: Word, goods: Goods | None) -> str | None:
    """A column's role: `on`, `quantity`, `group`, a fact's path, or `= figure`."""
    text = cell.text
    unit = draft.units[goods.unit] if goods and goods.unit is not None else None
    figure = text[1:].strip() if text.startswith("=") else ""
    if text in ("on", "group") or _is_figure(figure):
        return text if text in ("on", "group") else f"= {figure}"
    if text in ("quantity", "line.quantity") or (unit and text in (unit.name, unit.plural)):
        return "quantity"
    if text.startswith("= quote.") and text.removeprefix("= quote.") in (*TOTALS, *BESIDE, *own_totals(draft)):
        return text
    if text in (CURRENCY, "currency") and draft.currencies and text not in draft.facts:
        return CURRENCY
    paths = [path for path in draft.facts if text in (path, path.rpartition(".")[2])]
    if (
        len(paths) > 1 and draft.timed
    ):  # `start` is the quote's: what a book that counts time has for a line is said in full
        paths = [path for path in paths if not (path in TIME_FACTS and path.startswith("line."))]
    if len(paths) == 1 or text in paths:
        return text if text in paths else paths[0]
    if paths:
        draft.report.add(words.ambiguous(text, cell.span, paths))
        return None
    known = [
        "on",
        "group",
        unit.plural if unit else "quantity",
        *draft.facts,
        *(p.rpartition(".")[2] for p in draft.facts),
    ]
    known += [f"= {figure}" for figure in (*FIGURES, *LISTS, *OF_TAX)]
    draft.report.add(words.example_column(text, cell.span, draft.report.near(text, known)))
    return None


def _is_figure(text: str) -> bool:
    """Whether a line has such a figure, or the quote such a list."""
    if text in (*FIGURES, *LISTS, *OF_TAX, "term") or text.endswith(f".{NEEDS}"):
        return True
    return OVER_TIME.match(text) is not None


def _example(draft: Draft, goods: Goods, name: str, roles: list[str], cells: tuple[Word, ...]) -> BookTest | None:
    on, quantity, group = None, None, None
    facts: dict[str, Value] = {}
    expect: list[Expectation | None] = []
    good = True
    code = next((cell.text.strip('"') for role, cell in zip(roles, cells, strict=True) if role == CURRENCY), "")
    for role, cell in zip(roles, cells, strict=True):
        if role.startswith("= "):
            with priced_in(draft, code if code in draft.currencies else draft.currency):
                expect.append(_expected_cell(draft, role[2:], cell, goods))
        elif cell.text in UNSAID and role in NEEDED:
            draft.report.add(words.row_needs(*NEEDED[role], cell.span))
        elif cell.text in UNSAID:
            continue  # an optional fact, or a group, that is not given
        elif role == "group":
            group = cell.text
            good = draft.find("group", cell, draft.groups) is not None and good
        elif (value := _given(draft, role, cell, goods)) is None:
            good = False
        elif role == "on":
            on = int(value)
        elif role == "quantity":
            quantity = int(value)
        else:
            facts[role] = value
    if on is None or quantity is None or not good or None in expect:
        return None
    place = cells[0].span
    quote = tuple((path, value) for path, value in facts.items() if not path.startswith("line."))
    line = tuple((path, value) for path, value in facts.items() if path.startswith("line."))
    kept = tuple(each for each in expect if each is not None)
    return BookTest(name, on, quote, (TestLine(goods.code, quantity, group, line),), kept, place)


def _given(draft: Draft, role: str, cell: Word, goods: Goods) -> Value | None:
    """What a cell says of the quote, or None (and said)."""
    if role == CURRENCY:
        return _currency(draft, cell.text.strip('"'), cell.span).get(CURRENCY)
    kind = DAY if role == "on" else QUANTITY if role == "quantity" else draft.facts[role].kind
    what = role if role in draft.facts else ""
    written = read_operand(draft, kind, cell, what)
    if written is None:
        return None
    return _quantity(draft, written, goods) if role == "quantity" else literal(draft, kind, written, what)


def _expected_cell(draft: Draft, figure: str, cell: Word, goods: Goods) -> Expectation | None:
    """What a cell expects, or None (and said)."""
    if figure in LISTS and cell.text in UNSAID:
        draft.report.add(words.expect_value(figure, cell.span, NAMED[figure]))
        return None
    written = [Word(part.strip(), cell.span) for part in cell.text.split(",")]
    if figure in LISTS:
        found = names(draft, figure, written, cell.span)
        return None if found is None else Expectation(figure, found, cell.span)
    if figure.endswith(f".{NEEDS}"):
        return expected_needs(draft, figure, () if cell.text == "none" else written, cell.span)
    what = figure if figure.startswith("quote.") else f"{goods.code}.{figure}"
    if figure == "term":
        return expected_time(draft, what, cell.text, cell.span)
    if figure == "tax_category":
        return expected_tax(draft, what, written, cell.span)
    value = read_cell(draft, cell, words.expect_value(what, cell.span, "an amount such as 34.50 EUR"))
    about = figure_of(draft, what, cell.span, [goods.code])
    if value is None or about is None:
        return None
    if figure == "tax_rate":
        return expected_tax(draft, what, () if isinstance(value, Rate) else (value,), cell.span)
    micros = expected_amount(draft, value, about, what, cell.span)
    return None if micros is None else Expectation(what, micros, cell.span)
