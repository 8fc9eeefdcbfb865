"""Backups: one moment of a store while changes go on, checked, and restored to the last byte; numbers, requests and events go on."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import redis

from engine.bootstrap import backup as backups
from engine.bootstrap.backup import Restored
from engine.bootstrap.parts import parts
from engine.bootstrap.settings import Settings
from engine.store import snapshot
from engine.store.client import StoreDown, connect
from engine.store.documents import Change, Documents, Unchanged
from engine.store.embedded import EmbeddedStore
from engine.store.outbox import Outbox
from engine.store.snapshot import BackupError
from tests.unit.store.test_documents import Note

pytestmark = pytest.mark.service


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[tuple[EmbeddedStore, EmbeddedStore]]:
    made = EmbeddedStore(tmp_path / "a" / "store"), EmbeddedStore(tmp_path / "b" / "store")
    for one in made:
        one.data.parent.mkdir()
        one.start()
    yield made
    for one in made:
        one.stop()


def write(client: redis.Redis, tenant: str, which: str, request: str = "") -> str:
    """A note with all that a change has; returns its number."""
    change = Change(tenant)
    made = Note(name=f"notes/{which}", etag=1, colour="red", readers=("ann",), text="for Ann", due=5)
    change.save(made, None)
    change.file(made, "paper", bytes(range(256)))
    change.event({"type": "NoteWritten", "subject": made.name})
    return Documents(client).commit(change, request or which, "body", f"{made.name}@1")[1]


def everything(client: redis.Redis) -> dict[bytes, tuple[bytes, int]]:
    return {key: (client.dump(key), client.execute_command("PEXPIRETIME", key)) for key in client.keys("*")}


def at(store: EmbeddedStore) -> Settings:
    """Settings by which a store is reached by its URL."""
    return Settings(data=store.data.parent, redis_url=store.url)


def test_all_reads_back_equal_and_goes_on(stores: tuple[EmbeddedStore, EmbeddedStore], tmp_path: Path) -> None:
    first, second = stores
    source, target = connect(first.url), connect(second.url)
    for i in range(450):
        write(source, f"t{i % 3}", f"n{i:03}")
    file = tmp_path / "backup"
    assert backups.backup(at(first), file) == file.stat().st_size
    assert file.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith("quo-")] == []
    assert backups.restore(at(second), file) == Restored(len(source.keys("*")))
    assert everything(target) == everything(source)  # type: ignore[arg-type]
    assert write(target, "t0", "more") == "N-0151"  # type: ignore[arg-type]
    assert write(target, "t0", "n000") == ""  # type: ignore[arg-type]
    with pytest.raises(Unchanged, match="STALE"):
        write(target, "t0", "n003", "another-request")  # type: ignore[arg-type]
    before, after = Outbox(source).last("t0"), Outbox(target).after("t0", Outbox(source).last("t0"))
    assert [one.subject for one in after] == ["notes/more"] and after[0].id > before


def test_one_moment_is_kept_while_changes_go_on(stores: tuple[EmbeddedStore, EmbeddedStore], tmp_path: Path) -> None:
    first, second = stores
    stop, written = threading.Event(), []

    def writer(which: int) -> None:
        client = connect(first.url)
        for i in range(100_000):
            if stop.is_set():
                return
            written.append(write(client, "t", f"w{which}-{i}"))  # type: ignore[arg-type]

    threads = [threading.Thread(target=writer, args=(which,)) for which in range(3)]
    for thread in threads:
        thread.start()
    while len(written) < 200:
        time.sleep(0.005)
    known = len(written)
    backups.backup(at(first), tmp_path / "backup")
    stop.set()
    for thread in threads:
        thread.join()
    assert known < len(written)
    backups.restore(at(second), tmp_path / "backup")
    client = connect(second.url)
    notes = client.zcard("{t}:index:notes")
    assert notes >= known
    assert notes == client.xlen("{t}:outbox") == int(client.get("{t}:count:numbers:notes"))  # type: ignore[arg-type]
    assert notes == len(client.keys("{t}:request:*")) == len(client.keys("{t}:doc:notes:*:revisions"))  # type: ignore[arg-type]


def test_one_tenant_of_a_backup_or_of_a_store(stores: tuple[EmbeddedStore, EmbeddedStore], tmp_path: Path) -> None:
    first, second = stores
    source, target = connect(first.url), connect(second.url)
    for tenant in ("one", "two"):
        for i in range(20):
            write(source, tenant, f"n{i}")  # type: ignore[arg-type]
    own = {key: value for key, value in everything(source).items() if key.startswith(b"{two}")}  # type: ignore[arg-type]
    all_file, two_file = tmp_path / "all", tmp_path / "two"
    backups.backup(at(first), all_file)
    backups.backup(at(first), two_file, "two")
    assert two_file.stat().st_size < all_file.stat().st_size
    write(target, "one", "other")  # type: ignore[arg-type]
    kept = everything(target)  # type: ignore[arg-type]
    for file in (all_file, two_file):
        backups.restore(at(second), file, "two")
        found = everything(target)  # type: ignore[arg-type]
        assert {key: value for key, value in found.items() if key.startswith(b"{two}")} == own
        assert {key: value for key, value in found.items() if key.startswith(b"{one}")} == {
            key: value for key, value in kept.items() if key != b"tenants"
        }
        assert Documents(target).tenants() == ["one", "two"]
        snapshot.clear(target, "two")
    with pytest.raises(BackupError, match="has tenant two only"):
        backups.restore(at(second), two_file, "one")
    with pytest.raises(BackupError, match="nothing of tenant three"):
        backups.restore(at(second), all_file, "three")


def test_what_is_there_is_not_overwritten_unless_told(
    stores: tuple[EmbeddedStore, EmbeddedStore], tmp_path: Path
) -> None:
    first, second = stores
    source, target = connect(first.url), connect(second.url)
    write(source, "t", "old")  # type: ignore[arg-type]
    file = tmp_path / "backup"
    backups.backup(at(first), file)
    write(target, "t", "new")  # type: ignore[arg-type]
    target.set("not:ours", "kept")
    before = everything(target)  # type: ignore[arg-type]
    for tenant in ("", "t"):
        with pytest.raises(BackupError, match="--replace"):
            backups.restore(at(second), file, tenant)
        assert everything(target) == before  # type: ignore[arg-type]
    done = backups.restore(replace(at(second), clock=lambda: 7.0), file, replace=True)
    assert done == Restored(len(source.keys("*")), tmp_path / "backup.before-7")  # type: ignore[arg-type]
    assert target.get("not:ours") == b"kept"
    target.delete("not:ours")
    assert everything(target) == everything(source)  # type: ignore[arg-type]
    assert done.before is not None
    backups.restore(at(second), done.before, replace=True)
    before.pop(b"not:ours")
    assert everything(target) == before  # type: ignore[arg-type]


def both(
    stores: tuple[EmbeddedStore, EmbeddedStore], folder: Path, saved: str, there: str
) -> tuple[Any, Path, dict[bytes, Any]]:
    """A backup that has a tenant, and a store that another is in, or the same: the store, the file, and what the store holds."""
    first, second = stores
    target, file = connect(second.url), folder / "backup"
    write(connect(first.url), saved, "old")  # type: ignore[arg-type]
    backups.backup(at(first), file)
    write(target, there, "new")  # type: ignore[arg-type]
    return target, file, everything(target)  # type: ignore[arg-type]


def test_a_tenant_stays_where_the_backup_has_none_of_it(
    stores: tuple[EmbeddedStore, EmbeddedStore], tmp_path: Path
) -> None:
    target, file, before = both(stores, tmp_path, "one", "two")
    with pytest.raises(BackupError, match="the backup has nothing of tenant two"):
        backups.restore(at(stores[1]), file, "two", replace=True)
    assert everything(target) == before  # type: ignore[arg-type]


@pytest.mark.parametrize("tenant", ["", "t"])
@pytest.mark.parametrize("held", [0, 200])
def test_a_store_that_has_no_room_is_as_it_was(
    stores: tuple[EmbeddedStore, EmbeddedStore], tmp_path: Path, tenant: str, held: int
) -> None:
    first, second = stores
    source, target = connect(first.url), connect(second.url)
    for i in range(2_000):
        source.set(f"{{t}}:content:{i}", os.urandom(20_000))
    file = tmp_path / "backup"
    backups.backup(at(first), file)
    for i in range(held):
        target.set(f"{{t}}:content:was{i}", os.urandom(20_000))
    if held:
        target.sadd("tenants", "t")
    before = everything(target)  # type: ignore[arg-type]
    target.config_set(
        "maxmemory", target.info("memory")["used_memory"] + 25_000_000
    )  # a backlog of 10 MB, and half of it  # type: ignore[index]
    with pytest.raises(StoreDown, match="the store is as it was") as error:
        backups.restore(at(second), file, tenant, replace=True)
    assert everything(target) == before  # type: ignore[arg-type]
    assert ("has what was there" in str(error.value)) is bool(held)


def test_a_store_that_could_not_be_made_whole_again_says_so(
    stores: tuple[EmbeddedStore, EmbeddedStore], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = stores[1]
    target, file, before = both(stores, tmp_path, "t", "t")

    def down(*_: object) -> int:
        raise StoreDown("gone")

    with monkeypatch.context() as patched:
        patched.setattr(snapshot, "restore", down)
        with pytest.raises(StoreDown, match=r"NOT whole; (\S+) has what was there: `quo restore \1 --replace`"):
            backups.restore(replace(at(second), clock=lambda: 7.0), file, replace=True)
    backups.restore(at(second), tmp_path / "backup.before-7", replace=True)
    assert everything(target) == before  # type: ignore[arg-type]


def test_a_store_that_a_service_runs_over_is_let_be(
    stores: tuple[EmbeddedStore, EmbeddedStore], tmp_path: Path
) -> None:
    first, second = stores
    file = tmp_path / "backup"
    write(connect(first.url), "t", "old")  # type: ignore[arg-type]
    backups.backup(at(first), file)
    service = parts(second.url, at(second)).desk.documents
    assert service.tenants() == []
    with pytest.raises(BackupError, match="a service runs over this store: stop it first"):
        backups.restore(at(second), file, replace=True)
    target = connect(second.url)
    target.execute_command("ACL", "SETUSER", "weak", "on", "nopass", "~*", "&*", "+@all", "-client|list")
    weak = redis.Redis(unix_socket_path=str(second.socket), username="weak", password="x")
    assert snapshot.served(target) and not snapshot.served(weak)  # it may not be asked
    service.redis.close()
    backups.restore(at(second), file)


@pytest.mark.parametrize("damage", ["cut", "flipped", "longer", "head", "empty", "length"])
def test_a_damaged_file_is_refused(stores: tuple[EmbeddedStore, EmbeddedStore], tmp_path: Path, damage: str) -> None:
    first, second = stores
    write(connect(first.url), "t", "old")  # type: ignore[arg-type]
    file = tmp_path / "backup"
    backups.backup(at(first), file)
    whole = file.read_bytes()
    middle = len(whole) // 2
    head = whole.index(b"}\n") + 2
    file.write_bytes({
        "cut": whole[:-40], "flipped": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
        "longer": whole + b"x", "head": b"not a backup" + whole, "empty": b"",
        "length": whole[:head] + b"\xff" * 8 + whole[head + 8 :],
    }[damage])  # fmt: skip
    with pytest.raises(BackupError):
        backups.restore(at(second), file)
    assert connect(second.url).dbsize() == 0


def test_our_own_store_is_swapped_when_the_restored_one_is_whole(tmp_path: Path) -> None:
    settings, data = Settings(data=tmp_path / "data", clock=lambda: 7.0), tmp_path / "data" / "store"
    with backups._running(data) as client:  # as a service leaves it
        write(client, "t", "one")  # type: ignore[arg-type]
        first = everything(client)  # type: ignore[arg-type]
    file = tmp_path / "backup"
    backups.backup(settings, file)
    with backups._running(data) as client:
        write(client, "t", "two")  # type: ignore[arg-type]
    with pytest.raises(BackupError, match="--replace"):
        backups.restore(settings, file)
    backups.restore(settings, file, replace=True)
    with backups._running(data) as client:
        assert everything(client) == first  # type: ignore[arg-type]
    with backups._running(data.with_name("store.before-7")) as client:
        assert client.exists("{t}:doc:notes:two")


def test_a_tenant_of_our_own_store_stays_where_the_backup_has_none_of_it(tmp_path: Path) -> None:
    settings, data = Settings(data=tmp_path / "data"), tmp_path / "data" / "store"
    with backups._running(data) as client:
        write(client, "one", "n")  # type: ignore[arg-type]
    file = tmp_path / "backup"
    backups.backup(settings, file, "one")
    with backups._running(data) as client:
        write(client, "two", "n")  # type: ignore[arg-type]
        before = everything(client)  # type: ignore[arg-type]
        before.pop(b"tenants")  # a set: its order is its own
    backups.backup(settings, tmp_path / "all")
    backups.restore(settings, file, "one", replace=True)
    with pytest.raises(BackupError, match="nothing of tenant three"):
        backups.restore(settings, tmp_path / "all", "three", replace=True)
    with backups._running(data) as client:
        assert everything(client).items() >= before.items()  # type: ignore[arg-type]
        assert Documents(client).tenants() == ["one", "two"]  # type: ignore[arg-type]
    assert [one.name for one in data.parent.iterdir() if one.name.startswith("store.")] == []


def test_a_store_that_may_not_be_asked_says_so(stores: tuple[EmbeddedStore, EmbeddedStore], tmp_path: Path) -> None:
    first, _ = stores
    connect(first.url).execute_command("ACL", "SETUSER", "weak", "on", "nopass", "~*", "&*", "+@all", "-sync")
    weak = redis.Redis(unix_socket_path=str(first.socket), username="weak", password="x")
    with pytest.raises(StoreDown, match="no snapshot"):
        snapshot.save(weak, tmp_path / "backup", 0.0)
    assert list(tmp_path.glob("*backup*")) == []


def test_a_folder_without_a_store_has_no_backup(tmp_path: Path) -> None:
    from engine.store.client import StoreError

    with pytest.raises(StoreError, match=r"there is no store in .*: QUOTIENT_DATA says .*--store"):
        backups.backup(replace(Settings(), data=tmp_path), tmp_path / "backup")


def test_a_file_is_not_written_over_unless_told(tmp_path: Path) -> None:
    settings, data = Settings(data=tmp_path / "data"), tmp_path / "data" / "store"
    with backups._running(data) as client:
        write(client, "t", "one")  # type: ignore[arg-type]
    file = tmp_path / "backup"
    backups.backup(settings, file)
    first = file.read_bytes()
    with pytest.raises(BackupError, match=r"is there already: .*--overwrite"):
        backups.backup(settings, file)
    assert file.read_bytes() == first
    with pytest.raises(BackupError, match="nothing of tenant nobody"):
        backups.backup(settings, file, "nobody", overwrite=True)
    assert file.read_bytes() == first
    backups.backup(replace(settings, clock=lambda: 7.0), file, overwrite=True)
    assert file.read_bytes() != first
