"""The outbox read: what every change of a tenant told, in the order in which it was done.

{tenant}:outbox       stream of events, JSON as the services told it; ids are the store's and only grow
{tenant}:outbox:cut   up to which event they were archived and are kept no more, and the SHA-256 of the file that has them

Books told theirs otherwise at first (`book` for a subject, and no time): those read like any other.
"""

from __future__ import annotations

from typing import Any, cast

import msgspec

from engine.lifecycle.events import START, Event, archived, order_of
from engine.store import codec
from engine.store.client import Client

_OWN = ("type", "subject", "account", "etag", "by", "role", "time")


class Outbox:
    """The events of all tenants."""

    def __init__(self, client: Client) -> None:
        self.redis = client

    def last(self, tenant: str) -> str:
        """The id of the last event; 0 where there was none."""
        found = cast(Any, self.redis.xrevrange(outbox_key(tenant), count=1))
        return found[0][0].decode() if found else START

    def after(self, tenant: str, event_id: str, most: int = 100) -> list[Event]:
        """The events after one, in order."""
        return [_event(*one) for one in self.told(tenant, event_id, most)]

    def told(self, tenant: str, event_id: str, most: int = 100) -> list[tuple[str, bytes]]:
        """The same as they were told, byte for byte: pairs of their id and JSON.

        Raises:
            Refused: OUT_OF_RANGE, some of them were archived: none is left out in silence.
        """
        with self.redis.pipeline(transaction=False) as pipe:
            pipe.xrange(outbox_key(tenant), min=f"({event_id}", count=most)
            pipe.get(cut_key(tenant))  # after they were read: what is archived from now on is among them
            found, cut = cast(Any, pipe.execute())
        last = _last_of(cut)
        if order_of(event_id) < order_of(last):
            raise archived(last)
        return [(one.decode(), fields[b"event"]) for one, fields in found]

    def cut(self, tenant: str) -> str:
        """The last event that was archived; 0 where none was."""
        return _last_of(self.redis.get(cut_key(tenant)))

    def last_before(self, tenant: str, milliseconds: int) -> str:
        """The last event before a time that is kept; "": there is none."""
        found = cast(Any, self.redis.xrevrange(outbox_key(tenant), max=f"({milliseconds}-0", count=1))
        return found[0][0].decode() if found else ""

    def wait(self, tenant: str, event_id: str, milliseconds: int) -> bool:
        """Whether there is an event after one, waiting so long for it."""
        key = outbox_key(tenant)
        return bool(self.redis.xread({key: event_id}, count=1, block=milliseconds))

    def one(self, tenant: str, event_id: str) -> Event | None:
        """An event by its id."""
        found = cast(Any, self.redis.xrange(outbox_key(tenant), min=event_id, max=event_id))
        return _event(found[0][0].decode(), found[0][1][b"event"]) if found else None


def _event(event_id: str, event: bytes) -> Event:
    told: dict[str, Any] = msgspec.json.decode(event)
    own = {name: told.pop(name) for name in _OWN if name in told}
    if "subject" not in own and "book" in told:
        own["subject"] = f"books/{told.pop('book')}"
    own.setdefault("time", int(event_id.partition("-")[0]) * 1_000)
    data = {name: one if isinstance(one, str) else codec.pack(one).decode() for name, one in told.items()}
    return Event(id=event_id, data=data, **own)


def _last_of(cut: Any) -> str:
    return cut.decode().partition(" ")[0] if cut else START


def outbox_key(tenant: str) -> str:
    """The key of a tenant's events."""
    return f"{{{tenant}}}:outbox"


def cut_key(tenant: str) -> str:
    """The key that says what of them was archived."""
    return f"{outbox_key(tenant)}:cut"
