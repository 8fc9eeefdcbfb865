"""Lines that have more than a list price and a net amount: documents rounded, taxes levied, what is left below the net, times that they run.

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
from engine.pricing.times import Timing
from engine.pricing.workspace import exact_in, exact_rows, fault_of_line, granted_of


def settled(
    plan: Plan, lines: Sequence[Line], ws: np.ndarray, start: int, bars: list[list[Applied]] | None,
    timings: Sequence[Timing] = (),
) -> list[Outcome]:  # fmt: skip
    """What a kernel found for a quote's lines, which stand in a workspace from `start`, settled. `timings`: of each, or of none."""
    levies, end = plan.beside(_levies), start + len(lines)
    exactly = plan.head.rounding.level == "document" or bool(timings)
    rows, exact, granted = (
        ws[: at.IN_DIMS, start:end].T.tolist(),
        exact_rows(ws, start, end),
        granted_of(plan, ws, start, end),
    )
    outs = []
    for k, (line, row) in enumerate(zip(lines, rows, strict=True)):
        fault = fault_of_line(plan, line, ws, start + k)
        if fault is not None:
            outs.append(Outcome(line, fault=fault))
            continue
        out = _outcome(plan, levies, line, row, bars[start + k] if bars else ())
        out.granted = granted[k]
        if exactly or out.held:
            out.exact = exact_in(exact[k], row[at.IN_QUANTITY] < 0)
        if timings:
            out.run = timings[k].run
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
