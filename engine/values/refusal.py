"""What a caller is answered when what was asked is not done: a typed error with a stable reason."""

from __future__ import annotations

from collections.abc import Mapping


class Refused(Exception):
    """`status` is a google.rpc code name, `reason` stable and upper case, `field` what to change in the request.

    `again_seconds` is when to try the same request once more; 0 where that would not help.
    """

    def __init__(
        self,
        status: str,
        reason: str,
        message: str,
        field: str = "",
        details: Mapping[str, str] | None = None,
        again_seconds: float = 0.0,
    ) -> None:
        super().__init__(message)
        self.status, self.reason, self.message, self.field = status, reason, message, field
        self.details, self.again_seconds = dict(details or {}), again_seconds
