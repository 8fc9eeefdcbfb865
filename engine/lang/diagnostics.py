"""What a diagnostic is and how it looks: every mistake has a code, a place, a caret and a way out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from engine.lang.places import Span


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One mistake (`error`) or doubt (`warning`). `code` is stable (E101); `help` says what to do."""

    code: str
    message: str
    span: Span
    help: str = ""
    severity: Literal["error", "warning"] = "error"

    def render(self, sources: Mapping[str, str]) -> str:
        """Draw it: head, place, the line with a caret under the words, help.

        error[Q204]: this discount is in EUR, but `seat` is priced in USD
          --> discounts.quo:12:36
           |
        12 | discount spring on seat: take 10 EUR
           |                               ^^^^^^
           = help: write the amount in USD, or give `seat` a EUR price
        """
        span = self.span
        lines = sources.get(span.file, "").split("\n")
        text = lines[span.line - 1].rstrip("\r") if 0 < span.line <= len(lines) else ""
        left, shown = _window(text, span.column - 1)
        caret = "^" * max(1, min(span.length, len(shown) - (span.column - 1 - left)))
        margin = " " * len(str(span.line))
        rows = [
            f"{self.severity}[{self.code}]: {self.message}",
            f"{margin} --> {span.file}:{span.line}:{span.column}",
            f"{margin} |",
            f"{span.line} | {shown}",
            f"{margin} | {' ' * (span.column - 1 - left)}{caret}",
        ]
        return "\n".join(rows + ([f"{margin} = help: {self.help}"] if self.help else [])) + "\n"


def _window(text: str, column: int, width: int = 160) -> tuple[int, str]:
    """The part of a very long line that shows the column; tabs become one blank so that carets stand right."""
    left = 0 if column < width - 40 else column - 40
    return left, text[left : left + width].replace("\t", " ")
