"""Every rule in the one form that kernels know: weighted literals that must together reach a bound.

A clause reaches 1, "at most one of n" is n - 1 of their opposites, a group under an option gives that option the weight that frees
the rest. So no rule needs options of its own, and every configuration is counted once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from engine.configure.model import Clause, Group, Model, ModelError, Rule, Sum, Table

Bound = tuple[dict[int, int], int]
"""Weights (above 0) by literal, and what those that hold must reach."""
MOST_ROWS = 1_000_000


@dataclass(frozen=True)
class Bounds:
    """Bounds as arrays: of bound c the literals and weights [starts[c]:starts[c + 1]], heaviest first; `rules[c]` says whose it is.

    starts: int32. literals: int32. weights, reach: int64. rules: int32, -1 where a bound is of no one rule.
    """

    variables: int
    starts: np.ndarray
    literals: np.ndarray
    weights: np.ndarray
    reach: np.ndarray
    rules: np.ndarray

    def __len__(self) -> int:
        return len(self.reach)

    def of(self, number: int) -> Bound:
        """One of them, as weights by literal."""
        part = slice(self.starts[number], self.starts[number + 1])
        return dict(zip(self.literals[part].tolist(), self.weights[part].tolist(), strict=True)), int(
            self.reach[number]
        )

    def only(self, chosen: Iterable[int]) -> Bounds:
        """Those with these numbers."""
        numbers = list(chosen)
        return arrays(self.variables, ((*self.of(n), int(self.rules[n])) for n in numbers))


def arrays(variables: int, bounds: Iterable[tuple[dict[int, int], int, int]]) -> Bounds:
    """Arrays of bounds given as (weights by literal, reach, rule)."""
    starts, rules = [0], list[int]()
    literals, weights, reach = list[int](), list[int](), list[int]()
    for weighed, least, rule in bounds:
        heaviest = sorted(weighed.items(), key=lambda item: (-item[1], item[0]))
        literals += [literal for literal, _ in heaviest]
        weights += [weight for _, weight in heaviest]
        starts.append(len(literals))
        reach.append(least)
        rules.append(rule)
    return Bounds(
        variables, np.array(starts, np.int32), np.array(literals, np.int32), np.array(weights, np.int64),
        np.array(reach, np.int64), np.array(rules, np.int32),
    )  # fmt: skip


def bounds_of(model: Model, sums: bool = True) -> Bounds:
    """All rules of a model as bounds; without `sums`, those of its sums are left out."""
    rules = ((number, rule) for number, rule in enumerate(model.rules) if sums or not isinstance(rule, Sum))
    return arrays(
        len(model.options),
        (
            (weighed, least, number)
            for number, rule in rules
            for weighed, least in _FORMS[type(rule)](rule)
            if least > 0
        ),
    )


def _of_group(rule: Group) -> Iterator[Bound]:
    count, under = len(rule.members), rule.under
    if rule.low > count:
        yield ({} if under is None else {2 * under + 1: 1}), 1
    elif rule.low:
        free = {} if under is None else {2 * under + 1: rule.low}
        yield {2 * member: 1 for member in rule.members} | free, rule.low
    high = min(rule.high, count)
    if under is not None and high:
        yield {2 * member + 1: 1 for member in rule.members} | {2 * under: high}, count
    else:
        yield {2 * member + 1: 1 for member in rule.members}, count - high


def _of_clause(rule: Clause) -> Iterator[Bound]:
    yield dict.fromkeys(rule.literals, 1), 1


def _of_table(rule: Table) -> Iterator[Bound]:
    """A clause for each beginning of a row: with these values, one of those that rows go on with. No option stands for a row."""
    expanded = 0
    rows: set[tuple[int, ...]] = set()
    for row in rule.rows:
        cells = [column if value is None else (value,) for column, value in zip(rule.columns, row, strict=True)]
        expanded += int(np.prod([len(cell) for cell in cells], dtype=object))
        if expanded > MOST_ROWS:
            raise ModelError(
                f"a table ({rule.because}) has more than {MOST_ROWS:,} rows; leave out columns that may be any"
            )
        rows.update(product(*cells))
    following: dict[tuple[int, ...], set[int]] = {(): set()}
    for whole in rows:
        for length, value in enumerate(whole):
            following.setdefault(whole[:length], set()).add(value)
    free = {} if rule.under is None else {2 * rule.under + 1: 1}
    for column in rule.columns:
        yield {2 * value: 1 for value in column} | free, 1
        if len(column) > 1:
            loose = dict.fromkeys(free, len(column) - 1)
            yield {2 * value + 1: 1 for value in column} | loose, len(column) - 1
    for before, after in sorted(following.items()):
        yield {2 * value + 1: 1 for value in before} | {2 * value: 1 for value in after} | free, 1
    if len(rule.columns) == 2:
        for value in rule.columns[1]:
            yield {2 * value + 1: 1} | {2 * first: 1 for first, second in rows if second == value} | free, 1


def _of_sum(rule: Sum) -> Iterator[Bound]:
    if rule.low is not None:
        yield _at_least({2 * option: weight for option, weight in rule.terms}, rule.low)
    if rule.high is not None:
        yield _at_least({2 * option: -weight for option, weight in rule.terms}, -rule.high)


def _at_least(weighed: dict[int, int], least: int) -> Bound:
    """The same bound with weights above 0 only: w x is w - w (not x)."""
    positive: dict[int, int] = {}
    for literal, weight in weighed.items():
        if weight < 0:
            literal, weight, least = literal ^ 1, -weight, least - weight
        if weight:
            positive[literal] = weight
    return positive, least


_FORMS: dict[type[Rule], Callable[..., Iterator[Bound]]] = {
    Group: _of_group,
    Clause: _of_clause,
    Table: _of_table,
    Sum: _of_sum,
}
