"""A kind of block, and its clauses by name while it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import cast

from engine.lang import slips
from engine.lang import syntax as s
from engine.lang.blocks.cells import cells_of
from engine.lang.builder import Builder, Node, tokens
from engine.lang.diagnostics import Diagnostic

Clauses = list[tuple[Builder, Node]]


@dataclass
class Reading:
    """A file being read: its blocks and mistakes so far."""

    file: str
    blocks: list[s.Block] = field(default_factory=list)
    found: list[Diagnostic] = field(default_factory=list)

    def add(self, diagnostic: Diagnostic) -> None:
        """Keep a mistake."""
        self.found.append(diagnostic)


Make = Callable[[Reading, Builder, Node, Clauses], s.Block | None]


@dataclass(frozen=True)
class Block:
    """A kind of block: the start rules of its heading and of its clauses (None: it has none), and what makes its node.

    `table`: rows may stand right below its heading.
    """

    name: str
    head: str
    clause: str | None
    make: Make
    table: bool = False


class ClausesByName:
    """The clauses of a block by name, taken one by one; tables where they belong."""

    def __init__(self, reading: Reading, clauses: Clauses, tables: frozenset[str] = frozenset()) -> None:
        self.reading, self.all = reading, clauses
        for builder, node in clauses:
            if node.data not in tables and builder.clause.rows:
                reading.add(slips.odd_table(cast(s.Cells, cells_of(builder)).span))

    def every(self, *names: str) -> Clauses:
        """All clauses of these names, in order."""
        return [(b, n) for b, n in self.all if n.data in names]

    def one(self, *names: str) -> tuple[Builder, Node] | None:
        """The only clause of these names; a second one is a mistake."""
        found = self.every(*names)
        for builder, _ in found[1:]:
            self.reading.add(slips.twice(builder.span, builder.clause.text.split()[0]))
        return found[0] if found else None


def title_of(b: Builder, head: Node) -> str | None:
    """The text in quotes of a heading."""
    return next((b.text(t) for t in tokens(head, "STRING")), None)


def called(b: Builder, head: Node) -> s.Word:
    """The name in a heading."""
    return b.word(tokens(head, "NAME")[0])


def words_of(pairs: Iterable[tuple[Builder, Node]]) -> tuple[s.Word, ...]:
    """All names that clauses list."""
    return tuple(word for b, n in pairs for word in b.words(cast(Node, n.children[0])))
