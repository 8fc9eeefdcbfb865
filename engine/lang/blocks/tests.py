"""Makes the nodes of tests and examples."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from lark import Token

from engine.lang import slips
from engine.lang import syntax as s
from engine.lang.blocks import times
from engine.lang.blocks.block import Clauses, ClausesByName, Reading, title_of
from engine.lang.blocks.bundles import expected
from engine.lang.blocks.cells import cells_of
from engine.lang.builder import Builder, Node, tokens

NO_FACT = ("given_code", "given_exhausted")
"""What a quote of a test says beside facts: codes, and rules whose limit is reached."""


def make_test(r: Reading, b: Builder, head: Node, clauses: Clauses) -> s.Block:
    """`test`."""
    of = ClausesByName(r, clauses)
    quotes = of.every("quote")
    dates = [c.date(t) for c, n in quotes for t in tokens(n, "DATE")]
    for second in dates[1:]:
        r.add(slips.second_date(second.span))
    return s.TestBlock(
        cast(str, title_of(b, head)), dates[0] if dates else None,
        tuple(
            fact for c, q in quotes for n in q.children if not isinstance(n, Token) and n.data not in NO_FACT
            for fact in _given(c, n, "quote")
        ),
        tuple(_line(*pair) for pair in of.every("line")), tuple(_expect(*pair) for pair in of.every("expect")), b.span,
        tuple(_code(c, n) for c, q in quotes for n in q.children if not isinstance(n, Token) and n.data == "given_code"),
        tuple(c.word(tokens(n)[0]) for c, q in quotes for n in q.children if not isinstance(n, Token) and n.data == "given_exhausted"),
        _bundles(r, of.every("bundle", "choose_these")),
        any(wrong.span.line >= b.span.line for wrong in r.found),
    )  # fmt: skip


def _bundles(r: Reading, clauses: Clauses) -> tuple[s.TestBundleDecl, ...]:
    """The bundles of a test, each with the choices below it."""
    made: list[s.TestBundleDecl] = []
    for b, node in clauses:
        if node.data == "bundle":
            named = {str(n.data): n for n in node.children if not isinstance(n, Token)}
            words = {
                data: b.word(tokens(n)[0]) for data, n in named.items() if data in ("bundles", "named", "in_group")
            }
            given = [n for n in node.children if not isinstance(n, Token) and str(n.data).startswith("given")]
            facts = tuple(fact for n in given if n.data not in NO_FACT for fact in _given(b, n, "line"))
            bundle = b.word(tokens(node)[0])
            name = words.get("named", bundle)
            made.append(s.TestBundleDecl(bundle, words.get("bundles"), name, words.get("in_group"), facts, (), b.span))
        elif made:
            wishes = expected(b, node).wishes
            made[-1] = replace(made[-1], wishes=(*made[-1].wishes, *wishes))
        else:
            r.add(slips.choose_of_nothing(b.span))
    return tuple(made)


def _code(b: Builder, node: Node) -> s.Lit:
    token = tokens(node)[0]
    return s.Lit("text", b.text(token), None, b.at(token))


def _given(b: Builder, node: Node, scope: str) -> tuple[s.GivenFact, ...]:
    if node.data != "given":
        return times.given(b, node, scope)
    path, value = node.children
    return (s.GivenFact(b.word(cast(Token, path)), b.literal(cast(Node, value)), b.over(node)),)


def _line(b: Builder, node: Node) -> s.TestLineDecl:
    product, *group = tokens(node)
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


def make_examples(r: Reading, b: Builder, head: Node, clauses: Clauses) -> s.Block:
    """`examples`."""
    cells = cells_of(b)
    if cells is None:
        r.add(slips.no_table(b.span))
        cells = s.Cells((), (), b.span)
    return s.Examples(b.word(tokens(head)[0]), cells, b.span)
