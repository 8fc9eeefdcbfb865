"""Defaults and preferences, what is said, hidden or disabled, and the lines that options bring."""

from __future__ import annotations

from collections.abc import Iterator

from engine.configure.configured import Line, Said, Wanted
from engine.configure.model import Clause
from engine.configure.of_book.making import Instance, Making, absent, clauses_in
from engine.configure.variables import Reason, default_literals, literals_of
from engine.lang import configurable as c


def wanted_of(making: Making) -> Iterator[Wanted]:
    """Every default and preference, as literals that are wanted."""
    for instance in making.instances:
        for thing, local in instance.defaults:
            literals = tuple(default_literals(instance.scope, thing, local))
            if literals:
                span = thing.default_span or thing.span if isinstance(thing, c.Part) else thing.span
                yield Wanted(literals, Reason(thing.text, span), True, instance.outermost)
        for said in instance.bundle.preferences:
            yield _preference(making, instance, said)


def _preference(making: Making, instance: Instance, said: c.Preference) -> Wanted:
    """The literal that is wanted; of more than that, the opposite of an option that is chosen where it is not met."""
    reason = Reason(said.text, said.span, said.because)
    met = c.Some((c.Lacks(said.when), said.holds))
    clauses = [clause | absent(instance) for clause in clauses_in(instance, met, reason)]
    if len(clauses) == 1 and len(clauses[0]) == 1:
        return Wanted(tuple(clauses[0]), reason, False, instance.outermost)
    missed = making.option(f"not met: {said.text} #{len(making.options)}", "", of_bundle=False, wish=True)
    for clause in clauses:
        making.add(Clause(tuple(sorted(clause | {2 * missed})), reason.text), reason)
    for clause in clauses_in(instance, met, reason, positive=False):
        making.add(Clause(tuple(sorted(clause | {2 * missed + 1})), reason.text), reason)
    for literal in absent(instance):
        making.add(Clause((literal ^ 1, 2 * missed + 1), reason.text), reason)
    return Wanted((2 * missed + 1,), reason, False, instance.outermost)


def said_of(making: Making) -> Iterator[Said]:
    """Messages, and what is hidden or disabled, with when."""
    for instance in making.instances:
        there = () if instance.under is None else (frozenset((2 * instance.under,)),)
        for message in instance.bundle.messages:
            reason = Reason(message.says, message.span)
            yield Said(message.severity, (*clauses_in(instance, message.when, reason), *there), (), reason)
        for shown in instance.bundle.shown:
            reason = Reason(shown.because or "", shown.span, shown.because)
            options = tuple(literal >> 1 for has in shown.of for literal in literals_of(instance.scope, has))
            yield Said(shown.how, (*clauses_in(instance, shown.when, reason), *there), options, reason)


def lines_of(making: Making) -> Iterator[Line]:
    """What options bring into a quote."""
    for piece in making.pieces:
        for low, high, option in piece.variable.amounts:
            quantity = int(piece.times * low) if low == high else None
            within = tuple(factor.path for factor in piece.within)
            yield Line(option, piece.code, piece.path, quantity, piece.times, within)
