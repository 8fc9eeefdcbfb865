"""Who must agree to a priced quote: figures of it, and who is asked where they hold."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from engine.lang.book.conditions import Condition
from engine.lang.places import Span

Measure = Literal[
    "line.discount", "line.margin", "line.net", "line.list", "line.granted",
    "quote.discount", "quote.margin", "quote.net", "quote.list", "quote.granted",
]  # fmt: skip
"""Figures of a priced quote: discount is 1 - net / list, margin is (net - cost) / net, granted is what was given by hand of
list. Discount and granted are over lines that may be discounted, the others over all of them.
"""


@dataclass(frozen=True, slots=True)
class Figure:
    """A measure compared with a literal; percents are Fractions of one, money Fractions of micros."""

    measure: Measure
    relation: Literal["<", "<=", "=", ">=", ">"]
    value: Fraction


@dataclass(frozen=True, slots=True)
class ApprovalCase:
    """When every figure and the condition hold, `needs`: stages in order, each a set of approvers asked in parallel."""

    figures: tuple[Figure, ...]
    when: Condition
    needs: tuple[tuple[str, ...], ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Approval:
    """A rule that leaves the price and asks. `products` limits `line.*` figures to lines of these (None: all)."""

    name: str
    cases: tuple[ApprovalCase, ...]
    span: Span
    products: frozenset[int] | None = None
    because: str | None = None
