"""Makes each block's node of its heading and clauses: which clauses it has, which may come twice, which must be there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import cast

from lark import Token

from engine.lang import bundling, slips, times
from engine.lang import syntax as s
from engine.lang.diagnostics import Diagnostic
from engine.lang.places import Span
from engine.lang.sale import TERMS, terms
from engine.lang.selecting import PRICED, picks, rounded
from engine.lang.tree import AMONG, PERIODS, Builder, Node

Clauses = list[tuple[Builder, Node]]


@dataclass
class Reading:
    """A file being read: its blocks and mistakes so far."""

    file: str
    blocks: list[s.Block] = field(default_factory=list)
    found: list[Diagnostic] = field(default_factory=list)

    def add(self, diagnostic: Diagnostic) -> None:
        """Keep a mistake."""
        self.found.append(diagnostic)


Make = Callable[[Reading, Builder, Node, Clauses], s.Block | None]


@dataclass(frozen=True)
class Block:
    """A kind of block: the start rules of its heading and of its clauses (None: it has none), and what makes its node.

    `table`: rows may stand right below its heading.
    """

    name: str
    head: str
    clause: str | None
    make: Make
    table: bool = False


class _Clauses:
    """The clauses of a block by name, taken one by one; tables where they belong."""

    def __init__(self, reading: Reading, clauses: Clauses, tables: frozenset[str] = frozenset()) -> None:
        self.reading, self.all = reading, clauses
        for builder, node in clauses:
            if node.data not in tables and builder.clause.rows:
                reading.add(slips.odd_table(cast(s.Cells, builder.cells()).span))

    def every(self, *names: str) -> Clauses:
        """All clauses of these names, in order."""
        return [(b, n) for b, n in self.all if n.data in names]

    def one(self, *names: str) -> tuple[Builder, Node] | None:
        """The only clause of these names; a second one is a mistake."""
        found = self.every(*names)
        for builder, _ in found[1:]:
            self.reading.add(slips.twice(builder.span, builder.clause.text.split()[0]))
        return found[0] if found else None


def _tokens(node: Node, *kinds: str) -> list[Token]:
    return [t for t in node.children if isinstance(t, Token) and (not kinds or t.type in kinds)]


def _title(b: Builder, head: Node) -> str | None:
    return next((b.text(t) for t in _tokens(head, "STRING")), None)


def _named(b: Builder, head: Node) -> s.Word:
    return b.word(_tokens(head, "NAME")[0])


def _words(pairs: Iterable[tuple[Builder, Node]]) -> tuple[s.Word, ...]:
    return tuple(word for b, n in pairs for word in b.words(cast(Node, n.children[0])))


# ---------------------------------------------------------------- the price book


def _price_book(r: Reading, b: Builder, head: Node, clauses: Clauses) -> s.Block:
    of = _Clauses(r, clauses)
    rounded, shown = of.one("round"), of.one("show")
    settings = [of.one(name) for name in ("currency", "currencies", "zone", "taxed", "round_tax")]
    return s.PriceBook(
        _named(b, head), _title(b, head), tuple(_setting(*pair) for pair in settings if pair),
        _round(*rounded) if rounded else None, _words(of.every("families")), _words(of.every("groups")),
        tuple(_unit(c, cast(Node, u)) for c, n in of.every("units") for u in n.children), b.span,
        shown[0].days(cast(Node, shown[1].children[0])) if shown else None, _prorate(of),
    )  # fmt: skip


def _prorate(of: _Clauses) -> s.Word | None:
    """`prorate by month and day`: how, in words."""
    found = of.one("prorate")
    if found is None:
        return None
    b, node = found
    by = cast(Node, node.children[0])
    return s.Word(" ".join(str(t) for t in by.children if t != ","), b.over(by))


def _setting(b: Builder, node: Node) -> s.Setting:
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
    name, plural = _tokens(node)
    said = {n.data: b.words(n) for n in node.children if not isinstance(n, Token)}
    (decimals,), (times, of) = said.get("decimals", (None,)), said.get("made_of", (None, None))
    return s.UnitDecl(b.word(name), b.word(plural), decimals, b.over(node), times, of)


# ---------------------------------------------------------------- facts, tables, lists


def _facts(r: Reading, b: Builder, head: Node, clauses: Clauses) -> s.Block:
    _Clauses(r, clauses)
    return s.Facts(tuple(c.declared(n) for c, n in clauses), b.span)


def _table(r: Reading, b: Builder, head: Node, clauses: Clauses) -> s.Block:
    files = _tokens(head, "STRING")
    tables = [cells for c in (b, *(c for c, _ in clauses)) if (cells := c.cells())]
    for more in tables[1:]:
        r.add(slips.odd_table(more.span))
    if not files and not tables:
        r.add(slips.no_table(b.span))
    if files and tables:
        r.add(slips.odd_table(tables[0].span))
    file = s.Lit("text", b.text(files[0]), None, b.at(files[0])) if files else None
    cells = tables[0] if tables and not files else None
    return s.TableBlock(_named(b, head), file, cells, tuple(c.declared(n) for c, n in clauses), b.span)


def _list(r: Reading, b: Builder, head: Node, clauses: Clauses) -> s.Block:
    _Clauses(r, clauses)
    kind = str(cast(Node, head.children[0]).children[0])
    file, code = _tokens(head, "STRING")[0], _tokens(head, "CODE")
    return s.ListFrom(
        kind, _named(b, head), s.Lit("text", b.text(file), None, b.at(file)),  # type: ignore[arg-type]
        tuple(c.declared(n) for c, n in clauses), b.span, b.word(code[0]) if code else None,
    )  # fmt: skip


def _rates(r: Reading, b: Builder, head: Node, clauses: Clauses) -> s.Block:
    files, cells = _tokens(head, "STRING"), b.cells()
    if not files and cells is None:
        r.add(slips.no_table(b.span))
    if files and cells is not None:
        r.add(slips.odd_table(cells.span))
    file = s.Lit("text", b.text(files[0]), None, b.at(files[0])) if files else None
    return s.Rates(file, None if files else cells, b.span)


# ---------------------------------------------------------------- products


def _product(r: Reading, b: Builder, head: Node, clauses: Clauses) -> s.Block:
    of = _Clauses(r, clauses, frozenset({"price_tiers", "price_block", "accrual_tiers", "tariff", "ramp"}))
    unit, charged = of.one("unit_of"), of.one("charged")
    name, *title = _tokens(head)
    return s.ProductBlock(
        b.word(name), b.text(title[0]) if title else None, _words(of.every("families")),
        unit[0].word(_tokens(unit[1])[0]) if unit else None,
        tuple(_price(r, *pair) for pair in of.every("price", "price_tiers", "price_block", *PRICED, *times.PRICES)),
        tuple(_price(r, *pair) for pair in of.every("cost")), of.one("never") is not None,
        tuple(_setting(*pair) for pair in of.every("setting")), b.span, of.one("shipping") is not None,
        terms(r, of.every(*TERMS)), _taxed_as(of.one("taxed_as")),
        may_fall=of.one("may_fall") is not None,
        charged=charged[0].word(_tokens(charged[1])[0]) if charged else None,
        prorate=_prorate(of), ramp=_ramp(r, of), attributes=tuple(bundling.told(*pair) for pair in of.every("attribute_of")),
    )  # fmt: skip


def _ramp(r: Reading, of: _Clauses) -> s.RampDecl | None:
    found = of.one("ramp", "ramp_every")
    if found is None:
        return None
    ramp = times.ramp(*found)
    if ramp.every is None and ramp.cells is None:
        r.add(slips.no_table(ramp.span))
    return ramp


def _taxed_as(said: tuple[Builder, Node] | None) -> s.Word | None:
    return said[0].word(_tokens(said[1])[0]) if said else None


def _price(r: Reading, b: Builder, node: Node) -> s.PriceClause:
    if node.data in times.PRICES:
        if str(node.data) in ("accrual_tiers", "tariff") and not b.clause.rows:
            r.add(slips.no_table(b.span))
        return times.price(b, node)
    if node.data in ("price_tiers", "price_block"):
        return s.PriceClause(None, _tiers(r, b, node), None, b.span)
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
        _over(r, b, [n for n in more if n.data in OVER]),
    )


def _tiers(r: Reading, b: Builder, node: Node) -> s.TierTable:
    parts = {n.data: n for n in node.children if not isinstance(n, Token)}
    mode = "block" if node.data == "price_block" else " ".join(str(t) for t in parts["tier_mode"].children)
    cells = b.cells()
    if cells is None:
        r.add(slips.no_table(b.span))
        cells = s.Cells((), (), b.span)
    by = parts.get("by_fact") or parts.get("measure") or next((n for n in parts.values() if n.data in MEASURES), None)
    measure = None if by is None else b.word(_tokens(by)[0]) if by.data == "by_fact" else _measure(b, by)
    return s.TierTable(mode, measure, cells, b.span, "at_zero" in parts)  # type: ignore[arg-type]


MEASURES = ("measure_name", "measure_quantity", "measure_plus", "goods")


def _measure(b: Builder, node: Node) -> s.Word | s.FoldRef:
    if node.data != "measure_name":
        return b.fold(node)
    return b.word(_tokens(node)[0]) if node.children else s.Word("quantity", b.over(node))


def _products(r: Reading, b: Builder, head: Node, clauses: Clauses) -> s.Block | None:
    of = _Clauses(r, clauses)
    file = _tokens(head, "STRING")[0]
    columns = tuple(
        (c.word(cast(Token, cast(Node, n.children[0]).children[0])), c.word(cast(Token, n.children[1])))
        for c, n in of.every("column")
    )
    unit, charged = of.one("unit_of"), of.one("charged")
    period = None
    if charged:
        word = charged[0].word(_tokens(charged[1])[0])
        period = PERIODS.get(word.text)
        if period is None and word.text == "once":
            r.add(slips.per_once(word.span))
        elif period is None:
            r.add(slips.unexpected(word.span, word.text, slips.nearest(word.text, list(PERIODS)), list(PERIODS)))
    return s.ProductsFrom(
        s.Lit("text", b.text(file), None, b.at(file)), columns, _words(of.every("families")),
        unit[0].word(_tokens(unit[1])[0]) if unit else None, period, of.one("never") is not None, b.span,
        _taxed_as(of.one("taxed_as")), tuple(bundling.from_column(*pair) for pair in of.every("attribute_column")),
    )  # fmt: skip


# ---------------------------------------------------------------- steps and rules


def _steps(r: Reading, b: Builder, head: Node, clauses: Clauses) -> s.Block:
    _Clauses(r, clauses)
    return s.Steps(
        tuple(_step(c, n) for c, n in clauses if n.data != "together"), b.span,
        tuple(c.words(cast(Node, n.children[0])) for c, n in clauses if n.data == "together"),
    )  # fmt: skip


def _step(b: Builder, node: Node) -> s.StepDecl:
    name, *more = cast("list[Node]", node.children)
    combine = next((b.combine(n) for n in more if n.data == "combine"), None)
    skips = next((b.words(cast(Node, n.children[0])) for n in more if n.data == "skips"), ())
    return s.StepDecl(b.word(cast(Token, name.children[0])), combine, b.span, skips, picks(b, more), rounded(b, more))


def _rule(r: Reading, b: Builder, head: Node, clauses: Clauses) -> s.Block:
    step = b.word(cast(Token, cast(Node, head.children[0]).children[0]))
    kind = str(cast(Node, head.children[1]).children[0])
    return _rule_of(r, b, head, clauses, step, kind)


def _exception(r: Reading, b: Builder, head: Node, clauses: Clauses) -> s.Block:
    step = b.word(cast(Token, cast(Node, head.children[0]).children[0]))
    return _rule_of(r, b, head, clauses, step, "exception")


def _floor(r: Reading, b: Builder, head: Node, clauses: Clauses) -> s.Block:
    word = s.Word("floor", Span(b.file, b.clause.line, b.clause.column, 5))
    return _rule_of(r, b, head, clauses, word, "floor")


def _tax(r: Reading, b: Builder, head: Node, clauses: Clauses) -> s.Block:
    word = s.Word("tax", Span(b.file, b.clause.line, b.clause.column, 3))
    return _rule_of(r, b, head, clauses, word, "tax" if head.data == "tax_head" else "exception")


def _rule_of(r: Reading, b: Builder, head: Node, clauses: Clauses, step: s.Word, kind: str) -> s.Block:
    of = _Clauses(r, clauses, frozenset({"price_tiers", "price_block", "tiers"}))
    named = {n.data: n for n in head.children if not isinstance(n, Token)}
    target = next((n for data, n in named.items() if str(data).startswith("on_") or data == "everything"), None)
    offer = _offer(r, b, of) if kind == "offer" else None
    rows, dates, when, tiers, because, base = (
        of.one(name) for name in ("rows_of", "dated", "when", "tiers", "because", "tier_base")
    )
    return s.RuleBlock(
        step, kind, _named(b, head), _title(b, head), b.target(target) if target else None,  # type: ignore[arg-type]
        b.words(named["names"]) if "names" in named else (),
        rows[0].word(_tokens(rows[1])[0]) if rows else None,
        dates[0].dates(cast(Node, dates[1].children[0])) if dates else None,
        when[0].expr(cast(Node, when[1].children[0])) if when else None,
        (*(_give(r, *pair) for pair in of.every(*GIVES)), *([offer] if offer else []), *_charge(of)),
        _tiers(r, *tiers) if tiers else None,
        base[0].base(cast(Node, base[1].children[0])) if base else None,
        because[0].text(_tokens(because[1])[0]) if because else None, b.span, _more(of), terms(r, of.every(*TERMS)),
        may_fall=of.one("may_fall") is not None, may_meet=of.one("may_meet") is not None,
    )  # fmt: skip


def _charge(of: _Clauses) -> tuple[s.ChargeClause, ...]:
    """`charge` and `category` are one thing given."""
    charge, category = of.one("charge"), of.one("category")
    said = charge or category
    if said is None:
        return ()
    amount = charge[0].literal(cast(Node, charge[1].children[0])) if charge else None
    word = category[0].word(_tokens(category[1])[0]) if category else None
    return (s.ChargeClause(amount, word, said[0].span),)


PRICES = ("price", "price_tiers", "price_block", "price_over")
GIVES = (*PRICES, "give", "add", "at_least", "give_first", "give_cheapest", "by_hand")
OVER = ("spread", "remainder", "at_most", "each_line")


def _give(r: Reading, b: Builder, node: Node) -> s.Clause | s.AtLeastClause | s.PriceClause:
    if node.data in PRICES:
        return _price(r, b, node)
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
    over = _over(r, b, [n for n in more if n.data in OVER])
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
        count = next((b.word(t) for t in _tokens(node, "NUMBER")), None)
        return s.CheapestClause(amount, count, order, b.span)  # type: ignore[arg-type]
    other = next((b.amount(cast(Node, n.children[0])) for n in parts if n.data == "others"), None)
    most = next((b.word(_tokens(n)[0]) for n in parts if n.data == "most_units"), None)
    return s.UnitsClause(amount, other, most, b.span)


def _over(r: Reading, b: Builder, nodes: list[Node]) -> s.Over | None:
    """What follows a give over several lines, each once."""
    found: dict[str, Node] = {}
    for node in nodes:
        if found.setdefault(str(node.data), node) is not node:
            r.add(slips.twice(b.over(node), str(node.data).replace("_", " ")))
    if not found:
        return None

    def said(name: str) -> str | None:
        node = found.get(name)
        return None if node is None else " ".join(map(str, cast(Node, node.children[0]).children))

    most = found.get("at_most")
    rate = None
    if most is not None:
        amount, *per = cast("list[Node]", most.children)
        rate = b.per(b.literal(amount), per, b.over(most))
    return s.Over(
        said("spread"), said("remainder"), rate, "each_line" in found, b.over(nodes[0]) if nodes[0].children else b.span
    )


def _offer(r: Reading, b: Builder, of: _Clauses) -> s.OfferClauses | None:
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
    return b.word(_tokens(node, "NUMBER")[0])


def _of_goods(b: Builder, node: Node) -> s.Target | None:
    found = [n for n in node.children if not isinstance(n, Token) and str(n.data) in AMONG]
    return b.target(found[0]) if found else None


def _more(of: _Clauses) -> s.More | None:
    alone, codes = of.one("alone"), of.one("needs_code")
    limits = tuple(_limit(c, n) for c, n in of.every("once_per_customer", "limit_times", "limit_amount"))
    final = of.one("final") is not None
    if alone is None and codes is None and not limits and not final:
        return None
    named = [n for n in alone[1].children if not isinstance(n, Token)] if alone else []
    return s.More(
        None if alone is None else alone[0].words(named[0]) if named else (), final,
        tuple(s.Lit("text", codes[0].text(t), None, codes[0].at(t)) for t in _tokens(codes[1])) if codes else (), limits,
    )  # fmt: skip


def _limit(b: Builder, node: Node) -> s.Limit:
    if node.data == "limit_amount":
        return s.Limit("amount", b.literal(cast(Node, node.children[0])), b.span)
    if node.data == "limit_times":
        return s.Limit("times", s.Lit("number", str(_tokens(node)[0]), None, b.span), b.span)
    return s.Limit("customer", None, b.span)


def _deny(r: Reading, b: Builder, head: Node, clauses: Clauses) -> s.Block:
    of = _Clauses(r, clauses)
    target = next((n for n in head.children if not isinstance(n, Token)), None)
    rows, dates, when, because = (of.one(name) for name in ("rows_of", "dated", "when", "because"))
    return s.DenyBlock(
        _named(b, head), b.target(target) if target else None, rows[0].word(_tokens(rows[1])[0]) if rows else None,
        dates[0].dates(cast(Node, dates[1].children[0])) if dates else None,
        when[0].expr(cast(Node, when[1].children[0])) if when else None,
        because[0].text(_tokens(because[1])[0]) if because else None, b.span,
    )  # fmt: skip


# ---------------------------------------------------------------- bundles


def _bundle(r: Reading, b: Builder, head: Node, clauses: Clauses) -> s.Block:
    of = _Clauses(r, clauses, frozenset({"allowed"}))
    shared = head.data == "features_head"
    for clause, _ in of.every("part") if shared else ():
        r.add(slips.not_here(clause.span, "part", "features block", "attribute, with, and rules between attributes"))
    for clause, _ in of.every(*bundling.PRICES) if shared else ():
        r.add(slips.not_here(clause.span, "price", "features block", "attribute, with, and rules between attributes"))
    for clause, node in of.every("allowed"):
        if bool(_tokens(node, "STRING")) == bool(clause.clause.rows):
            r.add(
                slips.odd_table(cast(s.Cells, clause.cells()).span)
                if clause.clause.rows
                else slips.no_table(clause.span)
            )
    return s.BundleBlock(
        _named(b, head), _title(b, head), _words(of.every("with_features")),
        tuple(bundling.part(*pair) for pair in of.every("part")),
        tuple(bundling.attribute(*pair) for pair in of.every("attribute", "ask")),
        tuple(bundling.choice(*pair) for pair in of.every(*bundling.CHOICES)), shared, b.span,
        tuple(bundling.price(c, n, _dealt(r, c, n)) for c, n in of.every(*bundling.PRICES)),
    )  # fmt: skip


def _dealt(r: Reading, b: Builder, node: Node) -> s.Over | None:
    return _over(r, b, [n for n in node.children if not isinstance(n, Token) and n.data in OVER])


def _configure(r: Reading, b: Builder, head: Node, clauses: Clauses) -> s.Block:
    _Clauses(r, clauses)
    return s.ConfigureBlock(
        _named(b, head), cast(str, _title(b, head)), tuple(bundling.expected(*pair) for pair in clauses), b.span
    )  # fmt: skip


# ---------------------------------------------------------------- approvals and tests


def _approval(r: Reading, b: Builder, head: Node, clauses: Clauses) -> s.Block:
    of = _Clauses(r, clauses)
    because = of.one("because")
    target = next((n for n in head.children if not isinstance(n, Token)), None)
    if not of.every("needs"):
        r.add(slips.needs_clause(b.span, "approval", "when ... needs"))
    return s.ApprovalBlock(
        _named(b, head), b.target(target) if target else None, tuple(_needs(*pair) for pair in of.every("needs")),
        because[0].text(_tokens(because[1])[0]) if because else None, b.span,
    )  # fmt: skip


def _needs(b: Builder, node: Node) -> s.Needs:
    when, *stages = cast("list[Node]", node.children)
    return s.Needs(b.expr(when), tuple(b.words(stage) for stage in stages), b.span)


def _test(r: Reading, b: Builder, head: Node, clauses: Clauses) -> s.Block:
    of = _Clauses(r, clauses)
    quotes = of.every("quote")
    dates = [c.date(t) for c, n in quotes for t in _tokens(n, "DATE")]
    for second in dates[1:]:
        r.add(slips.second_date(second.span))
    return s.TestBlock(
        cast(str, _title(b, head)), dates[0] if dates else None,
        tuple(
            fact for c, q in quotes for n in q.children if not isinstance(n, Token) and n.data not in NO_FACT
            for fact in _given(c, n, "quote")
        ),
        tuple(_line(*pair) for pair in of.every("line")), tuple(_expect(*pair) for pair in of.every("expect")), b.span,
        tuple(_code(c, n) for c, q in quotes for n in q.children if not isinstance(n, Token) and n.data == "given_code"),
        tuple(c.word(_tokens(n)[0]) for c, q in quotes for n in q.children if not isinstance(n, Token) and n.data == "given_exhausted"),
        _bundles(r, of.every("bundle", "choose_these")),
    )  # fmt: skip


def _bundles(r: Reading, clauses: Clauses) -> tuple[s.TestBundleDecl, ...]:
    """The bundles of a test, each with the choices below it."""
    made: list[s.TestBundleDecl] = []
    for b, node in clauses:
        if node.data == "bundle":
            named = {str(n.data): n for n in node.children if not isinstance(n, Token)}
            words = {
                data: b.word(_tokens(n)[0]) for data, n in named.items() if data in ("bundles", "named", "in_group")
            }
            given = [n for n in node.children if not isinstance(n, Token) and str(n.data).startswith("given")]
            facts = tuple(fact for n in given if n.data not in NO_FACT for fact in _given(b, n, "line"))
            bundle = b.word(_tokens(node)[0])
            name = words.get("named", bundle)
            made.append(s.TestBundleDecl(bundle, words.get("bundles"), name, words.get("in_group"), facts, (), b.span))
        elif made:
            wishes = bundling.expected(b, node).wishes
            made[-1] = replace(made[-1], wishes=(*made[-1].wishes, *wishes))
        else:
            r.add(slips.choose_of_nothing(b.span))
    return tuple(made)


NO_FACT = ("given_code", "given_exhausted")
"""What a quote of a test says beside facts: codes, and rules whose limit is reached."""


def _code(b: Builder, node: Node) -> s.Lit:
    token = _tokens(node)[0]
    return s.Lit("text", b.text(token), None, b.at(token))


def _given(b: Builder, node: Node, scope: str) -> tuple[s.GivenFact, ...]:
    if node.data != "given":
        return times.given(b, node, scope)
    path, value = node.children
    return (s.GivenFact(b.word(cast(Token, path)), b.literal(cast(Node, value)), b.over(node)),)


def _line(b: Builder, node: Node) -> s.TestLineDecl:
    product, *group = _tokens(node)
    rest = [n for n in node.children if not isinstance(n, Token)]
    quantity = next((n for n in rest if not str(n.data).startswith("given")), None)
    amount = b.literal(quantity) if quantity else s.Lit("number", "1", None, b.span)
    return s.TestLineDecl(
        b.word(product), cast(s.Lit, amount), b.word(group[0]) if group else None,
        tuple(fact for n in rest if n is not quantity and n.data not in NO_FACT for fact in _given(b, n, "line")), b.span,
    )  # fmt: skip


def _expect(b: Builder, node: Node) -> s.Expect:
    what, expected = b.word(cast(Token, node.children[0])), cast(Node, node.children[1])
    match expected.data:
        case "nothing":
            return s.Expect(what, (), None, b.span)
        case "expected_term":
            words = [str(t) for t in expected.children]
            return s.Expect(
                what, (), None, b.span, " and ".join(map(" ".join, zip(words[::2], words[1::2], strict=True)))
            )
        case "expected_rate":
            return s.Expect(what, (), b.rate(cast(Node, expected.children[0])), b.span)
        case "expected_percent":
            return s.Expect(
                what, (s.Lit("percent", str(expected.children[0])[:-1], None, b.over(expected)),), None, b.span
            )
        case "expected_category":
            return s.Expect(what, b.words(expected), None, b.span)
        case _:
            return s.Expect(what, tuple(_stage(b, cast(Node, n)) for n in expected.children), None, b.span)


def _stage(b: Builder, node: Node) -> s.Word:
    """`then legal and finance` as one word: who agrees at once."""
    inner = cast(Node, node.children[0]) if node.data == "then_stage" else node
    text = " and ".join(word.text for word in b.words(inner))
    return s.Word(text if inner is node else f"then {text}", b.over(inner))


def _examples(r: Reading, b: Builder, head: Node, clauses: Clauses) -> s.Block:
    cells = b.cells()
    if cells is None:
        r.add(slips.no_table(b.span))
        cells = s.Cells((), (), b.span)
    return s.Examples(b.word(_tokens(head)[0]), cells, b.span)


BLOCKS = {
    "price book": Block("price book", "price_book_head", "book_clause", _price_book),
    "price list": Block("price list", "list_head", "declared", _list),
    "cost list": Block("cost list", "list_head", "declared", _list),
    "rates": Block("rates block", "rates_head", None, _rates, True),
    "products from": Block("products block", "products_head", "products_clause", _products),
    "product": Block("product", "product_head", "product_clause", _product),
    "facts": Block("facts block", "facts_head", "declared", _facts),
    "table": Block("table", "table_head", "declared", _table, True),
    "steps": Block("steps block", "steps_head", "step", _steps),
    "floor": Block("floor", "floor_head", "rule_clause", _floor),
    "rule": Block("rule", "rule_head", "rule_clause", _rule),
    "exception": Block("exception", "exception_head", "rule_clause", _exception),
    "tax rate": Block("tax rate", "tax_head", "rule_clause", _tax),
    "tax exception": Block("tax exception", "tax_exception_head", "rule_clause", _tax),
    "deny": Block("deny block", "deny_head", "deny_clause", _deny),
    "approval": Block("approval", "approval_head", "approval_clause", _approval),
    "bundle": Block("bundle", "bundle_head", "bundle_clause", _bundle),
    "features": Block("features block", "features_head", "bundle_clause", _bundle),
    "configure": Block("configure block", "configure_head", "configure_clause", _configure),
    "test": Block("test", "test_head", "test_clause", _test),
    "examples": Block("examples block", "examples_head", None, _examples, True),
}
