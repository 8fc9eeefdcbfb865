"""Backup and restore of the store that the settings name: one at a URL, or our own, whether the service runs or not.

A restore that fails leaves the store as it was: what is there is written to a file, and read back, before any of it goes.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from engine.bootstrap.settings import Settings
from engine.store import snapshot
from engine.store.client import Client, StoreDown, StoreError, connect, settle
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


@dataclass(frozen=True, slots=True)
class Restored:
    """How many entries of the store that was; `before` has what was there (None: nothing was)."""

    entries: int
    before: Path | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A backup as it was read: its snapshots, and the tenant of them that is wanted ("": all)."""

    parts: Sequence[Path]
    database: int
    tenant: str

    def checked(self) -> Source:
        """With those snapshots only that have something of the tenant.

        Raises:
            BackupError: none has.
        """
        if not self.tenant:
            return self
        found = [part for part in self.parts if self._has(part)]
        if not found:
            raise BackupError(f"the backup has nothing of tenant {self.tenant}")
        return Source(found, self.database, self.tenant)

    def _has(self, part: Path) -> bool:
        with snapshot.loaded(part, self.database) as source:
            return snapshot.holds(source, self.tenant)

    def copied(self, target: Client) -> int:
        """Into a store that holds nothing of it; returns the number of entries."""
        count = 0
        for part in self.parts:
            with snapshot.loaded(part, self.database) as source:
                count += snapshot.restore(source, target, self.tenant)
        return count


def restore(settings: Settings, file: Path, tenant: str = "", replace: bool = False) -> Restored:
    """Put a backup, or one tenant of it, into the store. A store of our own is swapped for the restored one when that is whole; what it was
    stays beside it. What else is replaced stays in a file beside the backup.

    Raises:
        BackupError: the file is none, or has not what is wanted; there is something in the store, and `replace` was not said; a service
            runs over it.
        OSError: what is there cannot be written to a file.
        StoreError, StoreDown: the store does not answer, or failed in the middle; the message says what it holds then.
    """
    with ExitStack() as stack:
        manifest, parts = stack.enter_context(snapshot.opened(file))
        if tenant and manifest.tenant not in ("", tenant):
            raise BackupError(f"{file} has tenant {manifest.tenant} only")
        wanted = Source(parts, manifest.database, tenant or manifest.tenant)
        now, own = settings.clock(), settings.data / "store"
        before = file.resolve().with_name(f"{file.name}.before-{int(now)}")
        if settings.redis_url:
            client = connect(settle(settings.redis_url, STORE_SECONDS))
            if snapshot.served(client):
                raise BackupError("a service runs over this store: stop it first")
            return _into(client, wanted, before if replace else None, now)
        if not stack.enter_context(_held(settings.data)):
            raise BackupError(f"a service runs over {settings.data}: stop it first")
        if wanted.tenant:
            with _running(own) as client:
                return _into(client, wanted, before if replace else None, now)
        return _swapped(own, wanted, replace, now)


def _into(client: Client, wanted: Source, before: Path | None, now: float) -> Restored:
    """Restore into a store; what it holds is replaced where it may go into a file `before`."""
    wanted, tenant = wanted.checked(), wanted.tenant
    replaced = snapshot.holds(client, tenant)
    if replaced and before is None:
        what = f"tenant {tenant}" if tenant else "something"
        raise BackupError(f"the store holds {what} already: say --replace to have it replaced")
    with ExitStack() as stack:
        there = Source((), 0, tenant)
        if replaced and before is not None:
            snapshot.save(client, before, now, tenant)
            manifest, parts = stack.enter_context(snapshot.opened(before))
            there = Source(parts, manifest.database, tenant)
            for part in parts:  # nothing goes that could not be put back
                with snapshot.loaded(part, manifest.database):
                    pass
        try:
            snapshot.clear(client, tenant)
            return Restored(wanted.copied(client), before if replaced else None)
        except BaseException as why:  # an interrupt, too
            raise StoreDown(_put_back(client, there, before, why)) from why


def _put_back(client: Client, there: Source, before: Path | None, why: BaseException) -> str:
    """Undo a restore that failed; what is to be said of it."""
    failed = f"the restore failed ({_told(why)})"
    kept = f"; {before} has what was there" if there.parts else ""
    try:
        snapshot.clear(client, there.tenant)
        there.copied(client)
    except Exception as error:
        again = f": `quo restore {before} --replace` puts that back once the store can take it" if kept else ""
        return f"{failed}, and so did undoing it ({_told(error)}): what the store holds now is NOT whole{kept}{again}"
    return f"{failed}: the store is as it was{kept}"


def _told(why: BaseException) -> str:
    """What went wrong, without the command, which is binary."""
    return str(why).rpartition(" caused error: ")[2] or type(why).__name__


def _swapped(own: Path, wanted: Source, replace: bool, now: float) -> Restored:
    """Restore beside our own store, then put it in its place."""
    if own.exists() and not replace:
        with _running(own) as client:
            if snapshot.holds(client):
                raise BackupError(f"the store in {own} holds something already: say --replace to have it replaced")
    new, before = own.with_name(f"store.restoring-{os.getpid()}"), own.with_name(f"store.before-{int(now)}")
    try:
        with _running(new) as client:
            count = _into(client, wanted, None, now).entries
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise
    replaced = own.exists()
    if replaced:
        own.rename(before)
    new.rename(own)
    return Restored(count, before if replaced else None)


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
