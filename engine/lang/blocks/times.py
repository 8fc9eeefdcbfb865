"""Makes the nodes of what has to do with time: ramps, rates a year, tariffs by hour, and when a quote or line of a test runs."""

from __future__ import annotations

from datetime import date, timedelta
from typing import cast

from lark import Token

from engine.lang import syntax as s
from engine.lang.blocks.cells import cells_of
from engine.lang.builder import Builder, Node

PRICES = ("accrual", "accrual_tiers", "tariff")
"""Clauses of a price that hangs on other facts of a line than its quantity."""


def ramp(b: Builder, node: Node) -> s.RampDecl:
    """`ramp every 12 months, 4% uplift a year`, or `ramp` above a table."""
    if node.data == "ramp":
        return s.RampDecl(None, None, "", cells_of(b), b.span)
    number, word, *more = node.children
    span = b.at(cast(Token, number))
    percent = next((t for t in more if isinstance(t, Token)), None)
    each = next((" ".join(map(str, n.children)) for n in more if not isinstance(n, Token)), "")
    uplift = s.Lit("percent", str(percent)[:-1], None, b.at(percent)) if percent is not None else None
    return s.RampDecl(s.Lit("duration", str(number), str(word), span), uplift, each, None, b.span)


def price(b: Builder, node: Node) -> s.PriceClause:
    """A clause of `PRICES`."""
    nodes = {n.data: n for n in node.children if not isinstance(n, Token)}
    tokens = {t.type: t for t in node.children if isinstance(t, Token)}
    dates = b.dates(nodes["dates"]) if "dates" in nodes else None
    of = b.word(tokens["PATH"])
    cells = cells_of(b) or s.Cells((), (), b.span)
    if node.data == "tariff":
        return s.PriceClause(None, None, dates, b.span, tariff=s.TariffDecl(of, cells, b.span))
    period = b.word(tokens["NAME"]) if "NAME" in tokens else None
    count = b.word(tokens["DAYCOUNT"]) if "DAYCOUNT" in tokens else None
    tiers = None
    if "tier_mode" in nodes:
        mode = " ".join(str(t) for t in nodes["tier_mode"].children)
        tiers = s.TierTable(mode, of, cells, b.span)  # type: ignore[arg-type]
    share = tokens.get("PERCENT") or tokens.get("NUMBER")
    rate = None if share is None else _share(b, share)
    return s.PriceClause(None, None, dates, b.span, accrual=s.AccrualDecl(rate, tiers, period, of, count, b.span))


def _share(b: Builder, token: Token) -> s.Lit:
    if token.type == "NUMBER":
        return s.Lit("bp", str(token), None, b.at(token))
    return s.Lit("percent", str(token)[:-1], None, b.at(token))


def given(b: Builder, node: Node, scope: str) -> tuple[s.GivenFact, ...]:
    """`from D until D2` and `for 12 months` in a test's quote or line: facts of that scope; an end is its last day."""
    span = b.over(node)

    def fact(name: str, value: s.Lit) -> s.GivenFact:
        return s.GivenFact(s.Word(f"{scope}.{name}", span), value, span)

    if node.data == "given_term":
        number, word = cast("list[Token]", node.children)
        return (fact("term", s.Lit("duration", str(number), str(word), b.over(node))),)
    said = b.dates(cast(Node, node.children[0]))
    start = () if said.start is None else (fact("start", said.start),)
    if said.end is None:
        return start
    return (*start, fact("end", said.end if said.inclusive else _day_before(said.end)))


def _day_before(day: s.Lit) -> s.Lit:
    """The day before; a day that is none stays as it is, for whoever reads it."""
    try:
        return s.Lit("date", (date.fromisoformat(day.text) - timedelta(1)).isoformat(), None, day.span)
    except (ValueError, OverflowError):
        return day
