"""Who a credential proves a caller to be, and the ways in which it proves nothing."""

from __future__ import annotations

from dataclasses import dataclass

from engine.values.refusal import Refused

AGAIN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Caller:
    """A proven caller. `until` (seconds since the epoch) is when the credential runs out; infinity: never. `document`: the only one
    that it is for."""

    tenant: str
    principal: str
    role: str
    account: str
    groups: tuple[str, ...]
    until: float
    document: str = ""


class Untrusted(Refused):
    """A credential that proves nothing. The message says no more than its sender may know."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__("UNAUTHENTICATED", reason, message)


class Unready(Refused):
    """What a credential is checked by cannot be had now: the same call may be fine in a moment."""

    def __init__(self, message: str) -> None:
        super().__init__("UNAVAILABLE", "CANNOT_VERIFY", message, again_seconds=AGAIN_SECONDS)


class Unusable(Exception):
    """A file of keys or certificates that cannot be used; the message says why, in the words of whoever runs the service."""
