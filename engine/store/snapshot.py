"""Backups: all that a store holds at one moment, in one file, and back into a store.

The store itself makes the moment: it is asked for what it would send a new replica (SYNC), a snapshot made by a fork while changes go on. No
change is in it by half, since a change is one script. A cluster gives one snapshot a node: a tenant lies on one, so that each tenant is whole.

A file: a line that says what it is, a line of JSON, then for each node 8 bytes of length and its snapshot (RDB), last the SHA-256 of all that.
"""

from __future__ import annotations

import hashlib
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import msgspec
import redis
from redis.cluster import RedisCluster

from engine.store.client import SERVICE, Client, StoreDown, connect
from engine.store.embedded import EmbeddedStore

MAGIC = b"quotient backup 1\n"
CHUNK = 2**20
SECONDS = 120.0
"""A large store takes its time to begin a snapshot; it says meanwhile that it lives."""
BATCH = 200
_LOADING = ("--appendonly", "no", "--dbfilename", "dump.rdb", "--proto-max-bulk-len", "4gb")


class BackupError(Exception):
    """A backup cannot be made or used; the message says why."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself. `time` is seconds since the epoch; `tenant` is "" where it has all."""

    time: float
    tenant: str = ""
    database: int = 0
    parts: int = 1


# ---------------------------------------------------------------- making one


def save(client: Client, file: Path, time: float, tenant: str = "") -> int:
    """Write a backup of all, or of one tenant; returns its bytes. The file is there whole or not at all.

    Raises:
        StoreDown: the store does not answer, or may not be asked.
        BackupError: the file cannot be written.
    """
    with tempfile.TemporaryDirectory(prefix="quo-backup-", dir=file.parent) as folder:
        parts = []
        for i, node in enumerate(_nodes(client)):
            parts.append(Path(folder) / f"{i}.rdb")
            with parts[-1].open("wb") as into:
                _snapshot(node, into)
        database = _database(client)
        if tenant:
            parts = [_of_tenant(part, tenant, database) for part in parts]
        made = Path(folder) / "backup"
        _write(made, Manifest(time, tenant, database, len(parts)), parts)
        os.replace(made, file)
        sync_folder(file.parent)
        return file.stat().st_size


def _nodes(client: Client) -> list[redis.Redis]:
    if isinstance(client, RedisCluster):
        return [client.get_redis_connection(node) for node in client.get_primaries()]  # type: ignore[no-untyped-call]
    return [client]


def _database(client: Client) -> int:
    return 0 if isinstance(client, RedisCluster) else int(client.get_connection_kwargs().get("db") or 0)


def _snapshot(node: redis.Redis, into: BinaryIO) -> None:
    """What the store would send a new replica, on a connection of its own."""
    connection: Any = node.connection_pool.get_connection()
    try:
        connection.send_command("SYNC")
        wire: socket.socket = connection._sock
        wire.settimeout(SECONDS)
        left = _length(wire)
        while left:
            part = wire.recv(min(left, CHUNK))
            if not part:
                raise StoreDown("the store ended its snapshot too soon")
            into.write(part)
            left -= len(part)
        into.flush()
    except (redis.RedisError, OSError) as error:
        raise StoreDown(f"the store gives no snapshot: {error}") from error
    finally:
        connection.disconnect()  # else changes would follow
        node.connection_pool.release(connection)


def _length(wire: socket.socket) -> int:
    """How long the snapshot is, which is said once it is made; empty lines before that are signs of life."""
    line = b""
    while not line.strip():
        line = b""
        while not line.endswith(b"\n"):
            one = wire.recv(1)
            if not one:
                raise StoreDown("the store ended the connection")
            line += one
    if not line.startswith(b"$") or not line[1:].strip().isdigit():
        raise StoreDown(f"the store gives no snapshot: {line.decode(errors='replace').strip()[:200]}")
    return int(line[1:])


def _of_tenant(part: Path, tenant: str, database: int) -> Path:
    """A snapshot with one tenant only."""
    own = part.with_suffix(".tenant")
    with loaded(part, database) as client:
        for keys in _batches(client, "*"):
            others = [key for key in keys if not _belongs(key, tenant)]
            if others:
                client.unlink(*others)
        client.delete("tenants")
        if next(_batches(client, "*"), None):
            client.sadd("tenants", tenant)
        with own.open("wb") as into:
            _snapshot(client, into)
    return own


def _write(file: Path, manifest: Manifest, parts: list[Path]) -> None:
    digest = hashlib.sha256()
    with file.open("wb") as into:

        def put(content: bytes) -> None:
            digest.update(content)
            into.write(content)

        put(MAGIC + msgspec.json.encode(manifest) + b"\n")
        for part in parts:
            put(part.stat().st_size.to_bytes(8, "big"))
            with part.open("rb") as source:
                while content := source.read(CHUNK):
                    put(content)
        into.write(digest.digest())
        into.flush()
        os.fsync(into.fileno())
    file.chmod(0o600)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder last."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# ---------------------------------------------------------------- reading one


@contextmanager
def opened(file: Path) -> Iterator[tuple[Manifest, list[Path]]]:
    """A backup's manifest and its snapshots, as files that are gone afterwards.

    Raises:
        BackupError: it is none, or not as it was written.
    """
    with tempfile.TemporaryDirectory(prefix="quo-restore-") as folder:
        yield _read(file, Path(folder))


def _read(file: Path, folder: Path) -> tuple[Manifest, list[Path]]:
    digest, size = hashlib.sha256(), file.stat().st_size
    with file.open("rb") as source:

        def take(count: int) -> bytes:
            content = source.read(count)
            if len(content) != count:
                raise BackupError(f"{file} is cut off")
            digest.update(content)
            return content

        if source.read(len(MAGIC)) != MAGIC:
            raise BackupError(f"{file} is no backup of this release's kind")
        digest.update(MAGIC)
        line = source.readline(4_096)
        digest.update(line)
        try:
            manifest = msgspec.json.decode(line, type=Manifest)
        except msgspec.DecodeError as error:
            raise BackupError(f"{file} is not as it was written: its head cannot be read") from error
        parts = []
        for i in range(manifest.parts):
            left = int.from_bytes(take(8), "big")
            if left > size:
                raise BackupError(f"{file} is not as it was written")
            parts.append(folder / f"{i}.rdb")
            with parts[-1].open("wb") as into:
                while left:
                    into.write(take(min(left, CHUNK)))
                    left -= min(left, CHUNK)
        if source.read() != digest.digest():
            raise BackupError(f"{file} is not as it was written: its checksum differs")
    return manifest, parts


@contextmanager
def loaded(part: Path, database: int = 0) -> Iterator[redis.Redis]:
    """A store of our own that holds a snapshot, for as long as it is looked at.

    Raises:
        StoreError: there is no program that reads it.
    """
    with tempfile.TemporaryDirectory(prefix="quo-loaded-") as folder:
        (Path(folder) / "dump.rdb").hardlink_to(part) if _same_disk(part, folder) else _copy(part, folder)
        store = EmbeddedStore(Path(folder), _LOADING)
        try:
            store.start()
            yield cast(redis.Redis, connect(f"{store.url}?db={database}"))
        finally:
            store.stop()


def _same_disk(part: Path, folder: str) -> bool:
    return part.stat().st_dev == os.stat(folder).st_dev


def _copy(part: Path, folder: str) -> None:
    with part.open("rb") as source, (Path(folder) / "dump.rdb").open("wb") as into:
        while content := source.read(CHUNK):
            into.write(content)


def holds(client: Client, tenant: str = "") -> bool:
    """Whether a store has something of ours, or of a tenant."""
    return any(_ours(key, tenant) for keys in _batches(client, _pattern(tenant)) for key in keys)


def served(client: Client) -> bool:
    """Whether a service is connected to a store; a store that may not be asked is taken to have none."""
    try:
        return any(one["name"] == SERVICE for node in _nodes(client) for one in cast(Any, node.client_list()))
    except redis.NoPermissionError:
        return False


def clear(client: Client, tenant: str = "") -> None:
    """Take all that is ours, or a tenant's, out of a store; its room is free when this is done."""
    for keys in _batches(client, _pattern(tenant)):
        for key in keys:
            if _ours(key, tenant):
                client.delete(key)
    if tenant:
        client.srem("tenants", tenant)


def restore(source: redis.Redis, target: Client, tenant: str = "") -> int:
    """Copy all that is ours, or a tenant's, from a loaded snapshot into a store; returns the number of entries."""
    count = 0
    for batch in _batches(source, _pattern(tenant)):
        keys = [key for key in batch if _ours(key, tenant)]
        with source.pipeline(transaction=False) as read:
            for key in keys:
                read.dump(key)
                read.execute_command("PEXPIRETIME", key)  # type: ignore[no-untyped-call]
            found = cast(Any, read.execute())
        whole = [one for one in zip(keys, found[::2], found[1::2], strict=True) if one[1] is not None]
        for some in _by_size(whole):
            with target.pipeline(transaction=False) as write:
                for key, content, until in some:
                    write.restore(key, max(until, 0), content, absttl=until > 0)
                write.execute()
        count += len(whole)
    if tenant:
        target.sadd("tenants", tenant)
    return count


def _by_size(dumped: list[tuple[bytes, bytes, int]]) -> Iterator[list[tuple[bytes, bytes, int]]]:
    """At most a chunk at once, or one: what is on its way takes room in the store, too."""
    some, size = list[tuple[bytes, bytes, int]](), 0
    for one in dumped:
        if some and size + len(one[1]) > CHUNK:
            yield some
            some, size = [], 0
        some.append(one)
        size += len(one[1])
    if some:
        yield some


def _batches(client: Client, pattern: str) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    for key in client.scan_iter(match=pattern, count=1_000):
        batch.append(key)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _pattern(tenant: str) -> str:
    return f"{{{tenant}}}:*" if tenant else "*"


def _ours(key: bytes, tenant: str) -> bool:
    return _belongs(key, tenant) if tenant else key == b"tenants" or key.startswith(b"{")


def _belongs(key: bytes, tenant: str) -> bool:
    return key.startswith(b"{%s}:" % tenant.encode())
