"""How what is said is put together: severity, quoting, lists of what is allowed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from engine.lang.diagnostics import Diagnostic
from engine.lang.places import Span

SHOWN = 8
"""How many allowed names a help lists before it says `...`."""


def error(code: str, span: Span, message: str, help: str = "") -> Diagnostic:
    return Diagnostic(code, message, span, help)


def warning(code: str, span: Span, message: str, help: str = "") -> Diagnostic:
    return Diagnostic(code, message, span, help, "warning")


def cut(text: str) -> str:
    """At most 60 characters of what the author wrote."""
    return text if len(text) <= 60 else text[:57] + "..."


def a(noun: str) -> str:
    """`an offer`, `a rule`."""
    return ("an " if noun[:1] in "aeiou" and not noun.startswith(("unit", "use")) else "a ") + noun


def listed(names: Iterable[str]) -> str:
    """`a, b, c`, or the first few and how many more."""
    known = list(names)
    more = f", ... ({len(known) - SHOWN} more)" if len(known) > SHOWN else ""
    return ", ".join(known[:SHOWN]) + more


class Near(NamedTuple):
    """What a misspelt name may have meant: the nearest one, and all there are."""

    best: str
    known: Sequence[str]

    def help(self, empty: str = "") -> str:
        if self.best:
            return f"did you mean `{self.best}`?"
        return f"there are: {listed(self.known)}" if self.known else empty
