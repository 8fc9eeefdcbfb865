"""The verbs of API keys: create, get, list, revoke. They are an administrator's, of the administrator's own tenant."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from engine.identity.apikeys import SECRET_BYTES, digest_of, key_of
from engine.services.books import request_of
from engine.services.context import Context, Role
from engine.services.refusal import Refused, needs_store
from engine.store.books import Refusal
from engine.store.credentials import KeyRecord, KeyStore
from engine.values.identity import ID

MOST_TITLE = 200
Answer = TypeVar("Answer")
_ACCOUNT = re.compile(r"(accounts/[a-z0-9][a-z0-9-]{0,62})?\Z")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a key is to be: an id ("": one of ours), what it is for, and until when (microseconds; 0: for ever)."""

    id: str
    title: str
    role: Role
    account: str
    expires: int


class Keys:
    """The verbs, over their store. The clock (seconds since the epoch) and the source of random bytes are arguments."""

    def __init__(self, store: KeyStore, clock: Callable[[], float], random: Callable[[int], bytes]) -> None:
        self.store, self.clock, self.random = store, clock, random

    @needs_store
    def create(self, context: Context, wanted: Wanted, request_id: str = "") -> tuple[KeyRecord, str]:
        """Make a key; returns what is kept of it, and the key itself.

        The key is nowhere afterwards. So the same request sent again is answered by what is kept, and "": whoever missed the
        first answer revokes that key and asks for another.

        Raises:
            Refused: the role may not, what is wanted cannot be, the id is taken, the request id was used otherwise.
        """
        context.require("manage keys")
        now = round(self.clock() * 1e6)
        _possible(wanted, now)
        name = wanted.id or uuid.UUID(bytes=self.random(16), version=4).hex
        text = key_of(context.tenant, name, self.random(SECRET_BYTES))
        record = KeyRecord(
            name, wanted.title, wanted.role, wanted.account, digest_of(text), context.principal, now, wanted.expires
        )
        event = json.dumps({"type": "ApiKeyCreated", "key": name, "role": wanted.role, "by": context.principal})
        body = json.dumps([wanted.id, wanted.title, wanted.role, wanted.account, wanted.expires])
        kept, made = _change(lambda: self.store.create(context.tenant, record, request_of(request_id), body, event))
        return kept, text if made else ""

    @needs_store
    def revoke(self, context: Context, key: str, request_id: str = "", etag: str = "") -> KeyRecord:
        """Take a key back for good.

        Raises:
            Refused: the role may not, there is no such key, it was changed since or is revoked already.
        """
        context.require("manage keys")
        event = json.dumps({"type": "ApiKeyRevoked", "key": key, "by": context.principal})
        now = round(self.clock() * 1e6)
        return _change(lambda: self.store.revoke(context.tenant, key, now, request_of(request_id), etag, event))

    @needs_store
    def get(self, context: Context, key: str) -> KeyRecord:
        """A key.

        Raises:
            Refused: NOT_FOUND.
        """
        context.require("manage keys")
        found = self.store.find(context.tenant, key)
        if found is None:
            raise Refused(*_REFUSALS["NOT_FOUND"])
        return found

    @needs_store
    def list(self, context: Context, size: int = 50, after: str = "") -> tuple[list[KeyRecord], str]:
        """A page of keys by id, and the token of the next one ("" at the end)."""
        context.require("manage keys")
        found = self.store.page(context.tenant, after, size + 1)
        return found[:size], found[size - 1].id if len(found) > size else ""


def _possible(wanted: Wanted, now: int) -> None:
    """Raise where no such key can be made."""
    faults = (
        (wanted.id and not ID.match(wanted.id), "INVALID_NAME", "an id is 1 to 63 of a-z, 0-9 and -", "api_key_id"),
        (
            len(wanted.title) > MOST_TITLE or not wanted.title.isprintable(), "INVALID_TITLE",
            f"a title is at most {MOST_TITLE} printable characters", "title",
        ),
        (not _ACCOUNT.match(wanted.account), "INVALID_NAME", "an account is written accounts/ID", "account"),
        (
            wanted.role is Role.CUSTOMER and not wanted.account, "ACCOUNT_REQUIRED",
            "a customer's key is bound to an account: say which", "account",
        ),
        (wanted.expires and wanted.expires <= now, "INVALID_TIME", "it would have expired already", "expire_time"),
    )  # fmt: skip
    for wrong, reason, message, field in faults:
        if wrong:
            raise Refused("INVALID_ARGUMENT", reason, message, field)


def _change(change: Callable[[], Answer]) -> Answer:
    try:
        return change()
    except Refusal as refusal:
        raise Refused(*_REFUSALS[refusal.reason]) from refusal


_REFUSALS = {
    "CONFLICT": ("ALREADY_EXISTS", "REQUEST_ID_REUSED", "this request id was used for another request", "request_id"),
    "EXISTS": ("ALREADY_EXISTS", "KEY_EXISTS", "there is a key with this id: choose another", "api_key_id"),
    "NOT_FOUND": ("NOT_FOUND", "KEY_NOT_FOUND", "the tenant has no such key", "name"),
    "STALE": ("ABORTED", "STALE_ETAG", "the key was changed since: get it again and decide anew", "etag"),
    "REVOKED": ("FAILED_PRECONDITION", "KEY_REVOKED", "the key is revoked already", "name"),
}
