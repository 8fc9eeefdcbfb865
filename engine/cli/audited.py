"""`quo audit`: the lines of a file that were not charged as the book says, why, and what leaked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import typer
from rich.table import Table

from engine.cli.bundle import open_book
from engine.cli.columns import Lines, as_written, distinct
from engine.cli.console import FAULT_OF_BOOK, err, fail, out, plural
from engine.cli.files import PRICES, open_sink
from engine.cli.past import asked_of, error_texts, open_past
from engine.cli.price import pairs
from engine.cli.show import money
from engine.lang.book import Book
from engine.pricing.compare.audit import Audit, Auditor, Because, Found, Leak
from engine.values.currency import decimals_of, minor_unit_micros
from engine.values.kinds import millionths

Ints = npt.NDArray[np.int64]
AMOUNTS = ("book_net", "charged_net", "difference")
ADDED = (*AMOUNTS, "reason", "rule", "error")
"""What OUT has beside the input's columns."""


def audit_command(
    path: Path, orders: Path, charged: str, columns: str, constants: Sequence[str], tolerance: int, to: Path | None, as_json: bool
) -> None:  # fmt: skip
    """Compare what lines were charged with the book; exit code 1 where some are off."""
    book, plan = open_book([path])
    began = perf_counter()
    auditor = Auditor(book, plan, tolerance * minor_unit_micros(book.currency))
    try:
        torn = _run(auditor, orders, charged, pairs(columns.split(",") if columns else []), pairs(constants), to)
    except (ValueError, OSError) as error:
        fail(str(error))
    found = auditor.found
    if as_json:
        print(json.dumps(_as_json(book, found, torn), indent=1))
    else:
        _print(book, found)
    left_out = f", {plural(torn, 'torn row')} left out" if torn else ""
    err().print(f"{plural(found.lines, 'line')} audited in {perf_counter() - began:.2f} s{left_out}")
    if found.leaks:
        raise typer.Exit(FAULT_OF_BOOK)


def _run(
    auditor: Auditor, orders: Path, charged: str, renames: dict[str, str], constants: dict[str, str], to: Path | None
) -> int:
    plan = auditor.plan
    with open_past([plan], orders, renames, constants, "auditing") as past:
        if charged not in past.rows.schema.names:
            names = ", ".join(past.rows.schema.names)
            raise ValueError(
                f"the file has no column `{charged}`: say which one was charged with --charged, of {names}"
            )
        with open_sink(to, decimals_of(plan.head.currency), AMOUNTS) if to else nullcontext() as sink:
            for table, [lines] in past.chunks():
                amounts, errors = _amounts(charged, table.column(charged), plan.head.currency)
                found = auditor.add(asked_of(lines), amounts, _without(len(table), errors))
                if sink is not None:
                    sink.write(_with_reasons(table, lines, amounts, errors, found))
        return len(past.rows.torn)


def _without(count: int, errors: dict[int, str]) -> npt.NDArray[np.bool_]:
    known = np.ones(count, bool)
    known[list(errors)] = False
    return known


def _amounts(name: str, column: pa.ChunkedArray, currency: str) -> tuple[Ints, dict[int, str]]:
    """What each row was charged, in micros, and what cannot be read. Whole numbers under a name that `quo` writes are micros."""
    if name in PRICES and pa.types.is_integer(column.type) and not column.null_count:
        return column.to_numpy(), {}
    indices, values = distinct(column)
    micros, wrong = np.zeros(len(values), np.int64), np.zeros(len(values), bool)
    for i, value in enumerate(values):
        try:
            micros[i] = 0 if value is None else millionths(as_written(value).removesuffix(currency).strip())
            wrong[i] = value is None
        except ValueError:
            wrong[i] = True
    rows = np.flatnonzero(wrong[indices]).tolist()
    return micros[indices], {row: f"INVALID_CHARGE: `{values[indices[row]] or ''}` is no amount" for row in rows}


def _with_reasons(table: pa.Table, lines: Lines, charged: Ints, errors: dict[int, str], found: Found) -> pa.Table:
    """The rows that are off, or that could not be compared, with what OUT adds to them."""
    texts = error_texts(lines, found.book) | errors
    off = dict(zip(found.rows.tolist(), found.because, strict=True))
    rows = np.array(sorted({*off, *texts}), np.int64)
    because = [off.get(row, Because("rounding")) for row in rows.tolist()]
    apart = np.array([row not in off for row in rows.tolist()], bool)
    net = found.book.net[rows]
    unread = np.array([row in errors for row in rows.tolist()], bool)
    added = (
        pa.array(net, pa.int64(), mask=~found.book.fine[rows]), pa.array(charged[rows], pa.int64(), mask=unread),
        pa.array(charged[rows] - net, pa.int64(), mask=apart),
        pa.array([one.reason for one in because], pa.string(), mask=apart),
        pa.array([one.about for one in because], pa.string(), mask=apart),
        pa.array([texts.get(row) for row in rows.tolist()], pa.string()),
    )  # fmt: skip
    kept = table.drop_columns([name for name in ADDED if name in table.column_names]).take(pa.array(rows))
    for name, column in zip(ADDED, added, strict=True):
        kept = kept.append_column(name, column)
    return kept


# ---------------------------------------------------------------- what is said


def _print(book: Book, found: Audit) -> None:
    currency = book.currency
    out().print(
        f"[bold]{book.name}[/] {book.version}: {found.equal:,} of {plural(found.lines, 'line')} as the book says"
    )
    if found.leaks:
        out().print(_table(found, currency))
    for count, words in (
        (found.within, "off, within the tolerance"),
        (found.no_price, "that the book has no price for"),
        (found.unread, "whose charge cannot be read"),
    ):
        if count:
            out().print(f"{plural(count, 'line')} {words}", style="yellow")


def _table(found: Audit, currency: str) -> Table:
    table = Table(title=f"not charged as the book says, {currency}", title_justify="left", title_style="bold")
    table.add_column("reason")
    table.add_column("rule")
    for name in ("lines", "undercharged", "overcharged"):
        table.add_column(name, justify="right", no_wrap=True)
    for because, leak in sorted(found.leaks.items(), key=lambda item: -(item[1].under + item[1].over)):
        table.add_row(because.reason, because.about, *_figures(leak, currency))
    table.add_section()
    table.add_row("in all", "", *_figures(found.wrong, currency), style="bold")
    return table


def _figures(leak: Leak, currency: str) -> list[str]:
    return [f"{leak.lines:,}", money(leak.under, currency), money(leak.over, currency)]


def _as_json(book: Book, found: Audit, torn: int) -> dict[str, Any]:
    return {
        "book": book.name, "version": book.version, "currency": book.currency,
        "lines": found.lines, "equal": found.equal, "within_tolerance": found.within,
        "no_price": found.no_price, "charge_unread": found.unread, "torn_rows": torn, "wrong": _fields(found.wrong),
        "reasons": [{"reason": one.reason, "rule": one.about, **_fields(leak)} for one, leak in found.leaks.items()],
    }  # fmt: skip


def _fields(leak: Leak) -> dict[str, int]:
    return {"lines": leak.lines, "undercharged_micros": leak.under, "overcharged_micros": leak.over}
