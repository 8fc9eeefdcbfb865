"""An activation in a change of documents: made with it, or nothing is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, cast

import pytest
import redis

from engine.lifecycle.document import Document
from engine.store.books import ActivationRecord, BookStore, VersionRecord, activate_in
from engine.store.client import connect
from engine.store.documents import Change, Documents, Unchanged
from engine.store.embedded import EmbeddedStore

pytestmark = pytest.mark.service
VERSION = "0" * 32
KEYS = {
    "{t}:book:shop:activations": "list", "{t}:book:shop:etag": "string", "{t}:generation": "string",
    f"{{t}}:book:shop:version:{VERSION}": "string",
}  # fmt: skip
RECORD = ActivationRecord(VERSION, 7, "ann", 1.5, "approvals/a", "why")


@dataclass(frozen=True, slots=True, kw_only=True)
class Note(Document):
    KIND: ClassVar[str] = "notes"


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
    books = BookStore(client)
    version = VersionRecord(VERSION, "The shop", "pat", 1.0, {})
    books.publish("t", "shop", version, {}, "publish", "{}")
    books.activate("t", "shop", ActivationRecord(VERSION, 0, "pat", 1.0), "first", "", "{}")
    return cast(redis.Redis, client)


def commit(client: redis.Redis, record: ActivationRecord = RECORD, etag: str = "") -> None:
    change = Change("t")
    change.save(Note(name="notes/n", etag=1), None)
    activate_in(change, "shop", record, etag)
    Documents(cast(Any, client)).commit(change, "agree", "body", "notes/n@1")


def test_it_is_as_one_that_was_made_directly(client: redis.Redis) -> None:
    books = BookStore(cast(Any, client))
    generation, etag = books.generation("t"), int(books.etag("t", "shop"))
    commit(client)
    commit(client)  # the same request
    assert books.activations("t", "shop")[1:] == [RECORD]
    assert (books.generation("t"), int(books.etag("t", "shop"))) == (generation + 1, etag + 1)


def test_a_version_that_is_not_there_leaves_nothing_done(client: redis.Redis) -> None:
    with pytest.raises(Unchanged, match="MISSING"):
        commit(client, ActivationRecord("1" * 32, 0, "ann", 1.0))
    assert not client.exists("{t}:doc:notes:n") and not client.exists("{t}:request:agree")


def test_a_book_that_was_changed_since_leaves_nothing_done(client: redis.Redis) -> None:
    seen = BookStore(cast(Any, client)).etag("t", "shop")
    BookStore(cast(Any, client)).activate("t", "shop", ActivationRecord(VERSION, 3, "pat", 1.0), "second", "", "{}")
    with pytest.raises(Unchanged, match="CHANGED"):
        commit(client, etag=seen)
    assert not client.exists("{t}:doc:notes:n") and not client.exists("{t}:request:agree")
    commit(client, etag=BookStore(cast(Any, client)).etag("t", "shop"))
    assert BookStore(cast(Any, client)).activations("t", "shop")[-1] == RECORD


@pytest.mark.parametrize("key", KEYS)
def test_a_key_of_a_wrong_kind_leaves_nothing_done(client: redis.Redis, key: str) -> None:
    client.delete(key)
    if KEYS[key] == "list":
        client.set(key, "x")
    else:
        client.lpush(key, "x")
    before = {one: client.dump(one) for one in client.keys("*")}
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        commit(client)
    assert {one: client.dump(one) for one in client.keys("*") if one != b"tenants"} == before


@pytest.mark.parametrize("key", ["{t}:book:shop:etag", "{t}:generation"])
def test_what_is_no_count_leaves_nothing_done(client: redis.Redis, key: str) -> None:
    client.set(key, "many")
    with pytest.raises(redis.ResponseError, match="is no count"):
        commit(client)
    assert len(BookStore(cast(Any, client)).activations("t", "shop")) == 1
