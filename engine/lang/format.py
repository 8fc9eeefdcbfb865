"""Lays rule text out one way: `quo fmt`. Works on lines, not on trees, so that comments and order stay as they are.

blocks at the margin with one blank line between; clauses indented by two; tables aligned, figures to the right
in the price book, facts, products, columns and steps the second word stands in one column; so do the `=` of a test, and of a
bundle what its parts offer
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from engine.lang.blocks.cells import between
from engine.lang.diagnostics import Diagnostic
from engine.lang.lines import bare, continues, lost_indent, pasted, takes_table
from engine.lang.parse import parse_file

_SPACES = re.compile(r'("[^"]*")|\s+')
_NUMBER = re.compile(r"[\d<>=.]")
_COLUMNS = re.compile(r"(price book|product|products|steps|facts|table|price list|cost list)\b")
_BUNDLES = re.compile(r"(bundle|features)\b")
_PART = re.compile(r'part ("[^"]*"|\S+)(?= )')
_PLAIN = re.compile(r"attribute [a-z0-9_]+:")
_PHRASES = ("never ", "first ", "sold in ", "at least ", "at most ", "overage ", "totals ")
"""Clauses that read as one phrase: nothing in them stands in a column."""
_DECLARES = re.compile(r"(facts|table|price list|cost list)\b")


class Unreadable(Exception):
    """The text has mistakes that hide its layout; `diagnostics` are the parser's."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__("this text cannot be formatted: it has mistakes")
        self.diagnostics = diagnostics


@dataclass(slots=True)
class _Line:
    """One line of a block: what it is, its code with blanks made single, its comment."""

    kind: str  # heading clause more table comment blank
    code: str
    comment: str = ""
    column: int = 0  # width the first part is padded to; 0: as it is


def format_text(text: str, path: str = "") -> str:
    """The text, laid out; formatting it again changes nothing.

    Raises:
        Unreadable: the text does not parse.
    """
    _, found = parse_file(path, text)
    if any(d.severity == "error" for d in found):
        raise Unreadable(found)
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    blocks = _blocks(text.split("\n"))
    return "\n\n".join(part for block in blocks if (part := _print(block))) + "\n" if text.strip() else ""


def _blocks(lines: list[str]) -> list[list[_Line]]:
    """Lines by block; comments just above a heading belong to it."""
    blocks: list[list[_Line]] = [[]]
    tabs = pasted(lines)
    for number, line in enumerate(lines, 1):
        made = _classify(line, blocks[-1], number in tabs)
        if made.kind == "heading":
            above = _comments_above(blocks[-1])
            blocks.append([*above, made])
        else:
            blocks[-1].append(made)
    return blocks


def _comments_above(block: list[_Line]) -> list[_Line]:
    """Take the comments at the end of a block that stand at the margin: they open the next one."""
    taken: list[_Line] = []
    while block and (block[-1].kind == "blank" or (block[-1].kind == "comment" and block[-1].column == 0)):
        taken.insert(0, block.pop())
    while taken and taken[0].kind == "blank":
        taken.pop(0)
    return taken


def _classify(line: str, before: list[_Line], pasted_row: bool) -> _Line:
    code = bare(line)
    last = next((one for one in reversed(before) if one.kind not in ("comment", "blank")), None)
    owner = next((one for one in reversed(before) if one.kind in ("heading", "clause")), None)
    comment = line[len(code) :].strip() if "#" in line[len(code) :] else ""
    stripped = code.strip()
    if not stripped:
        indented = line[:1] in (" ", "\t")
        return _Line("comment", "", comment, int(indented)) if comment else _Line("blank", "")
    if pasted_row and owner is not None and takes_table(owner.code):
        cells = " | ".join(cell.strip() for cell in stripped.split("\t"))
        return _Line("table", f"| {cells} |", comment)
    if stripped[0] == "|":
        return _Line("table", stripped, comment)
    if code[0] not in " \t" and not lost_indent(stripped):
        return _Line("heading", _single(stripped), comment)
    more = last is not None and continues(owner.code if owner else "", last.code, stripped)
    kind = "more" if more and last is not None and last.kind in ("clause", "more", "heading") else "clause"
    return _Line(kind, _single(stripped), comment)


def _single(code: str) -> str:
    """Blanks made single, outside quotes."""
    return _SPACES.sub(lambda m: m.group(1) or " ", code)


# ---------------------------------------------------------------- printing


def _print(block: list[_Line]) -> str:
    while block and block[-1].kind == "blank":
        block.pop()
    while block and block[0].kind == "blank":
        block.pop(0)
    heading = next((line.code for line in block if line.kind == "heading"), "")
    _align(block, heading)
    out: list[str] = []
    i = 0
    while i < len(block):
        line = block[i]
        if line.kind == "table":
            end = next((j for j in range(i, len(block)) if block[j].kind != "table"), len(block))
            out.extend(_table(block[i:end]))
            i = end
            continue
        if line.kind != "blank" or (out and out[-1]):
            out.append(_plain(line))
        i += 1
    return "\n".join(out)


def _plain(line: _Line) -> str:
    if line.kind in ("heading", "blank"):
        indent = ""
    elif line.kind == "comment":
        return ("  " if line.column else "") + line.comment
    else:
        indent = "  "
    return indent + line.code + (f"  {line.comment}" if line.comment else "")


def _align(block: list[_Line], heading: str) -> None:
    """Pad the first part of each clause so that the second stands in one column."""
    clauses = [line for line in block if line.kind == "clause"]
    if _COLUMNS.match(heading):
        cut = _after_colon if _DECLARES.match(heading) else _after_word
        _pad([line for line in clauses if not line.code.startswith(_PHRASES)], cut)
        _pad(clauses, _before_source)
    elif _BUNDLES.match(heading):
        _pad([line for line in clauses if line.code.startswith("part ")], _after_name)
        _pad([line for line in clauses if _PLAIN.match(line.code)], _after_colon)
    elif heading.startswith("configure"):
        _pad(clauses, _after_word)
    elif heading.startswith("test"):
        _pad([line for line in clauses if line.code.startswith("expect")], _before_equal)
        _pad(clauses, _after_word)


def _pad(clauses: list[_Line], cut: Callable[[str], int]) -> None:
    parts = [(line, cut(line.code)) for line in clauses]
    width = max((at for _, at in parts if at > 0), default=0)
    for line, at in parts:
        if at > 0:
            line.code = line.code[:at].rstrip().ljust(width) + " " + line.code[at:].lstrip()


def _after_word(code: str) -> int:
    return code.find(" ") if " " in code else 0


def _after_name(code: str) -> int:
    """Past the name of a part."""
    found = _PART.match(code)
    return found.end() if found else 0


def _after_colon(code: str) -> int:
    """Past the colon that ends a fact's or column's name; one inside a quoted head is text."""
    found = re.match(r'(?:[^":]|"[^"]*")*:', code)
    return found.end() if found else 0


def _before_source(code: str) -> int:
    found = re.search(r" from (account|request)$", code)
    return found.start() if found else 0


def _before_equal(code: str) -> int:
    return code.find(" =") if " =" in code else 0


def _table(rows: list[_Line]) -> list[str]:
    """Rows with their cells in columns; a column of figures stands to the right."""
    cells = [_cells(row.code) for row in rows]
    count = max(len(row) for row in cells)
    padded = [row + [""] * (count - len(row)) for row in cells]
    widths = [max(len(row[c]) for row in padded) for c in range(count)]
    right = [
        len(padded) > 1
        and all(not row[c] or _NUMBER.match(row[c]) for row in padded[1:])
        and any(row[c] for row in padded[1:])
        for c in range(count)
    ]
    out = []
    for row, line in zip(cells, rows, strict=True):
        shown = [cell.rjust(w) if r else cell.ljust(w) for cell, w, r in zip(row, widths, right, strict=False)]
        out.append("  | " + " | ".join(shown) + " |" + (f"  {line.comment}" if line.comment else ""))
    return out


def _cells(code: str) -> list[str]:
    end = len(code) - 1 if code.endswith("|") and len(code) > 1 else len(code)
    return [_single(code[a:z].strip()) for a, z in between(code, 1, end, "|")]


__all__ = ["Unreadable", "format_text"]
