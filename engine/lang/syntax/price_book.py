"""The block `price book`: what holds for the whole book."""

from __future__ import annotations

from dataclasses import dataclass

from engine.lang.places import Span
from engine.lang.syntax.leaves import Lit, Setting, Word


@dataclass(frozen=True, slots=True)
class UnitDecl:
    """`seat seats`, `hour hours to 2 decimals`, `box boxes of 5 pieces`."""

    name: Word
    plural: Word
    decimals: Word | None
    span: Span
    times: Word | None = None
    of: Word | None = None


@dataclass(frozen=True, slots=True)
class RoundDecl:
    """`round half up to minor unit at unit`, `round discounts half even to 0.05 EUR at line`."""

    discounts: bool
    mode: str
    to: Lit | None  # None: minor unit
    level: str
    span: Span


@dataclass(frozen=True, slots=True)
class PriceBook:
    """`price book NAME "Title"` and its settings; `settings` holds currency, zone, prices."""

    name: Word
    title: str | None
    settings: tuple[Setting, ...]
    round: RoundDecl | None
    families: tuple[Word, ...]
    groups: tuple[Word, ...]
    units: tuple[UnitDecl, ...]
    span: Span
    show: Lit | None = None  # `show lowest price of 30 days`: the days
    prorate: Word | None = None
