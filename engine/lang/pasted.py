"""What a diagnostic offers to paste: the quote of a witness as a `test` says it, and a row in its table's own layout."""

from __future__ import annotations

import csv
import io
from datetime import date

from engine.lang.boxes import Box, Names, Side, Ticks
from engine.lang.draft import Column, Draft, Table
from engine.lang.sheets import InlineSheet

BUILT_IN = ("line.quantity", "line.group", "line.bundle", "quote.date")
SOME_DAY = 739_617
"""2026-01-01: the day of a witness that may have any."""


def as_test(draft: Draft, product: str, start: int | None, end: int | None, box: Box) -> str:
    """A quote between two days (the second is left out) and a line of it that are in a box: `quote on D, ...; line P 10, ...`."""
    day = box.get("quote.date")
    low, high = (day.low, day.high) if isinstance(day, Ticks) else (None, None)
    first = max((each for each in (start, low) if each is not None), default=None)
    last = min((each for each in (None if end is None else end - 1, high) if each is not None), default=None)
    on = first if first is not None else SOME_DAY if last is None else min(last, SOME_DAY)
    shown = date.fromordinal(min(max(1, on), date.max.toordinal())).isoformat()
    said = {**_required(draft), **box}
    facts = {n: side for n, side in sorted(said.items()) if n not in BUILT_IN}
    quote = [f"quote on {shown}", *(_fact(draft, n, s) for n, s in facts.items() if not n.startswith("line."))]
    line = [
        f"line {_code(product)}{_count(draft, box)}{_bundle(draft, box)}",
        *(_fact(draft, n, s) for n, s in facts.items() if n.startswith("line.")),
    ]
    return f"{', '.join(quote)}; {', '.join(line)}"


def _required(draft: Draft) -> Box:
    """A value of each fact that must be given, lest a rule miss it."""
    return {
        fact.path: Ticks(fact.kind.low, fact.kind.high)
        if fact.kind.ordered
        else Names(frozenset(fact.kind.values[:1]) or None)
        for fact in draft.facts.values()
        if not fact.optional
    }


def _code(product: str) -> str:
    return product if product.replace("-", "").replace("_", "").isalnum() and product.isascii() else f'"{product}"'


def _count(draft: Draft, box: Box) -> str:
    quantity, group = box.get("line.quantity"), box.get("line.group")
    count = f" {value_in(draft, 'line.quantity', quantity)}" if quantity else ""
    return count + (f" in group {value_in(draft, 'line.group', group)}" if group else "")


def _bundle(draft: Draft, box: Box) -> str:
    """The bundle that the line must be sold in; one that is none of the book's stands for a line by itself."""
    side = box.get("line.bundle")
    bundle = value_in(draft, "line.bundle", side) if side else ""
    return f" of a bundle {bundle}" if bundle in draft.bundles else ""


def _fact(draft: Draft, name: str, side: Side) -> str:
    return f"{name} {value_in(draft, name, side)}"


def value_in(draft: Draft, name: str, side: Side) -> str:
    """A value on a side of a box, as an author writes it."""
    look = draft.looks.get(name)
    if isinstance(side, Ticks):
        low = side.low if side.low is not None else min(0, side.high or 0)
        return look.kind.show(low) if look else str(low)
    word = min(side.among) if side.among else "x" if not side.but else min(side.but) + "x"
    return word if look is None or look.kind.name == "enum" else f'"{word}"'


def column_of(draft: Draft, table: Table, row: int, tick: int | None, subject: str) -> Column | None:
    """The column of a row that holds this bound of a subject."""
    kind = draft.looks[subject].kind.name
    alike = (c for c in table.columns.values() if c.kind.name == kind or {c.kind.name, kind} == {"quantity", "number"})
    return next((c for c in alike if tick is not None and c.values[row] == tick and not c.decl.bound), None)


def pasted(table: Table, row: int, cells: dict[int, str]) -> str:
    """A row of the table as it is written, with other cells: between pipes, or as CSV."""
    sheet = table.sheet
    if isinstance(sheet, InlineSheet):
        written = [cell.text for cell in sheet.cells.rows[row]]
        quoted = {at: f'"{text}"' if written[at][:1] == '"' else text for at, text in cells.items()}
        return "| " + " | ".join(quoted.get(at, text) for at, text in enumerate(written)) + " |"
    into = io.StringIO()
    csv.writer(into, lineterminator="").writerow([cells.get(at, text) for at, text in enumerate(sheet.rows[row])])
    return into.getvalue()


def parted(draft: Draft, table: Table, row: int, box: Box, other: Box) -> str | None:
    """A row that begins where another row's range ends; None where no range of theirs tells how to part them."""
    for subject, side in box.items():
        first = other.get(subject)
        if not isinstance(side, Ticks) or not isinstance(first, Ticks) or first.high is None or first == side:
            continue
        column = column_of(draft, table, row, side.low, subject)
        beyond = side.high is None or side.high > first.high
        if column is not None and beyond:
            grain = 10**6 if first.high % 10**6 == 0 and column.kind.name in ("quantity", "number") else 1
            return pasted(table, row, {column.at: column.kind.show(first.high + grain)})
    return None
