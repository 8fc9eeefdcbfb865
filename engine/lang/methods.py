"""Settles how a product is priced: a price or cost clause, tiers by quantity or by an amount, blocks, and units that are free.

A clause and a table are read alike for products and for the rules that set a price: `Read` is how either reads a rate.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from engine.lang import words
from engine.lang.book import DatedPrice, Price, Tier, Tiers
from engine.lang.charges import Charge
from engine.lang.draft import Draft, Goods
from engine.lang.durations import PERIODS
from engine.lang.measures import times
from engine.lang.places import Span
from engine.lang.prices import MOST_OVER, QUANTITY, TierHead, price_rate, tier_head, tiers
from engine.lang.syntax import FoldRef, Lit, PriceClause, Rate, Term, TierTable, Word
from engine.lang.types import days, literal, money, percent, shown
from engine.values.kinds import Kind

Read = Callable[[Rate, int | None], Charge | None]
"""What a rate charges for a unit that is measured (None: the product's own), checked against what it is the price of."""


@dataclass(frozen=True, slots=True)
class Priced:
    """What a table is the price of: how its rates are read, the one unit of its products (None: not known, or several), its
    name for messages, and the terms that stand beside it."""

    read: Read
    unit: int | None
    name: str
    terms: Sequence[Term] = ()

    def term(self, kind: str) -> Term | None:
        """The term of this kind, if there is one."""
        return next((term for term in self.terms if term.kind == kind), None)


def clause(
    draft: Draft, said: PriceClause, goods: Goods, terms: Sequence[Term] = (), cost: bool = False
) -> DatedPrice | None:
    """One `price` or `cost` line of a product."""
    dates = days(draft, said.dates)
    price: Price | None = None
    if said.rate is not None and cost and said.rate.started:
        draft.report.add(words.started_here("a cost", said.rate.span))
    elif said.rate is not None:
        charged = price_rate(draft, said.rate, goods)
        price = None if charged is None else charged.price(said.span)
    elif said.tiers is not None:
        price = tier_price(draft, said.tiers, goods, terms)
    elif said.markup is not None:
        markup = percent(draft, said.markup, MOST_OVER)
        price = None if markup is None else Price(Fraction(0), markup=markup)
    if price is None or dates is None:
        goods.broken = True
        return None
    return DatedPrice(price, dates[0], dates[1], said.span)


def tier_price(draft: Draft, table: TierTable, goods: Goods, terms: Sequence[Term] = ()) -> Price | None:
    """`price tiers graduated`, `price block` and their tables, for one product."""
    head = table_head(draft, table)
    if head is None:
        return None
    if goods.unit is None:
        goods.unit = head.unit
    elif head.unit is not None and times(draft.units, goods.unit, head.unit) is None:
        name = draft.units[head.unit].name
        draft.report.add(words.wrong_unit(name, goods.code, draft.unit_name(goods.unit), table.cells.head[0].span))
        return None
    if head.money and head.base is not None and (period := _period(draft, head.base)) is not None:
        goods.periods.setdefault(period, head.base.span)

    def read(rate: Rate, measure: int | None) -> Charge | None:
        return price_rate(draft, rate, goods, measure)

    rows = table_rows(draft, table, head, Priced(read, goods.unit, goods.code, terms))
    return None if rows is None else Price(Fraction(0), rows)


# ---------------------------------------------------------------- tables of prices


def table_head(draft: Draft, table: TierTable) -> TierHead | None:
    """The head of a table of prices, by what it measures."""
    if isinstance(table.by, FoldRef):
        draft.report.add(words.list_by_lines(table.span))
        return None
    if table.by is None or table.by.text in QUANTITY:
        shares = [cell for cell in table.cells.head if cell.text.split(" ")[0] == "percent"]
        if shares:
            draft.report.add(words.percent_measure(shares[0].span))
            return None
        head = tier_head(draft, table.cells, "price")
        if head is not None and table.mode == "block" and "flat" in head.columns:
            place = table.cells.head[head.columns["flat"]]
            draft.report.add(
                words.tier_head("flat", place.span, "`price` alone: the price of a block is for all of it")
            )
            return None
        return head
    reason = _no_amount(draft, table.by.text)
    if reason:
        draft.report.add(words.tiers_by_fact(table.by.text, reason, table.by.span))
        return None
    name = table.by.text.rpartition(".")[2]
    return tier_head(draft, table.cells, "percent", (name, table.by.text))


def _no_amount(draft: Draft, path: str) -> str:
    """Why prices cannot go by what this names; "" where they can."""
    fact = draft.facts.get(path)
    if fact is None:
        near = draft.report.near(path, draft.facts).best
        return f"there is no such fact; did you mean `{near}`?" if near else "there is no such fact"
    if fact.kind.name != "money":
        return f"it is {words.noun(fact.kind.name)}"
    return "" if fact.scope == "line" else f"it belongs to the {fact.scope}, and a line pays for its own"


def _period(draft: Draft, per: Word) -> str | None:
    """The period of `percent per month`."""
    period = PERIODS.get(per.text.removeprefix("per ").strip()) if per.text.startswith("per ") else None
    if period is None:
        draft.report.add(words.tier_head(f"percent {per.text}", per.span, "`percent` or `percent per month`"))
    return period


def table_rows(draft: Draft, table: TierTable, head: TierHead, priced: Priced) -> Tiers | None:
    """The rows of a table of prices, and what its terms add."""
    place = table.cells.head[0].span
    if table.flat_at_zero and "flat" not in head.columns:
        draft.report.add(words.zero_without_flat(table.span))
        return None
    if head.inclusive and not whole_units(draft, head, priced.unit, table.mode, place):
        return None
    measure = priced.unit if head.unit is None else head.unit
    read = _block_read(draft, priced) if table.mode == "block" else _unit_read(draft, priced, measure, head)
    by = table.by.text if head.money and table.by is not None else None
    made = tiers(draft, replace(table, by=None), head, "percent" if head.money else "price", read)
    if made is None:
        return None
    scale = Fraction(1) if head.unit is None or priced.unit is None else times(draft.units, priced.unit, head.unit)
    made = replace(made, scale=scale or Fraction(1), by=by, flat_at_zero=table.flat_at_zero)
    return _blocks(made, draft, priced, measure) if table.mode == "block" else made


def whole_units(draft: Draft, head: TierHead, unit: int | None, mode: str, place: Span) -> bool:
    """Whether a tier can be said by its first whole unit; says so where not."""
    if head.money:
        draft.report.add(words.from_decimal("amounts", place))
        return False
    for index in {head.unit, unit} - {None}:
        if index is not None and draft.units[index].decimals:
            draft.report.add(words.from_decimal(draft.units[index].plural, place))
            return False
    scale = None if head.unit is None or unit is None else times(draft.units, unit, head.unit)
    if scale is not None and scale.denominator != 1 and unit is not None and mode == "graduated":
        draft.report.add(words.part_of_measure(draft.units[unit].name, draft.unit_name(head.unit), place))
        return False
    return True


def _unit_read(draft: Draft, priced: Priced, measure: int | None, head: TierHead) -> Callable[[Rate], Charge | None]:
    """Reads a row's price per unit of the measure; where that is not the product's, the row says which it means."""

    def read(rate: Rate) -> Charge | None:
        nothing = isinstance(rate.amount, Lit) and not rate.amount.text.strip("0._")
        if rate.per_unit is None and head.unit is not None and priced.unit not in (None, head.unit) and not nothing:
            names = [draft.unit_name(priced.unit), draft.unit_name(head.unit)]
            draft.report.add(words.which_unit(shown(rate.amount), names, rate.span))
            return None
        return priced.read(rate, measure)

    return read


def _block_read(draft: Draft, priced: Priced) -> Callable[[Rate], Charge | None]:
    def read(rate: Rate) -> Charge | None:
        if rate.per_unit is not None:
            draft.report.add(words.block_per_unit(rate.per_unit.text, rate.per_unit.span))
            return None
        return priced.read(rate, None)

    return read


def _blocks(made: Tiers, draft: Draft, priced: Priced, measure: int | None) -> Tiers | None:
    """Each row's price is its block's; above the start of the last one each unit may cost more."""
    rows = tuple(replace(row, amount=Fraction(0), flat=row.amount) for row in made.rows)
    said = priced.term("overage")
    if said is None or not isinstance(said.amount, Rate):
        return replace(made, rows=rows)
    charged = priced.read(said.amount, measure)
    if charged is None:
        return None
    last = rows[-1]
    over = Tier(last.start, last.inclusive, charged.amount, said.span, package=charged.package)
    return replace(made, rows=rows, overage=over)


# ---------------------------------------------------------------- what is free


def with_free(draft: Draft, price: Price, priced: Priced, span: Span) -> Price | None:
    """The price with its first units free, where that is said."""
    said = priced.term("free")
    if said is None or not isinstance(said.amount, Lit):
        return price
    tiers = price.tiers or Tiers("graduated", (Tier(0, False, price.amount, span),))
    free = _free(draft, tiers, said.amount, priced)
    return None if free is None else Price(Fraction(0), replace(tiers, free=free))


def _free(draft: Draft, tiers: Tiers, said: Lit, priced: Priced) -> Fraction | None:
    """What is free, in ticks of what is measured."""
    wrong = ""
    if tiers.mode == "block":
        wrong, fix = "a block is paid whole", "begin the first block later"
    elif tiers.by is not None and said.kind != "money":
        wrong, fix = f"the price is a part of `{tiers.by}`", f"write an amount, such as {said.text} {draft.currency}"
    elif tiers.by is None and said.kind == "money":
        wrong, fix = "the price goes by quantity", f"write a quantity, such as first {said.text} free"
    if wrong:
        draft.report.add(words.free_of_nothing(shown(said), wrong, fix, said.span))
        return None
    if said.kind == "money":
        return money(draft, said, "")
    ticks = quantity_ticks(draft, said, priced)
    return None if ticks is None else ticks * tiers.scale


def quantity_ticks(draft: Draft, said: Lit, priced: Priced) -> Fraction | None:
    """A quantity in ticks of the products' own unit, from any unit of its kind; above 0."""
    ticks = literal(draft, Kind("quantity"), said, "")
    if ticks is None:
        return None
    if int(ticks) <= 0:
        draft.report.add(words.no_bound(shown(said), said.span))
        return None
    if said.unit is None or priced.unit is None:
        return Fraction(int(ticks))
    factor = times(draft.units, draft.unit_of[said.unit], priced.unit)
    if factor is None:
        plural = draft.units[priced.unit].plural
        draft.report.add(words.wrong_quantity(shown(said), priced.name, plural, said.span))
        return None
    return int(ticks) * factor
