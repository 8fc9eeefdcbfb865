"""`quo backup` and `quo restore`: the store of the settings into one file, and back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from engine.bootstrap import backup as backups
from engine.bootstrap.settings import Settings
from engine.bootstrap.unstartable import Unstartable
from engine.cli.console import FAULT_OF_SERVICE, err, fail, plural
from engine.store.client import StoreDown, StoreError, fault_of
from engine.store.snapshot import BackupError

Done = TypeVar("Done")


def backup_command(file: Path, tenant: str, store: str) -> None:
    """Write a backup and say how large it is."""
    size = _done(lambda: backups.backup(_settings(store), file, tenant))
    err().print(f"{file}: {size:,} bytes, {'tenant ' + tenant if tenant else 'all tenants'}")


def restore_command(file: Path, tenant: str, store: str, over: bool) -> None:
    """Restore a backup and say how much that was."""
    if not file.is_file():
        fail(f"{file} is not there")
    count = _done(lambda: backups.restore(_settings(store), file, tenant, over))
    err().print(f"restored {plural(count, 'key')} from {file}")


def _settings(store: str) -> Settings:
    settings = Settings.from_environment()
    fault = fault_of(store) if store else ""
    if fault:
        fail(f"--store cannot be read: {fault}")
    return replace(settings, redis_url=store) if store else settings


def _done(work: Callable[[], Done]) -> Done:
    try:
        return work()
    except (BackupError, Unstartable) as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    except (StoreDown, StoreError) as error:
        fail(str(error), FAULT_OF_SERVICE)
