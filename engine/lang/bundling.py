"""Syntax of bundles: parts, attributes, and the rules between them; attributes that products have."""

from __future__ import annotations

from typing import cast

from lark import Token

from engine.lang import syntax as s
from engine.lang.tree import Builder, Node

CHOICES = {
    "require": "require", "forbid": "forbid", "prefer": "prefer", "hide": "hide", "disable": "disable", "implies": "implies",
    "narrows": "narrows", "equivalent": "equivalent", "choose": "choose", "sum_rule": "sum", "allowed": "allowed",
    "warn": "warn", "note": "note",
}  # fmt: skip
"""Clauses that are rules, and what they are called in syntax."""
FLAG = ("yes", "no")
BESIDE = ("asked", "because")


def _nodes(node: Node) -> dict[str, Node]:
    return {str(n.data): n for n in node.children if not isinstance(n, Token)}


def _tokens(node: Node, *kinds: str) -> list[Token]:
    return [t for t in node.children if isinstance(t, Token) and (not kinds or t.type in kinds)]


def _text(b: Builder) -> str:
    return " ".join(b.clause.text.split())


# ---------------------------------------------------------------- parts and attributes


def part(b: Builder, node: Node) -> s.PartDecl:
    """`part memory up to 2 of dimm_8, dimm_16 with 1 to 4 each default 2 dimm_16`."""
    name, *title = _tokens(node)
    found = _nodes(node)
    how = next((n for data, n in found.items() if data in MANY), None)
    offered = next((n for n in how.children if not isinstance(n, Token)), None) if how else None
    plain = found.get("part_many")
    each = (
        cast(Node, plain.children[0])
        if plain
        else cast(Node, found["part_each"].children[0])
        if "part_each" in found
        else None
    )
    family = offered is not None and offered.data == "of_family"
    named = b.words(offered) if offered else ()
    return s.PartDecl(
        b.word(name), b.text(title[0]) if title else None, _many(b, how) if how else None, () if family else named,
        named[0] if family else None, _range(b, each) if each else None, "optional" in found,
        _defaults(b, found.get("defaults")), b.span, _text(b),
    )  # fmt: skip


MANY = (
    "one_of",
    "any_of",
    "up_to_of",
    "least_of_these",
    "exactly_of",
    "between_of",
    "most",
    "least",
    "exactly",
    "between",
)


def _many(b: Builder, node: Node) -> tuple[s.Word | None, s.Word | None]:
    """From how many to how many; None is open."""
    numbers = [b.word(t) for t in _tokens(node, "NUMBER")]
    match str(node.data):
        case "one_of":
            one = s.Word("1", b.over(node))
            return one, one
        case "any_of":
            return None, None
        case "up_to_of" | "most":
            return None, numbers[0]
        case "least_of_these" | "least":
            return numbers[0], None
        case _:
            return numbers[0], numbers[-1]


def _range(b: Builder, node: Node) -> s.Range:
    low, *high = [b.word(t) for t in _tokens(node, "NUMBER")]
    step = _nodes(node).get("steps_of")
    return s.Range(low, high[0] if high else None, b.word(_tokens(step)[0]) if step else None, b.over(node))


def _defaults(b: Builder, node: Node | None) -> tuple[s.DefaultDecl, ...]:
    found = []
    for one in cast("list[Node]", node.children) if node else ():
        count = next((b.word(t) for t in _tokens(one, "NUMBER")), None)
        what = next((b.word(t) for t in _tokens(one) if t.type != "NUMBER"), None)
        found.append(s.DefaultDecl(count, what, b.over(one)))
    return tuple(found)


def attribute(b: Builder, node: Node) -> s.AttributeDecl:
    """`attribute colour: one of red, blue default red`, and a question, which is an attribute that may be left open."""
    name, *title = _tokens(node)
    found = _nodes(node)
    kind = next(n for data, n in found.items() if data in ("kind_words", "kind_flag", "attribute_kind"))
    inner = next((n for n in kind.children if not isinstance(n, Token)), None)
    ranged = kind.data == "attribute_kind"
    listed = inner if kind.data == "kind_words" else None
    values = (
        tuple(s.Word(word, b.span) for word in FLAG) if kind.data == "kind_flag" else b.words(listed) if listed else ()
    )
    return s.AttributeDecl(
        b.word(name), b.text(title[0]) if title else None, values, _range(b, cast(Node, inner)) if ranged else None,
        node.data == "ask", _defaults(b, found.get("defaults")), b.span, _text(b),
    )  # fmt: skip


# ---------------------------------------------------------------- prices

PRICES = ("price_parts", "price_fixed", "price_part")


def price(b: Builder, node: Node, over: s.Over | None) -> s.BundlePrice:
    """`price sum of parts, 5% off list, spread by ssp`, `price 999 EUR`, `price keyboard 10 EUR`."""
    off = _nodes(node).get("parts_off")
    if node.data == "price_parts":
        return s.BundlePrice(_off(b, off, over) if off else None, None, None, over, b.span)
    rates = [b.rate(n if n.data == "rate" else cast(Node, n.children[0])) for n in _rates(node)]
    fixed = s.PriceClause(cast(s.Rate, b.with_others(rates[0], rates[1:])), None, None, b.span, over)
    return s.BundlePrice(None, fixed, next((b.word(t) for t in _tokens(node)), None), over, b.span)


def _off(b: Builder, node: Node, over: s.Over | None) -> s.GiveClause:
    amount, *more = cast("list[Node]", node.children)
    others = [n for n in more if n.data == "other_amount"]
    return s.GiveClause("give", b.amount(amount, others), b.base(more[-1]), b.span, over)


def _rates(node: Node) -> list[Node]:
    return [n for n in node.children if not isinstance(n, Token) and n.data in ("rate", "other_rate")]


# ---------------------------------------------------------------- rules


def choice(b: Builder, node: Node) -> s.Choice:
    """Any rule of a bundle."""
    found, kind = _nodes(node), CHOICES[str(node.data)]
    asked, because = found.get("asked"), found.get("because")
    many = next((n for data, n in found.items() if data in MANY), None)
    texts = _tokens(node, "STRING")
    said = b.text(texts[0]) if texts else ""
    return s.Choice(
        kind, _wishes(b, node), b.expr(cast(Node, asked.children[0])) if asked else None,  # type: ignore[arg-type]
        b.text(_tokens(because)[0]) if because else None, b.span, _text(b), _many(b, many) if many else (None, None),
        _sums(b, node) if kind == "sum" else None, str(found["relation"].children[0]) if kind == "sum" else "",
        s.Lit("text", said, None, b.at(texts[0])) if kind == "allowed" and texts else None,
        b.cells() if kind == "allowed" else None, said if kind != "allowed" else "",
    )  # fmt: skip


def _wishes(b: Builder, node: Node) -> tuple[s.Expr, ...]:
    """What a rule is about: conditions, or names each of which is one."""
    if node.data == "sum_rule":
        return ()
    found: list[s.Expr] = []
    for child in node.children:
        if isinstance(child, Token) or child.data in (*BESIDE, *MANY):
            continue
        if child.data in ("wish_list", "refs"):
            found += [s.Compare(word, "known", (), word.span) for word in b.words(child)]
        else:
            found.append(b.expr(child))
    return tuple(found)


def _sums(b: Builder, node: Node) -> tuple[s.Summand, s.Summand]:
    """The two sides of a sum."""
    first, _, side = [n for n in node.children if not isinstance(n, Token) and n.data not in BESIDE]
    if side.data == "other_sum":
        return _summand(b, first), _summand(b, cast(Node, side.children[0]))
    other = b.word(_tokens(side)[0])
    if side.data == "money":
        amount = cast(s.Lit, b.literal(side))
        return _summand(b, first), s.Summand(other, (), "money", amount.span, amount=amount)
    return _summand(b, first), s.Summand(other, (), "number" if side.data == "number" else "name", other.span)


def _summand(b: Builder, node: Node) -> s.Summand:
    found = _nodes(node)
    of, per = found.get("refs"), found.get("summed_per")
    return s.Summand(
        b.word(_tokens(node)[0]), b.words(of) if of else (), "sum", b.over(node), b.word(_tokens(per)[0]) if per else None
    )  # fmt: skip


def expected(b: Builder, node: Node) -> s.Expected:
    """A line of a `configure` block."""
    because = _nodes(node).get("because")
    kind = str(node.data).removesuffix("_these")
    return s.Expected(
        kind, _wishes(b, node), b.text(_tokens(because)[0]) if because else None, b.span, _text(b)  # type: ignore[arg-type]
    )  # fmt: skip


# ---------------------------------------------------------------- of products


def told(b: Builder, node: Node) -> tuple[s.Word, s.Word | s.Lit]:
    """`attribute watts 65`, `attribute socket am5`."""
    name, value = _tokens(node)
    return b.word(name), s.Lit("number", str(value), None, b.at(value)) if value.type == "NUMBER" else b.word(value)


def from_column(b: Builder, node: Node) -> tuple[s.Word, s.Word]:
    """`attribute watts column "TDP"`."""
    name, column = _tokens(node)
    return b.word(name), b.word(column)
