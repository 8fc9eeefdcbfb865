"""Sums over the lines of a quote that conditions ask about, as each stands when a step begins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from engine.lang import book as b
from engine.lang.parts import atoms
from engine.plan.conditions import holds
from engine.pricing.interpret.seen import seen, seen_at
from engine.pricing.interpret.state import State, micro
from engine.values.kinds import MICROS
from engine.values.rounding import Rounding


def know_folds(book: b.Book, step: int, lines: Sequence[State]) -> None:
    """Tell every line the folds that the step's rules ask about."""
    for subject in _asked(book, step):
        for line in lines:
            value = _value(book, subject, line, lines)
            if value is not None:
                line.known[subject.name] = value


def know_places(book: b.Book, step: int, lines: Sequence[State]) -> None:
    """Tell every line how much of a graduated tier's measure comes before it: what was bought before, then earlier lines."""
    for rule in book.rules:
        for case in rule.cases if rule.step == step else ():
            if isinstance(case.give, b.GraduatedOff) and case.give.by is not None:
                for i, line in enumerate(lines):
                    before = _value(book, case.give.by, line, lines[:i]) or 0
                    line.known[f"before {case.give.by.name}"] = int(before / _size(book, case.give.by.fold, line))


def _asked(book: b.Book, step: int) -> Iterator[b.Subject]:
    if step == len(book.steps):
        asked = [denial.when for denial in book.denials]
    else:
        asked = [case.when for rule in book.rules if rule.step == step for case in rule.cases]
    found = {atom.subject for when in asked for atom in atoms(when) if atom.subject.fold is not None}
    return iter(sorted(found, key=lambda subject: subject.name))


def _value(book: b.Book, subject: b.Subject, line: State, lines: Sequence[State]) -> int | None:
    fold = subject.fold
    assert fold is not None
    counted: list[State]
    if fold.own:
        counted = [line] if line in lines else []
    elif fold.same_group and "line.group" not in line.known:
        counted = [line] if counts(fold, line) else []
    else:
        group = line.known.get("line.group")
        counted = [o for o in lines if counts(fold, o) and (not fold.same_group or o.known.get("line.group") == group)]
    plus = 0
    if fold.plus is not None:
        plus = micro(fold.plus_rate * int(line.known.get(book.facts[fold.plus].path, 0)))
    return int(sum(of_line(book.rounding, fold, other) * _size(book, fold, other) for other in counted)) + plus


def _size(book: b.Book, fold: b.Fold | None, line: State) -> Fraction:
    """How much of what a fold counts one of a line's units is."""
    return book.units[line.goods.unit].size if fold is not None and fold.in_roots else Fraction(1)


def counts(fold: b.Fold, line: State) -> bool:
    """Whether a line is among those a fold is over."""
    return (
        (fold.products is None or line.product in fold.products)
        and (fold.period is None or line.goods.period == fold.period)
        and (fold.where is None or holds(fold.where, line.known))
    )


def of_line(rounding: Rounding, fold: b.Fold, line: State) -> int:
    """What a line adds."""
    sign = -1 if line.ticks < 0 else 1
    if fold.what == "quantity":
        return line.ticks
    if fold.what == "lines":
        return MICROS
    amount: Fraction = seen(rounding, line) if fold.at is None else seen_at(rounding, line, fold.at)
    return sign * micro(amount)
