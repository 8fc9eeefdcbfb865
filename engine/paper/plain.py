"""What a text may be on paper: no sign that steers the page, reverses what is read, or cannot be shown.

A title is somebody's, and may be anything. It reaches the template as data, so that it is never read as markup; here it loses what
would still do harm as text: control characters, overrides of direction (which show a price back to front), lone surrogates.
"""

from __future__ import annotations

import re
from collections.abc import Container
from typing import Any
from unicodedata import category

LOST = "\ufffd"
"""Stands where a character cannot be shown."""
LONGEST = 28
"""A word with more letters may break anywhere."""
_BREAK = "\u200b"
_STEERING = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c\ufeff]")
_UNSHOWN = frozenset(("Cc", "Cs", "Co", "Cn", "Zl", "Zp"))
_SPACE = re.compile(r"[ \t\r\n\f\v\x85]+")
_PARAGRAPHS = re.compile(r"\n\s*\n")


def one_line(text: str) -> str:
    """A text as one line."""
    return _SPACE.sub(" ", text).strip()


def paragraphs(text: str) -> list[list[str]]:
    """A text as paragraphs, each in the lines it was written in."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return [[one_line(line) for line in part.split("\n")] for part in _PARAGRAPHS.split(text) if part.strip()]


def shown(text: str, lost: Container[str] = ()) -> str:
    """A text as it can be shown: `lost` are characters that no font has."""
    text = _STEERING.sub("", text)
    return "".join(LOST if sign in lost or category(sign) in _UNSHOWN else sign for sign in text)


def unshown(text: str) -> set[str]:
    """What a text has that nothing could show."""
    return {sign for sign in text if sign == LOST or category(sign) in _UNSHOWN}


def breakable(text: str, longest: int = LONGEST) -> str:
    """A text in which a word of more letters can be broken, so that none leaves its column."""
    if len(text) <= longest:
        return text
    return " ".join(word if len(word) <= longest else _BREAK.join(word) for word in text.split(" "))


def over_all(tree: Any, change: Any) -> Any:
    """A tree of lists and tables with every text changed."""
    if isinstance(tree, str):
        return change(tree)
    if isinstance(tree, list):
        return [over_all(one, change) for one in tree]
    return {name: over_all(one, change) for name, one in tree.items()} if isinstance(tree, dict) else tree


def texts(tree: Any) -> set[str]:
    """All characters of a tree's texts."""
    if isinstance(tree, str):
        return set(tree)
    parts = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    return set().union(*(texts(one) for one in parts))
