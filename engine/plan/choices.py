"""Lowers how steps choose one of several prices, and how they round.

All that tells prices apart before they are known is one number a case: its rank. What is left is settled by the lowest price.
"""

from __future__ import annotations

from fractions import Fraction

from engine.lang import book as b
from engine.lang.choosing import OWN, rank
from engine.lang.places import Span
from engine.plan import layout as at
from engine.values.rounding import MODES


def how_of(step: b.Step) -> tuple[int, int, int, int]:
    """STEP columns from STEP_CHOICE on."""
    choice = at.NO_CHOICE if not step.choice else at.BY_LOWEST if "lowest" in step.choice else at.BY_RANK
    rounding = step.rounding
    return (choice, 0, 0, 0) if rounding is None else (choice, rounding.step, MODES.index(rounding.mode), rounding.plus)


def ranks_of(book: b.Book) -> list[int]:
    """The rank of each case, and last that of a product's own price; [] where no step chooses."""
    if not any(step.choice for step in book.steps):
        return []
    of_cases = [_ranks(book.steps[rule.step], rule, case) for rule in book.rules for case in rule.cases]
    keys = [*of_cases, _ranks(book.steps[0], _OWN, _OWN.cases[0])]
    place = {key: number for number, key in enumerate(sorted(set(keys)))}
    return [place[key] for key in keys]


def _ranks(step: b.Step, rule: b.Rule, case: b.Case) -> tuple[int, ...]:
    """By each criterion in turn, up to the lowest price."""
    before = step.choice[: step.choice.index("lowest")] if "lowest" in step.choice else step.choice
    return tuple(rank(criterion, rule, case) for criterion in before)


_NOWHERE = Span("", 1)
_OWN = b.Rule(
    OWN, "price", 0, (b.Case(None, None, None, b.ALWAYS, b.SetPrice(b.Price(Fraction(0))), _NOWHERE),), _NOWHERE
)
"""A product's own price, among rules."""
