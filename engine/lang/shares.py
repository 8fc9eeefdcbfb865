"""Prices that are a percent of other lines: `price 18% after volume of family crm, at least 500 EUR per month`."""

from __future__ import annotations

from fractions import Fraction

from engine.lang import words
from engine.lang.book import DatedPrice, Price, Share
from engine.lang.draft import Draft, Goods
from engine.lang.prices import MOST_OVER
from engine.lang.syntax import PriceClause, ShareOf
from engine.lang.targets import Targets
from engine.lang.types import days, per_unit, percent, rate_micros

Graph = dict[str, set[str]]


def settle_shares(draft: Draft, targets: Targets, goods: Goods) -> None:
    """The prices of a product that are percents of others, its period among them."""
    for said in goods.shares:
        assert said.share is not None
        price = _share(draft, targets, goods, said, said.share)
        if price is None:
            goods.broken = True
        else:
            goods.prices.append(price)


def _share(draft: Draft, targets: Targets, goods: Goods, said: PriceClause, of: ShareOf) -> DatedPrice | None:
    rate, dates = percent(draft, of.percent, MOST_OVER), days(draft, said.dates)
    reach = targets.reach(of.target, None, False)
    bounds = _bounds(draft, goods, of)
    if of.base is None:
        draft.report.add(words.share_of_what(of.span))
    at = draft.find("step", of.step, draft.steps) if of.step is not None else 0 if of.base == "list" else None
    if rate is None or dates is None or reach is None or bounds is None or of.base is None:
        return None
    if of.step is not None and at is None:
        return None
    own = draft.number[goods.code]
    everything = frozenset(range(len(draft.codes))) if reach.products is None else reach.products
    group = of.target.names[0].text if of.target.kind == "group" else None
    share = Share(rate, at, everything - {own}, group, *bounds)
    return DatedPrice(Price(Fraction(0), share=share), *dates, said.span) if _period(draft, goods, share, of) else None


def _bounds(draft: Draft, goods: Goods, of: ShareOf) -> tuple[Fraction | None, Fraction | None] | None:
    """The least and most of a unit's price, in micros."""
    found: dict[str, Fraction] = {}
    good = True
    for which, rate in of.bounds:
        if which in found:
            draft.report.add(words.twice(f"at {which}", rate.span))
        fits, unit = per_unit(draft, rate, goods.code, goods.unit)
        micros = rate_micros(draft, rate, f"at {which}")
        good = good and fits and micros is not None
        goods.unit = unit if goods.unit is None else goods.unit
        goods.periods.setdefault(rate.period or "once", rate.span)
        found[which] = micros or Fraction(0)
    least, most = found.get("least"), found.get("most")
    if least is not None and most is not None and least > most:
        draft.report.add(words.share_bounds(of.span))
    return (least, most) if good else None


def _period(draft: Draft, goods: Goods, share: Share, of: ShareOf) -> bool:
    """How often it is charged: as its bounds or a line `charged per` say, else as all it is of; its unit likewise."""
    covered = [each for index, each in enumerate(draft.goods.values()) if index in (share.products or ())]
    units = {each.unit for each in covered}
    if goods.unit is None and len(units) == 1:
        (goods.unit,) = units
    if goods.periods:
        return True
    periods = sorted({each.period for each in covered if each.periods})
    if len(periods) != 1:
        draft.report.add(words.share_period(goods.code, periods, of.span))
        return False
    goods.periods[periods[0]] = of.span
    return True


# ---------------------------------------------------------------- percents of percents


def check_cycles(draft: Draft) -> None:
    """Percents that count each other at one moment are a mistake; one that can count nothing is a doubt."""
    shares = [
        (code, p.price.share, p) for code, g in draft.goods.items() for p in g.prices if p.price.share is not None
    ]
    graph: Graph = {}
    for code, share, price in shares:
        covered = [draft.codes[index] for index in sorted(share.products or ())]
        with_it = {name for name in covered if any(other == name and one.at == share.at for other, one, _ in shares)}
        graph.setdefault(code, set()).update(with_it)
        if share.group is None and not any(_counts(draft, code, share, name) for name in covered):
            draft.report.add(words.share_of_nothing(code, price.span))
    said: set[str] = set()
    for code, _, price in shares:
        chain = _back_to(graph, code, [code])
        if chain and not said & set(chain):
            draft.report.add(words.share_cycle(chain, price.span))
            said.update(chain)


def _counts(draft: Draft, code: str, share: Share, other: str) -> bool:
    """Whether a product can count in a percent: charged as often, and priced by then."""
    goods = draft.goods[other]
    if goods.period != draft.goods[code].period:
        return False
    by_then = (p.price.share is None or moment(p.price.share) <= moment(share) for p in goods.prices)
    return goods.listed or any(by_then)


def moment(share: Share) -> int:
    """When a percent is taken: the number of the step, past all for `net`."""
    return 10_000 if share.at is None else share.at


def _back_to(graph: Graph, code: str, chain: list[str]) -> list[str]:
    """A chain of percents from a product back to it, or none."""
    stack = [(code, chain)]
    seen: set[str] = set()
    while stack:
        name, way = stack.pop()
        for other in sorted(graph.get(name, ())):
            if other == code:
                return [*way, code]
            if other not in seen:
                seen.add(other)
                stack.append((other, [*way, other]))
    return []


def check_reach(draft: Draft) -> None:
    """A doubt about rules on a product in a step that its percent only joins after."""
    late = {
        index: min(moment(p.price.share) for p in goods.prices if p.price.share is not None)
        for index, goods in enumerate(draft.goods.values())
        if goods.prices and all(p.price.share is not None for p in goods.prices)
    }
    for rule in draft.rules if late else ():
        for index, joins in late.items():
            named = [case for case in rule.cases if case.products is not None and index in case.products]
            if 0 < rule.step <= joins and named and all(len(case.products or ()) == 1 for case in named):
                step = draft.step_list[min(joins, len(draft.step_list) - 1)].name
                draft.report.add(words.never_reached(rule.name, draft.codes[index], step, rule.span))
