"""`quo price`: a file of lines in, the same file with prices out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import numpy as np
import pyarrow as pa
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from engine.cli.bundle import open_book
from engine.cli.columns import CODES, CURRENCY, OURS, Prices, Reading, constant_error, distinct, reading_of, with_prices
from engine.cli.console import err, fail, plural
from engine.cli.coupons import say_unknown, unknown_codes
from engine.cli.files import PRICES, Rows, open_rows, open_sink, torn_table, whole_quotes
from engine.cli.foreign import price_rows
from engine.plan.plan import Plan
from engine.pricing.price import no_such_currency
from engine.values.currency import decimals_of


@dataclass
class Tally:
    """What the summary says."""

    lines: int = 0
    wrong: int = 0
    unknown: dict[str, None] = field(default_factory=dict)  # codes that no coupon asks for


def price_command(book: Sequence[Path], lines: Path, out: Path, columns: str, constants: Sequence[str]) -> None:
    """Price every row of `lines` into `out`; a bad row is an error in its row."""
    _, plan = open_book(book)
    began = perf_counter()
    try:
        tally = price_file(plan, lines, out, pairs(columns.split(",") if columns else []), pairs(constants))
    except (ValueError, OSError) as error:
        fail(str(error))
    took = perf_counter() - began
    bad = f"[bold red]{plural(tally.wrong, 'error')}[/]" if tally.wrong else "no errors"
    say_unknown([plan.head.name], tally.unknown)
    err().print(f"{plural(tally.lines, 'line')} priced by {plan.head.name} in {took:.2f} s, {bad} -> {out}")


def pairs(texts: Sequence[str]) -> dict[str, str]:
    """`a=b` pairs.

    Raises:
        ValueError: one is not a pair.
    """
    found = [text.partition("=") for text in texts]
    wrong = next(
        (text for text, (name, sign, value) in zip(texts, found, strict=True) if not (name and sign and value)), None
    )
    if wrong is not None:
        raise ValueError(f"`{wrong}` is not a pair NAME=VALUE")
    return {name.strip(): value.strip() for name, _, value in found}


def price_file(plan: Plan, lines: Path, out: Path, renames: dict[str, str], constants: dict[str, str]) -> Tally:
    """Price a file, chunk by chunk.

    Raises:
        ValueError: a file or a column is not what it must be; nothing is written then.
        OSError: a file cannot be read or written.
    """
    tally = Tally()
    with open_rows(lines) as rows:
        renames = {name: OURS.get(our, our) for name, our in renames.items()}
        constants = {OURS.get(our, our): text for our, text in constants.items()}
        reading = reading_of(plan, rows.schema.names, renames, constants, (CODES, CURRENCY))
        _check_constants(plan, reading)
        sink_of = open_sink(out, decimals_of(plan.head.currency), PRICES, CURRENCY)
        with sink_of as sink, _progress(rows) as progress:
            for table, prices in _priced(plan, reading, rows):
                sink.write(with_prices(plan, table, prices))
                tally.lines += len(table)
                tally.unknown |= dict.fromkeys(_unknown(plan, reading, table))
                tally.wrong += len(table) - int(np.count_nonzero(prices.fine))
                progress.update(progress.task_ids[0], completed=rows.position())
    return tally


def _check_constants(plan: Plan, reading: Reading) -> None:
    """A constant that cannot be read is the caller's mistake, not one of every row."""
    for name, text in reading.constants.items():
        error = _wrong_constant(plan, name, text)
        if error:
            raise ValueError(f"--set {name}={text}: {error}")


def _wrong_constant(plan: Plan, name: str, text: str) -> str | None:
    if name == CURRENCY:
        known = text in (plan.head.currency, *plan.head.currencies)
        return None if known else no_such_currency(plan, text).message
    if name == CODES:
        unknown = unknown_codes(plan, [text])
        return f"no coupon of {plan.head.name} asks for {', '.join(unknown)}" if unknown else None
    return constant_error(plan, name, text)


def _unknown(plan: Plan, reading: Reading, table: pa.Table) -> list[str]:
    column = reading.columns.get(CODES)
    return (
        []
        if column is None or column not in table.column_names
        else unknown_codes(plan, distinct(table.column(column))[1])
    )


def _priced(plan: Plan, reading: Reading, rows: Rows) -> Iterator[tuple[pa.Table, Prices]]:
    empty = True
    for table in whole_quotes(rows.chunks, reading.columns.get("quote")):
        empty = False
        yield table, price_rows(plan, reading, table)
    if rows.torn or empty:
        table, errors = torn_table(rows)
        nothing = np.zeros(len(table), np.int64)
        yield table, Prices(nothing, nothing, nothing != 0, dict(enumerate(errors)))


def _progress(rows: Rows) -> Progress:
    console = err()
    bar = Progress(
        TextColumn("pricing"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn(),
        console=console, disable=not console.is_terminal, transient=True,
    )  # fmt: skip
    bar.add_task("pricing", total=rows.size)
    return bar
