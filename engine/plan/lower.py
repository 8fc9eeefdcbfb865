"""Lowers a checked book to a plan: names become numbers, conditions become masks, prices become rows.

products, prices, tiers  -> rows             every case -> bits, one an alternative of its condition
subjects of conditions   -> dims             bits are numbered by (step, set of products, place in the book)
every class of a dim     -> a mask of bits   so a line ANDs a few words to find what applies to it
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from itertools import chain
from math import lcm

import numpy as np

from engine.lang import book as b
from engine.plan import layout as at
from engine.plan.across import Sums
from engine.plan.cases import DATE, Asked, Cases, take_apart
from engine.plan.choices import how_of, ranks_of
from engine.plan.exchange import in_currency
from engine.plan.figures import fraction
from engine.plan.head import dates_of, head_of
from engine.plan.masks import dimension
from engine.plan.plan import Plan
from engine.plan.reach import bare, beyond
from engine.plan.stated import stated
from engine.plan.taxes import scalars as scalars_of_tax
from engine.plan.taxes import splits_below
from engine.plan.tiers import TierTables, sales_of
from engine.plan.times import Times, hangs
from engine.plan.whole import GRANT, NUMBER, Whole
from engine.values.collecting import uncollected
from engine.values.kinds import MICROS
from engine.values.rounding import LEVELS, MODES

QUANTITY = b.Subject("line.quantity", None, True)


def lower(book: b.Book) -> Plan:
    """Lower a checked book.

    Raises:
        PlanError: a figure or a condition of the book does not fit what the kernels can hold; says which and where.
    """
    with uncollected():
        plan = _in_home(book)
        return replace(plan, exchange=book) if book.currencies else plan


def _in_home(book: b.Book) -> Plan:
    """The plan of a book in its own currency."""
    if book.currencies:
        book = in_currency(book, book.currency, None)
    said = stated(book)
    if beyond(said):
        return replace(_lower(bare(book)), head=head_of(book, dates_of(book)), meaning=book)
    plan = _lower(said)
    return plan if said is book else replace(plan, head=replace(plan.head, cuts=tuple(sorted(set(dates_of(book))))))


def _lower(book: b.Book) -> Plan:
    whole, times = Whole(book), Times(book)
    sums = Sums(whole.book)
    said, book = book, sums.book
    across = len(said.steps) if whole.across or sums.subjects or splits_below(said) else 0
    tiers = TierTables()
    prices = [_price_row(dated, tiers, i) for i, dated in enumerate(chain(*(p.prices for p in book.products)))]
    costs = [_price_row(dated, tiers, i) for i, dated in enumerate(chain(*(p.costs for p in book.products)))]
    cases = take_apart(book, tiers, whole)
    cases.facts |= sums.facts | times.facts | {i for i, fact in enumerate(book.facts) if fact.path in tiers.by}
    uniform = _uniform(book)
    columns = np.array(cases.columns, np.int64).reshape(-1, at.WIDTH["cases"])
    best = _rank(columns, np.array(cases.steps, np.int64), uniform)
    order, ranges = _number_bits(book, cases, best)
    words = max(1, -(-len(order) // 64))
    dims = _dims(book, cases) + whole.subjects + sums.subjects + list(times.subjects)
    dim_rows, cuts, masks, codes = _masks(book, [cases.of(subject) for subject in dims], order, words, tiers.by)
    products, memberships, asks = _products(book, cases, dims)
    spans = None if across else _spans(cases.of(QUANTITY), order)
    scalars = {
        "mode": MODES.index(book.rounding.mode), "level": LEVELS.index(book.rounding.level),
        "step": book.rounding.step, "discounts": int(book.rounding.discounts), "dims": len(dims), "words": words,
        "steps": len(book.steps), "across": across, "spans": int(spans is not None),
        "timed": len(dims) - len(times.subjects) if times.subjects else 0, "denied": whole.denied, **scalars_of_tax(said),
        "bundle": next((i for i, subject in enumerate(dims) if subject.name == NUMBER), 0),
    }  # fmt: skip
    steps, excepts = _steps(book, uniform)
    place = {subject.name: i for i, subject in enumerate(dims)}
    sections = {
        "products": products, "prices": prices, "costs": costs, "sales": list(sales_of(book.products)),
        "tables": tiers.place(place), "tiers": tiers.rows,
        "step_rows": steps, "memberships": memberships, "ranges": ranges,
        "bits": _bits(cases, order, best, spans), "cases": columns, "excepts": excepts, "dim_rows": dim_rows,
        "cuts": cuts, "masks": masks, "asks": asks, "folds": sums.rows(dims), "sizes": sums.sizes,
        "shares": cases.shares, "grants": [place[GRANT + name] for name in whole.grants],
        "periods": [whole.periods.index(product.period) for product in book.products], "ranks": ranks_of(book),
        "ssps": [int(product.ssp or 0) for product in book.products if whole.by_ssp],
    }  # fmt: skip
    arena = at.assemble(scalars, {name: np.asarray(rows, dtype=np.int64) for name, rows in sections.items()})
    arena.flags.writeable = False
    return Plan(replace(head_of(said, cases.dates), times=times.book), arena, tuple(dims), codes, place)


def _price_row(dated: b.DatedPrice, tiers: TierTables, source: int) -> tuple[int, ...]:
    start = 0 if dated.start is None else dated.start
    end = at.OPEN if dated.end is None else dated.end
    if hangs(dated.price):
        return (start, end, 0, 0, -1, source)
    figure, table = tiers.price(dated.price)
    return (start, end, *fraction(figure, dated.span, "this price"), table, source)


# ---------------------------------------------------------------- steps, and the numbers of bits


def _uniform(book: b.Book) -> list[bool]:
    """Which steps are best-of over percents of one base, without exceptions: there the best is known before any price."""
    bases: list[set[b.Base | None]] = [set() for _ in book.steps]
    for rule in book.rules:
        mine = bases[rule.step]
        for case in rule.cases:
            of = case.give.of if isinstance(case.give, b.Percent) and not rule.exception_to else None
            if of not in mine:
                mine.add(of)
    return [
        step.combine == "best of" and len(of) == 1 and None not in of and b.Base("cost") not in of
        for step, of in zip(book.steps, bases, strict=True)
    ]


def _rank(columns: np.ndarray, steps: np.ndarray, uniform: list[bool]) -> np.ndarray:
    """The number of each case of a uniform step from the lowest result: the best wins, of equals the first name; 0 elsewhere."""
    ranks = np.zeros(len(columns), np.int64)
    for number in np.flatnonzero(uniform):
        mine = np.flatnonzero(steps == number)
        rows = columns[mine]
        whole = lcm(*np.unique(rows[:, at.CASE_DEN]).tolist())
        rates = [n * (whole // d) for n, d in rows[:, [at.CASE_NUM, at.CASE_DEN]].tolist()]
        by_name = np.argsort(rows[:, at.CASE_NAME], kind="stable")
        best = by_name[np.argsort(np.array(rates, object)[by_name], kind="stable")]
        ranks[mine[best]] = np.arange(len(mine))
    return ranks


def _bits(cases: Cases, order: np.ndarray, best: np.ndarray, spans: np.ndarray | None) -> np.ndarray:
    case = np.array(cases.rows, np.int64)[order]
    wide = np.broadcast_to(np.array([-at.OPEN, at.OPEN]), (len(order), 2))
    return np.column_stack([case, best[case], wide if spans is None else spans])


def _spans(asked: Asked, order: np.ndarray) -> np.ndarray | None:
    """[bit, 2]: the one span of quantities that each bit allows; None where some bit allows several."""
    rows = np.array(asked.rows, np.int64)
    if len(np.unique(rows)) < len(rows):
        return None
    spans = np.tile(np.array([-at.OPEN, at.OPEN]), (len(order), 1))
    spans[asked.unknown] = at.OPEN, -at.OPEN  # a quantity is always known
    spans[rows] = np.column_stack([np.array(asked.lows, np.int64), np.array(asked.highs, np.int64)])
    found: np.ndarray = spans[order]
    return found


def _number_bits(book: b.Book, cases: Cases, best: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(row of each bit, RANGE columns by set of products and step): bits by step, set of products, the best first, book order."""
    case = np.array(cases.rows, np.int64)
    step, part = (np.array(column, np.int64)[case] for column in (cases.steps, cases.parts))
    order = np.lexsort((best[case], part, step))
    ranges = np.zeros((len(cases.partitions) * len(book.steps), 2), np.int64)
    if len(order):
        flat = (part * len(book.steps) + step)[order]
        first = np.flatnonzero(np.r_[True, flat[1:] != flat[:-1]])
        ranges[flat[first], 0] = first
        ranges[flat[first], 1] = np.r_[first[1:], len(flat)]
    return order, ranges


def _steps(book: b.Book, uniform: list[bool]) -> tuple[list[tuple[int, ...]], list[tuple[int, int]]]:
    number = {rule.name: i for i, rule in enumerate(book.rules)}
    pairs: list[list[tuple[int, int]]] = [[] for _ in book.steps]
    for rule in book.rules:
        if rule.exception_to:
            pairs[rule.step].extend((number[rule.name], number[name]) for name in rule.exception_to)
    rows: list[tuple[int, ...]] = []
    ruled, first = {rule.step for rule in book.rules}, 0
    for step, alike, mine in zip(book.steps, uniform, pairs, strict=True):
        skips = sum(1 << skipped for skipped in step.skips)
        rows.append(
            (at.COMBINE[step.combine], int(alike), first, first + len(mine), skips, len(rows) in ruled, *how_of(step))
        )
        first += len(mine)
    return rows, list(chain(*pairs))


# ---------------------------------------------------------------- dims


def _dims(book: b.Book, cases: Cases) -> list[b.Subject]:
    builtin = [DATE, QUANTITY, b.Subject("line.group")]
    facts = [b.Subject(book.facts[f].path, f, book.facts[f].kind.ordered) for f in sorted(cases.facts)]
    known = {subject.name for subject in builtin}
    others = [asked.subject for name, asked in sorted(cases.asked.items()) if name not in known]
    said = [other for other in others if other.fact is None and other.fold is None]  # `code X`: what quotes say besides
    return builtin + facts + said


def _masks(
    book: b.Book, dims: list[Asked], order: np.ndarray, words: int, measured: Collection[str | None]
) -> tuple[list[tuple[int, ...]], list[int], np.ndarray, tuple[dict[str, int], ...]]:
    bit_of = np.empty(len(order), np.int64)  # of each row
    bit_of[order] = np.arange(len(order))
    rows: list[tuple[int, ...]] = []
    cuts: list[int] = []
    masks, codes = [], []
    offset = 0
    for asked in dims:
        subject = asked.subject
        extra = book.facts[subject.fact].kind.values if subject.fact is not None else ()
        made = dimension(asked, extra or (book.groups if subject.name == "line.group" else ()))
        mask = made.mask(bit_of, words)
        required = subject.fact is not None and not book.facts[subject.fact].optional
        # A required fact is missed even by a condition that can never hold, and a tier table reads what it measures.
        idle = not asked and not required and subject.name not in measured
        scope = at.IDLE if idle else at.OF_LINE if subject.name.startswith("line.") else at.HEADER
        rows.append((int(subject.ordered), len(cuts), made.classes, offset, int(required), scope))
        cuts.extend(made.cuts)
        codes.append(made.codes)
        masks.append(mask)
        offset += mask.size
    return rows, cuts, np.concatenate([m.ravel() for m in masks]), tuple(codes)


# ---------------------------------------------------------------- products


def _products(book: b.Book, cases: Cases, dims: list[b.Subject]) -> tuple[list[tuple[int, ...]], list[int], np.ndarray]:
    member: list[list[int]] = [[0] for _ in book.products]
    for products, partition in cases.partitions.items():
        for index in products or ():
            member[index].append(partition)
    asked = _asked(cases, dims)
    classes: dict[tuple[int, ...], int] = {}
    rows: list[tuple[int, ...]] = []
    memberships: list[int] = []
    price = cost = sale = 0
    for product, parts in zip(book.products, member, strict=True):
        ask = classes.setdefault(tuple(parts), len(classes))
        grain = MICROS // 10 ** book.units[product.unit].decimals
        start = len(memberships)
        memberships.extend(parts)
        ends = price + len(product.prices), cost + len(product.costs)
        own = sale if product.sold is not None or product.clamp is not None else -1
        rows.append((price, ends[0], cost, ends[1], start, len(memberships), grain, ask, own))
        price, cost = ends
        sale += own >= 0
    asks = np.zeros((max(1, len(classes)), len(dims)), np.int64)
    for parts_key, ask in classes.items():
        stack = asked[list(parts_key)]
        first = np.where(stack == 0, np.iinfo(np.int64).max, stack).min(axis=0)
        asks[ask] = np.where(first == np.iinfo(np.int64).max, 0, first)
    return rows, memberships, asks


def _asked(cases: Cases, dims: list[b.Subject]) -> np.ndarray:
    """[partition, dim]: 1 + the first rule whose condition asks for the required fact, else 0."""
    asked = np.zeros((len(cases.partitions), len(dims)), np.int64)
    place = {s.fact: i for i, s in enumerate(dims) if s.fact is not None}
    for (partition, fact), rule in cases.asks.items():
        asked[partition, place[fact]] = rule + 1
    return asked
