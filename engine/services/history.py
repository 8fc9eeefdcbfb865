"""What was: the revisions of a document, and the trail of all changes of a tenant for those who audit it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from engine.lifecycle.document import Document
from engine.lifecycle.events import START, checked_id
from engine.lifecycle.keys import ApiKey
from engine.lifecycle.kinds import kind_of
from engine.services.context import Context
from engine.services.desk import Desk
from engine.services.pages import counted, size_of
from engine.services.refusal import Refused, needs_store
from engine.store.documents import Documents
from engine.store.outbox import Outbox

EVENTS_AT_ONCE = 500
READ: Mapping[str, str] = {ApiKey.KIND: "manage keys"}
"""What may be read by others than those who read deals: the act, by kind."""


class History:
    """Revisions and the audit trail."""

    def __init__(self, desk: Desk, outbox: Outbox) -> None:
        self.desk, self.outbox = desk, outbox

    def revisions(self, context: Context, name: str, size: int, token: str) -> tuple[list[Document], str]:
        """Revisions of a document from the first on, and the token of the next page; what was erased is not in them.

        Raises:
            Refused: INVALID_ARGUMENT, NOT_FOUND.
        """
        context.require(read_by(name))
        first, most = counted(token, 1), size_of(size)
        found = self.desk.history(context, kind_of(name, "name"), name, first, most + 1)
        return found[:most], str(first + most) if len(found) > most else ""

    def trail(self, context: Context, after: str) -> Iterator[tuple[bytes, str]]:
        """Every event of the tenant, in order, with the revision it tells of, as lines of JSON; and the last event's id.

        What is personal is not in it: it is kept apart, so that it can be erased, and a file could not be.

        Raises:
            Refused: INVALID_ARGUMENT, PERMISSION_DENIED; OUT_OF_RANGE, what came next was archived.
        """
        context.require("export audit")
        if context.account:
            said = f"a caller who is bound to {context.account} does not see what is of others"
            raise Refused("PERMISSION_DENIED", "BOUND", said)
        last = checked_id(after or START, "after")
        while events := self._events(context, last):
            context.in_time()
            last = events[-1][0]
            yield self._lines(context, events), last

    @needs_store
    def _events(self, context: Context, after: str) -> list[tuple[str, bytes]]:
        return self.outbox.told(context.tenant, after, EVENTS_AT_ONCE)

    @needs_store
    def _lines(self, context: Context, events: list[tuple[str, bytes]]) -> bytes:
        return lines_of(self.desk.documents, context.tenant, events)


def lines_of(documents: Documents, tenant: str, events: list[tuple[str, bytes]]) -> bytes:
    """Events as lines of the trail, each with the revision it tells of."""
    told: list[dict[str, Any]] = [json.loads(event) for _, event in events]
    bodies = documents.bodies(tenant, [(one.get("subject", ""), int(one.get("etag", 0))) for one in told])
    pairs = zip(events, bodies, strict=True)
    return b"".join(b'%s"document":%s}\n' % (begin_of_line(id, event), body) for (id, event), body in pairs)


def begin_of_line(event_id: str, event: bytes) -> bytes:
    """What a line of the trail says of an event."""
    return b'{"id":"%s","event":%s,' % (event_id.encode(), event)


def read_by(name: str) -> str:
    """The act that reading such a document is."""
    return READ.get(name.partition("/")[0], "read deals")
