"""The script that trims an outbox, on one server and on a cluster: whole or not at all, and a retry of it changes nothing."""

from __future__ import annotations

from typing import Any

import pytest
import redis

from engine.store.archive import Archive, NotTrimmed
from engine.store.documents import Change, Documents
from engine.store.outbox import Outbox
from engine.values.refusal import Refused

pytestmark = pytest.mark.service
TOLD = {"type": "TrailArchived", "subject": "trail/x", "time": 1}


@pytest.fixture
def ids(client: redis.Redis) -> list[str]:
    """Five events."""
    for i in range(5):
        change = Change("t")
        change.event({"type": "NoteWritten", "subject": f"notes/{i}"})
        Documents(client).commit(change, f"r{i}", "", "")
    return [one for one, _ in Outbox(client).told("t", "0")]


def everything(client: redis.Redis) -> dict[bytes, bytes | None]:
    return {key: client.dump(key) for key in client.keys("*")}


def test_what_was_archived_is_refused_and_the_rest_is_there(client: redis.Redis, ids: list[str]) -> None:
    outbox, archive = Outbox(client), Archive(client)
    archive.trim("t", "", ids[2], "ab12", TOLD)
    assert [one.id for one in outbox.after("t", ids[2])][:2] == ids[3:]
    assert [one.subject for one in outbox.after("t", ids[2])] == ["notes/3", "notes/4", "trail/x"]
    assert (outbox.cut("t"), archive.cut("t")) == (ids[2], f"{ids[2]} ab12")
    for before in ("0", ids[0], ids[1]):
        with pytest.raises(Refused, match=f"begin after {ids[2]}") as refused:
            outbox.after("t", before)
        assert (refused.value.status, refused.value.details) == ("OUT_OF_RANGE", {"after": ids[2]})
    assert Outbox(client).told("other", "0") == []


def test_a_retry_changes_nothing_and_another_is_refused(client: redis.Redis, ids: list[str]) -> None:
    archive = Archive(client)
    archive.trim("t", "", ids[2], "ab12", TOLD)
    before = everything(client)
    archive.trim("t", "", ids[2], "ab12", TOLD)
    for cut, last, digest in (("", ids[2], "cd34"), ("", ids[3], "ab12"), (ids[2], ids[3], "ab12")):
        with pytest.raises(NotTrimmed, match="MOVED"):
            archive.trim("t", cut, last, digest, TOLD)
    assert everything(client) == before
    archive.trim("t", f"{ids[2]} ab12", ids[4], "ab12", TOLD)
    assert len(Outbox(client).told("t", ids[4])) == 2


@pytest.mark.parametrize(
    ("key", "put"),
    [
        ("{t}:outbox:cut", lambda client, key: client.lpush(key, "x")),
        ("{t}:index:webhooks:status=ENABLED", lambda client, key: client.set(key, "x")),
        ("{t}:index:webhooks:status=PAUSED", lambda client, key: client.set(key, "x")),
        ("{t}:hook:one:cursor", lambda client, key: client.lpush(key, "x")),
        ("{t}:hook:one:WAITING", lambda client, key: client.set(key, "x")),
        ("{t}:hook:one:DEAD", lambda client, key: client.set(key, "x")),
    ],
)
def test_a_key_of_another_kind_stops_it_whole(client: redis.Redis, ids: list[str], key: str, put: Any) -> None:
    client.zadd("{t}:index:webhooks:status=ENABLED", {"one": 0})
    client.set("{t}:hook:one:cursor", ids[4])
    client.delete(key)
    put(client, key)
    before = everything(client)
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        Archive(client).trim("t", "", ids[2], "ab12", TOLD)
    assert everything(client) == before
