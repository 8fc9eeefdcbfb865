"""Settles prices that hang on other facts of a line than its quantity: rates on an amount, tariffs by the hour of the week."""

from __future__ import annotations

import itertools
from fractions import Fraction

from engine.lang import words
from engine.lang.book import Accrual, Price, Tariff, Tier, Tiers
from engine.lang.draft import Draft, Goods
from engine.lang.places import Span
from engine.lang.prices import price_rate
from engine.lang.syntax import AccrualDecl, Cells, Lit, PriceClause, Rate, TariffDecl, TierTable, Word
from engine.lang.types import percent, read_cell
from engine.values.calendar import DAY_COUNTS
from engine.values.kinds import MICROS, millionths

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOURS = 24
YEARS = {"year": 1, "month": 12}
MAX_SHARE = 100
"""A rate may be more than the amount: 10,000% at most."""


def special(draft: Draft, said: PriceClause, goods: Goods) -> Price | None:
    """The price of a clause that has a rate or a tariff."""
    if said.accrual is not None:
        return _accrual(draft, said.accrual, goods)
    return None if said.tariff is None else _tariff(draft, said.tariff, goods)


# ---------------------------------------------------------------- rates on an amount


def _accrual(draft: Draft, said: AccrualDecl, goods: Goods) -> Price | None:
    a_year = said.period is not None
    goods.periods.setdefault("term" if a_year else "once", said.of.span)
    if not _of_kind(draft, said.of, "money"):
        return None
    times = YEARS.get(said.period.text) if said.period is not None else 1
    if times is None and said.period is not None:
        draft.report.add(words.rate_period(said.period.text, said.period.span))
    if times is None or not _counts(draft, said):
        return None
    count = None if said.count is None else said.count.text
    if said.tiers is not None:
        tiers = _rate_tiers(draft, said.tiers, times)
        return None if tiers is None else Price(Fraction(0), accrual=Accrual(said.of.text, Fraction(0), count, tiers))
    rate = None if said.rate is None else share(draft, said.rate)
    return None if rate is None else Price(Fraction(0), accrual=Accrual(said.of.text, rate * times, count))


def _counts(draft: Draft, said: AccrualDecl) -> bool:
    """A rate a year says how its days count, one that is charged once has none to count."""
    if said.count is None:
        if said.period is not None:
            draft.report.add(words.no_day_count("", DAY_COUNTS, said.span))
        return said.period is None
    if said.period is None:
        draft.report.add(words.idle_day_count(said.count.text, said.count.span))
    elif said.count.text not in DAY_COUNTS:
        draft.report.add(words.no_day_count(said.count.text, DAY_COUNTS, said.count.span))
    return said.period is not None and said.count.text in DAY_COUNTS


def _of_kind(draft: Draft, path: Word, kind: str) -> bool:
    fact = draft.facts.get(path.text)
    if fact is None:
        draft.unknown("fact", path.text, path.span, draft.facts)
    elif fact.kind.name != kind:
        told = words.rate_of if kind == "money" else words.tariff_by
        draft.report.add(told(path.text, fact.kind.name, path.span))
    return fact is not None and fact.kind.name == kind


def share(draft: Draft, said: Lit) -> Fraction | None:
    """`4.5%`, or `25 bp`: a hundredth of a percent each."""
    if said.kind != "bp":
        return percent(draft, said, MAX_SHARE)
    try:
        found = Fraction(millionths(said.text), MICROS * 10_000)
    except ValueError as wrong:
        draft.report.add(words.unreadable(str(wrong), said.span))
        return None
    if found < 0 or found > MAX_SHARE:
        over = words.over_whole(f"{said.text} bp", said.span, MAX_SHARE)
        draft.report.add(words.negative(said.text, said.span) if found < 0 else over)
        return None
    return found


def _rate_tiers(draft: Draft, table: TierTable, times: int) -> Tiers | None:
    """`| amount above | rate |`: rates by the amount, in micros of it."""
    cells, heads = table.cells, [cell.text for cell in table.cells.head]
    if not cells.rows or len(heads) != 2:
        if heads:
            draft.report.add(words.no_tier_column("rate", cells.span) if cells.rows else words.no_rows(cells.span))
        return None
    if heads[0] != "amount above" or heads[1] != "rate":
        wrong = cells.head[0 if heads[0] != "amount above" else 1]
        draft.report.add(words.tier_head(wrong.text, wrong.span, "`amount above` and `rate`"))
        return None
    rows = [_rate_tier(draft, row, times, cells) for row in cells.rows]
    good = [row for row in rows if row is not None]
    for previous, row in itertools.pairwise(good):
        if row.start <= previous.start:
            draft.report.add(words.not_ascending(str(previous.start // MICROS), row.span))
            return None
    if good and good[0].start > 0:
        draft.report.add(words.late_tier(cells.rows[0][0].text, "0", good[0].span))
    return Tiers(table.mode, tuple(good)) if len(good) == len(rows) else None


def _rate_tier(draft: Draft, row: tuple[Word, ...], times: int, cells: Cells) -> Tier | None:
    if len(row) != len(cells.head):
        draft.report.add(words.row_width(row[0].span if row else cells.span, len(row), len(cells.head)))
        return None
    number, _, currency = row[0].text.partition(" ")
    try:
        start = millionths(number)
    except ValueError as wrong:
        draft.report.add(words.unreadable(str(wrong), row[0].span))
        return None
    if currency and currency != draft.currency:
        draft.report.add(words.wrong_currency(row[0].text, draft.currency, row[0].span))
        return None
    if start < 0:
        draft.report.add(words.negative(row[0].text, row[0].span))
        return None
    told = words.bad_tier("rate", row[1].span, "a rate such as 4.5% or 25 bp")
    written = read_cell(draft, row[1], told)
    if isinstance(written, Lit) and written.kind == "quantity" and written.unit == "bp":
        written = Lit("bp", written.text, None, written.span)
    if not isinstance(written, Lit) or written.kind not in ("percent", "bp"):
        if written is not None:
            draft.report.add(told)
        return None
    rate = share(draft, written)
    return None if rate is None else Tier(start, False, rate * times, row[0].span)


# ---------------------------------------------------------------- tariffs by hour


def _tariff(draft: Draft, said: TariffDecl, goods: Goods) -> Price | None:
    if not _of_kind(draft, said.at, "instant"):
        return None
    heads = [cell.text for cell in said.cells.head]
    if not heads:
        return None  # without a table: that is said
    wrong = next((cell for cell in said.cells.head if cell.text not in ("hours", "days", "price")), None)
    if wrong is not None or sorted(heads) != ["days", "hours", "price"]:
        draft.report.add(words.tariff_head(wrong.text if wrong else ", ".join(heads), (wrong or said).span))
        return None
    places = [heads.index(name) for name in ("hours", "days", "price")]
    rows = [_tariff_row(draft, row, places, goods, said) for row in said.cells.rows]
    good = [row for row in rows if row is not None]
    if len(good) < len(rows):
        return None
    hours = _week(draft, said, good)
    return None if hours is None else Price(Fraction(0), tariff=Tariff(said.at.text, hours, tuple(r[1] for r in good)))


TariffRow = tuple[frozenset[int], Fraction, Span]
"""The hours of the week that a row is for, its price in micros, where it stands."""


def _tariff_row(
    draft: Draft, row: tuple[Word, ...], places: list[int], goods: Goods, said: TariffDecl
) -> TariffRow | None:
    if len(row) != 3:
        draft.report.add(words.row_width(row[0].span if row else said.span, len(row), 3))
        return None
    hours, days, price = (row[at] for at in places)
    found, on = _hours(hours.text), _days(days.text)
    for column, said_so, read in (("hours", hours, found), ("days", days, on)):
        if read is None:
            draft.report.add(words.tariff_cell(column, said_so.text, said_so.span))
    written = read_cell(draft, price, words.bad_tier("price", price.span, "a price such as 0.21 EUR"))
    if isinstance(written, Lit | Word):
        draft.report.add(words.bad_tier("price", price.span, "a price such as 0.21 EUR"))
    charged = price_rate(draft, written, goods) if isinstance(written, Rate) else None
    if charged is not None and charged.package:
        draft.report.add(words.started_here("the price of an hour", price.span))
        return None
    if found is None or on is None or charged is None:
        return None
    return frozenset(day * HOURS + hour for day in on for hour in found), charged.amount, row[0].span


def _hours(text: str) -> frozenset[int] | None:
    """`7 to 23` is from 7:00 until 23:00; `23 to 7` the rest of the same days; `*` all of them."""
    if text == "*":
        return frozenset(range(HOURS))
    first, _, last = (part.strip() for part in text.partition(" to "))
    if not (first.isdecimal() and last.isdecimal() and len(first) <= 2 and len(last) <= 2):
        return None
    start, end = int(first), int(last)
    if start >= HOURS or not 0 <= end <= HOURS or start == end:
        return None
    return frozenset(range(start, end)) if start < end else frozenset((*range(start, HOURS), *range(end)))


def _days(text: str) -> frozenset[int] | None:
    """`mon to fri`, `sat, sun`, `*`."""
    if text == "*":
        return frozenset(range(7))
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = (word.strip() for word in part.partition(" to "))
        last = last or first
        if first not in DAYS or last not in DAYS:
            return None
        start, end = DAYS.index(first), DAYS.index(last)
        found.update(range(start, end + 1) if start <= end else (*range(start, 7), *range(end + 1)))
    return frozenset(found)


def _week(draft: Draft, said: TariffDecl, rows: list[TariffRow]) -> tuple[int, ...] | None:
    """Which row each hour of the week belongs to: exactly one."""
    owner: dict[int, int] = {}
    for number, (hours, _, span) in enumerate(rows):
        twice = [hour for hour in sorted(hours) if hour in owner]
        if twice:
            draft.report.add(words.tariff_overlap(_shown(twice, "and"), span, rows[owner[twice[0]]][2]))
            return None
        owner.update(dict.fromkeys(hours, number))
    missing = [hour for hour in range(7 * HOURS) if hour not in owner]
    if missing:
        draft.report.add(words.tariff_gap(_shown(missing, "nor"), _rows_for(missing), said.span))
        return None
    return tuple(owner[hour] for hour in range(7 * HOURS))


def _shown(hours: list[int], more: str) -> str:
    """The first of these hours of the week, in words."""
    day, hour = divmod(hours[0], HOURS)
    return f"{DAYS[day]} {hour} to {hour + 1}" + (f", {more} for {len(hours) - 1} more hours" if len(hours) > 1 else "")


def _rows_for(missing: list[int]) -> str:
    """The rows that are not there, to paste."""
    left, rows = list(missing), []
    while left:
        first, last, days = _block(left)
        run = len(days) > 2 and days == list(range(days[0], days[-1] + 1))
        named = f"{DAYS[days[0]]} to {DAYS[days[-1]]}" if run else ", ".join(DAYS[day] for day in days)
        rows.append(f"| {first} to {last} | {'*' if len(days) == 7 else named} | ... |")
        left = [hour for hour in left if not (hour // HOURS in days and first <= hour % HOURS < last)]
    return " and ".join(rows)


def _block(missing: list[int]) -> tuple[int, int, list[int]]:
    """Hours and days that cover the first hour that is missing, and all that can go with it."""
    first_day, first = divmod(missing[0], HOURS)
    last = first + 1
    while last < HOURS and first_day * HOURS + last in missing:
        last += 1
    days = [day for day in range(7) if all(day * HOURS + hour in missing for hour in range(first, last))]
    return first, last, days
