"""Makes the cases of a rule: one for a plain rule, one a row for a rule over a table, one a tier for all-units tiers.

A case is what the plan sees: products, dates, condition, give.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from engine.lang import words
from engine.lang.amounts import Amounts
from engine.lang.book import ALWAYS, Across, Case, Condition, Is, Rule, RuleKind, Subject
from engine.lang.conditions import Compiler, key_condition
from engine.lang.draft import Draft, Look, Table
from engine.lang.gives import offers_of
from engine.lang.gives.giver import Giver, Offer
from engine.lang.measures import share_kinds
from engine.lang.parts import NEVER, Part, at, atoms, every, joined, opposite, some
from engine.lang.places import Span
from engine.lang.syntax import CheapestClause, DenyBlock, OfferClauses, RuleBlock
from engine.lang.targets import Products, Reach, Targets
from engine.lang.types import days
from engine.values.kinds import FLAG, Kind

MAX_CASES = 2_000_000
"""Cases of a whole book."""
Days = tuple[int | None, int | None]


@dataclass(slots=True)
class Rules:
    """The rules made so far, by name; None for one that was refused."""

    draft: Draft
    targets: Targets
    blocks: dict[str, RuleBlock]
    made: dict[str, Rule | None]
    profiles: dict[int, tuple[frozenset[int], frozenset[str]]]
    kept: list[Products]  # keeps the sets alive that `profiles` names by id
    cases: int = 0


def table_of(draft: Draft, block: RuleBlock | DenyBlock) -> tuple[Table | None, bool]:
    """The table of `for each row of`, and whether all is well (a table that was refused says no more)."""
    if block.rows_of is None:
        return None, True
    name = block.rows_of.text
    if name not in draft.tables:
        if ("table", name) not in draft.places:
            draft.unknown("table", name, block.rows_of.span, draft.tables)
        return None, False
    return draft.tables[name], True


def make_cases(
    rules: Rules, block: RuleBlock, kind: RuleKind, step: int | None, table: Table | None, reach: Reach
) -> list[Case] | None:
    """The cases of a rule with its own target, or of an exception on everything its own words reach.

    Where a rule reaches products of several units of a kind, its quantities are converted for the products of each. One that
    takes lines together has no quantity of a line to convert, and stays whole.
    """
    together = reach.on_quote or any(isinstance(give, CheapestClause | OfferClauses) for give in block.gives)
    parts = [reach] if together else by_unit(rules.draft, reach, profile(rules, _widest(reach, table))[0])
    made = [_cases(rules, block, kind, step, table, part) for part in parts]
    good = [cases for cases in made if cases is not None]
    return [case for cases in good for case in cases] if len(good) == len(parts) else None


def by_unit(draft: Draft, reach: Reach, units: frozenset[int]) -> list[Reach]:
    """The reach in parts whose products are counted in one unit, where units of a kind would mix; else whole."""
    if not share_kinds(draft.units, units):
        return [reach]
    goods = list(draft.goods.values())
    return [_counted_in(reach, frozenset(i for i, g in enumerate(goods) if g.unit == unit)) for unit in sorted(units)]


def _counted_in(reach: Reach, products: frozenset[int]) -> Reach:
    def both(some: Products) -> frozenset[int]:
        return products if some is None else some & products

    of_row = reach.of_row
    if of_row is None:
        return replace(reach, products=both(reach.products), part=True)
    return replace(reach, of_row=lambda row: both(of_row(row)), part=True)


def _cases(
    rules: Rules, block: RuleBlock, kind: RuleKind, step: int | None, table: Table | None, reach: Reach
) -> list[Case] | None:
    draft = rules.draft
    units, periods = profile(rules, _widest(reach, table))
    compiler = Compiler(draft, table, units, step=step)
    when = _when(draft, compiler, block, table, reach)
    dates = days(draft, block.dates)
    giver = (
        Giver(draft, block, kind, step, Amounts(draft, compiler, _widest(reach, table), units, periods), reach.on_quote)
        if step is not None
        else None
    )
    offers = offers_of(giver) if giver else None
    if when is None or dates is None or offers is None:
        return None
    if offers and isinstance(offers[0].give, Across) and not _of_quote(draft, block, when):
        return None
    span = block.name.span
    if table is None:
        return [c for offer in offers if (c := _case(offer, 0, reach.products, dates, when, span, ""))]
    find_unbound(draft, compiler, table, block.name.text)
    rules.cases += len(table.sheet.rows) * len(offers)
    if rules.cases > MAX_CASES:
        draft.report.add(words.too_large("the book", f"{MAX_CASES:,} cases", block.name.span))
        return None
    bare: list[int] = []
    cases = list(_row_cases(offers, table, reach, dates, when, bare))
    if cases and bare and not reach.part:
        told = words.rows_never(block.name.text, table.label(bare[0]), len(bare) - 1, table.sheet.row_span(bare[0]))
        draft.report.add(told)
    return cases


def find_unbound(draft: Draft, compiler: Compiler, table: Table, name: str) -> None:
    """Doubt columns that are named like a fact, and limit nothing in what has this name."""
    for path, column in table.columns.items():
        if path in draft.looks and not column.decl.key and path not in compiler.asked:
            draft.report.add(words.binds_nothing(path, name, column.decl.span))


def _widest(reach: Reach, table: Table | None) -> Products:
    """Every product a rule may reach, for units and periods."""
    if reach.of_row is None or table is None:
        return reach.products
    each = [reach.of_row(row) for row in range(len(table.sheet.rows))]
    return None if None in each else frozenset().union(*(products for products in set(each) if products is not None))


def profile(rules: Rules, products: Products) -> tuple[frozenset[int], frozenset[str]]:
    """The units and periods of a set of products, worked out once a set."""
    key = id(products)
    if key not in rules.profiles:
        goods = list(rules.draft.goods.values())
        reached = goods if products is None else [goods[index] for index in products]
        units = frozenset(g.unit for g in reached if g.unit is not None)
        rules.profiles[key] = units, frozenset(g.period for g in reached if g.prices or g.periods)
        rules.kept.append(products)
    return rules.profiles[key]


def _when(draft: Draft, compiler: Compiler, block: RuleBlock, table: Table | None, reach: Reach) -> Part | None:
    """The target's group, the row's keys and what the author wrote, all of them."""
    parts: list[Part | None] = [reach.when, _codes(draft, block), _open(draft, block)]
    if table is not None:
        parts += keys_of(draft, table)
    if block.when is not None:
        parts.append(compiler.compile(block.when))
    good = [part for part in parts if part is not None]
    return joined(every, good) if len(good) == len(parts) else None


def keys_of(draft: Draft, table: Table) -> list[Part | None]:
    """What the key columns of a row ask of the facts they are named like; None for one that cannot (and said)."""
    looks = draft.looks
    keys = [(name, one) for name, one in table.columns.items() if one.decl.key and name in looks]
    return [key_condition(draft, looks[name], one, name) for name, one in keys]


def _open(draft: Draft, block: RuleBlock) -> Condition:
    """Whether a coupon's limit is not reached yet: the service counts, and says with the quote what is exhausted."""
    if not (block.more and block.more.limits):
        return ALWAYS
    subject = Subject(f"exhausted {block.name.text}")
    draft.looks.setdefault(subject.name, Look(subject, Kind("enum", FLAG), True))
    return opposite(Is(subject, frozenset(CODE_GIVEN.values)))


def _codes(draft: Draft, block: RuleBlock) -> Condition:
    """One of the codes that a coupon needs."""
    codes = block.more.codes if block.more else ()
    subjects = [Subject(f"code {code.text}") for code in codes]
    for subject in subjects:
        draft.looks.setdefault(subject.name, Look(subject, CODE_GIVEN, True))
    return some([Is(subject, frozenset(CODE_GIVEN.values)) for subject in subjects]) if codes else ALWAYS


CODE_GIVEN = Kind("enum", ("yes",))


def _of_quote(draft: Draft, block: RuleBlock, when: Part) -> bool:
    """Whether the condition of a rule over several lines asks about no one line; says what does."""
    asked = [] if callable(when) else [a.subject for a in atoms(when) if a.subject.name.startswith("line.")]
    if asked and block.when is not None:
        draft.report.add(words.line_on_quote(block.name.text, asked[0].name, block.when.span))
    return not asked


def _row_cases(
    offers: list[Offer], table: Table, reach: Reach, dates: Days, when: Part, bare: list[int]
) -> Iterator[Case]:
    """A case a row (and tier): none where its condition is settled as false, or its cell gives nothing.

    `bare` is told the rows that would apply but reach no product.
    """
    for row in range(len(table.sheet.rows)):
        part = at(when, row)
        if part == NEVER:
            continue
        limits = meet(dates, table.dates[row]) if table.dates else dates
        products = reach.of_row(row) if reach.of_row else reach.products
        if products is not None and not products:
            bare.append(row)
            continue
        if limits is None:
            continue
        for offer in offers:
            case = _case(offer, row, products, limits, part, table.sheet.row_span(row), table.label(row))
            if case is not None:
                yield case


def _case(offer: Offer, row: int, products: Products, dates: Days, when: Part, span: Span, label: str) -> Case | None:
    give = offer.give(row) if callable(offer.give) else offer.give
    condition = every([at(when, row), offer.when]) if offer.when is not ALWAYS else at(when, row)
    if give is None:
        return None
    labels = f"{label}, {offer.label}" if label and offer.label else label or offer.label
    return Case(products, *dates, condition, give, offer.span or span, labels)


def meet(one: Days, other: Days) -> Days | None:
    """The days in both, or None when there are none."""
    start = other[0] if one[0] is None else one[0] if other[0] is None else max(one[0], other[0])
    end = other[1] if one[1] is None else one[1] if other[1] is None else min(one[1], other[1])
    return None if start is not None and end is not None and start >= end else (start, end)
