"""API keys in the store: each change whole or not made, answered once, and a tenant's own; the key itself is nowhere."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import redis

from engine.services.context import Context, Role
from engine.services.keys import Keys, Wanted
from engine.services.refusal import Refused
from engine.store.books import Refusal
from engine.store.client import connect
from engine.store.credentials import KeyRecord, KeyStore
from engine.store.embedded import EmbeddedStore

pytestmark = pytest.mark.service
RECORD = KeyRecord("shop", "The web shop", "storefront", "", "d" * 64, "ann", 1_000_000)
ANN = Context("t", "ann", Role.ADMINISTRATOR)
WANTED = Wanted("shop", "The web shop", Role.STOREFRONT, "", 0)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[redis.Redis]:
    store = EmbeddedStore(Path(tmp_path_factory.mktemp("store")))
    store.start()
    yield connect(store.url)
    store.stop()


@pytest.fixture
def store(client: redis.Redis) -> KeyStore:
    client.flushall()
    return KeyStore(client)


@pytest.fixture
def keys(store: KeyStore) -> Keys:
    drawn = iter(range(1, 250))
    return Keys(store, lambda: 100.0, lambda length: bytes([next(drawn)]) * length)


def everything(client: redis.Redis) -> dict[bytes, bytes]:
    return {key: client.dump(key) for key in client.keys("*")}


def create(store: KeyStore, request: str = "r1", body: str = "b") -> tuple[KeyRecord, bool]:
    return store.create("t", RECORD, request, body, "{}")


def test_create_is_whole_or_not_made(store: KeyStore, client: redis.Redis) -> None:
    create(store)
    written = set(client.keys("*"))
    assert len(written) == 4
    for key in written:
        client.flushall()
        client.set(key, "x")
        before = everything(client)
        with pytest.raises(redis.ResponseError):
            create(store)
        assert everything(client) == before, key


def test_revoke_is_whole_or_not_made(store: KeyStore, client: redis.Redis) -> None:
    for key in (b"{t}:key:shop", b"{t}:outbox", b"{t}:request:r2"):
        client.flushall()
        create(store)
        client.delete(key)
        client.set(key, "x")
        before = everything(client)
        with pytest.raises(redis.ResponseError):
            store.revoke("t", "shop", 5, "r2", "", "{}")
        assert everything(client) == before, key


def test_what_was_made_is_found(store: KeyStore) -> None:
    assert create(store) == (RECORD, True)
    assert store.find("t", "shop") == RECORD
    assert store.find("other", "shop") is None and store.page("other", "", 10) == []
    assert store.revoke("t", "shop", 5, "r2", "1", "{}") == replace(RECORD, revoked=5, etag="2")


def test_a_request_id_is_for_one_body(store: KeyStore, client: redis.Redis) -> None:
    create(store)
    events = client.xlen("{t}:outbox")
    assert create(store) == (RECORD, False)
    store.revoke("t", "shop", 5, "r2", "", "{}")
    assert create(store) == (RECORD, False)  # answered as it was
    assert store.revoke("t", "shop", 9, "r2", "", "{}").revoked == 5
    assert client.xlen("{t}:outbox") == events + 1
    for change in (lambda: create(store, body="c"), lambda: store.revoke("t", "shop", 5, "r1", "", "{}")):
        with pytest.raises(Refusal, match="CONFLICT"):
            change()


@pytest.mark.parametrize(
    ("request_id", "key", "etag", "reason"),
    [("r2", "none", "", "NOT_FOUND"), ("r2", "shop", "7", "STALE"), ("r2", "gone", "2", "REVOKED")],
)
def test_what_cannot_be_revoked(
    store: KeyStore, client: redis.Redis, request_id: str, key: str, etag: str, reason: str
) -> None:
    create(store)
    store.create("t", replace(RECORD, id="gone"), "g1", "g", "{}")
    store.revoke("t", "gone", 5, "g2", "", "{}")
    before = everything(client)
    with pytest.raises(Refusal, match=reason):
        store.revoke("t", key, 5, request_id, etag, "{}")
    assert everything(client) == before


def test_an_id_is_given_once(store: KeyStore) -> None:
    create(store)
    with pytest.raises(Refusal, match="EXISTS"):
        create(store, "r2")


# ---------------------------------------------------------------- the verbs


def test_the_key_is_shown_once_and_kept_nowhere(store: KeyStore, client: redis.Redis) -> None:
    client.config_set("rdbcompression", "no")  # what is dumped is to be searched
    keys = Keys(store, lambda: 100.0, os.urandom)
    record, secret = keys.create(ANN, WANTED, "r1")
    again, nothing = keys.create(ANN, WANTED, "r1")
    bits = secret.removeprefix("quo_t_shop_")
    assert len(bytes.fromhex(bits)) == 32 and nothing == ""
    assert again == record and (record.author, record.created) == ("ann", 100_000_000)
    kept = b"".join(client.dump(key) or b"" for key in client.keys("*"))
    assert record.digest.encode() in kept
    assert bits.encode() not in kept and bytes.fromhex(bits) not in kept


def test_pages_go_through_all(keys: Keys) -> None:
    for number in range(7):
        keys.create(ANN, replace(WANTED, id=f"k{number}"))
    found, token = keys.list(ANN, 3)
    while token:
        more, token = keys.list(ANN, 3, token)
        found += more
    assert [one.id for one in found] == [f"k{number}" for number in range(7)]


@pytest.mark.parametrize(
    ("changed", "reason", "field"),
    [
        ({"id": "The Shop"}, "INVALID_NAME", "api_key_id"), ({"title": "x" * 201}, "INVALID_TITLE", "title"),
        ({"title": "a\nb"}, "INVALID_TITLE", "title"), ({"account": "bikes"}, "INVALID_NAME", "account"),
        ({"role": Role.CUSTOMER}, "ACCOUNT_REQUIRED", "account"), ({"expires": 100_000_000}, "INVALID_TIME", "expire_time"),
        ({"expires": -1}, "INVALID_TIME", "expire_time"),
    ],
)  # fmt: skip
def test_what_no_key_can_be(
    keys: Keys, client: redis.Redis, changed: dict[str, object], reason: str, field: str
) -> None:
    with pytest.raises(Refused) as refused:
        keys.create(ANN, replace(WANTED, **changed))  # type: ignore[arg-type]
    assert (refused.value.status, refused.value.reason, refused.value.field) == ("INVALID_ARGUMENT", reason, field)
    assert client.keys("*") == []


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_only_an_administrator_has_to_do_with_keys(keys: Keys, client: redis.Redis, role: Role) -> None:
    context = Context("t", "eve", role)
    verbs = (
        lambda: keys.create(context, WANTED), lambda: keys.get(context, "shop"), lambda: keys.list(context),
        lambda: keys.revoke(context, "shop"),
    )  # fmt: skip
    for verb in verbs:
        with pytest.raises(Refused) as refused:
            verb()
        assert refused.value.status == "PERMISSION_DENIED"
    assert client.keys("*") == []
