"""Makes the nodes of facts, tables, price and cost lists, and exchange rates."""

from __future__ import annotations

from typing import cast

from engine.lang import slips
from engine.lang import syntax as s
from engine.lang.blocks.block import Clauses, ClausesByName, Reading, called
from engine.lang.blocks.cells import cells_of
from engine.lang.blocks.declared import declared
from engine.lang.builder import Builder, Node, tokens


def make_facts(r: Reading, b: Builder, head: Node, clauses: Clauses) -> s.Block:
    """`facts`."""
    ClausesByName(r, clauses)
    return s.Facts(tuple(declared(c, n) for c, n in clauses), b.span)


def make_table(r: Reading, b: Builder, head: Node, clauses: Clauses) -> s.Block:
    """`table`, from a file or from the rows below it."""
    files = tokens(head, "STRING")
    tables = [cells for c in (b, *(c for c, _ in clauses)) if (cells := cells_of(c))]
    for more in tables[1:]:
        r.add(slips.odd_table(more.span))
    if not files and not tables:
        r.add(slips.no_table(b.span))
    if files and tables:
        r.add(slips.odd_table(tables[0].span))
    file = s.Lit("text", b.text(files[0]), None, b.at(files[0])) if files else None
    cells = tables[0] if tables and not files else None
    return s.TableBlock(called(b, head), file, cells, tuple(declared(c, n) for c, n in clauses), b.span)


def make_list(r: Reading, b: Builder, head: Node, clauses: Clauses) -> s.Block:
    """`price list` and `cost list`."""
    ClausesByName(r, clauses)
    kind = str(cast(Node, head.children[0]).children[0])
    file, code = tokens(head, "STRING")[0], tokens(head, "CODE")
    return s.ListFrom(
        kind, called(b, head), s.Lit("text", b.text(file), None, b.at(file)),  # type: ignore[arg-type]
        tuple(declared(c, n) for c, n in clauses), b.span, b.word(code[0]) if code else None,
    )  # fmt: skip


def make_rates(r: Reading, b: Builder, head: Node, clauses: Clauses) -> s.Block:
    """`rates`, from a file or from the rows below it."""
    files, cells = tokens(head, "STRING"), cells_of(b)
    if not files and cells is None:
        r.add(slips.no_table(b.span))
    if files and cells is not None:
        r.add(slips.odd_table(cells.span))
    file = s.Lit("text", b.text(files[0]), None, b.at(files[0])) if files else None
    return s.Rates(file, None if files else cells, b.span)
