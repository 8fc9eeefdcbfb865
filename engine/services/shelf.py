"""The plans a worker holds, and which of them answers: a pinned version, else the one active for the pricing date.

Plans are files by version, mapped by all workers of a host. An activation must be seen by every worker before `Activate`
returns: the workers of a host share one counter in a small mapped file, compared at each request (nanoseconds); a worker
that finds it moved reads the activations again before it answers. Other hosts see the store's own counter within a second.
"""

from __future__ import annotations

import mmap
import os
from collections import OrderedDict
from pathlib import Path

from engine.lang.check import check
from engine.plan.lower import lower
from engine.plan.plan import Plan
from engine.services.refusal import Refused
from engine.store.books import ActivationRecord, BookStore

MOST_PLANS = 64
_RELEASE = "1"


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
        """Find activations made on other hosts, or by a worker that died before it could tell: the store counts them."""
        tenants = {tenant for tenant, _ in list(self._tables)} | set(self._names)
        counts = {tenant: self.store.generation(tenant) for tenant in tenants}
        moved = any(self._store_counts.get(tenant, count) != count for tenant, count in counts.items())
        self._store_counts |= counts
        if moved:
            self._tables, self._names = {}, {}

    def only_book(self, tenant: str) -> str:
        """The tenant's only book.

        Raises:
            Refused: it has none, or several.
        """
        self.refresh()
        kept = self._names  # as in _active: an answer from before a change never lands in the table after it
        names = kept.get(tenant)
        if names is None:
            names = kept[tenant] = self.store.names(tenant)
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

    def _active(self, tenant: str, book: str, day: int) -> str:
        tables = self._tables  # held before the store is asked: refresh puts another in its place
        table = tables.get((tenant, book))
        if table is None:
            table = tables[tenant, book] = self.store.activations(tenant, book)
        for activation in reversed(table):
            if activation.from_day <= day:
                return activation.version
        if not table and not self.store.versions(tenant, book, 1):
            raise Refused("NOT_FOUND", "BOOK_NOT_FOUND", f"there is no book books/{book}", "book")
        raise Refused(
            "FAILED_PRECONDITION", "NOT_ACTIVE", f"no version of books/{book} is active for this date", "date"
        )

    def _load(self, tenant: str, book: str, version: str) -> Plan:
        record = self.store.version(tenant, book, version)
        if record is None:
            raise Refused("NOT_FOUND", "VERSION_NOT_FOUND", f"books/{book} has no version {version[:40]}", "version")
        path = self._path(version)
        if path.exists():
            return Plan.open(path)
        checked = check(self.store.contents(tenant, record))
        if checked.book is None:  # published by an older release that knew another language
            raise Refused(
                "FAILED_PRECONDITION", "NOT_READABLE", f"this release cannot read version {version}", "version"
            )
        return self.keep(lower(checked.book))

    def keep(self, plan: Plan) -> Plan:
        """Save a plan's file and map it."""
        path = self._path(plan.head.version)
        if not path.exists():
            plan.save(path)
        return Plan.open(path)

    def _path(self, version: str) -> Path:
        return self.folder / f"{version}-{_RELEASE}.plan"
