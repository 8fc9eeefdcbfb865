"""How to get an option that the choices exclude: the fewest, or the cheapest, of them to undo, for every option in one pass.

Choices become wishes: going against one costs its weight, and the cheapest configuration with the option undoes the least.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.configure.circuit import Circuit, Costs, Workspace, few_costs
from engine.configure.complete import cheapest
from engine.configure.domains import NO_PRICE, prices

KEEP_NEWEST, KEEP_OLDEST = "newest", "oldest"


@dataclass(frozen=True, slots=True)
class Repairs:
    """Of each literal of each option the least weight of choices undone to have it (int64 [2 options]); NO_PRICE: never."""

    undone: np.ndarray


def weights_of(choices: Sequence[int], keep: str = KEEP_NEWEST) -> dict[int, int]:
    """Weights by which the fewest choices are undone and, of as few, those that matter least: choices are given oldest first."""
    ranks = range(len(choices)) if keep == KEEP_NEWEST else range(len(choices) - 1, -1, -1)
    each = sum(ranks) + 1
    return {choice: each + rank for choice, rank in zip(choices, ranks, strict=True)}


def undone(weight: int, weights: Mapping[int, int]) -> int:
    """How many choices a weight of `weights_of` undoes."""
    return weight // (len(weights) * (len(weights) - 1) // 2 + 1)


def repairs(circuit: Circuit, weights: Mapping[int, int], room: Workspace | None = None) -> Repairs:
    """What each option would undo of the choices that are weighed."""
    room = room or circuit.workspace()
    return Repairs(prices(circuit, (), _wishes(circuit, weights, room), room).with_literal)


def repair(
    circuit: Circuit, weights: Mapping[int, int], literal: int, fixed: Iterable[int] = (), room: Workspace | None = None
) -> tuple[int, ...] | None:
    """The choices to undo so that `literal` can be had, least weight first decided; None where it never can. `fixed` are kept."""
    room = room or circuit.workspace()
    costs = _wishes(circuit, weights, room)
    wanted = (literal, *fixed)
    if prices(circuit, fixed, costs, room).with_literal[literal] == NO_PRICE:
        return None
    chosen = cheapest(circuit, wanted, costs, room).chosen
    return tuple(choice for choice in weights if chosen[choice >> 1] == (choice & 1))


def one_by_one(
    fits: Callable[[list[int]], bool], weights: Mapping[int, int], fixed: Iterable[int],
    of: Mapping[int, Sequence[int]] | None = None,
) -> tuple[int, ...] | None:  # fmt: skip
    """The choices to undo, found without a circuit: put back one by one, the weightiest first, so that none that is undone could stay.
    None where `fixed` alone do not fit. `of`: the literals of each choice, where it is not just its own.
    """
    kept = list(fixed)
    if not fits(kept):
        return None
    undone = []
    for choice in sorted(weights, key=lambda one: (-weights[one], one)):
        more = [*kept, *(of[choice] if of else (choice,))]
        if fits(more):
            kept = more
        else:
            undone.append(choice)
    return tuple(undone)


def _wishes(circuit: Circuit, weights: Mapping[int, int], room: Workspace) -> Costs:
    return few_costs(circuit, {choice ^ 1: weight for choice, weight in weights.items()}, room)
