"""What a configuration brings into a quote: choices by name, checked against the rules of their bundle, become so much of each product.

    cpu=cpu_r9     memory.dimm_16=2     desk.colour=black     wifi     graphics=none

What no choice names or forces is left out. Where that is no configuration, something is open: it is said what, or, where asked,
defaults of the book are taken for it, as many as go with the choices. Choices that cannot be are refused with the rules that bar them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

import numpy as np

from engine.configure.configured import Configured
from engine.configure.said import meant, ticks, variable_at
from engine.configure.solver import Undecided, satisfy
from engine.configure.variables import Reason, Variable
from engine.lang.configurable import NONE
from engine.values.kinds import Value, decimal

MOST_CHOICES = 10_000
MOST_CONFLICTS = 100_000
"""What one search may take."""
MOST_COMPARED = 2_000
"""Options that a name which is none is compared with."""
SHOWN = 8


@dataclass(frozen=True, slots=True)
class Thing:
    """So much of a product, in ticks, at its path in one bundle."""

    path: str
    product: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Placed:
    """A configuration that is whole: what it is of, and all that is chosen, by name."""

    things: tuple[Thing, ...]
    choices: tuple[str, ...]


class Misplaced(Exception):
    """A configuration that cannot be sold so: which of its `choices` do not go, for which `reasons`, or what is left `open`."""

    def __init__(
        self, code: str, message: str, choices: Sequence[str] = (), reasons: Sequence[Reason] = (), open_: Sequence[str] = ()
    ) -> None:  # fmt: skip
        super().__init__(message)
        self.code, self.message = code, message
        self.choices, self.reasons, self.open = tuple(choices), tuple(reasons), tuple(open_)


def place(
    made: Configured, choices: Iterable[str], by_defaults: bool = False, facts: Mapping[str, Value] | None = None
) -> Placed:
    """The configuration that these choices are, while facts, by path, are so.

    Raises:
        Misplaced: UNKNOWN_OPTION, INVALID_CONFIGURATION, INCOMPLETE_CONFIGURATION, UNDECIDED.
    """
    said = _Said(made, made.literals_of_facts(facts or {}))
    missing = [fact.path for fact in made.facts_to_ask(facts or {})]
    if missing:
        message = f"the rules of `{made.bundle.name}` ask for {', '.join(missing[:SHOWN])}: give it as a fact"
        raise Misplaced("INCOMPLETE_CONFIGURATION", message, (), (), missing)
    for choice in sorted(set(choices)):  # in whatever order they came
        said.add(choice)
    try:
        return _placed(made, said, by_defaults)
    except Undecided as error:
        raise Misplaced("UNDECIDED", f"`{made.bundle.name}` is too hard to check: {error}") from error


def _placed(made: Configured, said: _Said, by_defaults: bool) -> Placed:
    chosen = {*said.facts, *(literal for literals in said.literals.values() for literal in literals)}
    if not _possible(made, chosen):
        raise _impossible(made, said)
    if by_defaults:
        for wanted in sorted(made.wanted, key=lambda wanted: not wanted.is_default):
            if _possible(made, chosen | set(wanted.literals)):
                chosen |= set(wanted.literals)
    found, open_ = _closed(made, chosen)
    open_ += [path for path in said.wide(found) if path not in open_]
    if open_:
        named, wants = (
            ", ".join(open_[:SHOWN]),
            "choose, or take the defaults" if not by_defaults else "it has no default: choose",
        )
        message = (
            f"`{made.bundle.name}` is not complete: {named}{', ...' if len(open_) > SHOWN else ''} is open; {wants}"
        )
        raise Misplaced("INCOMPLETE_CONFIGURATION", message, (), (), open_)
    things = tuple(
        Thing(line.path, line.code, made.quantity(line, found, said.numbers))
        for line in made.lines if found[line.option]
    )  # fmt: skip
    return Placed(
        things,
        tuple(said.shown(number) for number, option in enumerate(made.options) if found[number] and not option.hidden),
    )


def _possible(made: Configured, literals: Iterable[int]) -> bool:
    return satisfy(made.bounds, literals, most_conflicts=MOST_CONFLICTS).chosen is not None


def _closed(made: Configured, chosen: set[int]) -> tuple[np.ndarray, list[str]]:
    """The configuration of what is chosen and forced, and of nothing else; where there is none, what is open in another."""
    free = {n for n, option in enumerate(made.options) if option.hidden or option.value == NONE}
    first = satisfy(made.bounds, chosen, np.zeros(made.bounds.variables, np.int8), MOST_CONFLICTS).chosen
    assert first is not None
    more = [n for n in np.flatnonzero(first[: len(made.options)]).tolist() if n not in free and 2 * n not in chosen]
    forced = {2 * n for n in more if not _possible(made, chosen | {2 * n + 1})}
    kept = chosen | forced
    left_out = {2 * n + 1 for n in range(len(made.options)) if n not in free and 2 * n not in kept}
    found = satisfy(made.bounds, kept | left_out, most_conflicts=MOST_CONFLICTS).chosen
    if found is not None:
        return found, []
    return first, list(dict.fromkeys(made.options[n].path for n in more if 2 * n not in forced))


def _impossible(made: Configured, said: _Said) -> Misplaced:
    """A minimal set of the choices that does not go, and of the rules that bar it."""
    kept = dict(said.literals)
    for choice in said.literals:
        fewer = {other: literals for other, literals in kept.items() if other != choice}
        if not _possible(made, {*said.facts, *(literal for literals in fewer.values() for literal in literals)}):
            kept = fewer
    reasons = made.behind({*said.facts, *(literal for literals in kept.values() for literal in literals)}) or ()
    reasons = tuple(sorted(reasons, key=lambda reason: not reason.is_rule))
    # All may read this; who may see rules has them beside it.
    becauses = list(dict.fromkeys(reason.because for reason in reasons if reason.because))
    why = "; ".join(becauses[:3]) or "its rules do not allow it"
    message = f"`{made.bundle.name}` cannot be so: {', '.join(kept) or 'whatever is chosen'}: {why}"
    return Misplaced("INVALID_CONFIGURATION", message, tuple(kept), reasons)


# ---------------------------------------------------------------- choices by name


@dataclass
class _Said:
    """Choices as they were said: the literals of each, and the numbers among them by path."""

    made: Configured
    facts: tuple[int, ...] = ()
    literals: dict[str, tuple[int, ...]] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    names: Mapping[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self.names = {option.name: n for n, option in enumerate(self.made.options) if not option.hidden}

    def add(self, choice: str) -> None:
        """Read a choice.

        Raises:
            Misplaced: UNKNOWN_OPTION.
        """
        path, _, value = choice.partition("=")
        number, variable = self.names.get(choice), variable_at(self.made, path)
        found = None if variable is None else meant(variable, value)
        if number is not None and self.made.options[number].low == self.made.options[number].high:
            self.literals[choice] = (2 * number,)
        elif variable is not None and found is not None and found.number is not None:
            self._number(choice, variable, found.number)
        elif found is not None:
            self.literals[choice] = (found.literal,)
        elif variable is not None and variable.values and self._is_nothing(variable, value):
            self.literals[choice] = tuple(2 * option + 1 for option in variable.values.values())
        else:
            raise self._unknown(choice, path, variable)

    def _is_nothing(self, variable: Variable, value: str) -> bool:
        """Whether a value says that nothing of several is chosen; an attribute always has a value, unless it is asked."""
        if value != NONE:
            return variable.numbers is not None and ticks(value) == 0
        return all(attribute.asked or attribute.name != variable.path for attribute in self.made.bundle.attributes)

    def _number(self, choice: str, variable: Variable, tick: int) -> None:
        path = variable.path
        if self.numbers.setdefault(path, tick) != tick:
            other = f"{path}={decimal(self.numbers[path])}"
            raise Misplaced("INVALID_CONFIGURATION", f"`{path}` cannot be two numbers at once", (other, choice))
        there = (2 * option for option in list(variable.values.values())[:1])
        self.literals[choice] = (*self.made.literals_of_number(path, tick), *there)

    def _unknown(self, choice: str, path: str, variable: Variable | None) -> Misplaced:
        near = get_close_matches(choice[:100], list(self.names)[:MOST_COMPARED], 1)
        mine = [name for name, n in self.names.items() if self.made.options[n].path == path]
        if variable is not None and variable.numbers is not None:
            allowed = f"`{path}` may be {variable.numbers}"
        elif mine:
            allowed = f"it may be {', '.join(mine[:SHOWN])}"
        else:
            allowed = f"did you mean `{near[0]}`?" if near else f"it has {', '.join(list(self.names)[:SHOWN])}"
        said = f"`{self.made.bundle.name}` has no option `{choice[:60]}`: {allowed}"
        return Misplaced("UNKNOWN_OPTION", said, (choice[:200],))

    # ------------------------------------------------------------ and back

    def wide(self, found: np.ndarray) -> list[str]:
        """Numbers of which only a range is known, by path."""
        ranges = [o for n, o in enumerate(self.made.options) if found[n] and not o.hidden and o.low != o.high]
        return [option.path for option in ranges if option.path not in self.numbers]

    def shown(self, number: int) -> str:
        """What is chosen, by name; a number as it was said."""
        option = self.made.options[number]
        if option.low != option.high and option.path in self.numbers:
            return f"{option.path}={decimal(self.numbers[option.path])}"
        return option.name
