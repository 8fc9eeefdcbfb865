"""Reads the papers: the fenced blocks of a Markdown page, and what the comment before a block says of it.

    <!-- check: part -->            blocks, put into the declarations of rules/saas
    <!-- check: under HEADING -->   clauses of that heading; `each under`: each by itself; `| A / B`: with those clauses
    <!-- check: wrong E301 ... -->  any of these, with exactly these mistakes
    <!-- check: doubts W604 ... --> any of these, with exactly these doubts
    <!-- file: NAME -->             a file, for the blocks of its section or the commands that follow
    <!-- output -->                 what the commands before it print; a line `...` stands for any lines

A block of rule text without a comment is a whole book. Comments stand on the line before the block and are not seen by
readers of the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.configure.checking import check
from engine.lang.check import Checked

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "docs/LANGUAGE.md", "rules/README.md")
DECLARATIONS = ("price book", "facts", "product", "price list", "steps")
_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"<!-- (.+?) -->\n\Z")
_CHECK = re.compile(r"(?:(wrong|doubts) ([EW0-9, ]+?) ?)?(?:(part)|(each )?under ([^|]+?)(?: \| (.+))?)?\Z")
IDLE = "W602"
"""A part of a book leaves steps without rules: not said of the examples."""


@dataclass(frozen=True)
class Block:
    """A fenced block: where it begins, its language and text, the comment before it, the heading it stands under."""

    page: str
    line: int
    language: str
    text: str
    comment: str
    section: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks(page: str) -> list[Block]:
    """The fenced blocks of a page."""
    text = (ROOT / page).read_text(encoding="utf-8")
    found = []
    for match in _FENCE.finditer(text):
        before = text[: match.start()]
        comment = _COMMENT.search(before)
        sections = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```$", "", before, flags=re.MULTILINE | re.DOTALL), re.M)
        found.append(
            Block(
                page, before.count("\n") + 1, match[1], match[2], comment[1] if comment else "", (sections or [""])[-1]
            )
        )
    return found


def prose(page: str) -> str:
    """A page without its fenced blocks and comments."""
    text = _FENCE.sub("", (ROOT / page).read_text(encoding="utf-8"))
    return re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)


# ---------------------------------------------------------------- rule text


@dataclass(frozen=True)
class Example:
    """Rule text of a page as a bundle that can be checked; `codes` are the mistakes or doubts it is there to show."""

    block: Block
    files: dict[str, str]
    codes: tuple[str, ...] = ()
    whole: bool = True
    name: str = ""

    def check(self) -> Checked:
        """Check the bundle."""
        return check({path: text.encode() for path, text in self.files.items()})

    def __str__(self) -> str:
        return f"{self.block}{self.name}"


def examples(page: str) -> Iterator[Example]:
    """Every example of rule text of a page."""
    files: dict[str, str] = {}
    section = ""
    for block in blocks(page):
        if block.section != section:
            files, section = {}, block.section
        if block.comment.startswith("file: "):
            files[block.comment.removeprefix("file: ")] = block.text
        elif block.language == "quo":
            yield from _examples(block, files)


def _examples(block: Block, files: dict[str, str]) -> Iterator[Example]:
    said = _CHECK.match(block.comment.removeprefix("check: "))
    assert said, f"{block}: `{block.comment}` is not a comment that {__name__} knows"
    codes = tuple(re.findall(r"[EW]\d{3}", said[2] or ""))
    if said[3]:
        yield Example(block, _in_saas(block.text) | files, codes, False)
    elif said[5]:
        extra = "".join(f"\n  {clause}" for clause in said[6].split(" / ")) if said[6] else ""
        clauses = _clauses(block.text) if said[4] else [block.text]
        for number, clause in enumerate(clauses, 1):
            part = f"{said[5]}\n{clause.rstrip()}{extra}\n"
            yield Example(block, _in_saas(part) | files, codes, False, f", clause {number}" if said[4] else "")
    else:
        yield Example(block, {"book.quo": block.text} | files, codes)


def _clauses(text: str) -> list[str]:
    """The clauses of a text, each with the lines that continue it."""
    found: list[str] = []
    for line in text.splitlines():
        if found and re.match(r"\s+(\||and\b|or\b)", line):
            found[-1] += "\n" + line
        elif line.strip():
            found.append(line)
    return found


def split(text: str) -> dict[str, str]:
    """The blocks of rule text by what they declare: `price book`, `facts`, `steps`, `product seat`."""
    found: dict[str, str] = {}
    for part in re.split(r"^(?=[a-z])", text, flags=re.MULTILINE):
        words = part.split()
        if words and not part.startswith("#"):
            one = re.match(r"(price book|facts|steps)\b", part)
            found[one[1] if one else " ".join(words[:3]) if words[0] != "product" else f"product {words[1]}"] = part
    return found


def _in_saas(part: str) -> dict[str, str]:
    """The declarations of rules/saas and its files; blocks of the part take the place of those of the same name."""
    folder = ROOT / "rules" / "saas"
    book = split((folder / "book.quo").read_text(encoding="utf-8"))
    own = split(part)
    kept = [text for name, text in book.items() if name.startswith(DECLARATIONS) and name not in own]
    files = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.csv")}
    return {"part.quo": part, "saas.quo": "\n".join(kept)} | files
