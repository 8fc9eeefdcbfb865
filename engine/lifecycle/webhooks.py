"""Webhooks: receivers of events, the secrets by which they know us, and how long we try.

What a delivery carries and how it is signed is said by Standard Webhooks: HMAC-SHA256 over its id, the time and the body.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import ClassVar
from urllib.parse import urlsplit

from engine.lifecycle.document import Document
from engine.lifecycle.events import Event, Wanted, checked
from engine.lifecycle.machine import Machine, Verb
from engine.values.refusal import Refused
from engine.values.roles import Role

SECOND = 1_000_000
HOUR = 3_600 * SECOND
WAITS = tuple(seconds * SECOND for seconds in (5, 30, 120, 600, 3_600, 6 * 3_600, 24 * 3_600))
"""After which failed attempt how long is waited; one more failure, and a delivery is dead: after 31 hours."""
JITTER = 0.2
GIVE_UP = 72 * HOUR
"""A webhook that has had nothing but failures for so long is paused."""
OVERLAP = 24 * HOUR
"""How long deliveries are signed with the secret before, too."""
PING = "WebhookPinged"
SECRET_BYTES = 32
MOST_URL = 2_000
FORGET = "forget-secret"


class WebhookStatus(StrEnum):
    """Whether deliveries are made. One that is paused keeps its place among the events, one that is disabled does not."""

    ENABLED = "ENABLED"
    PAUSED = "PAUSED"
    DISABLED = "DISABLED"


class DeliveryStatus(StrEnum):
    """How an event on its way stands."""

    WAITING = "WAITING"
    DELIVERED = "DELIVERED"
    DEAD = "DEAD"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """An event on its way to a webhook; times are microseconds, 0 where there is none."""

    event: str = ""
    type: str = ""
    subject: str = ""
    lane: str = ""
    time: int = 0
    status: DeliveryStatus = DeliveryStatus.WAITING
    attempts: int = 0
    attempt_time: int = 0
    next_attempt_time: int = 0
    response_code: int = 0
    error: str = ""

    def of(self, event: Event) -> Delivery:
        """The delivery of an event, as it stands."""
        return replace(
            self, event=event.id, type=event.type, subject=event.subject, lane=event.lane, time=event.time
        )  # fmt: skip

    def went_well(self, now: int, code: int) -> Delivery:
        """The receiver has it."""
        return replace(self._tried(now, code, ""), status=DeliveryStatus.DELIVERED, next_attempt_time=0)

    def failed(self, now: int, code: int, error: str, chance: float) -> Delivery:
        """To be tried again after a while, by chance (0 to 1) somewhat sooner or later; dead when that was often enough."""
        tried = self._tried(now, code, error)
        if tried.attempts > len(WAITS):
            return replace(tried, status=DeliveryStatus.DEAD, next_attempt_time=0)
        wait = WAITS[tried.attempts - 1]
        return replace(tried, next_attempt_time=now + round(wait * (1 + JITTER * (2 * chance - 1))))

    def _tried(self, now: int, code: int, error: str) -> Delivery:
        return replace(self, attempts=self.attempts + 1, attempt_time=now, response_code=code, error=error)

    def replayed(self, now: int) -> Delivery:
        """To be tried as if it was new."""
        return replace(self, status=DeliveryStatus.WAITING, attempts=0, next_attempt_time=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook(Document):
    """A receiver of events. Its secrets are kept where what is personal is: apart from history, and gone once they are rotated out."""

    KIND: ClassVar[str] = "webhooks"
    INDEXED: ClassVar[tuple[str, ...]] = ("status",)
    PERSONAL: ClassVar[tuple[str, ...]] = ("secret", "previous_secret")

    url: str = ""
    types: tuple[str, ...] = ()
    account: str = ""
    subject_kinds: tuple[str, ...] = ()
    description: str = ""
    status: WebhookStatus = WebhookStatus.ENABLED
    status_reason: str = ""
    secret: str = field(default="", repr=False)
    previous_secret: str = field(default="", repr=False)
    secret_time: int = 0
    previous_secret_expire_time: int = 0
    replayed: int = 0

    def dues(self) -> Mapping[str, int]:
        """The secret before is forgotten when it has served."""
        return {FORGET: self.previous_secret_expire_time} if self.previous_secret_expire_time else {}

    def wants(self, event: Event) -> bool:
        """Whether an event is to be delivered; a ping of its own always is."""
        own = event.type == PING and event.subject == self.name
        return own or self.wanted.has(event)

    @property
    def wanted(self) -> Wanted:
        """What it asked for."""
        return Wanted(types=self.types, account=self.account, subject_kinds=self.subject_kinds)

    def rotated(self, secret: str, now: int, at_once: bool) -> Webhook:
        """With a new secret; the one before is good for a while yet, or (`at_once`) no more."""
        kept = "" if at_once else self.secret
        until = now + OVERLAP if kept else 0
        return replace(
            self, secret=secret, secret_time=now, previous_secret=kept, previous_secret_expire_time=until
        )  # fmt: skip

    def secrets(self, now: int) -> tuple[str, ...]:
        """Those to sign with, the newest first."""
        old = self.previous_secret if now < self.previous_secret_expire_time else ""
        return tuple(one for one in (self.secret, old) if one)


_KEEPING = frozenset({Role.ADMINISTRATOR})
W = WebhookStatus
WEBHOOKS = Machine(
    "webhook",
    W.ENABLED,
    {
        "update": Verb({W.ENABLED: W.ENABLED, W.PAUSED: W.PAUSED, W.DISABLED: W.DISABLED}, _KEEPING),
        "pause": Verb({W.ENABLED: W.PAUSED}, _KEEPING),
        "resume": Verb({W.PAUSED: W.ENABLED}, _KEEPING),
        "disable": Verb({W.ENABLED: W.DISABLED, W.PAUSED: W.DISABLED}, _KEEPING),
        "enable": Verb({W.DISABLED: W.ENABLED}, _KEEPING),
        "rotate": Verb({W.ENABLED: W.ENABLED, W.PAUSED: W.PAUSED, W.DISABLED: W.DISABLED}, _KEEPING),
        "ping": Verb({W.ENABLED: W.ENABLED}, _KEEPING),
        "replay": Verb({W.ENABLED: W.ENABLED, W.PAUSED: W.PAUSED}, _KEEPING),
    },
)


def checked_webhook(webhook: Webhook, loopback: bool = False) -> Webhook:
    """A webhook whose parts can be; `loopback`: it may be http, to an address of this machine.

    Raises:
        Refused: INVALID_ARGUMENT, with the field.
    """
    checked(webhook.wanted, "webhook.")
    schemes = ("https", "http") if loopback else ("https",)
    said = ""
    try:
        parts = urlsplit(webhook.url)
        if parts.scheme not in schemes or not parts.hostname or parts.port == 0:
            said = "a webhook's URL is https://HOST/PATH"
        elif parts.username is not None or parts.password is not None:
            said = "a webhook's URL has no user in it: deliveries are signed instead"
        elif (
            parts.fragment or len(webhook.url) > MOST_URL or not webhook.url.isascii() or not webhook.url.isprintable()
        ):
            said = f"a webhook's URL is at most {MOST_URL:,} printable ASCII characters, without #"
        elif " " in webhook.url:
            said = "a webhook's URL has no spaces"
    except ValueError as error:
        said = f"this URL cannot be read: {error}"
    if said:
        raise Refused("INVALID_ARGUMENT", "INVALID_URL", said, "webhook.url")
    return webhook


def secret_of(random: bytes) -> str:
    """A secret as people copy it."""
    return "whsec_" + base64.b64encode(random).decode()


def signature(secrets: Iterable[str], delivery: str, timestamp: int, body: bytes) -> str:
    """What stands in `webhook-signature`: one for each secret."""
    signed = b"%s.%d.%s" % (delivery.encode(), timestamp, body)
    keys = (base64.b64decode(secret.removeprefix("whsec_")) for secret in secrets)
    made = (hmac.new(key, signed, hashlib.sha256).digest() for key in keys)
    return " ".join(f"v1,{base64.b64encode(one).decode()}" for one in made)
