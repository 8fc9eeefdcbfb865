"""Where text stands: every node, mistake and part of a book says so with one class, which hangs on nothing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """Where text stands: 1-based line and column in a file of the bundle; `length` characters on that line."""

    file: str
    line: int
    column: int = 1
    length: int = 1
