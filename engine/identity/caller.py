"""Who a credential proves a caller to be, and the ways in which it proves nothing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caller:
    """A proven caller. `until` (seconds since the epoch) is when the credential runs out; infinity: never."""

    tenant: str
    principal: str
    role: str
    account: str
    groups: tuple[str, ...]
    until: float


class Untrusted(Exception):
    """A credential that proves nothing. `reason` is stable; the message says no more than its sender may know."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason, self.message = reason, message


class Unready(Exception):
    """What a credential is checked by cannot be had now: the same call may be fine in a moment."""


class Unusable(Exception):
    """A file of keys or certificates that cannot be used; the message says why, in the words of whoever runs the service."""
