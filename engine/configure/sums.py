"""Sums that are not in the circuit: exact with one bound by passes alone, else by search, as far as its limit goes.

A pass finds the least that a sum can come to, with every option: with one bound that settles all. With several, a pass for each says
what cannot be, and the solver settles the rest. The cheapest configuration within them is found by branching on an option on which
a broken sum turns; what a space comes to at least is a pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from engine.configure.circuit import Circuit, Costs, Workspace, costs_of
from engine.configure.complete import Completion, cheapest
from engine.configure.domains import EXCLUDED, FORCED, NO_PRICE, domains, prices
from engine.configure.explain import Contradiction
from engine.configure.model import ModelError, Sum
from engine.configure.screen import MOST_CONFLICTS, Answer, Screen, contradiction, screen, settle, states_of

BUDGET = 2_000
"""Passes that an answer may take."""


@dataclass(frozen=True, eq=False)
class Most:
    """One side of a sum: what `weights` (int64 [2 options]) come to is `most` at most."""

    weights: np.ndarray
    most: int
    rule: int
    costs: Costs = field(repr=False)

    def of(self, chosen: np.ndarray) -> int:
        """What a configuration comes to."""
        return int(self.weights[2 * np.arange(len(chosen)) + ~chosen].sum())


@dataclass(frozen=True)
class Limited:
    """A circuit with the sums that are not in it."""

    circuit: Circuit
    limits: tuple[Most, ...]
    screen: Screen = field(repr=False)


class Budget(ModelError):
    """The budget was spent before there was an answer."""


def limited(circuit: Circuit) -> Limited:
    """The sums of a model whose circuit does not have them."""
    rules = () if circuit.exact_sums else enumerate(circuit.model.rules)
    limits = (side for number, rule in rules if isinstance(rule, Sum) for side in _sides(circuit, number, rule))
    return Limited(circuit, tuple(limits), screen(circuit.model))


def _sides(circuit: Circuit, number: int, rule: Sum) -> Iterator[Most]:
    weights = np.zeros(2 * len(circuit.model.options), np.int64)
    for option, weight in rule.terms:
        weights[2 * option] += weight
    if rule.high is not None:
        yield Most(weights, rule.high, number, costs_of(circuit, weights))
    if rule.low is not None:
        yield Most(-weights, -rule.low, number, costs_of(circuit, -weights))


def narrowed(model: Limited, choices: Iterable[int], most_conflicts: int = MOST_CONFLICTS) -> Answer:
    """What is left of every option under the choices and all sums.

    Raises:
        Undecided: with several sums, the limit ended before it was known whether the choices have a configuration at all.
    """
    circuit, chosen = model.circuit, tuple(sorted(set(choices)))
    room = circuit.workspace()
    states = domains(circuit, chosen, room)
    open_ = np.ones(2 * len(states), bool)  # literals that may still be
    open_[::2], open_[1::2] = states != EXCLUDED, states != FORCED
    for limit in model.limits:
        found = prices(circuit, chosen, limit.costs, room)
        if found.least > limit.most:
            raise contradiction(model.screen, chosen, most_conflicts)
        open_ &= found.with_literal <= limit.most
    every = np.ones(len(states), bool)
    unproven = settle(model.screen, chosen, open_, every, most_conflicts) if len(model.limits) > 1 else ~every
    return Answer(states_of(open_), unproven)


def cheapest_within(
    model: Limited, choices: Iterable[int], costs: Costs, budget: int = BUDGET
) -> tuple[Completion, bool]:
    """The cheapest configuration under the choices and all sums, and whether it is proven to be: else it is the best found."""
    search, chosen = _Search(model, budget), tuple(sorted(set(choices)))
    best: Completion | None = None
    proven = True
    try:
        for found in search.improving(chosen, costs):
            best = found
    except Budget:
        proven = False
    if best is None:
        if not proven:
            raise Budget(
                f"{model.circuit.model.name}: no configuration was found within {budget:,} passes, nor that there is none; "
                "allow more of them"
            )
        raise contradiction(model.screen, chosen)
    return best, proven


class _Search:
    """Depth first over choices. Every space is first asked the least that each sum, and the cost, comes to there."""

    def __init__(self, model: Limited, budget: int) -> None:
        self.model, self.circuit, self.left = model, model.circuit, budget
        self.room: Workspace = model.circuit.workspace()

    def improving(self, choices: tuple[int, ...], costs: Costs) -> Iterator[Completion]:
        """Ever cheaper configurations within all limits; the last is the cheapest."""
        spaces, incumbent, limits = [choices], NO_PRICE, self.model.limits
        while spaces:
            space = spaces.pop()
            leasts = [self._least(space, limit.costs) for limit in limits]
            if any(least is None or least.total > limit.most for least, limit in zip(leasts, limits, strict=True)):
                continue
            guide = self._least(space, costs)
            if guide is None or guide.total >= incumbent:
                continue
            over = [limit.of(guide.chosen) - limit.most for limit in limits]
            worst = max(range(len(over)), key=over.__getitem__, default=-1)
            toward = leasts[worst] if worst >= 0 and over[worst] > 0 else None
            if toward is None:
                incumbent = guide.total
                yield guide
            else:
                literal = _turning(limits[worst].weights, guide.chosen, toward.chosen)
                spaces += [(*space, literal ^ 1), (*space, literal)]

    def _least(self, space: Sequence[int], costs: Costs) -> Completion | None:
        """The cheapest configuration of a space; spends a pass."""
        if self.left == 0:
            raise Budget
        self.left -= 1
        try:
            return cheapest(self.circuit, space, costs, self.room)
        except Contradiction:
            return None


def _turning(weights: np.ndarray, guide: np.ndarray, toward: np.ndarray) -> int:
    """The literal of `toward` in which it saves the most against `guide`; there is one where it comes to less."""
    options = np.arange(len(guide))
    saved = weights[2 * options + ~guide] - weights[2 * options + ~toward]
    option = int(np.argmax(saved))
    return 2 * option + (not toward[option])
