"""Doubts about a book that is right but may not say what was meant: idle steps, rules that no price outlives."""

from __future__ import annotations

from engine.lang import words
from engine.lang.book import Rule
from engine.lang.draft import Draft
from engine.lang.parts import NEVER

Window = tuple[int, int]
FIRST, LAST = 0, 10_000_000
"""Ordinal days before and after all dates."""


def find_doubts(draft: Draft) -> None:
    """Steps without rules, and rules whose dates meet no price."""
    used = {rule.step for rule in draft.rules}
    complete = not draft.report.failed
    for index, step in enumerate(draft.step_list):
        idle = index not in used and step.combine not in ("list", "net") and step.rounding is None
        if idle and complete:
            draft.report.add(words.idle_step(step.name, step.span))
    windows: dict[frozenset[int] | None, Window] = {}
    kinds = draft.kinds()
    for rule in draft.rules if complete else ():
        if rule.cases and all(case.when != NEVER and draft.boxes_of(case, kinds) == [] for case in rule.cases):
            draft.report.add(words.never(rule.name, "its condition is never true", rule.span))
        elif rule.cases and not any(_meets(draft, rule, number, windows) for number in range(len(rule.cases))):
            draft.report.add(words.no_price_then(rule.name, rule.span))


def _meets(draft: Draft, rule: Rule, number: int, windows: dict[frozenset[int] | None, Window]) -> bool:
    """Whether a case's dates touch the days on which any of its products has a price."""
    case = rule.cases[number]
    if case.start is None and case.end is None:
        return True
    if case.products not in windows:
        windows[case.products] = price_window(draft, case.products)
    first, last = windows[case.products]
    return (case.start is None or case.start < last) and (case.end is None or case.end > first)


def price_window(draft: Draft, products: frozenset[int] | None) -> Window:
    """The first day on which one of these products has a price, and the day after the last."""
    goods = list(draft.goods.values())
    prices = [price for index in (range(len(goods)) if products is None else products) for price in goods[index].prices]
    if any(goods[index].listed for index in (range(len(goods)) if products is None else products)):
        return FIRST, LAST
    first = min((FIRST if price.start is None else price.start for price in prices), default=LAST)
    last = max((LAST if price.end is None else price.end for price in prices), default=FIRST)
    return first, last
