"""What quotes are told in: units of quantity, and the facts that a book declares."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from engine.lang.places import Span
from engine.values.kinds import Kind


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of quantity: `seat` / `seats`; `decimals` 0 means only whole quantities are legal.

    `box boxes of 5 pieces` holds `size` 5 of the unit with index `of`, which is made of no other (None: itself). Units made of
    one unit are of a kind: `measures.times` converts between them.
    """

    name: str
    plural: str
    decimals: int = 0
    of: int | None = None
    size: Fraction = Fraction(1)


@dataclass(frozen=True, slots=True)
class Fact:
    """A declared input. `path` is dotted: `customer.segment`. Scope is its first word: customer, quote or line."""

    path: str
    kind: Kind
    optional: bool
    source: Literal["account", "request"]
    span: Span

    @property
    def scope(self) -> str:
        """`line` facts may differ by line; all others belong to the quote."""
        return self.path.split(".", 1)[0]
