"""What is left of every option under a user's choices, and what each would make the whole cost: the answer to a click."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from engine.configure.circuit import Circuit, Costs, Workspace
from engine.configure.explain import Contradiction, conflict
from engine.kernels import circuit as kernel
from engine.kernels.circuit import EXCLUDED, FORCED, POSSIBLE
from engine.kernels.circuit_costs import NONE, every

__all__ = ["EXCLUDED", "FORCED", "POSSIBLE", "Prices", "domains", "prices"]


@dataclass(frozen=True, slots=True)
class Prices:
    """The least total, and of each literal of each option the least total with it (int64 [2 options]); NO_PRICE: in none."""

    least: int
    with_literal: np.ndarray

    def option(self, option: int) -> int | None:
        """The least total with an option chosen, None where it cannot be."""
        found = int(self.with_literal[2 * option])
        return None if found == NO_PRICE else found


NO_PRICE = NONE


def domains(circuit: Circuit, choices: Iterable[int], room: Workspace | None = None) -> np.ndarray:
    """Of each option POSSIBLE, FORCED or EXCLUDED (int8 [options], the workspace's own). Contradictory choices are refused."""
    room, chosen = room or circuit.workspace(), circuit.choices(choices)
    if not kernel.domains(circuit.arena, chosen, room.barred, room.dead, room.holds, room.literals, room.out):
        raise _contradiction(circuit, chosen, room)
    return room.out


def prices(circuit: Circuit, choices: Iterable[int], costs: Costs, room: Workspace | None = None) -> Prices:
    """The least total under the choices, and with every option (int64 [2 options], the workspace's own)."""
    room, chosen = room or circuit.workspace(), circuit.choices(choices)
    least = every(circuit.arena, chosen, costs.weights, costs.base, costs.always, room.barred, room.dead, room.total, room.value,
                  room.above, room.best, room.prices)  # fmt: skip
    if least == NONE:
        raise _contradiction(circuit, chosen, room)
    return Prices(int(least), room.prices)


def _contradiction(circuit: Circuit, chosen: np.ndarray, room: Workspace) -> Contradiction:
    found = conflict(circuit, chosen.tolist(), room=room)
    assert found is not None
    return Contradiction(circuit.model, found)
