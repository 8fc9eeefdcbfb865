"""Which cases apply to a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.lang import book as b
from engine.plan.conditions import holds
from engine.pricing.interpret.candidates import candidates_of
from engine.values.kinds import Value

Hit = tuple[b.Rule, b.Case]


def hits_of(
    book: b.Book, step: int, product: int | None, known: Mapping[str, Value], each: str | None = None
) -> list[Hit]:
    """The cases of a step that apply to a product, in book order; for None those over several lines: of the quote, or of `each`
    bundle, where that is said.
    """
    day = known["quote.date"]
    assert isinstance(day, int)
    here = candidates_of(book)
    among = here.over_lines(step, known) if product is None else here.of_product(step, product, known)
    found = [
        (rule, case)
        for _, rule, case in among
        if on_day(case, day) and holds(case.when, known) and each in (None, _taken_by(case))
    ]
    return _beside(found) if product is None else _with_exceptions(found)


def _taken_by(case: b.Case) -> str:
    """Of what a case takes the lines together."""
    return case.give.each if isinstance(case.give, b.OnQuote) else "quote"


def on_day(dated: b.Case | b.Denial, day: int) -> bool:
    """Whether it stands on a day."""
    return (dated.start or 0) <= day and (dated.end is None or day < dated.end)


def _beside(found: list[Hit]) -> list[Hit]:
    """An exception holds only beside a rule it excepts."""
    names = {rule.name for rule, _ in found}
    return [(rule, case) for rule, case in found if not rule.exception_to or names & set(rule.exception_to)]


def reaches(hit: Hit, product: int, hits: Sequence[Hit]) -> bool:
    """Whether a case over several lines, of all that apply, works on a product: an exception takes the place of its rule there."""
    rule, case = hit
    return _is_on(case, product) and not any(
        rule.name in other.exception_to and _is_on(own, product) for other, own in hits
    )


def _is_on(case: b.Case, product: int) -> bool:
    return case.products is None or product in case.products


def _with_exceptions(found: list[Hit]) -> list[Hit]:
    """An exception holds only beside a rule it excepts, and takes its place."""
    found = _beside(found)
    replaced = {name for rule, _ in found for name in rule.exception_to}
    return [(rule, case) for rule, case in found if rule.name not in replaced]


def number_of(book: b.Book, wanted: b.Case) -> int:
    """A case's place in the book."""
    return next(i for i, case in enumerate(c for rule in book.rules for c in rule.cases) if case is wanted)
