"""What a product allows, as finite-domain rules over options: the form that books and feature models are read into.

An option is chosen or not. A variable of several values is a `Group` of exactly one. A literal is an option (2 x its index) or
its opposite (that + 1), as in the kernels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

MOST_COST_MICROS = 1 << 61
"""What all costs of a model may come to at most, so that no sum of them leaves a word."""


class ModelError(Exception):
    """A model that cannot be read, or a question that does not fit it or is not answered within its limit: what is wrong, and what is
    allowed."""


@dataclass(frozen=True, slots=True)
class Group:
    """From `low` to `high` of `members` where `under` is chosen, and none where it is not; `under` None: always."""

    members: tuple[int, ...]
    low: int
    high: int
    under: int | None = None
    because: str = ""


@dataclass(frozen=True, slots=True)
class Clause:
    """At least one of the literals holds."""

    literals: tuple[int, ...]
    because: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """The allowed combinations, where `under` is chosen; None: always. A column is the options of one variable, of which exactly
    one is chosen then; a row has an option of each column, None: any."""

    columns: tuple[tuple[int, ...], ...]
    rows: tuple[tuple[int | None, ...], ...]
    under: int | None = None
    because: str = ""


@dataclass(frozen=True, slots=True)
class Sum:
    """What the weights of the options chosen come to, from `low` to `high`; None: no bound on that side."""

    terms: tuple[tuple[int, int], ...]
    low: int | None = None
    high: int | None = None
    because: str = ""


Rule = Group | Clause | Table | Sum


@dataclass(frozen=True)
class Model:
    """Options by name, and the rules between them. Rules are numbered in their order; reasons are given by that number."""

    name: str
    options: tuple[str, ...]
    rules: tuple[Rule, ...]

    def __post_init__(self) -> None:
        if len(self.index) != len(self.options):
            twice = sorted({name for name in self.options if self.options.count(name) > 1})
            raise ModelError(f"{self.name}: options named twice: {', '.join(twice[:5])}; each needs a name of its own")
        for number, rule in enumerate(self.rules):
            _check(self, number, rule)

    @cached_property
    def index(self) -> dict[str, int]:
        """The number of each option."""
        return {name: number for number, name in enumerate(self.options)}

    def option(self, name: str) -> int:
        """The number of the option of that name."""
        found = self.index.get(name)
        if found is None:
            has = f"{len(self.options):,}, such as {self.options[0]!r}" if self.options else "none"
            raise ModelError(f"{self.name} has no option {name!r}; it has {has}")
        return found

    def literal(self, name: str, chosen: bool = True) -> int:
        """The literal that says that the option of that name is chosen, or that it is not."""
        return 2 * self.option(name) + (not chosen)

    def say(self, literal: int) -> str:
        """A literal in words: the option's name, with `not` before it where it is not chosen."""
        return ("not " if literal & 1 else "") + self.options[literal >> 1]


def _check(model: Model, number: int, rule: Rule) -> None:
    """Refuse a rule that names an option the model does not have, or bounds that cannot be meant."""
    where = f"{model.name}, rule {number}" + (f" ({rule.because})" if rule.because else "")
    for option in _options(rule):
        if not 0 <= option < len(model.options):
            raise ModelError(f"{where}: there is no option {option}; options are 0 to {len(model.options) - 1}")
    if isinstance(rule, Group):
        if not 0 <= rule.low <= rule.high:
            raise ModelError(f"{where}: from {rule.low} to {rule.high} is no range; write the smaller first, from 0")
        _once(f"{where}: a group", model, rule.members, "name each of its members once")
    if isinstance(rule, Sum):
        _once(f"{where}: a sum", model, [option for option, _ in rule.terms], "add up its weights")
        heaviest = sum(abs(weight) for _, weight in rule.terms)
        if max(heaviest, abs(rule.low or 0), abs(rule.high or 0)) > MOST_COST_MICROS:
            raise ModelError(f"{where}: weights and bounds of a sum may come to {MOST_COST_MICROS:,} at most")
    if isinstance(rule, Table):
        for column in rule.columns:
            _once(f"{where}: a column", model, column, "name each of its values once")
        for row in rule.rows:
            if len(row) != len(rule.columns):
                raise ModelError(f"{where}: a row has {len(row)} values for {len(rule.columns)} columns")
            for column, value in zip(rule.columns, row, strict=True):
                if value is not None and value not in column:
                    raise ModelError(f"{where}: {model.options[value]!r} is no value of its column")


def _once(part: str, model: Model, options: Sequence[int], do: str) -> None:
    """Refuse a part of a rule that has an option twice: some answers would read it as one, some as two."""
    if len(set(options)) != len(options):
        twice = next(option for option in options if options.count(option) > 1)
        raise ModelError(f"{part} has an option twice, {model.options[twice]!r}; {do}")


def _options(rule: Rule) -> list[int]:
    """Every option that a rule names."""
    match rule:
        case Group(members=members, under=under):
            return [*members, *([] if under is None else [under])]
        case Clause(literals=literals):
            return [literal >> 1 for literal in literals]
        case Table(columns=columns, under=under):
            return [*(option for column in columns for option in column), *([] if under is None else [under])]
        case Sum(terms=terms):
            return [option for option, _ in terms]
