"""`quo backup`, `quo restore` and `quo archive-trail`: the store of the settings into one file, and back; and the end of its trail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from engine.bootstrap import archive as archives
from engine.bootstrap import backup as backups
from engine.bootstrap.settings import Settings
from engine.bootstrap.unstartable import Unstartable
from engine.cli.console import FAULT_OF_SERVICE, err, fail, plural
from engine.store.client import StoreDown, StoreError, fault_of
from engine.store.snapshot import BackupError
from engine.values.refusal import Refused

Done = TypeVar("Done")


def backup_command(file: Path, tenant: str, store: str) -> None:
    """Write a backup and say how large it is."""
    size = _done(lambda: backups.backup(_settings(store), file, tenant))
    err().print(f"{file}: {size:,} bytes, {'tenant ' + tenant if tenant else 'all tenants'}")


def restore_command(file: Path, tenant: str, store: str, over: bool) -> None:
    """Restore a backup and say how much that was."""
    if not file.is_file():
        fail(f"{file} is not there")
    done = _done(lambda: backups.restore(_settings(store), file, tenant, over))
    err().print(f"restored {plural(done.entries, 'entry', 'entries')} of the store from {file}")
    if done.before is not None:
        err().print(f"what was there before is in {done.before}")


def archive_command(file: Path, before: str, tenant: str, store: str, dead: bool) -> None:
    """Archive the trail before a date, and say from where on the service has it."""
    made = _done(lambda: archives.archive(_settings(store), file, tenant, _milliseconds(before), dead))
    if made is None:
        err().print(f"tenant {tenant} keeps nothing from before {before}: nothing was written")
        return
    err().print(f"{file}: {plural(made.events, 'event')} of tenant {tenant}, SHA-256 {made.sha256}")
    err().print(f"the service has what comes after {made.last}")


def _milliseconds(before: str) -> int:
    try:
        moment = datetime.fromisoformat(before)
    except ValueError:
        fail(f"--before {before}: write a date such as 2026-01-31, or a time such as 2026-01-31T18:00:00Z")
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1_000)


def _settings(store: str) -> Settings:
    settings = Settings.from_environment()
    fault = fault_of(store) if store else ""
    if fault:
        fail(f"--store cannot be read: {fault}")
    return replace(settings, redis_url=store) if store else settings


def _done(work: Callable[[], Done]) -> Done:
    try:
        return work()
    except (archives.ArchiveError, BackupError, Unstartable) as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    except Refused as refused:
        fail(refused.message)
    except (StoreDown, StoreError) as error:
        fail(str(error), FAULT_OF_SERVICE)
