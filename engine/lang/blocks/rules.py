"""Makes the nodes of rules, floors, taxes and exceptions, of denials and of approvals."""

from __future__ import annotations

from typing import cast

from lark import Token

from engine.lang import slips
from engine.lang import syntax as s
from engine.lang.blocks.block import Clauses, ClausesByName, Reading, called, title_of
from engine.lang.blocks.conditions import condition
from engine.lang.blocks.gives import GIVES, charge_of, give_of, offer_of
from engine.lang.blocks.prices import tier_table
from engine.lang.blocks.terms import TERMS, terms
from engine.lang.builder import Builder, Node, tokens
from engine.lang.places import Span


def make_rule(r: Reading, b: Builder, head: Node, clauses: Clauses) -> s.Block:
    """A discount, surcharge, price or offer of a step."""
    step = b.word(cast(Token, cast(Node, head.children[0]).children[0]))
    kind = str(cast(Node, head.children[1]).children[0])
    return _rule_of(r, b, head, clauses, step, kind)


def make_exception(r: Reading, b: Builder, head: Node, clauses: Clauses) -> s.Block:
    """`STEP exception NAME to A, B`."""
    step = b.word(cast(Token, cast(Node, head.children[0]).children[0]))
    return _rule_of(r, b, head, clauses, step, "exception")


def make_floor(r: Reading, b: Builder, head: Node, clauses: Clauses) -> s.Block:
    """`floor`, which is its own step."""
    word = s.Word("floor", Span(b.file, b.clause.line, b.clause.column, 5))
    return _rule_of(r, b, head, clauses, word, "floor")


def make_tax(r: Reading, b: Builder, head: Node, clauses: Clauses) -> s.Block:
    """`tax rate` and `tax exception`."""
    word = s.Word("tax", Span(b.file, b.clause.line, b.clause.column, 3))
    return _rule_of(r, b, head, clauses, word, "tax" if head.data == "tax_head" else "exception")


def _rule_of(r: Reading, b: Builder, head: Node, clauses: Clauses, step: s.Word, kind: str) -> s.Block:
    of = ClausesByName(r, clauses, frozenset({"price_tiers", "price_block", "tiers"}))
    named = {n.data: n for n in head.children if not isinstance(n, Token)}
    target = next((n for data, n in named.items() if str(data).startswith("on_") or data == "everything"), None)
    offer = offer_of(r, b, of) if kind == "offer" else None
    rows, dates, when, tiers, because, base = (
        of.one(name) for name in ("rows_of", "dated", "when", "tiers", "because", "tier_base")
    )
    return s.RuleBlock(
        step, kind, called(b, head), title_of(b, head), b.target(target) if target else None,  # type: ignore[arg-type]
        b.words(named["names"]) if "names" in named else (),
        rows[0].word(tokens(rows[1])[0]) if rows else None,
        dates[0].dates(cast(Node, dates[1].children[0])) if dates else None,
        condition(when[0], cast(Node, when[1].children[0])) if when else None,
        (*(give_of(r, *pair) for pair in of.every(*GIVES)), *([offer] if offer else []), *charge_of(of)),
        tier_table(r, *tiers) if tiers else None,
        base[0].base(cast(Node, base[1].children[0])) if base else None,
        because[0].text(tokens(because[1])[0]) if because else None, b.span, _more(of), terms(r, of.every(*TERMS)),
        may_fall=of.one("may_fall") is not None, may_meet=of.one("may_meet") is not None,
    )  # fmt: skip


def _more(of: ClausesByName) -> s.More | None:
    alone, codes = of.one("alone"), of.one("needs_code")
    limits = tuple(_limit(c, n) for c, n in of.every("once_per_customer", "limit_times", "limit_amount"))
    final = of.one("final") is not None
    if alone is None and codes is None and not limits and not final:
        return None
    named = [n for n in alone[1].children if not isinstance(n, Token)] if alone else []
    return s.More(
        None if alone is None else alone[0].words(named[0]) if named else (), final,
        tuple(s.Lit("text", codes[0].text(t), None, codes[0].at(t)) for t in tokens(codes[1])) if codes else (), limits,
    )  # fmt: skip


def _limit(b: Builder, node: Node) -> s.Limit:
    if node.data == "limit_amount":
        return s.Limit("amount", b.literal(cast(Node, node.children[0])), b.span)
    if node.data == "limit_times":
        return s.Limit("times", s.Lit("number", str(tokens(node)[0]), None, b.span), b.span)
    return s.Limit("customer", None, b.span)


def make_denial(r: Reading, b: Builder, head: Node, clauses: Clauses) -> s.Block:
    """`deny`."""
    of = ClausesByName(r, clauses)
    target = next((n for n in head.children if not isinstance(n, Token)), None)
    rows, dates, when, because = (of.one(name) for name in ("rows_of", "dated", "when", "because"))
    return s.DenyBlock(
        called(b, head), b.target(target) if target else None, rows[0].word(tokens(rows[1])[0]) if rows else None,
        dates[0].dates(cast(Node, dates[1].children[0])) if dates else None,
        condition(when[0], cast(Node, when[1].children[0])) if when else None,
        because[0].text(tokens(because[1])[0]) if because else None, b.span,
    )  # fmt: skip


def make_approval(r: Reading, b: Builder, head: Node, clauses: Clauses) -> s.Block:
    """`approval`."""
    of = ClausesByName(r, clauses)
    because = of.one("because")
    target = next((n for n in head.children if not isinstance(n, Token)), None)
    if not of.every("needs"):
        r.add(slips.needs_clause(b.span, "approval", "when ... needs"))
    return s.ApprovalBlock(
        called(b, head), b.target(target) if target else None, tuple(_needs(*pair) for pair in of.every("needs")),
        because[0].text(tokens(because[1])[0]) if because else None, b.span,
    )  # fmt: skip


def _needs(b: Builder, node: Node) -> s.Needs:
    when, *stages = cast("list[Node]", node.children)
    return s.Needs(condition(b, when), tuple(b.words(stage) for stage in stages), b.span)
