"""Prices a quote as it was sent: strings looked up as bytes, a workspace filled, whole numbers back.

The quick twin of `price`, without an object a line. A request that cannot be served so (a fact that is not declared, a
value that is not of its kind, text that is none) is left to the slow way, which has the words; a line that has no price
is worded here by the same function as there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from engine.kernels import sums as s
from engine.kernels.lookup import MISSED, fill
from engine.kernels.wire import (
    F_SAID,
    L_FACTS,
    L_FACTS_END,
    L_GIVEN,
    L_GROUP,
    L_GROUP_END,
    L_PRODUCT,
    L_PRODUCT_END,
    L_QUANTITY,
    L_TERM,
)  # fmt: skip
from engine.lang.book import Figure
from engine.plan import layout as at
from engine.plan.plan import Plan
from engine.pricing.answer import holds_until, sums_of, totals_of
from engine.pricing.approvals import Amounts, Case, Row, approvals_of, subjects, sum_whole
from engine.pricing.known import TOTALS, Entry, Known, Said
from engine.pricing.price import unpriced
from engine.pricing.quantities import BY_USE
from engine.pricing.quote import Line, Needed, PricedLine
from engine.pricing.workspace import round_document, run, workspace
from engine.values.kinds import Value


class Sent(NamedTuple):
    """A quote as it was sent: its bytes, and where in them its lines and facts lie (see `kernels.wire.read_quote`)."""

    data: bytes
    lines: np.ndarray  # [lines, LINE]
    facts: np.ndarray  # [facts, FACT], the quote's own first
    own: int
    waterfall: bool
    entry: Entry


class PricedSent(NamedTuple):
    """Its price: a workspace and bars as the kernels leave them, lines without a price by number, and what closes it."""

    ws: np.ndarray
    bars: np.ndarray
    errors: dict[int, PricedLine]
    totals: np.ndarray  # [totals, TOTAL]
    approvals: tuple[Needed, ...]
    holds_until: int | None


def price_sent(plan: Plan, day: int, sent: Sent, may_say_account: bool) -> PricedSent:
    """Price a quote as it was sent.

    Raises:
        ValueError, OverflowError: it is for the slow way, which says what is wrong.
    """
    said_otherwise = plan.head.times is not None or plan.taxed or plan.goes_below or plan.head.grants
    if plan.meaning is not None or said_otherwise or "quote.role" in plan.dim_of or plan.beside(_counts_limits):
        raise ValueError("its answer says more than whole numbers of lines")
    asked = _Asked(plan, day, sent, may_say_account)
    bars = run(plan, asked.ws, sent.waterfall)
    if plan.head.rounding.level == "document":
        asked.find_errors()
        round_document(plan, asked.ws, [i for i in range(asked.count) if i not in asked.errors])
    totals, whole = asked.totals()
    approvals = approvals_of(plan.head, asked, whole, asked.about) if plan.head.approvals else ()
    return PricedSent(asked.ws, bars, asked.errors, totals, approvals, holds_until(plan.head, day))


def _counts_limits(plan: Plan) -> bool:
    """Whether a rule asks whether its limit is reached, which is said with the quote."""
    return any(name.startswith("exhausted ") for name in plan.dim_of)


class _Asked:
    """A quote on its way: the workspace, and what is known of each line besides."""

    def __init__(self, plan: Plan, day: int, sent: Sent, may_say_account: bool) -> None:
        self.plan, self.day, self.sent = plan, day, sent
        self.known = known = plan.beside(Known)
        self.count = len(sent.lines)
        self.ws = workspace(plan, self.count)
        self.errors: dict[int, PricedLine] = {}
        table = known.table  # its facts are numbered: another may take its place meanwhile
        missed = fill(
            sent.data, sent.lines, sent.facts, sent.own, day, known.blank.copy(), table.slots, table.blob, self.ws
        )
        self.said: list[Said] = [
            table.said[number] if number >= 0 else self._read(i) for i, number in enumerate(sent.facts[:, F_SAID].tolist())
        ]  # fmt: skip
        if missed:
            self._fill_in()
        if not may_say_account and any(said.of_account for said in self.said):
            raise ValueError("a fact of the account")
        self.facts: dict[str, Value] = {said.path: said.value for said in self.said[: sent.own]}

    def _read(self, i: int) -> Said:
        start, end = self.sent.facts[i, :F_SAID].tolist()
        return self.known.fact(self.sent.data[start:end], i >= self.sent.own, self.sent.entry)

    def _fill_in(self) -> None:
        """What the table does not have, or did not have until now."""
        ws, known, group = self.ws, self.known, at.IN_DIMS + at.GROUP
        for said in self.said[: self.sent.own]:
            if said.row:
                ws[said.row] = said.code
        for i, line in enumerate(self.sent.lines.tolist()):
            if ws[at.IN_PRODUCT, i] == MISSED:
                ws[at.IN_PRODUCT, i] = known.product(self.sent.data[line[L_PRODUCT] : line[L_PRODUCT_END]])
            if ws[group, i] == MISSED:
                ws[group, i] = self._group(i, line)
            for said in self.said[line[L_FACTS] : line[L_FACTS_END]]:
                if said.row:
                    ws[said.row, i] = said.code

    def _group(self, i: int, line: Sequence[int]) -> int:
        """As `price.fill`: a line that is not counted is of no group of the book's."""
        product = int(self.ws[at.IN_PRODUCT, i])
        by_use = product < 0 or self.plan.head.products[product].period == BY_USE
        if not (line[L_GIVEN] or by_use):
            return at.OTHER
        sent = self.sent.data[line[L_GROUP] : line[L_GROUP_END]]
        return self.known.group(sent) if sent else at.UNKNOWN

    def find_errors(self) -> None:
        """The lines without a price, each with its error."""
        faulty = (self.ws[at.OUT_STATUS] != at.FINE) | (self.ws[at.IN_DIMS + at.GROUP] == at.OTHER)
        if faulty.any():
            self.errors = {i: unpriced(self.plan, self._line(i), self.ws, i) for i in np.flatnonzero(faulty).tolist()}

    def _line(self, i: int) -> Line:
        """Line i as an object."""
        data, line = self.sent.data, self.sent.lines[i].tolist()
        product, group = data[line[L_PRODUCT] : line[L_PRODUCT_END]], data[line[L_GROUP] : line[L_GROUP_END]]
        quantity = line[L_QUANTITY] if line[L_GIVEN] else None
        facts = {said.path: said.value for said in self.said[line[L_FACTS] : line[L_FACTS_END]]}
        return Line(product.decode(), quantity, group.decode() or None, line[L_TERM] or None, facts)

    def totals(self) -> tuple[np.ndarray, Amounts]:
        """Totals, and the amounts of the quote; finds the errors, too."""
        term = self.facts.get("quote.term")
        months = term if isinstance(term, int) else at.MISSING
        totals, whole = np.empty((len(TOTALS), s.TOTAL), np.int64), np.empty(s.WHOLE, np.int64)
        count = s.close_lines(self.ws, self.sent.lines, months, self.known.products, whole, totals)
        listed, net, cost, costed, priced, open_list, open_net = whole.tolist()
        if count < 0 or priced < self.count:
            self.find_errors()
        if count >= 0:
            with_cost = cost if priced and priced == costed else None
            return totals[:count], Amounts(listed, net, with_cost, open_list, open_net)
        head, rows = self.plan.head, self.rows()
        terms = [line or term for line in self.sent.lines[:, L_TERM].tolist()]
        made = [
            (TOTALS.index(t.name), t.list_amount, t.net_amount) for t in totals_of(head, sums_of(head, rows, terms))
        ]
        return np.array(made, np.int64).reshape(-1, s.TOTAL), sum_whole(head, rows)

    def of(self, case: Case) -> Sequence[int]:
        """As `Case.among`, by the kernel where the figures fit it."""
        figures = self.plan.beside(_Figures)
        found = np.empty(self.count, np.int64)
        count = s.lines_with(self.ws, *figures.of(case), found)
        return case.among(self.rows()) if count < 0 else found[:count].tolist()

    def rows(self) -> list[Row | None]:
        """The priced lines in whole numbers."""
        numbers = self.ws[[at.IN_PRODUCT, at.IN_QUANTITY, at.OUT_LIST, at.OUT_NET, at.OUT_COST]].T.tolist()
        rows: list[Row | None] = [
            (product, quantity, listed, net, None if cost == at.MISSING else cost, 0)
            for product, quantity, listed, net, cost in numbers
        ]
        for i in self.errors:
            rows[i] = None
        return rows

    def about(self, i: int | None) -> dict[str, Value]:
        """What approvals ask of the quote or of line i."""
        if i is None:
            return subjects(self.day, self.facts)
        line = self._line(i)
        return subjects(self.day, self.facts, line.facts, line.quantity or 0, line.group)


class _Figures:
    """The figures of a book's approvals as the kernel takes them."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.made: dict[Case, tuple[np.ndarray, np.ndarray]] = {}

    def of(self, case: Case) -> tuple[np.ndarray, np.ndarray]:
        """(figures of lines, by product whether it is one of the case's) of a case."""
        if case not in self.made:
            figures = [figure_row(figure) for figure in case.of.figures if figure.measure.startswith("line.")]
            chosen = np.zeros(0 if case.products is None else len(self.plan.head.products), np.int64)
            chosen[list(case.products or ())] = 1
            self.made[case] = np.array(figures, np.int64).reshape(-1, s.FIGURE), chosen
        return self.made[case]


def figure_row(figure: Figure) -> tuple[int, int, int, int]:
    """A figure as a kernel takes it.

    Raises:
        OverflowError: its limit does not fit an int64; far above every amount, which the language does not let through.
    """
    measure = _MEASURES.index(figure.measure.split(".")[1].replace("granted", "discount"))
    return measure, _RELATIONS.index(figure.relation), figure.value.numerator, figure.value.denominator


_MEASURES = ("net", "list", "discount", "margin")
_RELATIONS = ("<", "<=", "=", ">=", ">")
