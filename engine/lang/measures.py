"""Units of a kind, and quantities from one to the other: a box of 5 pieces is 5 pieces, a piece a fifth of a box.

All of it exact: what does not convert to whole ticks stays a `Fraction`, and whoever needs a quantity refuses it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction

from engine.lang.book import Sold, Tier, Tiers, Unit
from engine.values.kinds import MICROS, decimal


def root(units: Sequence[Unit], index: int) -> int:
    """The unit that a unit is made of in the end; itself where it is made of none."""
    of = units[index].of
    return index if of is None else of


def times(units: Sequence[Unit], one: int, other: int) -> Fraction | None:
    """How many of `other` one `one` is; None where they are not of a kind."""
    if one == other:
        return Fraction(1)
    if root(units, one) != root(units, other):
        return None
    return units[one].size / units[other].size


def of_kind(units: Sequence[Unit], index: int) -> list[int]:
    """The units of a unit's kind, itself too."""
    return [other for other in range(len(units)) if root(units, other) == root(units, index)]


def share_kinds(units: Sequence[Unit], used: Iterable[int]) -> bool:
    """Whether two of these units are of a kind."""
    roots = [root(units, index) for index in set(used)]
    return len(set(roots)) < len(roots)


def grain(unit: Unit) -> int:
    """The finest legal quantity of a unit, in ticks."""
    return MICROS // int(10**unit.decimals)


def counted(unit: Unit, ticks: int) -> str:
    """`1 piece`, `12 pieces`."""
    return f"{decimal(ticks)} {unit.name if ticks == MICROS else unit.plural}"


def first_ticks(tiers: Tiers, row: Tier) -> int:
    """The first ticks of a product's own unit that reach a tier measured by quantity."""
    start = (row.start + tiers.free) / tiers.scale
    return math.ceil(start) if row.inclusive else math.floor(start) + 1


# ---------------------------------------------------------------- what may be sold


def legal(sold: Sold, ticks: int) -> bool:
    """Whether so much may be sold at once; nothing, and a credit, always."""
    if ticks <= 0:
        return True
    return (
        (not sold.step or ticks % sold.step == 0)
        and (sold.least is None or ticks >= sold.least)
        and (sold.most is None or ticks <= sold.most)
    )


def ends(sold: Sold, finest: int) -> tuple[int, int | None]:
    """The least and the most that can be sold: within the bounds, and a multiple."""
    step = math.lcm(sold.step or finest, finest)
    least = max(step, -(-(sold.least or 0) // step) * step)
    return least, None if sold.most is None else sold.most // step * step


def nearest(sold: Sold, finest: int, ticks: int) -> list[int]:
    """The legal quantities next to one that is not: one below and one above it, where there are."""
    step = math.lcm(sold.step or finest, finest)
    least, most = ends(sold, finest)
    below, above = ticks // step * step, -(-ticks // step) * step
    below = below if most is None else min(below, most)
    found = {below if below >= least else None, max(above, least)}
    return sorted(each for each in found if each is not None and (most is None or each <= most))
