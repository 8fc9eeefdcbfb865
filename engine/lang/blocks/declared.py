"""Makes the nodes of what is declared: facts, and the columns of tables and lists."""

from __future__ import annotations

import re
from typing import cast

from lark import Token

from engine.lang import slips
from engine.lang import syntax as s
from engine.lang.builder import Builder, Node

_NOT_NAME = re.compile(r"[^a-z0-9]+")


def declared(b: Builder, node: Node) -> s.Declared:
    """A fact or a column."""
    path, head = _column(b, node)
    rest = cast("list[Node]", [child for child in node.children if not isinstance(child, Token)])
    bound = next((str(n.children[0]) for n in rest if n.data == "bound"), None)
    marks = _marks(b, [n for n in rest if n.data == "mark"])
    type_node = next(n for n in rest if n.data not in ("bound", "mark"))
    source = next((m.split()[1] for m in marks if m.startswith("from ")), None)
    return s.Declared(
        path, _type(b, type_node), bound, "key" in marks, "optional" in marks, source,  # type: ignore[arg-type]
        _type_rate(b, type_node), b.over(node), head,
    )  # fmt: skip


def _column(b: Builder, node: Node) -> tuple[s.Word, s.Word | None]:
    """The name of a fact or column, and its head in a file where that is said; a head alone makes its name."""
    first, *more = [child for child in node.children if isinstance(child, Token)]
    head = next((b.word(t) for t in (first, *more) if t.type == "STRING"), None)
    if first.type != "STRING" or head is None:
        return b.word(first), head
    name = name_of(head.text)
    if not name or not name[0].isalpha():
        b.said(slips.no_name(head.span, head.text))
    return s.Word(name, head.span), head


def _marks(b: Builder, nodes: list[Node]) -> list[str]:
    """`key`, `optional`, `from account`: each once, and one source."""
    marks: list[str] = []
    for node in nodes:
        mark = " ".join(str(t) for t in node.children)
        if mark in marks or (mark.startswith("from ") and any(m.startswith("from ") for m in marks)):
            b.said(slips.twice(b.over(node), mark.split()[0]))
        marks.append(mark)
    return marks


def _type(b: Builder, node: Node) -> s.TypeRef:
    span = b.over(node)
    match node.data:
        case "enum":
            return s.TypeRef("enum", b.words(cast(Node, node.children[0])), None, None, None, span)
        case "flag":
            return s.TypeRef("flag", (), None, None, None, b.span)
        case "join":
            return s.TypeRef("join", (), None, None, b.word(cast(Token, node.children[0])), span)
        case "ranged":
            low, high = (cast(s.Lit, b.literal(cast(Node, n))) for n in node.children[1:])
            return s.TypeRef(str(node.children[0]), (), low, high, None, span)
        case _:
            return s.TypeRef(str(node.children[0]), (), None, None, None, span)


def _type_rate(b: Builder, node: Node) -> s.Rate | None:
    if node.data != "rated":
        return None
    kind = b.word(cast(Token, node.children[0]))
    return b.per(kind, cast("list[Node]", node.children[1:]), b.over(node))


def name_of(text: str) -> str:
    """A name made of a file's words: `Mountain Bikes` is mountain_bikes."""
    return _NOT_NAME.sub("_", text.lower()).strip("_")
