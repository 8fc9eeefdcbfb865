"""A PDF as tests look at it: its text page by page, and where on the page everything stands."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from typing import NamedTuple

import pypdfium2

MM = 72 / 25.4


class Box(NamedTuple):
    """Where something stands, in points from the page's lower left corner."""

    left: float
    bottom: float
    right: float
    top: float

    def overlaps(self, other: Box, by: float) -> bool:
        """Whether they share more than a strip of so many points."""
        wide = min(self.right, other.right) - max(self.left, other.left)
        high = min(self.top, other.top) - max(self.bottom, other.bottom)
        return wide > by and high > by


def texts(pdf: bytes) -> list[str]:
    """The text of each page, in the order it is read in."""
    document = pypdfium2.PdfDocument(pdf)
    return [page.get_textpage().get_text_range().replace("\r\n", "\n") for page in document]


def told(pdf: bytes) -> bytes:
    """All that a document says, unpacked."""
    return pdf + b"".join(body for _, body in streams(pdf, rb"/Type/ObjStm"))


def streams(pdf: bytes, of: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The streams of a kind that a document was packed into: what stands before each, and what is in it."""
    for one in re.finditer(rb"<<(%b[^\n]*)/Filter/FlateDecode/Length (\d+)>>\nstream\n" % of, pdf):
        yield one[1], zlib.decompress(pdf[one.end() : one.end() + int(one[2])])


def boxes(pdf: bytes) -> Iterator[tuple[Box, list[tuple[str, Box]], list[Box]]]:
    """Each page: its size, its pieces of text, and everything that is drawn."""
    for page in pypdfium2.PdfDocument(pdf):
        text = page.get_textpage()
        rects = [Box(*text.get_rect(n)) for n in range(text.count_rects())]
        pieces = [(text.get_text_bounded(*rect), rect) for rect in rects]
        drawn = [Box(*one.get_bounds()) for one in page.get_objects()]
        yield Box(0, 0, *page.get_size()), pieces, drawn


def faults(pdf: bytes, margin: float = 20 * MM) -> list[str]:
    """What leaves the margins, and which pieces of text stand on each other."""
    found = []
    for number, (size, pieces, drawn) in enumerate(boxes(pdf), 1):
        inner = Box(margin - 2, 6 * MM, size.right - margin + 2, size.top - 8 * MM)
        outside = [
            one for one in (*drawn, *(rect for _, rect in pieces))
            if one.left < inner.left or one.right > inner.right or one.bottom < inner.bottom or one.top > inner.top
        ]  # fmt: skip
        found += [f"page {number}: {one} is outside" for one in outside]
        found += [
            f"page {number}: `{text}` and `{other}` overlap"
            for at, (text, rect) in enumerate(pieces) for other, beside in pieces[at + 1 :] if rect.overlaps(beside, 1.2)
        ]  # fmt: skip
    return found
