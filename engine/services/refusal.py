"""What a service answers when it does not do what was asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import ParamSpec, TypeVar

from engine.store.client import StoreDown

Given = ParamSpec("Given")
Answer = TypeVar("Answer")
AGAIN_SECONDS = 1.0


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


def needs_store(verb: Callable[Given, Answer]) -> Callable[Given, Answer]:
    """For what cannot go on without the store: one that is down, or cannot write, is UNAVAILABLE, not our fault."""

    @wraps(verb)
    def asked(*given: Given.args, **named: Given.kwargs) -> Answer:
        try:
            return verb(*given, **named)
        except StoreDown as down:
            message = f"the store of books does not serve now: {down}"
            raise Refused("UNAVAILABLE", "STORE_DOWN", message, again_seconds=AGAIN_SECONDS) from down

    return asked
