"""The paper of a quote as it goes to a reader: in pieces, so that one of any size reaches a client that was told of no limit.

A piece waits until the reader has taken the one before, and holds a thread meanwhile. So readers have threads of their own, of which
nobody has all, and who takes nothing for a while is let go.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Lock
from typing import Any

from engine.services.context import Context
from engine.services.refusal import Refused
from engine.services.selling.papers import Document
from quotient.v1 import quotes_pb2 as pb

PIECE_BYTES = 256 * 2**10
TAKEN_SECONDS = 15.0
"""Within which a reader takes a piece; whoever does not is let go, and their place is another's."""
MOST_READERS = 8
MOST_OF_LINK, MOST_OF_PRINCIPAL, MOST_OF_TENANT = 2, 4, 6
"""Places of a worker that one caller, and all callers of one tenant, may hold at a time."""
READERS = ThreadPoolExecutor(MOST_READERS + 2, "reader")
"""Two more than have a place, so that who gets none is told."""


class Places:
    """Who reads now: so many in all, and so many of each."""

    def __init__(self) -> None:
        self._lock, self._held = Lock(), Counter[tuple[str, ...]]()

    @contextmanager
    def one(self, context: Context) -> Iterator[None]:
        """A place, until the end of the block.

        Raises:
            Refused: RESOURCE_EXHAUSTED.
        """
        bounds = _bounds(context)
        with self._lock:
            full = next((most for key, most in bounds.items() if self._held[key] >= most), None)
            if full is not None:
                whose = "" if full == MOST_READERS else " of yours"
                said = (
                    f"a worker serves {full} readers of documents{whose} at a time: try again, another may have a place"
                )
                raise Refused("RESOURCE_EXHAUSTED", "TOO_MANY_STREAMS", said, again_seconds=1.0)
            self._held.update(bounds.keys())
        try:
            yield
        finally:
            with self._lock:
                self._held.subtract(bounds.keys())
                self._held = +self._held


def _bounds(context: Context) -> dict[tuple[str, ...], int]:
    """What a reader counts for, and how many of it there may be."""
    own = MOST_OF_LINK if context.document else MOST_OF_PRINCIPAL
    return {
        (): MOST_READERS,
        (context.tenant,): MOST_OF_TENANT,
        (context.tenant, context.principal, context.document): own,
    }


_PLACES = Places()


def read(context: Context, find: Callable[[], Document]) -> Iterator[Any]:
    """A paper in pieces.

    Raises:
        Refused: RESOURCE_EXHAUSTED, many read; and as `find`.
    """
    with _PLACES.one(context):
        yield from pieces(find())


def pieces(paper: Document) -> Iterator[Any]:
    """What a paper is, and its bytes."""
    told = pb.QuoteDocument(
        content_type="application/pdf", file_name=f"{paper.quote.number or paper.quote.id}-v{paper.version}.pdf",
        size_bytes=len(paper.pdf), document_hash=paper.digest, sent=paper.sent, unshown=paper.lost, version=paper.version,
        revision=0 if paper.sent else paper.quote.etag,
    )  # fmt: skip
    yield pb.QuoteDocumentChunk(document=told, content=paper.pdf[:PIECE_BYTES])
    for at in range(PIECE_BYTES, len(paper.pdf), PIECE_BYTES):
        yield pb.QuoteDocumentChunk(content=paper.pdf[at : at + PIECE_BYTES])
