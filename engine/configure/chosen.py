"""What a caller chooses, by id or by name, as literals of a bundle's model; what is not of the bundle is said with what is.

A number within a range that no rule tells apart is the range's option to the model, whatever number it is: it matters to the price alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from engine.configure.configured import Configured, Option
from engine.configure.model import ModelError
from engine.configure.said import may_lack, meant, variable_at
from engine.configure.variables import Variable
from engine.lang.configurable import NONE, Numbers
from engine.values.kinds import decimal

MOST_TOLD = 8


class NotChosen(ModelError):
    """A choice that is none of the bundle's: `part` is what is wrong in it (what, or number)."""

    def __init__(self, message: str, part: str = "what") -> None:
        super().__init__(message)
        self.part = part


@dataclass(frozen=True, slots=True)
class Choice:
    """An option that is chosen, or that is not to be. `number`: which one of a range, in ticks."""

    option: int
    chosen: bool = True
    number: int | None = None

    @property
    def literal(self) -> int:
        """What it is to the model."""
        return 2 * self.option + (not self.chosen)


def by_id(made: Configured, option: int, chosen: bool = True, number: int | None = None) -> Choice:
    """A choice by the number of its option.

    Raises:
        NotChosen: there is no such option, or no such number in it.
    """
    if not 0 <= option < made.shown:
        raise NotChosen(f"`{made.bundle.name}` has options 0 to {made.shown - 1}, and no {option}")
    return _numbered(made, option, chosen, number)


def by_name(made: Configured, name: str, chosen: bool = True, number: int | None = None) -> Choice:
    """A choice by its option's name, or by a path and what is there: `cpu=cpu_x60`, `memory.dimm_16=2`, `desk`, `desk=none`.

    Raises:
        NotChosen: as `by_id`.
    """
    found = made.model.index.get(name)
    if found is not None and not made.options[found].hidden:
        return _numbered(made, found, chosen, number)
    path, equals, value = name.partition("=")
    variable = variable_at(made, path)
    if variable is None:
        raise NotChosen(f"`{made.bundle.name}` has no `{_cut(name)}`{_near(name, _names(made))}")
    told = meant(variable, value) if equals else None
    if told is None:
        raise NotChosen(f"`{_cut(value)}` is none of `{path}`: {_allowed(made, variable)}")
    option, positive = told.literal >> 1, not told.literal & 1
    return _numbered(made, option, chosen == positive, number if told.number is None else told.number)


def _numbered(made: Configured, option: int, chosen: bool, number: int | None) -> Choice:
    if number is None:
        return Choice(option, chosen)
    one, numbers = made.options[option], _numbers(made, option)
    if one.low is None or one.high is None or numbers is None:
        raise NotChosen(f"`{one.name}` is no number", "number")
    if not (one.low <= number <= one.high and numbers.has(number)):
        raise NotChosen(f"{decimal(number)} is not in `{one.name}` ({numbers})", "number")
    return Choice(option, chosen, number if one.low < one.high else None)


def _numbers(made: Configured, option: int) -> Numbers | None:
    variable = made.scope.get(made.options[option].path)
    return None if variable is None else variable.numbers


# ---------------------------------------------------------------- together


def clash(choices: Iterable[Choice]) -> tuple[Choice, ...]:
    """Two choices about numbers of one range that cannot both be, which a model does not see; () where there are none."""
    numbers: dict[int, Choice] = {}
    barred = {(one.option, one.number): one for one in choices if one.number is not None and not one.chosen}
    for one in choices:
        if one.number is None or not one.chosen:
            continue
        other = barred.get((one.option, one.number)) or numbers.setdefault(one.option, one)
        if other != one:
            return one, other
    return ()


def literals(made: Configured, choices: Iterable[Choice]) -> dict[int, Choice]:
    """What the model is asked with, each with the choice that says it. Numbers that are not to be bar a range when all of it is."""
    found: dict[int, Choice] = {}
    without: dict[int, set[int]] = {}
    for one in choices:
        if one.chosen or one.number is None:
            found[one.literal] = one
            if one.number is not None:  # where a sum counts it, its digits too
                path = made.options[one.option].path
                found |= dict.fromkeys(made.literals_of_number(path, one.number), one)
        else:
            without.setdefault(one.option, set()).add(one.number)
            if len(without[one.option]) == many(made, one.option):
                found[one.literal] = one
    return found


def many(made: Configured, option: int) -> int:
    """How many numbers an option is."""
    one, numbers = made.options[option], _numbers(made, option)
    return 1 if numbers is None or one.low is None or one.high is None else (one.high - one.low) // numbers.step + 1


def number_of(made: Configured, option: int, choices: Sequence[Choice]) -> int | None:
    """The number that an option stands for: the one chosen, else the first that is not barred; None where it is no number."""
    one, numbers = made.options[option], _numbers(made, option)
    if one.low is None or numbers is None:
        return None
    barred = set()
    for choice in choices:
        if choice.option == option and choice.number is not None:
            if choice.chosen:
                return choice.number
            barred.add(choice.number)
    number = one.low
    while number in barred:
        number += numbers.step
    return number


# ---------------------------------------------------------------- words


def _names(made: Configured) -> list[str]:
    return [*(option.name for option in made.options if not option.hidden), *made.scope]


def _near(name: str, names: list[str]) -> str:
    path, tried = name.partition("=")[0], names + [one.partition("=")[0] for one in names]
    close = get_close_matches(name[:100], names, 3) or get_close_matches(path[:100], tried, 1) or sorted(names)[:3]
    return "; it has " + ", ".join(f"`{one}`" for one in close) + (" ..." if len(names) > len(close) else "")


def _allowed(made: Configured, variable: Variable) -> str:
    said = list(variable.values) if len(variable.values) > 1 or not variable.numbers else []
    said += [NONE] if may_lack(variable) else []
    said = said[:MOST_TOLD] + (["..."] if len(said) > MOST_TOLD else [])
    if variable.numbers is not None and variable.amounts:
        said.append(str(variable.numbers))
    return ", ".join(said) or f"say `{_option(made, variable).name}`"


def _option(made: Configured, variable: Variable) -> Option:
    return made.options[next(iter(variable.values.values()))]


def _cut(text: str) -> str:
    return text[:60]
