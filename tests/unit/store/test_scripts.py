"""Books in a store: published once, activated by etag, of one tenant."""

from __future__ import annotations

import pytest
import redis

from engine.store.books import ActivationRecord, BookStore, Refusal, VersionRecord

pytestmark = pytest.mark.service
RECORD = VersionRecord("a" * 32, "A shop", "ann", 1.0, {})
FILES = {"book.quo": b"text", "prices.csv": b"a,b"}


@pytest.fixture
def store(client: redis.Redis) -> BookStore:
    return BookStore(client)


def everything(client: redis.Redis) -> dict[bytes, bytes]:
    return {key: client.dump(key) for key in client.keys("*")}


def publish(store: BookStore, request: str = "r1") -> str:
    return store.publish("t", "shop", RECORD, FILES, request, "{}")


def put(store: BookStore, request: str, etag: str = "", day: int = 0) -> str:
    return store.activate("t", "shop", ActivationRecord(RECORD.id, day, "ann", 1.0), request, etag, "{}")


def test_what_was_published_is_read_back(store: BookStore) -> None:
    assert publish(store) == RECORD.id
    record = store.version("t", "shop", RECORD.id)
    assert record is not None
    assert (record.title, store.contents("t", record), store.names("t")) == ("A shop", FILES, ["shop"])


def test_a_request_id_is_for_one_body(store: BookStore) -> None:
    publish(store)
    assert put(store, "r2") == put(store, "r2") == "1"
    assert len(store.activations("t", "shop")) == 1
    with pytest.raises(Refusal, match="CONFLICT"):
        put(store, "r2", day=5)


def test_an_old_etag_is_refused(store: BookStore) -> None:
    publish(store)
    put(store, "r2", "0")
    with pytest.raises(Refusal, match="STALE"):
        put(store, "r3", "0")
    assert store.etag("t", "shop") == "1"


def test_an_unknown_version_is_refused(store: BookStore, client: redis.Redis) -> None:
    before = everything(client)
    with pytest.raises(Refusal, match="NOT_FOUND"):
        put(store, "r2")
    assert everything(client) == before


def test_tenants_do_not_see_each_other(store: BookStore) -> None:
    publish(store)
    assert store.names("other") == []
    assert store.version("other", "shop", RECORD.id) is None
