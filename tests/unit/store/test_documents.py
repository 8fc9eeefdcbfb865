"""Documents in a store: read back, numbered, listed, due, erased; refused where an etag, a name or a count says so."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable
from dataclasses import replace

import pytest
import redis

from engine.store import codec
from engine.store.books import BookStore, VersionRecord
from engine.store.documents import Change, Documents, Unchanged
from engine.store.outbox import Outbox
from tests.unit.store.notes import Note, change_of_all_kinds, note, second_change

pytestmark = pytest.mark.service


def everything(client: redis.Redis) -> dict[bytes, bytes]:
    return {key: client.dump(key) for key in client.keys("*") if key != b"tenants"}


def run(client: redis.Redis, makers: tuple[Callable[[], Change], ...]) -> None:
    for i, make in enumerate(makers):
        Documents(client).commit(make(), f"r{i}", "body", f"notes/n1@{i + 1}")


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


def test_an_old_etag_and_a_taken_name_leave_nothing_done(client: redis.Redis) -> None:
    run(client, (change_of_all_kinds,))
    store = Documents(client)
    before = everything(client)
    for reason, make in {
        "STALE": lambda change: change.save(note(), None),
        "TAKEN": lambda change: change.claim("email:a", "notes/n2"),
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
    assert store.commit(change_of_all_kinds(), "r0", "body", "other") == ("notes/n1@1", "", True)
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
    outbox = Outbox(client)
    (first, _), (second, said) = outbox.told("t", "0")
    assert outbox.told("t", first) == [(second, said)]
    assert [one.id for one in outbox.after("t", first)] == [second]
    assert outbox.told("t", second) == []


def test_a_file_of_a_book_and_content_of_a_document_may_hold_the_same(client: redis.Redis) -> None:
    raw = b"equal to the byte"
    documents, books = Documents(client), BookStore(client)
    change = Change("t")
    digest = change.content(raw)
    documents.commit(change, "keep", "body", "")
    books.publish("t", "shop", VersionRecord("0" * 32, "", "pat", 1.0, {}), {"a.csv": raw}, "publish", "{}")
    record = books.version("t", "shop", "0" * 32)
    assert record and books.contents("t", record) == {"a.csv": raw}
    assert digest == hashlib.sha256(raw).hexdigest()
    assert documents.content("t", digest) == raw


def test_content_that_an_older_release_kept_is_read(client: redis.Redis) -> None:
    client.set("{t}:blob:ab12", zlib.compress(b"older"))
    documents = Documents(client)
    assert documents.content("t", "ab12") == b"older"
    with pytest.raises(AssertionError, match="cd34"):
        documents.content("t", "cd34")


def test_what_an_older_release_had_in_its_history_is_kept_apart_from_the_next_revision_on(client: redis.Redis) -> None:
    documents = Documents(client)
    before = Note(name="notes/n1", etag=1, text="for Ann", colour="red")
    change = Change("t")
    change.save(before, None)
    documents.commit(change, "r1", "body", "")
    for key in ("{t}:doc:notes:n1:personal", "{t}:doc:notes:n1:revisions"):
        client.delete(key)
    older = codec.pack(before)
    client.rpush("{t}:doc:notes:n1:revisions", older)
    assert documents.get("t", Note, "notes/n1") == replace(before, number="N-0001")
    change = Change("t")
    change.save(replace(before, etag=2, colour="blue"), before)
    documents.commit(change, "r2", "body", "")
    assert documents.get("t", Note, "notes/n1").text == "for Ann"  # type: ignore[union-attr]
    assert [one.text for one in documents.history("t", Note, "notes/n1")] == ["for Ann", "for Ann"]
    assert b"Ann" not in client.lindex("{t}:doc:notes:n1:revisions", 1)  # type: ignore[operator]
