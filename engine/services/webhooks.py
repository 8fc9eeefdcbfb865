"""The verbs of webhooks: made, changed, paused, disabled; secrets rotated; deliveries listed and replayed."""

from __future__ import annotations

import secrets as randomness
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from engine.lifecycle.events import archived, checked_id, order_of
from engine.lifecycle.webhooks import (
    PING,
    SECRET_BYTES,
    WEBHOOKS,
    Delivery,
    DeliveryStatus,
    Webhook,
    WebhookStatus,
    checked_webhook,
    secret_of,
)
from engine.services.context import Context
from engine.services.desk import Call, Desk, Work
from engine.services.naming import named_by
from engine.services.pages import size_of
from engine.services.refusal import Refused, needs_store
from engine.store.deliveries import Deliveries, begin_at, forgive, replay, undeliver
from engine.store.outbox import Outbox

MOST_WEBHOOKS = 50
MOST_REPLAYED = 500
EVENTS = {
    "update": "WebhookUpdated", "pause": "WebhookPaused", "resume": "WebhookResumed", "disable": "WebhookDisabled",
    "enable": "WebhookEnabled", "rotate": "WebhookSecretRotated", "ping": PING, "replay": "WebhookReplayed",
}  # fmt: skip


def may_keep(context: Context) -> None:
    """Raise where the caller may not.

    Raises:
        Refused: PERMISSION_DENIED, the role may not, or the caller is bound to an account: a webhook tells of all of them.
    """
    context.require("keep webhooks")
    if context.account:
        said = f"a caller who is bound to {context.account} has no webhooks: they tell of others, too"
        raise Refused("PERMISSION_DENIED", "BOUND", said)


@dataclass(frozen=True, slots=True)
class Webhooks:
    """Receivers of events. `loopback`: they may be http on this machine; `random` makes secrets."""

    desk: Desk
    deliveries: Deliveries
    outbox: Outbox
    loopback: bool = False
    random: Callable[[int], bytes] = randomness.token_bytes

    def create(self, context: Context, call: Call, webhook: Webhook, chosen: str = "") -> Webhook:
        """A new one, enabled: what happens from now on is delivered to it."""
        may_keep(context)
        name = named_by(context, Webhook, chosen, "webhook_id")
        asked = checked_webhook(replace(webhook, name=name), self.loopback)

        def decide(work: Work) -> Webhook:
            self._room(work)
            named = asked if chosen else replace(asked, name=f"{Webhook.KIND}/{work.new_id()}")
            begin_at(work.change, named.id, self.outbox.last(context.tenant))
            made = named.rotated(secret_of(self.random(SECRET_BYTES)), work.now, at_once=True)
            return work.save(made, "WebhookCreated")

        return self.desk.change(context, call, Webhook, decide)

    def _room(self, work: Work) -> None:
        """Each is looked at every second: a tenant has a handful."""
        if len(self.enabled(work.context.tenant)) >= MOST_WEBHOOKS:
            said = f"a tenant has at most {MOST_WEBHOOKS} webhooks that are enabled: disable one"
            raise Refused("RESOURCE_EXHAUSTED", "TOO_MANY_WEBHOOKS", said)

    def update(self, context: Context, call: Call, name: str, edit: Callable[[Webhook], Webhook]) -> Webhook:
        """Change what may be changed. An address counts for what waits, too, a filter for what happens from now on."""
        edited = lambda _, before: checked_webhook(edit(before), self.loopback)  # noqa: E731
        return self._do(context, call, name, "update", edited)

    def pause(self, context: Context, call: Call, name: str, reason: str = "") -> Webhook:
        """Hold deliveries back."""
        return self._do(context, call, name, "pause", reason=reason)

    def resume(self, context: Context, call: Call, name: str) -> Webhook:
        """Go on where it was paused."""

        def went_on(work: Work, before: Webhook) -> Webhook:
            self._room(work)
            forgive(work.change, before.id)
            return before

        return self._do(context, call, name, "resume", went_on)

    def disable(self, context: Context, call: Call, name: str, reason: str = "") -> Webhook:
        """End deliveries: what waits is not delivered, whatever comes after."""
        return self._do(context, call, name, "disable", self._ended, reason)

    def _ended(self, work: Work, before: Webhook) -> Webhook:
        undeliver(work.change, before.id, self.deliveries.lanes(work.context.tenant, before.id))
        return before

    def enable(self, context: Context, call: Call, name: str, after: str = "") -> Webhook:
        """Begin again with what comes after an event ("": the last one).

        Raises:
            Refused: OUT_OF_RANGE, what comes after it was archived.
        """
        known = checked_id(after, "after") if after else ""

        def begun(work: Work, before: Webhook) -> Webhook:
            self._room(work)
            if known and order_of(known) < order_of(last := self.outbox.cut(context.tenant)):
                raise archived(last, "after")
            begin_at(work.change, before.id, known or self.outbox.last(context.tenant))
            return self._ended(work, before)  # a keeper that had not heard of its end may have taken something since

        return self._do(context, call, name, "enable", begun)

    def rotate(self, context: Context, call: Call, name: str, at_once: bool = False) -> Webhook:
        """Make a new secret. What is kept of older ones is erased, but for the one before."""

        def rotated(work: Work, before: Webhook) -> Webhook:
            work.change.erase(before.name)
            return before.rotated(secret_of(self.random(SECRET_BYTES)), work.now, at_once)

        return self._do(context, call, name, "rotate", rotated)

    def forget_secret(self, context: Context, call: Call, name: str) -> Webhook:
        """The secret before has served: it is erased."""

        def forgotten(work: Work, before: Webhook) -> Webhook:
            if before.previous_secret_expire_time > work.now:
                return before
            work.change.erase(before.name)
            return replace(before, previous_secret="", previous_secret_expire_time=0)

        return self._do(context, call, name, "update", forgotten)

    def ping(self, context: Context, call: Call, name: str) -> Webhook:
        """An event that says nothing is delivered to it."""
        return self._do(context, call, name, "ping")

    def replay(self, context: Context, call: Call, name: str, event: str = "", since: int = 0) -> Webhook:
        """Try dead deliveries again: of one event, or of all from a time on, the oldest first; `replayed` says how many.

        Raises:
            Refused: NOT_FOUND, the event's delivery is not dead; OUT_OF_RANGE, one of the events was archived.
        """
        one = checked_id(event, "event") if event else ""

        def again(work: Work, before: Webhook) -> Webhook:
            dead = self._dead(context.tenant, before.id, one, since)
            last = self.outbox.cut(context.tenant)
            if any(order_of(delivery.event) <= order_of(last) for delivery in dead):
                raise archived(last, "event" if one else "since")
            for delivery in dead:
                replay(work.change, before.id, delivery, work.now)
            return replace(before, replayed=len(dead))

        return self._do(context, call, name, "replay", again)

    def _dead(self, tenant: str, hook: str, event: str, since: int) -> list[Delivery]:
        if not event:
            return self.deliveries.dead_since(tenant, hook, since, MOST_REPLAYED)
        found = self.deliveries.get(tenant, hook, event)
        if found is None or found.status is not DeliveryStatus.DEAD:
            raise Refused("NOT_FOUND", "NOT_DEAD", f"webhooks/{hook} has no dead delivery of event {event}", "event")
        return [found]

    def _do(
        self, context: Context, call: Call, name: str, verb: str,
        change: Callable[[Work, Webhook], Webhook] = lambda _, before: before, reason: str = "",
    ) -> Webhook:  # fmt: skip
        may_keep(context)
        WEBHOOKS.may(verb, context.role)

        def decide(work: Work) -> Webhook:
            before = work.load(Webhook, name, call.etag)
            status = WEBHOOKS.step(before.status, verb)
            after = change(work, before)
            if status is not before.status:
                after = replace(after, status=status, status_reason=reason)
            told: dict[str, Any] = {"reason": reason} if reason else {}
            return work.save(after, EVENTS[verb], **told)

        return self.desk.change(context, call, Webhook, decide)

    @needs_store
    def page(
        self, context: Context, name: str, status: DeliveryStatus | None, size: int = 0, token: str = ""
    ) -> tuple[list[Delivery], str]:
        """Deliveries of a status (None: all), the newest events first, and the token of the next page ("" at the end)."""
        may_keep(context)
        hook = self.desk.get(context, Webhook, name, "parent").id
        before, size = checked_id(token, "page_token") if token else "", size_of(size)
        found = self.deliveries.page(context.tenant, hook, status, before, size + 1)
        return found[:size], found[size - 1].event if len(found) > size else ""

    def enabled(self, tenant: str) -> list[Webhook]:
        """Those to which deliveries are made."""
        by = [("status", WebhookStatus.ENABLED.value)]
        return self.desk.documents.page(tenant, Webhook, by, most=MOST_WEBHOOKS)

    def listening(self, tenants: Sequence[str]) -> list[bool]:
        """Which tenants have such."""
        return self.desk.documents.some(tenants, Webhook, "status", WebhookStatus.ENABLED.value)
