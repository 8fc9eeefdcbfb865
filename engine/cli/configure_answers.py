"""What the core answers about a configuration in the making: states, costs, completions, and the reasons against a choice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np

from engine.cli.configure_choices import Choice
from engine.configure.bill import Bill
from engine.configure.circuit import costs_of, few_costs, prices_of
from engine.configure.compile import TooHard, compile_model
from engine.configure.complete import Completion, in_turn
from engine.configure.completions import wish_costs
from engine.configure.configured import Line, Option
from engine.configure.domains import EXCLUDED, FORCED, NO_PRICE, POSSIBLE, prices
from engine.configure.explain import minimal
from engine.configure.model import ModelError
from engine.configure.repair import weights_of
from engine.configure.said import meant
from engine.configure.screen import Screen, on_screen
from engine.configure.solver import satisfy
from engine.configure.sums import Limited, cheapest_within, limited, narrowed
from engine.configure.variables import Reason
from engine.configure.weights import Said
from engine.services.pricing.amounts import Things
from engine.values.kinds import Value

How = Literal["defaults", "cheapest"]
Billed = Callable[[Things, Said], Bill]
"""What the options of a bundle come to while these numbers are known."""


@dataclass(frozen=True, slots=True)
class State:
    """An option as it stands: possible, forced, excluded, default or chosen; hidden or disabled. `cost`: its own list price; `total`: the
    cheapest whole with it, in the bundle (micros; None: not known)."""

    option: Option
    number: int
    state: str
    shown: str
    cost: int | None
    total: int | None
    because: str | None = None


class Answers:
    """One model of a bundle, compiled when it is first asked."""

    def __init__(self, things: Things, billed: Billed, facts: Mapping[str, Value]) -> None:
        self.made, self.things, self.billed = things.made, things, billed
        self.given = list(self.made.literals_of_facts(facts))
        self._bills: dict[Said, Bill] = {}

    @cached_property
    def limited(self) -> Limited | None:
        """The circuit with its sums; None where the model does not compile within the limits."""
        try:
            return limited(compile_model(self.made.model))
        except TooHard:
            return None

    @property
    def circuit(self) -> Limited:
        if self.limited is None:
            raise ModelError(
                f"`{self.made.bundle.name}` is too large to be completed or priced here; choose more of it first"
            )
        return self.limited

    def literal(self, choice: Choice) -> int:
        """What a choice says in this model."""
        found = meant(self.made.scope[choice.path], choice.value)
        assert found is not None
        return found.literal ^ (not choice.chosen)

    def all(self, choices: Iterable[Choice]) -> list[int]:
        """The literals of several choices, beside what the facts say."""
        return self.given + [self.literal(choice) for choice in choices]

    def fits(self, choices: Iterable[Choice]) -> bool:
        """Whether a configuration has them all."""
        return satisfy(self.made.bounds, self.all(choices)).chosen is not None

    def blamed(self, choices: tuple[Choice, ...], asked: Choice) -> tuple[Choice, ...]:
        """A minimal part of the choices that leaves nothing with what is asked."""
        wanted, bounds = self.literal(asked), self.made.bounds
        by_literal = {self.literal(one): one for one in choices}

        def fits(some: list[int]) -> bool:
            return satisfy(bounds, [*self.given, *some, wanted]).chosen is not None

        if not by_literal or not fits([]):
            return ()
        found = minimal(fits, [], list(by_literal))
        return tuple(one for one in choices if any(by_literal[literal] is one for literal in found))

    def rules(self, choices: Iterable[Choice]) -> tuple[Reason, ...]:
        """The book's rules that leave nothing with these choices; parts and attributes only where no rule stands by itself."""
        found = self.made.behind(self.all(choices)) or ()
        return tuple(reason for reason in found if reason.is_rule) or found

    # ------------------------------------------------------------ what is left

    def open(self, choices: Iterable[Choice]) -> np.ndarray:
        """Of every option whether it is possible, forced or excluded."""
        chosen = self.all(choices)
        if self.limited is None:
            return on_screen(Screen(self.made.model, self.made.bounds), chosen, range(len(self.made.options))).states
        return narrowed(self.limited, chosen).states

    def states(self, choices: tuple[Choice, ...]) -> list[State]:
        """Every option that is offered, as it stands; questions first."""
        open_, said, costs = self.open(choices), self.shown(choices), self._costs(choices)
        chosen = {literal >> 1 for literal in map(self.literal, choices) if not literal & 1}
        usual = self.completed(choices, "defaults")[0].chosen if self.limited else np.zeros(len(open_), bool)
        totals = self._totals(choices)
        asked = {one.name for one in self.made.bundle.attributes if one.asked}
        tops: dict[str, int] = {}
        found = []
        for number, option in enumerate(self.made.options):
            if option.hidden or not option.path:
                continue
            state = _NAMES[int(open_[number])]
            if number in chosen:
                state = "chosen"
            elif state == "possible" and usual[number] and number in self._defaults:
                state = "default"
            how, because = said.get(number, ("", None))
            found.append(State(option, number, state, how, costs.get(number), totals(number), because))
            tops.setdefault(_top(option), len(tops))
        return sorted(found, key=lambda one: (one.option.path not in asked, tops[_top(one.option)]))

    def _totals(self, choices: tuple[Choice, ...]) -> Callable[[int], int | None]:
        if self.limited is None:
            return lambda number: None
        bill = self.bill(choices)
        money = prices_of(self.circuit.circuit, bill.amounts)
        with_literal = prices(self.limited.circuit, self.all(choices), money).with_literal.copy()
        return lambda number: (
            None if with_literal[2 * number] == NO_PRICE else int(with_literal[2 * number]) + bill.base
        )

    def forbids(self, choices: tuple[Choice, ...], number: int) -> tuple[list[Option], list[Option]]:
        """What choosing an option would exclude, and what it would force, beside what stands at its own path."""
        before = self.open(choices)
        chosen = [*self.all(choices), 2 * number]
        after = narrowed(self.circuit, chosen).states
        own = self.made.options[number].path
        changed = [
            n
            for n, o in enumerate(self.made.options)
            if before[n] != after[n] and o.path and not o.hidden and o.path != own
        ]
        return [self.made.options[n] for n in changed if after[n] == EXCLUDED], [
            self.made.options[n] for n in changed if after[n] == FORCED
        ]

    def _known(self, choices: Iterable[Choice]) -> Callable[[int], bool]:
        open_ = self.open(choices)
        return lambda literal: bool(open_[literal >> 1] == (EXCLUDED if literal & 1 else FORCED))

    def shown(self, choices: tuple[Choice, ...]) -> dict[int, tuple[str, str | None]]:
        """Of options that are hidden or disabled, which and why."""
        holds = self._known(choices)
        active = [s for s in self.made.said if s.options and all(any(map(holds, clause)) for clause in s.when)]
        return {option: (said.how, said.reason.because) for said in active for option in said.options}

    def messages(self, choices: tuple[Choice, ...]) -> list[tuple[str, str]]:
        """What the book says of the choices: severity and words."""
        holds = self._known(choices)
        return [
            (said.how, said.reason.text)
            for said in self.made.said
            if not said.options and said.how in ("warning", "note") and all(any(map(holds, c)) for c in said.when)
        ]

    # ------------------------------------------------------------ costs and completions

    def bill(self, choices: Iterable[Choice]) -> Bill:
        """What options come to in the bundle; a wide quantity counts its least."""
        factors = self.things.weights.factors
        often = {one.path: one.tick for one in choices if one.chosen and one.tick is not None and one.path in factors}
        said = Said((), tuple(sorted(often.items())))
        if said not in self._bills:
            self._bills[said] = self.billed(self.things, said)
        return self._bills[said]

    def _costs(self, choices: Iterable[Choice]) -> dict[int, int | None]:
        """What options that bring lines are at list."""
        bill = self.bill(choices)
        found: dict[int, int | None] = {}
        for line in self.made.lines:
            low = self.made.options[line.option].low
            literals = () if low is None else self.made.literals_of_number(line.path, low)
            own = {line.option, *(literal >> 1 for literal in literals if not literal & 1)}
            listed = sum(int(part.listed[option]) for part in bill.parts.values() for option in own)
            found[line.option] = None if line.option in bill.unpriced else listed
        return found

    @cached_property
    def _defaults(self) -> frozenset[int]:
        return frozenset(
            literal >> 1 for one in self.made.wanted if one.is_default for literal in one.literals if not literal & 1
        )

    @cached_property
    def _wishes(self) -> np.ndarray:
        """What going against defaults and preferences costs."""
        return wish_costs(self.made)

    def completed(self, choices: Sequence[Choice], how: How) -> tuple[Completion, bool]:
        """The configuration that keeps most defaults and of those is the cheapest, or the other way; and whether that is proven."""
        circuit, chosen = self.circuit, self.all(choices)
        micros = np.zeros(2 * len(self.made.options), np.int64)
        micros[::2] = self.bill(choices).amounts
        first, then = (self._wishes, micros) if how == "defaults" else (micros, self._wishes)
        try:
            costs = in_turn(circuit.circuit, chosen, first, then)
        except ModelError:  # both do not fit a word together: the first alone decides
            costs = costs_of(circuit.circuit, first)
        return cheapest_within(circuit, chosen, costs)

    def given_up(self, choices: tuple[Choice, ...], fresh: tuple[Choice, ...], keep: str) -> tuple[Choice, ...]:
        """The fewest of the choices that make way for others."""
        by_literal = {self.literal(one): one for one in choices}
        weights = weights_of(tuple(by_literal), keep)
        costs = few_costs(self.circuit.circuit, {literal ^ 1: weight for literal, weight in weights.items()})
        chosen = cheapest_within(self.circuit, self.all(fresh), costs)[0].chosen
        return tuple(one for literal, one in by_literal.items() if chosen[literal >> 1] == (literal & 1))

    def lines(self, found: Completion) -> list[Line]:
        """What a whole configuration brings into a quote, and how much of it."""
        chosen = found.chosen
        return [
            replace(line, quantity=self.made.quantity(line, chosen, {}))
            for line in self.made.lines
            if chosen[line.option]
        ]


def _top(option: Option) -> str:
    """The part or attribute of the bundle itself that an option stands at or below."""
    return option.path.partition(".")[0]


_NAMES = {POSSIBLE: "possible", FORCED: "forced", EXCLUDED: "excluded"}
