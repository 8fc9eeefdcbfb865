"""Data files: what comes in goes out as it was, whatever its cells hold and however it is cut into chunks."""

from __future__ import annotations

import csv
import gzip
import itertools
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.cli import files

HARD = ["plain", 'a "quoted" word', "comma, comma", "two\nlines", "", "ü€", " padded "]


def write(path: Path, rows: list[list[str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return path


def copy(source: Path, out: Path) -> list[list[str]]:
    with files.open_rows(source) as rows, files.open_sink(out, 2) as sink:
        for table in files.whole_quotes(rows.chunks, None):
            sink.write(table)
    with out.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def test_cells_come_out_as_they_went_in(tmp_path: Path) -> None:
    rows = [["name", "it, itself"], *[[cell, cell[::-1]] for cell in HARD]]
    assert copy(write(tmp_path / "in.csv", rows), tmp_path / "out.csv") == rows


def test_gzip_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    source = tmp_path / "in.csv.gz"
    source.write_bytes(gzip.compress("\ufeffa,b\r\n1,2\r\n\r\n3,4\r\n".encode()))
    assert copy(source, tmp_path / "out.csv") == [["a", "b"], ["1", "2"], ["3", "4"]]


def test_torn_rows_are_kept_aside_with_their_fault(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text('a,b\n1,2\n"x, y"\n5,6,7\n')
    with files.open_rows(source) as rows:
        whole = pa.concat_tables(rows.chunks).to_pylist()
        torn, faults = files.torn_table(rows)
    assert whole == [{"a": "1", "b": "2"}]
    assert torn.to_pylist() == [{"a": "x, y", "b": ""}, {"a": "5", "b": "6"}]
    assert faults == [
        "TORN_ROW: 1 cells where the head has 2 columns",
        "TORN_ROW: 3 cells where the head has 2 columns",
    ]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("in.csv", b"", "is empty"),
        ("in.csv", b"a,a\n1,2\n", "two columns named `a`"),
        ("in.csv", b"\xff\xfe\x00a", "not a CSV file in UTF-8"),
        ("in.parquet", b"not parquet at all", "in.parquet"),
        ("in.xlsx", b"", "neither CSV nor Parquet"),
    ],
)
def test_a_file_that_is_not_what_its_name_says(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=words), files.open_rows(tmp_path / name):
        pass


def test_out_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    with pytest.raises(TypeError), files.open_sink(tmp_path / "out.csv", 2) as sink:
        sink.write(pa.table({"net": ["not an amount"]}))
    assert list(tmp_path.iterdir()) == []


@given(st.lists(st.integers(0, 3), max_size=30), st.integers(1, 7))
def test_chunks_end_where_a_quote_ends(runs: list[int], size: int) -> None:
    column = [f"q{i}" for i, length in enumerate(runs) for _ in range(length)]
    table = pa.table({"quote": pa.array(column, pa.string())})
    chunks = [table.slice(i, size) for i in range(0, len(table), size)]
    whole = [chunk.column("quote").to_pylist() for chunk in files.whole_quotes(iter(chunks), "quote")]
    assert [cell for chunk in whole for cell in chunk] == column
    assert all(left[-1] != right[0] for left, right in itertools.pairwise(whole))


@given(st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), min_size=1), st.sampled_from([0, 2, 3]))
def test_amounts_are_written_exactly(micros: list[int | None], decimals: int) -> None:
    for value, text in zip(micros, files.decimal_text(pa.array(micros, pa.int64()), decimals).to_pylist(), strict=True):
        if value is None:
            assert text is None
        else:
            assert Decimal(text) * 10**6 == value
            assert len(text.partition(".")[2]) >= decimals
            assert text.partition(".")[2][decimals:][-1:] != "0"


def test_parquet_keeps_types_and_amounts_in_micros(tmp_path: Path) -> None:
    table = pa.table({"n": pa.array([1, None], pa.int32()), "net": pa.array([34_500_000, None], pa.int64())})
    with files.open_sink(tmp_path / "out.parquet", 2) as sink:
        sink.write(table)
    assert pq.read_table(tmp_path / "out.parquet").equals(table)
