"""Documents in the store: a revision is one script call, whole or not made; each keeps its history.

{tenant}:doc:KIND:ID             hash: number
{tenant}:doc:KIND:ID:revisions   list of bodies (JSON): the last one is what is now, and how many there are is the etag
{tenant}:doc:KIND:ID:personal    hash: etag -> what was personal from that revision on, `now` -> what is; erased alone
{tenant}:doc:KIND:ID:files       hash: files that go with it, such as the paper of a quote
{tenant}:index:KIND              sorted set of ids
{tenant}:index:KIND:NAME=VALUE   those of them with a value
{tenant}:due                     sorted set of KIND/ID#what by time
{tenant}:count:NAME              counts, of ranges of numbers and of what has a limit
{tenant}:one:NAME                what only one document may have
{tenant}:content:HASH            content that never changes, by the hash of what it was before it was compressed
{tenant}:secret:NAME             what is signed with
{tenant}:outbox                  stream of events
{tenant}:request:CALLER:ID       what a request id of a caller (a hash) was answered, and on the next line the hash of the request
tenants                          set of all tenants (in a slot of its own)
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib.resources import files as resources
from typing import Any, NamedTuple, TypeVar, cast

from engine.lifecycle.document import Document
from engine.store import codec
from engine.store.client import Client

REQUEST_SECONDS = 30 * 24 * 3600
MOST_READ = 500
"""Documents that are read at once; the store does nothing else meanwhile."""
D = TypeVar("D", bound=Document)


class Committed(NamedTuple):
    """What a request id was answered, the number that was given, and whether an earlier call made the change (a retry of the connection's too)."""

    answer: str
    number: str
    again: bool


class Unchanged(Exception):
    """A change that was not made: CONFLICT (another request had this id), STALE, CHANGED, MISSING or TAKEN; `key` says of what, `said` what was found."""

    def __init__(self, reason: str, key: str, said: str) -> None:
        super().__init__(f"{reason} {key} {said}")
        self.reason, self.key, self.said = reason, key, said


@dataclass
class Steps:
    """The steps of a change, as `commit.lua` takes them."""

    keys: list[str] = field(default_factory=list)
    args: list[bytes | str | int] = field(default_factory=list)

    def add(self, step: str, keys: Sequence[str], *args: bytes | str | int) -> None:
        """One more."""
        self.keys.extend(keys)
        self.args.extend((step, *args))


class Change:
    """What is to be written at once, for a tenant: gathered here, then committed."""

    def __init__(self, tenant: str) -> None:
        self.tenant = tenant
        self.steps = Steps()

    def save(self, document: Document, before: Document | None, numbering: tuple[str, str] | None = None) -> None:
        """The next revision of a document; `before` is the one it was decided on (None: it is new, and gets the next number of a range)."""
        kind, own = document.KIND, _doc(self.tenant, document.name)
        body, personal = codec.encode(document)
        assert document.etag == (before.etag if before else 0) + 1
        self.steps.add("revision", (f"{own}:revisions",), document.etag - 1, body)
        if personal or (before and codec.encode(before)[1]):
            # what was personal before may stand in the history yet, where an older release had it: the script looks at what is apart
            self.steps.add("personal", (f"{own}:personal",), document.etag, personal)
        if before is None:
            self.steps.add("add", (_index(self.tenant, kind),), 0, document.id)
            if document.NUMBERED:
                range_, form = numbering or (kind, document.NUMBERED)
                self.steps.add("number", (own, _key(self.tenant, "count", f"numbers:{range_}")), form)
        self._indexes(document, before)
        self._dues(document, before)

    def _indexes(self, document: Document, before: Document | None) -> None:
        old, new = before.found_by() if before else frozenset(), document.found_by()
        for step, pairs in (("drop", old - new), ("add", new - old)):
            for name, value in sorted(pairs):
                key = _index(self.tenant, document.KIND, name, value)
                self.steps.add(step, (key,), *((0, document.id) if step == "add" else (document.id,)))

    def _dues(self, document: Document, before: Document | None) -> None:
        old, new = dict(before.dues()) if before else {}, dict(document.dues())
        due = _key(self.tenant, "due")
        for what in sorted(old.keys() - new.keys()):
            self.steps.add("drop", (due,), f"{document.name}#{what}")
        for what, when in sorted(new.items()):
            if old.get(what) != when:
                self.steps.add("add", (due,), when, f"{document.name}#{what}")

    def unchanged(self, document: Document) -> None:
        """A document that was read to decide must still be as it was."""
        self.steps.add("same", (f"{_doc(self.tenant, document.name)}:revisions",), document.etag)

    def as_many(self, kind: type[Document], by: tuple[str, str], size: int) -> None:
        """Of a list that was read to decide there must still be as many."""
        self.steps.add("size", (_index(self.tenant, kind.KIND, *by),), size)

    def file(self, document: Document, name: str, content: bytes) -> None:
        """A file that goes with a document."""
        self.steps.add("field", (f"{_doc(self.tenant, document.name)}:files",), name, content)

    def erase(self, name: str) -> None:
        """Erase what is personal in a document, and its files, of all its revisions but one that is saved after this."""
        own = _doc(self.tenant, name)
        for part in ("personal", "files"):
            self.steps.add("erase", (f"{own}:{part}",))

    def content(self, content: bytes) -> str:
        """Content by its hash, which is of what it is, not of how it is compressed."""
        digest = hashlib.sha256(content).hexdigest()
        self.steps.add("put", (_key(self.tenant, "content", digest),), zlib.compress(content, 1))
        return digest

    def count(self, name: str) -> None:
        """One more of what is counted."""
        self.steps.add("count", (_key(self.tenant, "count", name),))

    def spend(self, name: str, before: int, after: int) -> None:
        """An amount that is counted, from what it was when it was read."""
        self.steps.add("spend", (_key(self.tenant, "count", name),), str(before), str(after))

    def claim(self, name: str, owner: str) -> None:
        """What only one document may have."""
        self.steps.add("claim", (_key(self.tenant, "one", name),), owner)

    def event(self, event: Mapping[str, Any]) -> None:
        """What is told to those who watch."""
        self.steps.add("event", (_key(self.tenant, "outbox"),), codec.pack(event))


class Documents:
    """The documents of all tenants."""

    def __init__(self, client: Client) -> None:
        self.redis = client
        scripts = resources("engine.store") / "scripts"
        self._commit, self._claim, self._read, self._forget = (
            client.register_script((scripts / f"{name}.lua").read_text())
            for name in ("commit", "claim", "read", "forget")
        )
        self._tenants: set[str] = set()

    # ------------------------------------------------------------ changes

    def commit(self, change: Change, request_id: str, body: str, answer: str) -> Committed:
        """Make a change, if its request id has made none.

        Raises:
            Unchanged: nothing was written.
            StoreDown: it may or may not have been; asking again with the same request id tells.
        """
        if change.tenant not in self._tenants:
            self.redis.sadd("tenants", change.tenant)
            self._tenants.add(change.tenant)
        keys = [_key(change.tenant, "request", request_id), *change.steps.keys]
        args = [body, answer, REQUEST_SECONDS, *change.steps.args]
        status, one, two = (part.decode() for part in cast(Any, self._commit(keys, args)))
        if status not in ("DONE", "AGAIN"):
            raise Unchanged(status, one, two)
        return Committed(one, two, status == "AGAIN")

    def claim_due(self, tenant: str, now: int, until: int, most: int = 100) -> list[tuple[str, str]]:
        """What is due by `now`, as pairs of a document's name and what is to be done; others get it from `until` on. Microseconds."""
        found = cast("list[bytes]", self._claim([_key(tenant, "due")], [now, until, most]))
        parts = (one.decode().partition("#") for one in found)
        return [(name, what) for name, _, what in parts]

    def forget_due(self, tenant: str, name: str, what: str, until: int) -> None:
        """What was claimed until a time needs nothing more; it stays where it has become due at another time since."""
        self._forget([_key(tenant, "due")], [f"{name}#{what}", until])

    def next_dues(self, tenants: Sequence[str]) -> list[int | None]:
        """When something of each tenant is due next, or a lease ends; in one journey."""
        with self.redis.pipeline(transaction=False) as pipe:
            for tenant in tenants:
                pipe.zrange(_key(tenant, "due"), 0, 0, withscores=True)
            return [int(found[0][1]) if found else None for found in cast(Any, pipe.execute())]

    def some(self, tenants: Sequence[str], kind: type[Document], name: str, value: str) -> list[bool]:
        """Whether each tenant has documents with a value; in one journey."""
        with self.redis.pipeline(transaction=False) as pipe:
            for tenant in tenants:
                pipe.exists(_index(tenant, kind.KIND, name, value))
            return [bool(found) for found in cast(Any, pipe.execute())]

    # ------------------------------------------------------------ reading

    def tenants(self) -> list[str]:
        """All of them, in order."""
        return sorted(one.decode() for one in cast("set[bytes]", self.redis.smembers("tenants")))

    def answered(self, tenant: str, request_id: str) -> tuple[str, str] | None:
        """The body's hash and the answer of a request id that was used."""
        found = cast("bytes | None", self.redis.get(_key(tenant, "request", request_id)))
        if found is None:
            return None
        answer, _, body = found.decode().partition("\n")
        return body, answer

    def get(self, tenant: str, kind: type[D], name: str) -> D | None:
        """A document as it is now."""
        found = self.many(tenant, kind, [name])
        return found[0]

    def many(self, tenant: str, kind: type[D], names: Sequence[str]) -> list[D | None]:
        """Several documents as they are now, in one journey, each whole."""
        found: list[D | None] = []
        for start in range(0, len(names), MOST_READ):
            own = [_doc(tenant, name) for name in names[start : start + MOST_READ]]
            keys = [key for one in own for key in (one, f"{one}:revisions", f"{one}:personal")]
            read = cast("list[bytes | None]", self._read(keys))
            found += map(partial(_whole, kind), read[::3], read[1::3], read[2::3])
        return found

    def revision(self, tenant: str, kind: type[D], name: str, etag: int) -> D | None:
        """A document as it was at a revision."""
        found = self.history(tenant, kind, name, etag, 1)
        return found[0] if found else None

    def history(self, tenant: str, kind: type[D], name: str, first: int = 1, most: int = 1_000) -> list[D]:
        """The revisions of a document from the `first` on, in order; personal parts as they were, where they were not erased."""
        own = _doc(tenant, name)
        with self.redis.pipeline(transaction=False) as pipe:
            pipe.lrange(f"{own}:revisions", first - 1, first + most - 2)
            pipe.hget(own, "number")
            pipe.hgetall(f"{own}:personal")
            bodies, number, apart = cast(Any, pipe.execute())
        parts = sorted((int(etag), part) for etag, part in apart.items() if etag != b"now")
        made = []
        for etag, body in enumerate(bodies, first):
            personal = next((part for since, part in reversed(parts) if since <= etag), None)
            made.append(codec.decode(kind, body, personal, number.decode() if number else ""))
        return made

    def page(
        self, tenant: str, kind: type[D], by: Sequence[tuple[str, str]], before: str = "", most: int = 50
    ) -> list[D]:
        """Documents that have all these values, the newest ids first, below the id `before`."""
        keys = [_index(tenant, kind.KIND, *pair) for pair in by] or [_index(tenant, kind.KIND)]
        smallest, others = self._smallest(keys)
        made: list[D] = []
        while len(made) < most:
            high = f"({before}" if before else "+"
            found = self.redis.zrevrangebylex(smallest, high, "-", start=0, num=max(most, 100))
            ids = [one.decode() for one in cast("list[bytes]", found)]
            if not ids:
                break
            before = ids[-1]
            chosen = self._in_all(ids, others)[: most - len(made)]
            read = self.many(tenant, kind, [f"{kind.KIND}/{one}" for one in chosen])
            made.extend(one for one in read if one is not None)
        return made

    def personal(self, tenant: str, names: Sequence[str]) -> list[bool]:
        """Of each document whether anything personal of it is kept, in whatever revision, or a file."""
        found: list[bool] = []
        for start in range(0, len(names), MOST_READ):
            with self.redis.pipeline(transaction=False) as pipe:
                for name in names[start : start + MOST_READ]:
                    own = _doc(tenant, name)
                    pipe.hvals(f"{own}:personal")
                    pipe.exists(f"{own}:files")
                read = cast(Any, pipe.execute())
            found += [any(parts) or bool(files) for parts, files in zip(read[::2], read[1::2], strict=True)]
        return found

    def ids_with(self, tenant: str, kind: type[Document], by: Sequence[tuple[str, str]], most: int) -> list[list[str]]:
        """For each of several values the ids of the documents that have it, the oldest first; `most` of each (-1: all)."""
        with self.redis.pipeline(transaction=False) as pipe:
            for pair in by:
                pipe.zrangebylex(_index(tenant, kind.KIND, *pair), "-", "+", start=0, num=most)
            found = cast("list[list[bytes]]", pipe.execute()) if by else []
        return [[one.decode() for one in ids] for ids in found]

    def named(
        self, tenant: str, kinds: Sequence[type[Document]], by: str, values: Collection[str], most: int = 10
    ) -> list[str]:
        """The names of documents of these kinds that have one of these values, in order; at most so many for each of them."""
        pairs = [(kind.KIND, value) for kind in kinds for value in sorted(values)]
        with self.redis.pipeline(transaction=False) as pipe:
            for kind, value in pairs:
                pipe.zrange(_index(tenant, kind, by, value), 0, most - 1)
            found = cast("list[list[bytes]]", pipe.execute())
        return sorted({f"{kind}/{one.decode()}" for (kind, _), ids in zip(pairs, found, strict=True) for one in ids})

    def bodies(self, tenant: str, revisions: Sequence[tuple[str, int]]) -> list[bytes]:
        """Revisions as they were written, without what is personal: pairs of a name and an etag."""
        with self.redis.pipeline(transaction=False) as pipe:
            for name, etag in revisions:
                pipe.lindex(f"{_doc(tenant, name)}:revisions", etag - 1)
            return [one or b"null" for one in cast("list[bytes | None]", pipe.execute())]

    def _smallest(self, keys: list[str]) -> tuple[str, list[str]]:
        if len(keys) == 1:
            return keys[0], []
        with self.redis.pipeline(transaction=False) as pipe:
            for key in keys:
                pipe.zcard(key)
            sizes = cast("list[int]", pipe.execute())
        first, *others = (key for _, key in sorted(zip(sizes, keys, strict=True)))
        return first, others

    def _in_all(self, ids: list[str], keys: list[str]) -> list[str]:
        if not keys:
            return ids
        with self.redis.pipeline(transaction=False) as pipe:
            for key in keys:
                pipe.zmscore(key, ids)
            found = cast("list[list[float | None]]", pipe.execute())
        return [one for i, one in enumerate(ids) if all(scores[i] is not None for scores in found)]

    def file(self, tenant: str, name: str, file: str) -> bytes | None:
        """A file that goes with a document."""
        return cast("bytes | None", self.redis.hget(f"{_doc(tenant, name)}:files", file))

    def content(self, tenant: str, digest: str) -> bytes:
        """Content by its hash; an older release kept it where the files of books are."""
        found = cast("list[bytes | None]", self.redis.mget([_key(tenant, one, digest) for one in ("content", "blob")]))
        kept = next((one for one in found if one is not None), None)
        assert kept is not None, digest
        return zlib.decompress(kept)

    def counts(self, tenant: str, names: Sequence[str]) -> list[int]:
        """How many there are of what is counted, or how much."""
        keys = [_key(tenant, "count", name) for name in names]
        found = cast("list[bytes | None]", self.redis.mget(keys) if keys else [])
        return [int(one or 0) for one in found]

    def secret(self, tenant: str, name: str, fresh: bytes = b"") -> bytes:
        """A secret of a tenant; where there is none yet, `fresh` is kept as it (b"": there is none)."""
        key = _key(tenant, "secret", name)
        if fresh:
            self.redis.set(key, fresh, nx=True)
        return cast("bytes | None", self.redis.get(key)) or b""

    def owner(self, tenant: str, name: str) -> str:
        """Who has what only one may have; "": nobody."""
        return (cast("bytes | None", self.redis.get(_key(tenant, "one", name))) or b"").decode()


def _whole(kind: type[D], body: bytes | None, number: bytes | None, personal: bytes | None) -> D | None:
    return codec.decode(kind, body, personal, number.decode() if number else "") if body else None


def _key(tenant: str, *parts: str) -> str:
    """A key of a tenant; the hash tag keeps all of a tenant in one slot of a cluster."""
    return ":".join((f"{{{tenant}}}", *parts))


def _doc(tenant: str, name: str) -> str:
    return _key(tenant, "doc", *name.split("/"))


def list_key(tenant: str, kind: type[Document], name: str, value: str) -> str:
    """The key of the ids of documents that have a value."""
    return _index(tenant, kind.KIND, name, value)


def _index(tenant: str, kind: str, name: str = "", value: str = "") -> str:
    return _key(tenant, "index", kind, *([f"{name}={value}"] if name else []))
