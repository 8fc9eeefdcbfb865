"""Prices that go by what several lines come to: `price tiers all units by quantity of family crm`.

Where all units have the price of the tier that is reached, each tier is a case of its own, under a condition on the sum; below
the first tier the rule does not apply. Graduated tiers are filled by the lines one after the other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from engine.lang import words
from engine.lang.book import ALWAYS, Condition, Price, SetPrice, Subject, Tier, Tiers, Within
from engine.lang.counted import counted_by
from engine.lang.draft import Draft
from engine.lang.folds import fold_subject
from engine.lang.gives.giver import Giver
from engine.lang.gives.prices import price_of, priced, tier_rate
from engine.lang.measures import first_ticks
from engine.lang.methods import table_rows, whole_units
from engine.lang.places import Span
from engine.lang.prices import GOODS, QUANTITY, TierHead, plain, tier_head, tiers
from engine.lang.syntax import FoldRef, Lit, TierTable
from engine.lang.types import shown


@dataclass(frozen=True, slots=True)
class Reached:
    """A tier of a table: the condition under which it is reached, and what it is called."""

    tier: Tier
    when: Condition
    label: str


def reached(
    draft: Draft, made: Tiers, head: TierHead, measure: str, by: Subject, scale: Fraction = Fraction(1)
) -> list[Reached]:
    """Each tier of all units with the stretch of what is measured that is in it."""
    lows = [first_ticks(Tiers("all units", (row,), scale), row) for row in made.rows]
    highs = [None if following is None else following - 1 for following in [*lows[1:], None]]
    currency = f" {draft.currency}" if head.money else ""
    return [
        Reached(row, Within(by, low, high), f"{measure} {plain(row.start)}{currency}")
        for row, low, high in zip(made.rows, lows, highs, strict=True)
    ]


def scale_of(draft: Draft, by: Subject, head: TierHead) -> Fraction:
    """How many of what a table measures one of what a sum counts is."""
    return 1 / counted_by(draft, by.fold, head.unit) if by.fold is not None else Fraction(1)


Part = tuple[SetPrice, Condition, str, Span | None]
"""What a case gives, when, what tells it from the others, and its place."""


def summed_prices(giver: Giver, table: TierTable, fold: FoldRef) -> list[Part] | None:
    """What the cases of such a table give, and when; None (and said) where something is wrong."""
    draft, amounts = giver.draft, fold.what == "goods"
    head = tier_head(draft, table.cells, "price", GOODS if amounts else QUANTITY)
    if head is None or not _of_lines(giver, table, head):
        return None
    by = fold_subject(giver.amounts.compiler, fold, unit=head.unit)
    if by is None:
        return None
    return _graduated(giver, table, head, by) if table.mode == "graduated" else _all_units(giver, table, head, by)


def _of_lines(giver: Giver, table: TierTable, head: TierHead) -> bool:
    """Whether a table says nothing that only one line can be measured for; says what does."""
    told, free = None, [term.amount for term in giver.block.terms if isinstance(term.amount, Lit)]
    if table.mode == "graduated" and head.money:
        told = words.graduated_amount(table.span)
    elif "flat" in head.columns:
        place = table.cells.head[head.columns["flat"]].span
        told = words.tier_head(
            "flat", place, "`price` alone: several lines reach a tier, and none of them owes its flat"
        )
    elif table.flat_at_zero:
        told = words.zero_without_flat(table.span)
    elif free:
        told = words.free_of_nothing(shown(free[0]), "the price goes by several lines", "leave it out", free[0].span)
    if told is not None:
        giver.draft.report.add(told)
    return told is None


def unit_fits(giver: Giver, table: TierTable, head: TierHead) -> bool:
    """Whether the unit that a table measures in, where it names one, is that of the products; says what is not."""
    unit = head.unit
    if unit is None:
        return True
    return giver.amounts.unit_fits(unit, giver.draft.units[unit].name, table.cells.head[0].span)


def in_whole_units(giver: Giver, table: TierTable, head: TierHead) -> bool:
    """Whether tiers that begin `from` a unit measure what is sold whole; says what is not."""
    if not head.inclusive or head.money:
        return True
    units: list[int | None] = [*sorted(giver.amounts.units)] or [None]
    return all(whole_units(giver.draft, head, unit, table.mode, table.cells.head[0].span) for unit in units)


def _all_units(giver: Giver, table: TierTable, head: TierHead, by: Subject) -> list[Part] | None:
    draft, place = giver.draft, table.cells.head[0]
    if not in_whole_units(giver, table, head):
        return None
    made = tiers(draft, table, head, "price", lambda rate: tier_rate(giver, rate, None), begins=False)
    if made is None:
        return None
    found = reached(draft, made, head, place.text, by, scale_of(draft, by, head))
    return [(SetPrice(price_of(one.tier)), one.when, one.label, one.tier.span) for one in found]


def _graduated(giver: Giver, table: TierTable, head: TierHead, by: Subject) -> list[Part] | None:
    if not unit_fits(giver, table, head):
        return None
    rows = table_rows(giver.draft, replace(table, by=None), head, priced(giver))
    return None if rows is None else [(SetPrice(Price(Fraction(0), rows), by), ALWAYS, "", None)]
