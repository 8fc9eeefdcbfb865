"""What a service answers when it does not do what was asked."""

from __future__ import annotations

from collections.abc import Mapping


class Refused(Exception):
    """`status` is a google.rpc code name, `reason` stable and upper case, `field` what to change in the request."""

    def __init__(
        self, status: str, reason: str, message: str, field: str = "", details: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.reason, self.message, self.field = status, reason, message, field
        self.details = dict(details or {})
