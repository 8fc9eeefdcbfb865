"""Delivers events to webhooks: takes what is new into lanes, claims lanes that are due, posts the first of each until one fails.

A lane is an account's events (or a subject's, of no account): they arrive in order, and one that fails holds back those behind it and no
others. An event is delivered at least once: a keeper that dies in the middle leaves its lane to the next, who posts it again under the
same `webhook-id`. Lanes of a tenant's webhooks are worked side by side, a few of each, so that a slow receiver slows itself alone.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event as Flag
from threading import Lock

import structlog

from engine.lifecycle.events import cloud_event
from engine.lifecycle.webhooks import GIVE_UP, SECOND, Delivery, DeliveryStatus, Webhook, WebhookStatus, signature
from engine.outbound.addresses import Unreachable
from engine.outbound.post import Poster
from engine.services.keeping import due_call, keeper
from engine.services.refusal import Refused
from engine.services.webhooks import Webhooks
from engine.store.client import StoreDown

LEASE = 60 * SECOND
"""Longer than a delivery takes at most, and the look-up of its host before that."""
BATCH, MOST_BATCHES = 200, 20
MOST_RUN = 50
"""Deliveries of a lane, until others have their turn."""
THREADS, MOST_OF_ONE = 16, 4
GONE = 410
_log = structlog.get_logger("quotient.webhooks")
Chance = Callable[[], float]


class Delivering:
    """The deliveries that one keeper makes."""

    def __init__(
        self, webhooks: Webhooks, poster: Poster, chance: Chance = random.random, wake: Callable[[], object] = bool
    ) -> None:
        self.webhooks, self.deliveries, self.outbox = webhooks, webhooks.deliveries, webhooks.outbox
        self.poster, self.chance, self.wake = poster, chance, wake
        self.stopping = Flag()
        self._threads = ThreadPoolExecutor(THREADS, "deliver")
        self._busy: Counter[str] = Counter()
        self._lock = Lock()

    def work(self, tenant: str) -> int | None:
        """Begin what is due now for a tenant; returns when there is more to try."""
        times = []
        for hook in self.webhooks.enabled(tenant):
            if not self._taken(tenant, hook):
                continue
            place = f"{tenant} {hook.name}"
            free = min(MOST_OF_ONE - self._busy[place], THREADS - self._busy.total())
            now = self.webhooks.desk.now()
            for lane in self.deliveries.claim(tenant, hook.id, now, now + LEASE, free) if free > 0 else ():
                with self._lock:
                    self._busy[place] += 1
                self._threads.submit(self._lane, tenant, hook, lane, place)
            if free > 0:  # else the end of a delivery wakes the keeper
                times.append(self.deliveries.next_time(tenant, hook.id))
        return min((one for one in times if one is not None), default=None)

    def busy(self) -> bool:
        """Whether something is being delivered."""
        return self._busy.total() > 0

    def stop(self) -> None:
        """Let what is being delivered end, and begin no more."""
        self.stopping.set()
        self._threads.shutdown(cancel_futures=True)

    def _taken(self, tenant: str, hook: Webhook) -> bool:
        """Take what is new; a webhook whose place is among events that were archived is paused: none is left out in silence."""
        try:
            self._take(tenant, hook)
        except Refused as refused:
            if refused.status != "OUT_OF_RANGE":
                raise
            self._end(tenant, hook, WebhookStatus.PAUSED, f"{refused.message}. Disable it, and enable it after that")
            return False
        return True

    def _take(self, tenant: str, hook: Webhook) -> None:
        """Into its lanes with what is new to a webhook; of what is very much, with some of it, so that others have their turn."""
        at = self.deliveries.cursor(tenant, hook.id)
        for _ in range(MOST_BATCHES):
            read = self.outbox.after(tenant, at, BATCH)
            if not read:
                return
            wanted = [one for one in read if hook.wants(one)]
            if not self.deliveries.take(tenant, hook.id, at, read[-1].id, wanted, self.webhooks.desk.now()):
                return  # another keeper does
            at = read[-1].id

    def _lane(self, tenant: str, hook: Webhook, lane: str, place: str) -> None:
        """Deliver a lane that was claimed, in order, until it is empty, one fails, or others want their turn."""
        try:
            for _ in range(MOST_RUN):
                first = self.deliveries.head(tenant, hook.id, lane)
                if first is None or not self._deliver(tenant, hook, first):
                    return
                if self.stopping.is_set() or not self._still(tenant, hook):
                    break
            self.deliveries.leave(tenant, hook.id, lane, self.webhooks.desk.now())
        except StoreDown as down:
            _log.warning("the store does not answer: a lane waits for its lease to end", error=str(down))
        except Exception:
            _log.exception("a lane failed: it is tried again when its lease ends", tenant=tenant, hook=hook.name)
        finally:
            with self._lock:
                self._busy[place] -= 1
            self.wake()

    def _still(self, tenant: str, hook: Webhook) -> bool:
        """Whether it is as it was: else the next call sees what it is now."""
        found = self.webhooks.desk.documents.get(tenant, Webhook, hook.name)
        return found is not None and found.etag == hook.etag

    def _deliver(self, tenant: str, hook: Webhook, first: Delivery) -> bool:
        """Try one; whether there is another behind it that can be tried at once."""
        made, code = self._tried(tenant, hook, first)
        now = self.webhooks.desk.now()
        again = made.next_attempt_time or now + LEASE
        failing, more = self.deliveries.settle(tenant, hook.id, made, again, now)
        if made.status is not DeliveryStatus.DELIVERED:
            told = {"tenant": tenant, "webhook": hook.name, "of": made.event, "attempts": made.attempts}
            _log.info("not delivered", **told, status=made.status, code=code, error=made.error)
            self._give_up(tenant, hook, code, failing, now)
        return more

    def _tried(self, tenant: str, hook: Webhook, first: Delivery) -> tuple[Delivery, int]:
        now, code, said = self.webhooks.desk.now(), 0, ""
        event = self.outbox.one(tenant, first.event)
        if event is None:
            gone = replace(first.failed(now, 0, "the event is not in the outbox any more", 0.0), next_attempt_time=0)
            return replace(gone, status=DeliveryStatus.DEAD), 0
        first = first.of(event)
        body = json.dumps(cloud_event(tenant, event), ensure_ascii=False).encode()
        seconds = now // SECOND
        headers = {
            "content-type": "application/cloudevents+json; charset=utf-8", "user-agent": "quotient",
            "webhook-id": event.id, "webhook-timestamp": str(seconds),
            "webhook-signature": signature(hook.secrets(now), event.id, seconds, body),
        }  # fmt: skip
        try:
            answer = self.poster.post(hook.url, body, headers)
            code = answer.code
            if 200 <= code < 300:
                return first.went_well(now, code), code
            said = "redirects are not followed" if 300 <= code < 400 else answer.text[:300]
        except Unreachable as why:
            said = str(why)
        return first.failed(now, code, said or f"HTTP {code}", self.chance()), code

    def _give_up(self, tenant: str, hook: Webhook, code: int, failing: int, now: int) -> None:
        """A receiver that says it is gone is disabled; one with nothing but failures for days is paused. Events say so."""
        reason = ""
        if code == GONE:
            reason = "the receiver answered 410 Gone"
        elif failing and now - failing >= GIVE_UP:
            reason = (
                f"nothing was delivered for {GIVE_UP // (3_600 * SECOND)} hours: see its deliveries, then resume it"
            )
        if reason:
            self._end(tenant, hook, WebhookStatus.DISABLED if code == GONE else WebhookStatus.PAUSED, reason)

    def _end(self, tenant: str, hook: Webhook, what: WebhookStatus, reason: str) -> None:
        verb = self.webhooks.disable if what is WebhookStatus.DISABLED else self.webhooks.pause
        try:
            verb(keeper(tenant), due_call(hook.name, what, hook.etag), hook.name, reason)
        except Refused as refused:  # it was changed since, by people or another lane
            _log.info("a webhook stays as it is", webhook=hook.name, reason=refused.reason)
