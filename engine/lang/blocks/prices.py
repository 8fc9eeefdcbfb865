"""Makes the nodes of price clauses: a rate, tiers, over cost, of a total."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from lark import Token

from engine.lang import slips
from engine.lang import syntax as s
from engine.lang.blocks import times
from engine.lang.blocks.block import Reading
from engine.lang.blocks.cells import cells_of
from engine.lang.blocks.conditions import fold_of
from engine.lang.blocks.over import OVER, over_of
from engine.lang.builder import Builder, Node, tokens

MEASURES = ("measure_name", "measure_quantity", "measure_plus", "goods")


def price_clause(r: Reading, b: Builder, node: Node) -> s.PriceClause:
    """Any clause that says a price or a cost."""
    if node.data in times.PRICES:
        if str(node.data) in ("accrual_tiers", "tariff") and not b.clause.rows:
            r.add(slips.no_table(b.span))
        return times.price(b, node)
    if node.data in ("price_tiers", "price_block"):
        return s.PriceClause(None, tier_table(r, b, node), None, b.span)
    if node.data in PRICED:
        return PRICED[str(node.data)](b, node)
    rate, *more = cast("list[Node]", node.children)
    dates = [n for n in more if n.data not in (*OVER, "other_rate")]
    others = [b.rate(cast(Node, n.children[0])) for n in more if n.data == "other_rate"]
    return s.PriceClause(
        cast(s.Rate, b.with_others(b.rate(rate), others)),
        None,
        b.dates(dates[0]) if dates else None,
        b.span,
        over_of(r, b, [n for n in more if n.data in OVER]),
    )


def tier_table(r: Reading, b: Builder, node: Node) -> s.TierTable:
    """A table of tiers, and what it measures."""
    parts = {n.data: n for n in node.children if not isinstance(n, Token)}
    mode = "block" if node.data == "price_block" else " ".join(str(t) for t in parts["tier_mode"].children)
    cells = cells_of(b)
    if cells is None:
        r.add(slips.no_table(b.span))
        cells = s.Cells((), (), b.span)
    by = parts.get("by_fact") or parts.get("measure") or next((n for n in parts.values() if n.data in MEASURES), None)
    measure = None if by is None else b.word(tokens(by)[0]) if by.data == "by_fact" else _measure(b, by)
    return s.TierTable(mode, measure, cells, b.span, "at_zero" in parts)  # type: ignore[arg-type]


def _measure(b: Builder, node: Node) -> s.Word | s.FoldRef:
    if node.data != "measure_name":
        return fold_of(b, node)
    return b.word(tokens(node)[0]) if node.children else s.Word("quantity", b.over(node))


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
