"""The older part of a trail goes into a file: byte for byte, and only what no webhook needs; nothing is gone that the file has not."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from engine.bootstrap import archive as archives
from engine.bootstrap.archive import Archived, ArchiveError, archive
from engine.bootstrap.settings import Settings
from engine.lifecycle.webhooks import WAITS, DeliveryStatus, WebhookStatus
from engine.services.history import History
from engine.services.refusal import Refused
from engine.store.archive import Archive
from engine.store.client import StoreDown
from engine.store.embedded import EmbeddedStore
from tests.unit.services.test_delivering import NONE, WHO, House, Receiver, T, house, receiver, running  # noqa: F401

pytestmark = pytest.mark.service
LATER = 2**43
"""Milliseconds after everything."""


class Archiving:
    """A house whose trail is archived into files of a folder."""

    def __init__(self, house: House, url: str, folder: Path) -> None:  # noqa: F811
        self.house, self.folder = house, folder
        self.settings = Settings(data=folder, redis_url=url)

    def run(self, name: str = "trail.jsonl", before: int = LATER, dead: bool = False) -> Archived | None:
        return archive(self.settings, self.folder / name, T, before, dead)

    def trail(self, after: str = "") -> bytes:
        return b"".join(lines for lines, _ in History(self.house.desk, self.house.outbox).trail(WHO, after))

    def refused(self, said: str) -> None:
        """Nothing is done, and no file is left."""
        before = self.trail()
        with pytest.raises(ArchiveError, match=said):
            self.run()
        assert self.trail() == before and list(self.folder.iterdir()) == []


@pytest.fixture
def archiving(house: House, running: EmbeddedStore, tmp_path: Path) -> Archiving:  # noqa: F811
    for i in range(7):
        house.account(f"a{i}")
    return Archiving(house, running.url, tmp_path)


@pytest.mark.parametrize("at_once", [1, 3, 500])
def test_a_file_holds_what_the_trail_had(archiving: Archiving, monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    monkeypatch.setattr(archives, "EVENTS_AT_ONCE", at_once)
    whole = archiving.trail()
    archiving.house.touch("a0")
    made = archiving.run()
    assert made is not None and made.events == 8
    held = (archiving.folder / "trail.jsonl").read_bytes()
    assert held.startswith(whole) and sha256(held).hexdigest() == made.sha256
    (line,) = archiving.trail(made.last).splitlines()
    told = json.loads(line)["event"]
    assert (told["type"], told["events"], told["sha256"]) == ("TrailArchived", 8, made.sha256)
    assert (
        (told["first"], told["last"]) == (made.first, made.last) == (json.loads(held.splitlines()[0])["id"], made.last)
    )
    with pytest.raises(Refused, match="were archived"):
        archiving.trail()


def test_two_files_hold_all_that_ever_was(archiving: Archiving) -> None:
    whole, house = archiving.trail(), archiving.house  # noqa: F811
    middle = int(house.outbox.last(T).partition("-")[0]) + 1
    while int(house.redis.time()[0]) * 1_000 + house.redis.time()[1] // 1_000 <= middle:
        pass  # an event of a later millisecond
    house.touch("a0")
    first = archiving.run("one", middle)
    assert first is not None and first.events == 7
    assert archiving.run("none", middle) is None and [one.name for one in archiving.folder.iterdir()] == ["one"]
    rest = archiving.trail(first.last)
    second = archiving.run("two")
    assert second is not None and second.events == 2
    assert [(archiving.folder / name).read_bytes() for name in ("one", "two")] == [whole, rest]


def test_a_file_that_is_there_is_not_written_over(archiving: Archiving) -> None:
    (archiving.folder / "trail.jsonl").write_text("mine")
    with pytest.raises(FileExistsError):
        archiving.run()
    assert (archiving.folder / "trail.jsonl").read_text() == "mine" and archiving.trail()


@pytest.mark.parametrize("spoil", [lambda b: b[:-9], lambda b: b.replace(b"a3", b"a4"), lambda b: b + b"{}\n"])
def test_a_file_that_does_not_hold_it_trims_nothing(
    archiving: Archiving, monkeypatch: pytest.MonkeyPatch, spoil: Any
) -> None:
    write = archives._write

    def spoiled(trail: Any, file: Path) -> None:
        write(trail, file)
        file.write_bytes(spoil(file.read_bytes()))

    monkeypatch.setattr(archives, "_write", spoiled)
    archiving.refused("does not hold|holds more")


def test_a_store_that_goes_away_leaves_the_file(archiving: Archiving, monkeypatch: pytest.MonkeyPatch) -> None:
    trim = Archive.trim

    def lost(*given: Any) -> None:
        trim(*given)
        raise StoreDown("it died after it was done")

    monkeypatch.setattr(Archive, "trim", lost)
    whole = archiving.trail()
    with pytest.raises(ArchiveError, match="is kept, for it may be all"):
        archiving.run()
    assert (archiving.folder / "trail.jsonl").read_bytes() == whole


def test_what_a_webhook_has_not_taken_or_delivered_stays(archiving: Archiving, receiver: Receiver) -> None:  # noqa: F811
    house = archiving.house  # noqa: F811
    hook = house.hook(receiver.url(), types=("Account",))
    house.touch("a0")
    archiving.refused(f"{hook.name} has not delivered all of it yet")  # its cursor is before it
    receiver.answers = lambda _: 500
    house.work()
    archiving.refused(f"{hook.name} has not delivered all of it yet")  # it waits to be tried again
    paused = house.webhooks.pause(WHO, NONE, hook.name)
    assert paused.status is WebhookStatus.PAUSED
    archiving.refused(f"{hook.name} has not delivered all of it yet")
    house.webhooks.resume(WHO, NONE, hook.name)
    for wait in WAITS:
        house.pass_time(wait)
        house.work()
    assert len(house.listed(hook, DeliveryStatus.DEAD)) == 1
    archiving.refused(f"{hook.name} has dead deliveries of it")
    receiver.answers = lambda _: 200
    house.webhooks.replay(WHO, NONE, hook.name)
    house.work()
    assert archiving.run() is not None


def test_what_is_dead_may_go_and_is_then_not_replayed(archiving: Archiving, receiver: Receiver) -> None:  # noqa: F811
    house = archiving.house  # noqa: F811
    hook = house.hook(receiver.url(), types=("Account",))
    house.touch("a0")
    receiver.answers = lambda _: 500
    for wait in (0, *WAITS):
        house.pass_time(wait)
        house.work()
    (dead,) = house.listed(hook, DeliveryStatus.DEAD)
    made = archiving.run(dead=True)
    assert made is not None
    for said in ({"event": dead.event}, {"since": 1}, {}):
        with pytest.raises(Refused, match="were archived") as refused:
            house.webhooks.replay(WHO, NONE, hook.name, **said)  # type: ignore[arg-type]
        assert (refused.value.status, refused.value.details) == ("OUT_OF_RANGE", {"after": made.last})
    assert house.webhooks.replay(WHO, NONE, hook.name, since=dead.time + 1).replayed == 0


def test_a_disabled_webhook_holds_nothing_back_and_begins_within_what_is_kept(
    archiving: Archiving, receiver: Receiver  # noqa: F811
) -> None:  # fmt: skip
    house = archiving.house  # noqa: F811
    first = house.outbox.after(T, "0")[0].id
    hook = house.webhooks.disable(WHO, NONE, house.hook(receiver.url(), types=("Account",)).name)
    made = archiving.run()
    assert made is not None
    for after in ("0", first):
        with pytest.raises(Refused, match="were archived"):
            house.webhooks.enable(WHO, NONE, hook.name, after)
    house.touch("a0")
    house.webhooks.enable(WHO, NONE, hook.name, made.last)
    house.work()
    assert [one.event["subject"] for one in receiver.got] == ["accounts/a0"]


def test_a_webhook_whose_place_is_gone_is_paused_and_says_so(archiving: Archiving, receiver: Receiver) -> None:  # noqa: F811
    house = archiving.house  # noqa: F811
    hook = house.hook(receiver.url(), types=("Account",))
    house.work()
    made = archiving.run()
    assert made is not None
    house.redis.set(f"{{{T}}}:hook:{hook.id}:cursor", "0")
    house.work()
    found = house.get(hook)
    assert found.status is WebhookStatus.PAUSED and f"begin after {made.last}" in found.status_reason
    house.webhooks.disable(WHO, NONE, hook.name)
    house.webhooks.enable(WHO, NONE, hook.name, made.last)
    house.touch("a1")
    house.work()
    assert [one.event["subject"] for one in receiver.got] == ["accounts/a1"]


def test_no_event_is_lost_while_others_are_told(archiving: Archiving) -> None:
    """Each event that ever was is in a file or in the store, once; archiving goes on beside changes."""
    house, made = archiving.house, 0  # noqa: F811
    for i in range(5):
        house.touch("a1")
        done = archiving.run(str(i))
        assert done is not None
        made += done.events
    files = [json.loads(line) for i in range(5) for line in (archiving.folder / str(i)).read_text().splitlines()]
    kept = house.outbox.after(T, house.outbox.cut(T))
    assert len({one["id"] for one in files}) == len(files) == made == 7 + 5 + 4
    assert [one.type for one in kept] == ["TrailArchived"]
