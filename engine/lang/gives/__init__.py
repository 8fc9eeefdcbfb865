"""What a rule gives: percents of a base, amounts, set prices, floors and tiers, checked against kind, step and products.

A rule's kind says which clause it takes; the way its step combines says which gives can stand together. Each clause
becomes `Offer`s: a give for every row (or a function of the row), the condition a tier adds, and a label.
"""

from __future__ import annotations

from engine.lang import words
from engine.lang.book import Give
from engine.lang.gives import across
from engine.lang.gives.adjustments import give_or_add
from engine.lang.gives.bases import base_counts
from engine.lang.gives.floors import floor_of
from engine.lang.gives.giver import WANTS, Giver, Offer
from engine.lang.gives.prices import set_price
from engine.lang.gives.tiers import tiered
from engine.lang.syntax import (
    AtLeastClause,
    ChargeClause,
    CheapestClause,
    Clause,
    GiveClause,
    HandClause,
    OfferClauses,
    PriceClause,
    Rate,
    UnitsClause,
)
from engine.lang.taxes import charge_of
from engine.lang.types import shown


def offers_of(giver: Giver) -> list[Offer] | None:
    """All that a rule gives, or None when something is wrong (and said)."""
    block = giver.block
    if giver.kind == "tax":
        charge = charge_of(giver.draft, block, giver.amounts)
        return None if charge is None else [Offer(charge)]
    if block.base is not None and not base_counts(giver, block.base):
        return None
    if _idle_terms(giver):
        return None
    if block.tiers is not None:
        for extra in block.gives:
            giver.draft.report.add(words.one_give(extra.span))
        return tiered(giver, block.tiers)
    if not block.gives:
        what = f"`{block.name.text}` gives nothing"
        giver.draft.report.add(words.missing_clause(what, block.name.span, f"add {WANTS[giver.kind]}"))
        return None
    if giver.kind != "floor":
        for extra in block.gives[1:]:
            giver.draft.report.add(words.one_give(extra.span))
    tabled = [clause.tiers for clause in block.gives if isinstance(clause, PriceClause) and clause.tiers]
    if giver.kind == "price" and tabled and not giver.on_quote:
        return tiered(giver, tabled[0])
    made = [_one(giver, clause) for clause in block.gives]
    good = [offer for offer in made if offer is not None]
    return good if len(good) == len(made) else None


def _idle_terms(giver: Giver) -> bool:
    """Whether something is free, or over a block, where no price is set by units or by blocks; says so."""
    tables = [clause.tiers for clause in giver.block.gives if isinstance(clause, PriceClause)]
    blocks = any(table is not None and table.mode == "block" for table in tables)
    idle = [t for t in giver.block.terms if giver.kind != "price" or (t.kind == "overage" and not blocks)]
    for term in idle:
        if isinstance(term.amount, Rate):
            giver.draft.report.add(words.overage_of_nothing(term.span))
        else:
            reason, fix = f"{words.a(giver.kind)} sets no price", "write it beside a price"
            giver.draft.report.add(words.free_of_nothing(shown(term.amount), reason, fix, term.span))
    return bool(idle)


def _one(giver: Giver, clause: Clause | AtLeastClause | PriceClause | ChargeClause) -> Offer | None:
    fits = {
        "discount": isinstance(clause, UnitsClause | CheapestClause | HandClause)
        or (isinstance(clause, GiveClause) and clause.verb == "give"),
        "surcharge": isinstance(clause, GiveClause) and clause.verb == "add",
        "price": isinstance(clause, PriceClause),
        "offer": isinstance(clause, OfferClauses),
        "floor": isinstance(clause, AtLeastClause),
    }
    if not fits[giver.kind] or isinstance(clause, ChargeClause):
        giver.draft.report.add(words.wrong_give(giver.kind, WANTS[giver.kind], clause.span))
        return None
    if giver.on_quote or isinstance(clause, UnitsClause | CheapestClause | OfferClauses | HandClause):
        return _over(giver, clause)
    if isinstance(clause, GiveClause):
        return give_or_add(giver, clause)
    return floor_of(giver, clause) if isinstance(clause, AtLeastClause) else set_price(giver, clause)


def _over(giver: Giver, clause: Clause | AtLeastClause | PriceClause) -> Offer | None:
    """What is given over several lines, or to some units."""
    if isinstance(clause, HandClause):
        give: Give | None = across.by_hand(giver, clause)
    elif isinstance(clause, UnitsClause):
        give = across.units_off(giver, clause)
    elif not across.combines(giver, clause.span):
        return None
    elif isinstance(clause, CheapestClause):
        give = across.cheapest(giver, clause, giver.amounts.products)
    elif isinstance(clause, OfferClauses):
        give = across.offer(giver, clause, giver.amounts.products)
    elif isinstance(clause, GiveClause | PriceClause):
        give = across.on_quote(giver, clause)
    else:
        giver.draft.report.add(words.wrong_give(giver.kind, WANTS["discount"], clause.span))
        return None
    return None if give is None else Offer(give)
