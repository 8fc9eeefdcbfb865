"""Priced quotes as rule text, to be pasted into the book: a table of `examples` a product, a `test` for what is no row of one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from engine.lang import book as b
from engine.lang.format import format_text
from engine.pricing.compare.coverage import applied
from engine.pricing.compare.solve import CODE
from engine.pricing.compare.words import amount, value_words
from engine.pricing.quote import PricedQuote, Quote
from engine.values.kinds import Kind, Value, decimal

_CODE = re.compile(r"[a-z][a-z0-9_]*\Z|[A-Z0-9][A-Z0-9]*(?:-[A-Z0-9]+)+\Z")
UNSAID = "-"
Priced = tuple[Quote, PricedQuote]


def examples_text(book: b.Book, priced: Sequence[Priced]) -> str:
    """The rule text, laid out as `quo fmt` would."""
    place = {product.code: number for number, product in enumerate(book.products)}
    by_product: dict[str, list[Priced]] = {}
    tests: list[Priced] = []
    for one in sorted(priced, key=lambda one: (place[one[0].lines[0].product], one[0].date, one[1].lines[0].quantity)):
        single = len(one[0].lines) == 1 and one[1].lines[0].error is None  # a table has no cell for what is refused
        plain = single and all(_is_fact(book, path) for path in one[0].facts)
        (by_product.setdefault(one[0].lines[0].product, []) if plain else tests).append(one)
    parts = [_table(book, code, rows) for code, rows in by_product.items()]
    parts += [_test(book, number, *one) for number, one in enumerate(tests, 1)]
    return format_text("\n".join(parts))


def _is_fact(book: b.Book, path: str) -> bool:
    return any(fact.path == path for fact in book.facts)


def _table(book: b.Book, code: str, rows: Sequence[Priced]) -> str:
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
    return row | {f"= {name}": names for name, names in _names(book, answer)}


def _names(book: b.Book, answer: PricedQuote) -> list[tuple[str, str]]:
    found = [("applied", ", ".join(applied(answer, book.steps)) or "none")]
    if book.approvals:
        found.append(("approvals", ", ".join(need.approval for need in answer.approvals) or "none"))
    return found


# ---------------------------------------------------------------- tests


def _test(book: b.Book, number: int, quote: Quote, answer: PricedQuote) -> str:
    """A `test` block: a quote of several lines, or with a code or a grant."""
    names = ", ".join(applied(answer, book.steps)) or "no rule"
    said = [f"on {date.fromordinal(quote.date)}", *(_given(book, path, value) for path, value in quote.facts.items())]
    lines = [f'test "suggested {number}: {names}"', f"  quote  {', '.join(said)}"]
    for line in quote.lines:
        group = [f" in group {line.group}"] if line.group is not None else []
        facts = [f", {_given(book, path, value)}" for path, value in line.facts.items()]
        lines.append(f"  line   {code_words(line.product)} {decimal(line.quantity or 0)}{''.join(group + facts)}")
    errors = dict.fromkeys(line.error.code.lower() for line in answer.lines if line.error)
    for place, priced in enumerate(answer.lines, 1):
        if priced.error is None:
            lines.append(f"  expect line_{place}.net = {amount(priced.net_amount, answer.currency)}")
    lines += [f"  expect {name} = {names}" for name, names in _names(book, answer)]
    lines += [f"  expect error = {', '.join(errors)}"] if errors else []
    return "\n".join(lines) + "\n"


def _given(book: b.Book, path: str, value: Value) -> str:
    """`customer.segment startup`, `code "SPRING26"`, `grant.seller_grant 8%`."""
    if path.startswith(CODE):
        return f'code "{path.removeprefix(CODE)}"'
    if path.startswith("grant."):
        return f"{path} {Kind('percent').show(value)}"
    kind = next((fact.kind for fact in book.facts if fact.path == path), Kind("enum"))
    return f"{path} {value_words(kind, value)}"
