"""Data-file columns to the engine's int64 columns and back. Each distinct value is read once; rows are only arrays.

    CSV or Parquet column --dictionary--> distinct values --read--> codes, errors --take--> int64 [rows]

What a value cannot be read as is an error of its rows, in words; the other rows are priced.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from engine.cli.coupons import code_columns
from engine.plan import exchange
from engine.plan import layout as at
from engine.plan.plan import Plan
from engine.pricing.codes import codes_of
from engine.pricing.columns import PricedColumns, encode, price_columns, prices_whole_quotes
from engine.pricing.sources import Column, Values
from engine.values.kinds import MAX_TICKS, MICROS, millionths

Ints = npt.NDArray[np.int64]
OWN = ("quote", "date", "sku", "quantity", "group")
CODES, CURRENCY = "codes", "currency"
OURS = {exchange.CURRENCY: CURRENCY}
"""`quote.currency` is how books and quotes call it."""
REQUIRED = ("date", "sku", "quantity")
ADDED = ("unit_net", "net", "currency", "book_version", "error")
"""What OUT has beside the input's columns; columns of these names in the input are computed anew."""


@dataclass(frozen=True)
class Reading:
    """Where each of our names comes from: a column of the file, or a constant."""

    columns: Mapping[str, str]
    constants: Mapping[str, str]


def reading_of(
    plan: Plan,
    names: Sequence[str],
    renames: Mapping[str, str],
    constants: Mapping[str, str],
    more: Sequence[str] = (),
) -> Reading:
    """Settle which column (or constant) gives what. `renames` is input name -> our name; `more`: our names beside OWN.

    Raises:
        ValueError: a name is not ours or not the file's, or a required column is nowhere.
    """
    paths = [fact.path for fact in plan.head.facts]
    ours = [*OWN, *more, *paths]
    for name in (*renames.values(), *constants):
        if name not in ours:
            raise ValueError(f"`{name}` is neither a column quo knows nor a fact of the book: it has {', '.join(ours)}")
    of_file = {name.strip(): name for name in names}
    for name in renames:
        if name not in of_file:
            raise ValueError(f"the file has no column `{name}`: it has {', '.join(of_file)}")
    columns = {name: of_file[name] for name in ours if name in of_file}
    columns |= {our: of_file[name] for name, our in renames.items()}
    columns = {name: column for name, column in columns.items() if name not in constants}
    for name in REQUIRED:
        if name not in columns and name not in constants:
            raise ValueError(f"the file has no column `{name}`: name it with --columns ITS_NAME={name}")
    return Reading(columns, constants)


# ---------------------------------------------------------------- reading values

Read = Callable[[Any], int]


def ordinal_of(zone: ZoneInfo) -> Read:
    """Reads a date, or the day of a timestamp: its own, or the zone's where it carries an offset."""

    def read(value: Any) -> int:
        if isinstance(value, str):
            value = _from_iso(value.strip())
        if isinstance(value, datetime):
            value = (value.astimezone(zone) if value.tzinfo else value).date()
        if not isinstance(value, date):
            raise ValueError(f"`{value}` is not a date such as 2026-01-15")
        return value.toordinal()

    return read


def _from_iso(text: str) -> date:
    try:
        if re.match(r"\d{4}-\d{2}-\d{2}([T ]|\Z)", text):
            return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)
    except ValueError:
        pass  # 2026-02-30: the same words as for any other slip
    raise ValueError(f"`{text[:60]}` is not a date such as 2026-01-15")


def ticks_of(value: Any) -> int:
    """Reads a quantity as millionths: a whole number, a decimal, or either as text (`3`, `3.50`, `3 pieces`)."""
    ticks = millionths(as_written(value).partition(" ")[0])
    if abs(ticks) > MAX_TICKS:
        raise ValueError(f"`{value}` is too large a quantity")
    return ticks


def as_written(value: Any) -> str:
    """A cell as people write it: no exponent, no zeros past the sixth decimal."""
    if type(value) is str and "." not in value:
        return value.strip()
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float | Decimal):
        exact = Decimal(repr(value)) if isinstance(value, float) else value
        value = f"{exact:f}" if exact.is_finite() and exact.adjusted() < 40 else str(value)
    if isinstance(value, datetime):
        value = value.date()
    text = str(value).strip()
    whole, point, decimals = text.partition(".")
    return f"{whole}.{decimals.rstrip('0') or '0'}" if point and len(decimals) > 6 and decimals.isdigit() else text


def _one_array(column: pa.ChunkedArray) -> pa.Array:
    """A column's values in one array."""
    if column.num_chunks == 1:
        return column.chunk(0)
    array = column.combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = array.chunk(0) if array.num_chunks else pa.array([], column.type)
    return array


def distinct(column: pa.ChunkedArray) -> tuple[Ints, list[Any]]:
    """(int64 [rows] index of each row's value, the values; the last one is None, for empty cells)."""
    array = _one_array(column)
    if not pa.types.is_dictionary(array.type):
        array = array.dictionary_encode()
    values = [
        None if v is None or (isinstance(v, str) and (not v or v.isspace())) else v
        for v in array.dictionary.to_pylist()
    ]
    indices = array.indices if not array.null_count else array.indices.cast(pa.int64()).fill_null(len(values))
    return indices.to_numpy(zero_copy_only=False), [*values, None]


@dataclass
class Lines:
    """Lines by column, and what is wrong with some of them."""

    quote: Ints | None  # None: each row is a quote of its own
    date: Column
    product: Column
    quantity: Column
    group: Column | None
    facts: dict[str, Column]
    sku: Callable[[int], str]
    errors: dict[int, str] = field(default_factory=dict)


def lines_of(plan: Plan, reading: Reading, table: pa.Table) -> Lines:
    """Encode a table's rows."""
    errors: dict[int, str] = {}

    def column(name: str) -> tuple[Ints, list[Any]]:
        if name in reading.constants:
            return np.ndarray(len(table), np.int64, np.zeros(1, np.int64), strides=(0,)), [
                reading.constants[name],
                None,
            ]
        return distinct(table.column(reading.columns[name]))

    def numbers(name: str, code: str, read: Read) -> Column:
        plain = None if name in reading.constants else _plain_numbers(name, table.column(reading.columns[name]), errors)
        if plain is not None:
            return plain
        indices, values = column(name)
        codes, wrong = _read_each(values, read, f"`{name}` is empty")
        _note(errors, indices, [w and f"{code}: {w}" for w in wrong])
        return Column(indices, codes)

    dates = numbers("date", "INVALID_DATE", ordinal_of(ZoneInfo(plan.head.zone)))
    quantity = numbers("quantity", "INVALID_QUANTITY", ticks_of)
    product, sku = _products(plan, column, reading, table)
    given = [name for name in (f.path for f in plan.head.facts) if name in reading.columns or name in reading.constants]
    facts = {
        path: _constant(plan, path, reading.constants[path], len(table), errors)
        if path in reading.constants
        else _facts(plan, path, *column(path), errors)
        for path in given
    }
    has_group = "group" in reading.columns or "group" in reading.constants
    group = _groups(plan, *column("group"), errors) if has_group else None
    quote = _quotes(*column("quote")) if "quote" in reading.columns else None
    if CODES in reading.columns or CODES in reading.constants:
        facts |= code_columns(plan, *column(CODES), quote)
    return Lines(quote, dates, product, quantity, group, facts, sku, errors)


def _products(
    plan: Plan, column: Callable[[str], tuple[Ints, list[Any]]], reading: Reading, table: pa.Table
) -> tuple[Column, Callable[[int], str]]:
    """The product of each row, and what names it there."""
    plain = None if "sku" in reading.constants else _texts(table.column(reading.columns["sku"]))
    if plain is not None:
        found, missed = codes_of(plan).find(*plain)
        if not missed:
            skus = table.column(reading.columns["sku"])
            return Column(found), lambda i: str(skus[i].as_py())
    indices, values = column("sku")
    known = plan.head.index
    codes = np.array([-1 if value is None else known.get(as_written(value), -1) for value in values], np.int64)
    return Column(indices, codes), lambda i: str(values[indices[i]] or "")


def _texts(column: pa.ChunkedArray) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint8]] | None:
    """Where the texts of a column begin (int32 [rows + 1]), and their bytes; None where it is no column of texts alone."""
    if not pa.types.is_string(column.type) or column.null_count or not len(column):
        return None
    array = _one_array(column)
    _, offsets, data = array.buffers()
    if data is None:
        return None
    return np.frombuffer(offsets, np.int32)[array.offset : array.offset + len(array) + 1], np.frombuffer(data, np.uint8)


EPOCH = date(1970, 1, 1).toordinal()
FIRST_DAY, LAST_DAY = date.min.toordinal() - EPOCH, date.max.toordinal() - EPOCH


def _plain_numbers(name: str, column: pa.ChunkedArray, errors: dict[int, str]) -> Column | None:
    """Days and whole quantities of typed columns without a gap, which need no reading; None for any other column."""
    if column.null_count or not len(column):
        return None
    if name == "date" and pa.types.is_date32(column.type):
        array = _one_array(column)
        days = np.frombuffer(array.buffers()[1], np.int32)[array.offset : array.offset + len(array)]
        if int(days.min()) < FIRST_DAY or int(days.max()) > LAST_DAY:
            for row in np.flatnonzero((days < FIRST_DAY) | (days > LAST_DAY)).tolist():
                errors.setdefault(row, "INVALID_DATE: a date is in the years 1 to 9999")
        return Column(days, plus=EPOCH)
    if name == "quantity" and pa.types.is_signed_integer(column.type):
        whole = column.to_numpy()
        if int(whole.min()) >= -MAX_TICKS // MICROS and int(whole.max()) <= MAX_TICKS // MICROS:
            return Column(whole, times=MICROS)
    return None


def _read_each(values: list[Any], read: Read, empty: str) -> tuple[Ints, list[str | None]]:
    codes, wrong = np.zeros(len(values), np.int64), [None] * (len(values) - 1) + [empty]
    for i, value in enumerate(values):
        try:
            codes[i] = read(value) if value is not None else 0
            wrong[i] = empty if value is None else None
        except ValueError as error:
            wrong[i] = str(error)
    return codes, wrong


def _note(errors: dict[int, str], indices: Ints, wrong: Sequence[str | None]) -> None:
    """Note an error for each row whose value is wrong; a row keeps its first."""
    bad = np.array([w is not None for w in wrong])
    if not bad[:-1].any() and (not bad[-1] or len(indices) == 0 or int(indices.max()) < len(bad) - 1):
        return
    for row in np.flatnonzero(bad[indices]):
        errors.setdefault(int(row), str(wrong[indices[row]]))


def _facts(plan: Plan, path: str, indices: Ints, values: list[Any], errors: dict[int, str]) -> Column:
    codes, wrong = encode(plan, path, [None if value is None else as_written(value) for value in values])
    _note(errors, indices, [w and f"INVALID_FACT: `{path}`: {w}" for w in wrong])
    return Column(indices, codes)


def _constant(plan: Plan, path: str, text: str, lines: int, errors: dict[int, str]) -> Column:
    """A fact that is the same on every row."""
    codes, wrong = encode(plan, path, [text])
    if wrong[0]:
        for row in range(lines):
            errors.setdefault(row, f"INVALID_FACT: `{path}`: {wrong[0]}")
    return Column(np.ndarray(lines, np.int64, codes, strides=(0,)))


def _groups(plan: Plan, indices: Ints, values: list[Any], errors: dict[int, str]) -> Column:
    words, names = plan.words[at.GROUP], plan.head.groups
    codes = [at.UNKNOWN if value is None else words.get(str(value), at.OTHER) for value in values]
    known = ", ".join(names) or "none"
    _note(errors, indices, [
        f"UNKNOWN_GROUP: the book has no group `{value}`: it has {known}" if value is not None and value not in names else None
        for value in values
    ])  # fmt: skip
    return Column(indices, np.array(codes, np.int64))


def _quotes(indices: Ints, values: list[Any]) -> Ints:
    """A number for each quote; a row without one is a quote of its own."""
    alone = np.array([value is None for value in values])[indices]
    numbers: Ints = np.where(alone, len(values) + np.arange(len(indices)), indices)
    return numbers


def constant_error(plan: Plan, name: str, text: str) -> str | None:
    """What is wrong with a constant for one of our names, or None."""
    try:
        if name == "date":
            ordinal_of(ZoneInfo(plan.head.zone))(text)
        elif name == "quantity":
            ticks_of(text)
        elif name not in OWN:
            return encode(plan, name, [text])[1][0]
    except ValueError as error:
        return str(error)
    return None


# ---------------------------------------------------------------- pricing


@dataclass(frozen=True)
class Prices:
    """int64 micros [rows], a mask of the rows that have a price, and the others' errors."""

    unit_net: Ints
    net: Ints
    fine: npt.NDArray[np.bool_]
    errors: Mapping[int, str]
    currency: pa.Array | None = None  # of each row, where they are not all in the book's


WANTED = ("unit_net", "net_amount")


def price_table(plan: Plan, reading: Reading, table: pa.Table) -> Prices:
    """Price a table's rows."""
    lines = lines_of(plan, reading, table)
    product: Values = lines.product
    if lines.errors:
        product = lines.product.whole()
        product[list(lines.errors)] = -1
    if not prices_whole_quotes(plan):
        priced = price_columns(
            plan, None, lines.date, product, lines.quantity, lines.facts, lines.group, lines.sku, want=WANTED
        )
        return Prices(priced.unit_net, priced.net_amount, priced.fine, _errors(lines, priced, int))
    quote = np.arange(len(table)) if lines.quote is None else lines.quote
    order = np.argsort(quote, kind="stable")
    priced = price_columns(
        plan, quote[order], _in_order(lines.date, order), _in_order(product, order), _in_order(lines.quantity, order),
        {path: _in_order(codes, order) for path, codes in lines.facts.items()},
        None if lines.group is None else _in_order(lines.group, order), lambda i: lines.sku(int(order[i])), want=WANTED,
    )  # fmt: skip
    back = np.argsort(order)
    errors = _errors(lines, priced, lambda i: int(order[i]))
    return Prices(priced.unit_net[back], priced.net_amount[back], priced.fine[back], errors)


def _in_order(column: Values, order: Ints) -> Values:
    """The column with its rows in another order."""
    return replace(column, values=column.values[order]) if isinstance(column, Column) else column[order]


def _errors(lines: Lines, priced: PricedColumns, row_of: Callable[[int], int]) -> dict[int, str]:
    """What is wrong with each row that has no price; what could not be read comes before what could not be priced."""
    errors = dict(lines.errors)
    for i in priced.faults:
        error = priced.error(i)
        if error is not None:
            errors.setdefault(row_of(i), f"{error.code}: {error.message}")
    return errors


def with_prices(plan: Plan, table: pa.Table, prices: Prices) -> pa.Table:
    """The table and what OUT adds to it; amounts are int64 micros, empty where there is no price."""
    kept = table.drop_columns([name for name in ADDED if name in table.column_names])
    missing = ~prices.fine
    text = np.full(len(table), None, object)
    for row, message in prices.errors.items():
        text[row] = message
    columns = (
        pa.array(prices.unit_net, pa.int64(), mask=missing),
        pa.array(prices.net, pa.int64(), mask=missing),
        pa.repeat(pa.scalar(plan.head.currency), len(table)) if prices.currency is None else prices.currency,
        pa.repeat(pa.scalar(plan.head.version), len(table)),
        pa.array(text, pa.string()),
    )
    for name, column in zip(ADDED, columns, strict=True):
        kept = kept.append_column(name, column)
    return kept
