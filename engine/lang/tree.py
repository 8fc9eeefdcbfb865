"""Builds the typed syntax of one clause from what the parser read: leaves, amounts, conditions, tables."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import cast

from lark import Token, Tree

from engine.lang import slips
from engine.lang import syntax as s
from engine.lang.book import Combine, Period
from engine.lang.diagnostics import Diagnostic
from engine.lang.lines import Clause
from engine.lang.places import Span

Node = Tree[Token]
PERIODS: dict[str, Period] = {
    "day": "day", "week": "week", "month": "month", "quarter": "quarter", "year": "year", "use": "use",
}  # fmt: skip
"""What a price may be charged per; one without a period is charged once."""
DURATIONS = frozenset(["month", "months", "year", "years", "day", "days"])
TIMES = {
    "day": (1, "days"), "days": (1, "days"), "week": (7, "days"), "weeks": (7, "days"), "month": (1, "months"),
    "months": (1, "months"), "quarter": (3, "months"), "quarters": (3, "months"), "year": (12, "months"), "years": (12, "months"),
}  # fmt: skip
"""Words of time, in days or months."""
_NAMED = {
    (1, "days"): "day",
    (7, "days"): "week",
    (1, "months"): "month",
    (3, "months"): "quarter",
    (12, "months"): "year",
}
TARGETS = {
    "everything": "everything", "on_family": "family", "on_group": "group", "on_products": "products", "on_column": "column",
    "on_class": "class",
}  # fmt: skip
AMONG = {name: kind for name, kind in TARGETS.items() if name not in ("on_column", "on_class")} | {
    "on_line": "everything"
}
WHOSE = {"on_group": "the group", "on_line": "the line", "everything": "the quote"}
_NOT_NAME = re.compile(r"[^a-z0-9]+")


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
                period = self._own_term(number[0], name)
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

    def _own_term(self, number: Token, name: Token) -> Period | None:
        """`per 12 months`: a period that has a name by it, any other in days or months."""
        text, (size, word) = str(number).replace("_", ""), TIMES[str(name)]
        if not text.isdecimal() or not 0 < int(text) * size < 10_000:
            self.said(slips.own_term(self.at(number), f"{number} {name}"))
            return None
        count = int(text) * size
        return _NAMED.get((count, word), f"{count} {word}")

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

    # ------------------------------------------------------------ conditions

    def expr(self, node: Node) -> s.Expr:
        """A condition."""
        match node.data:
            case "also" | "either":
                word = "and" if node.data == "also" else "or"
                left, *more = (self.expr(cast(Node, child)) for child in node.children)
                parts = (*(left.parts if isinstance(left, s.Combined) and left.word == word else (left,)), *more)
                return s.Combined(word, parts, self.over(node))  # type: ignore[arg-type]
            case "negated":
                return s.Combined("not", (self.expr(cast(Node, node.children[0])),), self.over(node))
            case _:
                return self._compare(node)

    def fold(self, node: Node) -> s.FoldRef:
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
            moment = s.BaseRef("list", None, self.over(node))
        elif after is not None:
            moment = s.BaseRef(
                "after", self.word(cast(Token, cast(Node, after.children[0]).children[0])), self.over(node)
            )
        own = [t for t in node.children if isinstance(t, Token)]
        added = self.word(cast(Token, plus.children[0])) if plus else self.word(own[0]) if own else None
        return s.FoldRef(
            what, moment, self.expr(cast(Node, where.children[0])) if where else None,  # type: ignore[arg-type]
            s.Target(AMONG[str(among.data)], self.words(among), self.over(among)) if among else None,  # type: ignore[arg-type]
            added, self._fold_text(what, parts, among, added), self.over(node),
            node.data == "measure_plus" or "on_line" in parts,
        )  # fmt: skip

    def _fold_text(self, what: str, parts: dict[str, Node], among: Node | None, added: s.Word | None) -> str:
        """A sum in the author's words."""
        names = "" if among is None else " or ".join(word.text for word in self.words(among))
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
            text += of + (" at list" if "at_list" in parts else f" after {self.text_of(after)}" if after else "")
        else:
            text += of
        where = parts.get("where")
        return text + (f" where ({self.text_of(where)})" if where else "") + (f" plus {added.text}" if added else "")

    def text_of(self, node: Node) -> str:
        """What stands from a node's first token to its last, words apart by one space."""
        one, other = _end(node, 1), _end(node, -1)
        if one is None or other is None or one.start_pos is None or other.end_pos is None:
            return ""
        return " ".join(self.clause.text[one.start_pos : other.end_pos].split())

    def _line_has(self, node: Node) -> s.Expr:
        """`any line has (x)` is that their number is at least 1; `no` and `every` that it is 0, of the others for `every`."""
        which, expr = str(cast(Node, node.children[0]).children[0]), self.expr(cast(Node, node.children[1]))
        span = self.over(node)
        inner = s.Combined("not", (expr,), span) if which == "every" else expr
        text = (
            f"number of lines where ({'not ' if which == 'every' else ''}{self.text_of(cast(Node, node.children[1]))})"
        )
        one = s.Lit("number", "1" if which == "any" else "0", None, span)
        return s.Compare(
            s.FoldRef("lines", None, inner, None, None, text, span), ">=" if which == "any" else "=", (one,), span
        )

    def _compare(self, node: Node) -> s.Expr:
        if node.data == "line_has":
            return self._line_has(node)
        if node.data == "fold_rel":
            last = cast(Node, node.children[2])
            side = self.cell_rate(last) if last.data == "cell_rate" else self.literal(last)
            fold = self.fold(cast(Node, node.children[0]))
            return s.Compare(fold, str(node.children[1]), (side,), self.over(node))  # type: ignore[arg-type]
        first = node.children[0]
        subject = self.word(first if isinstance(first, Token) else cast(Token, first.children[0]))
        span, data = self.over(node), str(node.data)
        if data in ("known", "not_known"):
            return s.Compare(subject, "known" if data == "known" else "not known", (), span)
        if data == "rel":
            relation = str(node.children[1])
            return s.Compare(subject, relation, (self.literal(cast(Node, node.children[2])),), span)  # type: ignore[arg-type]
        if data in ("is_", "is_not"):
            value = self.literal(cast(Node, node.children[1]))
            return s.Compare(subject, "is" if data == "is_" else "is not", (value,), span)
        return self._options(subject, cast("list[Node]", cast(Node, node.children[1]).children), data == "not_in", span)

    def _options(self, subject: s.Word, options: list[Node], negated: bool, span: Span) -> s.Expr:
        """`in a, b, 10 to 49`: values together, each range by itself, any of them."""
        singles = tuple(self.literal(o) for o in options if o.data != "span")
        parts: list[s.Expr] = []
        if singles:
            parts.append(s.Compare(subject, "in", singles, span))
        for option in options:
            if option.data == "span":
                ends = tuple(self.literal(cast(Node, end)) for end in option.children)
                parts.append(s.Compare(subject, "range", ends, span))
        whole = parts[0] if len(parts) == 1 else s.Combined("or", tuple(parts), span)
        if not negated:
            return whole
        if isinstance(whole, s.Compare):
            return s.Compare(subject, "not in" if whole.relation == "in" else "not range", whole.values, span)
        return s.Combined("not", (whole,), span)

    # ------------------------------------------------------------ tables and declarations

    def cells(self) -> s.Cells | None:
        """The clause's table, None without one."""
        rows = [self._row(number, line) for number, line in self.clause.rows]
        if not rows:
            return None
        return s.Cells(
            rows[0], tuple(rows[1:]), Span(self.file, self.clause.rows[0][0], 1, len(self.clause.rows[0][1]))
        )

    def _row(self, number: int, line: str) -> tuple[s.Word, ...]:
        text = line.rstrip()
        if text.lstrip()[:1] == "|":
            begin = text.index("|") + 1
            end = len(text) - 1 if text.endswith("|") and len(text) - 1 >= begin else len(text)
            separator = "|"
        else:
            begin, end, separator = len(text) - len(text.lstrip()), len(text), "\t"
        return tuple(self._cell(number, text, a, z) for a, z in between(text, begin, end, separator))

    def _cell(self, number: int, text: str, begin: int, end: int) -> s.Word:
        raw = text[begin:end]
        inner = raw.strip()
        lead = len(raw) - len(raw.lstrip()) if inner else 0
        return s.Word(inner, Span(self.file, number, begin + lead + 1, max(1, len(inner))))

    def declared(self, node: Node) -> s.Declared:
        """A fact or a column."""
        path, head = self._column(node)
        rest = cast("list[Node]", [child for child in node.children if not isinstance(child, Token)])
        bound = next((str(n.children[0]) for n in rest if n.data == "bound"), None)
        marks = self._marks([n for n in rest if n.data == "mark"])
        type_node = next(n for n in rest if n.data not in ("bound", "mark"))
        source = next((m.split()[1] for m in marks if m.startswith("from ")), None)
        return s.Declared(
            path, self._type(type_node), bound, "key" in marks, "optional" in marks, source,  # type: ignore[arg-type]
            self._type_rate(type_node), self.over(node), head,
        )  # fmt: skip

    def _column(self, node: Node) -> tuple[s.Word, s.Word | None]:
        """The name of a fact or column, and its head in a file where that is said; a head alone makes its name."""
        first, *more = [child for child in node.children if isinstance(child, Token)]
        head = next((self.word(t) for t in (first, *more) if t.type == "STRING"), None)
        if first.type != "STRING" or head is None:
            return self.word(first), head
        name = name_of(head.text)
        if not name or not name[0].isalpha():
            self.said(slips.no_name(head.span, head.text))
        return s.Word(name, head.span), head

    def _marks(self, nodes: list[Node]) -> list[str]:
        """`key`, `optional`, `from account`: each once, and one source."""
        marks: list[str] = []
        for node in nodes:
            mark = " ".join(str(t) for t in node.children)
            if mark in marks or (mark.startswith("from ") and any(m.startswith("from ") for m in marks)):
                self.said(slips.twice(self.over(node), mark.split()[0]))
            marks.append(mark)
        return marks

    def _type(self, node: Node) -> s.TypeRef:
        span = self.over(node)
        match node.data:
            case "enum":
                return s.TypeRef("enum", self.words(cast(Node, node.children[0])), None, None, None, span)
            case "flag":
                return s.TypeRef("flag", (), None, None, None, self.span)
            case "join":
                return s.TypeRef("join", (), None, None, self.word(cast(Token, node.children[0])), span)
            case "ranged":
                low, high = (cast(s.Lit, self.literal(cast(Node, n))) for n in node.children[1:])
                return s.TypeRef(str(node.children[0]), (), low, high, None, span)
            case _:
                return s.TypeRef(str(node.children[0]), (), None, None, None, span)

    def _type_rate(self, node: Node) -> s.Rate | None:
        if node.data != "rated":
            return None
        kind = self.word(cast(Token, node.children[0]))
        return self.per(kind, cast("list[Node]", node.children[1:]), self.over(node))

    def combine(self, node: Node) -> Combine:
        """`one only`, `best of` ..."""
        return cast(Combine, " ".join(str(t) for t in node.children))


def _end(node: Node, step: int) -> Token | None:
    """The first token of a node, or with a step of -1 its last."""
    for child in node.children[::step]:
        found = child if isinstance(child, Token) else _end(child, step)
        if found is not None:
            return found
    return None


def name_of(text: str) -> str:
    """A name made of a file's words: `Mountain Bikes` is mountain_bikes."""
    return _NOT_NAME.sub("_", text.lower()).strip("_")


def between(text: str, begin: int, end: int, separator: str) -> list[tuple[int, int]]:
    """Where the cells of a row stand; a separator inside quotes is text."""
    bounds, start, quoted = [], begin, False
    for at in range(begin, end):
        if text[at] == '"':
            quoted = not quoted
        elif text[at] == separator and not quoted:
            bounds.append((start, at))
            start = at + 1
    return [*bounds, (start, end)]


def too_many_digits(text: str) -> bool:
    """Whether a number has more digits than money or quantities ever have."""
    whole, _, part = text.replace("_", "").removeprefix("-").partition(".")
    return len(whole) > 13 or len(part) > 9
