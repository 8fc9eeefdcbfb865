"""Turns conditions into rows of a table: for each alternative, which values of each subject are allowed.

    (segment is startup or quantity >= 10) and not country is BE
        ->  {segment: {startup}, country: all but BE}  |  {quantity: [10, ..], country: all but BE}

A row is a conjunction over subjects; a line meets the condition when it meets any row. What `Not` does is settled here by
complement, so that kernels only AND masks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.lang import book as b
from engine.plan.layout import OPEN
from engine.values.kinds import Value

MAX_ROWS = 512


@dataclass(frozen=True, slots=True)
class Words:
    """Allowed words: these (`among`), or all known ones but these; `unknown` allows that none was given."""

    words: frozenset[str]
    among: bool
    unknown: bool

    def both(self, other: Words) -> Words:
        """What both allow."""
        unknown = self.unknown and other.unknown
        if self.among and other.among:
            return Words(self.words & other.words, True, unknown)
        if not self.among and not other.among:
            return Words(self.words | other.words, False, unknown)
        few, less = (self, other) if self.among else (other, self)
        return Words(few.words - less.words, True, unknown)

    def opposite(self) -> Words:
        """What this does not allow."""
        return Words(self.words, not self.among, not self.unknown)

    @property
    def empty(self) -> bool:
        """Whether nothing at all is allowed."""
        return self.among and not self.words and not self.unknown


@dataclass(frozen=True, slots=True)
class Spans:
    """Allowed ticks: sorted, disjoint, inclusive (low, high); `unknown` as in Words."""

    spans: tuple[tuple[int, int], ...]
    unknown: bool

    def both(self, other: Spans) -> Spans:
        """What both allow."""
        pairs = ((max(a, c), min(z, y)) for a, z in self.spans for c, y in other.spans)
        return Spans(tuple(sorted((a, z) for a, z in pairs if a <= z)), self.unknown and other.unknown)

    def opposite(self) -> Spans:
        """What this does not allow."""
        gaps, start = [], -OPEN
        for low, high in self.spans:
            if start < low:
                gaps.append((start, low - 1))
            start = high + 1
        if start <= OPEN:
            gaps.append((start, OPEN))
        return Spans(tuple(gaps), not self.unknown)

    @property
    def empty(self) -> bool:
        """Whether nothing at all is allowed."""
        return not self.spans and not self.unknown


Allowed = Words | Spans
Row = dict[b.Subject, Allowed]


class TooManyAlternatives(Exception):
    """A condition would need more than MAX_ROWS rows."""


def rows_of(when: b.Condition) -> list[Row]:
    """The rows of a condition; [] where it can never hold, [{}] where it always does.

    Raises:
        TooManyAlternatives: more than MAX_ROWS rows.
    """
    return _rows(when, True)


def _rows(when: b.Condition, wanted: bool) -> list[Row]:
    match when:
        case b.Not(of):
            return _rows(of, not wanted)
        case b.All(of) if wanted:
            return _product(of, wanted)
        case b.Any(of) if not wanted:
            return _product(of, wanted)
        case b.All(of) | b.Any(of):
            return _bounded([row for part in of for row in _rows(part, wanted)])
        case b.Is(subject, _) | b.Within(subject, _, _) | b.Known(subject):
            allowed = _allowed(when)
            allowed = allowed if wanted else allowed.opposite()
            return [] if allowed.empty else [{subject: allowed}]


def _product(parts: tuple[b.Condition, ...], wanted: bool) -> list[Row]:
    rows: list[Row] = [{}]
    for part in parts:
        more = _rows(part, wanted)
        rows = _bounded([joined for row in rows for other in more if (joined := _join(row, other)) is not None])
    return rows


def _join(row: Row, other: Row) -> Row | None:
    joined = dict(row)
    for subject, allowed in other.items():
        mine = joined.get(subject)
        both = allowed if mine is None else _both(mine, allowed)
        if both.empty:
            return None
        joined[subject] = both
    return joined


def _both(one: Allowed, other: Allowed) -> Allowed:
    if isinstance(one, Words) and isinstance(other, Words):
        return one.both(other)
    assert isinstance(one, Spans) and isinstance(other, Spans)
    return one.both(other)


def _allowed(atom: b.Is | b.Within | b.Known) -> Allowed:
    match atom:
        case b.Is(_, values):
            return Words(values, True, False)
        case b.Within(_, low, high):
            low, high = -OPEN if low is None else low, OPEN if high is None else high
            return Spans(((low, high),) if low <= high else (), False)
        case b.Known(subject):
            return Spans(((-OPEN, OPEN),), False) if subject.ordered else Words(frozenset(), False, False)


def _bounded(rows: list[Row]) -> list[Row]:
    if len(rows) > MAX_ROWS:
        raise TooManyAlternatives
    return rows


def holds(when: b.Condition, known: Mapping[str, Value]) -> bool:
    """Whether a condition holds for the known facts."""
    match when:
        case b.All(of):
            return all(holds(part, known) for part in of)
        case b.Any(of):
            return any(holds(part, known) for part in of)
        case b.Not(part):
            return not holds(part, known)
        case b.Known(subject):
            return subject.name in known
        case b.Is(subject, values):
            return known.get(subject.name) in values
        case b.Within(subject, low, high):
            value = known.get(subject.name)
            return isinstance(value, int) and (low is None or low <= value) and (high is None or value <= high)
