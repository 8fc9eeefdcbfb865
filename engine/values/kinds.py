"""The kinds a fact or a table column can have, and how their values are written.

A value travels as one of two Python types: `str` for kinds that only know equality (enum, text), `int` for kinds that
have an order. The integer counts *ticks*, and `TICKS` says what one is, so a kernel compares whole numbers only:

    money     micros (10^-6) of the book's currency      "1000.50 EUR"  or "1000.50"
    number    millionths                                  "2.5"
    percent   millionths of the whole: 15% is 150_000     "15%"          never a bare 15
    fraction  millionths of the whole: 0.15 is 150_000    "0.15"         (for files; people write percent)
    quantity  millionths of the unit                      "12", "12 seats", "1.5 hours"
    duration  months                                      "12 months", "1 year"
    date      days, date.toordinal()                      "2026-01-15"
    instant   minutes of the book's own clock             "2026-01-15 14:30"  (or with its offset: 2026-01-15T14:30+01:00)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Literal
from zoneinfo import ZoneInfo

Name = Literal["enum", "text", "number", "money", "percent", "fraction", "quantity", "duration", "date", "instant"]
Value = str | int

MICROS = 1_000_000
TICKS: dict[str, str] = {
    "number": "millionths",
    "money": "micros",
    "percent": "millionths",
    "fraction": "millionths",
    "quantity": "millionths",
    "duration": "months",
    "date": "days",
    "instant": "minutes",
}
FLAG = ("no", "yes")
"""`yes or no` is an enum of these."""

DAY_MINUTES = 1_440
MAX_TICKS = 10**18
"""Every ordered value is within +-MAX_TICKS, so sums of a few still fit int64."""
MAX_TEXT = 1_000
_NUMBER = re.compile(r"([+-]?)(\d{1,3}(?:_\d{3}){1,4}|\d{1,13})(?:\.(\d{1,6}))?\Z", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?\Z", re.ASCII)
_MONTHS = {"month": 1, "months": 1, "year": 12, "years": 12}


@dataclass(frozen=True, slots=True)
class Kind:
    """What a value may be. `values` are an enum's; `unit` is a currency code (money) or unit name (quantity).

    An instant's `unit` is the zone its clock shows. `low` and `high` are inclusive bounds in ticks.
    """

    name: Name
    values: tuple[str, ...] = ()
    unit: str | None = None
    low: int | None = None
    high: int | None = None

    @property
    def ordered(self) -> bool:
        """Whether values are ticks (int) rather than words (str)."""
        return self.name in TICKS

    def parse(self, text: str) -> Value:
        """Read one value as people write it.

        Raises:
            ValueError: its message says what was read and what is allowed.
        """
        text = text.strip()
        if not self.ordered:
            return self._word(text)
        ticks = _PARSERS[self.name](self, text)
        if abs(ticks) > MAX_TICKS:
            raise ValueError(f"`{text}` is too large")
        if (self.low is not None and ticks < self.low) or (self.high is not None and ticks > self.high):
            raise ValueError(f"`{text}` is out of range: {self.range()} is allowed")
        return ticks

    def show(self, value: Value) -> str:
        """Write a value the way `parse` reads it."""
        if isinstance(value, str):
            return value
        match self.name:
            case "date":
                return date.fromordinal(value).isoformat()
            case "instant":
                return f"{date.fromordinal(value // DAY_MINUTES)} {value % DAY_MINUTES // 60:02}:{value % 60:02}"
            case "duration":
                return f"{value} month" + ("" if value == 1 else "s")
            case "percent":
                return f"{decimal(value * 100)}%"
            case "money":
                return f"{decimal(value, least=2)} {self.unit}"
            case _:
                return decimal(value) + (f" {self.unit}" if self.unit else "")

    def range(self) -> str:
        """The bounds in words: `1 month to 60 months`."""
        if self.low is None or self.high is None:
            return f"at least {self.show(self.low)}" if self.low is not None else f"at most {self.show(self.high or 0)}"
        return f"{self.show(self.low)} to {self.show(self.high)}"

    def _word(self, text: str) -> str:
        if self.name == "enum" and text not in self.values:
            raise ValueError(f"`{text[:60]}` is not one of {', '.join(self.values)}")
        if not text or len(text) > MAX_TEXT:
            raise ValueError(f"a text has 1 to {MAX_TEXT:,} characters")
        return text


def decimal(ticks: int, least: int = 0) -> str:
    """Write millionths as a decimal with at least `least` decimals: 1_500_000 is `1.5`."""
    whole, part = divmod(abs(ticks), MICROS)
    decimals = f"{part:06d}".rstrip("0").ljust(least, "0")
    return ("-" if ticks < 0 else "") + str(whole) + ("." + decimals if decimals else "")


def exact_decimal(value: Fraction) -> str:
    """Write a ratio as a decimal in full; one that has no end (a third) as a ratio, `1/3`."""
    twos = fives = 0
    rest = value.denominator
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    if rest != 1:
        return str(value)
    places = max(twos, fives)
    digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
    whole, part = (digits[:-places], digits[-places:]) if places else (digits, "")
    return ("-" if value < 0 else "") + whole + (f".{part}" if part else "")


def millionths(text: str) -> int:
    """Read a plain decimal (`-1_250.5`, at most 13 digits and 6 decimals) as millionths.

    Raises:
        ValueError: it is not one.
    """
    match = _NUMBER.match(text)
    if not match:
        raise ValueError(f"`{text[:60]}` is not a number with at most 13 digits and 6 decimals, such as 1250.5")
    sign, whole, part = match.groups()
    ticks = int(whole) * MICROS + int((part or "").ljust(6, "0"))
    return -ticks if sign == "-" else ticks


def percent_meant(text: str) -> str:
    """How to write a number where a percent belongs: 15 as `15%`, and 0.15, as spreadsheets show it, as `15%` too."""
    match = _NUMBER.match(text)
    if not match or match.group(2).strip("0_") or not (match.group(3) or "").strip("0"):
        return f"{text}%"
    return f"{decimal(millionths(text) * 100)}%, or {text}% for a hundredth of that"


def _money(kind: Kind, text: str) -> int:
    number, _, currency = text.partition(" ")
    if currency and currency.strip() != kind.unit:
        raise ValueError(f"`{text[:60]}` is not in {kind.unit}")
    return millionths(number)


def _percent(kind: Kind, text: str) -> int:
    if not text.endswith("%"):
        raise ValueError(f"`{text[:60]}` is not a percent: write {percent_meant(text[:20] or '15')}")
    ticks = millionths(text[:-1].rstrip())
    if ticks % 100:
        raise ValueError(f"`{text[:60]}` is finer than 0.0001%")
    return ticks // 100


def _quantity(kind: Kind, text: str) -> int:
    return millionths(text.partition(" ")[0])


def _duration(kind: Kind, text: str) -> int:
    number, _, unit = text.partition(" ")
    if unit.strip() not in _MONTHS or not number.isdecimal() or len(number) > 6:
        raise ValueError(f"`{text[:60]}` is not a duration such as 12 months or 1 year")
    return int(number) * _MONTHS[unit.strip()]


def _date(kind: Kind, text: str) -> int:
    try:
        if _DATE.match(text):
            return date.fromisoformat(text).toordinal()
    except ValueError:
        pass  # 2026-02-30: the same words as for any other slip
    raise ValueError(f"`{text[:60]}` is not a date such as 2026-01-15")


def _instant(kind: Kind, text: str) -> int:
    try:
        if _INSTANT.match(text):
            found = datetime.fromisoformat(text)
            local = found if found.tzinfo is None else found.astimezone(ZoneInfo(kind.unit or "UTC"))
            return local.toordinal() * DAY_MINUTES + local.hour * 60 + local.minute
    except (ValueError, OverflowError):
        pass  # 2026-02-30 14:30, 2026-01-15 25:00: the same words as for any other slip
    raise ValueError(f"`{text[:60]}` is not an instant such as 2026-01-15 14:30")


_PARSERS = {
    "number": lambda kind, text: millionths(text),
    "fraction": lambda kind, text: millionths(text),
    "money": _money,
    "percent": _percent,
    "quantity": _quantity,
    "duration": _duration,
    "date": _date,
    "instant": _instant,
}
