"""Collects every mistake, so that an author sees all of them at once; bounded, so that no bundle can flood it."""

from __future__ import annotations

from collections.abc import Collection
from difflib import SequenceMatcher, get_close_matches
from itertools import islice

from engine.lang import words
from engine.lang.diagnostics import Diagnostic
from engine.lang.places import Span
from engine.lang.words import Near

MOST = 500
"""Diagnostics kept; the rest are counted."""
LACKS = ("E009", "E314", "E512", "E514", "W603")
"""Codes that say what a block does not have."""
CAUSES = ("E401", "E402", "E403")
MAX_NAME = 80
"""A longer name is not compared."""
MANY = 200
MOST_NEAR = 60
"""Nearest names looked for among many; later mistakes go without."""


class Report:
    """The diagnostics so far. `near` finds the name that a misspelt one may have meant."""

    def __init__(self) -> None:
        self.found: list[Diagnostic] = []
        self.left_out = 0
        self.failed = False
        self._seen: set[tuple[str, Span, str]] = set()
        self._searches = 0

    def add(self, diagnostic: Diagnostic) -> None:
        """Keep it, once; one is never said twice at the same place."""
        self.failed = self.failed or diagnostic.severity == "error"
        key = (diagnostic.code, diagnostic.span, diagnostic.message)
        if key in self._seen:
            return
        if len(self.found) >= MOST:
            self.left_out += 1
            return
        self._seen.add(key)
        self.found.append(diagnostic)

    def near(self, name: str, known: Collection[str]) -> Near:
        """The nearest of `known` to `name` ("" when none is near)."""
        if len(known) > MANY:
            self._searches += 1
            if self._searches > MOST_NEAR or len(self.found) >= MOST:
                return Near("", list(islice(known, MANY)))
        names = list(known)
        return Near(nearest(name, names), names)

    def excuse(self, broken: Collection[tuple[str, int]]) -> None:
        """Say no more what a block lacks (by the file and line it begins on) whose clauses could not all be read."""
        self.found = [d for d in self.found if d.code not in LACKS or (d.span.file, d.span.line) not in broken]

    def sorted(self) -> tuple[Diagnostic, ...]:
        """Files that are not there or cannot be read first, for they are the cause of others; then in order of file and line."""
        ordered = sorted(
            self.found, key=lambda d: (d.code not in CAUSES, d.span.file, d.span.line, d.span.column, d.code, d.message)
        )
        if self.left_out:
            ordered.append(words.more(self.left_out, ordered[-1].span))
        return tuple(ordered)


def nearest(name: str, known: list[str]) -> str:
    """The one of `known` most like `name`, or "": the same letters, else few slips, else the same last word of a path."""
    if len(name) > MAX_NAME:
        return ""
    folded = name.lower()
    for other in known:
        if other.lower() == folded:
            return other
    alike = [other for other in known if abs(len(other) - len(name)) <= 4][:5_000]
    close = get_close_matches(name, alike, 8, 0.6)
    if close:  # of those as near as the nearest, the one that begins most alike: codes differ in their last figures
        near = [SequenceMatcher(None, other, name).ratio() for other in close]
        return max((o for o, n in zip(close, near, strict=True) if n == near[0]), key=lambda o: _alike(o, name))
    ends = [other for other in known if other.endswith("." + name)]
    return ends[0] if len(ends) == 1 else ""


def _alike(one: str, other: str) -> int:
    """How many letters two names begin with together."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
