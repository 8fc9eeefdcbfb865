"""The columnar boundary: facts to codes, lines to one int64 workspace, a kernel over it, arrays back.

Everything above this module speaks of quotes and everything below of int64; a wire codec may fill a workspace itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from engine.kernels.program import price_lines
from engine.lang.book import Subject
from engine.plan import layout as at
from engine.plan.plan import Plan
from engine.pricing.answer import Exact, Outcome, round_documents
from engine.pricing.quote import Line, LineError
from engine.pricing.refusals import Fault, line_error
from engine.values.kinds import Value

_NO_BARS = np.zeros((at.BAR_ROWS, 0), np.int64)
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
    """Prices of many lines as int64 columns, in micros; `status` is 0 where a line has a price."""

    plan: Plan
    ws: np.ndarray
    codes: Callable[[int], str]

    @property
    def status(self) -> np.ndarray:
        """0, or the index of the fault in `layout.STATUS`."""
        return np.asarray(self.ws[at.OUT_STATUS])

    @property
    def unit_net(self) -> np.ndarray:
        """Net price of one unit."""
        return np.asarray(self.ws[at.OUT_UNIT_NET])

    @property
    def net_amount(self) -> np.ndarray:
        """Net amount of the line, rounded as the book says."""
        return np.asarray(self.ws[at.OUT_NET])

    @property
    def list_amount(self) -> np.ndarray:
        """List amount of the line."""
        return np.asarray(self.ws[at.OUT_LIST])

    def error(self, i: int) -> LineError | None:
        """Why line i has no price."""
        fault = fault_of(self.plan, self.ws, i)
        if fault is None:
            return None
        return line_error(self.plan.head, Line(self.codes(i), int(self.ws[at.IN_QUANTITY, i])), fault)


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
    ws = workspace(plan, len(product))
    ws[at.IN_PRODUCT], ws[at.IN_QUANTITY] = product, quantity
    ws[at.IN_DIMS + at.DATE], ws[at.IN_DIMS + at.QUANTITY] = date, quantity
    ws[at.IN_DIMS + at.GROUP] = at.UNKNOWN if group is None else group
    for dim in range(at.FACTS, len(plan.dims)):
        subject = plan.dims[dim]
        given = facts.get(subject.name)
        ws[at.IN_DIMS + dim] = (at.MISSING if subject.ordered else at.UNKNOWN) if given is None else given
    run(plan, ws)
    if plan.head.rounding.level == "document":
        _round_documents(plan, ws, quote)
    return PricedColumns(plan, ws, codes)


def _round_documents(plan: Plan, ws: np.ndarray, quote: np.ndarray) -> None:
    """Settle document rounding quote by quote."""
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
                ws[at.OUT_NET, i] = out.net_amount
        start = int(end)


def exact_of(ws: np.ndarray, i: int) -> Exact:
    """The exact list and net that a kernel kept for document rounding."""
    sign = -1 if ws[at.IN_QUANTITY, i] < 0 else 1
    hi, lo, den, hi2, lo2, den2 = (int(x) % 2**64 for x in ws[at.OUT_EXACT : at.OUT_EXACT + 6, i])
    return Exact(sign * Fraction((hi << 64) + lo, den), sign * Fraction((hi2 << 64) + lo2, den2))
