"""A change of documents is whole or not made: a wrong kind of key in each place, a command that is not allowed, an old etag."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import pytest
import redis

from engine.lifecycle.document import Document
from engine.store import codec
from engine.store.books import BookStore, VersionRecord
from engine.store.client import connect
from engine.store.documents import Change, Documents, Unchanged
from engine.store.embedded import EmbeddedStore

pytestmark = pytest.mark.service


@dataclass(frozen=True, slots=True, kw_only=True)
class Note(Document):
    KIND: ClassVar[str] = "notes"
    INDEXED: ClassVar[tuple[str, ...]] = ("colour", "readers")
    PERSONAL: ClassVar[tuple[str, ...]] = ("text",)
    NUMBERED: ClassVar[str] = "N-%04d"

    colour: str = ""
    readers: tuple[str, ...] = ()
    text: str = ""
    due: int = 0

    def dues(self) -> dict[str, int]:
        return {"read": self.due} if self.due else {}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStore]:
    store = EmbeddedStore(Path(tmp_path_factory.mktemp("store")))
    store.start()
    yield store
    store.stop()


@pytest.fixture
def client(running: EmbeddedStore) -> redis.Redis:
    client = connect(running.url)
    client.flushall()
    return client  # type: ignore[return-value]


def everything(client: redis.Redis) -> dict[bytes, bytes]:
    return {key: client.dump(key) for key in client.keys("*") if key != b"tenants"}


def note(which: int = 1, **more: object) -> Note:
    return replace(Note(name=f"notes/n{which}", etag=1, colour="red", text="for Ann", due=5), **more)  # type: ignore[arg-type]


def change_of_all_kinds() -> Change:
    """Every step there is."""
    change = Change("t")
    change.save(note(readers=("ann", "bob")), None)
    change.file(note(), "paper", b"%PDF")
    change.content("ab12", b"content")
    change.count("coupon:X", 5)
    change.claim("email:a", "notes/n1")
    change.event({"type": "NoteWritten", "subject": "notes/n1"})
    return change


def second_change() -> Change:
    change = Change("t")
    before = note(readers=("ann", "bob"))
    change.save(replace(before, etag=2, readers=("bob",), text="", due=0), before)
    change.as_many(Note, ("colour", "red"), 1)
    change.release("email:a")
    change.erase("notes/n1")
    change.event({"type": "NoteChanged", "subject": "notes/n1"})
    return change


CHANGES: list[tuple[Callable[[], Change], ...]] = [(change_of_all_kinds,), (change_of_all_kinds, second_change)]


def run(client: redis.Redis, makers: tuple[Callable[[], Change], ...]) -> None:
    for i, make in enumerate(makers):
        Documents(client).commit(make(), f"r{i}", "body", f"notes/n1@{i + 1}")


@pytest.mark.parametrize("makers", CHANGES)
def test_a_key_of_a_wrong_kind_leaves_nothing_done(
    client: redis.Redis, makers: tuple[Callable[[], Change], ...]
) -> None:
    touched = {*makers[-1]().steps.keys, f"{{t}}:request:r{len(makers) - 1}"}
    kinds: dict[str, bytes] = {}
    for i in range(len(makers) + 1):  # a set that gets empty is gone afterwards
        kinds |= {key: client.type(key) for key in touched if client.exists(key)}
        run(client, makers[:i])
    kinds |= {key: client.type(key) for key in touched if client.exists(key)}
    kinds = {
        key: kind
        for key, kind in kinds.items()
        if not key.endswith((":personal", ":files", ":one:email:a")) or len(makers) == 1
    }
    assert len(kinds) >= 6
    for key, kind in kinds.items():
        client.flushall()
        run(client, makers[:-1])
        client.delete(key)
        client.lpush(key, "x") if kind == b"string" else client.set(key, "x")
        before = everything(client)
        with pytest.raises(redis.ResponseError):
            Documents(client).commit(makers[-1](), f"r{len(makers) - 1}", "body", "notes/n1@1")
        assert everything(client) == before, key


@pytest.mark.parametrize("makers", CHANGES)
@pytest.mark.parametrize(
    "command",
    ["hset", "rpush", "zadd", "zrem", "set", "incr", "del", "xadd", "expire", "hget", "get", "type", "hmget", "zcard"],
)
def test_a_command_that_is_not_allowed_leaves_nothing_done(
    client: redis.Redis, running: EmbeddedStore, makers: tuple[Callable[[], Change], ...], command: str
) -> None:
    run(client, makers[:-1])
    client.execute_command("ACL", "SETUSER", "weak", "on", "nopass", "~*", "+@all", f"-{command}")
    before = everything(client)
    weak = redis.Redis(unix_socket_path=str(running.socket), username="weak", password="x")
    try:
        Documents(weak).commit(makers[-1](), "last", "body", "notes/n1@1")
    except redis.ResponseError:
        assert everything(client) == before
    else:  # the change has no use for it
        assert (command, len(makers)) in {
            ("zrem", 1),
            ("del", 1),
            ("set", 2),
            ("incr", 2),
            ("zadd", 2),
            ("get", 2),
            ("zcard", 1),
        }


def test_a_document_is_read_back_with_its_number_and_what_is_personal(client: redis.Redis) -> None:
    run(client, (change_of_all_kinds,))
    store = Documents(client)
    found = store.get("t", Note, "notes/n1")
    assert found == note(readers=("ann", "bob"), number="N-0001")
    assert b"Ann" not in b"".join(client.lrange("{t}:doc:notes:n1:revisions", 0, -1))
    assert store.get("other", Note, "notes/n1") is None


def test_what_is_erased_is_gone_from_history_too(client: redis.Redis) -> None:
    run(client, (change_of_all_kinds, second_change))
    first, second = Documents(client).history("t", Note, "notes/n1")
    assert (first.text, second.text, first.etag, second.etag) == ("", "", 1, 2)
    assert not [key for key in client.keys("*") if b"Ann" in client.dump(key)]


def test_numbers_follow_each_other(client: redis.Redis) -> None:
    store = Documents(client)
    given = []
    for i in range(3):
        change = Change("t")
        change.save(note(i), None)
        given.append(store.commit(change, f"r{i}", "b", "a")[1])
    assert given == ["N-0001", "N-0002", "N-0003"]


def test_an_old_etag_a_taken_name_and_a_full_count_leave_nothing_done(client: redis.Redis) -> None:
    run(client, (change_of_all_kinds,))
    store = Documents(client)
    before = everything(client)
    for reason, make in {
        "STALE": lambda change: change.save(note(), None),
        "TAKEN": lambda change: change.claim("email:a", "notes/n2"),
        "LIMIT": lambda change: change.count("coupon:X", 1),
        "STALE .*colour=red": lambda change: change.as_many(Note, ("colour", "red"), 2),
    }.items():
        change = Change("t")
        change.save(note(2), None)
        make(change)
        with pytest.raises(Unchanged, match=reason):
            store.commit(change, "r9", "b", "a")
        assert everything(client) == before


def test_a_request_id_answers_as_before_and_refuses_another_body(client: redis.Redis) -> None:
    run(client, (change_of_all_kinds,))
    store = Documents(client)
    before = everything(client)
    assert store.commit(change_of_all_kinds(), "r0", "body", "other")[0] == "notes/n1@1"
    with pytest.raises(Unchanged, match="CONFLICT"):
        store.commit(change_of_all_kinds(), "r0", "another body", "notes/n1@1")
    assert everything(client) == before


def test_lists_are_by_index_and_by_page(client: redis.Redis) -> None:
    store = Documents(client)
    for i in range(10, 40):
        change = Change("t")
        change.save(note(i, colour="red" if i % 2 else "blue", readers=("ann",) if i % 3 else ("bob", "ann")), None)
        store.commit(change, f"r{i}", "b", "a")
    names = [one.id for one in store.page("t", Note, [("colour", "red"), ("readers", "bob")], most=3)]
    assert names == ["n39", "n33", "n27"]
    assert [one.id for one in store.page("t", Note, [("colour", "red"), ("readers", "bob")], "n27", 3)] == [
        "n21",
        "n15",
    ]
    assert len(store.page("t", Note, [], most=100)) == 30


def test_what_is_due_is_claimed_once_until_its_lease_ends(client: redis.Redis) -> None:
    run(client, (change_of_all_kinds,))
    store = Documents(client)
    assert store.claim_due("t", 4, 100) == []
    assert store.claim_due("t", 5, 100) == [("notes/n1", "read")]
    assert store.claim_due("t", 99, 200) == []
    assert store.claim_due("t", 100, 200) == [("notes/n1", "read")]
    run(client, ())
    Documents(client).commit(second_change(), "r1", "body", "notes/n1@2")
    assert store.claim_due("t", 10**15, 10**16) == []


def test_events_are_read_from_any_point(client: redis.Redis) -> None:
    run(client, (change_of_all_kinds, second_change))
    store = Documents(client)
    (first, _), (second, said) = store.events("t")
    assert store.events("t", first) == [(second, said)]
    assert store.events("t", second) == []


def test_a_file_of_a_book_and_content_of_a_document_may_hold_the_same(client: redis.Redis) -> None:
    raw = b"equal to the byte"
    digest, packed = hashlib.sha256(raw).hexdigest(), zlib.compress(raw)
    documents, books = Documents(client), BookStore(client)
    change = Change("t")
    change.content(digest, packed)
    documents.commit(change, "keep", "body", "")
    books.publish("t", "shop", VersionRecord("0" * 32, "", "pat", 1.0, {}), {"a.csv": raw}, "publish", "{}")
    record = books.version("t", "shop", "0" * 32)
    assert record and books.contents("t", record) == {"a.csv": raw}
    assert documents.content("t", digest) == packed


def test_content_that_an_older_release_kept_is_read(client: redis.Redis) -> None:
    client.set("{t}:blob:ab12", b"older")
    documents = Documents(client)
    assert (documents.content("t", "ab12"), documents.content("t", "cd34")) == (b"older", None)


def test_what_an_older_release_had_in_its_history_is_kept_apart_from_the_next_revision_on(client: redis.Redis) -> None:
    documents = Documents(client)
    before = Note(name="notes/n1", etag=1, text="for Ann", colour="red")
    change = Change("t")
    change.save(before, None)
    documents.commit(change, "r1", "body", "")
    for key in ("{t}:doc:notes:n1:personal", "{t}:doc:notes:n1:revisions"):
        client.delete(key)
    older = codec.pack(before)
    client.hset("{t}:doc:notes:n1", "body", older)
    client.rpush("{t}:doc:notes:n1:revisions", older)
    assert documents.get("t", Note, "notes/n1") == replace(before, number="N-0001")
    change = Change("t")
    change.save(replace(before, etag=2, colour="blue"), before)
    documents.commit(change, "r2", "body", "")
    assert documents.get("t", Note, "notes/n1").text == "for Ann"  # type: ignore[union-attr]
    assert [one.text for one in documents.history("t", Note, "notes/n1")] == ["for Ann", "for Ann"]
    assert b"Ann" not in client.lindex("{t}:doc:notes:n1:revisions", 1)  # type: ignore[operator]
