"""Cells as they stand in a file: CSV data of the bundle, or the table between pipes, each cell with its place.

Data is read with the standard csv module and bounded in bytes, rows and columns. Nothing is typed here: `tables` does.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from engine.lang import words
from engine.lang.draft import Draft
from engine.lang.places import Span
from engine.lang.syntax import Cells, Lit

_QUOTED = re.compile('"[^"]*"')
MAX_BYTES = 64 * 2**20
MAX_ROWS = 1_000_000
MAX_COLUMNS = 200


@dataclass(slots=True)
class CsvSheet:
    """A CSV file; `lines` is the line each row begins on."""

    file: str
    head: list[str]
    rows: list[list[str]]
    lines: list[int]
    sources: dict[str, str]
    _text: list[str] = field(default_factory=list)

    def row_span(self, row: int) -> Span:
        """The row's line."""
        return Span(self.file, self.lines[row])

    def cell_span(self, row: int, column: int) -> Span:
        """Where the cell begins on its row's line, found by reading it again: only mistakes ask."""
        line, text = self.lines[row], self.rows[row][column]
        self._text = self._text or self.sources[self.file].split("\n")
        source = self._text[line - 1]
        at = 0
        for _ in range(column):
            at = _skip(source, at)
        start = source.find(text, at) if text else at
        return Span(self.file, line, max(start, at) + 1, max(1, len(text)))


def _skip(source: str, at: int) -> int:
    """Past the comma that ends the cell at `at`."""
    if source[at : at + 1] == '"':
        close = source.find('",', at + 1)
        return close + 2 if close >= 0 else len(source)
    comma = source.find(",", at)
    return comma + 1 if comma >= 0 else len(source)


@dataclass(slots=True)
class InlineSheet:
    """A table between pipes; the quotes of texts are taken off, and `key` from the head."""

    file: str
    cells: Cells
    head: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.head = [_unquoted(cell.text.removesuffix(" key").strip()) for cell in self.cells.head]
        self.rows = [[_unquoted(cell.text) for cell in row] for row in self.cells.rows]

    def row_span(self, row: int) -> Span:
        """From the row's first cell to its last."""
        cells = self.cells.rows[row]
        if not cells:
            return self.cells.span
        first, last = cells[0].span, cells[-1].span
        length = last.column + last.length - first.column
        return Span(first.file, first.line, first.column, max(1, length))

    def cell_span(self, row: int, column: int) -> Span:
        """The cell."""
        return self.cells.rows[row][column].span


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) >= 2 and text[0] == text[-1] == '"' else text


def inline(draft: Draft, cells: Cells) -> InlineSheet | None:
    """The sheet of a table between pipes, its rows as wide as its head."""
    good = True
    for row in cells.rows:
        if len(row) != len(cells.head):
            draft.report.add(words.row_width(row[0].span if row else cells.span, len(row), len(cells.head)))
            good = False
        for cell in row:
            if '"' in cell.text and not _QUOTED.fullmatch(cell.text):
                draft.report.add(words.open_quote(cell.text, cell.span))
                good = False
    return InlineSheet(cells.span.file, cells) if good else None


def resolve(draft: Draft, named: Lit) -> str | None:
    """The bundle's file that `from "x.csv"` names: beside the rule file, else from the top of the bundle."""
    folder = named.span.file.rpartition("/")[0]
    for path in (f"{folder}/{named.text}" if folder else named.text, named.text):
        if path in draft.files and not path.endswith(".quo"):
            return path
    data = [path for path in draft.files if not path.endswith(".quo")]
    draft.report.add(words.no_file(named.text, named.span, draft.report.near(named.text, data)))
    return None


def load(draft: Draft, named: Lit) -> CsvSheet | None:
    """Read a CSV of the bundle; None (and said) when it is not there or is broken."""
    path = resolve(draft, named)
    text = None if path is None else decode(draft, path)
    if path is None or text is None:
        return None
    sheet = CsvSheet(path, [], [], [], draft.sources)
    return sheet if _fill(draft, sheet, text) else None


def decode(draft: Draft, path: str) -> str | None:
    """A file's text, without BOM; line ends become one newline. None (and said) when it is not UTF-8 or too large."""
    if path in draft.sources:
        return draft.sources[path]
    content = draft.files[path]
    if len(content) > MAX_BYTES:
        draft.report.add(words.too_large("this file", f"{MAX_BYTES // 2**20} MiB", Span(path, 1)))
        return None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        draft.report.add(words.not_utf8(path, content.count(b"\n", 0, wrong.start) + 1))
        draft.sources[path] = content.decode("utf-8", "replace")
        return None
    draft.sources[path] = text.replace("\r\n", "\n").replace("\r", "\n")
    return draft.sources[path]


def _fill(draft: Draft, sheet: CsvSheet, text: str) -> bool:
    """Read head and rows into the sheet; False when it is broken."""
    first = text.split("\n", 1)[0]
    other = next((name for mark, name in ((";", "`;`"), ("\t", "tabs")) if mark in first and "," not in first), "")
    if other:
        draft.report.add(
            words.csv_broken(Span(sheet.file, 1), f"its cells are separated by {other}", "save it with commas")
        )
        return False
    rows = _rows(draft, sheet.file, text)
    head = next(rows, None)
    if head is None or len(head[1]) > MAX_COLUMNS:
        wide = words.too_large("the head of this file", f"{MAX_COLUMNS} columns", Span(sheet.file, 1))
        draft.report.add(
            wide
            if head
            else words.csv_broken(Span(sheet.file, 1), "it is empty", "begin it with the names of its columns")
        )
        return False
    sheet.head = head[1]
    good = head[0] > 0
    for line, cells in rows:
        good = good and line > 0
        if line > 0 and len(cells) != len(sheet.head):
            draft.report.add(words.row_width(Span(sheet.file, line), len(cells), len(sheet.head)))
            good = False
        sheet.rows.append(cells)
        sheet.lines.append(line)
    return good


def _rows(draft: Draft, path: str, text: str) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not blank, with its first line; line 0 ends a broken or endless file."""
    reader = csv.reader(io.StringIO(text), strict=True)
    line, count = 0, 0
    try:
        for row in reader:
            line, begin = reader.line_num, line + 1
            if any(row):
                count += 1
                if count > MAX_ROWS + 1:
                    draft.report.add(words.too_large("this file", f"{MAX_ROWS:,} rows", Span(path, begin)))
                    yield 0, row
                    return
                yield begin, [cell.strip() for cell in row]
    except csv.Error as wrong:
        draft.report.add(words.csv_broken(Span(path, max(1, reader.line_num)), str(wrong)))
        yield 0, []
