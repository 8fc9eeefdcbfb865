"""A condition as boxes: alternatives, each a range or a set of words for every subject it constrains.

    segment is startup and (quantity >= 10 or rush is yes)
        ->  {segment: startup, quantity: 10..}  |  {segment: startup, rush: yes}

Boxes prove that two conditions can hold together (and name a line for which they do) or that one never can. What is not
a box (`is not known`, too many alternatives) is left out: then nothing is proven.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.lang.book import All, Any, Condition, Is, Known, Not, Subject, Within
from engine.values.kinds import Kind

MOST = 16
"""Alternatives of one condition that are looked at."""


@dataclass(frozen=True, slots=True)
class Names:
    """One of these words (None: any word) but none of `but`."""

    among: frozenset[str] | None
    but: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Ticks:
    """low <= ticks <= high; None is open."""

    low: int | None
    high: int | None


Side = Names | Ticks
Box = dict[str, Side]
Kinds = Mapping[str, Kind]


class Inexact(Exception):
    """The condition is not a few boxes."""


def boxes(condition: Condition, kinds: Kinds) -> list[Box] | None:
    """The boxes of a condition ([]: it never holds), or None where it is not a few boxes."""
    try:
        return _boxes(condition, kinds, True)
    except Inexact:
        return None


def _boxes(condition: Condition, kinds: Kinds, holds: bool) -> list[Box]:
    """The boxes in which the condition holds (or does not)."""
    match condition:
        case Not(of):
            return _boxes(of, kinds, not holds)
        case All(of) | Any(of):
            parts = [_boxes(part, kinds, holds) for part in of]
            together = isinstance(condition, All) == holds
            return _product(parts) if together else _union(parts)
        case Is(subject, values):
            return _one(subject, Names(values) if holds else _others(kinds[subject.name], values), kinds)
        case Within(subject, low, high):
            return _ranges(subject, low, high, kinds, holds)
        case Known(subject) if holds:
            return [{subject.name: Ticks(None, None) if subject.ordered else Names(None)}]
        case _:
            raise Inexact


def _others(kind: Kind, values: frozenset[str]) -> Names:
    """All words but these."""
    return Names(frozenset(kind.values) - values) if kind.name == "enum" else Names(None, values)


def _one(subject: Subject, side: Side, kinds: Kinds) -> list[Box]:
    bounded = meet(side, _domain(kinds[subject.name]))
    return [] if bounded is None else [{subject.name: bounded}]


def _domain(kind: Kind) -> Side:
    return Ticks(kind.low, kind.high) if kind.ordered else Names(None)


def _ranges(subject: Subject, low: int | None, high: int | None, kinds: Kinds, holds: bool) -> list[Box]:
    if holds:
        return _one(subject, Ticks(low, high), kinds)
    below = _one(subject, Ticks(None, low - 1), kinds) if low is not None else []
    above = _one(subject, Ticks(high + 1, None), kinds) if high is not None else []
    return below + above


def _union(parts: list[list[Box]]) -> list[Box]:
    found = [box for part in parts for box in part]
    if len(found) > MOST:
        raise Inexact
    return found


def _product(parts: list[list[Box]]) -> list[Box]:
    found: list[Box] = [{}]
    for part in parts:
        if len(part) == 1 and len(found) == 1:
            merged = both(found[0], part[0])
            found = [] if merged is None else [merged]
            continue
        found = [box for one in found for other in part if (box := both(one, other)) is not None]
        if len(found) > MOST:
            raise Inexact
    return found


def meet(one: Side, other: Side) -> Side | None:
    """What both allow of one subject; None when nothing."""
    if isinstance(one, Ticks) and isinstance(other, Ticks):
        low = other.low if one.low is None else one.low if other.low is None else max(one.low, other.low)
        high = other.high if one.high is None else one.high if other.high is None else min(one.high, other.high)
        return None if low is not None and high is not None and low > high else Ticks(low, high)
    if not isinstance(one, Names) or not isinstance(other, Names):
        return None
    but = one.but | other.but
    if one.among is None and other.among is None:
        return Names(None, but)
    among = one.among if other.among is None else other.among if one.among is None else one.among & other.among
    left = (among or frozenset()) - but
    return Names(left) if left else None


def both(one: Box, other: Box) -> Box | None:
    """The box in both; None when there is none."""
    found = dict(one)
    for name, side in other.items():
        mine = found.get(name)
        met = side if mine is None else meet(mine, side)
        if met is None:
            return None
        found[name] = met
    return found
