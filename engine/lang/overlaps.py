"""Finds rules that both apply where a step takes one only, and names a line for which they do.

Two cases are a proven overlap when products, dates and conditions meet and one constrains no subject that the other
does not: then every line of the narrower is a line of both. Where each asks about something the other does not, a line
may or may not meet both, and pricing answers CONFLICT if one does.

20,000 cases are 200 million pairs, so cases are grouped by product set and by the subjects they constrain; only groups
that can overlap meet, by a shared word first and then by a sweep over ranges. A case is said once. The work is counted
and bounded; what is left then is left to pricing, and said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from engine.lang import words
from engine.lang.book import Case, Rule, Step
from engine.lang.boxes import Box, Names, Ticks, both, boxes
from engine.lang.choosing import Pair, contenders
from engine.lang.draft import Draft
from engine.lang.pasted import as_test, parted
from engine.lang.syntax import RuleBlock
from engine.values.kinds import Kind

MOST_WORK = 3_000_000
MOST_SAID = 50
FAR = 10**19
"""Beyond every tick: an open end."""
DATES = "dates"
Products = frozenset[int] | None


@dataclass(slots=True, eq=False)
class Entry:
    """A box of a case of a rule."""

    rule: Rule
    case: Case
    box: Box

    def ends(self, subject: str) -> tuple[int, int]:
        """Its inclusive range of a subject, or of its dates."""
        if subject == DATES:
            start, end = self.case.start, self.case.end
            return (-FAR if start is None else start), (FAR if end is None else end - 1)
        side = self.box[subject]
        assert isinstance(side, Ticks)
        return (-FAR if side.low is None else side.low), (FAR if side.high is None else side.high)


@dataclass(slots=True, eq=False)
class Group:
    """Entries of one product set that constrain the same subjects, indexed by a subject's words when asked."""

    subjects: frozenset[str]
    entries: list[Entry] = field(default_factory=list)
    by: dict[str, dict[str | None, list[Entry]]] = field(default_factory=dict)

    def among(self, subject: str) -> dict[str | None, list[Entry]]:
        """Entries by the words they take; under None those that take any."""
        if subject not in self.by:
            index: dict[str | None, list[Entry]] = {}
            for entry in self.entries:
                side = entry.box[subject]
                among = side.among if isinstance(side, Names) else None
                for word in (None,) if among is None else among:
                    index.setdefault(word, []).append(entry)
            self.by[subject] = index
        return self.by[subject]


@dataclass(slots=True)
class Search:
    """The search of one step: cases said, pairs looked at."""

    draft: Draft
    step: Step
    said: set[int] = field(default_factory=set)
    work: int = 0

    @property
    def over(self) -> bool:
        """Whether enough was looked at, or said."""
        return self.work > MOST_WORK or len(self.said) > 2 * MOST_SAID


def find_overlaps(draft: Draft) -> None:
    """Say every proven overlap in a `one only` step."""
    kinds = draft.kinds()
    for number, step in enumerate(draft.step_list):
        for pairs in contenders(draft, number, step):
            search = Search(draft, step)
            sets = _grouped(pairs, kinds)
            for one, other in _meeting(sets, search):
                _join(search, one, other)
            if search.work > MOST_WORK:
                draft.report.add(words.not_compared(step.name, step.span))


def _grouped(pairs: list[Pair], kinds: dict[str, Kind]) -> dict[Products, dict[frozenset[str], Group]]:
    """The entries of a step by product set and constrained subjects."""
    sets: dict[Products, dict[frozenset[str], Group]] = {}
    for rule, case in pairs:
        if case.products is not None and not case.products:
            continue
        for box in boxes(case.when, kinds) or ():
            subjects = frozenset(box)
            groups = sets.setdefault(case.products, {})
            group = groups.get(subjects)
            if group is None:
                group = groups[subjects] = Group(subjects)
            group.entries.append(Entry(rule, case, box))
    return sets


# ---------------------------------------------------------------- which groups meet


def _meeting(sets: dict[Products, dict[frozenset[str], Group]], search: Search) -> Iterator[tuple[Group, Group]]:
    """Pairs of groups that share a product and of which one constrains no more than the other."""
    for one, others in _shared(sets, search):
        mine = sets[one]
        for other in others:
            theirs = sets[other]
            for left in mine.values():
                for right in theirs.values():
                    search.work += 1
                    if search.over:
                        return
                    twice = one == other and id(left) > id(right)
                    if not twice and (left.subjects <= right.subjects or right.subjects <= left.subjects):
                        yield left, right


def _shared(sets: Iterable[Products], search: Search) -> Iterator[tuple[Products, list[Products]]]:
    """Each product set with itself and those numbered after it that share a product."""
    numbered = list(sets)
    holding: dict[int, list[int]] = {}
    for number, products in enumerate(numbered):
        for product in products or ():
            holding.setdefault(product, []).append(number)
    for number, products in enumerate(numbered):
        if products is None:
            yield products, numbered[number:]
            continue
        near: set[int] = {number}
        for product in products:
            near.update(holding[product])
            search.work += 1
        later = [numbered[other] for other in sorted(near) if other >= number]
        yield products, later + [None for other in numbered[number + 1 :] if other is None]


# ---------------------------------------------------------------- which of their entries meet


def _join(search: Search, left: Group, right: Group) -> None:
    """Compare the entries of two groups: those that share a word, then those whose ranges meet."""
    shared = left.subjects & right.subjects
    few, many = (left, right) if len(left.entries) <= len(right.entries) else (right, left)
    if len(few.entries) * len(many.entries) == 1 and few is many:
        return
    subject = max((s for s in shared if _wordy(few, s)), key=lambda s: len(many.among(s)), default=None)
    if subject is None:
        _sweep(search, few.entries, many.entries, shared)
        return
    mine, theirs = few.among(subject), many.among(subject)
    for word, entries in mine.items():
        if word is None:
            _sweep(search, entries, many.entries, shared)
        else:
            _sweep(search, entries, theirs.get(word, []), shared)
            if None in theirs:
                _sweep(search, entries, theirs[None], shared)


def _wordy(group: Group, subject: str) -> bool:
    return isinstance(group.entries[0].box[subject], Names)


def _sweep(search: Search, left: list[Entry], right: list[Entry], shared: frozenset[str]) -> None:
    """Compare entries whose ranges meet in the subject that tells them apart best."""
    if len(left) * len(right) <= 64:
        search.work += len(left) * len(right)
        for one in left:
            for other in right:
                _compare(search, one, other)
        return
    ranges = [s for s in shared if isinstance(left[0].box[s], Ticks)] + [DATES]
    subject = max(ranges, key=lambda s: len({e.ends(s)[0] for e in left}) + len({e.ends(s)[0] for e in right}))
    both_sides = [(e.ends(subject), 0, e) for e in left] + (
        [] if left is right else [(e.ends(subject), 1, e) for e in right]
    )
    both_sides.sort(key=lambda item: item[0])
    for number, ((_, high), side, one) in enumerate(both_sides):
        for later in range(number + 1, len(both_sides)):
            (low, _), other_side, other = both_sides[later]
            search.work += 1
            if low > high or search.over or id(one.case) in search.said:
                break
            if left is right or side != other_side:
                _compare(search, one, other)


def _compare(search: Search, one: Entry, other: Entry) -> None:
    """Say a pair that surely meets, once a case."""
    if one.case is other.case or id(one.case) in search.said or id(other.case) in search.said or search.over:
        return
    if one.rule is other.rule and one.rule.exception_to:
        return
    if one.rule.name in other.rule.exception_to or other.rule.name in one.rule.exception_to:
        return
    start = max(one.ends(DATES)[0], other.ends(DATES)[0])
    box = both(one.box, other.box)
    if box is None or start > min(one.ends(DATES)[1], other.ends(DATES)[1]):
        return
    later, first = sorted((one, other), key=lambda e: (e.case.span.file, e.case.span.line), reverse=True)
    search.said.update((id(one.case), id(other.case)))
    witness = _witness(search.draft, one, other, box)
    search.draft.report.add(
        words.overlap(
            first.rule.name, later.rule.name, search.step, witness, later.case.span, first.case.span,
            _row_to_paste(search.draft, first, later),
        )
    )  # fmt: skip


# ---------------------------------------------------------------- a line that meets both


def _witness(draft: Draft, one: Entry, other: Entry, box: Box) -> str:
    """A quote for which both apply, as a test says it."""
    mine, theirs = one.case.products, other.case.products
    shared = mine if theirs is None else theirs if mine is None else mine & theirs
    product = (
        draft.codes[min(shared)] if shared else draft.codes[0] if shared is None and draft.codes else "any product"
    )
    start = max((day for day in (one.case.start, other.case.start) if day is not None), default=None)
    end = min((day for day in (one.case.end, other.case.end) if day is not None), default=None)
    return as_test(draft, product, start, end, box)


def _row_to_paste(draft: Draft, first: Entry, later: Entry) -> str:
    """The later of two rows of a rule, beginning where the first one ends; "" where their ranges do not tell."""
    block = next((b for b in draft.of(RuleBlock) if b.name.text == later.rule.name), None)
    table = draft.tables.get(block.rows_of.text) if block is not None and block.rows_of is not None else None
    if first.rule is not later.rule or table is None or later.case.span.file != table.sheet.file:
        return ""
    row = next((r for r in range(len(table.sheet.rows)) if table.sheet.row_span(r).line == later.case.span.line), None)
    return (None if row is None else parted(draft, table, row, later.box, first.box)) or ""
