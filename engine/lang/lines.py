"""Cuts rule text into blocks and clauses by its layout alone, so that every clause is parsed, and fails, by itself.

a block begins at the margin; its clauses are indented; depth and blank lines mean nothing
a line that begins with `and` / `or`, or follows a comma, continues the one above; so does `needs` below an approval's `when`,
and `when` and `because` below a rule of a bundle
lines that begin with `|` are the table of the clause above; a block pasted from a spreadsheet (tabs) is one too
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

MAX_LINES = 400_000
MAX_LINE = 20_000
MAX_CLAUSE = 100_000
"""Characters of a clause with the lines that continue it; what follows is dropped, and the clause refused."""
_COMMENT = re.compile(r'(?:[^"#]|"[^"]*"?)*')
_CONTINUES = re.compile(r"(and|or)(?![a-z0-9_])")
_NEEDS = re.compile(r'needs(?![a-z0-9_])(?!\s+code\s*")')
_CHOICE = re.compile(
    r"(require|refuse|forbid|prefer|hide|disable|warn|note|part|attribute|sum of|exactly|allowed|at (most|least) \d+ of|\d+ to \d+ of)\b"
    r"|.*\b(implies|narrows|if and only if)\b"
)
_SAYS_MORE = re.compile(r"(when|because|default|implies|narrows)(?![a-z0-9_])")
_AT_MARGIN = re.compile(r"^[^ \t#\n].*$", re.M)
_INNER_TABS = re.compile(r"\S\t")
CLAUSES = frozenset(
    [
        "when",
        "give",
        "add",
        "at",
        "tiers",
        "from",
        "until",
        "through",
        "because",
        "totals",
        "for",
        "off",
        "quote",
        "line",
        "expect",
        "bill",
        "cost",
        "ssp",
        "recognise",
        "family",
        "unit",
        "never",
        "taxed",
        "charge",
        "category",
        "code",
        "name",
        "charged",
        "currency",
        "currencies",
        "zone",
        "prices",
        "round",
        "families",
        "groups",
        "units",
        "show",
        "buy",
        "get",
        "by",
        "needs",
        "alone",
        "final",
        "overage",
        "first",
        "sold",
        "part",
        "require",
        "forbid",
    ]
)
"""Words no block can begin with: one at the margin is a clause that lost its indent."""


@dataclass(slots=True)
class Clause:
    """One clause (or heading): its text as written, continuation lines included, and the table that follows it.

    `line` and `column` are where the text begins (1-based). `rows` are the table's lines with their numbers.
    """

    text: str
    line: int
    column: int
    rows: list[tuple[int, str]] = field(default_factory=list)
    at_margin: bool = False


@dataclass(slots=True)
class RawBlock:
    """A heading and its clauses."""

    heading: Clause
    clauses: list[Clause] = field(default_factory=list)


def bare(line: str) -> str:
    """A line without its comment and the blanks at its end."""
    match = _COMMENT.match(line)
    return (match.group() if match else line).rstrip()


def pieces(text: str) -> list[tuple[int, str]]:
    """A file cut before each heading, with the line each piece begins on: `split` of them all is `split` of the file.

    Where there are tabs, a line's meaning hangs on its neighbours: then the file is one piece.
    """
    if "\t" in text:
        return [(1, text)]
    cuts = [match.start() for match in _AT_MARGIN.finditer(text) if _is_heading(match.group())]
    line, start, found = 1, 0, []
    for cut in [*(cut for cut in cuts if cut), len(text)]:
        found.append((line, text[start:cut]))
        line += text.count("\n", start, cut)
        start = cut
    return found


def _is_heading(line: str) -> bool:
    stripped = bare(line).lstrip()
    return bool(stripped) and stripped[0] != "|" and not lost_indent(stripped)


def split(text: str, first: int = 1) -> list[RawBlock]:
    """The blocks of a file, or of a piece of it that begins on line `first`. A first clause without a heading becomes a block
    whose heading is that clause."""
    blocks: list[RawBlock] = []
    last: Clause | None = None
    lines = text.split("\n")
    tabbed = pasted(lines) if "\t" in text else frozenset()
    for number, line in enumerate(lines[:MAX_LINES], first):
        code = bare(line)
        stripped = code.lstrip()
        if not stripped:
            continue
        if last is not None and (stripped[0] == "|" or (number - first + 1 in tabbed and takes_table(last.text))):
            last.rows.append((number, code))
        elif last is not None and not last.rows and _continues(last, stripped, code):
            if len(last.text) <= MAX_CLAUSE:
                last.text += "\n" * (number - last.line - last.text.count("\n")) + code
        else:
            last = Clause(stripped, number, len(code) - len(stripped) + 1, [], code[0] not in " \t")
            _place(blocks, last, stripped)
    return blocks


def _continues(last: Clause, stripped: str, code: str) -> bool:
    return code[0] in " \t" and continues(last.text, last.text, stripped)


def continues(clause: str, above: str, line: str) -> bool:
    """Whether a line continues a clause, of which `above` is the end or the line above."""
    if above.endswith(",") or _CONTINUES.match(line):
        return True
    if _SAYS_MORE.match(line) and _CHOICE.match(clause):  # in a bundle, a rule and its reason are one clause
        return True
    return clause.startswith("when") and _NEEDS.match(line) is not None  # `needs code "X"` is a clause of its own


def _place(blocks: list[RawBlock], clause: Clause, stripped: str) -> None:
    if blocks and (not clause.at_margin or lost_indent(stripped)):
        blocks[-1].clauses.append(clause)
    else:
        blocks.append(RawBlock(clause))


def lost_indent(stripped: str) -> bool:
    """Whether text at the margin is a clause rather than a heading."""
    words = re.findall(r"[a-z_]+", stripped[:80])
    if not words or words[0] not in CLAUSES:
        return False
    return not (len(words) > 2 and words[1] in ("discount", "surcharge", "price", "exception", "list"))


def takes_table(text: str) -> bool:
    """Whether rows pasted below a heading or clause are its table; below any other, tabs are blanks."""
    words = text.split(None, 2)
    return words[0] in ("table", "examples", "tiers", "rates", "allowed") or words[:2] in (
        ["price", "tiers"],
        ["price", "block"],
    )


def _is_written(line: str) -> bool:
    """Whether a line with tabs was written as rule text: a row of pipes, a comment, a column, an indented clause."""
    words = line.split(None, 1)
    return not words or words[0][0] in "|#" or (line[0] in " \t" and (words[0] in CLAUSES or words[0].endswith(":")))


def pasted(lines: list[str]) -> frozenset[int]:
    """Numbers of the lines of blocks pasted from a spreadsheet: two or more with the same count of inner tabs."""
    counts = [len(_INNER_TABS.findall(bare(line))) if "\t" in line and not _is_written(line) else 0 for line in lines]
    return frozenset(
        number
        for number, count in enumerate(counts, 1)
        if count and (counts[number - 2 : number - 1] == [count] or counts[number : number + 1] == [count])
    )
