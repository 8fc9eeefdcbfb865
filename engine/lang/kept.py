"""Keeps the blocks of what was parsed before, by the text itself and where it stands, for the next check of an edited book.

A piece of a file (a heading and its clauses) is read again only when its text changed; where it only moved, its nodes are
copied with other lines. Nothing changes a syntax node, so checks share them. What is kept is bounded, and what was used longest
ago goes first.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from threading import Lock
from typing import Any

from engine.lang import syntax as s
from engine.lang.diagnostics import Diagnostic
from engine.lang.places import Span

Parsed = tuple[tuple[s.Block, ...], tuple[Diagnostic, ...]]
Key = tuple[str, str]
MOST_PIECES = 25_000
MOST_TEXT = 4 * 2**20
"""Characters of all pieces kept: their nodes take some twenty times as many bytes."""


class Kept:
    """A bounded memory in front of `read(path, line, text)`."""

    def __init__(self, read: Callable[[str, int, str], Parsed]) -> None:
        self.read = read
        self._held: OrderedDict[Key, tuple[int, Parsed]] = OrderedDict()
        self._text = 0
        self._lock = Lock()

    def parsed(self, path: str, line: int, text: str) -> Parsed:
        """What reading a piece gives."""
        key = (path, text)
        with self._lock:
            known = self._held.get(key)
            if known is not None:
                self._held.move_to_end(key)
        if known is not None and known[0] == line:
            return known[1]
        if known is not None and not known[1][1]:
            made: Parsed = moved(known[1], line - known[0])
        else:  # new, or with mistakes, whose words may name a line
            made = self.read(path, line, text)
        if len(text) <= MOST_TEXT // 16:
            self._keep(key, (line, made))
        return made

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._held.clear()
            self._text = 0

    def _keep(self, key: Key, made: tuple[int, Parsed]) -> None:
        with self._lock:
            if key not in self._held:
                self._text += len(key[1])
            self._held[key] = made
            while len(self._held) > MOST_PIECES or self._text > MOST_TEXT:
                (_, text), _ = self._held.popitem(last=False)
                self._text -= len(text)


def moved(node: Any, lines: int) -> Any:
    """A node (or a tuple of them) as it would have been read that many lines further down."""
    if isinstance(node, tuple):
        return tuple([moved(part, lines) for part in node]) if node else node
    if isinstance(node, Span):
        return Span(node.file, node.line + lines, node.column, node.length)
    kind = type(node)
    names = _FIELDS.get(kind)
    if names is None:
        names = _FIELDS[kind] = tuple(field.name for field in fields(node)) if is_dataclass(node) else ()
    return kind(*[moved(getattr(node, name), lines) for name in names]) if names else node


_FIELDS: dict[type, tuple[str, ...]] = {str: (), int: (), bool: (), type(None): ()}
