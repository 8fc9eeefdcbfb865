"""API keys: shown once and kept nowhere, an administrator's, a tenant's own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import redis

from engine.identity.apikeys import ApiKeys
from engine.identity.caller import Unready, Untrusted
from engine.lifecycle.keys import ApiKey, KeyStatus
from engine.services.context import Context, Role
from engine.services.desk import Call, Desk
from engine.services.keys import Keys, KeysFound
from engine.services.refusal import Refused
from engine.store.client import connect
from engine.store.documents import Documents
from engine.store.embedded import EmbeddedStore

pytestmark = pytest.mark.service
NOW = 100.0
ANN = Context("t", "ann", Role.ADMINISTRATOR)
SHOP = ApiKey(title="The web shop", role="storefront")


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
    assert isinstance(client, redis.Redis)
    return client


@pytest.fixture
def keys(client: redis.Redis) -> Keys:
    return Keys(Desk(Documents(client), lambda: NOW), os.urandom)


@pytest.fixture
def verifier(client: redis.Redis) -> ApiKeys:
    return ApiKeys(KeysFound(Documents(client)), lambda: NOW)


def refused(verb: Any) -> tuple[str, str, str]:
    with pytest.raises(Refused) as why:
        verb()
    return why.value.status, why.value.reason, why.value.field


def test_the_key_is_shown_once_and_kept_nowhere(keys: Keys, client: redis.Redis) -> None:
    client.config_set("rdbcompression", "no")  # what is dumped is to be searched
    made, secret = keys.create(ANN, Call("r1", "b"), SHOP, "shop")
    again, nothing = keys.create(ANN, Call("r1", "b"), SHOP, "shop")
    bits = secret.removeprefix("quo_t_shop_")
    assert len(bytes.fromhex(bits)) == 32 and nothing == ""
    assert again == made and (made.name, made.creator, made.create_time) == ("keys/shop", "ann", 100_000_000)
    kept = b"".join(client.dump(key) or b"" for key in client.keys("*"))
    assert made.digest.encode() in kept
    assert bits.encode() not in kept and bytes.fromhex(bits) not in kept


def test_a_key_opens_until_it_is_revoked(keys: Keys, verifier: ApiKeys) -> None:
    made, secret = keys.create(ANN, Call(), replace(SHOP, account="accounts/acme"))
    caller = verifier.caller(secret)
    assert (caller.tenant, caller.principal, caller.role, caller.account) == (
        "t",
        made.name,
        "storefront",
        "accounts/acme",
    )
    gone = keys.revoke(ANN, Call("r2", "b", "1"), made.name)
    assert (gone.status, gone.revoke_time, gone.etag) == (KeyStatus.REVOKED, 100_000_000, 2)
    with pytest.raises(Untrusted) as why:
        verifier.caller(secret)
    assert why.value.reason == "KEY_REVOKED"
    assert keys.revoke(ANN, Call("r2", "b", "1"), made.name) == gone
    assert refused(lambda: keys.revoke(ANN, Call("r3", "b"), made.name))[:2] == ("FAILED_PRECONDITION", "STATUS")


def test_what_an_answered_request_says_again_is_what_it_said(keys: Keys) -> None:
    made, _ = keys.create(ANN, Call("r1", "b"), SHOP, "shop")
    keys.revoke(ANN, Call(), made.name)
    assert keys.create(ANN, Call("r1", "b"), SHOP, "shop") == (made, "")
    assert refused(lambda: keys.create(ANN, Call("r1", "c"), SHOP, "shop"))[1] == "REQUEST_ID_REUSED"


def test_an_id_is_given_once_a_tenant(keys: Keys, verifier: ApiKeys) -> None:
    _, ours = keys.create(ANN, Call(), SHOP, "shop")
    assert refused(lambda: keys.create(ANN, Call(), SHOP, "shop"))[0] == "ALREADY_EXISTS"
    _, theirs = keys.create(replace(ANN, tenant="other"), Call(), SHOP, "shop")
    assert [verifier.caller(text).tenant for text in (ours, theirs)] == ["t", "other"]
    with pytest.raises(Untrusted):
        verifier.caller(ours.replace("quo_t_", "quo_other_"))


@pytest.mark.parametrize(
    ("changed", "chosen", "reason", "field"),
    [
        ({}, "The Shop", "INVALID_NAME", "api_key_id"), ({"title": "x" * 201}, "", "INVALID_VALUE", "api_key.title"),
        ({"title": "a\nb"}, "", "INVALID_VALUE", "api_key.title"), ({"role": "king"}, "", "INVALID_ROLE", "api_key.role"),
        ({"account": "acme"}, "", "INVALID_NAME", "api_key.account"), ({"role": "customer"}, "", "REQUIRED", "api_key.account"),
        ({"expire_time": 100_000_000}, "", "INVALID_TIME", "api_key.expire_time"),
        ({"expire_time": -1}, "", "INVALID_TIME", "api_key.expire_time"),
    ],
)  # fmt: skip
def test_what_no_key_can_be(
    keys: Keys, client: redis.Redis, changed: dict[str, Any], chosen: str, reason: str, field: str
) -> None:
    why = refused(lambda: keys.create(ANN, Call(), replace(SHOP, **changed), chosen))
    assert why == ("INVALID_ARGUMENT", reason, field)
    assert client.keys("*") == []


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_only_an_administrator_has_to_do_with_keys(keys: Keys, role: Role) -> None:
    made, _ = keys.create(ANN, Call(), SHOP)
    eve = Context("t", "eve", role)
    for verb in (lambda: keys.create(eve, Call(), SHOP), lambda: keys.revoke(eve, Call(), made.name)):
        assert refused(verb)[0] == "PERMISSION_DENIED"


def test_a_store_that_is_down_proves_nothing(tmp_path: Path) -> None:
    documents = Documents(connect(f"unix://{tmp_path}/none", 0))
    with pytest.raises(Unready):
        ApiKeys(KeysFound(documents), lambda: NOW).caller("quo_t_shop_" + "0" * 64)
