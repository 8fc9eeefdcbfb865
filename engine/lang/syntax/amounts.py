"""Amounts as written: rates, tables of cells, what a percent is of, and how it is dealt out over lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.lang.book import Period
from engine.lang.places import Span
from engine.lang.syntax.leaves import Lit, Operand, Word


@dataclass(frozen=True, slots=True)
class Rate:
    """`49.00 EUR per seat per month`, `0.40 EUR per 1_000 calls`; `amount` may be a row's column (`row.price`)."""

    amount: Operand
    per_count: str | None  # "1_000"
    per_unit: Word | None  # seat
    period: Period | None  # month
    span: Span
    started: bool = False  # `per started 10 calls`: a package is paid whole
    others: tuple[Rate, ...] = ()  # the same in other currencies


@dataclass(frozen=True, slots=True)
class Cells:
    """A table as written: a head and rows of raw cells, each a Word whose text is the stripped cell."""

    head: tuple[Word, ...]
    rows: tuple[tuple[Word, ...], ...]
    span: Span


@dataclass(frozen=True, slots=True)
class BaseRef:
    """`list`, `running price`, `after volume`."""

    kind: Literal["list", "running", "after", "cost", "lowest"]
    step: Word | None
    span: Span
    days: Lit | None = None  # `lowest price of 30 days`


@dataclass(frozen=True, slots=True)
class Over:
    """How a give is over lines: `spread by list`, `remainder to first`, `at most 50 EUR`, `each line`."""

    spread: str | None
    remainder: str | None
    most: Rate | None
    each: bool
    span: Span
