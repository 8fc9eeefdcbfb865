"""A bundle with its model: what can be chosen of it, by which rules, and what is wanted, said and sold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property

import numpy as np

from engine.configure.bounds import Bounds, bounds_of
from engine.configure.digits import literals_of_number
from engine.configure.explain import rules_behind
from engine.configure.facts import AskedFact, literals_given, not_given
from engine.configure.model import Clause, Model
from engine.configure.variables import Reason, Variable, literals_of
from engine.configure.wording import Clauses, clauses_of
from engine.lang import configurable as c
from engine.values.kinds import Value


@dataclass(frozen=True, slots=True)
class Option:
    """What can be chosen: a value of the part or attribute at `path`, or its quantity from `low` to `high` (ticks).

    `of_bundle`: it stands in the bundle itself, not in one inside, nor in a feature. A `wish` is none: it is so while a preference is not met.
    Nor is what a `fact` is: that is given (`Configured.facts`); nor a `digit` of a wide number (`configure.digits`). All these are `hidden`,
    and come after the others.
    """

    name: str
    path: str
    value: str = ""
    low: int | None = None
    high: int | None = None
    of_bundle: bool = True
    wish: bool = False
    fact: bool = False
    digit: bool = False

    @property
    def hidden(self) -> bool:
        """Whether it is nobody's choice."""
        return self.wish or self.fact or self.digit


@dataclass(frozen=True, slots=True)
class Line:
    """What an option brings into a quote: so much of a product, in ticks; None: `times` the quantity that is asked for.

    As often as the bundles at the paths of `within` are there, whose numbers are chosen too: the quantity times each of them.
    """

    option: int
    code: str
    path: str
    quantity: int | None
    times: Fraction = Fraction(1)
    within: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Literals that hold unless someone says otherwise: a default, or a preference of the book."""

    literals: tuple[int, ...]
    reason: Reason
    is_default: bool
    of_bundle: bool


@dataclass(frozen=True, slots=True)
class Said:
    """What is said, hidden or disabled while each of the clauses of `when` has a literal that holds."""

    how: str
    when: Clauses
    options: tuple[int, ...]
    reason: Reason


@dataclass(frozen=True)
class Configured:
    """A bundle with its model. `reason_of` says of each rule of the model which of the `reasons` it is of.

    `facts` are those that its rules look at: the caller gives them, as `literals_of_facts`, beside the user's choices.
    """

    bundle: c.Bundle
    model: Model
    options: tuple[Option, ...]
    reasons: tuple[Reason, ...]
    reason_of: tuple[int, ...]
    wanted: tuple[Wanted, ...]
    said: tuple[Said, ...]
    lines: tuple[Line, ...]
    scope: Mapping[str, Variable] = field(repr=False)
    facts: tuple[AskedFact, ...] = ()

    def literals_of_facts(self, given: Mapping[str, Value]) -> tuple[int, ...]:
        """What is chosen by facts, by their paths and in ticks as the book checks them; those no rule looks at may be among them.

        `quote.date`, `quote.role` and `quote.currency` are given like the others. An optional fact that is missing is not known.

        Raises:
            ModelError: a fact can have no such value.
        """
        return literals_given(self.facts, given)

    def facts_to_ask(self, given: Mapping[str, Value]) -> tuple[AskedFact, ...]:
        """Required facts that are missing: each answer holds for some value of theirs, until they are given."""
        return not_given(self.facts, given)

    def literals_of_number(self, path: str, tick: int) -> tuple[int, ...]:
        """What is chosen by a number at a path: its range, and the digits where a sum tells it exactly; () where it can be no such."""
        return literals_of_number(self.scope[path], tick)

    def quantity(self, line: Line, chosen: Sequence[bool] | np.ndarray, numbers: Mapping[str, int]) -> int:
        """How much of a product a line is, in ticks, among options `chosen`; of a range the number that was said of its path, or the first."""
        known = line.quantity
        if known is None:
            known = int(line.times * self.number(line.path, chosen, numbers))
        for path in line.within:
            known = known * self.number(path, chosen, numbers) // c.ONE
        return known

    def number(self, path: str, chosen: Sequence[bool] | np.ndarray, numbers: Mapping[str, int]) -> int:
        """The number at a path among options `chosen`: as it was said, as a sum counts it, or the first of its range; 0 of what is not there."""
        variable = self.scope[path]
        if path in numbers:
            return numbers[path]
        low = next((low for low, _, option in variable.amounts if chosen[option]), 0)
        if low and variable.digits and variable.numbers is not None:
            return variable.numbers.low + sum(step for step, option in variable.digits if chosen[option])
        return low

    def given(self, holds: c.Holds, positive: bool = True, why: str = "chosen") -> Configured:
        """The same with a condition that holds too, or does not: its options must be `named` to `configured`."""
        reason = Reason(why, self.bundle.span)
        clauses = clauses_of(holds, lambda atom: literals_of(self.scope, atom), positive, self.bundle.span)
        rules = tuple(Clause(tuple(sorted(clause)), why) for clause in clauses)
        model = Model(self.model.name, self.model.options, self.model.rules + rules)
        reason_of = self.reason_of + (len(self.reasons),) * len(rules)
        return replace(self, model=model, reasons=(*self.reasons, reason), reason_of=reason_of)

    @cached_property
    def bounds(self) -> Bounds:
        """The model's bounds, numbered by the book's rules: what counts as one reason is left out as one."""
        found = bounds_of(self.model)
        return replace(found, rules=np.array(self.reason_of, np.int32)[found.rules])

    @cached_property
    def shown(self) -> int:
        """How many options callers know: what is hidden comes after them."""
        return next((n for n, option in enumerate(self.options) if option.hidden), len(self.options))

    def behind(self, literals: Iterable[int] = ()) -> tuple[Reason, ...] | None:
        """A minimal set of the book's own rules that leave no configuration with all the literals; None where they leave one."""
        found = rules_behind(self.model, literals, self.bounds)
        return None if found is None else tuple(self.reasons[number] for number in found)
