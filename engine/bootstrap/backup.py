"""Backup and restore of the store that the settings name: one at a URL, or our own, whether the service runs or not."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from engine.bootstrap.settings import Settings
from engine.store import snapshot
from engine.store.client import Client, StoreError, connect, settle
from engine.store.embedded import EmbeddedStore
from engine.store.snapshot import BackupError

STORE_SECONDS = 5.0


def backup(settings: Settings, file: Path, tenant: str = "") -> int:
    """Write a backup; returns its bytes.

    Raises:
        BackupError, StoreError, StoreDown: none was written.
    """
    with ExitStack() as stack:
        return snapshot.save(store_of(settings, stack), file.resolve(), settings.clock(), tenant)


def restore(settings: Settings, file: Path, tenant: str = "", replace: bool = False) -> int:
    """Put a backup, or one tenant of it, into the store; returns the number of keys. A store of our own is swapped for the restored one
    when that is whole; what it was stays beside it.

    Raises:
        BackupError: the file is none; there is something in the store, and `replace` was not said; the service runs over it.
        StoreError, StoreDown: the store does not answer.
    """
    with ExitStack() as stack:
        manifest, parts = stack.enter_context(snapshot.opened(file))
        if tenant and manifest.tenant not in ("", tenant):
            raise BackupError(f"{file} has tenant {manifest.tenant} only")
        tenant = tenant or manifest.tenant
        own = settings.data / "store"
        if settings.redis_url:
            return _into(connect(settle(settings.redis_url, STORE_SECONDS)), parts, manifest.database, tenant, replace)
        if not stack.enter_context(_held(settings.data)):
            raise BackupError(f"a service runs over {settings.data}: stop it first")
        if tenant:
            with _running(own) as client:
                return _into(client, parts, manifest.database, tenant, replace)
        return _swapped(own, parts, manifest.database, replace, settings.clock())


def _into(client: Client, parts: list[Path], database: int, tenant: str, replace: bool) -> int:
    if snapshot.holds(client, tenant):
        if not replace:
            what = f"tenant {tenant}" if tenant else "something"
            raise BackupError(f"the store holds {what} already: say --replace to have it replaced")
        snapshot.clear(client, tenant)
    count = 0
    for part in parts:
        with snapshot.loaded(part, database) as source:
            if not tenant or snapshot.holds(source, tenant):
                count += snapshot.restore(source, client, tenant)
    if tenant and not count:
        raise BackupError(f"the backup has nothing of tenant {tenant}")
    return count


def _swapped(own: Path, parts: list[Path], database: int, replace: bool, now: float) -> int:
    """Restore beside our own store, then put it in its place."""
    if own.exists() and not replace:
        with _running(own) as client:
            if snapshot.holds(client):
                raise BackupError(f"the store in {own} holds something already: say --replace to have it replaced")
    new = own.with_name(f"store.restoring-{os.getpid()}")
    with _running(new) as client:
        count = _into(client, parts, database, "", replace=False)
    if own.exists():
        own.rename(own.with_name(f"store.before-{int(now)}"))
    new.rename(own)
    return count


@contextmanager
def _running(data: Path) -> Iterator[Client]:
    """A store of our own over this data, for as long as it is needed."""
    store = EmbeddedStore(data)
    try:
        store.start()
        yield connect(store.url)
    finally:
        store.stop()


def store_of(settings: Settings, stack: ExitStack) -> Client:
    """The store of the settings: one of our own, too, whether the service runs or not.

    Raises:
        StoreError, StoreDown: there is none, or it does not answer.
    """
    if settings.redis_url:
        return connect(settle(settings.redis_url, STORE_SECONDS))
    own = settings.data / "store"
    if not own.exists():
        raise StoreError(f"there is no store in {settings.data}")
    if stack.enter_context(_held(settings.data)):
        return stack.enter_context(_running(own))
    return connect(settle(EmbeddedStore.running_at(own), STORE_SECONDS))


@contextmanager
def _held(data: Path) -> Iterator[bool]:
    """Whether no service runs over a data folder; none starts meanwhile."""
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = os.open(data / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(lock)
