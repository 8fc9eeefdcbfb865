"""Priced quotes of one line as rule text: a table of `examples` a product, to be pasted into the book."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from engine.lang import book as b
from engine.lang.format import format_text
from engine.pricing.compare.coverage import applied
from engine.pricing.compare.words import amount, value_words
from engine.pricing.quote import PricedQuote, Quote
from engine.values.kinds import decimal

_CODE = re.compile(r"[a-z][a-z0-9_]*\Z|[A-Z0-9][A-Z0-9]*(?:-[A-Z0-9]+)+\Z")
UNSAID = "-"


def examples_text(book: b.Book, priced: Sequence[tuple[Quote, PricedQuote]]) -> str:
    """The rule text, laid out as `quo fmt` would. Each quote has one line, which has a price."""
    place = {product.code: number for number, product in enumerate(book.products)}
    by_product: dict[str, list[tuple[Quote, PricedQuote]]] = {}
    for one in sorted(priced, key=lambda one: (place[one[0].lines[0].product], one[0].date, one[1].lines[0].quantity)):
        by_product.setdefault(one[0].lines[0].product, []).append(one)
    return format_text("\n".join(_table(book, code, rows) for code, rows in by_product.items()))


def _table(book: b.Book, code: str, rows: Sequence[tuple[Quote, PricedQuote]]) -> str:
    said = [_row(book, quote, answer) for quote, answer in rows]
    order = [
        "on",
        *(fact.path for fact in book.facts),
        "group",
        "quantity",
        "= unit",
        "= net",
        "= applied",
        "= approvals",
    ]
    columns = [name for name in order if any(name in row for row in said)]
    unit = book.units[next(product.unit for product in book.products if product.code == code)]
    heads = {name: _head(book, name, unit) for name in columns}
    lines = [f"examples on {code_words(code)}", _cells([heads[name] for name in columns])]
    lines += [_cells([row.get(name, UNSAID) for name in columns]) for row in said]
    return "".join(f"{'  ' if number else ''}{line}\n" for number, line in enumerate(lines))


def code_words(code: str) -> str:
    """A product's code as it is written: in quotes where it is neither a name nor capitals and digits with a dash."""
    return code if _CODE.match(code) else f'"{code}"'


def _cells(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _head(book: b.Book, name: str, unit: b.Unit) -> str:
    """A column's name: a fact's last word where it is no other's."""
    if name == "quantity":
        return "quantity" if unit.plural in ("on", "group") else unit.plural
    last = name.rpartition(".")[2]
    taken = ["on", "group", "quantity", unit.name, unit.plural, *(fact.path.rpartition(".")[2] for fact in book.facts)]
    return last if "." in name and taken.count(last) == 1 else name


def _row(book: b.Book, quote: Quote, answer: PricedQuote) -> dict[str, str]:
    """What a row says, by column."""
    line, priced = quote.lines[0], answer.lines[0]
    kinds = {fact.path: fact.kind for fact in book.facts}
    row = {"on": date.fromordinal(quote.date).isoformat(), "quantity": decimal(priced.quantity)}
    row |= {path: value_words(kinds[path], value) for path, value in {**quote.facts, **line.facts}.items()}
    if line.group is not None:
        row["group"] = line.group
    row["= unit"] = amount(priced.unit_net, answer.currency)
    row["= net"] = amount(priced.net_amount, answer.currency)
    row["= applied"] = ", ".join(applied(answer, book.steps)) or "none"
    if book.approvals:
        row["= approvals"] = ", ".join(need.approval for need in answer.approvals) or "none"
    return row
