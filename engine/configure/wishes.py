"""What going against a default or preference costs: of what stands inside something only while that is there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.configure.configured import Configured


def under_of(made: Configured) -> np.ndarray:
    """Of each option that is there with another only, that other; -1 of those that are always there."""
    found = np.full(len(made.options), -1, np.int64)
    for variable in made.scope.values():
        own = [*variable.values.values(), *([] if variable.none is None else [variable.none])]
        present = own[0] if own else variable.under
        pairs = [(option, present) for *_, option in variable.amounts] + [(option, variable.under) for option in own]
        for option, around in pairs:
            if around is not None and around != option:
                found[option] = around
    return found


def wish(costs: np.ndarray, literals: Sequence[int], weight: int, under: np.ndarray) -> None:
    """Add to costs (int64 [2 options]) what missing these literals weighs: what an option stands under (`under_of`) costs the weight
    while it is there, less that where the literal is met."""
    wished = np.array(literals, np.int64)
    around = np.where(wished & 1, -1, under[wished >> 1])
    inside, always = wished[around >= 0], wished[around < 0]
    np.add.at(costs, 2 * around[around >= 0], weight)
    np.subtract.at(costs, inside, weight)
    np.add.at(costs, always ^ 1, weight)
