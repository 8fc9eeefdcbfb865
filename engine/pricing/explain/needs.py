"""The first condition that fails, with its figures: `needs line.quantity >= 50, was 43`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from engine.lang import book as b
from engine.plan.conditions import holds
from engine.plan.head import Head
from engine.pricing.explain.shapes import Needs
from engine.values.currency import written
from engine.values.kinds import MICROS, Value, decimal

Atom = b.Is | b.Within | b.Known
Known = Mapping[str, Value]
MOST_ALTERNATIVES = 4
MOST_WORDS = 6


@dataclass(frozen=True, slots=True)
class Leaf:
    """A comparison that should have held (or, where `wanted` is False, should not); None: nothing can meet the condition."""

    atom: Atom | None
    wanted: bool
    instead: tuple[Leaf, ...] = ()


def first_failing(when: b.Condition, known: Known, wanted: bool = True) -> Leaf | None:
    """The first comparison that keeps a condition from being what is wanted; None where it is."""
    match when:
        case b.Not(of):
            return first_failing(of, known, not wanted)
        case b.All(of) | b.Any(of) if isinstance(when, b.All) == wanted:
            return next((leaf for part in of if (leaf := first_failing(part, known, wanted)) is not None), None)
        case b.All(of) | b.Any(of):
            return _alternatives(of, known, wanted)
        case _:
            return None if holds(when, known) == wanted else Leaf(when, wanted)


def _alternatives(parts: tuple[b.Condition, ...], known: Known, wanted: bool) -> Leaf | None:
    """Each of several would do: the first, and beside it the others."""
    failing = []
    for part in parts:
        leaf = first_failing(part, known, wanted)
        if leaf is None:
            return None
        failing.append(leaf)
    possible = [leaf for leaf in failing if leaf.atom is not None]
    if not possible:
        return Leaf(None, wanted)
    first, *others = possible
    return Leaf(first.atom, first.wanted, (*first.instead, *others)[: MOST_ALTERNATIVES - 1])


def distance(leaf: Leaf, known: Known) -> tuple[int, float]:
    """How far a comparison is from holding: by a figure, by another word, by something unknown, not at all possible."""
    atom = leaf.atom
    if atom is None:
        return 3, 0.0
    was = known.get(atom.subject.name)
    if was is None:
        return 2, 0.0
    if isinstance(atom, b.Within) and isinstance(was, int):
        edge = needed(atom, leaf.wanted, was)
        return (3, 0.0) if edge is None else (0, abs(edge - was) / max(1, abs(edge), abs(was)))
    return 1, 0.0


def needed(atom: b.Within, wanted: bool, was: int | None) -> int | None:
    """The value nearest to what was given for which the comparison is as wanted; None where there is none."""
    low, high = atom.low, atom.high
    if wanted:
        if low is not None and high is not None and low > high:
            return None
        if low is not None and (was is None or was < low):
            return low
        return high if high is not None else was
    edges = [
        edge for edge in (None if low is None else low - 1, None if high is None else high + 1) if edge is not None
    ]
    return min(edges, key=lambda edge: (abs(edge - (was or 0)), edge)) if edges else None


def leaves(leaf: Leaf) -> Iterator[Leaf]:
    """The comparison and those that would have done as well."""
    yield leaf
    for other in leaf.instead:
        yield from leaves(other)


# ---------------------------------------------------------------- in words


class Speaker:
    """Writes values the way the book's language does."""

    def __init__(self, head: Head) -> None:
        self.head = head

    def value(self, subject: b.Subject, value: Value) -> str:
        """`startup`, `"NL"`, `50`, `10000.00 EUR`, `2026-03-15`: as a fact is said, too."""
        if subject.fact is not None:
            kind = self.head.facts[subject.fact].kind
            return f'"{value}"' if kind.name == "text" else kind.show(value)
        if isinstance(value, str):
            return value
        if subject.name == "quote.date":
            return date.fromordinal(value).isoformat() if 0 < value < MOST_DAY else "no day"
        if subject.fold is not None and subject.fold.what == "amount":
            return f"{decimal(value, 2)} {self.head.currency}"
        return decimal(value)

    def money(self, micros: int) -> str:
        """`1,725.00 EUR`."""
        return f"{written(micros, self.head.currency)} {self.head.currency}"

    def needs(self, leaf: Leaf, known: Known) -> Needs:
        """A comparison that failed, said."""
        if leaf.atom is None:
            return Needs("", "never", (), None)
        atom, wanted = leaf.atom, leaf.wanted
        was = known.get(atom.subject.name)
        relation, values, gap = self._relation(atom, wanted, was)
        return Needs(
            atom.subject.name, relation, values, None if was is None else self.value(atom.subject, was), gap,
            tuple(self.needs(other, known) for other in leaf.instead), atom, wanted,
        )  # fmt: skip

    def _relation(self, atom: Atom, wanted: bool, was: Value | None) -> tuple[str, tuple[str, ...], str | None]:
        match atom:
            case b.Known():
                return ("known" if wanted else "unknown"), (), None
            case b.Is(subject, values):
                if not values:
                    return ("never" if wanted else "unknown"), (), None
                words = [self.value(subject, word) for word in sorted(values)[:MOST_WORDS]]
                more = len(values) - len(words)
                told = (*words, *((f"{more:,} more",) if more else ()))
                return ("is" if wanted else "is not"), told, None
            case b.Within(subject, low, high):
                return self._range(subject, low, high, wanted, was)

    def _range(
        self, subject: b.Subject, low: int | None, high: int | None, wanted: bool, was: Value | None
    ) -> tuple[str, tuple[str, ...], str | None]:
        if low is not None and high is not None:
            if low > high:
                return ("never" if wanted else "known"), (), None
            if low == high:
                return ("=" if wanted else "not in"), (self.value(subject, low),), None
            if wanted and isinstance(was, int):  # the bound that fails
                low, high = (low, None) if was < low else (None, high)
            else:
                return ("in" if wanted else "not in"), (self._between(subject, low, high),), None
        if low is None and high is None:
            return ("known" if wanted else "unknown"), (), None
        at_least = (low is not None) == wanted
        edge = (
            (low if low is not None else (high or 0) + 1)
            if at_least
            else (high if high is not None else (low or 0) - 1)
        )
        gap = self._gap(subject, abs(edge - was)) if isinstance(was, int) else None
        return (*self._bound(subject, edge, at_least), gap)

    def _between(self, subject: b.Subject, low: int, high: int) -> str:
        """`10 to 49`, `10 to below 50`."""
        if high % MICROS and (high + 1) % MICROS == 0 and self._in_ticks(subject):
            return f"{self.value(subject, low)} to below {self.value(subject, high + 1)}"
        return f"{self.value(subject, low)} to {self.value(subject, high)}"

    def _bound(self, subject: b.Subject, edge: int, at_least: bool) -> tuple[str, tuple[str]]:
        """`>= 50`; a tick past a round figure is written `> 50`."""
        beside = edge - 1 if at_least else edge + 1
        if subject.ordered and edge % MICROS and beside % MICROS == 0 and self._in_ticks(subject):
            return (">" if at_least else "<"), (self.value(subject, beside),)
        return (">=" if at_least else "<="), (self.value(subject, edge),)

    def _in_ticks(self, subject: b.Subject) -> bool:
        if subject.fact is None:
            return subject.name != "quote.date"
        return self.head.facts[subject.fact].kind.name not in ("date", "duration")

    def _gap(self, subject: b.Subject, ticks: int) -> str:
        if subject.name == "quote.date" or (
            subject.fact is not None and self.head.facts[subject.fact].kind.name == "date"
        ):
            return f"{ticks:,} day" + ("" if ticks == 1 else "s")
        return self.value(subject, ticks)


MOST_DAY = date.max.toordinal() + 1
