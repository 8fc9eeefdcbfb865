"""A compiled model: its arena, what it is about, and a workspace for passes over it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from engine.configure.model import MOST_COST_MICROS, Model, ModelError
from engine.kernels import circuit_layout as at
from engine.kernels.circuit_costs import weigh, weigh_few


@dataclass(frozen=True)
class Circuit:
    """Answers come from `arena` alone; `model` names its options. exact_sums: whether the model's sums are in it."""

    model: Model
    arena: np.ndarray = field(repr=False)
    exact_sums: bool = True

    def __post_init__(self) -> None:
        self.arena.flags.writeable = (
            False  # as one that is mapped from a file: kernels are compiled apart for arrays they may write
        )

    @property
    def nodes(self) -> int:
        """How many nodes it has."""
        return int(self.arena[at.H_NODES])

    @property
    def edges(self) -> int:
        """How many edges it has."""
        return int(self.arena[at.H_EDGES])

    @property
    def variables(self) -> int:
        """How many classes of options are left to choose."""
        return int(self.arena[at.H_VARIABLES])

    @cached_property
    def count(self) -> int:
        """How many configurations there are, exactly."""
        return count(self, ())

    def choices(self, literals: Iterable[int]) -> np.ndarray:
        """Choices in the form that passes take. Their order never matters: they are sorted."""
        chosen = sorted(set(literals))
        if chosen and not 0 <= chosen[0] <= chosen[-1] < 2 * len(self.model.options):
            raise ModelError(
                f"{self.model.name} has options 0 to {len(self.model.options) - 1}; a choice names another"
            )
        return np.array(chosen, np.int32)

    def workspace(self) -> Workspace:
        """Room for passes; one at a time may use it."""
        return Workspace(self)


class Workspace:
    """What passes write into. Not shared between threads."""

    def __init__(self, circuit: Circuit) -> None:
        literals, options = 2 * circuit.variables, len(circuit.model.options)
        self.barred, self.literals = np.zeros(literals, np.int8), np.zeros(literals, np.int8)
        self.dead, self.holds = np.zeros(circuit.edges, np.int8), np.zeros(circuit.nodes, np.int8)
        self.total, self.value = np.zeros(circuit.edges, np.int64), np.zeros(circuit.nodes, np.int64)
        self.above, self.best = np.zeros(circuit.nodes, np.int64), np.zeros(literals, np.int64)
        self.out, self.prices = np.zeros(options, np.int8), np.zeros(2 * options, np.int64)


@dataclass(frozen=True)
class Costs:
    """What options cost, in micros, as passes want it: by literal of a class, by edge, and what is no matter of choice."""

    weights: np.ndarray = field(repr=False)
    base: np.ndarray = field(repr=False)
    always: int


def costs_of(circuit: Circuit, by_literal: Iterable[int] | np.ndarray) -> Costs:
    """Costs made ready, once for a list of prices: of each option what it costs chosen, and what it costs not chosen, in turn."""
    costs = _fitting(circuit.model, by_literal)
    if len(costs) != 2 * len(circuit.model.options):
        raise ModelError(
            f"{circuit.model.name} has {len(circuit.model.options)} options; each needs two costs, chosen and not"
        )
    weights, base = np.zeros(2 * circuit.variables, np.int64), np.zeros(circuit.edges, np.int64)
    return Costs(weights, base, int(weigh(circuit.arena, costs, weights, base)))


def prices_of(circuit: Circuit, micros: Iterable[int] | np.ndarray) -> Costs:
    """Costs of options that cost what is given where they are chosen, and nothing where not."""
    chosen = _fitting(circuit.model, micros)
    both = np.zeros(2 * len(chosen), np.int64)
    both[::2] = chosen
    return costs_of(circuit, both)


def few_costs(circuit: Circuit, costs: Mapping[int, int], room: Workspace | None = None) -> Costs:
    """Costs of a few literals, as quickly as a click needs it; all others cost nothing."""
    room = room or circuit.workspace()
    micros = _fitting(circuit.model, list(costs.values()))
    literals = np.array(list(costs), np.int32)
    weights, base = np.empty(2 * circuit.variables, np.int64), np.empty(circuit.edges, np.int64)
    return Costs(weights, base, int(weigh_few(circuit.arena, literals, micros, weights, base, room.barred)))


def _fitting(model: Model, micros: Iterable[int] | np.ndarray) -> np.ndarray:
    """Costs as int64; refused where they could come to more than a word holds with room to spare."""
    given = micros.tolist() if isinstance(micros, np.ndarray) else list(micros)
    if sum(map(abs, given)) > MOST_COST_MICROS:
        raise ModelError(
            f"{model.name}: all costs together may come to {MOST_COST_MICROS:,} micros at most; leave out what is too dear"
        )
    return np.array(given, np.int64)


def count(circuit: Circuit, literals: Iterable[int]) -> int:
    """How many configurations have all these choices. Whole numbers of any size: not for the speed of a click."""
    arena, chosen = circuit.arena, circuit.choices(literals)
    barred = set()
    for literal in chosen.tolist():
        own = int(arena[arena[at.H_CLASS] + (literal >> 1)])
        if own < 0:
            if (own == at.NEVER) != bool(literal & 1):
                return 0
        else:
            barred.add(own ^ 1 ^ (literal & 1))
    nodes, lits, frees, children = (_lists(arena, *where) for where in _PARTS)
    counts: list[int] = []
    for n in range(circuit.nodes):
        total = 0
        for e in range(nodes[0][n], nodes[0][n + 1]):
            if any(literal in barred for literal in _part(lits, e)):
                continue
            found = 1
            for v in _part(frees, e):
                found *= 2 - (2 * v in barred) - (2 * v + 1 in barred)
            for below in _part(children, e):
                found *= counts[below]
            total += found
        counts.append(total)
    return counts[-1]


_PARTS = ((at.H_NODE, None), (at.H_LITERAL, at.H_LITERALS), (at.H_FREE, at.H_FREES), (at.H_CHILD, at.H_CHILDREN))
Lists = tuple[list[int], list[int]]


def _lists(arena: np.ndarray, starts: int, items: int | None) -> Lists:
    many = int(arena[at.H_NODES if items is None else at.H_EDGES]) + 1
    first = arena[arena[starts] : arena[starts] + many].tolist()
    return first, [] if items is None else arena[arena[items] : arena[items] + first[-1]].tolist()


def _part(lists: Lists, e: int) -> list[int]:
    return lists[1][lists[0][e] : lists[0][e + 1]]
