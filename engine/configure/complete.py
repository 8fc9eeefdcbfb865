"""From a half-done configuration to a whole one: the cheapest, the next cheapest, or that which keeps most defaults."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count, islice

import numpy as np

from engine.configure.circuit import Circuit, Costs, Workspace, costs_of
from engine.configure.domains import NO_PRICE, prices
from engine.configure.model import MOST_COST_MICROS, ModelError
from engine.kernels.circuit_costs import least, trace


@dataclass(frozen=True)
class Completion:
    """A whole configuration (of each option whether it is chosen: bool [options]) and what it costs."""

    chosen: np.ndarray
    total: int


def cheapest(circuit: Circuit, choices: Iterable[int], costs: Costs, room: Workspace | None = None) -> Completion:
    """The cheapest configuration with the choices. Of several as cheap always the same."""
    room, chosen = room or circuit.workspace(), circuit.choices(choices)
    total = _least(circuit, chosen, costs, room)
    if total == NO_PRICE:
        prices(circuit, chosen.tolist(), costs, room)  # which says what contradicts
    trace(circuit.arena, costs.weights, room.barred, room.total, room.value, room.holds, room.literals, room.out)
    return Completion(room.out != 0, total + costs.always)


def alternatives(circuit: Circuit, choices: Iterable[int], costs: Costs, many: int) -> tuple[Completion, ...]:
    """The cheapest configurations with the choices, in order of what they cost; as many as asked, or all there are."""
    return tuple(islice(cheapest_first(circuit, tuple(choices), costs), many))


def cheapest_first(circuit: Circuit, choices: Sequence[int], costs: Costs) -> Iterator[Completion]:
    """Every configuration with the choices, the cheapest first; three passes for each.

    What is not the best of a space differs from it in some literal, and the prices say in which one at least cost. That literal
    splits the space in two, and of each half the best is known.
    """
    room, serial = circuit.workspace(), count()
    best = cheapest(circuit, choices, costs, room)
    yield best
    halves: list[tuple[int, int, int, tuple[int, ...], Completion]] = []
    found = [(tuple(choices), best)]
    while True:
        for space, known in found:
            total, literal = _second(circuit, space, known, costs, room)
            if total != NO_PRICE:
                heapq.heappush(halves, (total, literal, next(serial), space, known))
        if not halves:
            return
        _, literal, _, space, known = heapq.heappop(halves)
        second = cheapest(circuit, (*space, literal), costs, room)
        yield second
        found = [((*space, literal), second), ((*space, literal ^ 1), known)]


def _second(circuit: Circuit, space: Sequence[int], best: Completion, costs: Costs, room: Workspace) -> tuple[int, int]:
    """The least total of what differs from the best of a space, and a literal in which it does."""
    with_literal = prices(circuit, space, costs, room).with_literal
    others = 2 * np.arange(len(best.chosen)) + best.chosen
    at = int(np.argmin(with_literal[others]))
    return int(with_literal[others[at]]), int(others[at])


def in_turn(circuit: Circuit, choices: Iterable[int], first: np.ndarray, then: np.ndarray) -> Costs:
    """Costs by which `first` decides, and `then` only between equals: defaults kept before money saved, or the other way.

    Both by literal (int64 [2 options]). `first` is scaled by no more than what `then` can differ by under the choices.
    """
    room, chosen = circuit.workspace(), circuit.choices(choices)
    low = _least(circuit, chosen, costs_of(circuit, then), room)
    high = _least(circuit, chosen, costs_of(circuit, -then), room)
    span = 1 if NO_PRICE in (low, high) else -high - low + 1
    if max(span, 1) * (sum(map(abs, first.tolist())) + 1) + sum(map(abs, then.tolist())) > MOST_COST_MICROS:
        raise ModelError(
            f"{circuit.model.name}: these costs in turn do not fit a word; make the first of them smaller numbers"
        )
    return costs_of(circuit, first * span + then)


def _least(circuit: Circuit, chosen: np.ndarray, costs: Costs, room: Workspace) -> int:
    return int(least(circuit.arena, chosen, costs.weights, costs.base, room.barred, room.dead, room.total, room.value))
