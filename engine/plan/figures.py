"""Exact figures as the two whole numbers a kernel reads."""

from __future__ import annotations

from fractions import Fraction

from engine.lang.places import Span
from engine.plan.plan import PlanError

WORD_LIMIT = 2**62


def fraction(value: Fraction, span: Span, what: str) -> tuple[int, int]:
    """Numerator and denominator.

    Raises:
        PlanError: one of them does not fit.
    """
    numerator, denominator = value.as_integer_ratio()
    if not -WORD_LIMIT < numerator < WORD_LIMIT or denominator >= WORD_LIMIT:
        raise PlanError("P101", f"{what} is too large or too fine to be kept exactly", span)
    return numerator, denominator
