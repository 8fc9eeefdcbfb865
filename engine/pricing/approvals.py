"""Which approvals a priced quote needs: they leave the price and ask. Compared in whole numbers, never as a ratio."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence

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


def approvals_of(head: Head, rows: Sequence[Row | None], whole: Amounts, about: About) -> tuple[Needed, ...]:
    """The approvals asked for, in book order; stages asked for by several cases of one approval are joined in order.

    `rows` are the quote's lines, None for those without a price, and `whole` what `sum_whole` says of them.
    """
    asked = [_asked(approval, rows, whole, about) for approval in head.approvals]
    return tuple([need for need in asked if need is not None])


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


def _asked(approval: b.Approval, rows: Sequence[Row | None], whole: Amounts, about: About) -> Needed | None:
    stages: list[tuple[str, ...]] = []
    first = None
    for case in approval.cases:
        if _case_holds(approval, case, rows, whole, about):
            first = first or case
            stages.extend(stage for stage in case.needs if stage not in stages)
    if first is None:
        return None
    return Needed(approval.name, tuple(stages), approval.because, first.span.file, first.span.line)


def _case_holds(
    approval: b.Approval, case: b.ApprovalCase, rows: Sequence[Row | None], whole: Amounts, about: About
) -> bool:
    of_lines = []
    for figure in case.figures:
        if figure.measure.startswith("line."):
            of_lines.append(_test(figure))
        elif not _test(figure)(whole):
            return False
    products, always = approval.products, case.when == b.ALWAYS
    if not rows or (not of_lines and products is None and not _about_lines(case.when)):
        return always or holds(case.when, about(None))
    for i, row in enumerate(rows):
        if row is None or (products is not None and row[0] not in products):
            continue
        amounts = _amounts(row)
        for test in of_lines:
            if not test(amounts):
                break
        else:
            if always or holds(case.when, about(i)):
                return True
    return False


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
