"""Totals that fall as the quantity rises, and tiers whose percent goes down.

    | seats from | off |          49 seats at 5% off come to 2,280.95 EUR,
    |         10 |  5% |          50 at 12% off to 2,156.00 EUR: who needs 49 orders 50
    |         50 | 12% |

Only `all units` can fall: of two neighbouring tiers, the last quantity of one is held against the first of the other. An author
who means it says `totals may fall`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from engine.lang import words
from engine.lang.book import Case, DatedPrice, GraduatedOff, Percent, Price, Rule, SetPrice
from engine.lang.boxes import Kinds, Ticks
from engine.lang.draft import Draft, Goods
from engine.lang.lints.plain import plain_price, plain_tiers
from engine.lang.places import Span
from engine.lang.prices import plain
from engine.lang.syntax import ProductBlock, RuleBlock
from engine.values.kinds import MICROS, Kind


@dataclass(frozen=True, slots=True)
class Edge:
    """Two quantities that follow each other (ticks) and what each comes to (micros; None: not known without a price)."""

    less: int
    more: int
    before: Fraction
    after: Fraction
    span: Span


def find_cliffs(draft: Draft) -> None:
    """Say the first fall of each price and rule, and each percent that goes down."""
    for product in draft.of(ProductBlock):
        goods = draft.goods.get(product.name.text)
        if goods is not None and not product.may_fall:
            for dated in goods.prices:
                _say(draft, f"`{goods.code}`", goods, _price_edges(draft, goods, dated.price))
    rules = {rule.name: rule for rule in draft.rules}
    for block in draft.of(RuleBlock):
        rule = rules.get(block.name.text)
        if rule is not None and rule.span is block.name.span:
            _of_rule(draft, block, rule)


def _of_rule(draft: Draft, block: RuleBlock, rule: Rule) -> None:
    name = f"`{rule.name}`"
    tiered = [case.give.price for case in rule.cases if isinstance(case.give, SetPrice) and case.give.by is None]
    if not tiered and block.tiers is None:
        return
    goods = _example(draft, rule.cases[0]) if rule.cases else None
    if goods is None:
        return
    for price in tiered[:1] if not block.may_fall else []:
        _say(draft, name, goods, _price_edges(draft, goods, price))
    if block.tiers is None or (block.tiers.by is not None and block.tiers.by.text not in ("quantity", "line.quantity")):
        return
    percents = list(_percents(draft, rule, draft.kinds()))
    _say_lower(draft, rule, percents)
    if block.tiers.mode == "all units" and not block.may_fall:
        _say(draft, name, goods, _percent_edges(draft, goods, percents))


def _example(draft: Draft, case: Case) -> Goods | None:
    """A product that the rule is on: one with a price that is an amount a unit, where there is one."""
    goods = list(draft.goods.values())
    reached = goods if case.products is None else [goods[index] for index in sorted(case.products)]
    return next((each for each in reached if _flat(each)), reached[0] if reached else None)


def _flat(goods: Goods) -> DatedPrice | None:
    return next((dated for dated in goods.prices if plain_price(dated.price) and dated.price.amount), None)


# ---------------------------------------------------------------- tiers of prices


def _price_edges(draft: Draft, goods: Goods, price: Price) -> Iterator[Edge]:
    tiers = plain_tiers(price)
    if tiers is None or tiers.mode != "all units":
        return
    for one, other in itertools.pairwise(tiers.rows):
        first = other.start if other.inclusive else other.start + 1
        less, more = _neighbours(draft, goods, first)
        before = Fraction(less, MICROS) * one.amount + one.flat
        yield Edge(less, more, before, Fraction(more, MICROS) * other.amount + other.flat, other.span)


def _neighbours(draft: Draft, goods: Goods, first: int) -> tuple[int, int]:
    """The last quantity below a tick and the first from it on, in the unit's own decimals."""
    grain = MICROS // 10 ** draft.units[goods.unit or 0].decimals if draft.units else MICROS
    more = -(-first // grain) * grain
    return more - grain, more


# ---------------------------------------------------------------- tiers of percents


def _percents(draft: Draft, rule: Rule, kinds: Kinds) -> Iterator[tuple[int, Fraction, Span]]:
    """(first tick, percent off, place) of each tier, a table's first row standing for all."""
    seen: set[Span] = set()
    for case in rule.cases:
        if isinstance(case.give, GraduatedOff):
            yield from ((row.start, row.amount, row.span) for row in case.give.tiers.rows)
            return
        if not isinstance(case.give, Percent) or case.span in seen:
            return
        seen.add(case.span)
        made = draft.boxes_of(case, kinds)
        side = made[0].get("line.quantity") if made else None
        if not isinstance(side, Ticks) or side.low is None or len(made or ()) != 1:
            return
        yield side.low, -case.give.rate, case.span


def _percent_edges(draft: Draft, goods: Goods, tiers: list[tuple[int, Fraction, Span]]) -> Iterator[Edge]:
    dated = _flat(goods)
    if dated is None:
        return
    price = dated.price.amount
    for (_, off, _), (first, more_off, span) in itertools.pairwise(tiers):
        less, more = _neighbours(draft, goods, first)
        before = Fraction(less, MICROS) * price * (1 - off)
        yield Edge(less, more, before, Fraction(more, MICROS) * price * (1 - more_off), span)


def _say_lower(draft: Draft, rule: Rule, tiers: list[tuple[int, Fraction, Span]]) -> None:
    for (_, off, _), (start, next_off, span) in itertools.pairwise(tiers):
        if next_off < off:
            draft.report.add(words.lower_tier(rule.name, plain(start), _share(next_off), _share(off), span))
            return


# ---------------------------------------------------------------- what is said


def _say(draft: Draft, name: str, goods: Goods, edges: Iterator[Edge]) -> None:
    """The first edge at which the total falls, and how many more there are."""
    falls = [edge for edge in edges if edge.after < edge.before]
    if falls:
        edge = falls[0]
        less, more = (f"{plain(ticks)} {_unit(draft, goods, ticks)}" for ticks in (edge.less, edge.more))
        before, after = (amount(draft, figure) for figure in (edge.before, edge.after))
        draft.report.add(words.falls(name, less, before, more, after, len(falls) - 1, edge.span))


def _unit(draft: Draft, goods: Goods, ticks: int) -> str:
    unit = draft.units[goods.unit or 0]
    return unit.name if ticks == MICROS else unit.plural


def _share(off: Fraction) -> str:
    return Kind("percent").show(round(off * MICROS))


def amount(draft: Draft, micros: Fraction) -> str:
    """Micros in words, to the minor unit."""
    return Kind("money", unit=draft.currency).show(round(micros / draft.minor) * draft.minor)
