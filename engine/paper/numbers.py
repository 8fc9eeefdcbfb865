"""Amounts, quantities, dates and times as a language writes them, by Babel, from whole micros and never by a float.

All digits are kept: an amount has at least its currency's decimals, and as many more as it needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, format_percent
from babel.units import format_unit

from engine.paper.languages import Words, locale_of, words_of
from engine.values.currency import decimals_of, minor_unit_micros
from engine.values.kinds import MICROS

MANY = 1_000
"""A price below the smallest coin is said of so many units."""
SIGNS = {
    "kb": "digital-kilobyte", "mb": "digital-megabyte", "gb": "digital-gigabyte", "tb": "digital-terabyte", "kw": "power-kilowatt",
    "kwh": "energy-kilowatt-hour", "mm": "length-millimeter", "cm": "length-centimeter", "m": "length-meter", "km": "length-kilometer",
    "g": "mass-gram", "kg": "mass-kilogram", "l": "volume-liter",
}  # fmt: skip
"""Units that are written as a sign, by what books call them; the CLDR knows how. Those in words are among the words of each language."""


def decimal_of(ticks: int) -> Decimal:
    """Millionths as a decimal, exactly, with no zeros at its end: where these are seen, "1.0" is not one but many."""
    whole, part = divmod(ticks, MICROS)
    return Decimal(whole) if not part else Decimal(ticks).scaleb(-6).normalize()


@dataclass(frozen=True, slots=True)
class Numbers:
    """How one language writes what has numbers in it, and amounts in one currency."""

    locale: Locale
    currency: str
    words: Words

    @property
    def point(self) -> str:
        """What parts whole from decimals in an amount: in Switzerland's French it is another than in a number."""
        symbols = self.locale.number_symbols["latn"]
        return str(symbols.get("currencyDecimal", symbols["decimal"]))

    def amount(self, micros: int) -> str:
        """`1.725,00`: an amount in a column that says its currency."""
        least = decimals_of(self.currency)
        pattern = "#,##0" + ("." + "0" * least if least else "")
        said = format_decimal(decimal_of(micros), format=pattern, locale=self.locale, decimal_quantization=False)
        return self._pointed(said)

    def money(self, micros: int) -> str:
        """`€ 1.725,00`."""
        said = format_currency(decimal_of(micros), self.currency, locale=self.locale, decimal_quantization=False)
        return self._pointed(said)

    def change(self, micros: int) -> str:
        """As `money`, with its sign whichever it is."""
        return f"+{self.money(micros)}" if micros > 0 else self.money(micros)

    def _pointed(self, amount: str) -> str:
        """An amount with the point that amounts have here; Babel gives it that of numbers."""
        return _signed(amount.replace(str(self.locale.number_symbols["latn"]["decimal"]), self.point))

    def percent(self, millionths: int) -> str:
        """`21%`, `8,1 %`."""
        return _signed(format_percent(decimal_of(millionths), locale=self.locale, decimal_quantization=False))

    def number(self, ticks: int) -> str:
        """`12,5`."""
        return _signed(format_decimal(decimal_of(ticks), locale=self.locale, decimal_quantization=False))

    def many_for(self, *prices: int) -> int:
        """Of how many units prices are said: 1, or many where one of them is less than the smallest coin."""
        coin = minor_unit_micros(self.currency)
        return MANY if any(0 < abs(price) < coin for price in prices) else 1

    # ------------------------------------------------------------ with words

    def quantity(self, ticks: int, unit: str, units: str) -> str:
        """`50 plaatsen`, `12,5 uur`, `3 GB`: the unit in the language where it is a common one, else as the book calls it."""
        sign = SIGNS.get(unit.lower())
        if sign is not None:
            return _signed(format_unit(decimal_of(ticks), sign, "short", format="#,##0.######", locale=self.locale))
        return f"{self.number(ticks)} {self.unit(ticks, unit, units)}"

    def unit(self, ticks: int, unit: str, units: str) -> str:
        """The unit's word for so many."""
        forms = self.words.units.get(unit.lower())
        if forms is not None:
            return self.plural(ticks, forms)
        return unit if abs(ticks) == MICROS else units

    def plural(self, ticks: int, forms: Mapping[str, str]) -> str:
        """The form of a word or sentence that goes with a number."""
        return forms.get(self.locale.plural_form(abs(decimal_of(ticks))), forms["other"])

    def length(self, months: int, days: int) -> str:
        """`13 maanden`, `3 maanden, 10 dagen`."""
        said = [(count * MICROS, unit) for count, unit in ((months, "month"), (days, "day")) if count]
        return ", ".join(self.quantity(count, unit, unit) for count, unit in said or [(0, "day")])

    # ------------------------------------------------------------ days

    def day(self, day: int) -> str:
        """`25 november 2026`."""
        return format_date(date.fromordinal(day), "long", self.locale)

    def days(self, start: int, end: int) -> str:
        """`1 jan 2026 – 31 dec 2026`: the first and the last day of a time, half-open."""
        first, last = (format_date(date.fromordinal(day), "medium", self.locale) for day in (start, end - 1))
        return f"{first} – {last}"


def numbers_of(tag: str, currency: str) -> Numbers:
    """How a language writes.

    Raises:
        ValueError: documents are not written in that language, or there is no such currency.
    """
    locale = locale_of(tag)
    minor_unit_micros(currency)
    return Numbers(locale, currency, words_of(locale.language, locale.territory or ""))


def _signed(text: str) -> str:
    """With a minus that is as wide as a plus."""
    return text.replace("-", "−")
