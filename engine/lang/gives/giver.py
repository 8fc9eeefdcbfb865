"""Whose gives are read: one rule in its step, and what is made of its clauses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from engine.lang.amounts import Amounts, Number
from engine.lang.book import ALWAYS, Condition, Give, RuleKind
from engine.lang.draft import Draft
from engine.lang.places import Span
from engine.lang.syntax import RuleBlock

GivePart = Give | None | Callable[[int], Give | None]
WANTS: dict[str, str] = {
    "discount": "`give 10% off list`, or tiers with a column `off`",
    "surcharge": "`add 5% of list` or `add 3 EUR`",
    "price": "`price 42.00 EUR per seat`, or tiers with a column `price`",
    "tax": "`charge 21%`",
    "offer": "`buy 2 of family mugs` and `get 1 of family mugs, cheapest first`",
    "floor": "`at least 20% margin`, `at least 70% of list` or `at least 30 EUR`",
}


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing a rule gives; a tier adds its condition, label and place."""

    give: GivePart
    when: Condition = ALWAYS
    label: str = ""
    span: Span | None = None


@dataclass(slots=True)
class Giver:
    """A rule whose gives are read, and all that they are checked against."""

    draft: Draft
    block: RuleBlock
    kind: RuleKind
    step: int
    amounts: Amounts
    on_quote: bool = False


def of_rows(number: Number, make: Callable[[Fraction], Give | None]) -> GivePart:
    """A give of a fixed number, or of each row's; an empty cell gives nothing."""
    if not callable(number):
        return make(number)
    made: dict[Fraction, Give | None] = {}

    def of_row(row: int) -> Give | None:
        value = number(row)
        if value is None:
            return None
        if value not in made:
            made[value] = make(value)
        return made[value]

    return of_row
