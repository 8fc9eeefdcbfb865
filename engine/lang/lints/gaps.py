"""Holes in the tables of rules: between ranges of figures, between dates, and among a few words; with the row that fills them.

    | customer.segment | least | most | off |
    | startup          |     1 |   49 |  5% |        quantity 50 meets no row:
    | startup          |    51 |      |  9% |        | startup | 50 | 50 | 5% |

Rows are held together that ask for the same but for one range (or the dates): what lies between two of them is a hole. Words are
those of enums: a table that has more than half of all their combinations, and not all. A table that names single figures or
texts has no holes, and a discount may pause: dates are looked at in tables of prices only.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import date

from engine.lang import words
from engine.lang.book import Case, Rule
from engine.lang.boxes import Box, Kinds, Side, Ticks
from engine.lang.draft import Column, Draft, Table
from engine.lang.pasted import column_of, pasted
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
        rows = list(_rows(draft, rule, table, kinds))
        if len(rows) > MOST_ROWS or len(rows) < 2:
            continue
        _between(draft, rule, table, rows, kinds)
        _combinations(draft, rule, table, rows)


def _rows(draft: Draft, rule: Rule, table: Table, kinds: Kinds) -> Iterator[Row]:
    """Each row's case, where its condition is one box."""
    at = {table.sheet.row_span(row).line: row for row in range(len(table.sheet.rows))}
    for case in rule.cases:
        made = draft.boxes_of(case, kinds)
        if case.span.line in at and case.span.file == table.sheet.file and made is not None and len(made) == 1:
            yield at[case.span.line], case, made[0]


# ---------------------------------------------------------------- between two ranges


def _between(draft: Draft, rule: Rule, table: Table, rows: list[Row], kinds: Kinds) -> None:
    """Say the first hole of each subject, and how many more."""
    ranged = {name for _, _, box in rows for name, side in box.items() if isinstance(side, Ticks)}
    for subject in (*sorted(ranged), *([DATES] if rule.kind == "price" else [])):
        groups: dict[Key, list[tuple[int, int, int]]] = {}
        grains: dict[Key, int] = {}
        for row, case, box in rows:
            ends = _ends(case, box, subject)
            if ends is not None:
                rest = _rest(case, box, subject)
                groups.setdefault(rest, []).append((*ends, row))
                grains.setdefault(rest, 1 if subject == DATES else _grain(draft, kinds[subject], case.products))
        holes = [hole for rest, group in groups.items() for hole in _holes(grains[rest], group)]
        if holes:
            first, last, row = holes[0]
            filled = _filling(draft, table, subject, row, first, last, rows)
            if filled is not None:
                kind = Kind("date") if subject == DATES else draft.looks[subject].kind
                what = "day" if subject == DATES else subject
                span = f"{kind.show(first)}" if first == last else f"{kind.show(first)} to {kind.show(last)}"
                told = words.table_gap(
                    table.name, rule.name, f"{what} {span}", filled, len(holes) - 1, table.sheet.row_span(row)
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


def _holes(step: int, group: list[tuple[int, int, int]]) -> Iterator[tuple[int, int, int]]:
    """(first, last, row before) of what lies between ranges, in steps; not where all of them are single figures."""
    group.sort()
    if len(group) < 2 or all(low == high for low, high, _ in group):
        return
    reached, row = group[0][1], group[0][2]
    for low, high, number in group[1:]:
        first = -(-(reached + 1) // step) * step
        last = (low - 1) // step * step
        if first <= last:
            yield first, last, row
        if high > reached:
            reached, row = high, number


def _grain(draft: Draft, kind: Kind, products: frozenset[int] | None) -> int:
    """The smallest difference of a subject's figures, in ticks."""
    if kind.name == "quantity":
        goods = list(draft.goods.values())
        reached = goods if products is None else [goods[index] for index in products]
        decimals = max((draft.units[each.unit or 0].decimals for each in reached), default=0)
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
            table.name, rule.name, what, pasted(table, row, {table.columns[n].at: w for n, w in cells.items()}),
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
        return pasted(table, row, {c.at: date.fromordinal(day).isoformat() for c, day in bounds}) if case.end else None
    side = box[subject]
    assert isinstance(side, Ticks)
    low, high = column_of(draft, table, row, side.low, subject), column_of(draft, table, row, side.high, subject)
    if high is None or (low is None and side.low is not None):
        return None
    cells = {high.at: high.kind.show(last)}
    if low is not None and low is not high:
        cells[low.at] = low.kind.show(first)
    return pasted(table, row, cells)


def _dated(table: Table) -> list[Column]:
    return [column for column in table.columns.values() if column.decl.bound]
