"""Makes the nodes of conditions, and of the sums over lines that they ask about."""

from __future__ import annotations

from typing import cast

from lark import Token

from engine.lang import syntax as s
from engine.lang.builder import AMONG, Builder, Node
from engine.lang.places import Span

WHOSE = {"on_group": "the group", "on_line": "the line", "everything": "the quote"}


def condition(b: Builder, node: Node) -> s.Expr:
    """A condition."""
    match node.data:
        case "also" | "either":
            word = "and" if node.data == "also" else "or"
            left, *more = (condition(b, cast(Node, child)) for child in node.children)
            parts = (*(left.parts if isinstance(left, s.Combined) and left.word == word else (left,)), *more)
            return s.Combined(word, parts, b.over(node))  # type: ignore[arg-type]
        case "negated":
            return s.Combined("not", (condition(b, cast(Node, node.children[0])),), b.over(node))
        case _:
            return _compare(b, node)


def fold_of(b: Builder, node: Node) -> s.FoldRef:
    """A sum over lines."""
    parts = {str(n.data): n for n in node.children if not isinstance(n, Token)}
    what = {"goods": "goods", "lines_of": "lines", "quantity_of": "quantity", "measure_quantity": "quantity",
            "measure_plus": "quantity"}.get(str(node.data)) or str(parts["summed"].children[0])  # fmt: skip
    where, plus = parts.get("where"), parts.get("plus")
    if "goods_of" in parts:
        goods = cast(Node, parts["goods_of"].children[0])
        parts[str(goods.data)] = goods
    after, among = parts.get("after"), next((n for data, n in parts.items() if data in AMONG), None)
    moment = None
    if "at_list" in parts:
        moment = s.BaseRef("list", None, b.over(node))
    elif after is not None:
        moment = s.BaseRef("after", b.word(cast(Token, cast(Node, after.children[0]).children[0])), b.over(node))
    own = [t for t in node.children if isinstance(t, Token)]
    added = b.word(cast(Token, plus.children[0])) if plus else b.word(own[0]) if own else None
    return s.FoldRef(
        what, moment, condition(b, cast(Node, where.children[0])) if where else None,  # type: ignore[arg-type]
        s.Target(AMONG[str(among.data)], b.words(among), b.over(among)) if among else None,  # type: ignore[arg-type]
        added, _fold_text(b, what, parts, among, added), b.over(node),
        node.data == "measure_plus" or "on_line" in parts,
    )  # fmt: skip


def _fold_text(b: Builder, what: str, parts: dict[str, Node], among: Node | None, added: s.Word | None) -> str:
    """A sum in the author's words."""
    names = "" if among is None else " or ".join(word.text for word in b.words(among))
    of = (
        ""
        if among is None
        else " of " + WHOSE.get(str(among.data), f"family {names}" if among.data == "on_family" else names)
    )
    text = {"goods": "goods", "lines": "number of lines", "quantity": "quantity"}.get(what, f"sum of {what}")
    if what == "quantity" and among is None and added is None:
        text = "sum of quantity"
    if what == "goods":
        after = parts.get("after")
        text += of + (" at list" if "at_list" in parts else f" after {b.text_of(after)}" if after else "")
    else:
        text += of
    where = parts.get("where")
    return text + (f" where ({b.text_of(where)})" if where else "") + (f" plus {added.text}" if added else "")


def _line_has(b: Builder, node: Node) -> s.Expr:
    """`any line has (x)` is that their number is at least 1; `no` and `every` that it is 0, of the others for `every`."""
    which, inside = str(cast(Node, node.children[0]).children[0]), condition(b, cast(Node, node.children[1]))
    span = b.over(node)
    inner = s.Combined("not", (inside,), span) if which == "every" else inside
    text = f"number of lines where ({'not ' if which == 'every' else ''}{b.text_of(cast(Node, node.children[1]))})"
    one = s.Lit("number", "1" if which == "any" else "0", None, span)
    return s.Compare(
        s.FoldRef("lines", None, inner, None, None, text, span), ">=" if which == "any" else "=", (one,), span
    )


def _compare(b: Builder, node: Node) -> s.Expr:
    if node.data == "line_has":
        return _line_has(b, node)
    if node.data == "fold_rel":
        last = cast(Node, node.children[2])
        side = b.cell_rate(last) if last.data == "cell_rate" else b.literal(last)
        fold = fold_of(b, cast(Node, node.children[0]))
        return s.Compare(fold, str(node.children[1]), (side,), b.over(node))  # type: ignore[arg-type]
    first = node.children[0]
    subject = b.word(first if isinstance(first, Token) else cast(Token, first.children[0]))
    span, data = b.over(node), str(node.data)
    if data in ("known", "not_known"):
        return s.Compare(subject, "known" if data == "known" else "not known", (), span)
    if data == "rel":
        relation = str(node.children[1])
        return s.Compare(subject, relation, (b.literal(cast(Node, node.children[2])),), span)  # type: ignore[arg-type]
    if data in ("is_", "is_not"):
        value = b.literal(cast(Node, node.children[1]))
        return s.Compare(subject, "is" if data == "is_" else "is not", (value,), span)
    return _options(b, subject, cast("list[Node]", cast(Node, node.children[1]).children), data == "not_in", span)


def _options(b: Builder, subject: s.Word, options: list[Node], negated: bool, span: Span) -> s.Expr:
    """`in a, b, 10 to 49`: values together, each range by itself, any of them."""
    singles = tuple(b.literal(o) for o in options if o.data != "span")
    parts: list[s.Expr] = []
    if singles:
        parts.append(s.Compare(subject, "in", singles, span))
    for option in options:
        if option.data == "span":
            ends = tuple(b.literal(cast(Node, end)) for end in option.children)
            parts.append(s.Compare(subject, "range", ends, span))
    whole = parts[0] if len(parts) == 1 else s.Combined("or", tuple(parts), span)
    if not negated:
        return whole
    if isinstance(whole, s.Compare):
        return s.Compare(subject, "not in" if whole.relation == "in" else "not range", whole.values, span)
    return s.Combined("not", (whole,), span)
