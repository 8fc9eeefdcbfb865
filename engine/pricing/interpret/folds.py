"""Sums over the lines of a quote that conditions ask about, as each stands when a step begins."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from engine.lang import book as b
from engine.plan.conditions import holds
from engine.pricing.interpret.candidates import candidates_of
from engine.pricing.interpret.seen import seen, seen_at
from engine.pricing.interpret.state import State, micro
from engine.values.kinds import MICROS, Value
from engine.values.rounding import Rounding


def know_folds(book: b.Book, step: int, lines: Sequence[State]) -> None:
    """Tell every line the folds that the step's rules ask about; after the last step, those of the denials."""
    for subject in candidates_of(book).folds[step]:
        sums: dict[Value | None, int] = {}
        for line in lines:
            line.known[subject.name] = _total(book, subject, line, lines, sums) + _plus(book, subject, line)


def know_places(book: b.Book, step: int, lines: Sequence[State]) -> None:
    """Tell every line how much of a graduated tier's measure comes before it: what was bought before, then earlier lines."""
    for measure in candidates_of(book).places[step]:
        for i, line in enumerate(lines):
            before = _total(book, measure, line, lines[:i], {}) + _plus(book, measure, line)
            line.known[f"before {measure.name}"] = int(before / _size(book, measure.fold, line))


def _total(
    book: b.Book, subject: b.Subject, line: State, lines: Sequence[State], known: dict[Value | None, int]
) -> int:
    """What the lines that a fold counts for a line come to. `known`: sums over several lines, by the group they are of."""
    fold, group = subject.fold, line.known.get("line.group")
    assert fold is not None
    if fold.own or (fold.same_group and group is None):
        return _sum(book, fold, [line] if line in lines and (fold.own or counts(fold, line)) else [])
    key = group if fold.same_group else None
    if key not in known:
        among = [one for one in lines if not fold.same_group or one.known.get("line.group") == group]
        known[key] = _sum(book, fold, [one for one in among if counts(fold, one)])
    return known[key]


def _sum(book: b.Book, fold: b.Fold, counted: Sequence[State]) -> int:
    return int(sum(of_line(book.rounding, fold, line) * _size(book, fold, line) for line in counted))


def _plus(book: b.Book, subject: b.Subject, line: State) -> int:
    """What a fact says came before."""
    fold = subject.fold
    if fold is None or fold.plus is None:
        return 0
    return micro(fold.plus_rate * int(line.known.get(book.facts[fold.plus].path, 0)))


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
