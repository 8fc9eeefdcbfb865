"""A configuration in the making: choices as a person says them, and what the core answers about them.

Choices are kept in words and not as literals: a number that cuts a wide quantity makes another model, in which they mean the same.
Nothing is chosen here that leaves no configuration; what is refused says which choices and rules refuse it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cached_property
from typing import Literal

import numpy as np

from engine.configure.bill import Bill
from engine.configure.circuit import costs_of, few_costs, prices_of
from engine.configure.compile import TooHard, compile_model
from engine.configure.complete import Completion, in_turn
from engine.configure.completions import wish_costs
from engine.configure.domains import EXCLUDED, FORCED, NO_PRICE, POSSIBLE, prices
from engine.configure.explain import minimal
from engine.configure.model import ModelError
from engine.configure.of_book import Line, Option, Reason, configured
from engine.configure.repair import weights_of
from engine.configure.screen import Screen, on_screen
from engine.configure.solver import satisfy
from engine.configure.sums import Limited, cheapest_within, limited, narrowed
from engine.configure.variables import Variable
from engine.configure.weights import Said
from engine.lang.book import Book
from engine.lang.configurable import NONE, Counts
from engine.services.amounts import Things
from engine.values.kinds import Value, decimal

How = Literal["defaults", "cheapest"]
Billed = Callable[[Things, Said], Bill]
"""What the options of a bundle come to while these numbers are known."""
_NUMBER = re.compile(r"-?[\d_]+(\.\d+)?")


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of what stands at `path`, or with `tick` its number; not `chosen`: anything but that."""

    path: str
    value: str
    tick: int | None = None
    chosen: bool = True

    def __str__(self) -> str:
        said = (
            self.path
            if self.value == self.path.rpartition(".")[2] and self.tick is None
            else f"{self.path}={self.value}"
        )
        return said if self.chosen else f"not {said}"


class Refused(ModelError):
    """A choice that leaves no configuration: the choices before it, and the book's rules, that refuse it."""

    def __init__(self, choice: Choice, choices: tuple[Choice, ...], rules: tuple[Reason, ...], why: str = "") -> None:
        with_them = f" with {', '.join(map(str, choices))}" if choices else ""
        super().__init__(why or f"{choice} cannot be had{with_them}")
        self.choice, self.choices, self.rules = choice, choices, rules


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


class Session:
    """A bundle of a book, and what was chosen of it so far, oldest first."""

    def __init__(self, book: Book, bundle: str, billed: Billed, facts: Mapping[str, Value] | None = None) -> None:
        self.book, self.bundle, self.billed, self.facts = book, bundle, billed, dict(facts or {})
        self.choices: tuple[Choice, ...] = ()
        self._answers: dict[tuple[Counts, ...], Answers] = {}

    # ------------------------------------------------------------ what is chosen

    def read(self, text: str) -> tuple[Choice, ...]:
        """`cpu=cpu_x60`, `cards=wifi,antenna`, `copies=60`, `raid`, `desk=none`, `not raid`.

        Raises:
            ModelError: it names nothing that can be chosen.
        """
        said, chosen = text.strip(), True
        if said.startswith("not "):
            said, chosen = said[4:].strip(), False
        path, sign, values = (part.strip() for part in said.partition("="))
        if not sign:
            return (replace(self._named(path), chosen=chosen),)
        each = [value.strip() for value in values.split(",")]
        return tuple(replace(self._valued(path, value), chosen=chosen) for value in each)

    def _named(self, name: str) -> Choice:
        scope = self.answers.made.scope
        variable = scope.get(name)
        if variable is not None:
            value = next((v for v in ("yes", name.rpartition(".")[2]) if v in variable.values), None)
            if value is None:
                raise ModelError(f"`{name}` may be {may_be(variable)}: write {name}=...")
            return Choice(name, value)
        paths = sorted({path.removesuffix(f".{name}") for path, variable in scope.items() if name in variable.values})
        if len(paths) == 1:
            return Choice(paths[0], name)
        if paths:
            raise ModelError(f"`{name}` is in several parts: write {' or '.join(f'{path}={name}' for path in paths)}")
        raise self._unknown(name)

    def _valued(self, path: str, value: str) -> Choice:
        variable = self.answers.made.scope.get(path)
        if variable is None:
            raise self._unknown(path)
        tick = _tick(value) if variable.numbers is not None else None
        if tick is not None and variable.numbers is not None:
            if tick == 0 and variable.absent is not None:
                return Choice(path, NONE)
            if not variable.numbers.has(tick):
                raise ModelError(f"`{path}` is never {value}: it may be {may_be(variable)}")
            return Choice(path, decimal(tick), tick)
        if value not in variable.values and not (value == NONE and _may_lack(variable)):
            raise ModelError(
                f"`{path}` is never `{value}`: it may be {may_be(variable)}{_near(value, variable.values)}"
            )
        return Choice(path, value)

    def _unknown(self, name: str) -> ModelError:
        scope = self.answers.made.scope
        known = [*scope, *(value for variable in scope.values() for value in variable.values)]
        return ModelError(f"`{self.bundle}` has nothing called `{name}`{_near(name, known)}")

    def choose(self, text: str) -> tuple[Choice, ...]:
        """Take what a person says into the choices; what was said of the same single thing before gives way to it.

        Raises:
            ModelError: it names nothing; `Refused`, it leaves no configuration, or is disabled. Nothing is changed then.
        """
        fresh = self.read(text)
        for choice in fresh:
            self._refuse_disabled(choice)
        kept = tuple(old for old in self.choices if not any(self._same(old, new) for new in fresh))
        for choice in fresh:
            self._refuse(choice, kept)
            kept = (*kept, choice)
        self.choices = kept
        return fresh

    def _same(self, old: Choice, new: Choice) -> bool:
        """Whether a choice takes the place of an older one: the same again or its opposite, or another number."""
        return old.path == new.path and (old.value == new.value or (old.tick is not None and new.tick is not None))

    def _refuse_disabled(self, choice: Choice) -> None:
        answers = self.answers
        if not choice.chosen:
            return
        for literal in answers.literals(choice):
            how, because = answers.shown(self.choices).get(literal >> 1, ("", None))
            if how == "disable" and not literal & 1:
                raise Refused(choice, (), (), f"{choice} is not offered" + (f": {because}" if because else ""))

    def _refuse(self, choice: Choice, kept: tuple[Choice, ...]) -> None:
        asked = self._with((*kept, choice))
        if not asked.fits((*kept, choice)):
            blamed = asked.blamed(kept, choice)
            raise Refused(choice, blamed, asked.rules((*blamed, choice)))

    def undo(self, text: str = "") -> tuple[Choice, ...]:
        """Take back the last choice, or those that a text names.

        Raises:
            ModelError: there is none such.
        """
        if not self.choices:
            raise ModelError("nothing is chosen yet")
        gone = self.choices[-1:]
        if text:
            gone = tuple(one for one in self.choices if text.strip() in (str(one), one.path, one.value))
        if not gone:
            raise ModelError(f"`{text}` was not chosen; chosen are {', '.join(map(str, self.choices))}")
        self.choices = tuple(one for one in self.choices if one not in gone)
        return gone

    def why(self, text: str) -> Refused | None:
        """Why something cannot be had; None where it can."""
        for choice in self.read(text):
            kept = tuple(old for old in self.choices if not self._same(old, choice))
            try:
                self._refuse_disabled(choice)
                self._refuse(choice, kept)
            except Refused as refused:
                return refused
        return None

    def repair(self, text: str, keep: str = "newest") -> tuple[Choice, ...]:
        """The fewest choices to give up for something; they are given up, and it is chosen.

        Raises:
            ModelError: it can never be had.
        """
        fresh = self.read(text)
        for choice in fresh:
            self._refuse_disabled(choice)
        kept = tuple(old for old in self.choices if not any(self._same(old, new) for new in fresh))
        answers = self._with((*kept, *fresh))
        if not answers.fits(fresh):
            raise Refused(fresh[0], (), answers.rules(fresh), f"{text.strip()} can never be had, whatever is given up")
        gone = answers.given_up(kept, fresh, keep)
        self.choices = (*(one for one in kept if one not in gone), *fresh)
        return gone

    # ------------------------------------------------------------ answers

    @property
    def answers(self) -> Answers:
        """The model as the choices cut it."""
        return self._with(self.choices)

    def _with(self, choices: Sequence[Choice]) -> Answers:
        named = tuple(sorted({(one.path, one.tick) for one in choices if one.tick is not None}))
        cuts = tuple(Counts(path, tick, tick) for path, tick in named)
        if cuts not in self._answers:
            made = configured(self.book, self.bundle, cuts)
            self._answers[cuts] = Answers(Things(self.book, made), self.billed, self.facts)
        return self._answers[cuts]

    def whole(self, how: How) -> tuple[Completion, Answers, bool]:
        """A whole configuration, the model it is of, and whether it is proven to be the best. Wide quantities take their least."""
        choices, answers = self.choices, self.answers
        found, proven = answers.completed(choices, how)
        open_ = [
            made for number, made in enumerate(answers.made.options) if found.chosen[number] and made.low != made.high
        ]
        if open_:
            ticks = {one.path: answers.made.number(one.path, found.chosen, {}) for one in open_}
            least = tuple(Choice(path, decimal(tick), tick) for path, tick in ticks.items())
            choices = (*choices, *least)
            answers = self._with(choices)
            found, proven = answers.completed(choices, how)
        return found, answers, proven


def may_be(variable: Variable) -> str:
    """What may be said of a part or attribute."""
    values = [*variable.values] if variable.numbers is None else []
    numbers = [] if variable.numbers is None else [str(variable.numbers)]
    return ", ".join([*values, *numbers, *([NONE] if _may_lack(variable) else [])])


def _may_lack(variable: Variable) -> bool:
    return variable.none is not None or variable.absent is not None


def _near(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), 1)
    return f": did you mean `{near[0]}`?" if near else ""


def _tick(text: str) -> int | None:
    """A number in millionths; None where it is none, or finer than that."""
    if not _NUMBER.fullmatch(text):
        return None
    whole, _, after = text.replace("_", "").partition(".")
    if len(after) > 6:
        return None
    sign = -1 if whole.startswith("-") else 1
    return int(whole) * 1_000_000 + sign * int(after.ljust(6, "0") or "0")


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

    def literals(self, choice: Choice) -> tuple[int, ...]:
        """What a choice says in this model: all of these hold."""
        variable = self.made.scope[choice.path]
        if choice.tick is not None:
            found = [2 * option for low, high, option in variable.amounts if low <= choice.tick <= high]
        elif choice.value == NONE and variable.none is not None:
            found = [2 * variable.none]
        elif choice.value == NONE:
            assert variable.absent is not None
            found = [variable.absent]
        else:
            found = [2 * variable.values[choice.value]]
        return tuple(literal ^ (not choice.chosen) for literal in found)

    def all(self, choices: Iterable[Choice]) -> list[int]:
        """The literals of several choices, beside what the facts say."""
        return self.given + [literal for choice in choices for literal in self.literals(choice)]

    def fits(self, choices: Iterable[Choice]) -> bool:
        """Whether a configuration has them all."""
        return satisfy(self.made.bounds, self.all(choices)).chosen is not None

    def blamed(self, choices: tuple[Choice, ...], asked: Choice) -> tuple[Choice, ...]:
        """A minimal part of the choices that leaves nothing with what is asked."""
        wanted, bounds = list(self.literals(asked)), self.made.bounds
        by_literal = {literal: one for one in choices for literal in self.literals(one)}

        def fits(some: list[int]) -> bool:
            return satisfy(bounds, [*self.given, *some, *wanted]).chosen is not None

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
        chosen = {literal >> 1 for one in choices for literal in self.literals(one) if not literal & 1}
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
        by_literal = {self.literals(one)[0]: one for one in choices}
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
