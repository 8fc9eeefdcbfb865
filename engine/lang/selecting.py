"""Syntax of what chooses and makes list prices: how a step picks one, how it rounds, prices over cost and of a total."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from lark import Token

from engine.lang import syntax as s
from engine.lang.tree import Builder, Node

KINDS = {"pick_from": "from", "level": "level", "most_specific": "most specific", "lowest_of": "lowest"}


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


def over_cost(b: Builder, node: Node) -> s.PriceClause:
    """`price cost plus 25%`."""
    amount, *dates = cast("list[Node]", node.children)
    return s.PriceClause(None, None, b.dates(dates[0]) if dates else None, b.span, markup=b.literal(amount))


def share_of(b: Builder, node: Node) -> s.PriceClause:
    """`price 18% after volume of family crm, at least 500 EUR per month`."""
    percent = cast(Token, node.children[0])
    parts = [cast(Node, n) for n in node.children[1:]]
    base = next((n for n in parts if n.data == "share_base"), None)
    target = next(n for n in parts if n.data == "everything" or str(n.data).startswith("on_"))
    dates = next((b.dates(n) for n in parts if n.data == "dates"), None)
    bounds = tuple(
        (str(n.data).removeprefix("share_"), b.rate(cast(Node, n.children[0])))
        for n in parts if n.data in ("share_least", "share_most")
    )  # fmt: skip
    kind, step = _share_base(b, base)
    of = s.Lit("percent", str(percent)[:-1], None, b.at(percent))
    return s.PriceClause(
        None, None, dates, b.span, share=s.ShareOf(of, kind, step, b.target(target), bounds, b.over(node))  # type: ignore[arg-type]
    )  # fmt: skip


def _share_base(b: Builder, node: Node | None) -> tuple[str | None, s.Word | None]:
    if node is None:
        return None, None
    last = node.children[-1]
    if isinstance(last, Token):
        return str(last), None
    return "after", b.word(cast(Token, last.children[0]))


PRICED: dict[str, Callable[[Builder, Node], s.PriceClause]] = {"price_over": over_cost, "price_share": share_of}
"""Price clauses of their own make."""
