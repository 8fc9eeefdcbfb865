"""Makes the nodes of lines about how something is sold: `first 500 free`, `sold in 12s`, `at least 24`, `overage 2 EUR`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from lark import Token

from engine.lang import slips
from engine.lang import syntax as s
from engine.lang.blocks.block import Reading
from engine.lang.builder import Builder, Node

TERMS = ("free", "overage", "sold_in", "sold_least", "sold_most")


def terms(reading: Reading, clauses: Iterable[tuple[Builder, Node]]) -> tuple[s.Term, ...]:
    """The terms of a block; each is said once, but for bounds: those of a quantity and those of an amount are two."""
    made: list[s.Term] = []
    for builder, node in clauses:
        term = _term(builder, node)
        if any(_same(term, other) for other in made):
            reading.add(slips.twice(builder.span, " ".join(builder.clause.text.split()[:2])))
        else:
            made.append(term)
    return tuple(made)


def _same(one: s.Term, other: s.Term) -> bool:
    return one.kind == other.kind and isinstance(one.amount, s.Rate) == isinstance(other.amount, s.Rate)


def _term(b: Builder, node: Node) -> s.Term:
    first, *pers = node.children
    if isinstance(first, Token):  # 12s
        return s.Term("sold_in", s.Lit("number", str(first)[:-1], None, b.at(first)), b.span)
    if node.data == "overage":
        return s.Term("overage", b.rate(first), b.span)
    amount = cast(s.Lit, b.literal(first))
    if node.data in ("sold_least", "sold_most") and (pers or amount.kind == "money"):
        return s.Term(node.data, b.per(amount, cast("list[Node]", pers), b.over(node)), b.span)  # type: ignore[arg-type]
    return s.Term(node.data, amount, b.span)  # type: ignore[arg-type]
