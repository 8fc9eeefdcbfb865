"""The ways to ask a model, by what could be made of it: a circuit, a circuit beside sums, or search alone.

                  states            amounts           proposal           conflict, repair
circuit           exact             exact             exact              exact
circuit, sums     as far as proven  a bound           the best found     minimal by search
search            of what is asked  none              near the wishes    minimal by search
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import NamedTuple

import numpy as np

from engine.configure.circuit import Circuit, Costs, Workspace, costs_of, few_costs
from engine.configure.complete import Completion, cheapest, cheapest_first
from engine.configure.domains import NO_PRICE, prices
from engine.configure.explain import Contradiction, conflict, minimal
from engine.configure.model import Model
from engine.configure.repair import one_by_one, repair, repairs
from engine.configure.screen import Screen, on_screen, screen, states_of
from engine.configure.solver import Undecided, satisfy
from engine.configure.sums import Limited, cheapest_within, limited, narrowed

MOST_CONFLICTS = 2_000
"""What one search of a click may take."""
MOST_WORK = 16_000_000
"""Options asked, times all there are: about two seconds."""
BUDGET = 200
"""Passes that the cheapest within sums may take."""


class Look(NamedTuple):
    """What is left of every option (int8, and bool where that is not proven), the least total and the least with each (int64)."""

    states: np.ndarray
    unproven: np.ndarray
    least: int | None
    with_option: np.ndarray | None
    exact_amounts: bool


class ByCircuit:
    """All in one circuit. Several threads may ask: each pass has a workspace of its own."""

    exact = True

    def __init__(self, circuit: Circuit) -> None:
        self.circuit, self.model = circuit, circuit.model
        self._rooms: deque[Workspace] = deque()

    @contextmanager
    def room(self) -> Iterator[Workspace]:
        """A workspace that nobody else has."""
        try:
            room = self._rooms.pop()
        except IndexError:
            room = self.circuit.workspace()
        try:
            yield room
        finally:
            self._rooms.append(room)

    def look(self, choices: Sequence[int], costs: Costs | None, asked: Sequence[int]) -> Look:
        """Everything, in one pass: what has no total with a literal does not have the literal."""
        assert costs is not None
        with self.room() as room:
            found = prices(self.circuit, choices, costs, room)
            states = states_of(found.with_literal < NO_PRICE)
            return Look(states, np.zeros(len(states), bool), found.least, found.with_literal[::2].copy(), True)

    def best(self, choices: Sequence[int], costs: Costs, wished: Sequence[int]) -> tuple[np.ndarray, bool]:
        """The cheapest configuration, and whether it is proven to be."""
        with self.room() as room:
            return cheapest(self.circuit, choices, costs, room).chosen, True

    def several(
        self, choices: Sequence[int], costs: Costs, wished: Sequence[int], most: int
    ) -> tuple[list[Completion], bool]:
        """The cheapest configurations, best first."""
        return list(islice(cheapest_first(self.circuit, tuple(choices), costs), most)), True

    def conflict(self, choices: Sequence[int], literal: int | None) -> tuple[int, ...] | None:
        """A minimal set of choices that leaves nothing with the literal; None where there is something."""
        with self.room() as room:
            return conflict(self.circuit, choices, literal, room=room)

    def repair(
        self, weights: Mapping[int, int], literal: int | None, fixed: Sequence[int]
    ) -> tuple[tuple[int, ...] | None, bool]:
        """The choices to undo, least weight first decided, and whether that is proven."""
        with self.room() as room:
            if literal is not None:
                return repair(self.circuit, weights, literal, fixed, room), True
            if conflict(self.circuit, fixed, room=room) is not None:
                return None, True
            costs = few_costs(self.circuit, {choice ^ 1: weight for choice, weight in weights.items()}, room)
            return _undone(weights, cheapest(self.circuit, fixed, costs, room).chosen), True

    def repairs(self, weights: Mapping[int, int]) -> np.ndarray:
        """The least weight undone to have each option (int64 [options])."""
        with self.room() as room:
            return repairs(self.circuit, weights, room).undone[::2].copy()


class BySearch:
    """No circuit could be made: options are asked one by one, as far as a limit goes."""

    exact = False

    def __init__(self, screen: Screen) -> None:
        self.screen, self.model = screen, screen.model

    def look(self, choices: Sequence[int], costs: Costs | None, asked: Sequence[int]) -> Look:
        """The options asked; without any, as many as can be. No amounts."""
        options = len(self.model.options)
        some = list(asked or range(options))[: MOST_WORK // options]
        found = on_screen(self.screen, choices, some, MOST_CONFLICTS)
        return Look(found.states, found.unproven, None, None, False)

    def best(self, choices: Sequence[int], costs: Costs, wished: Sequence[int]) -> tuple[np.ndarray, bool]:
        """A configuration near the wishes."""
        near = np.zeros(len(self.model.options), bool)
        near[[literal >> 1 for literal in wished if not literal & 1]] = True
        found = satisfy(self.screen.bounds, choices, near, MOST_CONFLICTS).chosen
        if found is None:
            raise Contradiction(self.model, self.conflict(choices, None) or ())
        return found, False

    def several(
        self, choices: Sequence[int], costs: Costs, wished: Sequence[int], most: int
    ) -> tuple[list[Completion], bool]:
        """One, near the wishes."""
        return [Completion(self.best(choices, costs, wished)[0], 0)], False

    def conflict(self, choices: Sequence[int], literal: int | None) -> tuple[int, ...] | None:
        """As by circuit; minimal as far as the limit goes."""
        fixed, open_ = [] if literal is None else [literal], sorted(set(choices))
        if self._fits(fixed + open_):
            return None
        return tuple(sorted(minimal(self._fits, fixed, open_))) if open_ and self._fits(fixed) else ()

    def repair(
        self, weights: Mapping[int, int], literal: int | None, fixed: Sequence[int]
    ) -> tuple[tuple[int, ...] | None, bool]:
        """None that is undone could stay, and no more is proven."""
        undone = one_by_one(self._fits, weights, [*fixed, *([] if literal is None else [literal])])
        return None if undone is None else tuple(choice for choice in weights if choice in undone), False

    def _fits(self, literals: list[int]) -> bool:
        """Whether a configuration has these, or may have: what is not proven is not said to contradict."""
        try:
            return satisfy(self.screen.bounds, literals, most_conflicts=MOST_CONFLICTS).chosen is not None
        except Undecided:
            return True


class ByCircuitAndSums(BySearch):
    """A circuit of all but the sums, and these beside it."""

    def __init__(self, model: Limited) -> None:
        super().__init__(model.screen)
        self.limited, self.circuit = model, model.circuit
        self.exact = len(model.limits) < 2

    def look(self, choices: Sequence[int], costs: Costs | None, asked: Sequence[int]) -> Look:
        """Every option, as far as sums can be proven; the least total is the best found, and with an option it is no less than said."""
        assert costs is not None
        left = narrowed(self.limited, choices, MOST_CONFLICTS)
        best, _ = cheapest_within(self.limited, choices, costs, BUDGET)
        bound = prices(self.circuit, choices, costs)
        with_option = np.maximum(bound.with_literal[::2], np.where(best.chosen, best.total, bound.least))
        return Look(left.states, left.unproven, best.total, with_option, False)

    def best(self, choices: Sequence[int], costs: Costs, wished: Sequence[int]) -> tuple[np.ndarray, bool]:
        """The cheapest within the sums, or the best found."""
        found, proven = cheapest_within(self.limited, choices, costs, BUDGET)
        return found.chosen, proven

    def several(
        self, choices: Sequence[int], costs: Costs, wished: Sequence[int], most: int
    ) -> tuple[list[Completion], bool]:
        """The cheapest alone."""
        found, proven = cheapest_within(self.limited, choices, costs, BUDGET)
        return [found], proven

    def repair(
        self, weights: Mapping[int, int], literal: int | None, fixed: Sequence[int]
    ) -> tuple[tuple[int, ...] | None, bool]:
        """The least undone within the sums, or the best found."""
        wanted = [*fixed, *([] if literal is None else [literal])]
        costs = np.zeros(2 * len(self.model.options), np.int64)
        for choice, weight in weights.items():
            costs[choice ^ 1] = weight
        try:
            found, proven = cheapest_within(self.limited, wanted, costs_of(self.circuit, costs), BUDGET)
        except Contradiction:
            return None, True
        return _undone(weights, found.chosen), proven


class Given:
    """Another way, of which some literals are so whatever is chosen: facts. They are no choices, and no conflict names them."""

    def __init__(self, way: Way, facts: Sequence[int]) -> None:
        self.way, self.facts = way, tuple(facts)
        self.model: Model = way.model
        self.exact: bool = way.exact
        self.circuit: Circuit | None = getattr(way, "circuit", None)

    def look(self, choices: Sequence[int], costs: Costs | None, asked: Sequence[int]) -> Look:
        """As without facts."""
        with self._named():
            return self.way.look(self._with(choices), costs, asked)

    def best(self, choices: Sequence[int], costs: Costs, wished: Sequence[int]) -> tuple[np.ndarray, bool]:
        """As without facts."""
        with self._named():
            return self.way.best(self._with(choices), costs, wished)

    def several(
        self, choices: Sequence[int], costs: Costs, wished: Sequence[int], most: int
    ) -> tuple[list[Completion], bool]:
        """As without facts."""
        with self._named():
            return self.way.several(self._with(choices), costs, wished, most)

    def conflict(self, choices: Sequence[int], literal: int | None) -> tuple[int, ...] | None:
        """The choices of a minimal set with the facts."""
        found = self.way.conflict(self._with(choices), literal)
        return None if found is None else self._fewest(found, literal)

    def repair(
        self, weights: Mapping[int, int], literal: int | None, fixed: Sequence[int]
    ) -> tuple[tuple[int, ...] | None, bool]:
        """As without facts; these stay."""
        return self.way.repair(weights, literal, self._with(fixed))

    def repairs(self, weights: Mapping[int, int]) -> np.ndarray | None:
        """As without facts, which weigh more than all choices; None where no circuit can say, -1 where the facts bar an option."""
        if not isinstance(self.way, ByCircuit):
            return None
        all_of_them = sum(weights.values()) + 1
        found = self.way.repairs({**weights, **dict.fromkeys(self.facts, all_of_them)})
        return np.where(found >= all_of_them, NO_PRICE, found)

    def _with(self, choices: Sequence[int]) -> list[int]:
        return sorted({*choices, *self.facts})

    def _fewest(self, choices: Sequence[int], literal: int | None) -> tuple[int, ...]:
        """Those that are no facts, and that are needed: beside all facts fewer may be enough than beside those of a minimal set."""
        kept = [choice for choice in choices if choice not in self.facts]
        for choice in tuple(kept):
            rest = [one for one in kept if one != choice]
            if self.way.conflict(self._with(rest), literal) is not None:
                kept = rest
        return tuple(kept)

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except Contradiction as contradiction:
            raise Contradiction(self.model, self._fewest(contradiction.choices, None)) from contradiction


Way = ByCircuit | ByCircuitAndSums | BySearch | Given


def way_of(model: Model, circuit: Circuit | None) -> Way:
    """How to ask a model of which this circuit could be made, or none."""
    if circuit is None:
        return BySearch(screen(model))
    return ByCircuit(circuit) if circuit.exact_sums else ByCircuitAndSums(limited(circuit))


def _undone(weights: Iterable[int], chosen: np.ndarray) -> tuple[int, ...]:
    return tuple(choice for choice in weights if chosen[choice >> 1] == (choice & 1))
