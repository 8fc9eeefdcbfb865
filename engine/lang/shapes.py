"""Reads clauses of a shape that was read before without the parser: 20,000 rules are a few dozen sentences with other figures.

    when customer.region is r3 and line.quantity in 4 to 40
    when customer.region is r9 and line.quantity in 1 to 99
        ->  when PATH is NAME and PATH in NUMBER to NUMBER          (parsed once, then filled in)

A shape keeps every word that means something in the grammar, and leaves out what is only a name, number or text: so two
clauses of one shape have the same tokens of the same kinds, and an LALR parser sees nothing else. What this module cannot
cut up as the lexer does has no shape, and is parsed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import cast

from lark import Lark, Token, Tree
from lark.lexer import PatternRE, PatternStr

Node = Tree[Token]
Template = tuple[str, tuple["Template | Place", ...]]
"""A tree with, for each token, which of the text's it is."""
Place = tuple[int, str]
"""The number of a token, and its terminal."""

_CUT = re.compile(
    r"""[ \t\r\n\f]*(?:
      (?P<PATH>    [a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+)
    | (?P<NAME>    [a-z][a-z0-9_]*)
    | (?P<DATE>    \d{4}-\d{2}-\d{2})
    | (?P<PERCENT> -?\d[\d_]*(?:\.\d+)?%)
    | (?P<NUMBER>  -?\d[\d_]*(?:\.\d+)?)
    | (?P<STRING>  "[^"\n]*")
    | (?P<SKU>     [A-Z][A-Z0-9]*(?:-[A-Z0-9]+)+)
    | (?P<CODE>    [A-Z]{3})
    )(?=[ \t\r\n\f,():]|\Z)
    | [ \t\r\n\f]*(?P<sign> [,()=:]|[<>]=?)""",
    re.X,
)
OPEN = ("PATH", "NAME", "DATE", "PERCENT", "NUMBER", "STRING", "SKU")
"""The terminals whose text a shape leaves out."""
MOST_SHAPES = 20_000
MOST_WORDS = 200_000


@dataclass(slots=True)
class Shapes:
    """The shapes read so far with one parser."""

    parser: Lark
    _words: dict[str, str]
    _templates: dict[tuple[str, ...], Template | None]
    _others: tuple[re.Pattern[str], ...]

    @classmethod
    def of(cls, parser: Lark) -> Shapes:
        """None read yet. Words of the grammar stand for themselves, and so does what a terminal not known here would take."""
        keywords = {t.pattern.value: t.pattern.value for t in parser.terminals if isinstance(t.pattern, PatternStr)}
        known = {*OPEN, "CODE", "REL", "FIGURE"}
        others = (t for t in parser.terminals if isinstance(t.pattern, PatternRE) and t.name not in known)
        ignored = set(parser.ignore_tokens)
        patterns = tuple(re.compile(t.pattern.to_regexp()) for t in others if t.name not in ignored)
        return cls(parser, keywords, {}, patterns)

    def parse(self, text: str, start: str) -> Node:
        """The tree of a clause, as the parser makes it.

        Raises:
            UnexpectedInput: the parser's own refusal.
        """
        cut = self._cut(text)
        if cut is None:
            return self.parser.parse(text, start=start)
        pieces, tokens = cut
        key = (start, *pieces)
        template = self._templates.get(key)
        if template is not None:
            return _filled(template, tokens)
        tree = self.parser.parse(text, start=start)
        if key not in self._templates and len(self._templates) < MOST_SHAPES:
            self._templates[key] = _template(tree, tokens, pieces)
        return tree

    def _cut(self, text: str) -> tuple[list[str], list[Token]] | None:
        """The pieces of a text's shape and its tokens; None where it cannot be cut up like this."""
        pieces: list[str] = []
        tokens: list[Token] = []
        at, words = 0, self._words
        for match in _CUT.finditer(text):
            if match.start() != at:
                return None
            at = match.end()
            kind = cast(str, match.lastgroup)
            begin, value = match.start(kind), match.group(kind)
            if kind in ("sign", "CODE"):
                pieces.append(value)
            else:
                pieces.append(words.get(value) or self._piece(value, kind))
            tokens.append(_token(kind, value, begin, at, text))
        return (pieces, tokens) if not text[at:].strip(" \t\r\n\f") else None

    def _piece(self, value: str, kind: str) -> str:
        """How a word stands in a shape: as the name of its terminal, or as itself."""
        piece = value if any(other.match(value) for other in self._others) else kind
        if len(self._words) < MOST_WORDS and kind in ("NAME", "PATH"):
            self._words[value] = piece
        return piece


def _token(kind: str, value: str, begin: int, end: int, text: str) -> Token:
    """A token of the lexer, made without its checks."""
    token = str.__new__(Token, value)
    token.type, token.value, token.start_pos, token.end_pos = kind, value, begin, end
    if "\n" in text:
        token.line, token.column = text.count("\n", 0, begin) + 1, begin - text.rfind("\n", 0, begin)
    else:
        token.line, token.column = 1, begin + 1
    token.end_line, token.end_column = token.line, token.column + len(value)
    return token


def _template(tree: Node, tokens: list[Token], pieces: list[str]) -> Template | None:
    """The tree with places for tokens; None where the lexer cut the text otherwise, or took a name for something else."""
    number_at = {token.start_pos: number for number, token in enumerate(tokens)}
    used: set[int] = set()

    def place(token: Token) -> Place | None:
        number = number_at.get(token.start_pos, -1)
        if number < 0 or str(tokens[number]) != str(token) or (pieces[number] in OPEN and pieces[number] != token.type):
            return None
        used.add(number)
        return number, token.type

    def of(node: Node) -> Template | None:
        made = [place(child) if isinstance(child, Token) else of(child) for child in node.children]
        whole = [child for child in made if child is not None]
        return (node.data, tuple(whole)) if len(whole) == len(made) else None

    template = of(tree)
    left_out = [number for number, piece in enumerate(pieces) if piece in OPEN and number not in used]
    return None if left_out else template


def _filled(template: Template, tokens: list[Token]) -> Node:
    """The tree of a template for the tokens of another text."""
    data, places = template
    children: list[Token | Node] = []
    for one, other in places:
        if isinstance(other, tuple):
            children.append(_filled((one, other), tokens))  # type: ignore[arg-type]
        else:
            token = tokens[one]  # type: ignore[index]
            token.type = other
            children.append(token)
    return Tree(data, children)
