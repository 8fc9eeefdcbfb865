"""Deliveries of webhooks in the store. What waits stands in lanes, one an account, each delivered in order and by one keeper at a time.

{tenant}:hook:ID:cursor         the last event that was looked at
{tenant}:hook:ID:lane:LANE      list of ids of events
{tenant}:hook:ID:lanes          sorted set of lanes by when the first of each is to be tried; a lease while it is
{tenant}:hook:ID:deliveries     hash: id of an event -> JSON
{tenant}:hook:ID:WAITING        sorted sets of those ids, by order; so DELIVERED (the last 1,000) and DEAD
{tenant}:hook:ID:failing        since when nothing went well

Whoever claims a lane and dies leaves it to the next when the lease ends: a delivery may be made twice, and is never left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files as resources
from typing import Any, cast

from engine.lifecycle.events import Event, order_of
from engine.lifecycle.webhooks import Delivery, DeliveryStatus
from engine.store import codec
from engine.store.client import Client
from engine.store.documents import Change

MOST_DELIVERED = 1_000
MOST_PAST = 1_000
"""Of a lane, looked at at once for one that waits."""


class Deliveries:
    """The deliveries of all tenants."""

    def __init__(self, client: Client) -> None:
        self.redis = client
        scripts = resources("engine.store") / "scripts"
        self._take, self._settle, self._claim, self._first = (
            client.register_script((scripts / f"{name}.lua").read_text())
            for name in ("take", "settle", "claim", "first")
        )

    def cursor(self, tenant: str, hook: str) -> str:
        """The last event that was looked at; "": none yet."""
        return (cast("bytes | None", self.redis.get(_key(tenant, hook, "cursor"))) or b"").decode()

    def take(self, tenant: str, hook: str, cursor: str, to: str, events: Sequence[Event], now: int) -> bool:
        """Move the cursor on, with the events that the webhook wants; False where another was quicker."""
        keys = [_key(tenant, hook, part) for part in ("cursor", "lanes", *DeliveryStatus, "deliveries")]
        args: list[bytes | str | int] = [cursor, to, now]
        for one in events:
            keys.append(_key(tenant, hook, "lane", one.lane))
            made = codec.pack(Delivery(next_attempt_time=now).of(one))
            args.extend((one.lane, sorting(one.id), one.id, made))
        return bool(self._take(keys, args))

    def claim(self, tenant: str, hook: str, now: int, until: int, most: int) -> list[str]:
        """Lanes that are to be tried by `now`; others get them from `until` on."""
        found = cast("list[bytes]", self._claim([_key(tenant, hook, "lanes")], [now, until, most]))
        return [one.decode() for one in found]

    def next_time(self, tenant: str, hook: str) -> int | None:
        """When the next lane is to be tried."""
        found = cast(Any, self.redis.zrange(_key(tenant, hook, "lanes"), 0, 0, withscores=True))
        return int(found[0][1]) if found else None

    def head(self, tenant: str, hook: str, lane: str) -> Delivery | None:
        """The first delivery of a lane that waits. One of which nothing is kept is begun anew: an event is never left out, and none stands
        in the way of those behind it."""
        parts = (("lane", lane), ("lanes",), (DeliveryStatus.WAITING,), ("deliveries",))
        keys = [_key(tenant, hook, *part) for part in parts]
        event = found = all_ = b""
        while not all_:
            event, found, all_ = cast("list[bytes]", self._first(keys, [lane, MOST_PAST]))
        if found:
            return codec.unpack(Delivery, found)
        return Delivery(event=event.decode(), lane=lane) if event else None

    def lanes(self, tenant: str, hook: str) -> list[str]:
        """All lanes that something stands in."""
        return [one.decode() for one in cast("list[bytes]", self.redis.zrange(_key(tenant, hook, "lanes"), 0, -1))]

    def settle(self, tenant: str, hook: str, made: Delivery, again: int, now: int) -> tuple[int, bool]:
        """Note how the first of a lane went; the lane is tried again at `again`. Since when nothing went well (0: it did), and whether
        there is more in the lane that is ours to try."""
        went, waits = made.status, made.status is DeliveryStatus.WAITING
        ended = DeliveryStatus.DEAD if waits else went
        keys = [
            _key(tenant, hook, "lane", made.lane), _key(tenant, hook, "lanes"), _key(tenant, hook, DeliveryStatus.WAITING),
            _key(tenant, hook, ended), _key(tenant, hook, "deliveries"), _key(tenant, hook, "failing"),
        ]  # fmt: skip
        kept = MOST_DELIVERED if went is DeliveryStatus.DELIVERED else 0
        args: list[bytes | str | int] = [
            made.lane,
            made.event,
            sorting(made.event),
            codec.pack(made),
            str(went),
            again,
            now,
            kept,
        ]
        failing, head = (part.decode() for part in cast(Any, self._settle(keys, args)))
        return (0, False) if failing == "GONE" else (int(failing), bool(head) and not waits)

    def leave(self, tenant: str, hook: str, lane: str, due: int) -> None:
        """Nothing is in a lane, or it is not tried now: it is due again at a time."""
        self.redis.zadd(_key(tenant, hook, "lanes"), {lane: due}, xx=True)

    def get(self, tenant: str, hook: str, event_id: str) -> Delivery | None:
        """A delivery."""
        found = cast("bytes | None", self.redis.hget(_key(tenant, hook, "deliveries"), event_id))
        return codec.unpack(Delivery, found) if found else None

    def page(
        self, tenant: str, hook: str, status: DeliveryStatus | None = None, before: str = "", most: int = 50
    ) -> list[Delivery]:  # fmt: skip
        """Deliveries of a status (None: all), the newest events first, before one."""
        high = f"({sorting(before)}" if before else "+"
        with self.redis.pipeline() as pipe:  # at one moment: none moves from list to list meanwhile
            for one in [status] if status else DeliveryStatus:
                pipe.zrevrangebylex(_key(tenant, hook, one), high, "-", start=0, num=most)
            found = {one for ids in cast("list[list[bytes]]", pipe.execute()) for one in ids}
        return self._read(tenant, hook, sorted(found, reverse=True)[:most])

    def dead_since(self, tenant: str, hook: str, since: int, most: int) -> list[Delivery]:
        """Dead deliveries of events from a time on (microseconds), the oldest first."""
        key, low, made = _key(tenant, hook, DeliveryStatus.DEAD), "-", list[Delivery]()
        while len(made) < most:
            found = cast("list[bytes]", self.redis.zrangebylex(key, low, "+", start=0, num=most))
            if not found:
                break
            low = f"({found[-1].decode()}"
            read = self._read(tenant, hook, found)
            made.extend(one for one in read if one.time >= since and one.status is DeliveryStatus.DEAD)
        return made[:most]

    def _read(self, tenant: str, hook: str, sorted_: Sequence[bytes]) -> list[Delivery]:
        ids = ["{}-{}".format(*order_of(one.decode())) for one in sorted_]
        found = cast(Any, self.redis.hmget(_key(tenant, hook, "deliveries"), ids)) if ids else []
        return [codec.unpack(Delivery, one) for one in found if one]


def places(tenant: str, hook: str) -> list[str]:
    """The keys that say which events a webhook may yet need: its cursor, what waits, and what is dead."""
    return [_key(tenant, hook, part) for part in ("cursor", DeliveryStatus.WAITING, DeliveryStatus.DEAD)]


def begin_at(change: Change, hook: str, event_id: str) -> None:
    """As a part of a change: a webhook gets what comes after an event."""
    change.steps.add("put", (_key(change.tenant, hook, "cursor"),), event_id)
    forgive(change, hook)


def undeliver(change: Change, hook: str, lanes: Sequence[str]) -> None:
    """As a part of a change: nothing waits for a webhook any more. What joined another lane meanwhile is passed when that is looked at."""
    key = lambda *parts: _key(change.tenant, hook, *parts)  # noqa: E731
    change.steps.add("undeliver", (key(DeliveryStatus.WAITING), key("deliveries")))
    for lane in lanes:
        change.steps.add("erase", (key("lane", lane),))
    change.steps.add("erase", (key("lanes"),))


def forgive(change: Change, hook: str) -> None:
    """As a part of a change: what failed until now does not count."""
    change.steps.add("erase", (_key(change.tenant, hook, "failing"),))


def replay(change: Change, hook: str, dead: Delivery, now: int) -> None:
    """As a part of a change: a dead delivery goes to the end of its lane."""
    again = dead.replayed(now)
    change.steps.add("drop", (_key(change.tenant, hook, DeliveryStatus.DEAD),), sorting(dead.event))
    change.steps.add("add", (_key(change.tenant, hook, DeliveryStatus.WAITING),), 0, sorting(dead.event))
    change.steps.add("field", (_key(change.tenant, hook, "deliveries"),), dead.event, codec.pack(again))
    lanes = _key(change.tenant, hook, "lanes")
    change.steps.add("queue", (_key(change.tenant, hook, "lane", dead.lane), lanes), dead.event, now, dead.lane)


def sorting(event_id: str) -> str:
    """An id such that text sorts as ids do."""
    return "{:015d}-{:015d}".format(*order_of(event_id))


def _key(tenant: str, hook: str, *parts: str) -> str:
    return ":".join((f"{{{tenant}}}:hook:{hook}", *parts))
