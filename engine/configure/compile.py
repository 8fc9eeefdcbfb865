"""A model compiled once: reduced, ordered, searched, laid out. Bounded in steps and room, so that a bad model is told, not waited for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.configure.bounds import Bounds, bounds_of
from engine.configure.circuit import Circuit
from engine.configure.model import Model, ModelError, Sum
from engine.configure.reduce import Reduced, reduce
from engine.kernels.circuit_fold import closures, fold
from engine.kernels.circuit_layout import lay_out
from engine.kernels.circuit_order import order
from engine.kernels.circuit_search import DONE, IMPOSSIBLE, search


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a compile may take: steps (about 50 to 100 million a second) and room (words of 4 bytes, for each of two stores)."""

    steps: int = 2_000_000_000
    room: int = 1 << 25


class Impossible(ModelError):
    """No configuration keeps all the rules."""


class TooHard(ModelError):
    """The model does not compile within the limits."""


def compile_model(model: Model, limits: Limits = Limits()) -> Circuit:
    """The circuit of a model; its sums are in it where that fits, else they are left to `sums`."""
    try:
        return Circuit(model, _compiled(model, bounds_of(model), limits), exact_sums=True)
    except TooHard:
        if not any(isinstance(rule, Sum) for rule in model.rules):
            raise
    return Circuit(model, _compiled(model, bounds_of(model, sums=False), limits), exact_sums=False)


def _compiled(model: Model, bounds: Bounds, limits: Limits) -> np.ndarray:
    """The arena: of two ways to order the decisions, the one that makes the smaller circuit."""
    reduced = reduce(bounds)
    if not reduced.possible:
        raise Impossible(f"{model.name}: no configuration keeps all its rules")
    arenas = []
    by_bags = order(reduced.bounds.starts, reduced.bounds.literals, reduced.bounds.variables)
    for rank in (by_bags, np.zeros_like(by_bags)):
        ended, arena = _searched(reduced, rank, limits)
        if ended == IMPOSSIBLE:
            raise Impossible(f"{model.name}: no configuration keeps all its rules")
        if arena is not None:
            arenas.append(arena)
            limits = Limits(
                limits.steps // 4, limits.room
            )  # the second way is for a smaller circuit, not for its own sake
    if not arenas:
        raise TooHard(
            f"{model.name} does not compile within {limits.steps:,} steps and {limits.room:,} words; "
            "raise the limits, or leave wide sums out of it"
        )
    return min(arenas, key=len)


def _searched(reduced: Reduced, rank: np.ndarray, limits: Limits) -> tuple[int, np.ndarray | None]:
    bounds = reduced.bounds
    ended, edges, items, nodes, _ = search(
        bounds.starts, bounds.literals, bounds.weights, bounds.reach, bounds.variables, rank, _plain(bounds),
        limits.steps, limits.room,
    )  # fmt: skip
    if ended != DONE:
        return ended, None
    forced = closures(bounds.starts, bounds.literals, bounds.weights, bounds.reach, bounds.variables, limits.room)
    folded = fold(edges, items, nodes, *forced)
    return DONE, lay_out(*folded, bounds.variables, reduced.classes)


def _plain(bounds: Bounds) -> np.ndarray:
    """How much of a bound the key of a part must say (`circuit_parts.write_key`)."""
    sizes = np.diff(bounds.starts)
    heaviest = bounds.weights[bounds.starts[:-1]]
    clause = bounds.reach == 1
    told_by_number = clause | ((heaviest == 1) & (bounds.reach >= sizes - 1))
    return np.where(clause & (sizes == 2), 2, np.where(told_by_number, 1, 0)).astype(np.int8)
