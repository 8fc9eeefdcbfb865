"""A model made small before it is compiled: what always holds is taken out, and options that always go together become one class.

Feature trees are full of both: a part that its parent always has is the parent under another name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from engine.configure.bounds import Bounds, arrays
from engine.kernels.circuit_layout import ALWAYS, NEVER
from engine.kernels.circuit_probe import probe
from engine.kernels.circuit_propagate import HOLDS, OPEN


@dataclass(frozen=True)
class Reduced:
    """`bounds` over classes; `classes[o]` is the literal of a class that says that option o is chosen, ALWAYS or NEVER.

    possible: false where the rules plainly contradict one another.
    """

    possible: bool
    classes: np.ndarray
    bounds: Bounds


def reduce(bounds: Bounds) -> Reduced:
    """The same configurations over fewer variables."""
    found, state, same = probe(bounds.starts, bounds.literals, bounds.weights, bounds.reach, bounds.variables)
    if not found:
        return Reduced(False, np.full(bounds.variables, NEVER, np.int32), arrays(0, ()))
    stands = [_stands_for(2 * v, same, state) for v in range(bounds.variables)]
    own = sorted({literal >> 1 for literal in stands if literal >= 0})
    number = {v: at for at, v in enumerate(own)}
    classes = [literal if literal < 0 else 2 * number[literal >> 1] + (literal & 1) for literal in stands]
    return Reduced(True, np.array(classes, np.int32), arrays(len(own), _without_twins(_rewritten(bounds, classes))))


def _stands_for(literal: int, same: np.ndarray, state: np.ndarray) -> int:
    """The literal of a class that a literal is, or ALWAYS or NEVER."""
    while True:
        if state[literal] != OPEN:
            return ALWAYS if state[literal] == HOLDS else NEVER
        other = int(same[literal >> 1]) ^ (literal & 1)
        if other == literal:
            return literal
        literal = other


def _rewritten(bounds: Bounds, classes: list[int]) -> Iterator[tuple[dict[int, int], int, int]]:
    """Bounds over classes: what holds counts at once, what fails is left out, a literal and its opposite count the lighter."""
    for at in range(len(bounds)):
        weighed, reach = bounds.of(at)
        merged: dict[int, int] = {}
        for literal, weight in weighed.items():
            found = classes[literal >> 1]
            if found < 0:
                reach -= weight if (found == ALWAYS) != bool(literal & 1) else 0
                continue
            found ^= literal & 1
            merged[found] = merged.get(found, 0) + weight
        for literal in [one for one in merged if not one & 1 and one ^ 1 in merged]:
            lighter = min(merged[literal], merged[literal ^ 1])
            reach -= lighter
            for side in (literal, literal ^ 1):
                merged[side] -= lighter
                if not merged[side]:
                    del merged[side]
        if reach > 0:
            yield {literal: min(weight, reach) for literal, weight in merged.items()}, reach, int(bounds.rules[at])


def _without_twins(bounds: Iterator[tuple[dict[int, int], int, int]]) -> Iterator[tuple[dict[int, int], int, int]]:
    """Each bound once, and no clause that another clause is part of where that is cheap to see: by its two-literal parts."""
    every = {(tuple(sorted(weighed.items())), reach): rule for weighed, reach, rule in bounds}
    pairs = {frozenset(one for one, _ in items) for items, reach in every if reach == 1 and len(items) == 2}
    for (items, reach), rule in every.items():
        literals = [one for one, _ in items]
        clause = reach == 1 and 2 < len(items) <= 30
        if clause and any(frozenset((a, b)) in pairs for at, a in enumerate(literals) for b in literals[at + 1 :]):
            continue
        yield dict(items), reach, rule
