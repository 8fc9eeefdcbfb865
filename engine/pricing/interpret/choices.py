"""Choices over a whole quote: the one rule (or set) that takes most of it, or the best combination of rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations

from engine.lang import book as b
from engine.pricing.interpret.across import Move
from engine.pricing.interpret.gives import given, whole_change
from engine.pricing.interpret.hits import Hit
from engine.pricing.interpret.state import State

MOST_COMBINED = 12
"""Rules over several lines that are combined; a book with more in one step is refused when it is checked."""


def best_of_quote(
    book: b.Book, step: b.Step, lines: Sequence[State], local: Sequence[Sequence[Hit]], found: Sequence[Move]
) -> tuple[list[list[Hit]], list[Move]]:
    """Only what the best rule or set gives: the one after which the lines cost least together, of equals the first by name."""
    names = {rule.name for hits in local for rule, _ in hits} | {move.rule.name for move in found}
    sets = {next((s for s in step.together if name in s), (name,)) for name in names}
    if not sets:
        return [list(hits) for hits in local], list(found)

    def change(one: tuple[str, ...]) -> Fraction:
        mine = sum((_change(book, line, hits, one) for line, hits in zip(lines, local, strict=True)), Fraction(0))
        return mine + sum((sum(m.changes.values(), Fraction(0)) for m in found if m.rule.name in one), Fraction(0))

    best = min(sets, key=lambda one: (change(one), min(one)))
    kept = [[hit for hit in hits if hit[0].name in best] for hits in local]
    return kept, [move for move in found if move.rule.name in best]


def _change(book: b.Book, line: State, hits: Sequence[Hit], names: Sequence[str]) -> Fraction:
    """What the named rules change in a line's amount; a line stops at 0."""
    changes = [_change_of(book, line, case) for rule, case in hits if rule.name in names]
    return max(sum(changes, Fraction(0)), -line.as_whole(line.now))


def _change_of(book: b.Book, line: State, case: b.Case) -> Fraction:
    change = whole_change(book.rounding, case.give, line)
    return line.as_whole((given(case, line) - line.value, line.whole)) if change is None else change


def best_combination(
    book: b.Book, lines: Sequence[State], local: Sequence[Sequence[Hit]], found: Sequence[Move]
) -> list[Move]:
    """The moves that take most together, no line moved by two; a line that none of them moves takes its own best rule."""
    own = [
        min((_change(book, line, [hit], (hit[0].name,)) for hit in hits), default=Fraction(0))
        for line, hits in zip(lines, local, strict=True)
    ]

    def left(chosen: Sequence[Move]) -> Fraction:
        moved = {i for move in chosen for i, change in move.changes.items() if change}
        mine = sum((change for i, change in enumerate(own) if i not in moved), Fraction(0))
        return mine + sum((change for move in chosen for change in move.changes.values()), Fraction(0))

    best = min(_sets(found), key=lambda chosen: (left(chosen), sorted(move.rule.name for move in chosen)))
    moved = {i for move in best for i, change in move.changes.items() if change}
    for i in moved:
        local[i].clear()  # type: ignore[attr-defined]
    return list(best)


def _sets(found: Sequence[Move]) -> Iterator[tuple[Move, ...]]:
    """Every set of moves of which no two move one line."""
    among = sorted(found, key=lambda move: move.rule.name)[:MOST_COMBINED]
    for size in range(len(among) + 1):
        for chosen in combinations(among, size):
            touched = [i for move in chosen for i, change in move.changes.items() if change]
            if len(touched) == len(set(touched)):
                yield chosen
