"""Settles units that are made of others: `box boxes of 5 pieces, pallet pallets of 40 boxes`, in any order."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from engine.lang import words
from engine.lang.draft import Draft
from engine.lang.syntax import UnitDecl
from engine.values.kinds import MICROS, millionths

Steps = dict[int, tuple[int, Fraction]]
"""Of a unit: the unit that it is made of, and how many."""


def made_of(draft: Draft, declared: tuple[UnitDecl, ...]) -> None:
    """Give each unit the one that it is made of in the end, and how many of it."""
    steps: Steps = {}
    for decl in declared:
        step = _step(draft, decl)
        if step is not None and (index := draft.unit_of.get(decl.name.text)) is not None:
            steps[index] = step
    for decl in declared:
        index = draft.unit_of.get(decl.name.text)
        if index not in steps or index is None:
            continue
        end = _followed(steps, index)
        if end is None:
            draft.report.add(words.unit_of_itself(decl.name.text, decl.span))
        else:
            draft.units[index] = replace(draft.units[index], of=end[0], size=end[1])


def _step(draft: Draft, decl: UnitDecl) -> tuple[int, Fraction] | None:
    if decl.times is None or decl.of is None:
        return None
    other = draft.find("unit", decl.of, draft.unit_of)
    try:
        ticks = millionths(decl.times.text)
    except ValueError as wrong:
        draft.report.add(words.unreadable(str(wrong), decl.times.span))
        return None
    if ticks <= 0:
        draft.report.add(words.unit_of_nothing(decl.name.text, decl.times.text, decl.times.span))
        return None
    return None if other is None else (other, Fraction(ticks, MICROS))


def _followed(steps: Steps, index: int) -> tuple[int, Fraction] | None:
    """The end of a chain and how many of it; None where it comes back."""
    size, at = Fraction(1), index
    for _ in range(len(steps) + 1):
        if at not in steps:
            return at, size
        at, times = steps[at]
        size *= times
    return None
