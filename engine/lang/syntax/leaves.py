"""The least there is: words and literals as written, and what is made of nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.lang.places import Span


@dataclass(frozen=True, slots=True)
class Word:
    """A name, dotted path or column as written (`seat`, `customer.segment`, `row.discount`)."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Lit:
    """A literal as written. `kind` is how it looks; `text` is the number or the string's content; `unit` what follows it.

    `49.00 EUR` is money/EUR; `12%` percent; `50 seats` quantity/seats; `50` number; `12 months` duration/months;
    `2026-01-01` date; `2026-01-01 14:30` instant; `"BE"` text; `25 bp` bp.
    """

    kind: Literal["money", "percent", "number", "quantity", "duration", "date", "instant", "text", "bp"]
    text: str
    unit: str | None
    span: Span
    others: tuple[Lit, ...] = ()  # the same in other currencies: `3 EUR, 4 USD`


Operand = Word | Lit


@dataclass(frozen=True, slots=True)
class Setting:
    """A line of words: `zone "Europe/Amsterdam"`, `bill monthly in advance`, `round half up to minor unit at unit`."""

    name: Word
    values: tuple[Operand, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Dates:
    """`from D`, `from D until D2` (half-open), `from D through D2` (inclusive), `until D`."""

    start: Lit | None
    end: Lit | None
    inclusive: bool
    span: Span
