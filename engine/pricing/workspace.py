"""A workspace of lines: facts to codes, one int64 array, a plan's kernel over it, faults and exact amounts back.

Everything above this module speaks of quotes and everything below of int64; a wire codec may fill a workspace itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np

from engine.kernels.across import price_quotes
from engine.kernels.program import price_lines
from engine.lang.book import Subject
from engine.plan import layout as at
from engine.plan.plan import Plan
from engine.pricing.answer import Exact, Outcome, round_documents
from engine.pricing.quantities import is_counted
from engine.pricing.quote import Line
from engine.pricing.refusals import Fault
from engine.pricing.times import Times
from engine.values.kinds import Value

NO_BARS = np.zeros((at.BAR_ROWS, 0), np.int64)
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


def run(plan: Plan, ws: np.ndarray, waterfall: bool = False, ends: np.ndarray | None = None) -> np.ndarray:
    """Price a filled workspace in place; returns the bars, int64 [BAR_ROWS, bars] (none unless asked for).

    `ends`: int64, where each quote's lines end; None: all are of one.
    """
    lines = ws.shape[1]
    if not waterfall:
        _run(plan, ws, ends, NO_BARS)
        return NO_BARS
    bars = np.empty((at.BAR_ROWS, lines * BARS_A_LINE), np.int64)
    count = _run(plan, ws, ends, bars)
    if count > bars.shape[1]:
        bars = np.empty((at.BAR_ROWS, count), np.int64)
        count = _run(plan, ws, ends, bars)
    return bars[:, :count]


def _run(plan: Plan, ws: np.ndarray, ends: np.ndarray | None, bars: np.ndarray) -> int:
    lines = ws.shape[1]
    if plan.across:
        return int(price_quotes(plan.arena, ws, np.array([lines], np.int64) if ends is None else ends, bars))
    return int(price_lines(plan.arena, ws, 0, lines, bars))


def fault_of(plan: Plan, ws: np.ndarray, i: int) -> Fault | None:
    """The fault a kernel found for line i, or None."""
    status, a, b = (int(ws[row, i]) for row in (at.OUT_STATUS, at.OUT_A, at.OUT_B))
    match status:
        case at.FINE:
            return None
        case at.MISSING_FACT | at.INVALID_FACT:
            return Fault(at.STATUS[status], fact=plan.dims[a].name, rule=None if b < 0 else b)
        case at.INVALID_QUANTITY:
            return Fault("INVALID_QUANTITY", least=a or None)
        case at.CONFLICT:
            return Fault("CONFLICT", case=a, other=b)
        case at.NO_COST:
            return Fault("NO_COST", case=None if a < 0 else a)
        case at.GRANT:
            return Fault("GRANT", fact=plan.head.rules[plan.head.cases[a].rule].name)
        case at.DENIED:
            return Fault("DENIED", rule=a - len(plan.head.cases))  # their cases follow those of rules
        case at.OVERFLOW:
            return Fault("OVERFLOW", rule=a)
        case at.UNTIMED:
            return plan.beside(Times).fault(a)
        case _:
            return Fault(at.STATUS[status])


def fault_of_line(plan: Plan, line: Line, ws: np.ndarray, i: int) -> Fault | None:
    """As `fault_of`, of line i that came as `line`: what no code of the workspace says is wrong with it comes first."""
    known = ws[at.IN_PRODUCT, i] >= 0
    if known and line.group is not None and line.group not in plan.words[at.GROUP]:
        return Fault("UNKNOWN_GROUP")
    found = fault_of(plan, ws, i)
    if known and not is_counted(plan.head, line) and (found is None or found.code != "MISSING_FACT"):
        return Fault("INVALID_QUANTITY")
    return found


def granted_of(plan: Plan, ws: np.ndarray, start: int, end: int) -> list[int]:
    """Of what was taken off each of the lines [start, end), what was granted by hand."""
    found: list[int] = ws[at.OUT_GRANTED, start:end].tolist() if plan.head.grants else [0] * (end - start)
    return found


def stretches(quote: np.ndarray) -> list[tuple[int, int]]:
    """Where each quote's lines begin and end."""
    ends: list[int] = ends_of(quote).tolist()
    return list(zip([0, *ends], ends, strict=False))


def ends_of(quote: np.ndarray) -> np.ndarray:
    """int64: where each quote's lines end."""
    return np.flatnonzero(np.r_[quote[1:] != quote[:-1], True]) + 1 if len(quote) else np.zeros(0, np.int64)


def round_document(plan: Plan, ws: np.ndarray, lines: Sequence[int]) -> None:
    """Settle the rounding of one document over its priced lines, in the workspace."""
    products = plan.head.products
    outcomes = [Outcome(Line("", 0), products[int(ws[at.IN_PRODUCT, i])].period, exact=exact_of(ws, i)) for i in lines]
    round_documents(plan.head.rounding, outcomes)
    for i, out in zip(lines, outcomes, strict=True):
        ws[at.OUT_NET, i] = out.net_amount


def exact_of(ws: np.ndarray, i: int) -> Exact:
    """The exact list and net that a kernel kept for document rounding."""
    return exact_in(exact_rows(ws, i, i + 1)[0], ws[at.IN_QUANTITY, i] < 0)


def exact_rows(ws: np.ndarray, start: int, end: int) -> list[list[int]]:
    """What a kernel kept of lines [start, end), for `exact_in`."""
    rows: list[list[int]] = ws[at.OUT_EXACT : at.OUT_EXACT + 6, start:end].T.copy().view(np.uint64).tolist()
    return rows


def exact_in(row: Sequence[int], negative: bool) -> Exact:
    """As `exact_of`, of a row."""
    hi, lo, den, hi2, lo2, den2 = row
    sign = -1 if negative else 1
    return Exact(Fraction(sign * ((hi << 64) + lo), den), Fraction(sign * ((hi2 << 64) + lo2), den2))
