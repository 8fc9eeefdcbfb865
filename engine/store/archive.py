"""Trims a tenant's outbox by one script: only what was as it is when a file of it was read back, and what no webhook still needs."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files as resources
from typing import Any, cast

from engine.lifecycle.webhooks import Webhook, WebhookStatus
from engine.store import codec
from engine.store.client import Client
from engine.store.deliveries import places, sorting
from engine.store.documents import list_key
from engine.store.outbox import cut_key, outbox_key

KEEP_THEIR_PLACE = (WebhookStatus.ENABLED, WebhookStatus.PAUSED)


class NotTrimmed(Exception):
    """Nothing was trimmed: WAITING or DEAD (deliveries, of the webhook `hook`), or MOVED (another archived, or webhooks changed meanwhile)."""

    def __init__(self, reason: str, hook: str = "") -> None:
        super().__init__(f"{reason} {hook}".strip())
        self.reason, self.hook = reason, hook


class Archive:
    """The end of what a tenant keeps of its events."""

    def __init__(self, client: Client) -> None:
        self.redis = client
        self._trim = client.register_script((resources("engine.store") / "scripts" / "trim.lua").read_text())

    def cut(self, tenant: str) -> str:
        """What was archived until now, as the store has it."""
        return (cast("bytes | None", self.redis.get(cut_key(tenant))) or b"").decode()

    def trim(
        self, tenant: str, before: str, last: str, digest: str, event: Mapping[str, Any], dead: bool = False
    ) -> None:
        """Keep events up to the `last` no more, where the cut is still as it was `before`; `event` tells of it. `dead` deliveries may go.

        Raises:
            NotTrimmed: nothing was done.
            StoreDown: it may or may not have been.
        """
        lists = [list_key(tenant, Webhook, "status", status) for status in KEEP_THEIR_PLACE]
        ids = [[one.decode() for one in cast("list[bytes]", self.redis.zrange(key, 0, -1))] for key in lists]
        hooks = [hook for of_status in ids for hook in of_status]
        keys = [outbox_key(tenant), cut_key(tenant), *lists, *(key for hook in hooks for key in places(tenant, hook))]
        args: list[str | bytes] = [
            before,
            f"{last} {digest}",
            last,
            sorting(last),
            codec.pack(event),
            "" if dead else "keep",
        ]
        args.extend(" ".join(of_status) for of_status in ids)
        status, key = (one.decode() for one in cast(Any, self._trim(keys, args)))
        if status != "DONE":
            raise NotTrimmed(status, next((hook for hook in hooks if key in places(tenant, hook)), ""))
