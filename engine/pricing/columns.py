"""The columnar boundary: facts to codes, lines to one int64 workspace, a kernel over it, arrays back.

Everything above this module speaks of quotes and everything below of int64; a wire codec may fill a workspace itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from engine.kernels.costs import cost_lines
from engine.kernels.dense import price_dense
from engine.kernels.program import price_lines
from engine.lang.book import Subject
from engine.plan import layout as at
from engine.plan.plan import Plan
from engine.pricing.answer import Exact, Outcome, round_documents
from engine.pricing.dense import is_made, table_of
from engine.pricing.meant import run_meaning
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
class Column:
    """int64 values of many lines, made a stretch at a time: codes[values] (or the values themselves) x times + plus."""

    values: np.ndarray
    codes: np.ndarray | None = None
    times: int = 1
    plus: int = 0

    def __len__(self) -> int:
        return len(self.values)

    def into(self, out: np.ndarray, start: int, end: int) -> None:
        """Write the values of [start, end)."""
        mine = self.values[start:end]
        if self.codes is not None:
            np.take(self.codes, mine, out=out, mode="clip")  # indexes are the dictionary's own: none is out of range
        elif self.times == 1 and self.plus == 0:
            out[:] = mine
        else:
            np.multiply(mine, self.times, out=out, dtype=np.int64)
            out += self.plus

    def whole(self) -> np.ndarray:
        """All of it."""
        out = np.empty(len(self), np.int64)
        self.into(out, 0, len(self))
        return out


Values = np.ndarray | Column


@dataclass(frozen=True)
class PricedColumns:
    """Prices of many lines as int64 columns, in micros; a line with a fault has none."""

    plan: Plan
    unit_net: np.ndarray
    net_amount: np.ndarray  # rounded as the book says
    list_amount: np.ndarray  # empty where it was not asked for
    faults: Mapping[int, Fault]
    quantity: Column
    codes: Callable[[int], str]
    cost_amount: np.ndarray  # empty where it was not asked for; MISSING where there is none

    @property
    def fine(self) -> np.ndarray:
        """bool: which lines have a price."""
        fine = np.ones(len(self.net_amount), bool)
        fine[list(self.faults)] = False
        return fine

    def error(self, i: int) -> LineError | None:
        """Why line i has no price."""
        fault = self.faults.get(i)
        if fault is None:
            return None
        quantity = int(replace(self.quantity, values=self.quantity.values[i : i + 1]).whole()[0])
        return line_error(self.plan.head, Line(self.codes(i), quantity), fault)


def price_columns(
    plan: Plan,
    quote: np.ndarray | None,
    date: Values,
    product: Values,
    quantity: Values,
    facts: Mapping[str, Values],
    group: Values | None = None,
    codes: Callable[[int], str] = str,
    *,
    lists: bool = True,
    out: np.ndarray | None = None,
    costs: bool = False,
) -> PricedColumns:
    """Price lines given as columns of one length.

    `quote`: any number that is the same on lines of one quote (they stand together; only where `prices_whole_quotes` is it
    looked at; None: each line is a quote of its own); `date`: ordinal days; `product`:
    indexes into the book (-1 unknown); `quantity`: millionths; `facts`: codes by path, from `encode`; a fact that is not
    there was not given; `group`: codes of `line.group`. `codes(i)` names line i's product in messages. `lists`: whether list
    amounts are wanted; `costs`: whether costs are. `out`: room for the amounts, int64 [3 (2 without lists), lines], for callers that price batch after batch.
    """
    given: dict[int, Values] = {at.IN_PRODUCT: product, at.IN_QUANTITY: quantity, at.IN_DIMS + at.DATE: date}
    if group is not None:
        given[at.IN_DIMS + at.GROUP] = group
    given |= {
        at.IN_DIMS + d: facts[subject.name]
        for d, subject in enumerate(plan.dims)
        if d >= at.FACTS and subject.name in facts
    }
    columns = {row: one if isinstance(one, Column) else Column(one) for row, one in given.items()}
    lines, whole = len(product), prices_whole_quotes(plan)
    wanted = AMOUNTS if lists else AMOUNTS[:2]
    amounts = np.empty((len(wanted), lines), np.int64) if out is None else out
    chunk = max(1, lines if whole else min(lines, CHUNK))
    ws = workspace(plan, chunk + PAD)
    for d, subject in enumerate(plan.dims):
        if at.IN_DIMS + d not in columns:
            ws[at.IN_DIMS + d] = at.MISSING if subject.ordered else at.UNKNOWN
    cost_amount = np.empty(lines if costs else 0, np.int64)
    faults: dict[int, Fault] = {}
    for start in range(0, lines, chunk):
        end = min(start + chunk, lines)
        for row, column in columns.items():
            column.into(ws[row, : end - start], start, end)
        if plan.meaning is not None:
            faults |= run_meaning(plan, plan.meaning, ws, np.arange(lines) if quote is None else quote)
        elif _run_columns(plan, ws, end - start):
            faults |= _faults(plan, ws, start, end)
        if plan.head.rounding.level == "document" and plan.meaning is None:  # its meaning rounds documents itself
            _round_documents(plan, ws, np.arange(lines) if quote is None else quote)
        if (
            costs and plan.meaning is None
        ):  # the general way notes them, and so does the meaning; a table of factors does not
            cost_lines(plan.arena, ws, end - start)
        for mine, row in zip(amounts, wanted, strict=True):
            mine[start:end] = ws[row, : end - start]
        if costs:
            cost_amount[start:end] = ws[at.OUT_COST, : end - start]
    empty = np.empty(0, np.int64)
    return PricedColumns(
        plan,
        amounts[0],
        amounts[1],
        amounts[2] if lists else empty,
        faults,
        columns[at.IN_QUANTITY],
        codes,
        cost_amount,
    )


def prices_whole_quotes(plan: Plan) -> bool:
    """Whether a line's price can depend on the others of its quote."""
    return plan.meaning is not None or plan.head.rounding.level == "document"


AMOUNTS = (at.OUT_UNIT_NET, at.OUT_NET, at.OUT_LIST)


def _run_columns(plan: Plan, ws: np.ndarray, count: int) -> bool:
    """Price the first lines of a workspace: by the plan's table where it has one and there are lines enough to make it for.

    Returns whether some line has no price.
    """
    table = table_of(plan) if count >= FEW_LINES or is_made(plan) else None
    if table is not None:
        return bool(price_dense(plan.arena, table, ws, count, _NO_BARS))
    price_lines(plan.arena, ws, 0, count, _NO_BARS)
    return bool(ws[at.OUT_STATUS, :count].any())


def _faults(plan: Plan, ws: np.ndarray, start: int, end: int) -> dict[int, Fault]:
    found = {}
    for i in np.flatnonzero(ws[at.OUT_STATUS, : end - start]).tolist():
        fault = fault_of(plan, ws, i)
        assert fault is not None
        found[start + i] = fault
    return found


def _round_documents(plan: Plan, ws: np.ndarray, quote: np.ndarray) -> None:
    """Settle document rounding quote by quote."""
    for start, end in stretches(quote):
        round_document(plan, ws, [i for i in range(start, end) if ws[at.OUT_STATUS, i] == at.FINE])


def stretches(quote: np.ndarray) -> list[tuple[int, int]]:
    """Where each quote's lines begin and end."""
    ends: list[int] = (np.flatnonzero(np.r_[quote[1:] != quote[:-1], True]) + 1).tolist() if len(quote) else []
    return list(zip([0, *ends], ends, strict=False))


def round_document(plan: Plan, ws: np.ndarray, lines: Sequence[int]) -> None:
    """Settle the rounding of one document over its priced lines, in the workspace."""
    products = plan.head.products
    outcomes = [Outcome(Line("", 0), products[int(ws[at.IN_PRODUCT, i])].period, exact=exact_of(ws, i)) for i in lines]
    round_documents(plan.head, outcomes)
    for i, out in zip(lines, outcomes, strict=True):
        ws[at.OUT_NET, i] = out.net_amount


def exact_of(ws: np.ndarray, i: int) -> Exact:
    """The exact list and net that a kernel kept for document rounding."""
    sign = -1 if ws[at.IN_QUANTITY, i] < 0 else 1
    hi, lo, den, hi2, lo2, den2 = (int(x) % 2**64 for x in ws[at.OUT_EXACT : at.OUT_EXACT + 6, i])
    return Exact(sign * Fraction((hi << 64) + lo, den), sign * Fraction((hi2 << 64) + lo2, den2))
