"""Cases as entries whose condition is a few boxes, and whether one holds wherever another does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine.lang.book import Case, Rule
from engine.lang.boxes import Box, Kinds, Names, Side, Ticks
from engine.lang.draft import Draft
from engine.lang.parts import NEVER

Products = frozenset[int] | None


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A case of a rule that can apply, with the boxes of its condition."""

    rule: Rule
    case: Case
    boxes: list[Box]


def entries(draft: Draft, rules: Iterable[Rule], kinds: Kinds) -> list[Entry]:
    """The cases that are on some product and of which is known exactly when they hold."""
    found: list[Entry] = []
    for rule in rules:
        for case in rule.cases:
            if case.when == NEVER or (case.products is not None and not case.products):
                continue
            if made := draft.boxes_of(case, kinds):
                found.append(Entry(rule, case, made))
    return found


def covers(one: Case, box: Box, other: Entry) -> bool:
    """Whether a case of which `box` is an alternative applies to all that another applies to."""
    return (
        holds_products(one.products, other.case.products)
        and holds_dates(one, other.case)
        and all(inside(small, box) for small in other.boxes)
    )


def holds_products(one: Products, other: Products) -> bool:
    """Whether one set of products has all of the other (None: every product of the book)."""
    return one is None or (other is not None and other <= one)


def holds_dates(one: Case, other: Case) -> bool:
    """Whether one case holds on all days of the other."""
    return (one.start is None or (other.start is not None and one.start <= other.start)) and (
        one.end is None or (other.end is not None and other.end <= one.end)
    )


def inside(small: Box, large: Box) -> bool:
    """Whether all that is in one box is in the other."""
    return all(name in small and _within(small[name], side) for name, side in large.items())


def _within(small: Side, large: Side) -> bool:
    if isinstance(small, Ticks) and isinstance(large, Ticks):
        low = large.low is None or (small.low is not None and small.low >= large.low)
        return low and (large.high is None or (small.high is not None and small.high <= large.high))
    if not isinstance(small, Names) or not isinstance(large, Names):
        return False
    if small.among is None:
        return large.among is None and large.but <= small.but
    words = small.among - small.but
    return words <= large.among - large.but if large.among is not None else not words & large.but
