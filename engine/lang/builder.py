"""Builds the typed syntax of one clause from what the parser read: leaves, amounts, and what they are of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import cast

from lark import Token, Tree

from engine.lang import slips
from engine.lang import syntax as s
from engine.lang.diagnostics import Diagnostic
from engine.lang.durations import DURATIONS, PERIODS, TIMES, own_period
from engine.lang.lines import Clause
from engine.lang.places import Span

Node = Tree[Token]
TARGETS = {
    "everything": "everything", "on_family": "family", "on_group": "group", "on_products": "products", "on_column": "column",
    "on_class": "class",
}  # fmt: skip
AMONG = {name: kind for name, kind in TARGETS.items() if name not in ("on_column", "on_class")} | {
    "on_line": "everything"
}


class Builder:
    """Makes syntax nodes of a clause's tree; knows where in the file the clause begins, and says what the tree cannot hold."""

    def __init__(self, file: str, clause: Clause, said: Callable[[Diagnostic], None]) -> None:
        self.file, self.clause, self.said = file, clause, said
        end = clause.text.find("\n")
        self.span = Span(file, clause.line, clause.column, max(1, end if end >= 0 else len(clause.text)))

    def at(self, token: Token) -> Span:
        """Where a token stands in the file."""
        line, column, clause = token.line or 1, token.column or 1, self.clause
        begin = column + clause.column - 1 if line == 1 else column
        return Span(self.file, clause.line + line - 1, begin, len(token) or 1)

    def over(self, node: Node) -> Span:
        """A span over the tokens of a node (on its first line)."""
        one, other = _end(node, 1), _end(node, -1)
        if one is None or other is None:
            return self.span
        first = self.at(one)
        if one is other or one.line != other.line:
            return first
        return Span(self.file, first.line, first.column, (other.column or 1) + len(other) - (one.column or 1))

    def text_of(self, node: Node) -> str:
        """What stands from a node's first token to its last, words apart by one space."""
        one, other = _end(node, 1), _end(node, -1)
        if one is None or other is None or one.start_pos is None or other.end_pos is None:
            return ""
        return " ".join(self.clause.text[one.start_pos : other.end_pos].split())

    # ------------------------------------------------------------ leaves

    def word(self, token: Token) -> s.Word:
        """A name, path or code; the quotes of a code are taken off."""
        return s.Word(str(token).replace('"', ""), self.at(token))

    def words(self, node: Node) -> tuple[s.Word, ...]:
        """Every token of a node as a word."""
        return tuple(self.word(cast(Token, t)) for t in node.children)

    def text(self, token: Token) -> str:
        """A quoted text's content."""
        return str(token)[1:-1]

    def literal(self, node: Node) -> s.Operand:
        """A literal, or a word that stands where one could."""
        tokens = cast("list[Token]", node.children)
        span = self.over(node)
        match node.data:
            case "word":
                return self.word(tokens[0])
            case "money":
                return s.Lit("money", str(tokens[0]), str(tokens[1]), span)
            case "quantity":
                kind = "duration" if tokens[1] in DURATIONS else "quantity"
                return s.Lit(kind, str(tokens[0]), str(tokens[1]), span)  # type: ignore[arg-type]
            case "percent":
                return s.Lit("percent", str(tokens[0])[:-1], None, span)
            case "text":
                return s.Lit("text", self.text(tokens[0]), None, span)
            case "instant":
                return s.Lit("instant", f"{tokens[0]} {tokens[1]}", None, span)
            case kind:
                return s.Lit(kind, str(tokens[0]), None, span)  # type: ignore[arg-type]

    def date(self, token: Token) -> s.Lit:
        """A date."""
        return s.Lit("date", str(token), None, self.at(token))

    def dates(self, node: Node) -> s.Dates:
        """`from D until D2` and its kin."""
        found: dict[str, s.Lit] = {}
        word = ""
        for token in cast("list[Token]", node.children):
            if token.type == "DATE":
                found[word] = self.date(token)
            else:
                word = str(token)
        end = found.get("until") or found.get("through")
        return s.Dates(found.get("from"), end, "through" in found, self.over(node))

    # ------------------------------------------------------------ amounts

    def rate(self, node: Node) -> s.Rate:
        """`49.00 EUR per seat per month`."""
        amount = self.literal(cast(Node, node.children[0])) if cast(Node, node.children[0]).data == "money" else None
        column = None if amount else self.word(cast(Token, cast(Node, node.children[0]).children[0]))
        return self.per(cast("s.Operand", amount or column), cast("list[Node]", node.children[1:]), self.over(node))

    def per(self, amount: s.Operand, pers: list[Node], span: Span) -> s.Rate:
        """What an amount is per: how many of which unit, which period; either is said once."""
        count, unit, period, started = None, None, None, False
        for node in pers:
            *number, name = cast("list[Token]", node.children)
            whole = node.data == "per_started"
            if not number and name == "once":
                self.said(slips.per_once(self.over(node)))
            elif not number and name in PERIODS and not whole:
                if period is not None:
                    self.said(slips.per_twice(self.over(node), "period", period))
                period = PERIODS[str(name)]
            elif number and name in TIMES and period is None:
                period = own_period(str(number[0]), str(name))
                if period is None:
                    self.said(slips.own_term(self.at(number[0]), f"{number[0]} {name}"))
            else:
                if unit is not None:
                    self.said(slips.per_twice(self.over(node), "unit", unit.text))
                unit, count, started = self.word(name), (str(number[0]) if number else None), whole
        return s.Rate(amount, count, unit, period, span, started)

    def cell_rate(self, node: Node) -> s.Rate:
        """`100 EUR per month`, its tokens apart."""
        number, code, *pers = node.children
        amount = s.Lit("money", str(number), str(code), self.over(node))
        own = [n for n in cast("list[Node]", pers) if n.data != "other_cell"]
        first = self.per(amount, own, self.over(node))
        others = [self.cell_rate(n) for n in cast("list[Node]", pers) if n.data == "other_cell"]
        return replace(first, others=tuple(others)) if others else first

    def amount(self, node: Node, others: Sequence[Node] = ()) -> s.Operand | s.Rate:
        """What is given: a percent, money, money per unit or period, or a row's column; `others` in other currencies."""
        first = self.cell_rate(node) if node.data == "rated" else self.literal(node)
        return self.with_others(first, [self.amount(cast(Node, other.children[0])) for other in others])

    def with_others(self, first: s.Operand | s.Rate, others: Sequence[s.Operand | s.Rate]) -> s.Operand | s.Rate:
        """An amount with what it is in other currencies; what stands there is an amount too."""
        if not others:
            return first
        if isinstance(first, s.Rate) and all(isinstance(one, s.Rate) for one in others):
            return replace(first, others=tuple(one for one in others if isinstance(one, s.Rate)))
        if isinstance(first, s.Lit) and first.kind == "money" and all(isinstance(one, s.Lit) for one in others):
            return replace(first, others=tuple(one for one in others if isinstance(one, s.Lit)))
        self.said(slips.other_amounts(others[0].span))
        return first

    def base(self, node: Node) -> s.BaseRef:
        """`list`, `running price`, `after volume`, `cost`, `lowest price of 30 days`."""
        first = node.children[0]
        if not isinstance(first, Token):
            return s.BaseRef("lowest", None, self.over(node), self.days(first))
        if str(first) == "cost":
            return s.BaseRef("cost", None, self.over(node))
        if str(first) == "after":
            step = cast(Token, cast(Node, node.children[1]).children[0])
            return s.BaseRef("after", self.word(step), self.over(node))
        return s.BaseRef("list" if str(first) == "list" else "running", None, self.over(node))

    def days(self, node: Node) -> s.Lit:
        """The days of `lowest price of 30 days`, a quantity in whatever unit was written."""
        number, unit = cast("list[Token]", node.children)
        return s.Lit("duration", str(number), str(unit), self.over(node))

    def target(self, node: Node) -> s.Target:
        """What a rule works on."""
        if node.data == "on_quote":
            of = cast("list[Node]", node.children)
            inner = self.target(of[0]) if of else s.Target("everything", (), self.over(node))
            return s.Target(inner.kind, inner.names, self.over(node), True)
        return s.Target(TARGETS[str(node.data)], self.words(node), self.over(node))  # type: ignore[arg-type]


# ------------------------------------------------------------ tables and declarations


def _end(node: Node, step: int) -> Token | None:
    """The first token of a node, or with a step of -1 its last."""
    for child in node.children[::step]:
        found = child if isinstance(child, Token) else _end(child, step)
        if found is not None:
            return found
    return None


def tokens(node: Node, *kinds: str) -> list[Token]:
    """The tokens right below a node, or those of some kinds."""
    return [t for t in node.children if isinstance(t, Token) and (not kinds or t.type in kinds)]


def nodes(node: Node) -> dict[str, Node]:
    """The nodes right below a node, by what they are."""
    return {str(n.data): n for n in node.children if not isinstance(n, Token)}
