"""Which approvals a priced quote needs: they leave the price and ask. Compared in whole numbers, never as a ratio."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from engine.lang import book as b
from engine.plan.conditions import atoms, holds
from engine.plan.head import Head
from engine.pricing.quote import Needed
from engine.values.kinds import Value

Row = tuple[int, int, int, int, int | None]
"""A priced line in whole numbers: product, quantity, list, net and cost (None: it has none)."""
Amounts = tuple[int, int, int | None]
"""List, net and cost of what a figure is about, in micros, as amounts sold (a credit counts as what it undoes)."""
About = Callable[[int | None], Mapping[str, Value]]
"""What is known of line i, or of the quote as a whole (None): see `subjects`."""
Test = Callable[[Amounts], bool]


def approvals_of(
    head: Head, rows: Callable[[], Sequence[Row | None]], whole: Amounts, about: About
) -> tuple[Needed, ...]:
    """The approvals asked for, in book order; stages asked for by several cases of one approval are joined in order.

    `rows` gives the quote's lines, None for those without a price, and `whole` is what `sum_whole` says of them.
    """
    found = []
    for approval in _ready(head):
        holding = [case for case in approval.cases if case.holds(approval.of.products, rows, whole, about)]
        if holding:
            found.append(approval.needed(holding))
    return tuple(found)


def subjects(
    date: int, facts: Mapping[str, Value], of_line: Mapping[str, Value] | None = None, quantity: int = 0, group: str | None = None
) -> dict[str, Value]:  # fmt: skip
    """What a condition can ask about a quote, or about one of its lines."""
    known: dict[str, Value] = {**facts, "quote.date": date}
    if of_line is not None:
        known.update(of_line)
        known["line.quantity"] = abs(quantity)
        if group is not None:
            known["line.group"] = group
    return known


@dataclass(frozen=True, slots=True)
class _Case:
    """A case made ready: its figures as tests of amounts, of the quote and of a line."""

    of: b.ApprovalCase
    of_quote: tuple[Test, ...]
    of_line: tuple[Test, ...]
    by_line: bool
    always: bool

    def holds(
        self, products: frozenset[int] | None, rows: Callable[[], Sequence[Row | None]], whole: Amounts, about: About
    ) -> bool:
        for test in self.of_quote:
            if not test(whole):
                return False
        lines = rows() if self.by_line else ()
        if not lines:
            return self.always or holds(self.of.when, about(None))
        for i, row in enumerate(lines):
            if row is None or (products is not None and row[0] not in products):
                continue
            amounts = _amounts(row)
            for test in self.of_line:
                if not test(amounts):
                    break
            else:
                if self.always or holds(self.of.when, about(i)):
                    return True
        return False


@dataclass(frozen=True, slots=True)
class _Approval:
    of: b.Approval
    cases: tuple[_Case, ...]

    def needed(self, holding: Sequence[_Case]) -> Needed:
        """What it needs when these cases hold."""
        stages: list[tuple[str, ...]] = []
        for case in holding:
            stages.extend(stage for stage in case.of.needs if stage not in stages)
        span = holding[0].of.span
        return Needed(self.of.name, tuple(stages), self.of.because, span.file, span.line)


def _ready(head: Head) -> tuple[_Approval, ...]:
    """A book's approvals made ready, once: they are kept in the head's own dict."""
    kept: tuple[_Approval, ...] | None = head.__dict__.get("_approvals")
    if kept is None:
        kept = head.__dict__["_approvals"] = tuple(
            _Approval(approval, tuple(_case(approval, case) for case in approval.cases)) for approval in head.approvals
        )
    return kept


def _case(approval: b.Approval, case: b.ApprovalCase) -> _Case:
    of_line = [figure.measure.startswith("line.") for figure in case.figures]
    tests = [_test(figure) for figure in case.figures]
    return _Case(
        case,
        tuple(test for test, line in zip(tests, of_line, strict=True) if not line),
        tuple(test for test, line in zip(tests, of_line, strict=True) if line),
        any(of_line) or approval.products is not None or _about_lines(case.when),
        case.when == b.ALWAYS,
    )


def _about_lines(when: b.Condition) -> bool:
    return any(atom.subject.name.startswith("line.") for atom in atoms(when))


def _amounts(row: Row) -> Amounts:
    _, quantity, listed, net, cost = row
    return (listed, net, cost) if quantity >= 0 else (-listed, -net, None if cost is None else -cost)


def sum_whole(head: Head, rows: Sequence[Row | None]) -> Amounts:
    """The quote's amounts over discountable lines; the margin's cost only where every one of them has a cost."""
    counted = [row for row in rows if row is not None and not head.products[row[0]].never_discounted]
    costs = [row[4] for row in counted]
    cost = sum(c for c in costs if c is not None) if costs and None not in costs else None
    return sum(row[2] for row in counted), sum(row[3] for row in counted), cost


def _test(figure: b.Figure) -> Test:
    """A figure against its limit: `discount > 15%` is (list - net) > 15% of list; without a base it never asks."""
    compare, over, under = _RELATIONS[figure.relation], figure.value.numerator, figure.value.denominator
    match figure.measure.split(".")[1]:
        case "net":
            return lambda amounts: bool(compare(amounts[1] * under, over))
        case "list":
            return lambda amounts: bool(compare(amounts[0] * under, over))
        case "discount":
            return lambda amounts: (
                amounts[0] > 0 and bool(compare((amounts[0] - amounts[1]) * under, over * amounts[0]))
            )
        case _:
            return lambda amounts: (
                amounts[2] is not None
                and amounts[1] >= 0
                and bool(compare((amounts[1] - amounts[2]) * under, over * amounts[1]))
            )


_RELATIONS = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
}
