"""The plans a worker holds, and which of them answers: a pinned version, else the one active for the pricing date.

Plans are files by version, mapped by all workers of a host. An activation must be seen by every worker before `Activate`
returns: the workers of a host share one counter in a small mapped file, compared at each request (nanoseconds); a worker
that finds it moved reads the activations again before it answers. Other hosts see the store's own counter within a second.
"""

from __future__ import annotations

import errno
import hashlib
import mmap
import os
import pickle
import shutil
from collections import OrderedDict
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import engine
from engine.configure.checking import check
from engine.configure.kept import Kept, circuits_of, content_of, opened
from engine.lang.book import Book
from engine.plan.lower import lower
from engine.plan.plan import Plan, PlanError, save_whole
from engine.services.refusal import Refused, needs_store
from engine.store.books import ActivationRecord, BookStore

MOST_PLANS = 64
LEAST_FREE = 2**20


class Generation:
    """A mark that all workers of a host see move at once, made after the change it tells of is in the store."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(bytes(8))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), 8)

    @property
    def value(self) -> bytes:
        """The mark that stands there now."""
        return self._map[:8]

    def bump(self) -> None:
        """Move it. A mark at random, not a count: a count read by one, moved by others and written back would hide them."""
        self._map[:8] = os.urandom(8)


class Shelf:
    """Plans by tenant, book and version; a plan in use stays whole while others take its place."""

    def __init__(self, store: BookStore, folder: Path) -> None:
        self.store, self.folder = store, folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.generation = Generation(folder / "generation")
        self._seen = self.generation.value
        self._store_counts: dict[str, int] = {}
        self._tables: dict[tuple[str, str], list[ActivationRecord]] = {}
        self._names: dict[str, list[str]] = {}
        self._plans: OrderedDict[tuple[str, str, str], Plan] = OrderedDict()

    def refresh(self) -> None:
        """Forget which version answers when an activation was made since."""
        now = self.generation.value
        if now != self._seen:
            self._tables, self._names, self._seen = {}, {}, now

    def poll(self) -> None:
        """Find what was changed on other hosts, or by a worker that died before it could tell: the store counts changes.

        Raises:
            StoreDown: it cannot be asked; what is known goes on to answer.
        """
        tenants = {tenant for tenant, _ in list(self._tables)} | set(self._names)
        counts = {tenant: self.store.generation(tenant) for tenant in tenants}
        moved = any(self._store_counts.get(tenant) != count for tenant, count in counts.items())
        self._store_counts |= counts
        if moved:
            self._tables, self._names = {}, {}

    def load(self, tenant: str, now: float) -> None:
        """Map every plan that answers for a date from today on (`now`: seconds since the epoch).

        Raises:
            StoreDown, Refused: as `plan`.
        """
        today = datetime.fromtimestamp(now, UTC).toordinal() - 1  # it is still yesterday somewhere
        for name in self.store.names(tenant):
            later = None
            for activation in reversed(self.store.activations(tenant, name)):
                if later is None or activation.from_day < later:
                    self.plan(tenant, name, activation.version, 0)
                    later = activation.from_day
                    if later <= today:
                        break

    def active(self, tenant: str) -> list[tuple[str, str]]:
        """Each book with the version activated last.

        Raises:
            StoreDown: the store cannot be asked.
        """
        books = [(name, self.store.activations(tenant, name)) for name in self.store.names(tenant)]
        return [(name, activations[-1].version) for name, activations in books if activations]

    def tidy(self) -> None:
        """Remove what other releases and interrupted writers left; for the one process of a host that opens the folder."""
        for path in self.folder.iterdir():
            if path.name != "generation" and not path.name.endswith(
                (f"-{release()}.plan", f"-{release()}.book", f"-{release()}.circuits")
            ):
                path.unlink(missing_ok=True)

    def only_book(self, tenant: str) -> str:
        """The tenant's only book.

        Raises:
            Refused: it has none, or several.
        """
        self.refresh()
        kept = self._names  # as in _active: an answer from before a change never lands in the table after it
        names = kept.get(tenant)
        if names is None:
            names = kept[tenant] = self._ask_names(tenant)
        if len(names) == 1:
            return names[0]
        known = ", ".join(f"books/{name}" for name in names) or "none"
        raise Refused("INVALID_ARGUMENT", "BOOK_REQUIRED", f"say which book: the tenant has {known}", "book")

    def plan(self, tenant: str, book: str, version: str, day: int) -> Plan:
        """The plan that answers.

        Raises:
            Refused: NOT_FOUND, no such book or version; FAILED_PRECONDITION, none is active for the date.
        """
        self.refresh()
        key = (tenant, book, version or self._active(tenant, book, day))
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plans[key] = self._load(*key)
            while len(self._plans) > MOST_PLANS:
                self._plans.popitem(last=False)
        return plan

    def book(self, tenant: str, book: str, plan: Plan) -> Book:
        """The checked book that a plan was made of: beside the plan's file once it was asked for, else from what was published.

        Raises:
            Refused: UNAVAILABLE, the store cannot be asked; NOT_FOUND, it is not the tenant's.
        """
        if plan.meaning is not None:
            return plan.meaning
        path = self._path(plan.head.version).with_suffix(".book")
        with suppress(OSError, ValueError, EOFError, pickle.UnpicklingError):
            kept: Book = pickle.loads(path.read_bytes())
            return kept
        made = self._checked(tenant, book, plan.head.version)
        with suppress(OSError):  # a full disk stops no answer
            save_whole(path, pickle.dumps(made, protocol=5))
        return made

    def circuits(self, book: Book, version: str) -> Kept:
        """The circuits of a book's bundles: mapped from their file beside the plan's, which is made where there is none."""
        path = self._path(version).with_suffix(".circuits")
        with suppress(OSError, ValueError):
            return opened(path)
        made = circuits_of(book)
        with suppress(OSError, ValueError):  # a full disk stops no answer
            save_whole(path, content_of(made))
            return opened(path)
        return made

    @needs_store
    def _checked(self, tenant: str, book: str, version: str) -> Book:
        record = self.store.version(tenant, book, version)
        if record is None:
            raise Refused("NOT_FOUND", "VERSION_NOT_FOUND", f"books/{book} has no version {version[:40]}", "version")
        checked = check(self.store.contents(tenant, record))
        if checked.book is None:
            raise Refused(
                "FAILED_PRECONDITION", "NOT_READABLE", f"this release cannot read version {version}", "version"
            )
        return checked.book

    @needs_store
    def _ask_names(self, tenant: str) -> list[str]:
        self._count(tenant)
        return self.store.names(tenant)

    @needs_store
    def _ask_table(self, tenant: str, book: str) -> list[ActivationRecord]:
        self._count(tenant)
        return self.store.activations(tenant, book)

    def _count(self, tenant: str) -> None:
        """Know the store's count from before what is read: a change made in between is found by the next poll."""
        if tenant not in self._store_counts:
            self._store_counts.setdefault(tenant, self.store.generation(tenant))

    def _active(self, tenant: str, book: str, day: int) -> str:
        tables = self._tables  # held before the store is asked: refresh puts another in its place
        table = tables.get((tenant, book))
        if table is None:
            table = tables[tenant, book] = self._ask_table(tenant, book)
        for activation in reversed(table):
            if activation.from_day <= day:
                return activation.version
        if not table and not self._is_there(tenant, book):
            raise Refused("NOT_FOUND", "BOOK_NOT_FOUND", f"there is no book books/{book}", "book")
        raise Refused(
            "FAILED_PRECONDITION", "NOT_ACTIVE", f"no version of books/{book} is active for this date", "date"
        )

    @needs_store
    def _is_there(self, tenant: str, book: str) -> bool:
        return bool(self.store.versions(tenant, book, 1))

    @needs_store
    def _load(self, tenant: str, book: str, version: str) -> Plan:
        record = self.store.version(tenant, book, version)
        if record is None:
            raise Refused("NOT_FOUND", "VERSION_NOT_FOUND", f"books/{book} has no version {version[:40]}", "version")
        kept = self._kept(version)
        if kept is not None:
            return kept
        plan = _lowered(self.store.contents(tenant, record), version)
        try:
            return self._save(plan)
        except OSError:  # a full disk stops no prices: this worker has the plan to itself
            return plan

    def keep(self, plan: Plan, size: int) -> Plan:
        """Save a plan's file and map it. A store of our own, which writes `size` bytes beside it, would die of a full disk.

        Raises:
            Refused: RESOURCE_EXHAUSTED, the disk is full; UNAVAILABLE, the folder cannot be written.
        """
        try:
            if shutil.disk_usage(self.folder).free < 2 * size + LEAST_FREE:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return self._kept(plan.head.version) or self._save(plan)
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            message = f"the service cannot write to its data folder: {error.strerror or error}"
            raise Refused("RESOURCE_EXHAUSTED" if full else "UNAVAILABLE", "CANNOT_WRITE", message) from error

    def _save(self, plan: Plan) -> Plan:
        plan.save(self._path(plan.head.version))
        return Plan.open(self._path(plan.head.version))

    def _kept(self, version: str) -> Plan | None:
        """A saved plan; None where there is none that can be read."""
        with suppress(OSError, PlanError, ValueError, EOFError, pickle.UnpicklingError):
            return Plan.open(self._path(version))
        return None

    def _path(self, version: str) -> Path:
        return self.folder / f"{version}-{release()}.plan"


def _lowered(files: dict[str, bytes], version: str) -> Plan:
    """The plan of what was published once, perhaps by an older release that knew another language."""
    checked = check(files)
    if checked.book is not None:
        with suppress(PlanError):
            return lower(checked.book)
    raise Refused("FAILED_PRECONDITION", "NOT_READABLE", f"this release cannot read version {version}", "version")


@cache
def release() -> str:
    """A name for all that decides how a book becomes a plan and circuits, and what their files hold: another release makes them anew."""
    root, digest = Path(engine.__file__).parent, hashlib.sha256()
    for part, files in (
        ("values", "*.[pl]*"),
        ("lang", "*.[pl]*"),
        ("plan", "*.[pl]*"),
        ("configure", "*.py"),
        ("kernels", "circuit*.py"),
    ):
        for path in sorted((root / part).glob(files)):
            if path.is_file():
                digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
