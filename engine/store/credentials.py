"""API keys in the store: what a key may be known by, and what it is for, never the key itself.

{tenant}:keys       sorted set of key ids
{tenant}:key:ID     hash: record (JSON, never changed), revoked (microseconds since the epoch; 0: not), etag
{tenant}:request:ID and {tenant}:outbox, as for books
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, cast

from engine.store.books import REQUEST_SECONDS, Refusal, _key, _script
from engine.store.client import Client


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """An API key. Times are microseconds since the epoch; 0: never. `digest` is the hash of the whole key."""

    id: str
    title: str
    role: str
    account: str
    digest: str
    author: str
    created: int
    expires: int = 0
    revoked: int = 0
    etag: str = "1"


class KeyStore:
    """The API keys of all tenants in one store."""

    def __init__(self, client: Client) -> None:
        self._redis = client
        self._create, self._revoke = _script("create_key"), _script("revoke_key")

    def create(self, tenant: str, record: KeyRecord, request_id: str, body: str, event: str) -> tuple[KeyRecord, bool]:
        """Keep a key; returns it, and whether it was made by this call, not by an earlier one with the same request id and body.

        Raises:
            Refusal: CONFLICT, the request id was used for another body; EXISTS, there is a key with this id.
        """
        keys = [
            _key(tenant, "request", request_id), _key(tenant, "keys"), _key(tenant, "key", record.id), _key(tenant, "outbox"),
        ]  # fmt: skip
        digest = hashlib.sha256(f"create key {body}".encode()).hexdigest()
        args: list[str | int] = [digest, REQUEST_SECONDS, record.id, json.dumps(asdict(record)), event]
        made, kept = self._run(self._create, keys, args)
        return KeyRecord(**json.loads(kept)), made == "MADE"

    def revoke(self, tenant: str, key: str, at: int, request_id: str, etag: str, event: str) -> KeyRecord:
        """Take a key back for good; returns it.

        Raises:
            Refusal: CONFLICT (as create), NOT_FOUND, STALE (another etag), REVOKED (it is already).
        """
        keys = [_key(tenant, "request", request_id), _key(tenant, "key", key), _key(tenant, "outbox")]
        digest = hashlib.sha256(f"revoke key {key}".encode()).hexdigest()
        self._run(self._revoke, keys, [digest, REQUEST_SECONDS, etag, at, event])
        found = self.find(tenant, key)
        assert found is not None, "a key is never taken out of the store"
        return found

    def _run(self, script: str, keys: list[str], args: Sequence[str | int]) -> tuple[str, str]:
        status, value = (part.decode() for part in cast(Any, self._redis.eval(script, len(keys), *keys, *args)))
        if status not in ("MADE", "DONE"):
            raise Refusal(status)
        return status, value

    def find(self, tenant: str, key: str) -> KeyRecord | None:
        """One key of a tenant."""
        found = cast("list[bytes | None]", self._redis.hmget(_key(tenant, "key", key), ["record", "revoked", "etag"]))
        return _record(found)

    def page(self, tenant: str, after: str, most: int) -> list[KeyRecord]:
        """A tenant's keys by id, those after `after`."""
        low = f"({after}" if after else "-"
        ids = cast("list[bytes]", self._redis.zrangebylex(_key(tenant, "keys"), low, "+", start=0, num=most))
        found = (self.find(tenant, one.decode()) for one in ids)
        return [one for one in found if one]


def _record(found: Sequence[bytes | None]) -> KeyRecord | None:
    record, revoked, etag = found
    if record is None or revoked is None or etag is None:
        return None
    return replace(KeyRecord(**json.loads(record)), revoked=int(revoked), etag=etag.decode())
