"""The columnar boundary: facts to codes, lines to one int64 workspace, a kernel over it, arrays back.

Everything above this module speaks of quotes and everything below of int64; a wire codec may fill a workspace itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from engine.kernels.dense import DENSE_NET, DENSE_OUT, DENSE_STATUS, price_dense
from engine.kernels.program import price_lines
from engine.lang.book import Subject
from engine.plan import layout as at
from engine.plan.plan import Plan
from engine.pricing.answer import Exact, Outcome, round_documents
from engine.pricing.dense import table_of
from engine.pricing.quote import Line, LineError
from engine.pricing.refusals import Fault, line_error
from engine.values.kinds import Value

_NO_BARS = np.zeros((at.BAR_ROWS, 0), np.int64)
CHUNK = 1 << 13
"""Lines of a workspace when columns are priced: it stays in the second cache, and its pages are made once."""
PAD = 40
"""Rows that lie a power of two apart would share their place in the cache."""
FEW_LINES = 1_000
"""Fewer lines are not worth making a table for."""
BARS_A_LINE = 24
"""Room for bars a line at first; a quote with more is run again with the room it needs."""

Encoder = Callable[[Value | None], int]


def encoder_of(plan: Plan, dim: int) -> Encoder:
    """What turns a parsed value of the dim's subject (None: not given) into its raw code."""
    subject: Subject = plan.dims[dim]
    if subject.ordered:
        return lambda value: at.MISSING if value is None else int(value)
    words = plan.words[dim]
    return lambda value: at.UNKNOWN if value is None else words.get(str(value), at.OTHER)


def workspace(plan: Plan, lines: int) -> np.ndarray:
    """An int64 [rows, lines] workspace; rows are named in `plan.layout`. Only the IN rows must be filled."""
    return np.empty((at.IN_DIMS + len(plan.dims), lines), np.int64)


def run(plan: Plan, ws: np.ndarray, waterfall: bool = False) -> np.ndarray:
    """Price a filled workspace in place; returns the bars, int64 [BAR_ROWS, bars] (none unless asked for)."""
    lines = ws.shape[1]
    if not waterfall:
        price_lines(plan.arena, ws, 0, lines, _NO_BARS)
        return _NO_BARS
    bars = np.empty((at.BAR_ROWS, lines * BARS_A_LINE), np.int64)
    count = price_lines(plan.arena, ws, 0, lines, bars)
    if count > bars.shape[1]:
        bars = np.empty((at.BAR_ROWS, count), np.int64)
        price_lines(plan.arena, ws, 0, lines, bars)
    return bars[:, :count]


def fault_of(plan: Plan, ws: np.ndarray, i: int) -> Fault | None:
    """The fault a kernel found for line i, or None."""
    status, a, b = (int(ws[row, i]) for row in (at.OUT_STATUS, at.OUT_A, at.OUT_B))
    match status:
        case at.FINE:
            return None
        case at.MISSING_FACT:
            return Fault("MISSING_FACT", fact=plan.dims[a].name, rule=b)
        case at.CONFLICT:
            return Fault("CONFLICT", case=a, other=b)
        case at.NO_COST:
            return Fault("NO_COST", case=a)
        case at.OVERFLOW:
            return Fault("OVERFLOW", rule=a)
        case _:
            return Fault(at.STATUS[status])


# ---------------------------------------------------------------- bulk


def encode(plan: Plan, path: str, values: Sequence[str | None]) -> tuple[np.ndarray, list[str | None]]:
    """Encode written values of a fact (dictionary-encode first: this reads each): (int64 codes, error or None for each).

    None is a value not given. A value with an error gets the code of one not given.

    Raises:
        KeyError: the book declares no such fact.
    """
    fact = next((f for f in plan.head.facts if f.path == path), None)
    if fact is None:
        raise KeyError(path)
    dim = plan.dim_of.get(path)
    code = encoder_of(plan, dim) if dim is not None else lambda value: 0
    codes = np.empty(len(values), np.int64)
    errors: list[str | None] = [None] * len(values)
    for i, text in enumerate(values):
        try:
            codes[i] = code(None if text is None else fact.kind.parse(text))
        except ValueError as error:
            codes[i], errors[i] = code(None), str(error)
    return codes, errors


@dataclass(frozen=True)
class PricedColumns:
    """Prices of many lines as int64 columns, in micros; `status` is 0 where a line has a price, else an index of STATUS."""

    plan: Plan
    status: np.ndarray
    unit_net: np.ndarray
    net_amount: np.ndarray  # rounded as the book says
    list_amount: np.ndarray
    faults: Mapping[int, Fault]
    quantity: np.ndarray
    codes: Callable[[int], str]

    def error(self, i: int) -> LineError | None:
        """Why line i has no price."""
        fault = self.faults.get(i)
        if fault is None:
            return None
        return line_error(self.plan.head, Line(self.codes(i), int(self.quantity[i])), fault)


def price_columns(
    plan: Plan,
    quote: np.ndarray,
    date: np.ndarray,
    product: np.ndarray,
    quantity: np.ndarray,
    facts: Mapping[str, np.ndarray],
    group: np.ndarray | None = None,
    codes: Callable[[int], str] = str,
) -> PricedColumns:
    """Price lines given as int64 columns of one length.

    `quote`: any number that is the same on lines of one quote (they stand together); `date`: ordinal days; `product`:
    indexes into the book (-1 unknown); `quantity`: millionths; `facts`: codes by path, from `encode`; a fact that is not
    there was not given; `group`: codes of `line.group`. `codes(i)` names line i's product in messages.
    """
    lines = len(product)
    given: dict[int, np.ndarray] = {at.IN_PRODUCT: product, at.IN_QUANTITY: quantity, at.IN_DIMS + at.DATE: date}
    if group is not None:
        given[at.IN_DIMS + at.GROUP] = group
    given |= {
        at.IN_DIMS + d: facts[subject.name]
        for d, subject in enumerate(plan.dims)
        if d >= at.FACTS and subject.name in facts
    }
    whole = plan.head.rounding.level == "document"
    chunk = max(1, lines if whole else min(lines, CHUNK))
    ws = workspace(plan, chunk + PAD)
    for d, subject in enumerate(plan.dims):
        if at.IN_DIMS + d not in given:
            ws[at.IN_DIMS + d] = at.MISSING if subject.ordered else at.UNKNOWN
    out = np.empty((DENSE_OUT, lines), np.int64)
    faults: dict[int, Fault] = {}
    for start in range(0, lines, chunk):
        end = min(start + chunk, lines)
        for row, column in given.items():
            ws[row, : end - start] = column[start:end]
        _run_columns(plan, ws, out[:, start:end])
        for i in np.flatnonzero(out[DENSE_STATUS, start:end]).tolist():
            fault = fault_of(plan, ws, i)
            assert fault is not None
            faults[start + i] = fault
        if whole:
            _round_documents(plan, ws, quote, out[DENSE_NET])
    status, unit_net, net, listed = out
    return PricedColumns(plan, status, unit_net, net, listed, faults, quantity, codes)


def _run_columns(plan: Plan, ws: np.ndarray, out: np.ndarray) -> None:
    """Price the lines of a workspace: by the plan's table where it has one and there are lines enough to make it for."""
    table = table_of(plan) if out.shape[1] >= FEW_LINES or "dense" in plan.kept else None
    if table is not None:
        price_dense(plan.arena, table, ws, out, _NO_BARS)
        return
    price_lines(plan.arena, ws, 0, out.shape[1], _NO_BARS)
    out[:] = ws[[at.OUT_STATUS, at.OUT_UNIT_NET, at.OUT_NET, at.OUT_LIST], : out.shape[1]]


def _round_documents(plan: Plan, ws: np.ndarray, quote: np.ndarray, net: np.ndarray) -> None:
    """Settle document rounding quote by quote, into `net`."""
    ends: list[int] = (np.flatnonzero(np.r_[quote[1:] != quote[:-1], True]) + 1).tolist() if len(quote) else []
    start = 0
    for end in ends:
        outcomes = []
        for i in range(start, int(end)):
            fine = ws[at.OUT_STATUS, i] == at.FINE
            period = plan.head.products[int(ws[at.IN_PRODUCT, i])].period if fine else "once"
            outcomes.append(Outcome(Line("", 0), period, exact=exact_of(ws, i) if fine else None))
        round_documents(plan.head, outcomes)
        for i, out in zip(range(start, int(end)), outcomes, strict=True):
            if out.exact:
                net[i] = out.net_amount
        start = int(end)


def exact_of(ws: np.ndarray, i: int) -> Exact:
    """The exact list and net that a kernel kept for document rounding."""
    sign = -1 if ws[at.IN_QUANTITY, i] < 0 else 1
    hi, lo, den, hi2, lo2, den2 = (int(x) % 2**64 for x in ws[at.OUT_EXACT : at.OUT_EXACT + 6, i])
    return Exact(sign * Fraction((hi << 64) + lo, den), sign * Fraction((hi2 << 64) + lo2, den2))
