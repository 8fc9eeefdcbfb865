"""Documents in a store: read back, numbered, listed, due, erased; refused where an etag, a name or a count says so."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import redis

from engine.store.documents import Change, Documents, Unchanged
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
    store = Documents(client)
    (first, _), (second, said) = store.events("t")
    assert store.events("t", first) == [(second, said)]
    assert store.events("t", second) == []
