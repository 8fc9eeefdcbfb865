"""Conditions of a book as clauses: each a set of literals, of which one holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product

from engine.configure.model import ModelError
from engine.lang import configurable as c
from engine.lang.places import Span

Clauses = tuple[frozenset[int], ...]
Read = Callable[[c.Has | c.Counts | c.Known], list[int]]
"""The literals of which one holds where an atom does."""
MOST_CLAUSES = 5_000
MOST_ROWS = 1_000_000


class Tangled(ModelError):
    """A rule that comes to more alternatives than are kept; `span` is where it stands."""

    def __init__(self, span: Span, most: int) -> None:
        super().__init__(f"the rule at {span.file}:{span.line} comes to more than {most:,} alternatives; split it")
        self.span, self.most = span, most


class TooFine(ModelError):
    """A sum whose weights leave a word; `span` is where it stands."""

    def __init__(self, span: Span) -> None:
        super().__init__(f"the sum at {span.file}:{span.line} has figures too large, or too fine, to be added exactly")
        self.span = span


def clauses_of(holds: c.Holds, read: Read, positive: bool, span: Span) -> Clauses:
    """Clauses that all hold where the condition does, or where it does not (not `positive`)."""
    match holds:
        case c.Has() | c.Counts() | c.Known():
            literals = read(holds)
            return (frozenset(literals),) if positive else tuple(frozenset((literal ^ 1,)) for literal in literals)
        case c.Lacks(of):
            return clauses_of(of, read, not positive, span)
        case c.Every(of) | c.Some(of):
            parts = [clauses_of(part, read, positive, span) for part in of]
            both = isinstance(holds, c.Every) == positive
            return tuple(dict.fromkeys(clause for part in parts for clause in part)) if both else _either(parts, span)
        case c.Alike(one, other):
            pairs = [(read(first), read(second)) for first, second in zip(one, other, strict=True)]
            if not positive:
                return tuple(frozenset((a ^ 1, b ^ 1)) for mine, theirs in pairs for a in mine for b in theirs)
            some = frozenset(a for mine, _ in pairs for a in mine)
            return (some, *(frozenset((a ^ 1, *theirs)) for mine, theirs in pairs for a in mine))


def _either(parts: list[Clauses], span: Span) -> Clauses:
    """Clauses that hold where those of one part do: every clause of one with every clause of the others."""
    found: dict[frozenset[int], None] = {frozenset(): None}
    for part in parts:
        if len(found) * len(part) > MOST_CLAUSES:
            raise Tangled(span, MOST_CLAUSES)
        joined = (one | other for one in found for other in part)
        found = dict.fromkeys(clause for clause in joined if not any(literal ^ 1 in clause for literal in clause))
    return tuple(found)


def combinations(
    columns: Sequence[Sequence[int]], rows: Sequence[tuple[frozenset[int], ...]], span: Span
) -> list[frozenset[int]]:
    """A table as clauses: for each beginning of a row, one of what rows go on with; for two columns also the other way."""
    following: dict[tuple[int, ...], set[int]] = {(): set()}
    before: dict[int, set[int]] = {}
    count = 0
    for row in rows:
        for whole in product(*(sorted(cell) for cell in row)):
            count += 1
            if count > MOST_ROWS:
                raise Tangled(span, MOST_ROWS)
            for length, value in enumerate(whole):
                following.setdefault(whole[:length], set()).add(value)
            if len(columns) == 2:
                before.setdefault(whole[1], set()).add(whole[0])
    found = [
        frozenset(value ^ 1 for value in start) | after
        for start, after in following.items()
        if len(start) < len(columns) and after != set(columns[len(start)])
    ]
    if len(columns) == 2:
        found += [frozenset((value ^ 1,)) | before.get(value, set()) for value in columns[1]]
    return list(dict.fromkeys(clause for clause in found if not any(literal ^ 1 in clause for literal in clause)))
