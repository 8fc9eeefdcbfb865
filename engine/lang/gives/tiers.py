"""Gives by tiers: percents off by how much a line or a sum has, and tables of prices."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from engine.lang import words
from engine.lang.book import GraduatedOff, Percent, Price, Subject, Within
from engine.lang.folds import fold_subject
from engine.lang.gives.adjustments import compounds
from engine.lang.gives.bases import base_of, head_base
from engine.lang.gives.giver import WANTS, Giver, Offer
from engine.lang.gives.prices import free_set, may_set, priced
from engine.lang.gives.summed import in_whole_units, reached, scale_of, summed_prices, unit_fits
from engine.lang.measures import first_ticks, times
from engine.lang.methods import table_head, table_rows
from engine.lang.prices import GOODS, QUANTITY, TierHead, tier_head, tiers
from engine.lang.syntax import FoldRef, TierTable


def tiered(giver: Giver, table: TierTable) -> list[Offer] | None:
    """The tiers of a discount, or of a price."""
    if giver.kind == "price":
        return _prices(giver, table)
    if giver.kind == "discount":
        return _percents(giver, table)
    giver.draft.report.add(words.wrong_give(giver.kind, WANTS[giver.kind], table.span))
    return None


def _prices(giver: Giver, table: TierTable) -> list[Offer] | None:
    """Tiers of prices, by the line or by a sum."""
    if not may_set(giver, table.span):
        return None
    if isinstance(table.by, FoldRef):
        prices = summed_prices(giver, table, table.by)
        return None if prices is None else [Offer(*one) for one in prices]
    head = table_head(giver.draft, table)
    return None if head is None or not unit_fits(giver, table, head) else _price_table(giver, table, head)


def _percents(giver: Giver, table: TierTable) -> list[Offer] | None:
    """Tiers of percents off: a give for each, or one that fills them as it goes."""
    fold = table.by if isinstance(table.by, FoldRef) else None
    amounts = fold is not None and fold.what == "goods"
    head = tier_head(giver.draft, table.cells, "off", GOODS if amounts else QUANTITY)
    if head is None:
        return None
    own = fold is None or table.mode == "graduated"  # else the unit is of what the sum counts
    if (own and not unit_fits(giver, table, head)) or not in_whole_units(giver, table, head):
        return None
    of = head_base(giver, head.base) if head.base else base_of(giver, giver.block.base)
    made = tiers(giver.draft, table, head, "off")
    if made is None or of is None or not compounds(giver, False, of, table.span):
        return None
    by = None if fold is None else fold_subject(giver.amounts.compiler, fold, unit=head.unit)
    if fold is not None and by is None:
        return None
    if amounts and table.mode == "graduated":
        giver.draft.report.add(words.graduated_amount(table.span))
        return None
    if table.mode == "graduated":
        return [Offer(GraduatedOff(replace(made, scale=_scale(giver, head)), of, by))]
    scale = _scale(giver, head) if by is None else scale_of(giver.draft, by, head)
    found = reached(giver.draft, made, head, table.cells.head[0].text, by or _quantity(giver), scale)
    return [Offer(Percent(-one.tier.amount, of), one.when, one.label, one.tier.span) for one in found]


def _quantity(giver: Giver) -> Subject:
    return giver.draft.looks["line.quantity"].subject


def _scale(giver: Giver, head: TierHead) -> Fraction:
    """How many of what a table measures one unit of the products is."""
    own = [u for u in giver.amounts.units if head.unit is not None and times(giver.draft.units, u, head.unit)]
    factor = times(giver.draft.units, own[0], head.unit) if len(own) == 1 and head.unit is not None else None
    return factor or Fraction(1)


def _price_table(giver: Giver, table: TierTable, head: TierHead) -> list[Offer] | None:
    """A rule whose price is a table; one of blocks does not act below the first."""
    rows = table_rows(giver.draft, table, head, priced(giver))
    give = None if rows is None else free_set(giver, Price(Fraction(0), rows), table.span)
    if rows is None or give is None:
        return None
    if rows.mode != "block":
        return [Offer(give)]
    low = first_ticks(rows, rows.rows[0])
    return [Offer(give, Within(_quantity(giver), low, None))]
