"""Settles how time counts: the facts that say when a quote runs, how parts of a period count, and how ramps cut a term."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from engine.lang import words
from engine.lang.book import Fact, Prorate, Ramp, Segment, Subject
from engine.lang.draft import Draft, Goods, Look
from engine.lang.durations import TIMES
from engine.lang.places import Span
from engine.lang.syntax import Cells, ListFrom, Lit, PriceBook, ProductBlock, RampDecl, Rate, Word
from engine.lang.types import money, percent, read_cell
from engine.values.calendar import DAY_COUNTS
from engine.values.kinds import Kind, Name

FACTS: dict[str, Name] = {
    "quote.start": "date", "quote.end": "date", "quote.term": "duration",
    "line.start": "date", "line.end": "date", "line.term": "duration",
}  # fmt: skip
"""What a book that counts time knows of a quote and its lines; an end is the last day. None need be given."""
EXAMPLE = {"date": "`date optional`", "duration": "`duration optional`"}
ALIASES = {"day of 365": "actual/365", "day of 360": "actual/360", "day of 30": "actual/360"}
"""Days of a year of 365, or of twelve months of 30, are day counts that have a name."""
MODES = ("day", "calendar month", "month up", "month and day", *DAY_COUNTS)
WRITTEN = (
    "prorate by day", "by calendar month", "by month, part months up", "by month and day", "by day of 365",
    *(f"by {count}" for count in DAY_COUNTS),
)  # fmt: skip
RECURRING = ("month", "quarter", "year")
MAX_MONTHS = 1_200


def settle_time(draft: Draft) -> None:
    """Whether the book counts time, and the facts that it then has; those it declares itself must be of their kinds."""
    books, products = draft.of(PriceBook), draft.of(ProductBlock)
    for path, kind in FACTS.items():
        fact = draft.facts.get(path)
        if fact is not None and fact.kind.name != kind and (path == "quote.term" or _counts(draft, books, products)):
            draft.report.add(words.time_fact(path, fact.kind.name, EXAMPLE[kind], fact.span))
    draft.prorate = prorate(draft, books[0].prorate) if books else None
    draft.timed = _counts(draft, books, products)
    if draft.timed:
        for path, kind in FACTS.items():
            _add(draft, path, kind)


def _counts(draft: Draft, books: list[PriceBook], products: list[ProductBlock]) -> bool:
    if books and books[0].prorate is not None:
        return True
    lists = [decl.rate for source in draft.of(ListFrom) for decl in source.columns]
    prices = [clause for block in products for clause in block.prices]
    return (
        any(block.ramp is not None or block.prorate is not None for block in products)
        or any(said.accrual is not None and said.accrual.period is not None for said in prices)
        or any(_own_term(rate) for rate in (*lists, *(said.rate for said in prices)))
    )


def _own_term(rate: Rate | None) -> bool:
    return rate is not None and rate.period is not None and " " in rate.period


def _add(draft: Draft, path: str, name: Name) -> None:
    if path not in draft.facts:
        kind = Kind(name)
        draft.looks[path] = Look(Subject(path, len(draft.facts), True), kind, True)
        draft.facts[path] = Fact(path, kind, True, "request", draft.span)


def prorate(draft: Draft, said: Word | None) -> Prorate | None:
    """How parts of a period count, as the book means it."""
    if said is None:
        return None
    mode = ALIASES.get(said.text, said.text.replace("part months ", ""))
    if mode in MODES:
        return mode
    draft.report.add(words.no_such_prorate(said.text, WRITTEN, said.span))
    return None


# ---------------------------------------------------------------- of a product


def settle_ramps(draft: Draft) -> None:
    """Each product's own way to count, and its ramp: when its prices are known."""
    for block in draft.of(ProductBlock):
        goods = draft.goods.get(block.name.text)
        if goods is not None and goods.span is block.name.span:
            _settle(draft, goods, block)


def _settle(draft: Draft, goods: Goods, block: ProductBlock) -> None:
    goods.prorate = prorate(draft, block.prorate)
    by_months = goods.period in RECURRING or goods.period.endswith("months")
    if block.prorate is not None and not by_months and not goods.broken:
        draft.report.add(words.idle_prorate(goods.code, block.prorate.span))
    if block.ramp is None or goods.broken:
        return
    if not by_months:
        draft.report.add(words.no_ramp(goods.code, goods.period, block.ramp.span))
    elif block.ramp.every is not None:
        goods.ramp = _every(draft, block.ramp, block.ramp.every)
    elif block.ramp.cells is not None:
        goods.ramp = _table(draft, goods, block.ramp, block.ramp.cells)


def _every(draft: Draft, said: RampDecl, every: Lit) -> Ramp | None:
    """`ramp every 12 months, 4% uplift a year`: each segment costs 1.04 times the one before, however many years it has."""
    size, unit = TIMES.get(every.unit or "", (0, ""))
    months = int(every.text) * size if every.text.isdecimal() and len(every.text) < 6 else 0
    if unit != "months" or not 0 < months <= MAX_MONTHS:
        draft.report.add(words.ramp_every(f"{every.text} {every.unit}", every.span))
        return None
    uplift = percent(draft, said.uplift, 10) if said.uplift is not None else Fraction(0)
    if uplift is None:
        return None
    if said.uplift is not None and said.each == "a year" and months % 12:
        draft.report.add(words.uplift_a_year(months, said.uplift.span))
        return None
    times = months // 12 if said.each == "a year" else 1
    return Ramp(months, (1 + uplift) ** times, (), said.span)


def _table(draft: Draft, goods: Goods, said: RampDecl, cells: Cells) -> Ramp | None:
    """`| months from | price |`: each row a segment, from its first month on."""
    heads = [cell.text for cell in cells.head]
    if not cells.rows or not heads or heads[0] != "months from" or len(heads) != 2:
        draft.report.add(words.ramp_head(heads[0] if heads else "", cells.head[0].span if heads else cells.span))
        return None
    if heads[1] not in ("price", "uplift", "off"):
        draft.report.add(words.ramp_head(heads[1], cells.head[1].span))
        return None
    rows = [_segment(draft, goods, row, heads[1], cells.span) for row in cells.rows]
    good = [row for row in rows if row is not None]
    for before, row in pairwise(good):
        if row.months <= before.months:
            draft.report.add(words.ramp_row(str(row.months + 1), "the months before are above it", row.span))
            return None
    return Ramp(None, Fraction(1), tuple(good), said.span) if len(good) == len(rows) else None


def _segment(draft: Draft, goods: Goods, row: tuple[Word, ...], column: str, place: Span) -> Segment | None:
    if len(row) != 2:
        draft.report.add(words.row_width(row[0].span if row else place, len(row), 2))
        return None
    first = row[0].text.replace("_", "")
    if not first.isdecimal() or len(first) > 4 or not 1 <= int(first) <= MAX_MONTHS:
        draft.report.add(words.ramp_row(row[0].text, f"months are counted from 1 to {MAX_MONTHS:,}", row[0].span))
        return None
    months, told = int(first) - 1, words.ramp_row(row[1].text, f"this is no {column}", row[1].span)
    written = read_cell(draft, row[1], told)
    if written is None:
        return None
    if column == "price":
        price = _price(draft, goods, written) if isinstance(written, Rate) else None
        if not isinstance(written, Rate):
            draft.report.add(told)
        return None if price is None else Segment(months, price, Fraction(1), row[0].span)
    if not isinstance(written, Lit):
        draft.report.add(told)
        return None
    share = percent(draft, written, 1 if column == "off" else 10)
    return None if share is None else Segment(months, None, 1 - share if column == "off" else 1 + share, row[0].span)


def _price(draft: Draft, goods: Goods, rate: Rate) -> Fraction | None:
    """A price of a unit for the product's own period; a part of neither need be said again."""
    if rate.period is not None and rate.period != goods.period:
        draft.report.add(words.wrong_period(rate.period, goods.code, goods.period, rate.span))
        return None
    if rate.per_unit is not None and draft.unit_of.get(rate.per_unit.text) != goods.unit:
        unit = draft.unit_name(goods.unit)
        draft.report.add(words.wrong_unit(rate.per_unit.text, goods.code, unit, rate.per_unit.span))
        return None
    amount = money(draft, rate.amount, "price")
    count = (
        int(rate.per_count.replace("_", "")) if rate.per_count and rate.per_count.replace("_", "").isdecimal() else 1
    )
    return None if amount is None else amount / max(count, 1)
