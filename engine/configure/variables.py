"""Variables of a bundle while its model is made: their options by value and number, and the literals that conditions and tables mean."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from engine.configure.model import Sum
from engine.lang import configurable as c
from engine.lang.places import Span

_BECAUSE = re.compile(r' because "[^"]*"$')


@dataclass(frozen=True, slots=True)
class Reason:
    """What stands behind rules of a model: a rule of the book as it was written, or a part or attribute."""

    text: str
    span: Span
    because: str | None = None
    is_rule: bool = True

    @property
    def plain(self) -> str:
        """The rule without its reason."""
        return _BECAUSE.sub("", self.text)


@dataclass
class Variable:
    """A part, a thing that a part offers, or an attribute, while options are made of it.

    `values` are its options by value, `none` the option that says that nothing is chosen. `amounts` are from, to and option. It is
    there while the option `under` is chosen (None: always); `absent` is the literal that says of an optional thing that it is not.
    `digits` are what each adds, in ticks, and its option (`configure.digits`).
    """

    path: str
    text: Reason
    under: int | None
    values: dict[str, int] = field(default_factory=dict)
    none: int | None = None
    numbers: c.Numbers | None = None
    amounts: list[tuple[int, int, int]] = field(default_factory=list)
    cuts: set[int] = field(default_factory=set)
    absent: int | None = None
    of_bundle: bool = True
    exact: bool = False  # a sum counts it, so it is told by digits where it is wide
    digits: list[tuple[int, int]] = field(default_factory=list)

    @property
    def present(self) -> int | None:
        """The option with which a number is there; None: always."""
        return next(iter(self.values.values()), self.under)


def literals_of(scope: Mapping[str, Variable], atom: c.Has | c.Counts | c.Known) -> list[int]:
    """The literals of which one holds where the atom does."""
    variable = scope[atom.path]
    if isinstance(atom, c.Known):
        assert variable.none is not None
        return [2 * variable.none + 1]
    if isinstance(atom, c.Has):
        return [2 * option for value, option in variable.values.items() if value in atom.values]
    low, high = atom.low, atom.high
    found = [
        2 * o for start, end, o in variable.amounts if (low is None or low <= start) and (high is None or end <= high)
    ]
    nothing = variable.present
    if (low is None or low <= 0) and (high is None or high >= 0) and nothing is not None:
        found.append(2 * nothing + 1)
    return list(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class Column:
    """What may stand in a column of a table: one of `literals` holds. Those in `nothing` say that nothing does."""

    literals: tuple[int, ...]
    nothing: frozenset[int]


def column_of(variable: Variable, under: int | None) -> Column:
    """The column of a variable, in a rule of the bundle that is there under an option."""
    found = [2 * option for *_, option in variable.amounts] or [2 * option for option in variable.values.values()]
    if variable.absent is not None:
        nothing = [variable.absent]
    else:
        nothing = [] if variable.none is None else [2 * variable.none]
        nothing += [] if variable.under in (None, under) else [2 * variable.under + 1]
    return Column((*found, *nothing), frozenset(nothing))


def tells_of_none(scope: Mapping[str, Variable], table: c.Allowed, at: int, column: Column) -> bool:
    """Whether some row says of a column that nothing is chosen; else the column asks nothing while nothing is."""
    cells = (row[at] for row in table.rows)
    return any(cell is not None and column.nothing & cell_of(scope, cell, column, False) for cell in cells)


def cell_of(scope: Mapping[str, Variable], cell: c.Holds, column: Column, or_nothing: bool) -> frozenset[int]:
    """The literals of a column that a cell allows."""
    whole, found = frozenset(column.literals), column.nothing if or_nothing else frozenset[int]()
    match cell:
        case c.Some(of):
            return found.union(*(cell_of(scope, each, column, False) for each in of))
        case c.Lacks(of):
            return found | (whole - cell_of(scope, of, column, False))
        case c.Known():
            return found | (whole - column.nothing)
        case c.Has() | c.Counts():
            return found | (whole & frozenset(literals_of(scope, cell)))
    raise AssertionError(cell)


def freed_sum(weighed: dict[int, int], low: int | None, high: int | None, freed: frozenset[int], by: int) -> Sum:
    """A bound of a sum that says nothing where one of the literals holds."""
    terms, sign = dict(weighed), 1 if low is not None else -1
    shift = 0
    for literal in freed:  # sum + by x (literal) >= low, sum - by x (literal) <= high; by x (not o) is by - by x o
        weight = sign * by * (-1 if literal & 1 else 1)
        shift += sign * by if literal & 1 else 0
        terms[literal >> 1] = terms.get(literal >> 1, 0) + weight
    return Sum(tuple(terms.items()), None if low is None else low - shift, None if high is None else high - shift)


def is_below(path: str, of: tuple[str, ...]) -> bool:
    return not of or any(path == each or path.startswith(each + ".") for each in of)


def ends_of(numbers: c.Numbers | None, low: int | None, high: int | None) -> set[int]:
    """Where ranges begin that a condition tells apart: at its low end, and after its high one."""
    if numbers is None:
        return set()
    found = set()
    if low is not None:
        found.add(numbers.low + -((numbers.low - low) // numbers.step) * numbers.step)
    if high is not None:
        found.add(numbers.low + ((high - numbers.low) // numbers.step + 1) * numbers.step)
    return {tick for tick in found if numbers.low < tick <= numbers.high}


def conditions_of(bundle: c.Bundle) -> tuple[object, ...]:
    return (*bundle.rules, *bundle.preferences, *bundle.messages, *bundle.shown)


def counts_in(said: tuple[object, ...]) -> Iterator[c.Counts]:
    """Every comparison of a number in rules and conditions."""
    return (atom for atom in c.atoms_in(said) if isinstance(atom, c.Counts))


def default_numbers(thing: c.Part | c.Attribute, local: str) -> Iterator[tuple[str, int]]:
    """The numbers of a default, by the path of what counts them."""
    if isinstance(thing, c.Attribute):
        if isinstance(thing.default, int):
            yield local, thing.default
        return
    for code, tick in thing.default or ():
        if tick is not None:
            yield local if thing.single else f"{local}.{code}", tick


def default_literals(scope: dict[str, Variable], thing: c.Part | c.Attribute, local: str) -> Iterator[int]:
    variable = scope[local]
    if isinstance(thing, c.Attribute):
        if isinstance(thing.default, str):
            yield 2 * variable.values[thing.default]
    elif thing.default is not None:
        chosen = {code for code, _ in thing.default}
        if variable.none is not None and not chosen:
            yield 2 * variable.none
        else:
            yield from (2 * option + (code not in chosen) for code, option in variable.values.items())
    for path, tick in default_numbers(thing, local):
        yield from (2 * option for low, high, option in scope[path].amounts if low <= tick <= high)
