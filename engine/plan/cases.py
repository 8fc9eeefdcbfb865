"""Takes a book's cases apart: what each gives, the rows of its condition, and what every row asks of each subject.

A row is one alternative of a case; it becomes a bit of the plan. All is kept by column, a number an entry, for there may be
hundreds of thousands of them.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import count

from engine.lang import book as b
from engine.lang.parts import atoms
from engine.plan import layout as at
from engine.plan.conditions import Row, Spans, TooManyAlternatives, Words, rows_of
from engine.plan.figures import fraction
from engine.plan.head import dates_beside_rules, dates_of_case
from engine.plan.plan import PlanError
from engine.plan.taxes import Stated
from engine.plan.tiers import TierTables
from engine.plan.whole import Whole

MAX_BITS = 2_000_000
DATE = b.Subject("quote.date", None, True)


@dataclass
class Asked:
    """What rows ask of one subject: words (allowed ones, or all but them; whether unknown will do), or spans of ticks."""

    subject: b.Subject
    words: dict[tuple[frozenset[str], bool, bool], list[int]] = field(default_factory=dict)
    lows: array[int] = field(default_factory=lambda: array("q"))
    highs: array[int] = field(default_factory=lambda: array("q"))
    rows: array[int] = field(default_factory=lambda: array("q"))  # of each span
    unknown: list[int] = field(default_factory=list)  # rows of an ordered subject that allow it to be unknown

    def add(self, row: int, allowed: Words | Spans) -> None:
        """Note what a row allows."""
        if isinstance(allowed, Words):
            self.words.setdefault((allowed.words, allowed.among, allowed.unknown), []).append(row)
            return
        for low, high in allowed.spans:
            self.span(row, low, high)
        if allowed.unknown:
            self.unknown.append(row)

    def span(self, row: int, low: int, high: int) -> None:
        """Note that a row allows low to high, both included."""
        self.lows.append(low)
        self.highs.append(high)
        self.rows.append(row)

    def __bool__(self) -> bool:
        return bool(self.words or self.rows or self.unknown)


@dataclass
class Cases:
    """The cases of a book, taken apart."""

    columns: array[int] = field(default_factory=lambda: array("q"))  # CASE columns of each case
    steps: array[int] = field(default_factory=lambda: array("q"))  # of each case
    parts: array[int] = field(default_factory=lambda: array("q"))  # of each case: the set of products
    rows: array[int] = field(default_factory=lambda: array("q"))  # of each row: its case
    asked: dict[str, Asked] = field(default_factory=dict)  # by the subject's name
    facts: set[int] = field(default_factory=set)  # that any condition is about
    asks: dict[tuple[int, int], int] = field(default_factory=dict)  # (part, required fact): first rule that asks
    shares: list[tuple[int, ...]] = field(default_factory=list)  # SHARE columns of what is given on the quote
    dates: set[int] = field(default_factory=set)  # on which something of the book begins or ends
    partitions: dict[frozenset[int] | None, int] = field(default_factory=lambda: {None: 0})

    def of(self, subject: b.Subject) -> Asked:
        """What is asked of a subject."""
        found = self.asked.get(subject.name)
        if found is None:
            found = self.asked[subject.name] = Asked(subject)
        return found


def take_apart(book: b.Book, tiers: TierTables, whole: Whole) -> Cases:
    """The cases of a book, and their tier tables into `tiers`.

    Raises:
        PlanError: a figure or a condition does not fit what the kernels can hold.
    """
    out = Cases(dates=set(dates_beside_rules(book)))
    required = {i for i, fact in enumerate(book.facts) if not fact.optional}
    stated = Stated(book)
    sources = count(sum(len(product.prices) for product in book.products))  # numbers in `Head.prices`
    ranks = {rule.name: rank for rank, rule in enumerate(sorted(book.rules, key=lambda r: r.name))}
    for number, rule in enumerate(book.rules):
        rank = ranks[rule.name]
        for case in rule.cases:
            index = len(out.steps)
            part = out.partitions.setdefault(case.products, len(out.partitions))
            if isinstance(case.give, b.OnQuote):
                gives = (at.ON_QUOTE, len(out.shares), 1, at.BASE_RUNNING, -1)
                out.shares.append(whole.share(rule, index, part, case.give, case.span))
            elif isinstance(case.give, b.ByHand):
                gives = (at.BY_HAND, whole.grants.index(case.give.name), 1, at.BASE_RUNNING, -1)
            else:
                base = next(sources) if rule.step == 0 else at.BASE_RUNNING
                gives = _give(stated, rule.step, case, tiers, base)
            out.columns.extend((*gives, number, rank, index))
            out.steps.append(whole.found_in(rule, case))
            out.parts.append(part)
            plain = _plain(case)
            for atom in plain if plain is not None else atoms(case.when):
                fact = atom.subject.fact
                if fact is not None:
                    out.facts.add(fact)
                    if fact in required and rule.name:  # one without a name counts lines for a sum, and misses nothing
                        out.asks.setdefault((part, fact), number)
            if plain is None:
                out.dates.update(dates_of_case(case))
                _add_rows(out, index, case)
            else:
                _add_plain(out, index, case, plain)
    if len(out.rows) > MAX_BITS:
        raise PlanError("P103", f"the book has {len(out.rows):,} alternatives; at most {MAX_BITS:,} are kept")
    return out


def _plain(case: b.Case) -> tuple[b.Is | b.Within, ...] | None:
    """The comparisons of `a and b and c` over different subjects, the date not among them: nearly every case of a large book."""
    when = case.when
    if type(when) is not b.All:
        return None
    names = {"quote.date"}
    for atom in when.of:
        if type(atom) is b.Within:
            if atom.low is not None and atom.high is not None and atom.low > atom.high:
                return None
        elif type(atom) is not b.Is or not atom.values:
            return None
        if atom.subject.name in names:
            return None
        names.add(atom.subject.name)
    return when.of  # type: ignore[return-value]


def _add_plain(out: Cases, index: int, case: b.Case, plain: tuple[b.Is | b.Within, ...]) -> None:
    row = len(out.rows)
    out.rows.append(index)
    for atom in plain:
        asked = out.of(atom.subject)
        if isinstance(atom, b.Is):
            asked.words.setdefault((atom.values, True, False), []).append(row)
        else:
            asked.span(row, -at.OPEN if atom.low is None else atom.low, at.OPEN if atom.high is None else atom.high)
    if case.start is not None or case.end is not None:
        out.of(DATE).span(row, *_window(case))
        out.dates.update(day for day in (case.start, case.end) if day is not None)


def _window(case: b.Case) -> tuple[int, int]:
    return case.start or 0, at.OPEN if case.end is None else case.end - 1


def _add_rows(out: Cases, index: int, case: b.Case) -> None:
    for row in _rows(case):
        for subject, allowed in row.items():
            out.of(subject).add(len(out.rows), allowed)
        out.rows.append(index)


def _rows(case: b.Case) -> list[Row]:
    try:
        rows = rows_of(case.when)
    except TooManyAlternatives:
        raise PlanError("P102", "this condition has too many alternatives: split the rule", case.span) from None
    if case.start is None and case.end is None:
        return rows
    window = Spans((_window(case),), False)
    return [joined for row in rows if (joined := _narrow(row, window)) is not None]


def _narrow(row: Row, window: Spans) -> Row | None:
    mine = row.get(DATE)
    both = window if mine is None else window.both(mine) if isinstance(mine, Spans) else window
    return None if both.empty else {**row, DATE: both}


# ---------------------------------------------------------------- what a case gives


def _give(stated: Stated, step: int, case: b.Case, tiers: TierTables, base: int) -> tuple[int, int, int, int, int]:
    """The first CASE columns; `base` where it is not the give's own."""
    give, span = case.give, case.span
    match give:
        case b.Percent(rate, of):
            return (at.PERCENT, *fraction(rate, span, "this percent"), _base(of), -1)
        case b.Amount(micros, tax):
            return (at.AMOUNT, *fraction(micros, span, "this amount"), stated.base(step, tax), -1)
        case b.Charge(rate, category):
            return (at.CHARGE, *fraction(rate, span, "this rate"), int.from_bytes(category.encode()[:7]), -1)
        case b.SetPrice(price):
            figure, table = tiers.price(price)
            return (at.SET_PRICE, *fraction(figure, span, "this price"), base, table)
        case b.GraduatedOff(table, of):
            return (at.GRADUATED_OFF, 0, 1, _base(of), tiers.add(table))
        case b.AtLeast(kind, value):
            give_of, factor = _FLOORS[kind](value)
            return (give_of, *fraction(factor, span, "this floor"), base, -1)
        case _:
            raise AssertionError("plan.reach lets no such give through")


_FLOORS: dict[str, Callable[[Fraction], tuple[int, Fraction]]] = {
    "amount": lambda value: (at.AT_LEAST_AMOUNT, value),
    "of_list": lambda value: (at.AT_LEAST_OF_LIST, value),
    "below_list": lambda value: (at.AT_LEAST_BELOW_LIST, value),
    "margin": lambda value: (at.AT_LEAST_OF_COST, 1 / (1 - value)),
    "markup": lambda value: (at.AT_LEAST_OF_COST, 1 + value),
}


def _base(of: b.Base) -> int:
    return _BASES[of.kind] if of.step is None else of.step


_BASES = {"running": at.BASE_RUNNING, "list": at.BASE_LIST, "cost": at.BASE_COST, "after": 0}
