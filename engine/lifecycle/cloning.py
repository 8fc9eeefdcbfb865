"""A copy of a quote as a deal of its own: what it leaves behind is said here, once, with the reason; all else it takes over.

For another account it leaves more: what may say of whom the other was is erased with that one's account, and so may not stand in a copy.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import MISSING, Field, fields, replace
from types import MappingProxyType
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
_WORDS = "may say of the other's customer, and is to be erased with what is theirs"
LEFT_WITH_THE_ACCOUNT: Mapping[type, Mapping[str, str]] = {
    Quote: {**dict.fromkeys(("display_name", "notes"), _WORDS), "opportunity": "is of the account it is for"},
    Option: dict.fromkeys(("title", "description"), _WORDS),
}
"""What one for another account does not take over either, and why."""
OF_THE_ACCOUNT = ("currency_code", "language_code", "net_days")
"""What a quote has of its account where it says nothing else: such a clone does not take it over where it is what its account gave."""


def cloned(
    whole: Quote, name: str, owner: str, account: str = "", gave: Mapping[str, Collection[Any]] = MappingProxyType({})
) -> Quote:
    """A draft of what another quote holds, for its account or another; `gave` is what its own account gave, by the names of
    `OF_THE_ACCOUNT`: those are the terms of that customer, and nobody chose them for another."""
    copy = _parted(whole, LEFT)
    if account not in ("", whole.account):
        own = [one for one in OF_THE_ACCOUNT if getattr(whole, one) in gave.get(one, ())]
        copy = _without(_parted(copy, LEFT_WITH_THE_ACCOUNT), own)
    return replace(copy, name=name, owner=owner, cloned_from=whole.name, account=account or whole.account)


def _parted(quote: Quote, left: Mapping[type, Collection[str]]) -> Quote:
    options = tuple(_without(option, left[Option]) for option in quote.options)
    return replace(_without(quote, left[Quote]), options=options)


def _without(one: T, left: Collection[str]) -> T:
    """With what is left behind as it is where nothing is said."""
    return replace(one, **{field.name: _empty(field) for field in fields(one) if field.name in left})  # type: ignore[arg-type, type-var]


def _empty(field: Field[Any]) -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()
