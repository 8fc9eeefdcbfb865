"""What is said about tables and files: E4xx."""

from __future__ import annotations

import re

from engine.lang.diagnostics import Diagnostic
from engine.lang.places import Span
from engine.lang.words.form import Near, cut, error


def no_file(name: str, span: Span, near: Near) -> Diagnostic:
    return error("E401", span, f"the book has no file `{cut(name)}`", near.help("put it beside this file"))


def not_utf8(file: str, line: int) -> Diagnostic:
    return error("E402", Span(file, line), "this file is not UTF-8 text from this line on", "save it as UTF-8")


def csv_broken(span: Span, reason: str, fix: str = "quote cells that hold commas, quotes or line ends") -> Diagnostic:
    return error("E403", span, f"this file cannot be read as CSV: {reason}", fix)


def row_width(span: Span, got: int, wanted: int) -> Diagnostic:
    return error(
        "E404",
        span,
        f"this row has {got} cells, the head has {wanted}",
        "write a cell for every column, even an empty one",
    )


def open_quote(text: str, span: Span) -> Diagnostic:
    return error(
        "E106", span, f"the quotes of `{cut(text)}` do not go around it", "write one text between two quotes, or none"
    )  # fmt: skip


def no_column(name: str, where: str, span: Span, near: Near) -> Diagnostic:
    return error("E405", span, f"{where} has no column `{cut(name)}`", near.help())


def no_head(name: str, where: str, span: Span, near: Near, own: str) -> Diagnostic:
    """A column that a file or table does not have; a head that is no name is shown as it is to be written, after `own`."""
    plain = not near.best or re.fullmatch(r"[a-z][a-z0-9_]*", near.best)
    fix = near.help() if plain else f'the file has `{cut(near.best)}`: write {own}"{cut(near.best)}"'
    return error("E405", span, f"{where} has no column `{cut(name)}`", fix)


def cell(column: str, reason: str, span: Span) -> Diagnostic:
    return error("E406", span, f"column `{cut(column)}`: {reason}")


def empty_cell(column: str, span: Span) -> Diagnostic:
    return error("E407", span, f"column `{cut(column)}` is empty here", "fill the cell, or declare the column optional")


def key_twice(key: str, span: Span, first: Span) -> Diagnostic:
    return error(
        "E408", span, f"`{cut(key)}` is already the key of line {first.line}", "a key names one row: change one of them"
    )


def unknown_cell(what: str, value: str, column: str, span: Span, near: Near) -> Diagnostic:
    return error("E409", span, f"column `{cut(column)}`: there is no {what} `{cut(value)}`", near.help())


def too_large(what: str, limit: str, span: Span) -> Diagnostic:
    return error(
        "E410", span, f"{what} is too large: at most {limit}", "split it, or leave out what the book does not use"
    )


def undeclared_column(name: str, span: Span, near: Near) -> Diagnostic:
    return error(
        "E411",
        span,
        f"column `{cut(name)}` is not declared",
        near.help(f"add a line under the table: {cut(name)}: text"),
    )


def column_use(name: str, reason: str, span: Span, fix: str) -> Diagnostic:
    return error("E412", span, f"column `{cut(name)}` {reason}", fix)


def list_needs(what: str, kind: str, span: Span) -> Diagnostic:
    return error(
        "E413",
        span,
        f"a {kind} list has one column of {what}",
        f"declare one: {'sku: product' if what == 'product' else 'amount: money per piece'}",
    )


def head_twice(name: str, file: str, span: Span) -> Diagnostic:
    return error("E416", span, f"`{file}` has two columns `{cut(name)}`", "give one of them another name")


def no_join(table: str, rows: str, span: Span) -> Diagnostic:
    fix = f"declare a column of `{table}` as a join, such as: offer_id: {rows}.offer_id"
    return error("E415", span, f"no column of `{table}` joins it to the rows of `{rows}`", fix)
