"""The answer to a click, whole: states and amounts of every option, a proposal, what is said of it; and what changed since another.

    choices -> states        possible, forced, excluded                 \
            -> least totals  with every option                           }  one byte and one amount an option
            -> proposal      defaults first, then the cheapest          /
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from engine.configure.bill import Ready
from engine.configure.chosen import Choice, clash, literals
from engine.configure.configured import Configured
from engine.configure.domains import EXCLUDED, FORCED, NO_PRICE, POSSIBLE
from engine.configure.explain import Contradiction, rules_behind
from engine.configure.solver import Undecided
from engine.configure.variables import Reason
from engine.configure.ways import ByCircuit, Given, Look, Way
from engine.configure.wishes import under_of

STATUS, PROPOSED, ORIGIN, HIDDEN, DISABLED, UNPROVEN = 0b11, 1 << 2, 3, 1 << 5, 1 << 6, 1 << 7
"""Of a state's byte; ORIGIN is by how much its two bits are moved."""
USER, DEFAULT, ENGINE = 1, 2, 3
MOST_RULE_CONFLICTS = 20_000
"""What each search for the rules behind something may take."""


@dataclass(frozen=True)
class Contradicting:
    """Choices that no configuration has together."""

    choices: tuple[Choice, ...]


@dataclass(frozen=True)
class Answer:
    """States (uint8) and what options add at least (int64), of those that callers know."""

    states: np.ndarray = field(repr=False)
    added: np.ndarray = field(repr=False)
    least: int
    proposed: int
    totals: tuple[tuple[str, int, int], ...]
    said: tuple[int, ...]
    complete: bool
    exact: bool
    exact_amounts: bool

    @property
    def whole(self) -> tuple[list[int], bytes, list[int]]:
        """Everything: no ids, every state, every amount."""
        return [], self.states.tobytes(), self.added.tolist()

    def since(self, before: Answer) -> tuple[list[int], bytes, list[int]]:
        """What is different: ids, their states, their amounts."""
        changed = np.flatnonzero((self.states != before.states) | (self.added != before.added))
        return changed.tolist(), self.states[changed].tobytes(), self.added[changed].tolist()


class Asker:
    """A bundle's model with the way to ask it."""

    def __init__(self, made: Configured, way: Way) -> None:
        self.made, self.way, self.count = made, way, made.shown
        self.facts = way.facts if isinstance(way, Given) else ()
        tiers: tuple[list[int], list[int]] = ([], [])
        for wanted in made.wanted:
            tiers[not wanted.is_default].extend(wanted.literals)
        self.defaults, self.preferences = (tuple(dict.fromkeys(tier)) for tier in tiers)
        self.under = under_of(made)
        self._ranges = [n for n, option in enumerate(made.options[: self.count]) if option.low != option.high]
        self._notices = [said for said in made.said if said.how in ("warning", "note")]
        self._shown = [said for said in made.said if said.how in ("hide", "disable")]

    def answer(self, user: Sequence[Choice], ready: Ready, asked: Sequence[int] = ()) -> Answer | Contradicting:
        """What a click is answered with."""
        bad = clash(user)
        if bad:
            return Contradicting(bad)
        own = literals(self.made, user)
        chosen = sorted(own)
        try:
            look = self.way.look(chosen, ready.cheap, asked)
            proposal, _ = self.way.best(chosen, ready.wanted, ready.wished)  # type: ignore[arg-type]
        except Contradiction as contradiction:
            return Contradicting(tuple(dict.fromkeys(own[literal] for literal in contradiction.choices)))
        left, count, proposed = look.states, self.count, ready.bill.of(proposal)
        least = proposed if look.least is None else look.least + ready.bill.base
        return Answer(
            self._states(left, look.unproven, own, proposal, ready.wishes), self._added(look), least, proposed,
            ready.bill.totals(proposal), self.said_of(proposal),
            bool((left[:count] != POSSIBLE).all()) and not self._open_numbers(user, left),
            not look.unproven[:count].any(), look.exact_amounts,
        )  # fmt: skip

    def _added(self, look: Look) -> np.ndarray:
        """What options add to the least total."""
        added = np.zeros(self.count, np.int64)
        if look.with_option is not None and look.least is not None:
            there = look.states[: self.count] != EXCLUDED
            added[there] = np.maximum(look.with_option[: self.count][there] - look.least, 0)
        return added

    def _states(
        self, left: np.ndarray, unproven: np.ndarray, own: dict[int, Choice], proposal: np.ndarray, wished: np.ndarray
    ) -> np.ndarray:  # fmt: skip
        """A byte an option."""
        states = left.astype(np.uint8)
        origin = np.where(left != POSSIBLE, ENGINE, np.where(proposal, ENGINE, 0)).astype(np.uint8)
        origin[wished[proposal[wished] & (left[wished] == POSSIBLE)]] = DEFAULT
        users = np.array([literal >> 1 for literal in own], np.int64)
        origin[users] = USER
        states |= origin << ORIGIN
        states |= np.where(proposal, PROPOSED, 0).astype(np.uint8)
        states |= np.where(unproven, UNPROVEN, 0).astype(np.uint8)
        for said in self._shown:
            if _holds(said.when, proposal):
                states[list(said.options)] |= HIDDEN if said.how == "hide" else DISABLED
        return states[: self.count]

    def _open_numbers(self, user: Sequence[Choice], states: np.ndarray) -> bool:
        """Whether a range is chosen, and no number of it."""
        said = {one.option for one in user if one.number is not None and one.chosen}
        return any(states[n] == FORCED and n not in said for n in self._ranges)

    def said_of(self, chosen: np.ndarray) -> tuple[int, ...]:
        """The notices that hold of a configuration."""
        return tuple(n for n, said in enumerate(self._notices) if _holds(said.when, chosen))

    @property
    def notices(self) -> list[tuple[str, str]]:
        """Everything that may be said: how severe, and what."""
        return [(said.how, said.reason.text) for said in self._notices]

    # ------------------------------------------------------------ why

    def conflict(
        self, user: Sequence[Choice], literal: int | None, way: Way | None = None
    ) -> tuple[Choice, ...] | None:
        """A minimal set of choices that bars a literal (None: everything); None where nothing is barred."""
        own = literals(self.made, user)
        found = (way or self.way).conflict(sorted(own), literal)
        return None if found is None else tuple(dict.fromkeys(own[one] for one in found))

    def reasons(self, choices: Sequence[Choice], literal: int | None = None) -> tuple[tuple[Reason, ...], bool]:
        """A minimal set of the book's rules that bars choices (with a literal), and whether it was found in time."""
        if clash(choices):
            return (self.made.scope[self.made.options[choices[0].option].path].text,), True
        every = [*literals(self.made, choices), *self.facts, *([] if literal is None else [literal])]
        try:
            found = rules_behind(self.made.model, every, self.made.bounds, MOST_RULE_CONFLICTS)
        except Undecided:
            return (), False
        reasons = dict.fromkeys(self.made.reasons[number] for number in found or ())
        return tuple(sorted(reasons, key=lambda one: (not one.is_rule, one.span.file, one.span.line))), True


def _holds(when: Sequence[frozenset[int]], chosen: np.ndarray) -> bool:
    """Whether each clause has a literal of a configuration."""
    return all(any(bool(chosen[literal >> 1]) != bool(literal & 1) for literal in clause) for clause in when)


def undone_of(asker: Asker, weights: Mapping[int, int]) -> list[int] | None:
    """Of each option the least weight of choices undone to have it, -1 where it can never be; None where no circuit can say."""
    found = asker.way.repairs(weights) if isinstance(asker.way, ByCircuit | Given) else None
    if found is None:
        return None
    found = found[: asker.count]
    return np.where(found == NO_PRICE, -1, found).tolist()  # type: ignore[no-any-return]
