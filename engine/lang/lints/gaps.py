"""Holes in the tables of rules: between ranges of figures, between dates, and among a few words; with the row that fills them.

    | customer.segment | least | most | off |
    | startup          |     1 |   49 |  5% |        quantity 50 meets no row:
    | startup          |    51 |      |  9% |        | startup | 50 | 50 | 5% |

Rows are held together that ask for the same but for one range (or the dates): what lies between two of them is a hole. Words are
those of enums: a table that has more than half of all their combinations, and not all. A table that names single figures or
texts has no holes, and a discount may pause: dates are looked at in tables of prices only.
"""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterator
from datetime import date

from engine.lang import words
from engine.lang.book import Case, Rule
from engine.lang.boxes import Box, Kinds, Side, Ticks, boxes
from engine.lang.draft import Column, Draft, Table
from engine.lang.sheets import InlineSheet
from engine.lang.syntax import RuleBlock
from engine.values.kinds import MICROS, Kind

MOST_ROWS = 50_000
MOST_COMBINATIONS = 200
DATES = "dates"
Row = tuple[int, Case, Box]
Key = tuple[object, ...]


def find_gaps(draft: Draft) -> None:
    """Say the holes of each table that a rule goes through row by row."""
    rules, kinds = {rule.name: rule for rule in draft.rules}, draft.kinds()
    for block in draft.of(RuleBlock):
        rule, table = rules.get(block.name.text), draft.tables.get(block.rows_of.text) if block.rows_of else None
        if rule is None or table is None or block.kind == "exception" or block.tiers is not None:
            continue
        rows = list(_rows(rule, table, kinds))
        if len(rows) > MOST_ROWS or len(rows) < 2:
            continue
        _between(draft, rule, table, rows, kinds)
        _combinations(draft, rule, table, rows)


def _rows(rule: Rule, table: Table, kinds: Kinds) -> Iterator[Row]:
    """Each row's case, where its condition is one box."""
    at = {table.sheet.row_span(row).line: row for row in range(len(table.sheet.rows))}
    for case in rule.cases:
        made = boxes(case.when, kinds)
        if case.span.line in at and case.span.file == table.sheet.file and made is not None and len(made) == 1:
            yield at[case.span.line], case, made[0]


# ---------------------------------------------------------------- between two ranges


def _between(draft: Draft, rule: Rule, table: Table, rows: list[Row], kinds: Kinds) -> None:
    """Say the first hole of each subject, and how many more."""
    ranged = {name for _, _, box in rows for name, side in box.items() if isinstance(side, Ticks)}
    for subject in (*sorted(ranged), *([DATES] if rule.kind == "price" else [])):
        groups: dict[Key, list[tuple[int, int, int]]] = {}
        for row, case, box in rows:
            ends = _ends(case, box, subject)
            if ends is not None:
                groups.setdefault(_rest(case, box, subject), []).append((*ends, row))
        holes = [hole for group in groups.values() for hole in _holes(draft, subject, group, kinds)]
        if holes:
            first, last, row = holes[0]
            pasted = _filling(draft, table, subject, row, first, last, rows)
            if pasted is not None:
                kind = Kind("date") if subject == DATES else draft.looks[subject].kind
                what = "day" if subject == DATES else subject
                span = f"{kind.show(first)}" if first == last else f"{kind.show(first)} to {kind.show(last)}"
                told = words.table_gap(
                    table.name, rule.name, f"{what} {span}", pasted, len(holes) - 1, table.sheet.row_span(row)
                )
                draft.report.add(told)


def _ends(case: Case, box: Box, subject: str) -> tuple[int, int] | None:
    if subject == DATES:
        start, end = case.start, case.end
        return (
            None
            if start is None and end is None
            else (-1 if start is None else start, 10**9 if end is None else end - 1)
        )
    side = box.get(subject)
    if not isinstance(side, Ticks):
        return None
    return (-(10**19) if side.low is None else side.low), (10**19 if side.high is None else side.high)


def _rest(case: Case, box: Box, subject: str) -> Key:
    """All a row asks but this."""
    dates = () if subject == DATES else (case.start, case.end)
    return case.products, dates, frozenset((name, _side_key(side)) for name, side in box.items() if name != subject)


def _side_key(side: Side) -> object:
    return (side.low, side.high) if isinstance(side, Ticks) else (side.among, side.but)


def _holes(
    draft: Draft, subject: str, group: list[tuple[int, int, int]], kinds: Kinds
) -> Iterator[tuple[int, int, int]]:
    """(first, last, row before) of what lies between ranges; not where all of them are single figures."""
    group.sort()
    if len(group) < 2 or all(low == high for low, high, _ in group):
        return
    step = 1 if subject == DATES else _grain(draft, kinds[subject])
    reached, row = group[0][1], group[0][2]
    for low, high, number in group[1:]:
        first = -(-(reached + 1) // step) * step
        last = (low - 1) // step * step
        if first <= last:
            yield first, last, row
        if high > reached:
            reached, row = high, number


def _grain(draft: Draft, kind: Kind) -> int:
    """The smallest difference of a subject's figures, in ticks."""
    if kind.name == "quantity":
        decimals = max((unit.decimals for unit in draft.units), default=0)
        return MICROS // int(10**decimals)
    return draft.minor if kind.name == "money" else 1


# ---------------------------------------------------------------- combinations of words


def _combinations(draft: Draft, rule: Rule, table: Table, rows: list[Row]) -> None:
    """Say the combination of words that a nearly full table lacks."""
    columns = [
        c for c in table.columns.values() if c.decl.key and c.name in draft.looks and draft.looks[c.name].kind.values
    ]
    others = [c for c in table.columns.values() if (c.decl.key or c.decl.bound or c.product) and c not in columns]
    domains = [draft.looks[column.name].kind.values for column in columns]
    size = 1
    for domain in domains:
        size *= len(domain)
    if not columns or others or not 2 < size <= MOST_COMBINATIONS:
        return
    if any(set(box) != {c.name for c in columns if c.values[row] is not None} for row, _, box in rows):
        return
    there = [tuple(column.values[row] for column in columns) for row, _, _ in rows]
    missing = [
        each
        for each in itertools.product(*domains)
        if not any(all(mine in (None, word) for mine, word in zip(row, each, strict=True)) for row in there)
    ]
    if missing and 2 * len(missing) < size:
        cells = {column.name: word for column, word in zip(columns, missing[0], strict=True)}
        row = rows[-1][0]
        what = ", ".join(f"{name} {word}" for name, word in cells.items())
        told = words.table_gap(
            table.name, rule.name, what, _pasted(table, row, {table.columns[n].at: w for n, w in cells.items()}),
            len(missing) - 1, table.sheet.row_span(row),
        )  # fmt: skip
        draft.report.add(told)


# ---------------------------------------------------------------- the row to paste


def _filling(draft: Draft, table: Table, subject: str, row: int, first: int, last: int, rows: list[Row]) -> str | None:
    """The row before a hole with its bounds moved to the hole; None where its bounds are not cells of their own."""
    box = next((box for number, _, box in rows if number == row), {})
    case = next(case for number, case, _ in rows if number == row)
    if subject == DATES:
        bounds = [(c, first if c.decl.bound == "from" else last + (c.decl.bound == "until")) for c in _dated(table)]
        return _pasted(table, row, {c.at: date.fromordinal(day).isoformat() for c, day in bounds}) if case.end else None
    side = box[subject]
    assert isinstance(side, Ticks)
    low, high = _column_of(table, row, side.low, subject, draft), _column_of(table, row, side.high, subject, draft)
    if high is None or (low is None and side.low is not None):
        return None
    cells = {high.at: high.kind.show(last)}
    if low is not None and low is not high:
        cells[low.at] = low.kind.show(first)
    return _pasted(table, row, cells)


def _dated(table: Table) -> list[Column]:
    return [column for column in table.columns.values() if column.decl.bound]


def _column_of(table: Table, row: int, tick: int | None, subject: str, draft: Draft) -> Column | None:
    """The column whose cell is this bound."""
    kind = draft.looks[subject].kind.name
    alike = (c for c in table.columns.values() if c.kind.name == kind or {c.kind.name, kind} == {"quantity", "number"})
    return next((c for c in alike if tick is not None and c.values[row] == tick and not c.decl.bound), None)


def _pasted(table: Table, row: int, cells: dict[int, str]) -> str:
    """A row of the table as it is written, with other cells: between pipes, or as CSV."""
    sheet = table.sheet
    if isinstance(sheet, InlineSheet):
        written = [cell.text for cell in sheet.cells.rows[row]]
        quoted = {at: f'"{text}"' if written[at][:1] == '"' else text for at, text in cells.items()}
        return "| " + " | ".join(quoted.get(at, text) for at, text in enumerate(written)) + " |"
    into = io.StringIO()
    csv.writer(into, lineterminator="").writerow([cells.get(at, text) for at, text in enumerate(sheet.rows[row])])
    return into.getvalue()
