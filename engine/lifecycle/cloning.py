"""A copy of a quote as a deal of its own: what it leaves behind is said here, once, with the reason; all else it takes over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, replace
from typing import Any, TypeVar

from engine.lifecycle.quote import Option, Quote

T = TypeVar("T")
_OWN, _PIN, _PRICE = "is its own", "is of the day it is made, and of who makes it", "comes of pricing it again"
_ROAD, _END = "is of the way the other went to its approval", "is of how the other was sent and answered"
LEFT: Mapping[type, Mapping[str, str]] = {
    Quote: {
        **dict.fromkeys(("name", "etag", "number", "create_time", "creator", "update_time", "updater"), _OWN),
        **dict.fromkeys(("status", "status_reason", "version", "versions", "owner", "cloned_from"), _OWN),
        **dict.fromkeys(("book_version", "pricing_date", "priced_role", "account_facts"), _PIN),
        **dict.fromkeys(("submitter", "editors", "approval", "approved", "approval_reasons"), _ROAD),
        **dict.fromkeys(("expire_time", "send_time", "document_hash", "acceptance", "signer"), _END),
        "valid_until": "is a day that was chosen for the other: `valid_days` count from when this one is sent",
    },
    Option: dict.fromkeys(
        ("content", "priced", "totals", "complete", "problems", "needs", "terms", "exhausted"), _PRICE
    ),
}  # fmt: skip
"""What a clone does not take over, and why."""


def cloned(whole: Quote, name: str, owner: str, account: str = "") -> Quote:
    """A draft of what another quote holds, for its account or another; an opportunity is of the account it is for."""
    copy = replace(_without(whole), options=tuple(map(_without, whole.options)))
    made = replace(copy, name=name, owner=owner, cloned_from=whole.name)
    return replace(made, account=account, opportunity="") if account else made


def _without(one: T) -> T:
    """With what is left behind as it is where nothing is said."""
    left = LEFT[type(one)]
    return replace(one, **{field.name: _empty(field) for field in fields(one) if field.name in left})  # type: ignore[arg-type, type-var]


def _empty(field: Field[Any]) -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()
