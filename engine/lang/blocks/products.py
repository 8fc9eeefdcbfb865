"""Makes the nodes of products, one by one and from a file, and of what they tell of themselves."""

from __future__ import annotations

from typing import cast

from lark import Token

from engine.lang import slips
from engine.lang import syntax as s
from engine.lang.blocks import times
from engine.lang.blocks.block import Clauses, ClausesByName, Reading, words_of
from engine.lang.blocks.price_book import prorate_of, setting_of
from engine.lang.blocks.prices import PRICED, price_clause
from engine.lang.blocks.terms import TERMS, terms
from engine.lang.builder import Builder, Node, tokens
from engine.lang.durations import PERIODS


def make_product(r: Reading, b: Builder, head: Node, clauses: Clauses) -> s.Block:
    """`product`."""
    of = ClausesByName(r, clauses, frozenset({"price_tiers", "price_block", "accrual_tiers", "tariff", "ramp"}))
    unit, charged = of.one("unit_of"), of.one("charged")
    name, *title = tokens(head)
    return s.ProductBlock(
        b.word(name), b.text(title[0]) if title else None, words_of(of.every("families")),
        unit[0].word(tokens(unit[1])[0]) if unit else None,
        tuple(price_clause(r, *pair) for pair in of.every("price", "price_tiers", "price_block", *PRICED, *times.PRICES)),
        tuple(price_clause(r, *pair) for pair in of.every("cost")), of.one("never") is not None,
        tuple(setting_of(*pair) for pair in of.every("setting")), b.span, of.one("shipping") is not None,
        terms(r, of.every(*TERMS)), _taxed_as(of.one("taxed_as")),
        may_fall=of.one("may_fall") is not None,
        charged=charged[0].word(tokens(charged[1])[0]) if charged else None,
        prorate=prorate_of(of), ramp=_ramp(r, of), attributes=tuple(told(*pair) for pair in of.every("attribute_of")),
    )  # fmt: skip


def _ramp(r: Reading, of: ClausesByName) -> s.RampDecl | None:
    found = of.one("ramp", "ramp_every")
    if found is None:
        return None
    ramp = times.ramp(*found)
    if ramp.every is None and ramp.cells is None:
        r.add(slips.no_table(ramp.span))
    return ramp


def _taxed_as(said: tuple[Builder, Node] | None) -> s.Word | None:
    return said[0].word(tokens(said[1])[0]) if said else None


def make_products(r: Reading, b: Builder, head: Node, clauses: Clauses) -> s.Block | None:
    """`products from`."""
    of = ClausesByName(r, clauses)
    file = tokens(head, "STRING")[0]
    columns = tuple(
        (c.word(cast(Token, cast(Node, n.children[0]).children[0])), c.word(cast(Token, n.children[1])))
        for c, n in of.every("column")
    )
    unit, charged = of.one("unit_of"), of.one("charged")
    period = None
    if charged:
        word = charged[0].word(tokens(charged[1])[0])
        period = PERIODS.get(word.text)
        if period is None and word.text == "once":
            r.add(slips.per_once(word.span))
        elif period is None:
            r.add(slips.unexpected(word.span, word.text, slips.nearest(word.text, list(PERIODS)), list(PERIODS)))
    return s.ProductsFrom(
        s.Lit("text", b.text(file), None, b.at(file)), columns, words_of(of.every("families")),
        unit[0].word(tokens(unit[1])[0]) if unit else None, period, of.one("never") is not None, b.span,
        _taxed_as(of.one("taxed_as")), tuple(from_column(*pair) for pair in of.every("attribute_column")),
    )  # fmt: skip


def told(b: Builder, node: Node) -> tuple[s.Word, s.Word | s.Lit]:
    """`attribute watts 65`, `attribute socket am5`."""
    name, value = tokens(node)
    return b.word(name), s.Lit("number", str(value), None, b.at(value)) if value.type == "NUMBER" else b.word(value)


def from_column(b: Builder, node: Node) -> tuple[s.Word, s.Word]:
    """`attribute watts column "TDP"`."""
    name, column = tokens(node)
    return b.word(name), b.word(column)
