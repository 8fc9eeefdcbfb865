"""Prices lines given as columns: by the plan's table, by sums known at list, step by step, or by the book's meaning."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from engine.kernels.costs import cost_lines
from engine.kernels.dense import price_dense
from engine.kernels.program import price_lines
from engine.plan import layout as at
from engine.plan.plan import Plan
from engine.pricing.across import MOST_LINES, ROOM, Sum, columns_of, sums_of
from engine.pricing.dense import is_made, table_of
from engine.pricing.meant import run_meaning
from engine.pricing.quote import Line, LineError
from engine.pricing.refusals import Fault, line_error
from engine.pricing.sources import Column, Values, sources_of
from engine.pricing.times_of_columns import faulty, timed_columns
from engine.pricing.workspace import (
    NO_BARS,
    encoder_of,
    ends_of,
    fault_of,
    round_document,
    run,
    stretches,
    workspace,
)

CHUNK = 1 << 13
"""Lines of a workspace when columns are priced: it stays in the second cache, and its pages are made once."""
PAD = 40
"""Rows that lie a power of two apart would share their place in the cache."""
FEW_LINES = 1_000
"""Fewer lines are not worth making a table for."""


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
    """Prices of many lines as int64 columns, in micros; a line with a fault has none."""

    plan: Plan
    lines: int
    unit_net: np.ndarray  # empty where it was not asked for, as the others
    net_amount: np.ndarray  # rounded as the book says
    list_amount: np.ndarray
    faults: Mapping[int, Fault]
    quantity: Column
    codes: Callable[[int], str]
    cost_amount: np.ndarray  # MISSING where there is none

    @property
    def fine(self) -> np.ndarray:
        """bool: which lines have a price."""
        fine = np.ones(self.lines, bool)
        fine[list(self.faults)] = False
        return fine

    def error(self, i: int) -> LineError | None:
        """Why line i has no price."""
        fault = self.faults.get(i)
        if fault is None:
            return None
        quantity = int(replace(self.quantity, values=self.quantity.values[i : i + 1]).whole()[0])
        return line_error(self.plan.head, Line(self.codes(i), quantity), fault)


AMOUNTS = ("unit_net", "net_amount", "list_amount")
_ROW_OF = dict(zip(AMOUNTS, (at.OUT_UNIT_NET, at.OUT_NET, at.OUT_LIST), strict=True))
_NONE = np.empty(0, np.int64)
Columns = Mapping[int, Column]
"""By row of the workspace."""
Stretch = Callable[[Columns, Mapping[int, np.ndarray], np.ndarray], dict[int, Fault]]
"""Prices whole quotes: columns, room for amounts, and where quotes end."""


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
    want: Sequence[str] = AMOUNTS,
    out: np.ndarray | None = None,
    costs: bool = False,
) -> PricedColumns:
    """Price lines given as columns of one length.

    `quote`: any number that is the same on lines of one quote (they stand together; only where `prices_whole_quotes` is it
    looked at; None: each line is a quote of its own); `date`: ordinal days; `product`:
    indexes into the book (-1 unknown); `quantity`: millionths; `facts`: codes by path, from `encode`; a fact that is not
    there was not given; `group`: codes of `line.group`. `codes(i)` names line i's product in messages. `want`: which of AMOUNTS
    are asked for; `costs`: whether costs are. `out`: room for the amounts, int64 [len(want), lines], for callers that price batch after batch.
    """
    given: dict[int, Values] = {at.IN_PRODUCT: product, at.IN_QUANTITY: quantity, at.IN_DIMS + at.DATE: date}
    if group is not None:
        given[at.IN_DIMS + at.GROUP] = group
    given |= {
        at.IN_DIMS + d: facts[subject.name]
        for d, subject in enumerate(plan.dims)
        if d >= at.FACTS and subject.name in facts
    }
    columns = timed_columns(plan, {row: one if isinstance(one, Column) else Column(one) for row, one in given.items()})
    amounts = np.empty((len(want), len(product)), np.int64) if out is None else out
    into = {_ROW_OF[name]: mine for name, mine in zip(want, amounts, strict=True)}
    if costs:
        into[at.OUT_COST] = np.empty(len(product), np.int64)
    if plan.across:
        faults = _price_across(plan, columns, into, ends_of(np.arange(len(product)) if quote is None else quote))
    elif prices_whole_quotes(plan):
        faults = _price_quotes(plan, columns, into, np.arange(len(product)) if quote is None else quote)
    else:
        faults = _price_lines(plan, columns, amounts, want, into)
    made = dict(zip(want, amounts, strict=True))
    unit, net, listed = (made.get(name, _NONE) for name in AMOUNTS)
    return PricedColumns(
        plan, len(product), unit, net, listed, faults, columns[at.IN_QUANTITY], codes, into.get(at.OUT_COST, _NONE)
    )


def _price_lines(
    plan: Plan, columns: Columns, amounts: np.ndarray, want: Sequence[str], into: Mapping[int, np.ndarray]
) -> dict[int, Fault]:
    """Price lines that do not hang on each other: by the plan's table where there are lines enough to make one for, and
    what it leaves over, or all, one by one."""
    lines = len(columns[at.IN_PRODUCT])
    table = table_of(plan) if lines >= FEW_LINES or is_made(plan) else None
    if table is None:
        return _price_each(plan, columns, into, None)
    undone = _by_table(plan, table, columns, amounts, want)
    if at.OUT_COST in into:
        _cost_lines(plan, columns, into[at.OUT_COST], undone)
    return _price_each(plan, columns, into, undone) if len(undone) else {}


def _by_table(plan: Plan, table: np.ndarray, columns: Columns, amounts: np.ndarray, want: Sequence[str]) -> np.ndarray:
    """Price lines by the plan's table; returns the numbers of those that it leaves over."""
    lines = len(columns[at.IN_PRODUCT])
    sources = sources_of(len(plan.dims), columns, _blank(plan, columns))
    undone = np.empty(lines, np.int64)
    wanted = np.array([want.index(name) if name in want else -1 for name in AMOUNTS])
    count = price_dense(table, sources.rows, lines, sources.in_units, amounts, wanted, undone)
    return np.union1d(undone[:count], late) if len(late := faulty(plan, columns)) else undone[:count]


def _price_across(plan: Plan, columns: Columns, into: Mapping[int, np.ndarray], ends: np.ndarray) -> dict[int, Fault]:
    """Price lines of a book that asks for sums over them, of quotes that end at `ends`: by the plan's table where all sums are
    known at list, and quote by quote where the table cannot say every line.
    """
    lines = len(columns[at.IN_PRODUCT])
    sums = sums_of(plan) if lines >= FEW_LINES or is_made(plan) else None
    table = table_of(plan) if sums is not None else None
    group = columns.get(at.IN_DIMS + at.GROUP)
    if sums is None or table is None or (group is not None and (group.whole() == at.OTHER).any()):
        return _in_stretches(CHUNK, columns, into, ends, partial(_price_stretch, plan))
    return _in_stretches(MOST_LINES, columns, into, ends, partial(_price_by_sums, plan, table, sums))


def _price_by_sums(
    plan: Plan,
    table: np.ndarray,
    sums: tuple[Sum, ...],
    columns: Columns,
    into: Mapping[int, np.ndarray],
    ends: np.ndarray,
) -> dict[int, Fault]:
    want = [name for name in AMOUNTS if _ROW_OF[name] in into]
    room = ROOM.of(1 + len(sums) + len(want), len(columns[at.IN_PRODUCT]))
    listed, amounts = room[:1], room[1 + len(sums) :]
    left = _by_table(plan, table, columns, listed, ("list_amount",))
    listed[0, left] = 0
    made = columns_of(sums, ends, columns, listed[0], room[1 : 1 + len(sums)])
    if made is None:
        return _price_stretch(plan, columns, into, ends)
    if len(want) == 1:
        amounts = into[_ROW_OF[want[0]]].reshape(1, -1)
    left = np.union1d(left, _by_table(plan, table, {**columns, **made}, amounts, want))
    for name, mine in zip(want, amounts, strict=True) if len(want) > 1 else ():
        into[_ROW_OF[name]][:] = mine
    if at.OUT_COST in into:
        _cost_lines(plan, columns, into[at.OUT_COST], left)
    return _price_some(plan, columns, into, ends, left) if len(left) else {}


def _price_some(
    plan: Plan, columns: Columns, into: Mapping[int, np.ndarray], ends: np.ndarray, among: np.ndarray
) -> dict[int, Fault]:
    """Price the quotes that these lines are of, one by one."""
    sizes = np.diff(ends, prepend=0)
    wanted = np.unique(np.searchsorted(ends, among, "right"))
    rows = np.flatnonzero(np.isin(np.repeat(np.arange(len(ends)), sizes), wanted))
    some = {row: replace(column, values=column.values[rows]) for row, column in columns.items()}
    out = {row: np.empty(len(rows), np.int64) for row in into}
    faults = _in_stretches(CHUNK, some, out, np.cumsum(sizes[wanted]), partial(_price_stretch, plan))
    for row, mine in out.items():
        into[row][rows] = mine
    return {int(rows[i]): fault for i, fault in faults.items()}


def _price_stretch(plan: Plan, columns: Columns, into: Mapping[int, np.ndarray], ends: np.ndarray) -> dict[int, Fault]:
    """Price quotes that end at `ends`, by the kernel that goes step by step."""
    return _price_quotes(plan, columns, into, np.repeat(np.arange(len(ends)), np.diff(ends, prepend=0)))


def _in_stretches(
    most: int, columns: Columns, into: Mapping[int, np.ndarray], ends: np.ndarray, price: Stretch
) -> dict[int, Fault]:
    """Price whole quotes, about so many lines at a time."""
    faults: dict[int, Fault] = {}
    start = first = 0
    while first < len(ends):
        last = max(first + 1, int(np.searchsorted(ends, start + most, "right")))
        end = int(ends[last - 1])
        some = {row: replace(column, values=column.values[start:end]) for row, column in columns.items()}
        found = price(some, {row: mine[start:end] for row, mine in into.items()}, ends[first:last] - start)
        faults |= {start + i: fault for i, fault in found.items()}
        start, first = end, last
    return faults


def _cost_lines(plan: Plan, columns: Columns, out: np.ndarray, undone: np.ndarray) -> None:
    """Write the costs of lines that a table priced: it has none."""
    status = np.full(len(out), at.FINE)
    status[undone] = at.OVERFLOW
    ws = workspace(plan, min(len(out), CHUNK) + PAD)
    for start in range(0, len(out), CHUNK):
        end = min(start + CHUNK, len(out))
        for row in (at.IN_PRODUCT, at.IN_QUANTITY, at.IN_DIMS + at.DATE):
            columns[row].into(ws[row, : end - start], slice(start, end))
        ws[at.OUT_STATUS, : end - start] = status[start:end]
        cost_lines(plan.arena, ws, end - start)
        out[start:end] = ws[at.OUT_COST, : end - start]


def _blank(plan: Plan, columns: Columns) -> dict[int, int]:
    """What stands in the rows of facts that were not given."""
    rows = {at.IN_DIMS + d: subject.ordered for d, subject in enumerate(plan.dims)}
    return {row: at.MISSING if ordered else at.UNKNOWN for row, ordered in rows.items() if row not in columns}


def _price_each(
    plan: Plan, columns: Columns, into: Mapping[int, np.ndarray], only: np.ndarray | None
) -> dict[int, Fault]:
    """Price lines (all, or those numbered) one by one, through a workspace."""
    lines = len(columns[at.IN_PRODUCT]) if only is None else len(only)
    ws = _workspace(plan, columns, min(lines, CHUNK) + PAD)
    faults: dict[int, Fault] = {}
    for start in range(0, lines, CHUNK):
        end = min(start + CHUNK, lines)
        rows = slice(start, end) if only is None else only[start:end]
        for row, column in columns.items():
            column.into(ws[row, : end - start], rows)
        price_lines(plan.arena, ws, 0, end - start, NO_BARS)
        for row, mine in into.items():
            mine[rows] = ws[row, : end - start]
        for i in np.flatnonzero(ws[at.OUT_STATUS, : end - start]).tolist():
            fault = fault_of(plan, ws, i)
            assert fault is not None
            faults[start + i if only is None else int(only[start + i])] = fault
    return faults


def _workspace(plan: Plan, columns: Columns, lines: int) -> np.ndarray:
    ws = workspace(plan, lines)
    for row, value in _blank(plan, columns).items():
        ws[row] = value
    return ws


def _price_quotes(plan: Plan, columns: Columns, into: Mapping[int, np.ndarray], quote: np.ndarray) -> dict[int, Fault]:
    """Price lines that hang on the others of their quote."""
    ws = _workspace(plan, columns, len(quote))
    for row, column in columns.items():
        column.into(ws[row], slice(None))
    faults: dict[int, Fault] = {}
    if plan.meaning is not None:
        faults = run_meaning(plan, plan.meaning, ws, quote)
    else:
        run(plan, ws, ends=ends_of(quote))
        for i in np.flatnonzero(ws[at.OUT_STATUS]).tolist():
            fault = fault_of(plan, ws, i)
            assert fault is not None
            faults[i] = fault
    if plan.head.rounding.level == "document" and plan.meaning is None:  # its meaning rounds documents itself
        _round_documents(plan, ws, quote)
    for row, mine in into.items():
        mine[:] = ws[row]
    return faults


def prices_whole_quotes(plan: Plan) -> bool:
    """Whether a line's price can depend on the others of its quote."""
    return plan.meaning is not None or plan.across or plan.head.rounding.level == "document"


def _round_documents(plan: Plan, ws: np.ndarray, quote: np.ndarray) -> None:
    """Settle document rounding quote by quote."""
    for start, end in stretches(quote):
        round_document(plan, ws, [i for i in range(start, end) if ws[at.OUT_STATUS, i] == at.FINE])
