"""One quote of one line, priced by what is plain in a book: the witness of a doubt about figures.

It is no second meaning of the language: it gives up (None) on whatever it does not know, and `pricing.interpret` is what counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from engine.lang.book import (
    All,
    Amount,
    Any,
    AtLeast,
    Case,
    Condition,
    Give,
    Is,
    Known,
    Not,
    Percent,
    Rule,
    SetPrice,
    Within,
)
from engine.lang.boxes import Box, Kinds, Names, Ticks
from engine.lang.draft import Draft, Goods
from engine.lang.lints.plain import plain_give, plain_price, plain_rule, plain_step
from engine.lang.pasted import SOME_DAY
from engine.values.kinds import MICROS, Value

BEYOND = date.max.toordinal() + 1


@dataclass(frozen=True, slots=True)
class Point:
    """A day, and what is known: `values` by the name of a subject."""

    day: int
    values: Mapping[str, Value]
    box: Box  # what rules asked for

    def meets(self, condition: Condition) -> bool:
        """Whether a condition holds here."""
        match condition:
            case Is(subject, words):
                return self.values.get(subject.name) in words
            case Within(subject, low, high):
                value = self.values.get(subject.name)
                return isinstance(value, int) and (low is None or low <= value) and (high is None or value <= high)
            case Known(subject):
                return subject.name in self.values
            case Not(of):
                return not self.meets(of)
            case All(of):
                return all(map(self.meets, of))
            case Any(of):
                return any(map(self.meets, of))
            case _:
                return False


def point_of(draft: Draft, kinds: Kinds, box: Box, days: tuple[int, int]) -> Point | None:
    """A quote in a box and between two days. What nothing asks about is as common as can be: one unit, the first value."""
    day = days[0] if days[0] > 1 else min(days[1] - 1, SOME_DAY)
    sided = box.get("quote.date")
    if isinstance(sided, Ticks):
        day = max(day, sided.low or day)
        if not days[0] <= day < days[1] or (sided.high is not None and day > sided.high):
            return None
    values: dict[str, Value] = {"line.quantity": MICROS, "quote.date": day}
    for fact in draft.facts.values():
        if not fact.optional:
            values[fact.path] = (
                fact.kind.values[0] if fact.kind.values else "other" if not fact.kind.ordered else fact.kind.low or 0
            )
    for name, side in box.items():
        value = _value(side)
        if name not in kinds or value is None:
            return None
        values[name] = day if name == "quote.date" else value
    return Point(day, values, box)


def _value(side: Names | Ticks) -> Value | None:
    if isinstance(side, Ticks):
        return side.low if side.low is not None else 0 if side.high is None else min(0, side.high)
    if side.among is None:
        return min(side.but, default="x") + "x"
    left = side.among - side.but
    return min(left) if left else None


# ---------------------------------------------------------------- pricing it


@dataclass(slots=True)
class Priced:
    """What a unit comes to, in micros: at the end, and at its lowest before a floor or after all. `lowered` are the rules that took something off."""

    net: Fraction
    lowest: Fraction
    lowered: list[Rule] = field(default_factory=list)
    lifted: Rule | None = None


def moved(give: Give, opening: Fraction, bases: Mapping[str, Fraction]) -> Fraction | None:
    """What a give makes of a step's opening price, at least 0; None where that is not known here."""
    if not plain_give(give):
        return None
    match give:
        case Percent(rate, of):
            base = bases.get(of.kind if of.step is None else f"after {of.step}")
            return None if base is None else max(Fraction(0), opening + rate * base)
        case Amount(micros):
            return max(Fraction(0), opening + micros)
        case SetPrice(price):
            return price.amount
        case _:
            return None


def price_at(draft: Draft, by_step: list[list[Rule]], index: int, listed: Fraction, point: Point) -> Priced | None:
    """The waterfall of one unit of a product at a point; None where a rule acts that is not known here."""
    done = Priced(listed, listed)
    bases = {"list": listed, "after 0": listed}
    for number, (step, rules) in enumerate(zip(draft.step_list, by_step, strict=True)):
        if rules:
            acting = _acting(rules, index, point)
            if acting and not (plain_step(step) and all(plain_rule(rule) for rule, _ in acting)):
                return None
            opening = done.net
            bases["running"] = opening
            if step.combine == "floor":
                done.lowest = opening
                if not _lift(draft, index, listed, point, acting, done):
                    return None
            elif not _step(step.combine, acting, opening, bases, done):
                return None
        bases[f"after {number}"] = done.net
    done.lowest = min(done.lowest, done.net)
    return done


def _acting(rules: list[Rule], index: int, point: Point) -> list[tuple[Rule, Case]]:
    """The cases that apply, without those that an exception replaces."""
    found = [
        (rule, case)
        for rule in rules
        for case in rule.cases
        if (case.products is None or index in case.products)
        and (case.start is None or case.start <= point.day)
        and (case.end is None or point.day < case.end)
        and point.meets(case.when)
    ]
    replaced = {name for rule, _ in found for name in rule.exception_to}
    return [(rule, case) for rule, case in found if rule.name not in replaced]


def _step(
    combine: str, acting: list[tuple[Rule, Case]], opening: Fraction, bases: Mapping[str, Fraction], done: Priced
) -> bool:
    results: list[tuple[Fraction, Rule]] = []
    for rule, case in acting:
        value = moved(case.give, opening, bases)
        if value is None:
            return False
        results.append((value, rule))
    if not results:
        return True
    if combine in ("best of", "one only"):
        if combine == "one only" and len(results) > 1:
            return False
        results = [min(results, key=lambda each: (each[0], each[1].name))]
        done.net = results[0][0]
    elif combine == "additive":
        done.net = max(Fraction(0), opening + sum(value - opening for value, _ in results))
    elif combine == "compounding" and opening:
        for value, _ in results:
            done.net = done.net * value / opening
    else:
        return False
    done.lowered.extend(rule for value, rule in results if value < opening and rule not in done.lowered)
    return True


def _lift(
    draft: Draft, index: int, listed: Fraction, point: Point, acting: list[tuple[Rule, Case]], done: Priced
) -> bool:
    """The step `floor`: the highest of those that apply."""
    goods = list(draft.goods.values())[index]
    for rule, case in acting:
        least = floor_of(case, goods, listed, point.day) if isinstance(case.give, AtLeast) else None
        if least is None:
            return False
        if least > done.net:
            done.net, done.lifted = least, rule
    return True


# ---------------------------------------------------------------- floors


def floor_of(case: Case, goods: Goods, listed: Fraction, day: int) -> Fraction | None:
    """What a floor lifts a price to, in micros a unit; None where that is not known."""
    give = case.give
    if not isinstance(give, AtLeast) or not plain_give(give):
        return None
    if give.kind == "amount":
        return give.value
    if give.kind == "of_list":
        return listed * give.value
    cost = cost_on(goods, day)
    if cost is None:
        return None
    return cost / (1 - give.value) if give.kind == "margin" else cost * (1 + give.value)


def cost_on(goods: Goods, day: int) -> Fraction | None:
    """The cost of a unit on a day; None without one."""
    costs = (c for c in goods.costs if plain_price(c.price) and (c.start or 0) <= day < (c.end or BEYOND))
    return next((cost.price.amount for cost in costs), None)
