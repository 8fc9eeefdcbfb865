"""Turns a store that does not serve into a refusal; what is refused is `Refused`."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from engine.store.client import StoreDown
from engine.values.refusal import Refused

__all__ = ["Refused", "needs_store"]

Given = ParamSpec("Given")
Answer = TypeVar("Answer")
AGAIN_SECONDS = 1.0


def needs_store(verb: Callable[Given, Answer]) -> Callable[Given, Answer]:
    """For what cannot go on without the store: one that is down, or cannot write, is UNAVAILABLE, not our fault."""

    @wraps(verb)
    def asked(*given: Given.args, **named: Given.kwargs) -> Answer:
        try:
            return verb(*given, **named)
        except StoreDown as down:
            message = f"the store does not serve now: {down}"
            raise Refused("UNAVAILABLE", "STORE_DOWN", message, again_seconds=AGAIN_SECONDS) from down

    return asked
