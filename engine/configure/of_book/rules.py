"""Rules over parts and attributes, as clauses, groups and sums of a model."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor, lcm

from engine.configure.model import MOST_COST_MICROS, Clause, Group
from engine.configure.of_book.making import Instance, Making, absent, clauses_in
from engine.configure.totals import by_numbers
from engine.configure.variables import Reason, cell_of, column_of, freed_sum, literals_of, tells_of_none
from engine.configure.wording import TooFine, combinations
from engine.lang import configurable as c


def add_rule(making: Making, instance: Instance, rule: c.BundleRule) -> None:
    """What a rule of the book asks, where its bundle stands."""
    reason, free = Reason(rule.text, rule.span, rule.because), absent(instance)
    match rule.asks:
        case c.Must(holds):
            for clause in clauses_in(instance, holds, reason):
                making.add(Clause(tuple(sorted(clause | free)), reason.text), reason)
        case c.HowMany() as many:
            _how_many(making, instance, many, reason)
        case c.Total() as total:
            _total(making, instance, total, reason)
        case c.Allowed() as table:
            _allowed(making, instance, table, reason)


def _how_many(making: Making, instance: Instance, many: c.HowMany, reason: Reason) -> None:
    literals = [_one_literal(instance, holds) for holds in many.of]
    if (
        all(len(each) == 1 and not each[0] & 1 for each in literals)
        and not absent(instance)
        and many.when == c.Every(())
    ):
        members = tuple(dict.fromkeys(each[0] >> 1 for each in literals))
        if len(members) == len(literals):
            making.add(Group(members, many.low, many.high), reason)
            return
    terms = [(literal, Fraction(1)) for each in literals for literal in each]
    _sum(making, instance, terms, (Fraction(many.low), Fraction(many.high)), many.when, reason)


def _one_literal(instance: Instance, holds: c.Holds) -> list[int]:
    """The literals of what is counted: exclusive ones, or one for all of them."""
    assert isinstance(holds, c.Has)
    return literals_of(instance.scope, holds)


def _total(making: Making, instance: Instance, total: c.Total, reason: Reason) -> None:
    """A sum; where numbers of bundles inside are chosen too, one for each combination of them, freed by all others."""
    counted = making.counted(instance)
    weights = [weight for term in total.terms for weight in counted.weights(term)]
    for weighed, others in by_numbers(weights):
        _sum(making, instance, weighed, (total.low, total.high), total.when, reason, others)


def _sum(
    making: Making, instance: Instance, terms: Sequence[tuple[int | None, Fraction]], ends: tuple[Fraction | None, Fraction | None],
    when: c.Holds, reason: Reason, others: frozenset[int] = frozenset(),
) -> None:  # fmt: skip
    """The bounds of a sum; where it only holds under a condition, what makes that fail, or one of `others`, frees it."""
    scale = lcm(*(weight.denominator for _, weight in terms), 1)
    always = sum((weight for literal, weight in terms if literal is None), Fraction(0))
    ends = (None if ends[0] is None else ends[0] - always, None if ends[1] is None else ends[1] - always)
    weighed: dict[int, int] = {}
    for literal, weight in terms:
        if literal is None:
            continue
        weighed[literal >> 1] = weighed.get(literal >> 1, 0) + int(weight * scale)
    least = sum(min(weight, 0) for weight in weighed.values())
    most = sum(max(weight, 0) for weight in weighed.values())
    low, high = (None if end is None else end * scale for end in ends)
    if 4 * (most - least + max(abs(end * scale) for end in ends if end is not None)) > MOST_COST_MICROS:
        raise TooFine(reason.span)
    for clause in clauses_in(instance, when, reason, positive=False):
        freed = clause | absent(instance) | others
        if high is not None and floor(high) < most:
            making.add(freed_sum(weighed, None, floor(high), freed, most - floor(high)), reason)
        if low is not None and ceil(low) > least:
            making.add(freed_sum(weighed, ceil(low), None, freed, ceil(low) - least), reason)


def _allowed(making: Making, instance: Instance, table: c.Allowed, reason: Reason) -> None:
    free = absent(instance)
    columns = [column_of(instance.scope[path], instance.under) for path in table.columns]
    told = [tells_of_none(instance.scope, table, at, column) for at, column in enumerate(columns)]
    rows = [
        tuple(
            frozenset(column.literals) if cell is None else cell_of(instance.scope, cell, column, not says_none)
            for cell, column, says_none in zip(row, columns, told, strict=True)
        )
        for row in table.rows
    ]
    for literals in combinations([column.literals for column in columns], rows, reason.span):
        clause = literals | free
        if not any(literal ^ 1 in clause for literal in clause):
            making.add(Clause(tuple(sorted(clause)), reason.text), reason)
