"""Conditions of a bundle's rules on facts: `customer.segment is enterprise`, `quote.term >= 36 months`, `customer.country is known`.

They read as those of prices do; what a fact is missing, it is missing here too: a condition on it is false.
"""

from __future__ import annotations

from typing import cast

from engine.lang import words
from engine.lang.configurable import Counts, Every, Has, Holds, Known, Some
from engine.lang.draft import Draft, Look
from engine.lang.parts import bounds
from engine.lang.places import Span
from engine.lang.syntax import Compare, Expr, Operand, Word
from engine.lang.types import literal
from engine.values.kinds import FLAG, Kind

KNOWN = "known"


def on_fact(draft: Draft, expr: Compare, look: Look, negated: bool, asked: frozenset[str]) -> Holds | None:
    """The condition; None where it is wrong (and said). `asked`: facts of which the whole condition asks whether they are known."""
    path, values = look.subject.name, cast("tuple[Operand, ...]", expr.values)
    if _asks(expr):
        return _known(draft, look, expr.span)
    if negated and look.optional and path not in asked:
        draft.report.add(words.maybe_unknown(path, expr.span))
    if expr.relation == KNOWN:
        return _alone(draft, look, expr.span)
    if not look.kind.ordered and expr.relation not in ("is", "in"):
        draft.report.add(words.no_order(path, expr.relation.replace("range", "to"), expr.span))
        return None
    found = [_value(draft, look, value) for value in values]
    if any(value is None for value in found):
        return None
    if not look.kind.ordered:
        return Has(path, frozenset(map(str, found)))
    return _ordered(draft, path, expr, [int(value) for value in found if value is not None])


def _asks(expr: Expr) -> bool:
    """`x is known`: in a bundle, `known` reads as a value."""
    if not isinstance(expr, Compare) or expr.relation not in ("is", "is not") or len(expr.values) != 1:
        return False
    [value] = expr.values
    return isinstance(value, Word) and value.text == KNOWN


def asked_of(expr: Expr | None) -> frozenset[str]:
    """The facts of which a condition asks whether they are known."""
    if expr is None:
        return frozenset()
    if isinstance(expr, Compare):
        return frozenset((cast(Word, expr.subject).text,)) if _asks(expr) else frozenset()
    return frozenset[str]().union(*map(asked_of, expr.parts))


def _known(draft: Draft, look: Look, span: Span) -> Holds:
    if look.optional:
        return Known(look.subject.name)
    draft.report.add(words.always_known(look.subject.name, span))
    return Every(())


def _alone(draft: Draft, look: Look, span: Span) -> Holds | None:
    """A yes or no alone is yes."""
    path = look.subject.name
    if set(look.kind.values) == set(FLAG):
        return Has(path, frozenset(("yes",)))
    draft.report.add(words.which_value(path, look.kind.values or [f"a {look.kind.name}"], span))
    return None


def _value(draft: Draft, look: Look, value: Operand) -> str | int | None:
    if isinstance(value, Word) and value.text in draft.looks:
        draft.report.add(words.two_facts(look.subject.name, value.text, value.span))
        return None
    return literal(draft, look.kind, value, look.subject.name)


def _ordered(draft: Draft, path: str, expr: Compare, ticks: list[int]) -> Holds | None:
    if expr.relation == "range":
        if ticks[0] > ticks[1]:
            draft.report.add(words.range_reversed(expr.span))
            return None
        return Counts(path, ticks[0], ticks[1])
    if expr.relation in ("is", "in"):
        each = tuple(Counts(path, tick, tick) for tick in ticks)
        return each[0] if len(each) == 1 else Some(each)
    return Counts(path, *bounds(expr.relation, ticks[0]))


def fact_cell(path: str, kind: Kind, text: str) -> Holds | None:
    """What a cell of a table of combinations says of a fact; None where it is no value of its."""
    low, _, high = text.partition(" to ") if kind.ordered else (text.strip('"'), "", "")
    try:
        found = [kind.parse(each) for each in (low, high or low)]
    except ValueError:
        return None
    if not kind.ordered:
        return Has(path, frozenset((str(found[0]),)))
    return Counts(path, int(found[0]), int(found[1])) if int(found[0]) <= int(found[1]) else None
