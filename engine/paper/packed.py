"""Packs a PDF as typst writes it: what is no stream of its own goes into compressed ones, with a compressed table of where all is.

A document's tags, one object for each cell and figure, are most of a long one, and typst writes them as plain text: packed, they are a
tenth of it. Nothing is left out or changed: the objects and their numbers stay, and PDF/A-2 and PDF/UA-1 allow it (ISO 32000-1, 7.5.7).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

TOGETHER = 200
"""Objects in one stream: who reads one of them unpacks all."""
LEVEL = 6
_END = re.compile(rb"trailer\s*<<(.*)>>\s*startxref\s*(\d+)\s*%%EOF\s*\Z", re.DOTALL)
_TABLE = re.compile(rb"xref\s+0 (\d+)\r?\n")
_OBJECT = re.compile(rb"(\d+) 0 obj\s(.*?)\s*endobj\s*\Z", re.DOTALL)
_ENTRY = 20
"""Bytes of an entry of a plain table."""
_ROW = 7
"""Bytes of an entry of a packed one."""
_FREE, _PLAIN, _PACKED = 0, 1, 2
_Place = tuple[int, int, int]
"""Where an object is: its kind, then the bytes before it and 0, or the number of the stream it is in and its place there."""


def packed(pdf: bytes) -> bytes:
    """The same document, smaller; the same bytes each time."""
    end = _END.search(pdf)
    assert end is not None, "a PDF ends with its trailer"
    objects = _objects(pdf, int(end[2]))
    streams = {number: body for number, body in objects.items() if body.endswith(b"endstream")}
    others = sorted(objects.keys() - streams.keys())
    places: dict[int, _Place] = {0: (_FREE, 0, 65_535)}
    parts = [pdf[: pdf.index(b"\n", pdf.index(b"\n") + 1) + 1]]  # the version, and signs that say that it is no text
    at = len(parts[0])
    number = max(objects)
    for begin in range(0, len(others), TOGETHER):
        number, group = number + 1, others[begin : begin + TOGETHER]
        streams[number] = _together(group, objects)
        places |= {one: (_PACKED, number, n) for n, one in enumerate(group)}
    for one, body in streams.items():
        places[one] = (_PLAIN, at, 0)
        parts.append(b"%d 0 obj\n%b\nendobj\n" % (one, body))
        at += len(parts[-1])
    places[number + 1] = (_PLAIN, at, 0)
    named = re.sub(rb"/Size \d+", b"", end[1]).strip()
    parts.append(b"%d 0 obj\n%b\nendobj\nstartxref\n%d\n%%%%EOF\n" % (number + 1, _table(places, named), at))
    return b"".join(parts)


def _objects(pdf: bytes, table: int) -> Mapping[int, bytes]:
    """What the objects of a document are, by their numbers."""
    head = _TABLE.match(pdf, table)
    assert head is not None, "a plain table of a single part"
    entries = (pdf[at : at + _ENTRY] for at in range(head.end(), head.end() + int(head[1]) * _ENTRY, _ENTRY))
    starts = sorted(int(one[:10]) for one in entries if one[17:18] == b"n")
    found = [_OBJECT.match(pdf[start:end]) for start, end in pairwise((*starts, table))]
    assert all(found), "objects stand one behind the other"
    return {int(one[1]): one[2] for one in found if one is not None}


def _together(numbers: Sequence[int], objects: Mapping[int, bytes]) -> bytes:
    """A stream of objects: their numbers and where each begins, then they."""
    begins, at = [], 0
    for one in numbers:
        begins.append(b"%d %d" % (one, at))
        at += len(objects[one]) + 1
    lead = b" ".join(begins) + b"\n"
    return _stream(
        b"/Type/ObjStm/N %d/First %d" % (len(numbers), len(lead)), [lead, *(objects[one] + b"\n" for one in numbers)]
    )


def _table(places: Mapping[int, _Place], named: bytes) -> bytes:
    """The table of all objects, which has what the trailer named: of each row what its bytes differ by from those of the row before."""
    assert len(places) == max(places) + 1, "no number is left out"
    rows = [
        bytes(_ROW),
        *(kind.to_bytes(1) + where.to_bytes(4) + n.to_bytes(2) for _, (kind, where, n) in sorted(places.items())),
    ]
    steps = (b"\x02" + bytes(one - before & 255 for before, one in zip(*pair, strict=True)) for pair in pairwise(rows))
    head = b"/Type/XRef/W[1 4 2]/Size %d/DecodeParms<</Predictor 12/Columns %d>>%b" % (len(places), _ROW, named)
    return _stream(head, steps)


def _stream(head: bytes, parts: Iterable[bytes]) -> bytes:
    content = zlib.compress(b"".join(parts), LEVEL)
    return b"<<%b/Filter/FlateDecode/Length %d>>\nstream\n%b\nendstream" % (head, len(content), content)
