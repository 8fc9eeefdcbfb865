"""What `give` and `add` take off a price or put on it, line by line."""

from __future__ import annotations

from engine.lang import words
from engine.lang.book import Amount, Base, Percent
from engine.lang.gives import across
from engine.lang.gives.bases import base_of
from engine.lang.gives.giver import Giver, Offer, of_rows
from engine.lang.places import Span
from engine.lang.syntax import GiveClause, RuleBlock


def give_or_add(giver: Giver, clause: GiveClause) -> Offer | None:
    """`give` or `add`. The base of a percent counts; that of an amount is checked and changes nothing, for an amount comes
    off each unit: `off list` is accepted since `give` always ends in a base, and a warning would have no better text to offer.
    """
    if clause.over is not None:
        if clause.over.each:
            if not _tax_counts(giver, clause, True):
                return None
            line = across.each_line(giver, clause)
            return None if line is None else Offer(line)
        giver.draft.report.add(words.over_one_line("spread, remainder or at most", clause.over.span))
        return None
    sign = -1 if clause.verb == "give" else 1
    of = base_of(giver, clause.base, sign)
    number, is_money = giver.amounts.amount(clause.amount, 1 if sign < 0 else 10)
    if number is None or of is None or not compounds(giver, is_money, of, clause.span):
        return None
    if not is_money and clause.verb == "add" and clause.base is None:
        giver.draft.report.add(words.percent_of(clause.span))
        return None
    if is_money and clause.verb == "add" and clause.base is not None:
        giver.draft.report.add(words.amount_of(across.said(clause.amount), clause.span))
        return None
    if not _tax_counts(giver, clause, is_money):
        return None
    if is_money:
        return Offer(of_rows(number, lambda value: Amount(sign * value, clause.tax)))
    return Offer(of_rows(number, lambda value: Percent(sign * value, of)))


def _tax_counts(giver: Giver, clause: GiveClause, is_money: bool) -> bool:
    """Whether `including tax` (or `excluding`) says something: of an amount, in a book whose prices are the other way."""
    if clause.tax is None:
        return True
    told = None
    if not is_money:
        told = words.tax_of_percent(clause.tax, clause.span)
    elif not any(block.kind == "tax" for block in giver.draft.of(RuleBlock)):
        told = words.no_tax_rules(clause.tax, clause.span)
    elif giver.draft.include_tax == (clause.tax == "including"):
        told = words.tax_as_book(clause.tax, clause.span)
    if told is not None:
        giver.draft.report.add(told)
    return told is None


def compounds(giver: Giver, is_money: bool, of: Base, span: Span) -> bool:
    """Whether a give can stand in its step: one that compounds has percents of the running price only."""
    step = giver.draft.step_list[giver.step]
    if step.combine != "compounding":
        return True
    if is_money:
        giver.draft.report.add(words.compounding_amount(step.name, span))
    elif of.kind != "running":
        giver.draft.report.add(words.compounding_base(step.name, span))
    return not is_money and of.kind == "running"
