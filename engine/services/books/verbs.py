"""The verbs of books: check, publish, activate, roll back, get, list."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.configure.checking import check
from engine.lang.check import Checked
from engine.plan.lower import lower
from engine.plan.plan import PlanError
from engine.services.books.shelf import Shelf
from engine.services.context import Context
from engine.services.refusal import Refused, needs_store
from engine.services.requests import checked_request, kept_as
from engine.store.books import ActivationRecord, Refusal, VersionRecord
from engine.values.identity import ID, version_of

Clock = Callable[[], float]


class Unpublishable(Refused):
    """A bundle that does not check; `checked` has every diagnostic."""

    def __init__(self, checked: Checked) -> None:
        errors = [d for d in checked.diagnostics if d.severity == "error"]
        first = errors[0]
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        message = f"the book does not check: {first.code} {first.span.file}:{first.span.line} {first.message}{more}"
        super().__init__("FAILED_PRECONDITION", "BOOK_INVALID", message)
        self.checked = checked


@dataclass(frozen=True, slots=True)
class BookState:
    """A book: its versions, newest first, and its activations in the order they were made."""

    name: str
    versions: list[VersionRecord]
    activations: list[ActivationRecord]
    etag: str


class Books:
    """The verbs, over a shelf and its store; the clock (seconds since the epoch) is an argument."""

    def __init__(self, shelf: Shelf, clock: Clock) -> None:
        self.shelf, self.store, self.clock = shelf, shelf.store, clock

    def check(self, context: Context, files: Mapping[str, bytes]) -> Checked:
        """Every mistake of a bundle; nothing is kept."""
        context.require("check books")
        return check(files)

    @needs_store
    def publish(
        self, context: Context, book: str, files: Mapping[str, bytes], request_id: str = ""
    ) -> tuple[VersionRecord, Checked]:
        """Keep a bundle as a version of a book.

        Raises:
            Refused: the role may not, the name is odd, the request id was used otherwise.
            Unpublishable: the bundle does not check.
        """
        context.require("publish books")
        if not ID.match(book):
            raise Refused("INVALID_ARGUMENT", "INVALID_NAME", "a book's name is 1 to 63 of a-z, 0-9 and -", "book")
        checked = check(files)
        if checked.book is None:
            raise Unpublishable(checked)
        try:
            plan = self.shelf.keep(lower(checked.book), sum(map(len, files.values())))
        except PlanError as error:
            raise Refused("FAILED_PRECONDITION", "BOOK_TOO_LARGE", f"{error.code}: {error.message}") from error
        if checked.book.bundles:
            self.shelf.circuits(checked.book, plan.head.version)
        record = VersionRecord(version_of(files), checked.book.title, context.principal, self.clock(), {})
        context.in_time()  # checking a large book takes its time: who has gone cannot be told that it was published
        event = self._told(context, "BookPublished", book, record.id)
        self._change(
            lambda: self.store.publish(
                context.tenant, book, record, files, kept_as(context, checked_request(request_id)), event
            )
        )
        self.shelf.generation.bump()  # the tenant's only book may be one of two now
        kept = self.store.version(context.tenant, book, record.id)
        return kept or record, checked

    @needs_store
    def activate(
        self, context: Context, book: str, version: str, from_day: int = 0, request_id: str = "", etag: str = "",
        reason: str = "",
    ) -> BookState:  # fmt: skip
        """Let a version answer for pricing dates from a day on. Every worker answers by it when this returns."""
        context.require("activate books")
        entry = ActivationRecord(version, from_day, context.principal, self.clock(), reason=reason)
        self._put(context, book, entry, request_id, etag, "BookActivated")
        return self.get(context, book)

    @needs_store
    def rollback(self, context: Context, book: str, request_id: str = "", etag: str = "") -> BookState:
        """Undo the last activation of a book."""
        context.require("activate books")
        self._put(context, book, None, request_id, etag, "BookRolledBack")
        return self.get(context, book)

    @needs_store
    def get(self, context: Context, book: str) -> BookState:
        """A book.

        Raises:
            Refused: NOT_FOUND.
        """
        context.require("read books")
        return self._state(context.tenant, book)

    @needs_store
    def list(self, context: Context, size: int = 50, after: str = "") -> tuple[list[BookState], str]:
        """A page of books by name, and the token of the next one ("" at the end)."""
        context.require("read books")
        names = self.store.names(context.tenant, after, size + 1)
        page = [self._state(context.tenant, name) for name in names[:size]]
        return page, names[size - 1] if len(names) > size else ""

    def _state(self, tenant: str, book: str) -> BookState:
        versions = self.store.versions(tenant, book)
        if not versions:
            raise Refused("NOT_FOUND", "BOOK_NOT_FOUND", f"there is no book books/{book[:63]}", "name")
        return BookState(book, versions, self.store.activations(tenant, book), self.store.etag(tenant, book))

    def _put(
        self, context: Context, book: str, entry: ActivationRecord | None, request_id: str, etag: str, event: str
    ) -> None:
        told = self._told(context, event, book, entry.version if entry else "")
        self._change(
            lambda: self.store.activate(
                context.tenant, book, entry, kept_as(context, checked_request(request_id)), etag, told
            )
        )
        self.shelf.generation.bump()

    def _told(self, context: Context, event: str, book: str, version: str) -> str:
        """An event as those of documents are."""
        return json.dumps({
            "type": event, "subject": f"books/{book}", "by": context.principal, "role": str(context.role),
            "time": round(self.clock() * 1_000_000), **({"version": version} if version else {}),
        })  # fmt: skip

    def _change(self, change: Callable[[], str]) -> str:
        try:
            return change()
        except Refusal as refusal:
            raise Refused(*_REFUSALS[refusal.reason]) from refusal


_REFUSALS = {
    "CONFLICT": ("ALREADY_EXISTS", "REQUEST_ID_REUSED", "this request id was used for another request", "request_id"),
    "NOT_FOUND": ("NOT_FOUND", "VERSION_NOT_FOUND", "the book has no such version: publish it first", "name"),
    "STALE": ("ABORTED", "STALE_ETAG", "the book was changed since: get it again and decide anew", "etag"),
    "NOTHING": ("FAILED_PRECONDITION", "NOTHING_TO_ROLL_BACK", "the book has had one activation only", "name"),
}
