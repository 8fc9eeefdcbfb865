"""Reads prices, costs and tier tables: rates checked against their product's unit and period, dates in order."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from engine.lang import words
from engine.lang.book import DatedPrice, Tier, Tiers
from engine.lang.charges import Charge, charge
from engine.lang.draft import Draft, Goods
from engine.lang.measures import times
from engine.lang.syntax import Cells, Lit, Rate, TierTable, Word
from engine.lang.types import money, percent, rate_micros, read_cell
from engine.values.kinds import MICROS, millionths

Column = Literal["price", "off", "flat", "percent"]
ALLOWED: dict[Column, tuple[Column, ...]] = {"price": ("price", "flat"), "percent": ("percent", "flat")}
"""What columns stand beside a column, itself too; alone where nothing is said."""
QUANTITY = ("quantity", "line.quantity")
GOODS = ("goods",)
MOST_OVER = 10
"""A markup on a cost is at most 1,000%."""

# ---------------------------------------------------------------- tier tables


@dataclass(frozen=True, slots=True)
class TierHead:
    """The head of a tier table: the unit its measure names (None: `quantity`), its bound, and its other columns."""

    unit: int | None
    inclusive: bool
    columns: dict[str, int]
    base: Word | None  # `off list`, `off after volume`, `percent per month`: what follows a column's name
    money: str = ""  # the amount that is measured, where it is one: `goods`


def tier_head(draft: Draft, cells: Cells, value: Column, measures: tuple[str, ...] = QUANTITY) -> TierHead | None:
    """Read `seats from | off list`; `value` is the column that must be there, `measures` what is measured beside units."""
    if not cells.head or not cells.rows:
        draft.report.add(words.no_rows(cells.span))
        return None
    measure, _, bound = cells.head[0].text.rpartition(" ")
    if bound not in ("from", "above") or not measure.strip():
        draft.report.add(words.tier_head(cells.head[0].text, cells.head[0].span, "`seats from` or `calls above`"))
        return None
    money = measures is not QUANTITY
    unit = None if money else draft.unit_of.get(measure.strip())
    if unit is None and measure.strip() not in measures:
        known = measures if money else (*draft.unit_of, "quantity")
        draft.unknown("unit", measure.strip(), cells.head[0].span, known)
        return None
    columns, base = _tier_columns(draft, cells, value)
    if value not in columns:
        if len(cells.head) > 1 + len(columns):
            return None  # a column was refused: that says it
        draft.report.add(words.no_tier_column(value, cells.span))
        return None
    return TierHead(unit, bound == "from", columns, base, measure.strip() if money else "")


def _tier_columns(draft: Draft, cells: Cells, value: Column) -> tuple[dict[str, int], Word | None]:
    columns: dict[str, int] = {}
    base = None
    allowed = ALLOWED.get(value, (value,))
    for at, cell in enumerate(cells.head[1:], 1):
        word, _, rest = cell.text.partition(" ")
        if word not in allowed or word in columns or (rest and word not in ("off", "percent")):
            wanted = " and ".join(f"`{name}`" for name in allowed)
            draft.report.add(words.tier_head(cell.text, cell.span, wanted))
            continue
        columns[word] = at
        base = Word(rest.strip(), cell.span) if rest else base
    return columns, base


def tiers(
    draft: Draft,
    table: TierTable,
    head: TierHead,
    value: Column,
    micros: Callable[[Rate], Charge | None] | None = None,
    begins: bool = True,
) -> Tiers | None:
    """The rows of a tier table, ascending; `micros` reads a rate in a price column, `begins` doubts a first tier that begins late."""
    if isinstance(table.by, Word) and table.by.text not in ("quantity", "line.quantity"):
        draft.report.add(words.tiers_by(table.by.text, table.by.span))
        return None
    rows = [_tier(draft, cells, head, value, micros, table.cells) for cells in table.cells.rows]
    good = [row for row in rows if row is not None]
    if len(good) < len(rows):
        return None
    for previous, row in itertools.pairwise(good):
        if row.start <= previous.start:
            draft.report.add(words.not_ascending(plain(previous.start), row.span))
            return None
    if table.mode != "block" and begins:
        _starts_low(draft, good[0], head)
    return Tiers(table.mode, tuple(good))


def _starts_low(draft: Draft, first: Tier, head: TierHead) -> None:
    if not head.money and first.start > (MICROS if head.inclusive else 0):
        draft.report.add(words.late_tier(plain(first.start), "1" if head.inclusive else "0", first.span))


def plain(ticks: int) -> str:
    """Ticks of a quantity in digits: `10`, `2.5`."""
    whole, part = divmod(ticks, MICROS)
    return f"{whole}" + (f".{part:06d}".rstrip("0") if part else "")


def _tier(
    draft: Draft,
    row: tuple[Word, ...],
    head: TierHead,
    value: Column,
    micros: Callable[[Rate], Charge | None] | None,
    cells: Cells,
) -> Tier | None:
    if len(row) != len(cells.head):
        draft.report.add(words.row_width(row[0].span if row else cells.span, len(row), len(cells.head)))
        return None
    start = _start(draft, row[0], head)
    amount = _tier_value(draft, row[head.columns[value]], value, micros)
    flat = _flat(draft, row[head.columns["flat"]]) if "flat" in head.columns else Fraction(0)
    if start is None or amount is None or flat is None:
        return None
    return Tier(start, head.inclusive, amount.amount, row[0].span, flat, amount.package)


def _start(draft: Draft, cell: Word, head: TierHead) -> int | None:
    if head.money:
        return _amount(draft, cell, head.money)
    number, _, unit = cell.text.partition(" ")
    if unit and (head.unit is None or draft.unit_of.get(unit.strip()) != head.unit):
        draft.report.add(words.tier_start(cell.text, cell.span, number))
        return None
    try:
        ticks = millionths(number)
    except ValueError as wrong:
        draft.report.add(words.unreadable(str(wrong), cell.span))
        return None
    if ticks < 0:
        draft.report.add(words.negative(cell.text, cell.span))
        return None
    if head.inclusive and ticks % MICROS:
        draft.report.add(words.unreadable(f"`{cell.text}`: `from` counts whole units", cell.span))
        return None
    return ticks


def _amount(draft: Draft, cell: Word, name: str) -> int | None:
    """Where a tier over amounts begins, in whole micros."""
    told = words.bad_tier(name, cell.span, "an amount such as 100 EUR")
    written = read_cell(draft, cell, told)
    if isinstance(written, Rate) and written.per_unit is None and written.period is None:
        amount = money(draft, written.amount, name)
        return None if amount is None else int(amount)
    if isinstance(written, Lit) and written.kind == "number" and not written.text.strip("0._"):
        return 0  # nothing is nothing in any currency
    if written is not None:
        draft.report.add(told)
    return None


def _in_percent(said: Word | Lit) -> Word | Lit:
    """`5 bp` as the percent that it is."""
    if isinstance(said, Lit) and said.kind == "quantity" and said.unit == "bp":
        return Lit("percent", f"{Decimal(said.text.replace('_', '')) / 100:f}", None, said.span)
    return said


def _tier_value(
    draft: Draft, cell: Word, value: Column, micros: Callable[[Rate], Charge | None] | None
) -> Charge | None:
    wanted = "a price such as 0.40 EUR per 1_000 calls" if value == "price" else "a percent such as 10%"
    told = words.bad_tier(value, cell.span, wanted)
    written = read_cell(draft, cell, told)
    if written is None:
        return None
    if value != "price" and isinstance(written, Word | Lit):
        share = percent(draft, _in_percent(written) if value == "percent" else written)
        return None if share is None else Charge(share if value == "off" else share * MICROS)
    if value == "price" and isinstance(written, Rate):
        return micros(written) if micros else charge(draft, written, None)
    if value == "price" and isinstance(written, Lit):
        amount = money(draft, written, "price")
        return None if amount is None else Charge(amount)
    draft.report.add(told)
    return None


def _flat(draft: Draft, cell: Word) -> Fraction | None:
    told = words.bad_tier("flat", cell.span, "an amount such as 10 EUR")
    written = read_cell(draft, cell, told)
    if isinstance(written, Rate) and written.per_unit is None and written.period is None:
        return rate_micros(draft, written, "flat")
    if written is not None:
        draft.report.add(told)
    return None


# ---------------------------------------------------------------- prices of a product


def price_rate(draft: Draft, rate: Rate, goods: Goods, measure: int | None = None) -> Charge | None:
    """What a rate charges for the `measure` (a unit of the product's kind; None: the product's own); the product's unit is set by
    the first rate that says one, its period likewise."""
    if not _unit_of_goods(draft, rate, goods):
        goods.broken = True
        return None
    free = (
        isinstance(rate.amount, Lit)
        and rate.per_unit is None
        and rate.period is None
        and not rate.amount.text.strip("0._")
    )
    if not free:
        goods.periods.setdefault(rate.period or "once", rate.span)
    return charge(draft, rate, goods.unit if measure is None else measure)


def _unit_of_goods(draft: Draft, rate: Rate, goods: Goods) -> bool:
    """Whether a rate is per the product's unit, or another of its kind."""
    if rate.per_unit is None:
        return True
    index = draft.find("unit", rate.per_unit, draft.unit_of)
    if index is None:
        return False
    goods.unit = index if goods.unit is None else goods.unit
    if times(draft.units, goods.unit, index) is not None:
        return True
    told = words.wrong_unit(rate.per_unit.text, goods.code, draft.units[goods.unit].name, rate.per_unit.span)
    draft.report.add(told)
    return False


# ---------------------------------------------------------------- dates of prices


def in_order(
    draft: Draft, goods: Goods, prices: list[DatedPrice], what: str, gaps: bool = True
) -> tuple[DatedPrice, ...]:
    """Prices by their start; two on one day are an error, days without one between two a doubt."""
    ordered = sorted(prices, key=lambda p: (p.start is not None, p.start or 0))
    for one, other in itertools.pairwise(ordered):
        if one.end is None or other.start is None or other.start < one.end:
            draft.report.add(words.prices_overlap(what, goods.code, other.span, one.span, _day(other.start, one)))
        elif gaps and other.start > one.end:
            first, last = date.fromordinal(one.end).isoformat(), date.fromordinal(other.start - 1).isoformat()
            draft.report.add(words.price_gap(what, goods.code, first, last, other.span))
    return tuple(ordered)


def _day(start: int | None, other: DatedPrice) -> str:
    """A day two prices share."""
    shared = start if start is not None else other.start
    if shared is None:
        return "the same day" if other.end is None else date.fromordinal(other.end - 1).isoformat()
    return date.fromordinal(shared).isoformat()
