"""Who a credential proves a caller to be, as the services say it: refused, or to be tried again."""

from __future__ import annotations

from collections.abc import Callable

from engine.identity.apikeys import ApiKeys
from engine.identity.caller import Caller, Unready, Untrusted
from engine.identity.verified import Verified, Verifier
from engine.services.refusal import AGAIN_SECONDS, Refused
from engine.store.client import StoreDown
from engine.store.credentials import KeyRecord, KeyStore


class Authentication:
    """Verifies what callers send. `tokens` is None where no issuer is configured; the clock is in seconds since the epoch."""

    def __init__(self, store: KeyStore, tokens: Verifier | None, clock: Callable[[], float]) -> None:
        self._verified = Verified(tokens, ApiKeys(_Stored(store), clock), clock)

    def caller(self, credential: str) -> Caller:
        """Whom a token or an API key proves its sender to be.

        Raises:
            Refused: UNAUTHENTICATED, with the reason; UNAVAILABLE, what it is checked by cannot be had now.
        """
        try:
            return self._verified.caller(credential)
        except Untrusted as fault:
            raise Refused("UNAUTHENTICATED", fault.reason, fault.message) from fault
        except Unready as down:
            raise Refused("UNAVAILABLE", "CANNOT_VERIFY", str(down), again_seconds=AGAIN_SECONDS) from down


class _Stored:
    """The store's keys; a store that is down is said as identity understands it."""

    def __init__(self, store: KeyStore) -> None:
        self._store = store

    def find(self, tenant: str, key: str) -> KeyRecord | None:
        """One key of a tenant."""
        try:
            return self._store.find(tenant, key)
        except StoreDown as down:
            raise Unready("the store of API keys does not serve now") from down
