"""Remembers for a moment who was verified, by the hash of what they sent: a signature costs tens of microseconds, a look into the
store more. How long is also how late a revocation may be seen.

Nothing is remembered of credentials that were refused: no flood of them can push out those of others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Protocol

from engine.identity.apikeys import PREFIX
from engine.identity.caller import Caller, Unready, Untrusted
from engine.identity.links import PREFIX as LINK

KEY_SECONDS = 5.0
"""A revoked API key is refused by every worker after this, and the time that the store takes to answer, at the latest."""
TOKEN_SECONDS = 60.0
"""A token whose key is gone is refused after this at the latest."""
DOWN_SECONDS = 300.0
"""While the store does not answer, an API key that was good goes on to be for this long: prices need no store."""
MOST = 10_000


class Verifier(Protocol):
    """Says whom a credential proves its sender to be."""

    def caller(self, credential: str) -> Caller:
        """That, or an exception."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Who was verified `at`, to be verified again from `again` on."""

    caller: Caller
    at: float
    again: float


class Verified:
    """Verifies tokens (None: there are none), API keys, and links of customers. The clock is in seconds since the epoch."""

    def __init__(
        self,
        tokens: Verifier | None,
        keys: Verifier,
        clock: Callable[[], float],
        most: int = MOST,
        links: Verifier | None = None,
    ) -> None:
        self._tokens, self._keys, self._links, self._clock, self._most = tokens, keys, links, clock, most
        self._kept: dict[bytes, Kept] = {}
        self._lock = Lock()

    def caller(self, credential: str) -> Caller:
        """Whom it proves its sender to be.

        Raises:
            Untrusted, Unready: as the verifiers.
        """
        digest, now = hashlib.sha256(credential.encode()).digest(), self._clock()
        kept = self._kept.get(digest)
        if kept is not None and kept.at <= now < kept.again:  # a clock that was set back makes nothing good for longer
            return kept.caller
        if credential.startswith(PREFIX):
            return self._key(digest, credential, kept, now)
        if self._links is not None and credential.startswith(LINK):
            return self._keep(digest, self._links.caller(credential), now, TOKEN_SECONDS)
        if self._tokens is None:
            raise Untrusted("TOKEN_INVALID", "only API keys are taken here")
        return self._keep(digest, self._tokens.caller(credential), now, TOKEN_SECONDS)

    def _key(self, digest: bytes, credential: str, kept: Kept | None, now: float) -> Caller:
        """A key that was good is looked for by one call; the others go on meanwhile, and all do where the store is down."""
        if kept is not None and not kept.at <= now < min(kept.at + DOWN_SECONDS, kept.caller.until):
            kept = None
        if kept is not None:
            self._put(digest, Kept(kept.caller, kept.at, min(now + KEY_SECONDS, kept.caller.until)))
        try:
            return self._keep(digest, self._keys.caller(credential), now, KEY_SECONDS)
        except Untrusted:
            self._kept.pop(digest, None)
            raise
        except Unready:
            if kept is None:
                raise
            return kept.caller

    def _keep(self, digest: bytes, caller: Caller, now: float, seconds: float) -> Caller:
        self._put(digest, Kept(caller, now, min(now + seconds, caller.until)))
        return caller

    def _put(self, digest: bytes, kept: Kept) -> None:
        with self._lock:
            self._kept[digest] = kept
            while len(self._kept) > self._most:
                del self._kept[next(iter(self._kept))]
