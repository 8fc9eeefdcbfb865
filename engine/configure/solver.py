"""Exact answers without a circuit: for models that do not compile, and for sets of rules that no circuit was made of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from engine.configure.bounds import Bounds
from engine.configure.model import ModelError
from engine.kernels.circuit_propagate import HOLDS
from engine.kernels.circuit_solve import NO, UNKNOWN, YES, solve

MOST_CONFLICTS = 1_000_000


class Undecided(ModelError):
    """The limit on conflicts was reached before there was an answer."""


@dataclass(frozen=True, slots=True)
class Found:
    """`chosen`: of each variable whether it is, None where there is no configuration; then `rules` are enough to see it."""

    chosen: np.ndarray | None
    rules: tuple[int, ...] = ()


def satisfy(
    bounds: Bounds,
    assumptions: Iterable[int] = (),
    near: np.ndarray | None = None,
    most_conflicts: int = MOST_CONFLICTS,
) -> Found:
    """A configuration that reaches all bounds and has all assumptions, as near to `near` as comes easily; or that there is none."""
    phases = np.zeros(bounds.variables, np.int8) if near is None else near.astype(np.int8)
    assumed = np.array(sorted(set(assumptions)), np.int32)
    answer, state, used = solve(
        bounds.starts, bounds.literals, bounds.weights, bounds.reach, bounds.variables, assumed, phases, most_conflicts
    )
    if answer == UNKNOWN:
        raise Undecided(f"not decided within {most_conflicts:,} conflicts; allow more of them")
    if answer == NO:
        return Found(None, tuple(sorted(set(bounds.rules[used == 1].tolist()))))
    assert answer == YES
    return Found(state[::2] == HOLDS)
