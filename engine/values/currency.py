"""Which currencies there are and how fine each one counts: EUR has cents, JPY whole yen, KWD thousandths.

Amounts are micros (10^-6 of the currency), so a minor unit is a whole number of micros: EUR 10_000, JPY 1_000_000,
KWD 1_000. The data is the Unicode CLDR's, as Babel ships it.
"""

from __future__ import annotations

from functools import cache

from babel.core import get_global
from babel.numbers import get_currency_precision, list_currencies

from engine.values.kinds import MICROS

COMMON = (
    "EUR",
    "USD",
    "GBP",
    "JPY",
    "CHF",
    "CNY",
    "INR",
    "CAD",
    "AUD",
    "SEK",
    "NOK",
    "DKK",
    "PLN",
    "BRL",
    "MXN",
    "KRW",
)
"""The most traded: what a misspelt code more likely means."""


@cache
def currencies() -> frozenset[str]:
    """Every ISO 4217 code, upper case."""
    return frozenset(list_currencies())


@cache
def minor_unit_micros(code: str) -> int:
    """Return how many micros the currency's own minor unit is.

    Raises:
        ValueError: there is no such currency.
    """
    if code not in currencies():
        raise ValueError(f"`{code[:20]}` is not a currency")
    return int(MICROS // 10 ** get_currency_precision(code))


def decimals_of(code: str) -> int:
    """How many decimals the currency's minor unit has: EUR 2, JPY 0."""
    return len(str(MICROS // minor_unit_micros(code))) - 1


def written(micros: int, code: str) -> str:
    """`1,725.00`: micros as a decimal with at least the currency's decimals."""
    whole, part = divmod(abs(micros), MICROS)
    least = decimals_of(code)
    digits = f"{part:06d}"
    decimals = digits[:least] + digits[least:].rstrip("0")
    return f"{'-' if micros < 0 else ''}{whole:,}" + (f".{decimals}" if decimals else "")


@cache
def zones() -> frozenset[str]:
    """Every name of a time zone: `Europe/Amsterdam`, `UTC`."""
    return frozenset(get_global("zone_territories")) | frozenset(get_global("zone_aliases")) | {"UTC"}
