"""`quo publish`: a book to a running service."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from uuid import uuid4

from engine.cli.bundle import check_bundle, read_bundle
from engine.cli.console import FAULT_OF_BOOK, err, fail, out, plural
from engine.cli.reach import service_at
from engine.cli.remote import date_message
from quotient.v1 import books_pb2, books_pb2_grpc

PIECE = 1 << 20
"""The most bytes of a file in one message."""


def publish_command(paths: Sequence[Path], server: str, name: str, start: str | None) -> None:
    """Check here first, send the bundle, and activate its version where a first pricing date is given."""
    files = read_bundle(paths)
    book = check_bundle(files, quiet=True).book
    if book is None:
        fail("the book does not check: nothing was sent", FAULT_OF_BOOK)
    first = None if start is None else _day(start)
    with service_at(server, "pricing_author") as (channel, who):
        stub = books_pb2_grpc.BooksStub(channel)
        version = stub.Publish(pieces(f"books/{name or book.name.replace('_', '-')}", files), metadata=who)
        out().print(f"published [bold]{version.name}[/]: {plural(len(files), 'file')}")
        if first is not None:
            request = books_pb2.ActivateRequest(
                name=version.name, from_date=date_message(first), request_id=uuid4().hex
            )
            stub.Activate(request, metadata=who)
            out().print(f"active for pricing dates from [bold]{first}[/]")
        else:
            book_now = stub.Get(books_pb2.GetRequest(name=version.name.partition("/versions/")[0]), metadata=who)
            if version.name not in {one.version for one in book_now.activations}:
                err().print(
                    "no quote is priced by this version yet: publish it with --from DATE, the first day it answers for"
                )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        fail(f"--from {text}: not a date such as 2026-01-15")


def pieces(book: str, files: dict[str, bytes]) -> Iterator[books_pb2.PublishRequest]:
    """A bundle as the messages of a stream, each small enough for one."""
    head = {"book": book, "request_id": uuid4().hex}
    for path, content in files.items():
        for start in range(0, max(len(content), 1), PIECE):
            chunk = books_pb2.FileChunk(path=path, content=content[start : start + PIECE])
            yield books_pb2.PublishRequest(chunk=chunk, **head)
            head = {}
