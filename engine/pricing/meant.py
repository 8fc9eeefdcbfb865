"""Prices a workspace by the book's meaning: codes back to quotes, quotes through `interpret`, amounts into the workspace."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from engine.lang import book as b
from engine.plan import layout as at
from engine.plan.plan import Plan
from engine.plan.whole import COUNT, NUMBER
from engine.pricing.answer import Exact, Outcome
from engine.pricing.interpret import settled
from engine.pricing.quote import Line, Quote
from engine.pricing.refusals import Fault
from engine.pricing.workspace import stretches
from engine.values.kinds import Value

OF_BUNDLE = ("line.bundle", NUMBER, COUNT)
OTHER = "\0"
"""Stands for a word that the book does not name."""


def run_meaning(plan: Plan, book: b.Book, ws: np.ndarray, quote: np.ndarray) -> dict[int, Fault]:
    """Price the lines of a workspace in place; returns the faults of those that have no price.

    `quote`: a number for each line, the same on lines of one quote, which stand together.
    """
    faults: dict[int, Fault] = {}
    read, of_line = reader(plan), {fact.path for fact in book.facts if fact.scope == "line"}

    def of_quote(facts: dict[str, Value]) -> dict[str, Value]:
        return {path: value for path, value in facts.items() if path not in of_line and path not in OF_BUNDLE}

    for start, end in stretches(quote):
        rows = ws[:, start:end].T.tolist()
        lines = tuple(read(row) for row in rows)
        asked = Quote(rows[0][at.IN_DIMS + at.DATE], of_quote(lines[0].facts), lines)
        for i, out in enumerate(settled(book, plan.head, asked), start):
            if out.fault is not None:
                faults[i] = out.fault
            _write(ws, i, out)
    return faults


def reader(plan: Plan) -> Callable[[list[int]], Line]:
    """What makes a line of a workspace's column: the quote's facts are each line's too."""
    words = [{code: word for word, code in known.items()} for known in plan.words]
    facts = [(d, subject) for d, subject in enumerate(plan.dims) if d >= at.FACTS]

    def value(dim: int, ordered: bool, code: int) -> Value | None:
        if ordered:
            return None if code == at.MISSING else code
        return None if code == at.UNKNOWN else words[dim].get(code, OTHER)

    def read(row: list[int]) -> Line:
        said = {s.name: value(d, s.ordered, row[at.IN_DIMS + d]) for d, s in facts}
        group = value(at.GROUP, False, row[at.IN_DIMS + at.GROUP])
        product = row[at.IN_PRODUCT]
        return Line(
            plan.head.products[product].code if product >= 0 else OTHER,
            row[at.IN_QUANTITY],
            None if group is None else str(group),
            facts={name: known for name, known in said.items() if known is not None},
        )

    return read


def _write(ws: np.ndarray, i: int, out: Outcome) -> None:
    ws[at.OUT_STATUS, i] = at.FINE if out.fault is None else at.OVERFLOW
    ws[at.OUT_UNIT_LIST, i], ws[at.OUT_UNIT_NET, i] = out.unit_list, out.unit_net
    ws[at.OUT_LIST, i], ws[at.OUT_NET, i] = out.list_amount, out.net_amount
    ws[at.OUT_COST, i] = at.MISSING if out.cost_amount is None else out.cost_amount
    if out.exact is not None:
        _keep(ws, i, out.exact)


def _keep(ws: np.ndarray, i: int, exact: Exact) -> None:
    for row, amount in ((at.OUT_EXACT, abs(exact.listed)), (at.OUT_EXACT + 3, abs(exact.net))):
        hi, lo = divmod(amount.numerator, 2**64)
        if hi < 2**64 and amount.denominator < 2**64:
            ws[row : row + 3, i] = np.array((hi, lo, amount.denominator), np.uint64).view(np.int64)
