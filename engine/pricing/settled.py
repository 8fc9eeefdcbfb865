"""Lines that have more than a list price and a net amount: documents rounded, taxes levied, what is left below the net.

The kernels say which case charges a line and what it comes to; what is charged is worked out by `taxes`, as the book's meaning is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from engine.plan import layout as at
from engine.plan.plan import Plan
from engine.pricing.answer import Levy, Outcome
from engine.pricing.quote import Applied, Line
from engine.pricing.taxes import settle
from engine.pricing.workspace import exact_of, fault_of_line


def settled(
    plan: Plan, lines: Sequence[Line], ws: np.ndarray, start: int, bars: list[list[Applied]] | None
) -> list[Outcome]:
    """What a kernel found for a quote's lines, which stand in a workspace from `start`, settled."""
    levies = plan.beside(_levies)
    exactly = plan.head.rounding.level == "document"
    outs = []
    for i, (line, row) in enumerate(
        zip(lines, ws[: at.IN_DIMS, start : start + len(lines)].T.tolist(), strict=True), start
    ):
        fault = fault_of_line(plan, line, ws, i)
        out = (
            Outcome(line, fault=fault)
            if fault is not None
            else _outcome(plan, levies, line, row, bars[i] if bars else ())
        )
        if fault is None and (exactly or out.held):
            out.exact = exact_of(ws, i)
        outs.append(out)
    settle(plan.head, outs)
    return outs


def _levies(plan: Plan) -> dict[int, Levy]:
    """By case, how it charges a line."""
    head, made = plan.head, {}
    for case, charge in head.charges.items():
        place = head.cases[case]
        rule = head.rules[place.rule]
        made[case] = Levy(rule.name, rule.because, place.file, place.line, place.label, charge)
    return made


def _outcome(plan: Plan, levies: Mapping[int, Levy], line: Line, row: list[int], bars: Sequence[Applied]) -> Outcome:
    unit_list, unit_net, listed, net, cost = row[at.OUT_UNIT_LIST : at.OUT_COST + 1]
    out = Outcome(
        line, plan.head.products[row[at.IN_PRODUCT]].period, unit_list, unit_net, listed, net,
        None if cost == at.MISSING else cost, tuple(bars), whole=bool(row[at.OUT_WHOLE]),
    )  # fmt: skip
    if plan.taxed:
        out.levy, out.held = levies[row[at.OUT_CHARGE]], bool(row[at.OUT_HELD])
    if plan.goes_below:
        out.pocket_amount = row[at.OUT_POCKET]
        out.bars, out.below = tuple(bar for bar in bars if not bar.below), tuple(bar for bar in bars if bar.below)
    return out
