"""Past lines from a file, for the commands that compare: read as `quo price` reads, chunk by chunk, for one book or two."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from engine.cli.columns import (
    CODES,
    CURRENCY,
    OURS,
    OWN,
    Lines,
    Reading,
    as_written,
    constant_error,
    distinct,
    lines_of,
    reading_of,
)
from engine.cli.console import err
from engine.cli.coupons import say_unknown, unknown_codes
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
    unknown: dict[str, None] = field(default_factory=dict)  # codes that no coupon of any plan asks for

    def chunks(self) -> Iterator[tuple[pa.Table, list[Lines]]]:
        """Tables that end where a quote ends, and their lines by each plan's codes.

        Raises:
            ValueError: a row is in another currency than the plans'.
        """
        for table in whole_quotes(self.rows.chunks, self.readings[0].columns.get("quote")):
            self._check_currency(table)
            self._note_unknown(table)
            yield (
                table,
                [lines_of(plan, reading, table) for plan, reading in zip(self.plans, self.readings, strict=True)],
            )
            self.progress.update(self.progress.task_ids[0], completed=self.rows.position())

    def _check_currency(self, table: pa.Table) -> None:
        column = self.readings[0].columns.get(CURRENCY)
        if column is None:
            return
        indices, values = distinct(table.column(column))
        for i in np.unique(indices).tolist():
            if values[i] is not None and (error := currency_error(self.plans[0], as_written(values[i]))):
                raise ValueError(f"column `{column}`: {error}")

    def _note_unknown(self, table: pa.Table) -> None:
        column = self.readings[0].columns.get(CODES)
        if column is not None:
            self.unknown.update(dict.fromkeys(_unknown_to_all(self.plans, distinct(table.column(column))[1])))


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
        renames = {name: OURS.get(our, our) for name, our in renames.items()}
        constants = {OURS.get(our, our): text for our, text in constants.items()}
        readings = [_reading(plan, plans, rows.schema.names, renames, constants) for plan in plans]
        with _progress(rows, doing) as progress:
            past = Past(rows, plans, readings, progress)
            yield past
    say_unknown([plan.head.name for plan in plans], past.unknown)


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
        (CODES, CURRENCY),
    )
    for name, text in reading.constants.items():
        error = _wrong_constant(plan, plans, name, text)
        if error:
            raise ValueError(f"--set {name}={text}: {error}")
    return reading


def _wrong_constant(plan: Plan, plans: Sequence[Plan], name: str, text: str) -> str | None:
    if name == CURRENCY:
        return currency_error(plan, text)
    if name == CODES:
        unknown = _unknown_to_all(plans, [text])
        return f"no coupon of {plan.head.name} asks for {', '.join(unknown)}" if unknown else None
    return constant_error(plan, name, text)


def _unknown_to_all(plans: Sequence[Plan], values: list[Any]) -> list[str]:
    """A code that only one of two books knows is what they differ in."""
    first, *others = (unknown_codes(plan, values) for plan in plans)
    return [code for code in first if all(code in other for other in others)]


def currency_error(plan: Plan, code: str) -> str | None:
    """Why past lines in a currency are not compared; None where it is the book's own."""
    home = plan.head.currency
    if code == home:
        return None
    return (
        f"a row is in `{code[:20]}`, and {plan.head.name} in {home}: lines are compared in the book's currency only;"
        f" leave such rows out, or say --set {CURRENCY}={home} where all amounts are in {home}"
    )


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
