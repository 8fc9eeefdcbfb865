"""Makes the node of the block `price book`, and of the settings that products have too."""

from __future__ import annotations

from typing import cast

from lark import Token

from engine.lang import syntax as s
from engine.lang.blocks.block import Clauses, ClausesByName, Reading, called, title_of, words_of
from engine.lang.builder import Builder, Node, tokens


def make_price_book(r: Reading, b: Builder, head: Node, clauses: Clauses) -> s.Block:
    """`price book`."""
    of = ClausesByName(r, clauses)
    rounded, shown = of.one("round"), of.one("show")
    settings = [of.one(name) for name in ("currency", "currencies", "zone", "taxed", "round_tax")]
    return s.PriceBook(
        called(b, head), title_of(b, head), tuple(setting_of(*pair) for pair in settings if pair),
        _round(*rounded) if rounded else None, words_of(of.every("families")), words_of(of.every("groups")),
        tuple(_unit(c, cast(Node, u)) for c, n in of.every("units") for u in n.children), b.span,
        shown[0].days(cast(Node, shown[1].children[0])) if shown else None, prorate_of(of),
    )  # fmt: skip


def prorate_of(of: ClausesByName) -> s.Word | None:
    """`prorate by month and day`: how, in words."""
    found = of.one("prorate")
    if found is None:
        return None
    b, node = found
    by = cast(Node, node.children[0])
    return s.Word(" ".join(str(t) for t in by.children if t != ","), b.over(by))


def setting_of(b: Builder, node: Node) -> s.Setting:
    """A line of words."""
    name = {
        "currency": "currency",
        "currencies": "currencies",
        "zone": "zone",
        "taxed": "prices",
        "round_tax": "round tax",
    }.get(str(node.data)) or b.clause.text.split()[0]
    flat = list(node.scan_values(lambda v: isinstance(v, Token)))
    flat.sort(key=lambda t: cast(int, t.start_pos))
    if node.data == "setting":
        flat = flat[1:]
    return s.Setting(s.Word(name, b.span), tuple(b.word(t) for t in flat), b.span)


def _round(b: Builder, node: Node) -> s.RoundDecl:
    parts = {cast(Node, n).data: cast(Node, n) for n in node.children}
    to = cast("list[Token]", parts["round_to"].children)
    what = parts.get("round_what")
    return s.RoundDecl(
        what is not None and str(what.children[0]) == "discounts", " ".join(map(str, parts["round_mode"].children)),
        s.Lit("money", str(to[0]), str(to[1]), b.over(parts["round_to"])) if to else None,
        str(parts["round_level"].children[0]), b.span,
    )  # fmt: skip


def _unit(b: Builder, node: Node) -> s.UnitDecl:
    name, plural = tokens(node)
    said = {n.data: b.words(n) for n in node.children if not isinstance(n, Token)}
    (decimals,), (times, of) = said.get("decimals", (None,)), said.get("made_of", (None, None))
    return s.UnitDecl(b.word(name), b.word(plural), decimals, b.over(node), times, of)
