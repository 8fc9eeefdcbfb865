"""Past lines from a file, for the commands that compare: read as `quo price` reads, chunk by chunk, for one book or two."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from engine.cli.columns import OWN, Lines, Reading, constant_error, distinct, lines_of, reading_of
from engine.cli.console import err
from engine.cli.files import Rows, open_rows, whole_quotes
from engine.plan.plan import Plan
from engine.pricing.compare.lines import Amounts, Asked
from engine.pricing.sources import Values

Ints = npt.NDArray[np.int64]
NO_WORD = "(none)"
FAMILY = "family"


@dataclass(frozen=True)
class Past:
    """An open file of lines, and how each plan reads it."""

    rows: Rows
    plans: Sequence[Plan]
    readings: Sequence[Reading]
    progress: Progress

    def chunks(self) -> Iterator[tuple[pa.Table, list[Lines]]]:
        """Tables that end where a quote ends, and their lines by each plan's codes."""
        for table in whole_quotes(self.rows.chunks, self.readings[0].columns.get("quote")):
            yield (
                table,
                [lines_of(plan, reading, table) for plan, reading in zip(self.plans, self.readings, strict=True)],
            )
            self.progress.update(self.progress.task_ids[0], completed=self.rows.position())


@contextmanager
def open_past(
    plans: Sequence[Plan], path: Path, renames: Mapping[str, str], constants: Mapping[str, str], doing: str
) -> Iterator[Past]:
    """Open a file of lines, with a progress bar.

    Raises:
        ValueError: a file or a column is not what it must be.
        OSError: the file cannot be read.
    """
    with open_rows(path) as rows:
        readings = [_reading(plan, plans, rows.schema.names, renames, constants) for plan in plans]
        with _progress(rows, doing) as progress:
            yield Past(rows, plans, readings, progress)


def _reading(
    plan: Plan, plans: Sequence[Plan], names: Sequence[str], renames: Mapping[str, str], constants: Mapping[str, str]
) -> Reading:
    """How one plan reads the file: a fact that only another of the plans has is left to that one."""
    mine = {*OWN, *(fact.path for fact in plan.head.facts)}
    others = {fact.path for other in plans for fact in other.head.facts} - mine
    reading = reading_of(
        plan,
        names,
        {name: our for name, our in renames.items() if our not in others},
        {name: text for name, text in constants.items() if name not in others},
    )
    for name, text in reading.constants.items():
        error = constant_error(plan, name, text)
        if error:
            raise ValueError(f"--set {name}={text}: {error}")
    return reading


def _progress(rows: Rows, doing: str) -> Progress:
    console = err()
    bar = Progress(
        TextColumn(doing), BarColumn(), TaskProgressColumn(), TimeRemainingColumn(),
        console=console, disable=not console.is_terminal, transient=True,
    )  # fmt: skip
    bar.add_task(doing, total=rows.size)
    return bar


def asked_of(lines: Lines) -> Asked:
    """Lines as they are priced; one with a cell that could not be read has no product."""
    product: Values = lines.product
    if lines.errors:
        product = lines.product.whole()
        product[list(lines.errors)] = -1
    return Asked(lines.quote, lines.date, product, lines.quantity, lines.facts, lines.group, lines.sku)


def error_texts(lines: Lines, amounts: Amounts) -> dict[int, str]:
    """What is wrong with each row that has no price; what could not be read comes before what could not be priced."""
    texts = dict(lines.errors)
    for row in np.flatnonzero(~amounts.fine).tolist():
        error = None if row in texts else amounts.error(row)
        if error is not None:
            texts[row] = f"{error.code}: {error.message}"
    return texts


# ---------------------------------------------------------------- segments


def check_segments(past: Past, by: Sequence[str]) -> None:
    """Each is a column of the file, a fact or column that is given, or `family`.

    Raises:
        ValueError: one is none of them.
    """
    names = [name for reading in past.readings for name in (*reading.columns, *reading.constants)]
    known = [*dict.fromkeys([*past.rows.schema.names, *names, FAMILY])]
    for name in by:
        if name not in known:
            raise ValueError(f"--by {name}: there is no such column or fact: there is {', '.join(known)}")


def segments_of(past: Past, table: pa.Table, by: Sequence[str], asked: Asked) -> dict[str, tuple[Ints, list[str]]]:
    """Each row's segment: a number, and the word of each number."""
    return {name: _segment(past, table, name, asked) for name in by}


def _segment(past: Past, table: pa.Table, name: str, asked: Asked) -> tuple[Ints, list[str]]:
    for reading in past.readings:
        if name in reading.constants:
            return np.zeros(len(table), np.int64), [reading.constants[name]]
        if name in reading.columns:
            return _words(table.column(reading.columns[name]))
    if name in table.column_names:
        return _words(table.column(name))
    return _families(past.plans[0], asked)


def _words(column: pa.ChunkedArray) -> tuple[Ints, list[str]]:
    """Numbers and words of a column's values: equal words are one segment."""
    codes, values = distinct(column)
    words = [NO_WORD if value is None else str(value) for value in values]
    first = {word: i for i, word in reversed([*enumerate(words)])}
    return np.array([first[word] for word in words], np.int64)[codes], words


def _families(plan: Plan, asked: Asked) -> tuple[Ints, list[str]]:
    """The first family of each line's product; lines of no product are in none."""
    words = [*plan.head.families, NO_WORD]
    none = len(words) - 1
    of = np.array(
        [*(product.families[0] if product.families else none for product in plan.head.products), none], np.int64
    )
    product: Any = asked.product
    return of[product if isinstance(product, np.ndarray) else product.whole()], words
