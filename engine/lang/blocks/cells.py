"""Makes the cells of a table that stands between pipes, or was pasted with tabs."""

from __future__ import annotations

from engine.lang import syntax as s
from engine.lang.builder import Builder
from engine.lang.places import Span


def cells_of(b: Builder) -> s.Cells | None:
    """The clause's table, None without one."""
    rows = [_row(b, number, line) for number, line in b.clause.rows]
    if not rows:
        return None
    return s.Cells(rows[0], tuple(rows[1:]), Span(b.file, b.clause.rows[0][0], 1, len(b.clause.rows[0][1])))


def _row(b: Builder, number: int, line: str) -> tuple[s.Word, ...]:
    text = line.rstrip()
    if text.lstrip()[:1] == "|":
        begin = text.index("|") + 1
        end = len(text) - 1 if text.endswith("|") and len(text) - 1 >= begin else len(text)
        separator = "|"
    else:
        begin, end, separator = len(text) - len(text.lstrip()), len(text), "\t"
    return tuple(_cell(b, number, text, a, z) for a, z in between(text, begin, end, separator))


def _cell(b: Builder, number: int, text: str, begin: int, end: int) -> s.Word:
    raw = text[begin:end]
    inner = raw.strip()
    lead = len(raw) - len(raw.lstrip()) if inner else 0
    return s.Word(inner, Span(b.file, number, begin + lead + 1, max(1, len(inner))))


def between(text: str, begin: int, end: int, separator: str) -> list[tuple[int, int]]:
    """Where the cells of a row stand; a separator inside quotes is text."""
    bounds, start, quoted = [], begin, False
    for at in range(begin, end):
        if text[at] == '"':
            quoted = not quoted
        elif text[at] == separator and not quoted:
            bounds.append((start, at))
            start = at + 1
    return [*bounds, (start, end)]
