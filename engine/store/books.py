"""Books in the store: versions that never change, contents kept once, and which version answers from when.

{tenant}:books                      sorted set of names
{tenant}:book:NAME:versions         list of version ids, newest first
{tenant}:book:NAME:version:ID       JSON: title, author, time, files -> hash of content
{tenant}:blob:HASH                  a file's bytes
{tenant}:book:NAME:activations      list of JSON: version, from date, author, time; the last made that covers a date answers
{tenant}:book:NAME:etag             counts changes of the activations
{tenant}:request:CALLER:ID          what a request id of a caller was answered, and the hash of its body
{tenant}:outbox                     stream of events
{tenant}:generation                 counts new books and activations: hosts that see it move read again
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files as resources
from typing import Any, cast

from engine.store.client import Client
from engine.store.documents import Change

REQUEST_SECONDS = 7 * 24 * 3600


@dataclass(frozen=True, slots=True)
class VersionRecord:
    """A published version. `time` is seconds since the epoch; `files` maps paths to hashes of their contents."""

    id: str
    title: str
    author: str
    time: float
    files: dict[str, str]


@dataclass(frozen=True, slots=True)
class ActivationRecord:
    """A version that answers for pricing dates from an ordinal day on (0: all of them).

    `approval` is the request by which another agreed; `reason` is why there was none, where one was to be asked for.
    """

    version: str
    from_day: int
    author: str
    time: float
    approval: str = ""
    reason: str = ""


class Refusal(Exception):
    """A change that the script did not make: CONFLICT, NOT_FOUND, STALE or NOTHING."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def activate_in(change: Change, book: str, activation: ActivationRecord, etag: str = "") -> None:
    """Put an activation on top of a book's in a change of documents, whole or not at all; the version must be there.

    Where the book has another etag than is wanted ("": any), the change is not made, and not tried again: CHANGED.
    """
    parts = (("version", activation.version), ("activations",))
    own = [_key(change.tenant, "book", book, *part) for part in parts]
    keys = [*own, _key(change.tenant, "generation"), _key(change.tenant, "book", book, "etag")]
    change.steps.add("activate", keys, json.dumps(asdict(activation)), etag)


class BookStore:
    """The books of all tenants in one store."""

    def __init__(self, client: Client) -> None:
        self._redis = client
        self._publish, self._activate = _script("publish"), _script("activate")

    def close(self) -> None:
        """Let go of the connections."""
        self._redis.close()

    # ------------------------------------------------------------ changes

    def publish(
        self, tenant: str, book: str, record: VersionRecord, contents: Mapping[str, bytes], request_id: str, event: str
    ) -> str:
        """Keep a version with its files; returns its id. Publishing it again changes nothing.

        Raises:
            Refusal: CONFLICT, the request id was used for another body.
        """
        hashes = {path: hashlib.sha256(content).hexdigest() for path, content in contents.items()}
        record = VersionRecord(record.id, record.title, record.author, record.time, hashes)
        keys = [
            _key(tenant, "request", request_id), _key(tenant, "books"), _key(tenant, "book", book, "versions"),
            _key(tenant, "book", book, "version", record.id), _key(tenant, "outbox"), _key(tenant, "generation"),
            *(_key(tenant, "blob", digest) for digest in hashes.values()),
        ]  # fmt: skip
        body = hashlib.sha256(f"publish {book} {record.id}".encode()).hexdigest()
        args: list[str | bytes | int] = [
            body,
            record.id,
            book,
            record.id,
            event,
            REQUEST_SECONDS,
            json.dumps(asdict(record)),
            *contents.values(),
        ]
        return self._run(self._publish, keys, args)

    def activate(
        self, tenant: str, book: str, activation: ActivationRecord | None, request_id: str, etag: str, event: str
    ) -> str:
        """Put an activation on top, or (None) take the last one off; returns the new etag.

        Raises:
            Refusal: CONFLICT (as publish), NOT_FOUND (no such version), STALE (another etag), NOTHING (to roll back to).
        """
        version = ["version", activation.version] if activation else ["versions"]
        keys = [
            _key(tenant, "request", request_id), _key(tenant, "book", book, *version),
            _key(tenant, "book", book, "activations"), _key(tenant, "outbox"), _key(tenant, "generation"),
            _key(tenant, "book", book, "etag"),
        ]  # fmt: skip
        what = f"{activation.version} {activation.from_day}" if activation else "rollback"
        body = hashlib.sha256(f"activate {book} {what}".encode()).hexdigest()
        entry = json.dumps(asdict(activation)) if activation else ""
        return self._run(self._activate, keys, [body, REQUEST_SECONDS, etag, entry, event])

    def _run(self, script: str, keys: list[str], args: Sequence[str | bytes | int]) -> str:
        """One call with the script itself, not its hash: a store that died in between knows no hashes any more."""
        status, value = (part.decode() for part in cast(Any, self._redis.eval(script, len(keys), *keys, *args)))
        if status != "DONE":
            raise Refusal(status)
        return str(value)

    # ------------------------------------------------------------ reading

    def names(self, tenant: str, after: str = "", most: int = 1_000) -> list[str]:
        """Book names in order, those after `after`."""
        low = f"({after}" if after else "-"
        found = self._redis.zrangebylex(_key(tenant, "books"), low, "+", start=0, num=most)
        return [name.decode() for name in cast("list[bytes]", found)]

    def versions(self, tenant: str, book: str, most: int = 100) -> list[VersionRecord]:
        """The newest versions of a book, newest first; [] for a book that is not there."""
        ids = cast("list[bytes]", self._redis.lrange(_key(tenant, "book", book, "versions"), 0, most - 1))
        keys = [_key(tenant, "book", book, "version", one.decode()) for one in ids]
        found = cast("list[bytes | None]", self._redis.mget(keys) if keys else [])
        return [VersionRecord(**json.loads(one)) for one in found if one]

    def version(self, tenant: str, book: str, version: str) -> VersionRecord | None:
        """One version's record."""
        found = self._redis.get(_key(tenant, "book", book, "version", version))
        return VersionRecord(**json.loads(cast(bytes, found))) if found else None

    def contents(self, tenant: str, record: VersionRecord) -> dict[str, bytes]:
        """The files of a version."""
        paths = list(record.files)
        found = self._redis.mget([_key(tenant, "blob", record.files[path]) for path in paths]) if paths else []
        return dict(zip(paths, cast("list[bytes]", found), strict=True))

    def activations(self, tenant: str, book: str) -> list[ActivationRecord]:
        """A book's activations in the order they were made."""
        found = cast("list[bytes]", self._redis.lrange(_key(tenant, "book", book, "activations"), 0, -1))
        return [ActivationRecord(**json.loads(one)) for one in found]

    def generation(self, tenant: str) -> int:
        """A tenant's count of new books, activations and rollbacks."""
        return int(cast(bytes, self._redis.get(_key(tenant, "generation")) or b"0"))

    def etag(self, tenant: str, book: str) -> str:
        """The etag of a book's activations."""
        return cast(bytes, self._redis.get(_key(tenant, "book", book, "etag")) or b"0").decode()


def _key(tenant: str, *parts: str) -> str:
    """A key of a tenant; the hash tag keeps all of a tenant in one slot of a cluster."""
    return ":".join((f"{{{tenant}}}", *parts))


def _script(name: str) -> str:
    return (resources("engine.store") / "scripts" / f"{name}.lua").read_text()
