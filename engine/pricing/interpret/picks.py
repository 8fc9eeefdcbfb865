"""Chooses one of several prices that apply in a step, as the step says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from engine.lang import book as b
from engine.lang.parts import atoms
from engine.pricing.interpret.hits import number_of
from engine.pricing.refusals import Fault


@dataclass(frozen=True)
class Option:
    """A price that applies: `value` for so many units; without a rule it is the product's own."""

    rule: b.Rule | None
    case: b.Case | None
    value: Fraction


def choose(book: b.Book, choice: Sequence[b.Criterion], options: Sequence[Option]) -> Option:
    """The option that comes first by each criterion in turn; a rule's comes before the product's own of the same rank.

    Raises:
        Fault: two rules come first.
    """
    left = list(options)
    for criterion in choice:
        ranks = [_rank(criterion, option) for option in left]
        left = [option for option, rank in zip(left, ranks, strict=True) if rank == min(ranks)]
    ruled = [option for option in left if option.rule is not None]
    if len(ruled) > 1 and "lowest" not in choice:  # after `lowest` they cost the same
        first, second = (number_of(book, option.case) for option in ruled[:2] if option.case is not None)
        raise Fault("CONFLICT", case=first, other=second)
    return min(ruled or left, key=lambda option: option.rule.name if option.rule else "")


def _rank(criterion: b.Criterion, option: Option) -> Fraction | int:
    if criterion == "lowest":
        return option.value
    if criterion == "most specific":
        return -facts_asked(option.case)
    names = {"book"} if option.rule is None else {option.rule.name, *option.rule.exception_to}
    levels = criterion.names
    return next((i for i, level in enumerate(levels) if names & set(level)), len(levels))


def facts_asked(case: b.Case | None) -> int:
    """How many facts a case's condition names; the date is none of them, nor are its products."""
    asked = {atom.subject.name for atom in atoms(case.when)} if case is not None else set()
    return len(asked - {"quote.date"})
