"""Rows of CSV and Parquet files, in and out, a chunk at a time: a million lines need no more memory than ten thousand.

A CSV's cells stay the text they are, so what comes out is what went in. OUT is written beside its place and moved there
at the end: there is no half of it.
"""

from __future__ import annotations

import csv
import gzip
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from engine.values.currency import currencies, decimals_of

BLOCK_BYTES = 8 << 20
CHUNK_ROWS = 1 << 17
CSV, PARQUET = (".csv", ".csv.gz"), (".parquet", ".pq")
PRICES = ("unit_net", "net")
"""Columns of amounts that `quo price` adds: int64 micros."""


def format_of(path: Path) -> str:
    """`csv` or `parquet`, by the name's end.

    Raises:
        ValueError: it is neither.
    """
    name = path.name.lower()
    if name.endswith(CSV):
        return "csv"
    if name.endswith(PARQUET):
        return "parquet"
    raise ValueError(f"{path.name} is neither CSV nor Parquet: its name must end in {', '.join(CSV + PARQUET)}")


@dataclass
class Rows:
    """An open file: its schema, its chunks, and how far (of `size`) reading has come. `torn` rows did not fit the head."""

    schema: pa.Schema
    chunks: Iterator[pa.Table]
    size: int
    position: Callable[[], int]
    torn: list[str] = field(default_factory=list)


# ---------------------------------------------------------------- in


@contextmanager
def open_rows(path: Path) -> Iterator[Rows]:
    """Open a data file.

    Raises:
        ValueError: it is not CSV or Parquet, or cannot be read as what its name says.
        OSError: it cannot be opened.
    """
    opener = _open_csv if format_of(path) == "csv" else _open_parquet
    with path.open("rb") as raw:
        try:
            yield opener(path, raw)
        except pa.ArrowInvalid as error:
            raise ValueError(f"{path.name}: {error}") from error


def _open_parquet(path: Path, raw: Any) -> Rows:
    file = pq.ParquetFile(raw)
    done = 0

    def chunks() -> Iterator[pa.Table]:
        nonlocal done
        for batch in file.iter_batches(CHUNK_ROWS):
            yield pa.Table.from_batches([batch])
            done += len(batch)

    return Rows(file.schema_arrow, chunks(), file.metadata.num_rows, lambda: done)


def _open_csv(path: Path, raw: Any) -> Rows:
    names = _head(path)
    torn: list[str] = []

    def keep(row: Any) -> str:
        torn.append(row.text or "")
        return "skip"

    schema = pa.schema([(name, pa.string()) for name in names])
    reader = pacsv.open_csv(
        gzip.GzipFile(fileobj=raw) if path.name.lower().endswith(".gz") else raw,
        pacsv.ReadOptions(block_size=BLOCK_BYTES),
        pacsv.ParseOptions(ignore_empty_lines=True, newlines_in_values=True, invalid_row_handler=keep),
        pacsv.ConvertOptions(column_types=schema, strings_can_be_null=False),
    )
    return Rows(schema, (pa.Table.from_batches([batch]) for batch in reader), path.stat().st_size, raw.tell, torn)


def _head(path: Path) -> list[str]:
    opened = gzip.open if path.name.lower().endswith(".gz") else open
    try:
        with opened(path, "rt", encoding="utf-8-sig", newline="") as file:
            names = next((row for row in csv.reader(file) if row), [])
    except (UnicodeDecodeError, gzip.BadGzipFile, csv.Error) as error:
        raise ValueError(f"{path.name} is not a CSV file in UTF-8: {error}") from error
    if not names:
        raise ValueError(f"{path.name} is empty: its first line must name the columns")
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"{path.name} has two columns named `{min(twice)}`")
    return names


def torn_table(rows: Rows) -> tuple[pa.Table, list[str]]:
    """The rows that did not fit the head, cut or filled to it, and what is wrong with each."""
    width = len(rows.schema)
    cells = [next(csv.reader([text]), []) for text in rows.torn]
    errors = [f"TORN_ROW: {len(row)} cells where the head has {width} columns" for row in cells]
    columns = [[row[i] if i < len(row) else "" for row in cells] for i in range(width)]
    return pa.table([pa.array(column, pa.string()) for column in columns], schema=rows.schema), errors


def whole_quotes(chunks: Iterator[pa.Table], column: str | None) -> Iterator[pa.Table]:
    """The same rows in chunks that end where a quote ends: the rows of the last quote wait for the next chunk.

    A quote whose rows stand apart is whole as long as they are within one chunk (8 MiB of CSV).
    """
    held: pa.Table | None = None
    for chunk in chunks:
        if held is None:
            held = chunk
            continue
        cut = len(held) if column is None else _last_start(held.column(column))
        if cut:
            yield held.slice(0, cut)
        held = pa.concat_tables([held.slice(cut), chunk])
    if held is not None:
        yield held


def _last_start(column: pa.ChunkedArray) -> int:
    """The row at which the last quote begins."""
    if not len(column):
        return 0
    other = pc.fill_null(pc.not_equal(column, column[-1]), True).combine_chunks()
    before = np.flatnonzero(other.to_numpy(zero_copy_only=False))
    return int(before[-1]) + 1 if len(before) else 0


# ---------------------------------------------------------------- out


class Sink(Protocol):
    """Takes tables of one schema."""

    def write(self, table: pa.Table) -> None:
        """Write a table's rows."""

    def close(self) -> None:
        """Write what is left."""


@contextmanager
def open_sink(path: Path, decimals: int, money: Sequence[str] = PRICES, currency: str = "") -> Iterator[Sink]:
    """Open OUT; it appears whole when the block ends well, and not at all when it does not. `money`: columns of int64 micros;
    `currency`: the column of what they are in, where a row's may be another's than that of `decimals`."""
    format_ = format_of(path)
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    gzipped = path.name.endswith(".gz")
    sink: Sink = CsvSink(draft, gzipped, decimals, money, currency) if format_ == "csv" else ParquetSink(draft)
    try:
        yield sink
        sink.close()
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


class ParquetSink:
    """Parquet: amounts as int64 micros."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.writer: pq.ParquetWriter | None = None

    def write(self, table: pa.Table) -> None:
        """Write a table as a row group."""
        if self.writer is None:
            self.writer = pq.ParquetWriter(self.path, table.schema)
        self.writer.write_table(table)

    def close(self) -> None:
        """Write the footer."""
        if self.writer is not None:
            self.writer.close()


class CsvSink:
    """CSV: cells quoted only where they must be, amounts as decimals of the currency."""

    def __init__(self, path: Path, gzipped: bool, decimals: int, money: Sequence[str], currency: str = "") -> None:
        self.file: Any = gzip.open(path, "wb", 6) if gzipped else path.open("wb")  # noqa: SIM115 (closed by `close`)
        self.decimals, self.money, self.currency = decimals, money, currency
        self.begun = False

    def write(self, table: pa.Table) -> None:
        """Write rows, after the head if they are the first."""
        if not self.begun:
            self.file.write(_joined([_quoted(pa.array([name])) for name in table.column_names]))
            self.begun = True
        if len(table):
            self.file.write(_joined([self._cells(table, name) for name in table.column_names]))

    def close(self) -> None:
        """Close the file."""
        self.file.close()

    def _cells(self, table: pa.Table, name: str) -> pa.Array:
        column = table.column(name).combine_chunks()
        if isinstance(column, pa.ChunkedArray):
            column = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
        if name in self.money:
            return pc.fill_null(self._amounts(table, column), "")
        if pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        return _quoted(pc.fill_null(column.cast(pa.string()), ""))

    def _amounts(self, table: pa.Table, column: pa.Array) -> pa.Array:
        """Each amount with the decimals of its own currency."""
        text = decimal_text(column, self.decimals)
        if self.currency:
            codes = table.column(self.currency).combine_chunks()
            for code in pc.unique(codes).to_pylist():
                if code in currencies() and decimals_of(code) != self.decimals:
                    text = pc.if_else(pc.equal(codes, code), decimal_text(column, decimals_of(code)), text)
        return text


def _quoted(cells: pa.Array) -> pa.Array:
    must = pc.match_substring_regex(cells, '[",\r\n]')
    if not pc.any(must).as_py():
        return cells
    doubled = pc.replace_substring(cells, '"', '""')
    return pc.if_else(must, pc.binary_join_element_wise('"', doubled, '"', ""), cells)


def _joined(columns: list[pa.Array]) -> memoryview:
    """The rows of text columns as CSV bytes, straight from the joined array's buffer."""
    rows = pc.binary_join_element_wise(*[c.cast(pa.large_string()) for c in columns], pa.scalar(",", pa.large_string()))
    ended = pc.binary_join_element_wise(rows, pa.scalar("", pa.large_string()), pa.scalar("\n", pa.large_string()))
    _, offsets, data = ended.buffers()
    ends = np.frombuffer(offsets, np.int64)[ended.offset : ended.offset + len(ended) + 1]
    return memoryview(data)[int(ends[0]) : int(ends[-1])]


def decimal_text(micros: pa.Array, decimals: int) -> pa.Array:
    """int64 micros as decimals with at least the currency's decimals: 34_500_000 is `34.50`."""
    values = micros.fill_null(0).to_numpy(zero_copy_only=False)
    grain = 10 ** (6 - decimals)
    coarse = not np.any(values % grain)
    scale = decimals if coarse else 6
    text = _decimals(values // grain if coarse else values, scale).cast(pa.string())
    if not coarse:
        text = pc.replace_substring_regex(text, rf"(\.\d{{{decimals}}}(?:\d*[1-9])?)0*$", r"\1")
        text = pc.replace_substring_regex(text, r"\.$", "")
    return pc.if_else(micros.is_valid(), text, pa.scalar(None, pa.string()))


def _decimals(values: np.ndarray, scale: int) -> pa.Array:
    """int64 as decimal128 of this scale: the low word is the value, the high word its sign."""
    words = np.empty((len(values), 2), np.int64)
    words[:, 0], words[:, 1] = values, values >> 63
    return pa.Array.from_buffers(pa.decimal128(38, scale), len(values), [None, pa.py_buffer(words)])
