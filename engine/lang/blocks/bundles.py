"""Makes the nodes of bundles: parts, attributes, the rules between them, and prices; and of the block that tests them."""

from __future__ import annotations

from typing import cast

from lark import Token

from engine.lang import slips
from engine.lang import syntax as s
from engine.lang.blocks.block import Clauses, ClausesByName, Reading, called, title_of, words_of
from engine.lang.blocks.cells import cells_of
from engine.lang.blocks.conditions import condition
from engine.lang.blocks.over import OVER, over_of
from engine.lang.builder import Builder, Node, nodes, tokens

CHOICES = {
    "require": "require", "forbid": "forbid", "prefer": "prefer", "hide": "hide", "disable": "disable", "implies": "implies",
    "narrows": "narrows", "equivalent": "equivalent", "choose": "choose", "sum_rule": "sum", "allowed": "allowed",
    "warn": "warn", "note": "note",
}  # fmt: skip
"""Clauses that are rules, and what they are called in syntax."""
FLAG = ("yes", "no")
BESIDE = ("asked", "because")
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
PRICED_AS = ("price_parts", "price_fixed", "price_part")


def make_bundle(r: Reading, b: Builder, head: Node, clauses: Clauses) -> s.Block:
    """`bundle` and `features`."""
    of = ClausesByName(r, clauses, frozenset({"allowed"}))
    shared = head.data == "features_head"
    for clause, _ in of.every("part") if shared else ():
        r.add(slips.not_here(clause.span, "part", "features block", "attribute, with, and rules between attributes"))
    for clause, _ in of.every(*PRICED_AS) if shared else ():
        r.add(slips.not_here(clause.span, "price", "features block", "attribute, with, and rules between attributes"))
    for clause, node in of.every("allowed"):
        if bool(tokens(node, "STRING")) == bool(clause.clause.rows):
            r.add(
                slips.odd_table(cast(s.Cells, cells_of(clause)).span)
                if clause.clause.rows
                else slips.no_table(clause.span)
            )
    return s.BundleBlock(
        called(b, head), title_of(b, head), words_of(of.every("with_features")),
        tuple(part(*pair) for pair in of.every("part")),
        tuple(attribute(*pair) for pair in of.every("attribute", "ask")),
        tuple(choice(*pair) for pair in of.every(*CHOICES)), shared, b.span,
        tuple(price(c, n, _dealt(r, c, n)) for c, n in of.every(*PRICED_AS)),
    )  # fmt: skip


def _dealt(r: Reading, b: Builder, node: Node) -> s.Over | None:
    return over_of(r, b, [n for n in node.children if not isinstance(n, Token) and n.data in OVER])


def make_configure(r: Reading, b: Builder, head: Node, clauses: Clauses) -> s.Block:
    """`configure`."""
    ClausesByName(r, clauses)
    return s.ConfigureBlock(
        called(b, head), cast(str, title_of(b, head)), tuple(expected(*pair) for pair in clauses), b.span
    )  # fmt: skip


def part(b: Builder, node: Node) -> s.PartDecl:
    """`part memory up to 2 of dimm_8, dimm_16 with 1 to 4 each default 2 dimm_16`."""
    name, *title = tokens(node)
    found = nodes(node)
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


def _text(b: Builder) -> str:
    return " ".join(b.clause.text.split())


def _many(b: Builder, node: Node) -> tuple[s.Word | None, s.Word | None]:
    """From how many to how many; None is open."""
    numbers = [b.word(t) for t in tokens(node, "NUMBER")]
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
    low, *high = [b.word(t) for t in tokens(node, "NUMBER")]
    step = nodes(node).get("steps_of")
    return s.Range(low, high[0] if high else None, b.word(tokens(step)[0]) if step else None, b.over(node))


def _defaults(b: Builder, node: Node | None) -> tuple[s.DefaultDecl, ...]:
    found = []
    for one in cast("list[Node]", node.children) if node else ():
        count = next((b.word(t) for t in tokens(one, "NUMBER")), None)
        what = next((b.word(t) for t in tokens(one) if t.type != "NUMBER"), None)
        found.append(s.DefaultDecl(count, what, b.over(one)))
    return tuple(found)


def attribute(b: Builder, node: Node) -> s.AttributeDecl:
    """`attribute colour: one of red, blue default red`, and a question, which is an attribute that may be left open."""
    name, *title = tokens(node)
    found = nodes(node)
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


def price(b: Builder, node: Node, over: s.Over | None) -> s.BundlePrice:
    """`price sum of parts, 5% off list, spread by ssp`, `price 999 EUR`, `price keyboard 10 EUR`."""
    off = nodes(node).get("parts_off")
    if node.data == "price_parts":
        return s.BundlePrice(_off(b, off, over) if off else None, None, None, over, b.span)
    rates = [b.rate(n if n.data == "rate" else cast(Node, n.children[0])) for n in _rates_of(node)]
    fixed = s.PriceClause(cast(s.Rate, b.with_others(rates[0], rates[1:])), None, None, b.span, over)
    return s.BundlePrice(None, fixed, next((b.word(t) for t in tokens(node)), None), over, b.span)


def _off(b: Builder, node: Node, over: s.Over | None) -> s.GiveClause:
    amount, *more = cast("list[Node]", node.children)
    others = [n for n in more if n.data == "other_amount"]
    return s.GiveClause("give", b.amount(amount, others), b.base(more[-1]), b.span, over)


def _rates_of(node: Node) -> list[Node]:
    return [n for n in node.children if not isinstance(n, Token) and n.data in ("rate", "other_rate")]


def choice(b: Builder, node: Node) -> s.Choice:
    """Any rule of a bundle."""
    found, kind = nodes(node), CHOICES[str(node.data)]
    asked, because = found.get("asked"), found.get("because")
    many = next((n for data, n in found.items() if data in MANY), None)
    texts = tokens(node, "STRING")
    said = b.text(texts[0]) if texts else ""
    return s.Choice(
        kind, _wishes(b, node), condition(b, cast(Node, asked.children[0])) if asked else None,  # type: ignore[arg-type]
        b.text(tokens(because)[0]) if because else None, b.span, _text(b), _many(b, many) if many else (None, None),
        _sums(b, node) if kind == "sum" else None, str(found["relation"].children[0]) if kind == "sum" else "",
        s.Lit("text", said, None, b.at(texts[0])) if kind == "allowed" and texts else None,
        cells_of(b) if kind == "allowed" else None, said if kind != "allowed" else "",
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
            found.append(condition(b, child))
    return tuple(found)


def _sums(b: Builder, node: Node) -> tuple[s.Summand, s.Summand]:
    """The two sides of a sum."""
    first, _, side = [n for n in node.children if not isinstance(n, Token) and n.data not in BESIDE]
    if side.data == "other_sum":
        return _summand(b, first), _summand(b, cast(Node, side.children[0]))
    other = b.word(tokens(side)[0])
    if side.data == "money":
        amount = cast(s.Lit, b.literal(side))
        return _summand(b, first), s.Summand(other, (), "money", amount.span, amount=amount)
    return _summand(b, first), s.Summand(other, (), "number" if side.data == "number" else "name", other.span)


def _summand(b: Builder, node: Node) -> s.Summand:
    found = nodes(node)
    of, per = found.get("refs"), found.get("summed_per")
    return s.Summand(
        b.word(tokens(node)[0]), b.words(of) if of else (), "sum", b.over(node), b.word(tokens(per)[0]) if per else None
    )  # fmt: skip


def expected(b: Builder, node: Node) -> s.Expected:
    """A line of a `configure` block."""
    because = nodes(node).get("because")
    kind = str(node.data).removesuffix("_these")
    return s.Expected(
        kind, _wishes(b, node), b.text(tokens(because)[0]) if because else None, b.span, _text(b)  # type: ignore[arg-type]
    )  # fmt: skip
