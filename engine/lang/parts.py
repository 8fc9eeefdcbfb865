"""Pieces of conditions while they are compiled: settled ones are folded away, those that need a row wait for it.

A `Part` is a Condition, or a function of a row's number that gives one. `Side` is what stands right of a comparison: a
value, or a column with a value a row.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction

from engine.lang.book import ALWAYS, All, Any, Condition, Is, Known, Not, Subject, Within
from engine.lang.draft import Column, Look
from engine.values.kinds import Value

NEVER = Any(())
PerRow = Callable[[int], Condition]
Part = Condition | PerRow
Side = Value | Column

FLIP = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "is": "is", "is not": "is not"}
"""The same relation with its sides exchanged."""
OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}

# ---------------------------------------------------------------- folding


def every(parts: Sequence[Condition]) -> Condition:
    """`and`, with what is settled folded away."""
    if NEVER in parts:
        return NEVER
    left = [part for part in parts if part != ALWAYS]
    return left[0] if len(left) == 1 else All(tuple(left)) if left else ALWAYS


def some(parts: Sequence[Condition]) -> Condition:
    """`or`, folded."""
    if ALWAYS in parts:
        return ALWAYS
    left = [part for part in parts if part != NEVER]
    return left[0] if len(left) == 1 else Any(tuple(left)) if left else NEVER


def opposite(part: Condition) -> Condition:
    """`not`, folded."""
    if part == ALWAYS:
        return NEVER
    if part == NEVER:
        return ALWAYS
    return part.of if isinstance(part, Not) else Not(part)


def at(part: Part, row: int) -> Condition:
    """The condition of one row."""
    return part(row) if callable(part) else part


def joined(fold: Callable[[Sequence[Condition]], Condition], parts: list[Part]) -> Part:
    """Fold parts of which some may need a row; what needs none is folded once."""
    fixed = fold([part for part in parts if not callable(part)])
    moving = [part for part in parts if callable(part)]
    if not moving or fixed == (NEVER if fold is every else ALWAYS):
        return fixed
    return lambda row: fold([part(row) for part in moving] + [fixed])


COMPARISONS = {Is, Within, Known}


def atoms(when: Condition) -> Sequence[Is | Within | Known]:
    """Every comparison in a condition."""
    if type(when) is All and COMPARISONS.issuperset(map(type, when.of)):  # nearly every one of a large book
        return when.of  # type: ignore[return-value]
    found: list[Is | Within | Known] = []
    stack = [when]
    while stack:
        part = stack.pop()
        if isinstance(part, All | Any):
            stack.extend(part.of)
        elif isinstance(part, Not):
            stack.append(part.of)
        else:
            found.append(part)
    return found


# ---------------------------------------------------------------- making conditions


def turned_over(part: Part) -> Part:
    if callable(part):
        return lambda row: opposite(part(row))
    return opposite(part)


def settled(holds: bool) -> Condition:
    return ALWAYS if holds else NEVER


def reader(side: Side) -> Callable[[int], Value | None]:
    if isinstance(side, Column):
        return side.values.__getitem__
    return lambda row: side


def tick_of(value: Side | None) -> int | None:
    return value if isinstance(value, int) else None


def inside(value: Value | None, low: Value | None, high: Value | None) -> bool:
    if not isinstance(value, int):
        return False
    return (not isinstance(low, int) or low <= value) and (not isinstance(high, int) or value <= high)


def within(subject: Subject, low: int | None, high: int | None) -> Condition:
    """Within, or NEVER when no tick is between."""
    if low is not None and high is not None and low > high:
        return NEVER
    return Within(subject, low, high)


def bounds(relation: str, tick: int) -> tuple[int | None, int | None]:
    """The inclusive range that `relation tick` is."""
    return {
        "<": (None, tick - 1), "<=": (None, tick), ">": (tick + 1, None), ">=": (tick, None), "=": (tick, tick),
    }[relation]  # fmt: skip


def converted(relation: str, ticks: Fraction, upper: bool) -> int:
    """Ticks of another unit as the nearest whole ticks that bound the same quantities; `upper`: the end of a range.

    What is equal to none can be no quantity: -1.
    """
    if relation in ("<", ">="):
        return math.ceil(ticks)
    if relation in (">", "<="):
        return math.floor(ticks)
    if relation in ("range", "not range"):
        return math.floor(ticks) if upper else math.ceil(ticks)
    return int(ticks) if ticks.denominator == 1 else -1


def compared(subject: Look | Column, relation: str, side: Side) -> Part:
    """`a >= b`."""
    if isinstance(subject, Column):
        mine, other = reader(subject), reader(side)
        return lambda row: settled(_holds(mine(row), relation, other(row)))
    look = subject.subject
    if not isinstance(side, Column):
        return Within(look, *bounds(relation, int(side)))
    values = side.values
    return lambda row: NEVER if values[row] is None else Within(look, *bounds(relation, int(values[row] or 0)))


def _holds(value: Value | None, relation: str, other: Value | None) -> bool:
    if not isinstance(value, int) or not isinstance(other, int):
        return False
    low, high = bounds(relation, other)
    return (low is None or low <= value) and (high is None or value <= high)


def equal(subject: Look | Column, sides: list[Side]) -> Part:
    """`a is b` or `a in b, c` where there is an order."""
    if isinstance(subject, Column) or any(isinstance(side, Column) for side in sides):
        parts: list[Part] = [compared(subject, "=", side) for side in sides]
        return joined(some, parts)
    return some([Within(subject.subject, int(side), int(side)) for side in sides])  # type: ignore[arg-type]


def among(subject: Look | Column, sides: list[Side]) -> Part:
    """`a is b` or `a in b, c` among words (or products)."""
    fixed: frozenset[Value] = frozenset(side for side in sides if not isinstance(side, Column))
    moving = [side.values for side in sides if isinstance(side, Column)]
    if isinstance(subject, Column):
        mine = subject.values
        return lambda row: settled(
            mine[row] is not None and (mine[row] in fixed or any(v[row] == mine[row] for v in moving))
        )
    look = subject.subject
    named = frozenset(map(str, fixed))
    if not moving:
        return Is(look, named)
    return lambda row: one_of(look, named | {str(v[row]) for v in moving if v[row] is not None})


def one_of(subject: Subject, values: frozenset[str]) -> Condition:
    return Is(subject, values) if values else NEVER
