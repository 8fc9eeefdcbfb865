"""Lowers a checked book to a plan: names become numbers, conditions become masks, prices become rows.

products, prices, tiers  -> rows             every case -> bits, one an alternative of its condition
subjects of conditions   -> dims             bits are numbered by (step, set of products, place in the book)
every class of a dim     -> a mask of bits   so a line ANDs a few words to find what applies to it
"""

from __future__ import annotations

import gc
from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm

import numpy as np

from engine.lang import book as b
from engine.plan import layout as at
from engine.plan.conditions import Allowed, Row, Spans, TooManyAlternatives, atoms, rows_of
from engine.plan.head import head_of
from engine.plan.masks import dimension
from engine.plan.plan import Plan, PlanError
from engine.values.kinds import MICROS
from engine.values.rounding import LEVELS, MODES

MAX_BITS = 2_000_000
_WORD_LIMIT = 2**62

Products = frozenset[int] | None


@dataclass
class _Cases:
    """Cases in the making: per case its columns, per bit its case and what it asks of each subject."""

    columns: list[tuple[int, ...]] = field(default_factory=list)
    keys: list[tuple[int, int]] = field(default_factory=list)  # (step, partition) of each case
    rows: list[tuple[int, Row]] = field(default_factory=list)  # (case, row)
    facts: set[int] = field(default_factory=set)  # that any condition is about
    asks: dict[tuple[int, int], int] = field(default_factory=dict)  # (partition, required fact): first rule that asks
    partitions: dict[Products, int] = field(default_factory=lambda: {None: 0})


def lower(book: b.Book) -> Plan:
    """Lower a checked book.

    Raises:
        PlanError: a figure or a condition of the book does not fit what the kernels can hold; says which and where.
    """
    collecting = gc.isenabled()
    gc.disable()  # nothing made here is a cycle: looking for them doubles the time of a large book
    try:
        return _lower(book)
    finally:
        if collecting:
            gc.enable()


def _lower(book: b.Book) -> Plan:
    tiers = _TierTables()
    prices = [_price_row(dated, tiers, i) for i, dated in enumerate(_all(book, "prices"))]
    costs = [_price_row(dated, tiers, i) for i, dated in enumerate(_all(book, "costs"))]
    cases = _lower_cases(book, tiers)
    dims = _dims(book, cases)
    order = sorted(range(len(cases.rows)), key=lambda i: _place(cases, i))
    bits = [cases.rows[i] for i in order]
    words = max(1, -(-len(bits) // 64))
    dim_rows, cuts, masks, codes = _masks(book, dims, bits, words)
    products, memberships, asks = _products(book, cases, dims)
    scalars = {
        "mode": MODES.index(book.rounding.mode), "level": LEVELS.index(book.rounding.level),
        "step": book.rounding.step, "discounts": int(book.rounding.discounts), "dims": len(dims), "words": words,
        "steps": len(book.steps), "after": 0, "parts": len(cases.partitions),
    }  # fmt: skip
    steps, excepts = _steps(book)
    sections = {
        "products": products, "prices": prices, "costs": costs, "tables": tiers.tables, "tiers": tiers.rows,
        "step_rows": steps, "memberships": memberships, "ranges": _ranges(book, cases, bits),
        "bits": [case for case, _ in bits], "cases": cases.columns, "excepts": excepts, "dim_rows": dim_rows,
        "cuts": cuts, "masks": masks, "asks": asks,
    }  # fmt: skip
    arena = at.assemble(scalars, {name: np.asarray(rows, dtype=np.int64) for name, rows in sections.items()})
    arena.flags.writeable = False
    return Plan(head_of(book), arena, tuple(dims), codes, {s.name: i for i, s in enumerate(dims)})


def _place(cases: _Cases, i: int) -> tuple[int, int, int, int]:
    """Where row i's bit stands: by step, then set of products, then the best first (all are 0 but in uniform steps)."""
    case = cases.rows[i][0]
    return (*cases.keys[case], cases.columns[case][at.CASE_BEST], i)


# ---------------------------------------------------------------- figures


def _fraction(value: Fraction, span: b.Span, what: str) -> tuple[int, int]:
    if abs(value.numerator) >= _WORD_LIMIT or value.denominator >= _WORD_LIMIT:
        raise PlanError("P101", f"{what} is too large or too fine to be kept exactly", span)
    return value.numerator, value.denominator


class _TierTables:
    """Every tier table of the book, one after the other."""

    def __init__(self) -> None:
        self.tables: list[tuple[int, int, int]] = []
        self.rows: list[tuple[int, ...]] = []

    def add(self, tiers: b.Tiers | None) -> int:
        """The table's number; -1 for none."""
        if tiers is None:
            return -1
        first = len(self.rows)
        for row in tiers.rows:
            begin = max(row.start - MICROS, 0) if row.inclusive else row.start
            amount = _fraction(row.amount, row.span, "this tier")
            flat = _fraction(row.flat, row.span, "this flat fee")
            self.rows.append((row.start + (not row.inclusive), begin, *amount, *flat))
        self.tables.append((int(tiers.mode == "graduated"), first, len(self.rows)))
        return len(self.tables) - 1


def _all(book: b.Book, which: str) -> list[b.DatedPrice]:
    return [dated for product in book.products for dated in getattr(product, which)]


def _price_row(dated: b.DatedPrice, tiers: _TierTables, source: int) -> tuple[int, ...]:
    start = 0 if dated.start is None else dated.start
    end = at.OPEN if dated.end is None else dated.end
    num, den = _fraction(dated.price.amount, dated.span, "this price")
    return (start, end, num, den, tiers.add(dated.price.tiers), source, 0)


# ---------------------------------------------------------------- cases


def _lower_cases(book: b.Book, tiers: _TierTables) -> _Cases:
    out = _Cases()
    required: set[int | None] = {i for i, fact in enumerate(book.facts) if not fact.optional}
    names = {rule.name: rank for rank, rule in enumerate(sorted(book.rules, key=lambda r: r.name))}
    for number, rule in enumerate(book.rules):
        rank = names[rule.name]
        for case in rule.cases:
            index = len(out.columns)
            give = _give(case, tiers)
            out.columns.append((*give, number, rank, index, 0))
            partition = out.partitions.setdefault(case.products, len(out.partitions))
            out.keys.append((rule.step, partition))
            for fact in {atom.subject.fact for atom in atoms(case.when)}:
                if fact is not None:
                    out.facts.add(fact)
                if fact in required:
                    out.asks.setdefault((partition, fact or 0), number)
            out.rows.extend((index, row) for row in _rows(case))
    if len(out.rows) > MAX_BITS:
        raise PlanError("P103", f"the book has {len(out.rows):,} alternatives; at most {MAX_BITS:,} are kept")
    _rank(book, out)
    return out


def _rows(case: b.Case) -> list[Row]:
    try:
        rows = rows_of(case.when)
    except TooManyAlternatives:
        raise PlanError("P102", "this condition has too many alternatives: split the rule", case.span) from None
    if case.start is None and case.end is None:
        return rows
    window = Spans(((case.start or 0, at.OPEN if case.end is None else case.end - 1),), False)
    return [joined for row in rows if (joined := _narrow(row, window)) is not None]


_DATE = b.Subject("quote.date", None, True)


def _narrow(row: Row, window: Spans) -> Row | None:
    mine = row.get(_DATE)
    both = window if mine is None else window.both(mine) if isinstance(mine, Spans) else window
    return None if both.empty else {**row, _DATE: both}


def _give(case: b.Case, tiers: _TierTables) -> tuple[int, int, int, int, int]:
    give, span = case.give, case.span
    match give:
        case b.Percent(rate, of):
            return (at.PERCENT, *_fraction(rate, span, "this percent"), _base(of), -1)
        case b.Amount(micros):
            return (at.AMOUNT, *_fraction(micros, span, "this amount"), at.BASE_RUNNING, -1)
        case b.SetPrice(price):
            amount = _fraction(price.amount, span, "this price")
            return (at.SET_PRICE, *amount, at.BASE_RUNNING, tiers.add(price.tiers))
        case b.GraduatedOff(table, of):
            return (at.GRADUATED_OFF, 0, 1, _base(of), tiers.add(table))
        case b.AtLeast("amount", value):
            return (at.AT_LEAST_AMOUNT, *_fraction(value, span, "this floor"), at.BASE_RUNNING, -1)
        case b.AtLeast("of_list", value):
            return (at.AT_LEAST_OF_LIST, *_fraction(value, span, "this floor"), at.BASE_RUNNING, -1)
        case b.AtLeast(kind, value):
            factor = 1 / (1 - value) if kind == "margin" else 1 + value
            return (at.AT_LEAST_OF_COST, *_fraction(factor, span, "this floor"), at.BASE_RUNNING, -1)


def _base(of: b.Base) -> int:
    return at.BASE_RUNNING if of.kind == "running" else at.BASE_LIST if of.kind == "list" else of.step or 0


def _rank(book: b.Book, cases: _Cases) -> None:
    """Where a step's cases are all percents of one base, number them from the lowest result: the best wins."""
    for number, uniform in enumerate(_uniform(book)):
        if uniform:
            mine = [i for i, (step, _) in enumerate(cases.keys) if step == number]
            rows = cases.columns
            whole = lcm(*(rows[i][at.CASE_DEN] for i in mine))
            mine.sort(key=lambda i: (rows[i][at.CASE_NUM] * (whole // rows[i][at.CASE_DEN]), rows[i][at.CASE_NAME], i))
            for rank, i in enumerate(mine):
                rows[i] = (*rows[i][: at.CASE_BEST], rank)


def _uniform(book: b.Book) -> list[bool]:
    """Which steps are best-of over percents of one base, without exceptions: there the best is known before any price."""
    bases: list[set[b.Base | None]] = [set() for _ in book.steps]
    for rule in book.rules:
        bases[rule.step].update(
            case.give.of if isinstance(case.give, b.Percent) and not rule.exception_to else None for case in rule.cases
        )
    return [
        step.combine == "best of" and len(of) == 1 and None not in of
        for step, of in zip(book.steps, bases, strict=True)
    ]


def _ranges(book: b.Book, cases: _Cases, bits: list[tuple[int, Row]]) -> np.ndarray:
    steps = len(book.steps)
    ranges = np.zeros((len(cases.partitions) * steps, 2), np.int64)
    if bits:
        keys = np.array([cases.keys[case] for case, _ in bits])
        flat = keys[:, 1] * steps + keys[:, 0]
        first = np.flatnonzero(np.r_[True, flat[1:] != flat[:-1]])
        ranges[flat[first], 0] = first
        ranges[flat[first], 1] = np.r_[first[1:], len(flat)]
    return ranges


def _steps(book: b.Book) -> tuple[list[tuple[int, ...]], list[tuple[int, int]]]:
    rows: list[tuple[int, ...]] = []
    pairs: list[tuple[int, int]] = []
    number = {rule.name: i for i, rule in enumerate(book.rules)}
    for step, uniform in zip(range(len(book.steps)), _uniform(book), strict=True):
        first = len(pairs)
        for rule in book.rules:
            if rule.step == step:
                pairs.extend((number[rule.name], number[name]) for name in rule.exception_to)
        rows.append((at.COMBINE[book.steps[step].combine], int(uniform), first, len(pairs)))
    return rows, pairs


# ---------------------------------------------------------------- dims


def _dims(book: b.Book, cases: _Cases) -> list[b.Subject]:
    builtin = [_DATE, b.Subject("line.quantity", None, True), b.Subject("line.group")]
    return builtin + [b.Subject(book.facts[f].path, f, book.facts[f].kind.ordered) for f in sorted(cases.facts)]


def _masks(
    book: b.Book, dims: list[b.Subject], bits: list[tuple[int, Row]], words: int
) -> tuple[list[tuple[int, ...]], list[int], np.ndarray, tuple[dict[str, int], ...]]:
    by_dim: list[dict[Allowed, list[int]]] = [{} for _ in dims]
    place = {subject: i for i, subject in enumerate(dims)}
    for bit, (_, row) in enumerate(bits):
        for subject, allowed in row.items():
            by_dim[place[subject]].setdefault(allowed, []).append(bit)
    rows: list[tuple[int, ...]] = []
    cuts: list[int] = []
    masks, codes = [], []
    offset = 0
    for subject, asked in zip(dims, by_dim, strict=True):
        extra = book.facts[subject.fact].kind.values if subject.fact is not None else ()
        made = dimension(asked, subject.ordered, extra or (book.groups if subject.name == "line.group" else ()))
        mask = made.mask(len(bits), words)
        required = subject.fact is not None and not book.facts[subject.fact].optional
        idle = not asked and not required  # a required fact is missed even by a condition that can never hold
        scope = at.IDLE if idle else at.OF_LINE if subject.name.startswith("line.") else at.HEADER
        rows.append((int(subject.ordered), len(cuts), made.classes, offset, int(required), scope))
        cuts.extend(made.cuts)
        codes.append(made.codes)
        masks.append(mask)
        offset += mask.size
    return rows, cuts, np.concatenate([m.ravel() for m in masks]), tuple(codes)


# ---------------------------------------------------------------- products


def _products(
    book: b.Book, cases: _Cases, dims: list[b.Subject]
) -> tuple[list[tuple[int, ...]], list[int], np.ndarray]:
    member: list[list[int]] = [[0] for _ in book.products]
    for products, partition in cases.partitions.items():
        for index in products or ():
            member[index].append(partition)
    asked = _asked(cases, dims)
    classes: dict[tuple[int, ...], int] = {}
    rows: list[tuple[int, ...]] = []
    memberships: list[int] = []
    price = cost = 0
    for product, parts in zip(book.products, member, strict=True):
        ask = classes.setdefault(tuple(parts), len(classes))
        grain = MICROS // 10 ** book.units[product.unit].decimals
        start = len(memberships)
        memberships.extend(parts)
        ends = price + len(product.prices), cost + len(product.costs)
        rows.append((price, ends[0], cost, ends[1], start, len(memberships), grain, ask))
        price, cost = ends
    asks = np.zeros((max(1, len(classes)), len(dims)), np.int64)
    for parts_key, ask in classes.items():
        stack = asked[list(parts_key)]
        first = np.where(stack == 0, np.iinfo(np.int64).max, stack).min(axis=0)
        asks[ask] = np.where(first == np.iinfo(np.int64).max, 0, first)
    return rows, memberships, asks


def _asked(cases: _Cases, dims: list[b.Subject]) -> np.ndarray:
    """[partition, dim]: 1 + the first rule whose condition asks for the required fact, else 0."""
    asked = np.zeros((len(cases.partitions), len(dims)), np.int64)
    place = {s.fact: i for i, s in enumerate(dims) if s.fact is not None}
    for (partition, fact), rule in cases.asks.items():
        asked[partition, place[fact]] = rule + 1
    return asked
