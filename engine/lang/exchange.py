"""Settles the book's currencies: which there are, the dated rates between them, and amounts that are given per currency."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction

from engine.lang import words
from engine.lang.blocks.declared import name_of
from engine.lang.book import ExchangeRate
from engine.lang.draft import Draft, Sheet
from engine.lang.places import Span
from engine.lang.sheets import inline, load
from engine.lang.syntax import Lit, PriceClause, Rate, Rates, Setting
from engine.lang.words import Near
from engine.values.currency import COMMON, currencies, minor_unit_micros
from engine.values.kinds import Kind
from engine.values.money import PerCurrency

COLUMNS = ("from", "to", "rate", "from_date")
"""Heads of a table of rates: one unit of `from` is `rate` units of `to`, since the date (empty: since ever)."""
_RATE = re.compile(r"\d{1,13}(\.\d{1,12})?\Z", re.ASCII)
DAY = Kind("date")


# ---------------------------------------------------------------- which there are


def currencies_of(draft: Draft, setting: Setting) -> None:
    """`currencies EUR, USD, JPY`: the others beside the book's own, which may be among them."""
    seen: set[str] = set()
    for word in setting.values:
        code = word.text
        if code not in currencies():
            draft.report.add(words.unknown_currency(code, word.span, near_currency(draft, code)))
        elif code in seen:
            draft.report.add(words.currency_twice(code, word.span))
        seen.add(code)
    draft.currencies = [code for code in dict.fromkeys(word.text for word in setting.values) if code in currencies()]


def near_currency(draft: Draft, code: str) -> Near:
    """The book's own currency or a common one, of which two letters stand in the code; else one that looks alike."""
    for known in (draft.currency, *COMMON):
        if known and len(set(known) & set(code[:4])) >= 2:
            return Near(known, ())
    return draft.report.near(code, sorted(currencies()))


@contextmanager
def priced_in(draft: Draft, code: str) -> Iterator[None]:
    """Read what follows in another currency of the book."""
    own = draft.currency, draft.minor
    if code in currencies():  # a book that does not say its currency is refused for that
        draft.currency, draft.minor = code, minor_unit_micros(code)
    try:
        yield
    finally:
        draft.currency, draft.minor = own


def foreign(draft: Draft, said: PriceClause) -> str | None:
    """The currency of a `price` line that is wholly in another one of the book."""
    code: str | None = None
    if said.rate is not None and isinstance(said.rate.amount, Lit):
        code = said.rate.amount.unit
    elif said.tiers is not None:
        cells = " ".join(cell.text for row in said.tiers.cells.rows for cell in row)
        found = set(re.findall(r"\b[A-Z]{3}\b", cells))
        code = next(iter(found)) if len(found) == 1 else None
    return code if code != draft.currency and code in draft.currencies else None


# ---------------------------------------------------------------- amounts per currency


def per_currency(draft: Draft, amount: Fraction, others: Sequence[tuple[Lit, Fraction | None]]) -> Fraction | None:
    """An amount with those given in other currencies."""
    own: dict[str, Fraction] = {}
    for lit, value in others:
        code = lit.unit or ""
        if code == draft.currency or code in own:
            draft.report.add(words.currency_twice(code, lit.span))
            return None
        if value is None:
            return None
        own[code] = value
    return PerCurrency(amount, own) if own else amount


def others_of(draft: Draft, others: Sequence[Lit]) -> list[tuple[Lit, Fraction | None]]:
    """The amounts after the first, each in a currency of the book."""
    return [(lit, _foreign_micros(draft, lit)) for lit in others]


def _foreign_micros(draft: Draft, lit: Lit) -> Fraction | None:
    if lit.kind != "money":
        draft.report.add(words.not_an_amount(lit.text, lit.span))
        return None
    if lit.unit == draft.currency:
        return Fraction(0)  # said twice: told by the caller
    if lit.unit not in draft.currencies:
        draft.report.add(words.not_of_book(lit.unit or "", [draft.currency, *draft.currencies], lit.span))
        return None
    try:
        return Fraction(int(Kind("money", unit=lit.unit).parse(lit.text)))
    except ValueError as wrong:
        draft.report.add(words.unreadable(str(wrong), lit.span))
        return None


def same_rate(draft: Draft, first: Rate, other: Rate) -> bool:
    """Whether prices per currency are per the same unit and period."""

    def unit(rate: Rate) -> int | str | None:
        return None if rate.per_unit is None else draft.unit_of.get(rate.per_unit.text, rate.per_unit.text)

    packed = first.started == other.started and (not first.started or first.per_count == other.per_count)
    if packed and unit(first) == unit(other) and first.period == other.period:
        return True
    draft.report.add(words.rates_differ(other.span))
    return False


# ---------------------------------------------------------------- rates


def settle_rates(draft: Draft) -> None:
    """Every `rates` block: dated rates, none twice for one pair and day."""
    first: dict[tuple[str, str, int | None], Span] = {}
    for block in draft.of(Rates):
        sheet: Sheet | None = (
            load(draft, block.file) if block.file else inline(draft, block.cells) if block.cells else None
        )
        if sheet is None or not _heads_known(draft, block):
            continue
        places = _places(draft, sheet, block.span)
        if places is None:
            continue
        for row in range(len(sheet.rows)):
            rate = _rate(draft, sheet, row, places)
            if rate is None:
                continue
            key, span = (rate.source, rate.target, rate.start), sheet.row_span(row)
            if first.setdefault(key, span) is not span:
                draft.report.add(words.rate_twice(rate.source, rate.target, span, first[key]))
            draft.rates.append(rate)
    draft.rates.sort(key=lambda rate: (rate.source, rate.target, -1 if rate.start is None else rate.start))


def _heads_known(draft: Draft, block: Rates) -> bool:
    """Whether a table in the book has no columns but those of rates: a date under another head would date nothing."""
    strange = [word for word in block.cells.head if name_of(word.text) not in COLUMNS] if block.cells else []
    for word in strange:
        draft.report.add(words.rates_column(word.text, word.span))
    return not strange


def _places(draft: Draft, sheet: Sheet, span: Span) -> list[int | None] | None:
    """Where each column stands; the date may be left out."""
    heads = [name_of(head) for head in sheet.head]
    missing = [name for name in COLUMNS[:3] if name not in heads]
    if missing:
        draft.report.add(words.rates_head(missing[0], span))
        return None
    return [heads.index(name) if name in heads else None for name in COLUMNS]


def _rate(draft: Draft, sheet: Sheet, row: int, places: Sequence[int | None]) -> ExchangeRate | None:
    def cell(column: int) -> tuple[str, Span]:
        at = places[column]
        return ("", sheet.row_span(row)) if at is None else (sheet.rows[row][at], sheet.cell_span(row, at))

    known = [draft.currency, *draft.currencies]
    for text, span in (cell(0), cell(1)):
        if text not in currencies():
            draft.report.add(words.unknown_currency(text, span, draft.report.near(text, known)))
            return None
    number, place = cell(2)
    if not _RATE.match(number) or not Fraction(number):
        draft.report.add(words.bad_rate(number, place))
        return None
    day, at = cell(3)
    try:
        start = int(DAY.parse(day)) if day else None
    except ValueError as wrong:
        draft.report.add(words.unreadable(str(wrong), at))
        return None
    return ExchangeRate(cell(0)[0], cell(1)[0], start, Fraction(number))


def find_no_rates(draft: Draft) -> None:
    """Doubts about currencies that no rate leads to, where a product has no price of its own in them."""
    reached = {rate.target for rate in draft.rates if rate.source == draft.currency}
    for code in draft.currencies:
        if code == draft.currency or code in reached or draft.report.failed:
            continue
        bare = next((g for g in draft.goods.values() if code not in g.own and not _all_own(g.prices, code)), None)
        if bare is not None:
            draft.report.add(words.no_rate_to(draft.currency, code, bare.code, draft.span))


def _all_own(prices: Sequence[object], code: str) -> bool:
    amounts = [getattr(getattr(price, "price", None), "amount", None) for price in prices]
    return bool(amounts) and all(isinstance(amount, PerCurrency) and code in amount.own for amount in amounts)
