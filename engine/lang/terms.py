"""Settles how a product is sold: `sold in 12s`, `at least 24`, `at most 1_000`, and what a line of it costs at least and at most."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

from engine.lang import words
from engine.lang.book import Clamp, DatedPrice, Sold
from engine.lang.draft import Draft, Goods
from engine.lang.measures import counted, ends, grain
from engine.lang.methods import Priced, quantity_ticks, with_free
from engine.lang.prices import price_rate
from engine.lang.syntax import Lit, Rate, Term
from engine.lang.types import money, shown
from engine.values.kinds import decimal


def settle_terms(draft: Draft, goods: Goods) -> None:
    """The terms of a product whose unit and prices are known."""
    if goods.broken or not goods.terms:
        return
    priced = Priced(lambda rate, measure: price_rate(draft, rate, goods, measure), goods.unit, goods.code, goods.terms)
    goods.prices = [_free(draft, dated, priced) for dated in goods.prices]
    _overage(draft, goods, priced)
    goods.sold = _sold(draft, goods, priced)
    goods.clamp = _clamp(draft, goods)


def _free(draft: Draft, dated: DatedPrice, priced: Priced) -> DatedPrice:
    price = with_free(draft, dated.price, priced, dated.span)
    return dated if price is None else replace(dated, price=price)


def _overage(draft: Draft, goods: Goods, priced: Priced) -> None:
    """An overage belongs to a block; a price without blocks beside it is not said twice."""
    said = priced.term("overage")
    blocks = [dated for dated in goods.prices if dated.price.tiers and dated.price.tiers.mode == "block"]
    if said is not None and not blocks:
        draft.report.add(words.overage_of_nothing(said.span))


# ---------------------------------------------------------------- how much is sold


def _sold(draft: Draft, goods: Goods, priced: Priced) -> Sold | None:
    said = {kind: term for kind in ("sold_in", "sold_least", "sold_most") if (term := _quantity(goods, kind))}
    ticks = {kind: _bound(draft, term, goods, priced) for kind, term in said.items()}
    if not said or None in ticks.values() or goods.unit is None:
        return None
    least, most = ticks.get("sold_least"), ticks.get("sold_most")
    made = Sold(ticks.get("sold_in") or 0, least, most)
    first, last = ends(made, grain(draft.units[goods.unit]))
    if last is not None and last < first:
        span = list(said.values())[-1].span
        draft.report.add(words.nothing_left("sold", decimal(first), decimal(most or 0), span))
    elif least is not None and first != least:
        step = decimal(made.step) if made.step else draft.units[goods.unit].name
        draft.report.add(words.no_multiple(decimal(least), step, decimal(first), said["sold_least"].span))
    return made


def _quantity(goods: Goods, kind: str) -> Term | None:
    return next((term for term in goods.terms if term.kind == kind and isinstance(term.amount, Lit)), None)


def _bound(draft: Draft, term: Term, goods: Goods, priced: Priced) -> int | None:
    """Ticks of the product's unit: a multiple is exact, the least is met from above and the most from below."""
    assert isinstance(term.amount, Lit)
    ticks = quantity_ticks(draft, term.amount, priced)
    if ticks is None or goods.unit is None:
        return None
    unit, finest = draft.units[goods.unit], grain(draft.units[goods.unit])
    if term.kind == "sold_in" and ticks % finest:
        near = " or ".join(counted(unit, n * finest) for n in _around(ticks / finest) if n)
        draft.report.add(words.not_exact(shown(term.amount), unit.plural, near, term.amount.span))
        return None
    if term.amount.unit is None and ticks % finest:
        draft.report.add(words.fraction_of_unit(shown(term.amount), unit.plural, term.amount.span))
        return None
    return math.floor(ticks) if term.kind == "sold_most" else math.ceil(ticks)


def _around(number: Fraction) -> tuple[int, int]:
    return math.floor(number), math.ceil(number)


# ---------------------------------------------------------------- what a line costs


def _clamp(draft: Draft, goods: Goods) -> Clamp | None:
    said = {term.kind: term for term in goods.terms if term.kind != "overage" and isinstance(term.amount, Rate)}
    amounts = {kind: _amount(draft, goods, term) for kind, term in said.items()}
    least, most = amounts.get("sold_least"), amounts.get("sold_most")
    if not said or None in amounts.values():
        return None
    if least is not None and most is not None and most < least:
        shows = [shown(term.amount.amount) for term in said.values() if isinstance(term.amount, Rate)]
        draft.report.add(words.nothing_left("charged", shows[0], shows[1], list(said.values())[-1].span))
    return Clamp(least, most)


def _amount(draft: Draft, goods: Goods, term: Term) -> Fraction | None:
    """An amount of the whole line, for the product's period."""
    rate = term.amount
    assert isinstance(rate, Rate)
    if rate.per_unit is not None or not isinstance(rate.amount, Lit) or rate.amount.kind != "money":
        draft.report.add(words.no_bound(shown(rate.amount), rate.span))
        return None
    if rate.period is not None and rate.period != goods.period:
        draft.report.add(words.wrong_period(rate.period, goods.code, goods.period, rate.span))
        return None
    return money(draft, rate.amount, "")
