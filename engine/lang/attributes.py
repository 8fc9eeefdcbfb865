"""Attributes of products, which bundles look at and sum up: `attribute watts 65`, `attribute socket am5`, or a column of a file."""

from __future__ import annotations

from engine.lang import words
from engine.lang.budgets import PRICE
from engine.lang.draft import Draft, Goods
from engine.lang.places import Span
from engine.lang.sheets import CsvSheet
from engine.lang.syntax import Lit, ProductsFrom, Word
from engine.lang.tables import position
from engine.lang.types import parse
from engine.values.kinds import Kind

NUMBER = Kind("number")


def take_attributes(draft: Draft, goods: Goods, said: tuple[tuple[Word, Word | Lit], ...]) -> None:
    """Those that a product's block says."""
    for name, value in said:
        if name.text == PRICE:
            draft.report.add(words.reserved("attribute", name.text, name.span))
        elif name.text in goods.attributes:
            draft.report.add(words.twice(name.text, name.span))
        elif isinstance(value, Lit):
            tick = parse(draft, NUMBER, value.text, value.span)
            _take(draft, goods, name.text, 0 if tick is None else tick, value.span)
        else:
            _take(draft, goods, name.text, value.text, value.span)


def attribute_columns(draft: Draft, source: ProductsFrom, sheet: CsvSheet) -> list[tuple[str, int]]:
    """Which column of a file gives which attribute."""
    found = {}
    for name, column in source.attributes:
        if name.text == PRICE:
            draft.report.add(words.reserved("attribute", name.text, name.span))
        elif name.text in found:
            draft.report.add(words.twice(name.text, name.span))
        elif (at := position(draft, sheet, column, column)) is not None:
            found[name.text] = at
    return list(found.items())


def take_cells(draft: Draft, goods: Goods, sheet: CsvSheet, row: int, columns: list[tuple[str, int]]) -> None:
    """Those of a file's row; an empty cell is none."""
    for name, at in columns:
        text = sheet.rows[row][at]
        if text:
            _take(draft, goods, name, _read(text), sheet.cell_span(row, at))


def _read(text: str) -> int | str:
    """A number where it is one, else the word."""
    try:
        return int(NUMBER.parse(text))
    except ValueError:
        return text


def _take(draft: Draft, goods: Goods, name: str, value: int | str, span: Span) -> None:
    """An attribute is a number of all products that have it, or of none."""
    first = draft.places.setdefault(
        ("attribute that is a number" if isinstance(value, int) else "attribute that is a word", name), span
    )
    other = draft.places.get(
        ("attribute that is a word" if isinstance(value, int) else "attribute that is a number", name)
    )
    if other is not None and first is span:
        draft.report.add(words.mixed_attribute(name, other, span))
    goods.attributes[name] = value
