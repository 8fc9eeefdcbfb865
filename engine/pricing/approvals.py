"""Which approvals a priced quote needs: they leave the price and ask. Compared in whole numbers, never as a ratio."""

from __future__ import annotations

import operator
from collections.abc import Sequence

from engine.lang import book as b
from engine.plan.conditions import atoms, holds
from engine.plan.head import Head
from engine.pricing.quote import Line, Needed, PricedLine, Quote
from engine.values.kinds import Value

Amounts = tuple[int, int, int | None]
"""List, net and cost of what a figure is about, in micros, as amounts sold (a credit counts as what it undoes)."""


def approvals_of(head: Head, quote: Quote, lines: Sequence[PricedLine]) -> tuple[Needed, ...]:
    """The approvals asked for, in book order; stages asked for by several cases of one approval are joined in order."""
    if not head.approvals:
        return ()
    whole = _sum(head, lines)
    asked = [_asked(head, approval, quote, lines, whole) for approval in head.approvals]
    return tuple(need for need in asked if need is not None)


def _asked(
    head: Head, approval: b.Approval, quote: Quote, lines: Sequence[PricedLine], whole: Amounts
) -> Needed | None:
    stages: list[tuple[str, ...]] = []
    first = None
    for case in approval.cases:
        if _case_holds(head, approval, case, quote, lines, whole):
            first = first or case
            stages.extend(stage for stage in case.needs if stage not in stages)
    if first is None:
        return None
    return Needed(approval.name, tuple(stages), approval.because, first.span.file, first.span.line)


def _case_holds(
    head: Head, approval: b.Approval, case: b.ApprovalCase, quote: Quote, lines: Sequence[PricedLine], whole: Amounts
) -> bool:
    of_lines = [f for f in case.figures if f.measure.startswith("line.")]
    if not all(_compare(f, whole) for f in case.figures if f not in of_lines):
        return False
    if not lines or (not of_lines and approval.products is None and not _about_lines(case.when)):
        return holds(case.when, _known(quote, None))
    return any(
        priced.error is None
        and (approval.products is None or head.index[priced.product] in approval.products)
        and all(_compare(f, _amounts(priced)) for f in of_lines)
        and holds(case.when, _known(quote, line))
        for line, priced in zip(quote.lines, lines, strict=True)
    )


def _about_lines(when: b.Condition) -> bool:
    return any(atom.subject.name.startswith("line.") for atom in atoms(when))


def _known(quote: Quote, line: Line | None) -> dict[str, Value]:
    known: dict[str, Value] = {**quote.facts, "quote.date": quote.date}
    if line is not None:
        known.update(line.facts)
        known["line.quantity"] = abs(line.quantity or 0)
        if line.group is not None:
            known["line.group"] = line.group
    return known


def _amounts(line: PricedLine) -> Amounts:
    sign = -1 if line.quantity < 0 else 1
    cost = None if line.cost_amount is None else sign * line.cost_amount
    return sign * line.list_amount, sign * line.net_amount, cost


def _sum(head: Head, lines: Sequence[PricedLine]) -> Amounts:
    """The quote's amounts over discountable lines; the margin's cost only where every one of them has a cost."""
    counted = [
        line for line in lines if line.error is None and not head.products[head.index[line.product]].never_discounted
    ]
    costs = [line.cost_amount for line in counted]
    cost = sum(c for c in costs if c is not None) if costs and None not in costs else None
    return sum(ln.list_amount for ln in counted), sum(ln.net_amount for ln in counted), cost


def _compare(figure: b.Figure, amounts: Amounts) -> bool:
    """A figure against its limit: `discount > 15%` is (list - net) > 15% of list; without a base it never asks."""
    listed, net, cost = amounts
    name = figure.measure.split(".")[1]
    if name in ("net", "list"):
        left, right = (net if name == "net" else listed), figure.value
    elif name == "discount":
        if listed <= 0:
            return False
        left, right = listed - net, figure.value * listed
    else:
        if cost is None or net < 0:
            return False
        left, right = net - cost, figure.value * net
    return bool(_RELATIONS[figure.relation](left, right))


_RELATIONS = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
}
