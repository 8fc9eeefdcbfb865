"""The paper of a quote as it goes to a reader: in pieces, so that one of any size reaches a client that was told of no limit.

A piece waits until the reader has taken the one before, and holds a thread meanwhile. So readers have threads of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import Any

from engine.services.refusal import Refused
from engine.services.selling.papers import Document
from quotient.v1 import quotes_pb2 as pb

PIECE_BYTES = 256 * 2**10
MOST_READERS = 8
READERS = ThreadPoolExecutor(MOST_READERS + 2, "reader")
"""Two more than have a place, so that who gets none is told."""
_PLACES = BoundedSemaphore(MOST_READERS)


def read(find: Callable[[], Document]) -> Iterator[Any]:
    """A paper in pieces.

    Raises:
        Refused: RESOURCE_EXHAUSTED, many read; and as `find`.
    """
    if not _PLACES.acquire(blocking=False):
        said = f"a worker serves {MOST_READERS} readers of documents at a time: try again, another may have a place"
        raise Refused("RESOURCE_EXHAUSTED", "TOO_MANY_STREAMS", said, again_seconds=1.0)
    try:
        yield from pieces(find())
    finally:
        _PLACES.release()


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
