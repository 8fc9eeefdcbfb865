"""Settles what a book names before any price: currency, zone, rounding, units, families, groups, facts and steps."""

from __future__ import annotations

from engine.lang import words
from engine.lang.below import settle_below
from engine.lang.book import Fact, Step, Subject, Unit
from engine.lang.choosing import choice_of, rounding_of
from engine.lang.draft import RESERVED, Draft, Look
from engine.lang.durations import PERIODS, TIMES
from engine.lang.exchange import currencies_of, near_currency
from engine.lang.packs import made_of
from engine.lang.places import Span
from engine.lang.syntax import (
    BundleBlock,
    Declared,
    Facts,
    Lit,
    PriceBook,
    RoundDecl,
    Setting,
    StepDecl,
    Steps,
    UnitDecl,
    Word,
)
from engine.lang.types import history_days, kind_of, money, shown
from engine.values.currency import currencies, minor_unit_micros, zones
from engine.values.kinds import Kind
from engine.values.rounding import LEVELS, MODES, Rounding

SETTINGS = ("currency", "zone", "prices", "round", "round tax", "currencies", "families", "groups", "units")
SCOPES = ("customer", "quote", "line")
BUILT_IN = ("line.quantity", "line.group", "line.bundle", "quote.date", "quote.role", "quote.currency")
MEASURES = tuple(
    f"{scope}.{figure}" for scope in ("line", "quote") for figure in ("discount", "granted", "margin", "net", "list")
)
"""Figures of a priced quote: only approvals look at them."""

# ---------------------------------------------------------------- the price book


def settle_book(draft: Draft) -> None:
    """The one `price book` and its settings."""
    books = draft.of(PriceBook)
    if not books:
        first = draft.blocks[0].span if draft.blocks else Span(next(iter(draft.sources), ""), 1)
        draft.report.add(words.no_price_book(first))
        return
    for other in books[1:]:
        draft.report.add(words.second_price_book(other.name.span, books[0].name.span))
    book = books[0]
    draft.declare("price book", book.name.text, book.name.span)
    draft.name, draft.title, draft.span = book.name.text, book.title or book.name.text, book.span
    _settings(draft, book)
    _rounding(draft, book.round)
    if book.show is not None:
        draft.lowest_days = history_days(draft, book.show)
    _units(draft, book.units)
    _index(draft, "family", book.families, draft.families)
    _index(draft, "group", book.groups, draft.groups)


def _settings(draft: Draft, book: PriceBook) -> None:
    seen: set[str] = set()
    for setting in book.settings:
        name = setting.name.text
        if name in seen:
            draft.report.add(words.twice(name, setting.name.span))
        elif name in READ:
            READ[name](draft, setting)
        else:
            draft.report.add(words.unknown_setting(name, setting.name.span, draft.report.near(name, SETTINGS)))
        seen.add(name)
    if "currency" not in seen:
        draft.report.add(words.no_setting("currency", "currency EUR", book.name.span))


def _currency(draft: Draft, setting: Setting) -> None:
    code = " ".join(shown(value) for value in setting.values).strip('"')
    if code not in currencies():
        draft.report.add(words.unknown_currency(code, _span(setting), near_currency(draft, code)))
        return
    draft.currency, draft.minor = code, minor_unit_micros(code)


def _zone(draft: Draft, setting: Setting) -> None:
    name = " ".join(shown(value) for value in setting.values).strip('"')
    draft.zone = name
    if name not in zones():
        draft.unknown("time zone", name, _span(setting), sorted(zones()))


def _prices(draft: Draft, setting: Setting) -> None:
    said = " ".join(shown(value) for value in setting.values)
    said = said.removesuffix(" tax")
    if said not in ("include", "exclude"):
        draft.report.add(
            words.bad_setting("prices", said, _span(setting), "`prices exclude tax` or `prices include tax`")
        )
    draft.include_tax = said == "include"


def _tax_level(draft: Draft, setting: Setting) -> None:
    *to, level = setting.values
    draft.tax_level = level.text  # type: ignore[assignment]
    if len(to) == 2:
        step = money(draft, Lit("money", to[0].text, to[1].text, to[0].span), "the step of rounding")
        if step is not None and step <= 0:
            draft.report.add(words.bad_setting("round tax", "0", to[0].span, "a step above 0, such as 0.01 EUR"))
        draft.tax_step = int(step or 0)


READ = {"currency": _currency, "zone": _zone, "prices": _prices, "round tax": _tax_level, "currencies": currencies_of}


def _span(setting: Setting) -> Span:
    return setting.values[0].span if setting.values else setting.span


def _rounding(draft: Draft, said: RoundDecl | None) -> None:
    """Without a `round` line: half up, to the minor unit, at unit."""
    draft.rounding = Rounding("half up", "unit", draft.minor)
    if said is None:
        return
    for name, allowed in ((said.mode, MODES), (said.level, LEVELS)):
        if name not in allowed:
            draft.report.add(words.bad_setting("round", name, said.span, words.listed(allowed)))
            return
    step = draft.minor if said.to is None else money(draft, said.to, "the step of rounding")
    if step is not None and step <= 0:
        draft.report.add(words.bad_setting("round", "0", said.span, "a step above 0, such as 0.05 EUR"))
    elif step is not None:
        draft.rounding = Rounding(said.mode, said.level, int(step), said.discounts)  # type: ignore[arg-type]


def _units(draft: Draft, declared: tuple[UnitDecl, ...]) -> None:
    for unit in declared:
        decimals = _decimals(draft, unit.decimals)
        if times := [word for word in (unit.name, unit.plural) if word.text in (*PERIODS, *TIMES, "once")]:
            draft.report.add(words.unit_of_time(times[0].text, times[0].span))
            continue
        if not draft.declare("unit", unit.name.text, unit.name.span) or decimals is None:
            continue
        if unit.plural.text != unit.name.text and not draft.declare("unit", unit.plural.text, unit.plural.span):
            continue
        draft.unit_of[unit.name.text] = draft.unit_of[unit.plural.text] = len(draft.units)
        draft.units.append(Unit(unit.name.text, unit.plural.text, decimals))
    made_of(draft, declared)


def _decimals(draft: Draft, word: Word | None) -> int | None:
    text = word.text if word else "0"
    if text.isdecimal() and len(text) == 1 and int(text) <= 6:
        return int(text)
    draft.report.add(words.bad_decimals(text, word.span if word else draft.span))
    return None


def _index(draft: Draft, what: str, names: tuple[Word, ...], index: dict[str, int]) -> None:
    for word in names:
        if draft.declare(what, word.text, word.span):
            index[word.text] = len(index)


# ---------------------------------------------------------------- facts


def settle_facts(draft: Draft) -> None:
    """Every declared fact, and what a condition may look at."""
    for block in draft.of(Facts):
        for decl in block.entries:
            _fact(draft, decl)
    for index, fact in enumerate(draft.facts.values()):
        kind = Kind(fact.kind.name, fact.kind.values, fact.kind.unit)
        draft.looks[fact.path] = Look(Subject(fact.path, index, kind.ordered), kind, fact.optional)
    draft.looks["line.quantity"] = Look(Subject("line.quantity", None, True), Kind("quantity"), False)
    draft.looks["line.group"] = Look(Subject("line.group"), Kind("enum", tuple(draft.groups)), False)
    bundles = tuple(block.name.text for block in draft.of(BundleBlock) if not block.shared)
    if bundles:  # the bundle that a line was sold in: one that stands by itself has none
        draft.looks["line.bundle"] = Look(Subject("line.bundle"), Kind("enum", bundles), True)
    draft.looks["quote.role"] = Look(Subject("quote.role"), Kind("text"), True)
    if draft.currencies:
        known = tuple(dict.fromkeys((draft.currency, *draft.currencies)))
        draft.looks["quote.currency"] = Look(Subject("quote.currency"), Kind("text", known), False)
    draft.looks["quote.date"] = Look(Subject("quote.date", None, True), Kind("date"), False)


def _column_mark(decl: Declared) -> str:
    """What a declaration says that only a column can, in words."""
    if decl.bound is not None:
        return f"`{decl.bound}`"
    if decl.head is not None:
        return f'a head such as "{words.cut(decl.head.text)}"'
    return "`key`" if decl.key else "`per`" if decl.rate is not None else ""


def _fact(draft: Draft, decl: Declared) -> None:
    path, span = decl.path.text, decl.path.span
    scope, _, rest = path.partition(".")
    if path in BUILT_IN or path in MEASURES:
        draft.report.add(words.built_in(path, span))
    elif scope not in SCOPES or not rest:
        draft.report.add(words.fact_scope(path, span))
    elif decl.type.name in ("product", "join"):
        draft.report.add(words.fact_kind(path, decl.type.span))
    elif mark := _column_mark(decl):
        draft.report.add(words.fact_mark(path, mark, span))
    elif bad := [part for part in rest.split(".") if part in RESERVED]:
        draft.report.add(words.reserved("fact", bad[0], span))
    elif draft.declare("fact", path, span):
        kind = kind_of(draft, decl.type, path)
        for value in decl.type.values:
            if value.text in RESERVED:
                draft.report.add(words.reserved("value", value.text, value.span))
        draft.facts[path] = Fact(path, kind, decl.optional, decl.source or "request", span)


# ---------------------------------------------------------------- steps


def settle_steps(draft: Draft) -> None:
    """The waterfall: the one block `steps`, `list` first. A book without rules needs none."""
    blocks = draft.of(Steps)
    for other in blocks[1:]:
        draft.report.add(words.second_block("steps", other.span, blocks[0].span))
    if not blocks:
        draft.steps["list"] = 0
        draft.step_list.append(Step("list", "list", draft.span))
        return
    for entry in blocks[0].entries:
        _step(draft, entry)
    settle_below(draft)
    if not draft.step_list or draft.step_list[0].combine != "list":
        first = blocks[0].entries[0].span if blocks[0].entries else blocks[0].span
        draft.report.add(words.list_first(first))


def _step(draft: Draft, entry: StepDecl) -> None:
    name = entry.name.text
    if not draft.declare("step", name, entry.name.span):
        return
    fixed = name in ("list", "floor", "net", "tax")
    if fixed and entry.combine not in (None, name):
        draft.report.add(words.floor_name(name, entry.span))
    combine = name if fixed else entry.combine or "one only"
    found = [draft.find("step", word, draft.steps) for word in entry.skips]  # only steps above are known yet
    skips = tuple(step for step in found if step is not None)
    draft.steps[name] = len(draft.step_list)
    choice, rounding = choice_of(draft, entry), rounding_of(draft, entry)
    draft.step_list.append(Step(name, combine, entry.name.span, (), skips, choice, rounding))  # type: ignore[arg-type]
