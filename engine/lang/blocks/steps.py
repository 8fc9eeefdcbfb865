"""Makes the node of the block `steps`: how each combines, picks one price of several, and rounds."""

from __future__ import annotations

from typing import cast

from lark import Token

from engine.lang import syntax as s
from engine.lang.blocks.block import Clauses, ClausesByName, Reading
from engine.lang.book import Combine
from engine.lang.builder import Builder, Node

KINDS = {"pick_from": "from", "level": "level", "most_specific": "most specific", "lowest_of": "lowest"}


def make_steps(r: Reading, b: Builder, head: Node, clauses: Clauses) -> s.Block:
    """`steps`."""
    ClausesByName(r, clauses)
    return s.Steps(
        tuple(_step(c, n) for c, n in clauses if n.data != "together"), b.span,
        tuple(c.words(cast(Node, n.children[0])) for c, n in clauses if n.data == "together"),
    )  # fmt: skip


def _step(b: Builder, node: Node) -> s.StepDecl:
    name, *more = cast("list[Node]", node.children)
    combine = next((cast(Combine, " ".join(map(str, n.children))) for n in more if n.data == "combine"), None)
    skips = next((b.words(cast(Node, n.children[0])) for n in more if n.data == "skips"), ())
    return s.StepDecl(b.word(cast(Token, name.children[0])), combine, b.span, skips, picks(b, more), rounded(b, more))


def picks(b: Builder, how: list[Node]) -> tuple[s.Pick, ...]:
    """`from a and b, then c, then most specific`: each criterion in order."""
    found = []
    for node in how:
        if node.data in KINDS:
            named = node if node.data == "level" else next((n for n in node.children if not isinstance(n, Token)), None)
            words = b.words(named) if named is not None else ()
            found.append(s.Pick(KINDS[str(node.data)], words, b.over(node)))  # type: ignore[arg-type]
    return tuple(found)


def rounded(b: Builder, how: list[Node]) -> tuple[s.Rounded, ...]:
    """Every `rounded ...` of a step."""
    return tuple(_rounded(b, node) for node in how if node.data == "rounded")


def _rounded(b: Builder, node: Node) -> s.Rounded:
    parts = {cast(Node, n).data: cast(Node, n) for n in node.children}
    mode, then = parts.get("round_mode"), parts.get("round_then")
    to = cast("list[Token]", parts["round_to"].children)
    sign, number, code = cast("list[Token]", then.children) if then else ("plus", "0", "")
    return s.Rounded(
        " ".join(map(str, mode.children)) if mode else None,
        s.Lit("money", str(to[0]), str(to[1]), b.over(parts["round_to"])) if to else None,
        -1 if str(sign) == "minus" else 1, s.Lit("money", str(number), str(code), b.over(then)) if then else None,
        b.over(node),
    )  # fmt: skip
