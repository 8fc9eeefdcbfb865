"""Prices a quote as it was sent: bytes looked up in what the plan knows, a workspace filled, whole numbers back.

The quick twin of `price`: no object a line. A string of a request is looked up as the bytes it came as, and what each
means is kept beside the plan, so that "25_000 EUR" is read once and not in every call. A request that cannot be served
so (a fact that is not declared, a value that is not of its kind, text that is none) is left to the slow way, which has
the words; a line that has no price is worded here by the same function as there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from engine.kernels.wire import (
    L_FACTS,
    L_FACTS_END,
    L_GIVEN,
    L_GROUP,
    L_GROUP_END,
    L_PRODUCT,
    L_PRODUCT_END,
    L_QUANTITY,
    L_TERM,
)
from engine.plan import layout as at
from engine.plan.plan import Plan
from engine.pricing.answer import Close, Outcome, close, round_documents
from engine.pricing.approvals import Row, subjects
from engine.pricing.columns import encoder_of, exact_of, run, workspace
from engine.pricing.price import read_facts, unpriced
from engine.pricing.quote import Line, PricedLine
from engine.values.kinds import Value

MOST_KEPT = 4_096
LONGEST_KEPT = 256
"""Values of facts that a plan keeps; where there are more they are all forgotten, and read again as they come."""

Thing = TypeVar("Thing")
Entry = Callable[[bytes], tuple[str, str]]
"""Reads an entry of facts as it was sent: (path, text). Raises ValueError where it is none."""


def beside(plan: Plan, make: Callable[[Plan], Thing]) -> Thing:
    """What `make` makes of a plan, made once, at its first use: kept in the plan's own dict, so that it goes when the plan does."""
    kept: dict[Callable[[Plan], Thing], Thing] = plan.__dict__.setdefault("_beside", {})
    found = kept.get(make)
    return kept.setdefault(make, make(plan)) if found is None else found  # setdefault: of two threads one wins


@dataclass(frozen=True, slots=True)
class Said:
    """One fact with its value, read: `row` of the workspace that its code belongs to (0: no rule asks for it)."""

    path: str
    value: Value
    row: int
    code: int
    of_account: bool


class Known:
    """What a plan makes of bytes."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.products: dict[bytes, int] = {}
        self.groups: dict[bytes, int] = {b"": at.UNKNOWN}
        self.facts: tuple[dict[bytes, Said], dict[bytes, Said]] = ({}, {})  # the quote's, a line's
        self.blank = [at.MISSING if dim.ordered else at.UNKNOWN for dim in plan.dims]

    def product(self, sent: bytes) -> int:
        """A product's index, -1 where there is no such product."""
        index = self.plan.head.index.get(sent.decode(), -1)
        if index >= 0:
            self.products[sent] = index
        return index

    def group(self, sent: bytes) -> int:
        """A group's code, OTHER where there is no such group."""
        code = self.plan.words[at.GROUP].get(sent.decode(), at.OTHER)
        if code != at.OTHER:
            self.groups[sent] = code
        return code

    def fact(self, sent: bytes, of_line: bool, entry: Entry) -> Said:
        """A fact.

        Raises:
            ValueError: no such fact, or not of its kind.
        """
        path, text = entry(sent)
        values, errors = read_facts(self.plan, {path: text}, of_line)
        if errors:
            raise ValueError(errors[0].message)
        dim = self.plan.dim_of.get(path)
        row, code = (0, 0) if dim is None else (at.IN_DIMS + dim, encoder_of(self.plan, dim)(values[path]))
        account = next(fact.source == "account" for fact in self.plan.head.facts if fact.path == path)
        said, kept = Said(path, values[path], row, code, account), self.facts[of_line]
        if len(sent) <= LONGEST_KEPT:
            if len(kept) >= MOST_KEPT:
                kept.clear()
            kept[sent] = said
        return said


@dataclass(frozen=True, slots=True)
class Sent:
    """A quote as it was sent: its bytes, and where in them its lines and facts lie (see `kernels.wire.read_quote`)."""

    data: bytes
    lines: np.ndarray  # [lines, LINE]
    facts: np.ndarray  # [facts, FACT], the quote's own first
    own: int
    waterfall: bool
    entry: Entry


@dataclass(frozen=True, slots=True)
class PricedSent:
    """Its price: a workspace and bars as the kernels leave them, lines without a price by number, and the close."""

    ws: np.ndarray
    bars: np.ndarray
    errors: dict[int, PricedLine]
    close: Close


def price_sent(plan: Plan, day: int, sent: Sent, may_say_account: bool) -> PricedSent:
    """Price a quote as it was sent.

    Raises:
        ValueError: it is for the slow way, which says what is wrong.
    """
    asked = _Asked(plan, day, sent, may_say_account)
    bars = run(plan, asked.ws, sent.waterfall)
    errors = asked.errors()
    if plan.head.rounding.level == "document":
        _round_document(plan, asked.ws, errors)
    return PricedSent(asked.ws, bars, errors, close(plan.head, day, asked.rows(errors), asked.terms, asked.about))


class _Asked:
    """A quote on its way: the workspace, and what is known of each line besides."""

    def __init__(self, plan: Plan, day: int, sent: Sent, may_say_account: bool) -> None:
        self.plan, self.day, self.sent, self.may_say_account = plan, day, sent, may_say_account
        self.known = beside(plan, Known)
        self.lines: list[list[int]] = sent.lines.tolist()
        self.spans: list[list[int]] = sent.facts.tolist()
        self.facts: dict[str, Value] = {}
        column = [0] * at.IN_DIMS + self.known.blank
        column[at.IN_DIMS + at.DATE] = day
        for said in self._said(0, sent.own, False):
            self.facts[said.path] = said.value
            column[said.row] = said.code
        self.ws = workspace(plan, len(self.lines))
        self.ws[:] = np.array(column)[:, None]
        self._fill()
        term = self.facts.get("quote.term")
        self.terms: list[Value | None] = [line[L_TERM] or term for line in self.lines]

    def _said(self, first: int, end: int, of_line: bool) -> list[Said]:
        data, known = self.sent.data, self.known.facts[of_line]
        found = []
        for start, stop in self.spans[first:end]:
            raw = data[start:stop]
            said = known.get(raw) or self.known.fact(raw, of_line, self.sent.entry)
            if said.of_account and not self.may_say_account:
                raise ValueError(said.path)
            found.append(said)
        return found

    def _fill(self) -> None:
        """The lines' own: products, groups, quantities and facts."""
        data, known, ws = self.sent.data, self.known, self.ws
        products, groups = known.products, known.groups
        codes, in_groups = [], []
        for i, line in enumerate(self.lines):
            raw = data[line[L_PRODUCT] : line[L_PRODUCT_END]]
            code = products.get(raw)
            codes.append(known.product(raw) if code is None else code)
            raw = data[line[L_GROUP] : line[L_GROUP_END]]
            code = groups.get(raw)
            in_groups.append(known.group(raw) if code is None else code)
            if line[L_FACTS] < line[L_FACTS_END]:
                for said in self._said(line[L_FACTS], line[L_FACTS_END], True):
                    if said.row:
                        ws[said.row, i] = said.code
        ws[at.IN_PRODUCT] = self.codes = codes
        ws[at.IN_DIMS + at.GROUP] = self.in_groups = in_groups
        ws[at.IN_QUANTITY] = ws[at.IN_DIMS + at.QUANTITY] = self.sent.lines[:, L_QUANTITY]

    def errors(self) -> dict[int, PricedLine]:
        """The lines without a price, each with its error."""
        faulty: list[int] = np.flatnonzero(self.ws[at.OUT_STATUS]).tolist()
        if at.OTHER in self.in_groups:
            faulty = sorted({*faulty, *(i for i, code in enumerate(self.in_groups) if code == at.OTHER)})
        return {i: unpriced(self.plan, self._line(i), self.ws, i) for i in faulty}

    def _line(self, i: int) -> Line:
        """Line i as an object."""
        data, line = self.sent.data, self.lines[i]
        product, group = data[line[L_PRODUCT] : line[L_PRODUCT_END]], data[line[L_GROUP] : line[L_GROUP_END]]
        quantity = line[L_QUANTITY] if line[L_GIVEN] else None
        facts = {said.path: said.value for said in self._said(line[L_FACTS], line[L_FACTS_END], True)}
        return Line(product.decode(), quantity, group.decode() or None, line[L_TERM] or None, facts)

    def rows(self, errors: dict[int, PricedLine]) -> list[Row | None]:
        """The priced lines in whole numbers."""
        listed, net, cost = self.ws[[at.OUT_LIST, at.OUT_NET, at.OUT_COST]].tolist()
        costs = [None if one == at.MISSING else one for one in cost]
        quantities = [line[L_QUANTITY] for line in self.lines]
        rows: list[Row | None] = list(zip(self.codes, quantities, listed, net, costs, strict=True))
        for i in errors:
            rows[i] = None
        return rows

    def about(self, i: int | None) -> dict[str, Value]:
        """What approvals ask of the quote or of line i."""
        if i is None:
            return subjects(self.day, self.facts)
        line = self._line(i)
        return subjects(self.day, self.facts, line.facts, line.quantity or 0, line.group)


def _round_document(plan: Plan, ws: np.ndarray, errors: dict[int, PricedLine]) -> None:
    """Settle the rounding of totals, in the workspace."""
    products = plan.head.products
    outcomes = [
        Outcome(Line("", 0), products[index].period, exact=None if i in errors else exact_of(ws, i))
        for i, index in enumerate(ws[at.IN_PRODUCT].tolist())
    ]
    round_documents(plan.head, outcomes)
    for i, out in enumerate(outcomes):
        if out.exact:
            ws[at.OUT_NET, i] = out.net_amount
