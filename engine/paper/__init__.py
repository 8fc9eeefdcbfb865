"""A quote on paper: plain data in, the bytes of a PDF out, and the same bytes every time."""

from engine.paper.press import Paper, typeset

__all__ = ["Paper", "typeset"]
