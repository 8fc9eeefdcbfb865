"""What a bundle is completed to by its defaults and preferences alone: in every best way, whatever things cost.

A best way misses the fewest defaults, of those the fewest preferences. A default of what stands inside something counts while that
is there.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from engine.configure.circuit import costs_of
from engine.configure.compile import TooHard, compile_model
from engine.configure.configured import Configured
from engine.configure.explain import Contradiction
from engine.configure.sums import Budget, Limited, cheapest_within, limited
from engine.configure.variables import literals_of
from engine.configure.wishes import under_of, wish
from engine.configure.wording import clauses_of
from engine.lang import configurable as c


def wish_costs(made: Configured) -> np.ndarray:
    """What each literal (int64 [2 options]) costs by the defaults and preferences that it misses."""
    costs, under = np.zeros(2 * len(made.options), np.int64), under_of(made)
    preferences = sum(len(wanted.literals) for wanted in made.wanted if not wanted.is_default)
    for wanted in made.wanted:
        wish(costs, wanted.literals, preferences + 1 if wanted.is_default else 1, under)
    return costs


class Completions:
    """The best completions of a model."""

    def __init__(self, made: Configured) -> None:
        self.made = made

    @cached_property
    def _ready(self) -> Limited:
        return limited(compile_model(self.made.model))

    def unlike(self, holds: c.Holds) -> str:
        """What one of the best completions has instead of a condition; "" where all have it."""
        try:
            best = self._best(())
            read = lambda atom: literals_of(self.made.scope, atom)  # noqa: E731
            for clause in clauses_of(holds, read, True, self.made.bundle.span):
                other = self._best(tuple(literal ^ 1 for literal in clause))
                if other is not None and best is not None and other[0] <= best[0]:
                    return self._said(holds, other[1])
        except (TooHard, Budget):
            return "too hard to complete in a test"
        return ""

    def _best(self, literals: tuple[int, ...]) -> tuple[int, np.ndarray] | None:
        """The least that is missed with some literals, and how."""
        try:
            found, _ = cheapest_within(self._ready, literals, costs_of(self._ready.circuit, wish_costs(self.made)))
        except Contradiction:
            return None
        return found.total, found.chosen

    def _said(self, holds: c.Holds, chosen: np.ndarray) -> str:
        """What a configuration has at the paths of a condition."""
        paths = list(dict.fromkeys(sorted(atom.path for atom in c.atoms_in((holds,)))))
        said = []
        for path in paths:
            has = [o.name for o, so in zip(self.made.options, chosen, strict=True) if so and o.path == path]
            said.append(", ".join(has) or f"{path}={c.NONE}")
        return f"completed to {', '.join(dict.fromkeys(said))}"
