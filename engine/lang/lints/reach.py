"""What the book's rules can bring a price to, held against its floors and its cost.

For each product that has a floor or a cost, rules are gathered step by step, the deepest first, as long as one quote can meet
them all; that quote is then priced here, and only what it really comes to is said. A product on which something acts that
this page does not price (tiers, steps that choose or round, rules that stop others) is left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from engine.lang import words
from engine.lang.book import AtLeast, Case, DatedPrice, Rule
from engine.lang.boxes import Box, Kinds, both
from engine.lang.diagnostics import Diagnostic
from engine.lang.draft import Draft, Goods
from engine.lang.lints.cliffs import amount
from engine.lang.lints.plain import plain_price, plain_step
from engine.lang.lints.witness import BEYOND, Point, cost_on, floor_of, moved, point_of, price_at
from engine.lang.pasted import as_test
from engine.lang.places import Span
from engine.lang.syntax import RuleBlock

MOST_PRODUCTS = 500
MOST_TRIED = 64
"""Cases of one step that are tried on one product, and rules that may meet it."""
Days = tuple[int, int]


@dataclass(slots=True)
class Found:
    """Doubts so far: by what they are about, the first and how many more products."""

    first: dict[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)
    more: dict[tuple[str, ...], int] = field(default_factory=dict)
    spans: dict[tuple[str, ...], Span] = field(default_factory=dict)
    meant: frozenset[int] = frozenset()  # ids of the cases of floors that are there to be met

    def add(self, key: tuple[str, ...], span: Span, *figures: str) -> None:
        """Keep the first product of a doubt, count the others."""
        if key in self.first:
            self.more[key] += 1
        else:
            self.first[key], self.more[key], self.spans[key] = figures, 0, span


def find_broken_floors(draft: Draft) -> None:
    """Floors above list, prices below cost, and rules that go below either together."""
    by_step: list[list[Rule]] = [[] for _ in draft.step_list]
    for rule in draft.rules:
        by_step[rule.step].append(rule)
    floors = [case for rule in draft.rules for case in rule.cases if isinstance(case.give, AtLeast)]
    found, kinds, tried = Found(meant=_meant(draft)), draft.kinds(), 0
    for index, goods in enumerate(draft.goods.values()):
        own = [case for case in floors if case.products is None or index in case.products]
        for dated in goods.prices if own or goods.costs else ():
            if plain_price(dated.price) and dated.price.amount:
                _against_list(draft, goods, dated, own, found)
                tried += 1
                if tried <= MOST_PRODUCTS:
                    _against_rules(draft, kinds, by_step, index, goods, dated, own, found)
    for key, figures in found.first.items():
        draft.report.add(TOLD[key[0]](*figures, found.more[key], found.spans[key]))


def _meant(draft: Draft) -> frozenset[int]:
    """Floors that say `prices may meet it`: the author knows, and the floor is there for it."""
    names = {block.name.text for block in draft.of(RuleBlock) if block.may_meet}
    return frozenset(id(case) for rule in draft.rules if rule.name in names for case in rule.cases)


TOLD: dict[str, Callable[..., Diagnostic]] = {
    "cost": words.below_cost,
    "list": words.floor_over_list,
    "rules": words.breaks_floor,
    "sold": words.sold_below_cost,
}


# ---------------------------------------------------------------- at list


def _against_list(draft: Draft, goods: Goods, dated: DatedPrice, floors: list[Case], found: Found) -> None:
    """A list price below its cost or below a floor, on a day that both hold."""
    price, days = dated.price.amount, (_first(dated.start), _last(dated.end))
    for cost in goods.costs:
        if plain_price(cost.price) and price < cost.price.amount and _meet(days, cost.start, cost.end):
            found.add(
                ("cost", str(id(goods))), dated.span, goods.code, amount(draft, price), amount(draft, cost.price.amount)
            )
            break
    for case in floors:
        together = _meet(days, case.start, case.end)
        least = floor_of(case, goods, price, together[0]) if together else None
        if least is not None and least > price:
            key = ("list", case.span.file, str(case.span.line))
            found.add(key, case.span, goods.code, amount(draft, least), amount(draft, price))


# ---------------------------------------------------------------- by rules


def _against_rules(
    draft: Draft, kinds: Kinds, by_step: list[list[Rule]], index: int, goods: Goods, dated: DatedPrice, floors: list[Case],
    found: Found,
) -> None:  # fmt: skip
    """The quote on which the rules go deepest, priced; what it comes to against floor and cost."""
    point = _deepest(draft, kinds, by_step, index, dated)
    priced = price_at(draft, by_step, index, dated.price.amount, point) if point is not None else None
    if point is None or priced is None or not priced.lowered:
        return
    day, listed = point.day, dated.price.amount
    names = sorted({rule.name for rule in priced.lowered})
    rules = " and ".join(f"`{name}`" for name in names) + (" brings" if len(names) == 1 else " bring")
    span = priced.lowered[-1].span
    standing = [case for case in floors if _holds(case, day) and point.meets(case.when)]
    least = max((f for case in standing if (f := floor_of(case, goods, listed, day)) is not None), default=None)
    asked = as_test(draft, goods.code, point.day, point.day + 1, point.box)
    lifted = priced.lifted is not None and least is not None and priced.net >= least
    meant = lifted and all(id(case) in found.meant for case in standing)
    if least is not None and priced.lowest < least <= listed and not meant:
        what = "the floor lifts it" if lifted else "and no floor comes after them"
        found.add(("rules", *names), span, rules, asked, amount(draft, priced.lowest), amount(draft, least), what)
    cost = cost_on(goods, day)
    if cost is not None and priced.net < cost <= listed:
        found.add(("sold", *names), span, rules, asked, amount(draft, priced.net), amount(draft, cost))


def _deepest(draft: Draft, kinds: Kinds, by_step: list[list[Rule]], index: int, dated: DatedPrice) -> Point | None:
    """A quote that meets, step by step, what takes most off the product; None where that cannot be told."""
    box: Box = {}
    days: Days = (_first(dated.start), _last(dated.end))
    running = listed = dated.price.amount
    for step, rules in zip(draft.step_list, by_step, strict=True):
        if step.combine in ("net", "tax"):
            break
        cases = list(_touching(rules, index))
        if cases and (not plain_step(step) or len(cases) > MOST_TRIED * 4):
            return None
        tried = _tried(draft, cases, kinds, running, listed)
        for value, case, alternatives in tried:
            met = _joined(box, days, case, alternatives)
            if met is not None:
                box, days = met
                running = max(Fraction(0), value if step.combine != "additive" else running + value - listed)
                if step.combine not in ("compounding", "additive"):
                    break
    return point_of(draft, kinds, box, days)


def _tried(
    draft: Draft, cases: list[tuple[Rule, Case]], kinds: Kinds, running: Fraction, listed: Fraction
) -> list[tuple[Fraction, Case, list[Box]]]:
    """Cases that lower the price, the deepest first, with their alternatives."""
    found = []
    for _, case in cases:
        value = moved(case.give, running, {"list": listed, "running": running})
        if value is not None and value < running and (made := draft.boxes_of(case, kinds)):
            found.append((value, case, made))
    return sorted(found, key=lambda each: (each[0], each[1].span.line))[:MOST_TRIED]


def _joined(box: Box, days: Days, case: Case, alternatives: list[Box]) -> tuple[Box, Days] | None:
    together = _meet(days, case.start, case.end)
    if together is None:
        return None
    met = next((met for each in alternatives if (met := both(box, each)) is not None), None)
    return None if met is None else (met, together)


def _touching(rules: Iterable[Rule], index: int) -> Iterator[tuple[Rule, Case]]:
    return ((rule, case) for rule in rules for case in rule.cases if case.products is None or index in case.products)


def _holds(case: Case, day: int) -> bool:
    return _first(case.start) <= day < _last(case.end)


def _first(day: int | None) -> int:
    return 1 if day is None else day


def _last(day: int | None) -> int:
    return BEYOND if day is None else day


def _meet(days: Days, start: int | None, end: int | None) -> Days | None:
    first, last = max(days[0], _first(start)), min(days[1], _last(end))
    return (first, last) if first < last else None
