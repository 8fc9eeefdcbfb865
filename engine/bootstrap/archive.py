"""The older part of a tenant's trail, put into a file and kept in the store no more: nothing goes that the file was not read to have."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from engine.bootstrap.backup import store_of
from engine.bootstrap.settings import Settings
from engine.lifecycle.events import START
from engine.services.history import EVENTS_AT_ONCE, begin_of_line, lines_of
from engine.store.archive import Archive, NotTrimmed
from engine.store.client import StoreDown
from engine.store.documents import Documents
from engine.store.outbox import Outbox
from engine.store.snapshot import sync_folder

BY = "quo archive-trail"
Told = list[tuple[str, bytes]]
_WHY = {
    "WAITING": "webhooks/{hook} has not delivered all of it yet: wait, or disable it",
    "DEAD": "webhooks/{hook} has dead deliveries of it, which could be replayed no more: replay them, or say --drop-dead",
    "MOVED": "others archived, or changed webhooks, at the same time: try again",
}


class ArchiveError(Exception):
    """Nothing was archived; the message says why."""


@dataclass(frozen=True, slots=True)
class Archived:
    """What is in the file, and in the store no more."""

    events: int
    first: str
    last: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Trail:
    """A tenant's, after what was archived before, up to an event."""

    documents: Documents
    outbox: Outbox
    tenant: str
    cut: str
    last: str

    def parts(self) -> Iterator[Told]:
        """Its events, some at a time.

        Raises:
            Refused: OUT_OF_RANGE, others archived meanwhile.
        """
        at = self.cut
        while at != self.last:
            told = self.outbox.told(self.tenant, at, EVENTS_AT_ONCE)
            ids = [one for one, _ in told]
            told = told[: ids.index(self.last) + 1] if self.last in ids else told
            at = told[-1][0]
            yield told


def archive(settings: Settings, file: Path, tenant: str, before: int, dead: bool = False) -> Archived | None:
    """Archive what was told before a time (milliseconds); None: there is nothing. `dead`: deliveries of it that are dead may go.

    Raises:
        ArchiveError: nothing was archived.
        OSError: the file cannot be written.
        Refused: OUT_OF_RANGE, others archived meanwhile.
        StoreError, StoreDown: the store does not answer.
    """
    with ExitStack() as stack:
        client = store_of(settings, stack)
        outbox, store = Outbox(client), Archive(client)
        cut, last = store.cut(tenant), outbox.last_before(tenant, before)
        if not last:
            return None
        trail = Trail(Documents(client), outbox, tenant, cut.partition(" ")[0] or START, last)
        with file.open("xb"):  # the name is ours: another archive is not written over
            pass
        try:
            _write(trail, file)
            made = _read_back(trail, file)
            told = {
                "type": "TrailArchived", "subject": f"trail/{last}", "by": BY, "time": round(settings.clock() * 1_000_000),
                "first": made.first, "last": made.last, "events": made.events, "sha256": made.sha256,
            }  # fmt: skip
        except BaseException:
            file.unlink()
            raise
        try:
            store.trim(tenant, cut, last, made.sha256, told, dead)
        except NotTrimmed as why:
            file.unlink()
            raise ArchiveError(_WHY[why.reason].format(hook=why.hook)) from why
        except StoreDown as down:
            said = f"the store went away: {file} is kept, for it may be all that has these events; archive again into another"
            raise ArchiveError(f"{said} ({down})") from down
        return made


def _write(trail: Trail, file: Path) -> None:
    draft = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        with draft.open("wb") as into:
            draft.chmod(0o600)
            for told in trail.parts():
                into.write(lines_of(trail.documents, trail.tenant, told))
            into.flush()
            os.fsync(into.fileno())
        os.replace(draft, file)
        sync_folder(file.parent)
    finally:
        draft.unlink(missing_ok=True)


def _read_back(trail: Trail, file: Path) -> Archived:
    """What the file holds, which is every event that is to go, byte for byte.

    Raises:
        ArchiveError: it is not.
    """
    digest, count, first = hashlib.sha256(), 0, START
    with file.open("rb") as source:
        for told in trail.parts():
            for event_id, event in told:
                line = source.readline()
                if not line.startswith(begin_of_line(event_id, event)) or not line.endswith(b"}\n"):
                    raise ArchiveError(f"{file} does not hold event {event_id} as it was told: nothing was trimmed")
                digest.update(line)
                first, count = first if count else event_id, count + 1
        if source.read(1):
            raise ArchiveError(f"{file} holds more than was written: nothing was trimmed")
    return Archived(count, first, trail.last, digest.hexdigest())
