"""API keys: `quo_TENANT_KEY_SECRET` with 256 random bits, of which only a hash is kept. A hash without salt or stretching is
enough for a secret that nobody can guess."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable
from typing import Protocol

from engine.identity.caller import Caller, Untrusted

PREFIX = "quo_"
SECRET_BYTES = 32
_FORM = re.compile(r"quo_([a-z0-9][a-z0-9-]{0,62})_([a-z0-9][a-z0-9-]{0,62})_[0-9a-f]{64}\Z")


class Credential(Protocol):
    """What is kept of a key. Times are microseconds since the epoch; 0: never."""

    @property
    def digest(self) -> str:
        """The hash of the whole key."""

    @property
    def role(self) -> str:
        """What its holder is to the tenant."""

    @property
    def account(self) -> str:
        """The account that its holder is bound to; "": none."""

    @property
    def expire_time(self) -> int:
        """When it runs out."""

    @property
    def revoke_time(self) -> int:
        """When it was taken back."""


class Credentials(Protocol):
    """Where they are kept."""

    def find(self, tenant: str, key: str) -> Credential | None:
        """One of a tenant."""


class ApiKeys:
    """The keys of all tenants. The clock is in seconds since the epoch."""

    def __init__(self, credentials: Credentials, clock: Callable[[], float]) -> None:
        self._credentials, self._clock = credentials, clock

    def caller(self, text: str) -> Caller:
        """Whom a key proves its sender to be.

        Raises:
            Untrusted: KEY_UNKNOWN, no such key, or another secret; KEY_REVOKED; KEY_EXPIRED.
        """
        named = _FORM.match(text)
        found = self._credentials.find(named[1], named[2]) if named else None
        if not named or not found or not hmac.compare_digest(found.digest, digest_of(text)):
            raise Untrusted("KEY_UNKNOWN", "there is no such API key")
        if found.revoke_time:
            raise Untrusted("KEY_REVOKED", "the API key was revoked")
        until = found.expire_time / 1e6 if found.expire_time else float("inf")
        if self._clock() >= until:
            raise Untrusted("KEY_EXPIRED", "the API key has expired")
        return Caller(named[1], f"keys/{named[2]}", found.role, found.account, (), until)


def key_of(tenant: str, key: str, secret: bytes) -> str:
    """The key as its holder sends it."""
    return f"{PREFIX}{tenant}_{key}_{secret.hex()}"


def digest_of(text: str) -> str:
    """What is kept of a key: it binds the secret to its tenant and its name."""
    return hashlib.sha256(text.encode()).hexdigest()
