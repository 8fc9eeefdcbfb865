"""A quote on paper: plain data in, the bytes of a PDF out, and the same bytes every time."""

from engine.paper.press import Paper, rows_of, settable, typeset

__all__ = ["Paper", "rows_of", "settable", "typeset"]
