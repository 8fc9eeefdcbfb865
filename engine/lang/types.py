"""Gives literals their value: ticks for what has an order, words for the rest, exact fractions for amounts and rates.

Every function says what is wrong in the draft's report and then returns None.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from engine.lang import words
from engine.lang.diagnostics import Diagnostic
from engine.lang.draft import Draft
from engine.lang.exchange import near_currency, others_of, per_currency, same_rate
from engine.lang.parse import parse_cell
from engine.lang.places import Span
from engine.lang.syntax import Dates, Lit, Operand, Rate, TypeRef, Word
from engine.values.currency import currencies
from engine.values.kinds import FLAG, MICROS, Kind, Value, decimal, millionths

LITERALS = {
    "money": ("money",),
    "percent": ("percent",),
    "number": ("number",),
    "fraction": ("number", "percent"),
    "quantity": ("quantity", "number"),
    "duration": ("duration",),
    "date": ("date",),
    "instant": ("instant",),
}
"""Which literals a kind takes."""
QUOTES = ("E104", "E106")
"""Slips in how a text is quoted."""


def shown(operand: Operand) -> str:
    """An operand as written, near enough for a message."""
    if isinstance(operand, Word):
        return operand.text
    text = operand.text + ("%" if operand.kind == "percent" else "")
    return f'"{text}"' if operand.kind == "text" else f"{text} {operand.unit}" if operand.unit else text


def literal(draft: Draft, kind: Kind, operand: Operand, what: str) -> Value | None:
    """The value of a literal (or of an enum's name) where `what` is of `kind`."""
    if not kind.ordered:
        return _word(draft, kind, operand, what)
    if isinstance(operand, Word) or operand.kind not in LITERALS[kind.name]:
        _slip(draft, kind, operand, what)
        return None
    text = _text(draft, kind, operand)
    return None if text is None else parse(draft, kind, text, operand.span)


def parse(draft: Draft, kind: Kind, text: str, span: Span) -> Value | None:
    """`Kind.parse`, its refusal reported."""
    try:
        return kind.parse(text)
    except ValueError as wrong:
        draft.report.add(words.unreadable(str(wrong), span))
        return None


def _text(draft: Draft, kind: Kind, lit: Lit) -> str | None:
    """How `Kind.parse` reads this literal; units are checked here."""
    if lit.kind == "money":
        return lit.text if in_currency(draft, lit) else None
    if lit.kind == "quantity" and lit.unit not in draft.unit_of:
        draft.unknown("unit", lit.unit or "", lit.span, draft.unit_of)
        return None
    if lit.kind == "percent" and kind.name == "fraction":
        ticks = parse(draft, Kind("percent"), shown(lit), lit.span)
        return None if ticks is None else decimal(int(ticks))
    return shown(lit) if lit.kind in ("percent", "duration") else lit.text


def _word(draft: Draft, kind: Kind, operand: Operand, what: str) -> Value | None:
    if kind.name == "enum":
        return _name(draft, kind, operand, what)
    if isinstance(operand, Word) or operand.kind != "text":
        draft.report.add(words.needs_quotes(shown(operand), f"`{what}`", operand.span))
        return None
    return parse(draft, kind, operand.text, operand.span)


def _name(draft: Draft, kind: Kind, operand: Operand, what: str) -> Value | None:
    known = operand.text in kind.values
    if known and isinstance(operand, Word):
        return operand.text
    if known:
        draft.report.add(words.needs_no_quotes(operand.text, f"`{what}`", operand.span))
    else:
        near = draft.report.near(operand.text, kind.values)
        draft.report.add(words.no_such_value(what, operand.text, operand.span, near))
    return None


def _slip(draft: Draft, kind: Kind, operand: Operand, what: str) -> None:
    """The commonest: 15 for 15%, 10 for 10 EUR; else what was expected."""
    if isinstance(operand, Lit) and operand.kind == "number" and kind.name in ("percent", "money"):
        bare = words.bare_percent(operand.text, operand.span)
        money = words.bare_money(operand.text, draft.currency, operand.span)
        draft.report.add(bare if kind.name == "percent" else money)
        return
    example = (
        f"{operand.text} months"
        if isinstance(operand, Lit) and kind.name == "duration" and operand.kind == "number"
        else ""
    )
    draft.report.add(words.wrong_kind(f"`{what}`" if what else "", kind.name, shown(operand), operand.span, example))


# ---------------------------------------------------------------- cells


def read_cell(draft: Draft, written: Word, wanted: Diagnostic) -> Operand | Rate | None:
    """What a cell holds; one that cannot be read is said: the slip in it where that has a name, else what is `wanted`."""
    found = parse_cell(written.text, written.span)
    if isinstance(found, Word | Lit | Rate):
        return found
    draft.report.add(found or wanted)
    return None


def read_operand(draft: Draft, kind: Kind, written: Word, what: str) -> Operand | None:
    """What a cell holds where `what` is of `kind`, for `literal` to judge; one that cannot be read is said."""
    found = parse_cell(written.text, written.span)
    if isinstance(found, Rate) and found.per_unit is None and found.period is None:
        found = found.amount
    if isinstance(found, Word | Lit):
        return found
    draft.report.add(_unreadable(draft, kind, written, found if isinstance(found, Diagnostic) else None, what))
    return None


def _unreadable(draft: Draft, kind: Kind, written: Word, slip: Diagnostic | None, what: str) -> Diagnostic:
    """What to say of a cell that is nothing: a kind's own way to write comes before the slip, but for its quotes."""
    if slip is not None and (slip.code in QUOTES or kind.name not in ("text", "enum", "date", "instant")):
        return slip
    if kind.name == "text":
        return words.needs_quotes(written.text, f"`{what}`", written.span)
    if kind.name == "enum":
        return words.no_such_value(what, written.text, written.span, draft.report.near(written.text, kind.values))
    return words.wrong_kind(f"`{what}`" if what else "", kind.name, written.text, written.span)


# ---------------------------------------------------------------- amounts


def in_currency(draft: Draft, lit: Lit) -> bool:
    """Whether an amount is in the book's currency; says so when not."""
    unit = lit.unit or ""
    if unit == draft.currency or not draft.currency:
        return True
    if unit not in currencies():
        draft.report.add(words.unknown_currency(unit, lit.span, near_currency(draft, unit)))
    else:
        own = draft.currency not in draft.currencies
        draft.report.add(words.wrong_currency(shown(lit), draft.currency, lit.span, own))
    return False


def money(draft: Draft, operand: Operand, what: str) -> Fraction | None:
    """An amount in micros, at least 0."""
    value = literal(draft, Kind("money", unit=draft.currency), operand, what)
    if value is None:
        return None
    if int(value) < 0:
        draft.report.add(words.negative(shown(operand), operand.span))
        return None
    others = operand.others if isinstance(operand, Lit) else ()
    return per_currency(draft, Fraction(value), others_of(draft, others)) if others else Fraction(value)


def percent(draft: Draft, operand: Operand, most: int = 1) -> Fraction | None:
    """A percent as a fraction of one, from 0 to `most` (100% off is all there is)."""
    if isinstance(operand, Word) or operand.kind != "percent":
        _slip(draft, Kind("percent"), operand, "")
        return None
    try:
        share = Fraction(millionths(operand.text.rstrip("% ")), 100 * MICROS)
    except ValueError as wrong:
        draft.report.add(words.unreadable(str(wrong), operand.span))
        return None
    if share < 0 or share > most:
        over = words.over_whole(shown(operand), operand.span, most)
        draft.report.add(words.negative(shown(operand), operand.span) if share < 0 else over)
        return None
    return share


def per_count(draft: Draft, rate: Rate) -> int | None:
    """How many units the rate's amount is for: 1_000 in `per 1_000 calls`, else 1."""
    if rate.per_count is None:
        return 1
    try:
        ticks = millionths(rate.per_count)
    except ValueError as wrong:
        draft.report.add(words.unreadable(str(wrong), rate.span))
        return None
    if ticks <= 0 or ticks % MICROS:
        draft.report.add(words.unreadable(f"`per {rate.per_count}` is not a whole number above 0", rate.span))
        return None
    return ticks // MICROS


def per_unit(draft: Draft, rate: Rate, what: str = "", unit: int | None = None) -> tuple[bool, int | None]:
    """The unit a rate is per (None: not said), and whether it is one and is `unit`, where that is given."""
    if rate.per_unit is None:
        return True, None
    index = draft.find("unit", rate.per_unit, draft.unit_of)
    if index is None:
        return False, None
    if unit is not None and unit != index:
        draft.report.add(words.wrong_unit(rate.per_unit.text, what, draft.units[unit].name, rate.per_unit.span))
        return False, index
    return True, index


def rate_micros(draft: Draft, rate: Rate, what: str) -> Fraction | None:
    """Micros per single unit, exact; the unit and period are for the caller to check."""
    amount, count = rate_money(draft, rate, what), per_count(draft, rate)
    return None if amount is None or count is None else amount / count


def rate_money(draft: Draft, rate: Rate, what: str) -> Fraction | None:
    """A rate's amount with those in other currencies, each for as many units as the first."""
    amount = money(draft, rate.amount, what)
    if amount is None or not all(same_rate(draft, rate, other) for other in rate.others):
        return None
    return per_currency(draft, amount, [_other_rate(draft, rate, other) for other in rate.others])


def _other_rate(draft: Draft, first: Rate, rate: Rate) -> tuple[Lit, Fraction | None]:
    assert isinstance(rate.amount, Lit)
    [(lit, micros)] = others_of(draft, [rate.amount])
    if first.per_count == rate.per_count or micros is None:
        return lit, micros
    counts = per_count(draft, first), per_count(draft, rate)
    return lit, None if None in counts else micros * Fraction(counts[0] or 1, counts[1] or 1)


MOST_DAYS, PRIOR_DAYS = 366, 30
"""How far back a price is looked for; what Directive 98/6/EC, article 6a(2) (by 2019/2161) asks of a prior price."""


def history_days(draft: Draft, lit: Lit) -> int | None:
    """The days of `lowest price of 30 days`; fewer than the directive's are a doubt."""
    days = int(lit.text) if lit.text.isdecimal() and len(lit.text) < 4 else 0
    if not 0 < days <= MOST_DAYS or lit.unit not in ("day", "days"):
        draft.report.add(words.history_days(shown(lit), lit.span))
        return None
    if days < PRIOR_DAYS:
        draft.report.add(words.short_history(days, lit.span))
    return days


# ---------------------------------------------------------------- declared kinds


def kind_of(draft: Draft, ref: TypeRef, path: str) -> Kind:
    """The kind a fact or column is declared with, its bounds in ticks; `product` and joins are not for here."""
    if ref.name == "flag":
        return Kind("enum", FLAG)
    if ref.name == "enum":
        return Kind("enum", _values(draft, ref))
    unit = {"money": draft.currency, "instant": draft.zone}.get(ref.name)
    kind = Kind(ref.name, unit=unit)  # type: ignore[arg-type]
    if ref.low is not None and not kind.ordered:
        draft.report.add(words.no_range(path, kind.name, ref.span))
        return kind
    low = literal(draft, kind, ref.low, path) if ref.low else None
    high = literal(draft, kind, ref.high, path) if ref.high else None
    if low is not None and high is not None and low > high:  # type: ignore[operator]
        draft.report.add(words.range_reversed(ref.span))
        return kind
    return Kind(kind.name, unit=unit, low=low, high=high)  # type: ignore[arg-type]


def _values(draft: Draft, ref: TypeRef) -> tuple[str, ...]:
    seen: dict[str, None] = {}
    for word in ref.values:
        if word.text in seen:
            draft.report.add(words.enum_twice(word.text, word.span))
        seen[word.text] = None
    return tuple(seen)


# ---------------------------------------------------------------- dates

DAY = Kind("date")


def day_after(end: int, inclusive: bool) -> int | None:
    """The first day that an end leaves out; `through 9999-12-31` is for ever."""
    after = end + inclusive
    return after if after <= date.max.toordinal() else None


def days(draft: Draft, dates: Dates | None) -> tuple[int | None, int | None] | None:
    """A date clause as [start, end) in ordinal days; None when it is wrong."""
    if dates is None:
        return None, None
    start = literal(draft, DAY, dates.start, "a date") if dates.start else None
    end = literal(draft, DAY, dates.end, "a date") if dates.end else None
    if (dates.start and start is None) or (dates.end and end is None):
        return None
    last = None if end is None else day_after(int(end), dates.inclusive)
    if start is not None and last is not None and int(start) >= last:
        draft.report.add(words.no_days(dates.span))
        return None
    return None if start is None else int(start), last
