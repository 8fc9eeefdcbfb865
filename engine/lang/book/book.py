"""The whole book, and what holds for all of it: currencies, rounding, taxes."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from engine.lang.book.approvals import Approval
from engine.lang.book.facts import Fact, Unit
from engine.lang.book.prices import Prorate
from engine.lang.book.products import Product
from engine.lang.book.rules import Denial, Rule
from engine.lang.book.steps import Step
from engine.lang.book.tests import BookTest
from engine.lang.configurable import Bundle, ConfigurationTest
from engine.values.rounding import Rounding


@dataclass(frozen=True, slots=True)
class ExchangeRate:
    """One unit of `source` is `rate` units of `target`, for pricing dates from `start` on (None: ever) until the next rate."""

    source: str
    target: str
    start: int | None
    rate: Fraction


TaxLevel = Literal["rate", "unit", "line", "document"]
"""Where tax is rounded: once per category and rate (EN 16931, BR-CO-17), per unit, per line, or once per document."""


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Book:
    """A whole checked book. `version` names the bundle it was read from (`values.identity.version_of`)."""

    name: str
    title: str
    version: str
    currency: str
    zone: str
    rounding: Rounding
    units: tuple[Unit, ...]
    families: tuple[str, ...]
    groups: tuple[str, ...]
    facts: tuple[Fact, ...]
    products: tuple[Product, ...]
    steps: tuple[Step, ...]
    rules: tuple[Rule, ...]
    approvals: tuple[Approval, ...]
    tests: tuple[BookTest, ...] = field(default=())
    prices_include_tax: bool = False
    tax_level: TaxLevel = "rate"
    tax_step: int = 0  # micros tax is rounded to; 0: the minor unit
    currencies: tuple[str, ...] = ()  # others that quotes may ask for
    rates: tuple[ExchangeRate, ...] = ()
    denials: tuple[Denial, ...] = ()
    codes: tuple[str, ...] = ()  # that coupons need, in the order of the alphabet
    lowest_days: int | None = None  # the lowest list price of so many days is shown with each line
    prorate: Prorate | None = None  # None: only whole months count
    bundles: tuple[Bundle, ...] = ()  # what is configured, and the features they share
    configurations: tuple[ConfigurationTest, ...] = ()
    timed: bool = False  # quotes and lines have a start and an end (`lang.periods.FACTS`)
