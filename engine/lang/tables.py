"""Turns tables into typed columns: every cell read by its column's declared kind, once a distinct text.

Two things bind a row without a condition being written: `from` / `until` / `through` columns of dates limit the row's
dates, and a `key` column named like a fact must equal that fact (`rules` makes the condition). A column whose type is
another table's column (`offers.offer_id`) is a join: its values are that column's.
"""

from __future__ import annotations

from engine.lang import words
from engine.lang.blocks.declared import name_of
from engine.lang.draft import Column, Draft, Sheet, Table
from engine.lang.places import Span
from engine.lang.sheets import InlineSheet, inline, load
from engine.lang.syntax import Declared, TableBlock, Word
from engine.lang.types import day_after, kind_of
from engine.lang.words import Near
from engine.values.kinds import Kind, Value

ANY = "*"
TEXT = Kind("text")
MAX_JOINS = 20
"""Tables in a chain of joins."""
MOST_CELLS = 100
"""Mistakes told of one column."""


def settle_tables(draft: Draft) -> None:
    """Read every `table`; joins last, when what they join is read."""
    blocks = [block for block in draft.of(TableBlock) if draft.declare("table", block.name.text, block.name.span)]
    for block in blocks:
        sheet = _sheet(draft, block)
        if sheet is not None:
            plain = [decl for decl in block.columns if decl.type.name != "join"]
            columns = read_columns(draft, sheet, plain, block.columns)
            _keys_are_facts(draft, block)
            declared = frozenset(decl.path.text for decl in block.columns)
            draft.tables[block.name.text] = Table(block.name.text, sheet, columns, block.name.span, declared)
    for block in blocks:
        if table := draft.tables.get(block.name.text):
            _joins(draft, table, block, {block.name.text: block for block in blocks}, ())
            table.dates = row_dates(draft, table.sheet, list(table.columns.values()))
            _unique_keys(draft, table)


def _keys_are_facts(draft: Draft, block: TableBlock) -> None:
    """A key named `customer.country` is that fact; and a head marked `key` is declared so: else its rows would bind nothing."""
    for decl in block.columns:
        if decl.key and "." in decl.path.text and decl.path.text not in draft.looks:
            draft.unknown("fact", decl.path.text, decl.path.span, draft.looks)
    plain = {(decl.head or decl.path).text: decl for decl in block.columns if not decl.key}
    for cell in block.cells.head if block.cells else ():
        name = cell.text.removesuffix(" key").strip()
        if name != cell.text and name in plain:
            fix = f"declare it: {name}: {plain[name].type.name} key"
            draft.report.add(words.column_use(name, "is marked `key` here, and declared without it", cell.span, fix))


def _sheet(draft: Draft, block: TableBlock) -> Sheet | None:
    if block.file is not None:
        return load(draft, block.file)
    if block.cells is None:
        fix = 'write: table NAME from "file.csv", or rows between pipes'
        draft.report.add(words.missing_clause(f"table `{block.name.text}` has no rows", block.name.span, fix))
        return None
    sheet = inline(draft, block.cells)
    if sheet is not None:
        declared = [decl.head.text if decl.head else decl.path.text for decl in block.columns]
        for cell, name in zip(block.cells.head, sheet.head, strict=True):
            if name not in declared:
                draft.report.add(words.undeclared_column(name, cell.span, draft.report.near(name, declared)))
    return sheet


# ---------------------------------------------------------------- columns


def read_columns(
    draft: Draft, sheet: Sheet, declared: list[Declared], all_declared: tuple[Declared, ...] | None = None
) -> dict[str, Column]:
    """Type the declared columns of a sheet; one that cannot be found or read is left out, and said."""
    columns: dict[str, Column] = {}
    seen: dict[str, Span] = {}
    for decl in all_declared if all_declared is not None else declared:
        first = seen.setdefault(decl.path.text, decl.path.span)
        if first is not decl.path.span:
            draft.report.add(words.duplicate("column", decl.path.text, decl.path.span, first))
    for decl in declared:
        at = position(draft, sheet, decl.path, decl.head)
        if at is not None and (column := _column(draft, sheet, decl, at)) is not None:
            columns.setdefault(decl.path.text, column)
    return columns


def position(draft: Draft, sheet: Sheet, name: Word, head: Word | None) -> int | None:
    """Which column of the sheet is meant: the `head` said, else the name's own or its last word's (`customer.account`)."""
    said = head or name
    for wanted in (said.text,) if head else (name.text, name.text.rsplit(".", 1)[-1]):
        if sheet.head.count(wanted) > 1:
            draft.report.add(words.head_twice(wanted, sheet.file, said.span))
            return None
        if wanted in sheet.head:
            return sheet.head.index(wanted)
    last = name_of(said.text.rsplit(".", 1)[-1])
    alike = next((text for text in sheet.head if name_of(text) == last), "")
    near = Near(alike, sheet.head) if alike else draft.report.near(said.text, sheet.head)
    own = "" if head else f"{name.text} "
    draft.report.add(words.no_head(said.text, f"`{sheet.file}`", said.span, near, own))
    return None


def _column(draft: Draft, sheet: Sheet, decl: Declared, at: int) -> Column | None:
    product = decl.type.name == "product"
    kind = TEXT if product else kind_of(draft, decl.type, decl.path.text)
    if not _fits(draft, decl, kind):
        return None
    values = _values(draft, sheet, at, decl, None if product else kind)
    return Column(decl.path.text, kind, decl, values, product, None, sheet, at)


def _fits(draft: Draft, decl: Declared, kind: Kind) -> bool:
    """`from`, `until` and `through` are for columns of dates, `per` for money, bounds for what has an order, sources for facts."""
    name, type_ = decl.path.text, decl.type.name
    plain = f"write `{name}: {kind.name if type_ == 'join' else type_}`"
    wrong: list[str] = []
    if decl.bound is not None and kind.name != "date":
        wrong.append(f"is marked `{decl.bound}`, which is for dates")
    if decl.rate is not None and kind.name != "money":
        wrong.append("is `per` something, which is for money")
    if decl.source is not None:
        wrong.append(f"is marked `from {decl.source}`, which is for facts")
    if type_ == "product" and decl.type.low is not None:
        wrong.append("has bounds, which are for kinds with an order")
    for reason in wrong:
        draft.report.add(words.column_use(name, reason, decl.span, plain))
    return not wrong


def _values(draft: Draft, sheet: Sheet, at: int, decl: Declared, kind: Kind | None) -> list[Value | None]:
    """A column's values; `kind` None reads product codes. Each distinct text is read once."""
    read: dict[str, Value | None] = {}
    wrong: set[str] = set()
    told: list[int] = []
    values: list[Value | None] = []
    for index, row in enumerate(sheet.rows):
        text = row[at]
        if text not in read:
            value, good = _cell(draft, sheet, index, at, decl, kind)
            read[text] = value
            if not good:
                wrong.add(text)
        elif text in wrong and len(told) < MOST_CELLS:
            told.append(index)
            _cell(draft, sheet, index, at, decl, kind)
        values.append(read[text])
    return values


def _cell(
    draft: Draft, sheet: Sheet, row: int, at: int, decl: Declared, kind: Kind | None
) -> tuple[Value | None, bool]:
    text, name = sheet.rows[row][at], decl.path.text
    if (decl.key and text == ANY) or (not text and decl.optional):
        return None, True
    if not text:
        draft.report.add(words.empty_cell(name, sheet.cell_span(row, at)))
        return None, False
    if kind is None:
        return _product(draft, sheet, row, at, name)
    try:
        value = kind.parse(text)
        if kind.name == "quantity" and (unit := text.partition(" ")[2].strip()) and unit not in draft.unit_of:
            raise ValueError(f"`{words.cut(text)}`: there is no unit `{words.cut(unit)}`")
        return value, True
    except ValueError as wrong:
        draft.report.add(words.cell(name, str(wrong), sheet.cell_span(row, at)))
        return None, False


def _product(draft: Draft, sheet: Sheet, row: int, at: int, name: str) -> tuple[Value | None, bool]:
    """Data files may name products that the book does not sell: a doubt, and the row reaches nothing."""
    code = sheet.rows[row][at]
    index = draft.number.get(code)
    if index is None:
        span, near = sheet.cell_span(row, at), draft.report.near(code, draft.number)
        told = words.unknown_cell if isinstance(sheet, InlineSheet) else words.not_sold
        draft.report.add(told("product", code, name, span, near))
    return index, index is not None or not isinstance(sheet, InlineSheet)


# ---------------------------------------------------------------- joins, dates, keys


def _joins(
    draft: Draft, table: Table, block: TableBlock, blocks: dict[str, TableBlock], chain: tuple[str, ...]
) -> None:
    """Read the join columns of a table, after those they join themselves."""
    for decl in block.columns:
        if decl.type.name != "join" or decl.type.join is None or decl.path.text in table.columns:
            continue
        other_name, _, column_name = decl.type.join.text.rpartition(".")
        if other_name in chain or other_name == table.name or len(chain) > MAX_JOINS:
            draft.report.add(
                words.column_use(decl.path.text, "joins back to its own table", decl.span, "declare its kind")
            )
            continue
        other = draft.tables.get(other_name)
        if other is None:
            if other_name not in blocks:
                draft.unknown("table", other_name, decl.type.join.span, blocks)
            continue
        _joins(draft, other, blocks[other_name], blocks, (*chain, table.name))
        target = other.columns.get(column_name)
        if target is None and column_name in other.declared:
            continue  # it was refused there
        if target is None:
            near = draft.report.near(column_name, other.columns)
            draft.report.add(words.no_column(column_name, f"table `{other_name}`", decl.type.join.span, near))
        elif _fits(draft, decl, target.kind) and (at := position(draft, table.sheet, decl.path, decl.head)) is not None:
            table.columns[decl.path.text] = _join_column(draft, table.sheet, decl, at, target)


def _join_column(draft: Draft, sheet: Sheet, decl: Declared, at: int, target: Column) -> Column:
    """A column whose values must stand in `target`."""
    values = _values(draft, sheet, at, decl, None if target.product else target.kind)
    known = set(target.values)
    said: set[Value] = set()
    for row, value in enumerate(values):
        if value is not None and value not in known and value not in said:
            said.add(value)
            text = sheet.rows[row][at]
            near = draft.report.near(
                text, sorted(target.kind.show(v) for v in known if v is not None and not target.product)
            )
            draft.report.add(
                words.unknown_cell(f"row of {target.name}", text, decl.path.text, sheet.cell_span(row, at), near)
            )
    return Column(decl.path.text, target.kind, decl, values, target.product, target, sheet, at)


def row_dates(draft: Draft, sheet: Sheet, columns: list[Column]) -> list[tuple[int | None, int | None]] | None:
    """Each row's [start, end) from its bound columns; None when it has none."""
    bound = [column for column in columns if column.decl.bound]
    if not bound:
        return None
    dates: list[tuple[int | None, int | None]] = []
    for row in range(len(sheet.rows)):
        starts = [int(c.values[row] or 0) for c in bound if c.decl.bound == "from" and c.values[row] is not None]
        closed = [
            (int(c.values[row] or 0), c.decl.bound)
            for c in bound
            if c.decl.bound != "from" and c.values[row] is not None
        ]
        ends = [after for end, word in closed if (after := day_after(end, word == "through")) is not None]
        start, end = max(starts, default=None), min(ends, default=None)
        if start is not None and end is not None and start >= end:
            draft.report.add(words.no_days(sheet.row_span(row)))
        dates.append((start, end))
    return dates


def _unique_keys(draft: Draft, table: Table) -> None:
    """Rows without dates whose key only names them (no column is a fact) have keys of their own."""
    keys = [column for column in table.columns.values() if column.decl.key]
    if not keys or table.dates is not None or any("." in column.name for column in keys):
        return
    first: dict[tuple[Value | None, ...], int] = {}
    for row in range(len(table.sheet.rows)):
        key = tuple(column.values[row] for column in keys)
        earlier = first.setdefault(key, row)
        if earlier != row and None not in key:
            draft.report.add(
                words.key_twice(table.label(row), table.sheet.row_span(row), table.sheet.row_span(earlier))
            )
