"""What a rule gives, as written: one class a clause."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.lang.places import Span
from engine.lang.syntax.amounts import BaseRef, Over, Rate
from engine.lang.syntax.conditions import Target
from engine.lang.syntax.leaves import Lit, Operand, Word


@dataclass(frozen=True, slots=True)
class GiveClause:
    """`give 20% off running price`, `give row.discount off list`, `give 3 EUR off list`, `add 5% of list`, `add 3 EUR`."""

    verb: Literal["give", "add"]
    amount: Operand | Rate
    base: BaseRef | None
    span: Span
    over: Over | None = None
    tax: Literal["including", "excluding"] | None = None


@dataclass(frozen=True, slots=True)
class UnitsClause:
    """`give 1 EUR off the first unit, 2 EUR off each other, at most 5 units`."""

    first: Operand | Rate
    other: Operand | Rate | None
    most: Word | None
    span: Span


@dataclass(frozen=True, slots=True)
class CheapestClause:
    """`give 15% off the cheapest unit`, `give 3 EUR off the 2 dearest units`."""

    amount: Operand | Rate
    count: Word | None
    order: Literal["cheapest", "dearest"]
    span: Span


@dataclass(frozen=True, slots=True)
class OfferClauses:
    """`buy 2 of family mugs`, `get 1 of family mugs, cheapest first, 100% off`, `at most 3 times`."""

    buy: Word
    of: Target | None
    get: Word
    gets: Target | None
    order: Literal["cheapest", "dearest"]
    off: Operand | Rate | None  # None: free
    times: Word | None
    span: Span


@dataclass(frozen=True, slots=True)
class HandClause:
    """`by hand, at most 10% for seller, 25% for manager`."""

    limits: tuple[tuple[Lit, Word], ...]
    span: Span


@dataclass(frozen=True, slots=True)
class ChargeClause:
    """`charge 21%` and `category S` of a tax rule; either may be a row's column."""

    amount: Operand | None
    category: Word | None
    span: Span


Clause = GiveClause | UnitsClause | CheapestClause | OfferClauses | HandClause


@dataclass(frozen=True, slots=True)
class AtLeastClause:
    """`at least 20% margin`, `15% markup`, `70% of list`, `30 EUR`, `30 EUR below list`."""

    amount: Operand
    of: Literal["amount", "of_list", "margin", "markup", "below_list"]
    span: Span
