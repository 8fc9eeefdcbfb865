"""Makes the nodes of what rules give."""

from __future__ import annotations

from typing import cast

from lark import Token

from engine.lang import slips
from engine.lang import syntax as s
from engine.lang.blocks.block import ClausesByName, Reading
from engine.lang.blocks.over import OVER, over_of
from engine.lang.blocks.prices import price_clause
from engine.lang.builder import AMONG, Builder, Node, tokens

PRICES = ("price", "price_tiers", "price_block", "price_over")
GIVES = (*PRICES, "give", "add", "at_least", "give_first", "give_cheapest", "by_hand")


def give_of(r: Reading, b: Builder, node: Node) -> s.Clause | s.AtLeastClause | s.PriceClause:
    """A clause of what a rule gives."""
    if node.data in PRICES:
        return price_clause(r, b, node)
    if node.data == "by_hand":
        limits = [cast("list[Token]", n.children) for n in cast("list[Node]", node.children)]
        return s.HandClause(
            tuple((s.Lit("percent", str(p)[:-1], None, b.at(p)), b.word(name)) for p, name in limits), b.span
        )
    amount, *more = cast("list[Node]", node.children)
    if node.data == "at_least":
        tail = [n for n in more if n.data != "other_amount"]
        of = "_".join(str(t) for t in tail[0].children) if tail else "amount"
        return s.AtLeastClause(_in_currencies(b, amount, more), of, b.span)  # type: ignore[arg-type]
    if node.data in ("give_first", "give_cheapest"):
        return _units_off(b, node)
    base = next((b.base(n) for n in more if n.data == "base"), None)
    over = over_of(r, b, [n for n in more if n.data in OVER])
    tax = next((str(n.children[0]) for n in more if n.data == "tax_said"), None)
    return s.GiveClause(str(node.data), _in_currencies(b, amount, more), base, b.span, over, tax)  # type: ignore[arg-type]


def _in_currencies(b: Builder, amount: Node, more: list[Node]) -> s.Operand | s.Rate:
    """An amount, with what it is in other currencies."""
    return b.amount(amount, [n for n in more if n.data == "other_amount"])


def _units_off(b: Builder, node: Node) -> s.UnitsClause | s.CheapestClause:
    parts = [n for n in node.children if not isinstance(n, Token)]
    amount = b.amount(parts[0])
    if node.data == "give_cheapest":
        order = str(next(n for n in parts if n.data == "cheap").children[0])
        count = next((b.word(t) for t in tokens(node, "NUMBER")), None)
        return s.CheapestClause(amount, count, order, b.span)  # type: ignore[arg-type]
    other = next((b.amount(cast(Node, n.children[0])) for n in parts if n.data == "others"), None)
    most = next((b.word(tokens(n)[0]) for n in parts if n.data == "most_units"), None)
    return s.UnitsClause(amount, other, most, b.span)


def offer_of(r: Reading, b: Builder, of: ClausesByName) -> s.OfferClauses | None:
    """`buy` and `get`, which are one thing given."""
    buy, get, times = of.one("buy"), of.one("get"), of.one("most_times")
    for clause, name in ((buy, "buy"), (get, "get")):
        if clause is None:
            r.add(slips.needs_clause(b.span, "offer", name))
    if buy is None or get is None:
        return None
    tails = {str(n.data): n for n in get[1].children if not isinstance(n, Token)}
    first, off = tails.get("got_first"), tails.get("got_off")
    order = str(cast(Node, first.children[0]).children[0]) if first else "cheapest"
    return s.OfferClauses(
        _number(*buy), _of_goods(*buy), _number(*get), _of_goods(*get), order,  # type: ignore[arg-type]
        get[0].amount(cast(Node, off.children[0])) if off else None, _number(*times) if times else None, get[0].span,
    )  # fmt: skip


def _number(b: Builder, node: Node) -> s.Word:
    return b.word(tokens(node, "NUMBER")[0])


def _of_goods(b: Builder, node: Node) -> s.Target | None:
    found = [n for n in node.children if not isinstance(n, Token) and str(n.data) in AMONG]
    return b.target(found[0]) if found else None


def charge_of(of: ClausesByName) -> tuple[s.ChargeClause, ...]:
    """`charge` and `category` are one thing given."""
    charge, category = of.one("charge"), of.one("category")
    said = charge or category
    if said is None:
        return ()
    amount = charge[0].literal(cast(Node, charge[1].children[0])) if charge else None
    word = category[0].word(tokens(category[1])[0]) if category else None
    return (s.ChargeClause(amount, word, said[0].span),)
