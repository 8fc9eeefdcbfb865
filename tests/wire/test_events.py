"""Events over the wire: watched from any point, filtered, in order, by those who may; old ones of books read like others."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration

from quotient.v1 import accounts_pb2, books_pb2_grpc, events_pb2, events_pb2_grpc
from tests.wire.selling import ADMIN, MANAGER, SELLER, Parties, as_role
from tests.wire.service import Service

pytestmark = pytest.mark.service


class Watching:
    """Accounts to change, and events that tell of it."""

    def __init__(self, channel: grpc.Channel) -> None:
        self.parties = Parties(channel)
        self.events = events_pb2_grpc.EventsStub(channel)
        self.books = books_pb2_grpc.BooksStub(channel)

    def watch(self, metadata: Any = SELLER, timeout: float = 30, **said: Any) -> Any:
        return self.events.WatchEvents(events_pb2.WatchEventsRequest(**said), metadata=metadata, timeout=timeout)

    def all(self, metadata: Any = SELLER, **said: Any) -> list[Any]:
        found, token = [], ""
        while True:
            answer = self.events.ListEvents(
                events_pb2.ListEventsRequest(page_token=token, **said), metadata=metadata, timeout=10
            )
            found.extend(answer.events)
            token = answer.next_page_token
            if not token:
                return found


@pytest.fixture
def watching(service: Service) -> Iterator[Watching]:
    with service.channel() as channel:
        yield Watching(channel)


def events(stream: Any, count: int) -> list[Any]:
    """So many events of a stream, heartbeats left out."""
    found = []
    for message in stream:
        if message.HasField("event"):
            found.append(message.event)
            assert message.bookmark == message.event.id
        if len(found) == count:
            return found
    raise AssertionError("the stream ended")


def refused(call: Any, request: Any, metadata: Any) -> grpc.StatusCode:
    with pytest.raises(grpc.RpcError) as error:
        list(call(request, metadata=metadata, timeout=10))
    return error.value.code()  # type: ignore[no-any-return]


def test_a_watch_from_now_on_tells_what_happens(watching: Watching) -> None:
    stream = watching.watch()
    assert next(stream).bookmark
    made = watching.parties.make()
    watching.parties.accounts.BlockAccount(accounts_pb2.BlockAccountRequest(name=made.name), metadata=MANAGER)
    first, second = events(stream, 2)
    stream.cancel()
    assert (first.type, first.subject, first.account, first.etag) == ("AccountCreated", made.name, made.name, "1")
    assert (second.type, second.etag, second.by, second.role) == ("AccountBlocked", "2", "a-manager", "manager")
    assert first.source == "/tenants/demo" and first.time.seconds > 1_700_000_000


def test_a_watch_goes_on_after_any_event(watching: Watching) -> None:
    made = watching.parties.make()
    for reason in ("one", "two"):
        watching.parties.accounts.BlockAccount(
            accounts_pb2.BlockAccountRequest(name=made.name, reason=reason), metadata=MANAGER
        )
        watching.parties.accounts.UnblockAccount(accounts_pb2.UnblockAccountRequest(name=made.name), metadata=MANAGER)
    whole = events(watching.watch(after="0", account=made.name), 5)
    assert [one.etag for one in whole] == ["1", "2", "3", "4", "5"]
    for at in range(4):
        rest = events(watching.watch(after=whole[at].id, account=made.name), 4 - at)
        assert rest == whole[at + 1 :]
    assert watching.all(account=made.name, page_size=2) == whole


def test_filters_choose_and_a_quiet_watch_moves_its_bookmark(watching: Watching) -> None:
    made = watching.parties.make()
    stream = watching.watch(types=["AccountBl"], account=made.name, heartbeat=Duration(seconds=1))
    begin = next(stream).bookmark
    watching.parties.make()
    beat = next(stream)
    assert not beat.HasField("event") and beat.bookmark != begin
    watching.parties.accounts.BlockAccount(accounts_pb2.BlockAccountRequest(name=made.name), metadata=MANAGER)
    assert events(stream, 1)[0].type == "AccountBlocked"
    stream.cancel()
    assert {one.subject.split("/")[0] for one in watching.all(subject_kinds=["books"])} == {"books"}
    assert not watching.all(subject_kinds=["books"], account=made.name)


def test_events_of_books_are_like_others(watching: Watching) -> None:
    found = [one for one in watching.all(types=["Book"]) if one.subject == "books/saas"]
    assert [one.type for one in found[:2]] == ["BookPublished", "BookActivated"]
    assert found[0].data["version"] and found[0].by == "first-start" and found[0].time.seconds > 1_700_000_000


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"after": "yesterday"}, "after"),
        ({"types": ["Quote*"]}, "types"),
        ({"subject_kinds": ["Quotes/"]}, "subject_kinds"),
        ({"heartbeat": Duration(nanos=1_000_000)}, "heartbeat"),
        ({"types": ["A"] * 51}, "types"),
        ({"account": "quotes/1"}, "account"),
    ],
)
def test_what_cannot_be_watched_is_said(watching: Watching, said: dict[str, Any], field: str) -> None:
    with pytest.raises(grpc.RpcError) as error:
        next(watching.watch(**said))
    assert error.value.code() == grpc.StatusCode.INVALID_ARGUMENT  # type: ignore[union-attr]
    assert field.encode() in dict(error.value.trailing_metadata())["grpc-status-details-bin"]  # type: ignore[union-attr]


@pytest.mark.parametrize("role", ["storefront", "customer"])
def test_outsiders_watch_nothing(watching: Watching, role: str) -> None:
    who = as_role(role)
    assert (
        refused(watching.events.WatchEvents, events_pb2.WatchEventsRequest(), who) == grpc.StatusCode.PERMISSION_DENIED
    )
    with pytest.raises(grpc.RpcError, match="may not watch events"):
        watching.events.ListEvents(events_pb2.ListEventsRequest(), metadata=who)


def test_another_tenant_sees_none(watching: Watching) -> None:
    other = as_role("administrator", tenant=f"t-{uuid.uuid4().hex[:8]}")
    stream = watching.watch(other, after="0", heartbeat=Duration(seconds=1))
    watching.parties.make()
    assert not any(message.HasField("event") for message, _ in zip(stream, range(3), strict=False))
    stream.cancel()
    assert watching.all(other) == []


def test_concurrent_writers_are_seen_in_the_order_of_the_outbox(watching: Watching) -> None:
    stream = watching.watch()
    next(stream)
    owner = uuid.uuid4().hex
    with ThreadPoolExecutor(4) as writers:
        made = list(writers.map(lambda _: watching.parties.make(owner=owner).name, range(20)))
    seen = events(stream, 20)
    stream.cancel()
    assert sorted(one.subject for one in seen) == sorted(made)
    ids = [tuple(map(int, one.id.split("-"))) for one in seen]
    assert ids == sorted(ids)


def test_watchers_take_no_thread_from_calls(tmp_path: Path) -> None:
    """All places of a worker are taken; calls are answered all the same, the next watcher is refused, and a place that is left is free."""
    with Service(tmp_path / "data", workers=1) as alone, alone.channel() as channel:
        watching = Watching(channel)
        streams = [watching.watch(timeout=60) for _ in range(32)]
        assert all(next(stream).bookmark for stream in streams)
        made = watching.parties.make()
        assert [events(stream, 1)[0].subject for stream in streams] == [made.name] * 32
        assert (
            refused(watching.events.WatchEvents, events_pb2.WatchEventsRequest(), ADMIN)
            == grpc.StatusCode.RESOURCE_EXHAUSTED
        )
        streams[0].cancel()
        for _ in range(100):
            try:
                assert next(watching.watch()).bookmark
                break
            except grpc.RpcError:
                time.sleep(0.05)
        else:
            raise AssertionError("a place that was left is not free")


def test_a_service_that_stops_ends_its_streams(tmp_path: Path) -> None:
    with Service(tmp_path / "data", workers=1) as alone, alone.channel() as channel:
        watching = Watching(channel)
        stream = watching.watch(timeout=60)
        next(stream)
        stopped = threading.Thread(target=alone.process.terminate)
        stopped.start()
        with pytest.raises(grpc.RpcError) as error:
            list(stream)
        assert error.value.code() == grpc.StatusCode.UNAVAILABLE  # type: ignore[union-attr]
        assert alone.process.wait(20) == 0


def test_a_watcher_resumes_over_a_store_that_dies(tmp_path: Path) -> None:
    """The store is killed while events are written and watched: who resumes from its bookmark sees each of them once, in order."""
    with Service(tmp_path / "data", workers=1) as alone, alone.channel() as channel:
        watching, seen, bookmark = Watching(channel), list[str](), "0"
        made: list[str] = []

        def write() -> None:
            for i in range(30):
                again(lambda i=i: made.append(watching.parties.make(request_id=f"write-{i}").name))  # type: ignore[misc]

        writer = threading.Thread(target=write)
        writer.start()
        for count in (8, 16):
            while len(made) < count:
                time.sleep(0.01)
            alone.kill(alone.child("-server"))
        ends, codes = 0, set[Any]()
        while len(seen) < 30:
            try:
                for message in watching.watch(after=bookmark, types=["AccountCreated"], timeout=60):
                    bookmark = message.bookmark
                    seen.extend([message.event.subject] if message.HasField("event") else [])
                    if len(seen) == 30 or (len(seen) == 12 and not ends):
                        break
            except grpc.RpcError as error:
                codes.add(error.code())
            ends += 1
            assert ends < 200
        writer.join()
    assert seen == made and len(made) == 30
    assert codes <= {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED}


def again(work: Any) -> None:
    for _ in range(200):
        try:
            return work()  # type: ignore[no-any-return]
        except grpc.RpcError:
            time.sleep(0.05)
    raise AssertionError("the service does not come back")
