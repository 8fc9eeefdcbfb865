"""The languages that documents are written in: the fixed words of each, one table a language, and the Babel locale of its numbers.

A tag without a country gets the one whose customs are meant (`en` is British here, as its numbers and dates are Europe's); a
country that the CLDR does not know with a language gets the language's own.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale, UnknownLocaleError

HOME = {"en": "GB", "nl": "NL", "de": "DE", "fr": "FR"}
"""Each language with the country meant where none is said."""
FOLDER = Path(__file__).parent / "words"


@dataclass(frozen=True, slots=True)
class Words:
    """The fixed words of documents in one language: a table with one too few or too many cannot be read.

    Tables of two forms and more are by plural category (CLDR's `one`, `other`).
    """

    quote: str
    version: str
    to: str
    date: str
    valid_until: str
    reference: str
    contact: str
    payment: str
    payment_days: Mapping[str, str]
    tax_number: str
    registration: str
    account: str
    page: str
    description: str
    quantity: str
    price: str
    amount: str
    period: str
    rate: str
    tax: str
    net: str
    gross: str
    listed: str
    saved: str
    difference: str
    totals: str
    list_price: str
    discount: str
    surcharge: str
    average: str
    per: str
    per_many: str
    over: str
    total_of: str
    taxes: str
    taxable: str
    with_tax: str
    option: str
    colon: str
    options: Mapping[str, str]
    recommended: str
    notes: str
    acceptance: str
    accept: str
    choose: str
    name: str
    place_and_date: str
    signature: str
    yes: str
    no: str
    periods: Mapping[str, str]
    total_names: Mapping[str, str]
    categories: Mapping[str, str]
    steps: Mapping[str, str]
    units: Mapping[str, Mapping[str, str]]


@cache
def words_of(language: str, country: str) -> Words:
    """The words of a language, with those that a country says otherwise."""
    table: dict[str, Any] = tomllib.loads((FOLDER / f"{language}.toml").read_text("utf-8"))
    elsewhere = table.pop("elsewhere", {})
    return Words(**{**table, **elsewhere.get(country, {})})


@cache
def locale_of(tag: str) -> Locale:
    """The locale that a tag names.

    Raises:
        ValueError: documents are not written in that language.
    """
    language, _, rest = tag.replace("_", "-").partition("-")
    language, country = language.lower(), rest.rpartition("-")[2].upper()
    if language not in HOME:
        raise ValueError(f"`{tag[:20]}` is no language of documents: {', '.join(HOME)} are, with a country or without")
    try:
        return Locale(language, territory=country or HOME[language])
    except (UnknownLocaleError, ValueError):
        return Locale(language, territory=HOME[language])
