"""Which approvals a priced quote needs: they leave the price and ask. Compared in whole numbers, never as a ratio."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple, Protocol

from engine.lang import book as b
from engine.lang.parts import atoms
from engine.plan.conditions import holds
from engine.plan.head import Head
from engine.pricing.quote import Needed
from engine.values.kinds import Value

Row = tuple[int, int, int, int, int | Fraction | None, int]
"""A priced line in whole numbers: product, quantity, list, net, cost (None: it has none), and what was granted by hand."""


class Amounts(NamedTuple):
    """What a figure is about, in micros, as amounts sold (a credit counts as what it undoes).

    `open_list` and `open_net` are those of what may be discounted, which is what discounts are measured by; `granted` is what
    was given by hand.
    """

    listed: int
    net: int
    cost: int | Fraction | None
    open_list: int
    open_net: int
    granted: int = 0


About = Callable[[int | None], Mapping[str, Value]]
"""What is known of line i, or of the quote as a whole (None): see `subjects`."""
Test = Callable[[Amounts], bool]


def approvals_of(head: Head, lines: Lines, whole: Amounts, about: About) -> tuple[Needed, ...]:
    """The approvals asked for, in book order; stages asked for by several cases of one approval are joined in order.

    `whole` is what `sum_whole` says of the lines.
    """
    found = []
    for approval in ready(head):
        holding = [case for case in approval.cases if case.holds(lines, whole, about)]
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


@dataclass(frozen=True, eq=False)
class Case:
    """A case made ready: its figures as tests of amounts, of the quote and of a line. It is its own key in a dict."""

    of: b.ApprovalCase
    products: frozenset[int] | None
    of_quote: tuple[Test, ...]
    of_line: tuple[Test, ...]
    by_line: bool
    always: bool

    def holds(self, lines: Lines, whole: Amounts, about: About) -> bool:
        """Whether it asks for its approval."""
        for test in self.of_quote:
            if not test(whole):
                return False
        if not self.by_line or not lines.count:
            return self.always or holds(self.of.when, about(None))
        found = lines.of(self)
        return bool(found) if self.always else any(holds(self.of.when, about(i)) for i in found)

    def among(self, rows: Sequence[Row | None]) -> list[int]:
        """The lines of its products of which its figures hold."""
        products, tests = self.products, self.of_line
        return [
            i for i, row in enumerate(rows)
            if row is not None and (products is None or row[0] in products) and all(test(amounts(row)) for test in tests)
        ]  # fmt: skip


class Lines(Protocol):
    """The lines of a quote, as approvals ask of them."""

    count: int

    def of(self, case: Case) -> Sequence[int]:
        """As `Case.among`."""


class Rows:
    """Lines as rows."""

    def __init__(self, rows: Sequence[Row | None]) -> None:
        self.rows, self.count = rows, len(rows)

    def of(self, case: Case) -> Sequence[int]:
        """As `Case.among`."""
        return case.among(self.rows)


@dataclass(frozen=True)
class Approval:
    """An approval made ready."""

    of: b.Approval
    cases: tuple[Case, ...]

    def needed(self, holding: Sequence[Case]) -> Needed:
        """What it needs when these cases hold."""
        stages: list[tuple[str, ...]] = []
        for case in holding:
            stages.extend(stage for stage in case.of.needs if stage not in stages)
        span = holding[0].of.span
        return Needed(self.of.name, tuple(stages), self.of.because, span.file, span.line)


def ready(head: Head) -> tuple[Approval, ...]:
    """A book's approvals made ready, once: they are kept with the head."""
    kept: tuple[Approval, ...] | None = head.kept.get("approvals")
    if kept is None:
        kept = head.kept["approvals"] = tuple(
            Approval(approval, tuple(_case(approval, case) for case in approval.cases)) for approval in head.approvals
        )
    return kept


def _case(approval: b.Approval, case: b.ApprovalCase) -> Case:
    tests = [(figure.measure.startswith("line."), test_of(figure)) for figure in case.figures]
    return Case(
        case,
        approval.products,
        tuple(test for of_line, test in tests if not of_line),
        tuple(test for of_line, test in tests if of_line),
        any(of_line for of_line, _ in tests) or approval.products is not None or _about_lines(case.when),
        case.when == b.ALWAYS,
    )


def _about_lines(when: b.Condition) -> bool:
    return any(atom.subject.name.startswith("line.") for atom in atoms(when))


def amounts(row: Row) -> Amounts:
    """A row's amounts as sold."""
    _, quantity, listed, net, cost, granted = row
    if quantity < 0:
        listed, net, cost, granted = -listed, -net, None if cost is None else -cost, -granted
    return Amounts(listed, net, cost, listed, net, granted)


def sum_whole(head: Head, rows: Sequence[Row | None]) -> Amounts:
    """The quote's amounts; a cost only where every line has one."""
    priced = [row for row in rows if row is not None]
    counted = [row for row in priced if not head.products[row[0]].never_discounted]
    costs = [row[4] for row in priced]
    cost = sum(c for c in costs if c is not None) if costs and None not in costs else None
    return Amounts(
        sum(row[2] for row in priced), sum(row[3] for row in priced), cost,
        sum(row[2] for row in counted), sum(row[3] for row in counted), sum(row[5] for row in counted),
    )  # fmt: skip


def test_of(figure: b.Figure) -> Test:
    """A figure against its limit: `discount > 15%` is (list - net) > 15% of list; without a base it never asks."""
    compare, over, under = _RELATIONS[figure.relation], figure.value.numerator, figure.value.denominator
    match figure.measure.split(".")[1]:
        case "net":
            return lambda sold: bool(compare(sold.net * under, over))
        case "list":
            return lambda sold: bool(compare(sold.listed * under, over))
        case "discount":
            return lambda sold: (
                sold.open_list > 0 and bool(compare((sold.open_list - sold.open_net) * under, over * sold.open_list))
            )
        case "granted":
            return lambda sold: sold.open_list > 0 and bool(compare(sold.granted * under, over * sold.open_list))
        case _:
            return lambda sold: (
                sold.cost is not None
                and sold.net >= 0
                and bool(compare((sold.net - sold.cost) * under, over * sold.net))
            )


_RELATIONS = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
}
