"""What `at least` keeps a price at."""

from __future__ import annotations

from engine.lang import words
from engine.lang.amounts import Number
from engine.lang.book import AtLeast
from engine.lang.gives.bases import without_cost
from engine.lang.gives.giver import Giver, Offer, of_rows
from engine.lang.syntax import AtLeastClause

MOST_OF = {"margin": 1, "of_list": 1, "markup": 10}


def floor_of(giver: Giver, clause: AtLeastClause) -> Offer | None:
    """`at least`."""
    if clause.of in ("amount", "below_list"):
        number, is_money = giver.amounts.amount(clause.amount, 1)
        if number is not None and not is_money:
            of = "an amount before `below list`" if clause.of == "below_list" else ""
            wants = of or "what the percent is of: margin, markup or of list"
            giver.draft.report.add(words.wrong_give("floor", wants, clause.span))
            return None
        return None if number is None else Offer(of_rows(number, lambda value: AtLeast(clause.of, value)))
    number, is_money = giver.amounts.amount(clause.amount, MOST_OF[clause.of])
    if number is None:
        return None
    if is_money:
        giver.draft.report.add(
            words.wrong_give("floor", f"a percent before `{clause.of.replace('_', ' ')}`", clause.span)
        )
        return None
    if clause.of == "margin" and _reaches_one(giver, number):
        giver.draft.report.add(words.whole_margin(clause.span))
        return None
    if clause.of != "of_list":
        _costs(giver, clause)
    return Offer(of_rows(number, lambda value: AtLeast(clause.of, value)))


def _reaches_one(giver: Giver, number: Number) -> bool:
    table = giver.amounts.compiler.table
    if not callable(number) or table is None:
        return number == 1
    return any(number(row) == 1 for row in range(len(table.sheet.rows)))


def _costs(giver: Giver, clause: AtLeastClause) -> None:
    """A floor by margin or markup needs a cost on every product it reaches."""
    without = without_cost(giver)
    if without:
        giver.draft.report.add(words.no_cost(without[0], clause.of, clause.span, len(without) - 1))
