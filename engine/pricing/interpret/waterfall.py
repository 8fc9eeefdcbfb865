"""Takes lines through the steps: which rules apply in one, and how several stand together."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from engine.lang import book as b
from engine.pricing.interpret.gives import given, makes_whole
from engine.pricing.interpret.hits import Hit, hits_of, number_of
from engine.pricing.interpret.state import State
from engine.pricing.refusals import Fault

Given = tuple[b.Rule, b.Case, Fraction]


def run(book: b.Book, lines: Sequence[State]) -> None:
    """All lines through each step, before the next."""
    for number, step in enumerate(book.steps):
        for line in lines:
            if line.fault is None:
                _run_step(book, number, step, line)


def _run_step(book: b.Book, number: int, step: b.Step, line: State) -> None:
    try:
        if step.combine != "list":
            _step(book, number, step, line)
        line.after[number] = line.now
    except Fault as fault:
        line.fault = fault


def _step(book: b.Book, number: int, step: b.Step, line: State) -> None:
    hits = hits_of(book, number, line.product, line.known)
    if not hits:
        return
    if step.combine == "one only" and len(hits) > 1:
        raise Fault("CONFLICT", case=number_of(book, hits[0][1]), other=number_of(book, hits[1][1]))
    if line.quantity and any(makes_whole(case.give, line) for _, case in hits):
        line.go_whole()
    _check_cost(book, hits, line)
    gives = [(rule, case, given(case, line)) for rule, case in hits]
    if step.combine in ("one only", "best of"):
        _settle(step, min(gives, key=lambda g: (max(g[2], 0), g[0].name)), line)
    elif step.combine == "floor":
        highest = max(gives, key=lambda g: g[2])
        if highest[2] > line.value:
            _settle(step, highest, line)
    else:
        _settle_each(step, gives, line)


def _check_cost(book: b.Book, hits: Sequence[Hit], line: State) -> None:
    for _, case in hits:
        if line.cost is None and isinstance(case.give, b.AtLeast) and case.give.kind in ("margin", "markup"):
            raise Fault("NO_COST", case=number_of(book, case))


def _settle(step: b.Step, chosen: Given, line: State) -> None:
    rule, case, value = chosen
    before, line.value = line.value, max(value, Fraction(0))
    if line.value != before:
        line.bar(step.name, rule, case, before, line.value)


def _settle_each(step: b.Step, gives: Sequence[Given], line: State) -> None:
    """Additive: every change is from the step's opening value. Compounding: every factor on what is left."""
    opened = running = line.value
    for rule, case, value in gives:
        before = running
        if step.combine == "additive":
            running += value - opened
        elif opened:
            running = running * value / opened
        if running != before:
            line.bar(step.name, rule, case, max(before, Fraction(0)), max(running, Fraction(0)))
    line.value = max(running, Fraction(0))
