"""API keys, and what is remembered of callers that were verified: for a moment, and never for longer than the credential is good."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.identity.apikeys import ApiKeys, digest_of, key_of
from engine.identity.caller import Caller, Unready, Untrusted
from engine.identity.verified import DOWN_SECONDS, KEY_SECONDS, TOKEN_SECONDS, Verified

NOW = 1_800_000_000.0
TEXT = key_of("acme", "web-shop", bytes(range(32)))


@dataclass(frozen=True)
class Kept:
    """What a store has of a key."""

    digest: str = digest_of(TEXT)
    role: str = "storefront"
    account: str = "accounts/bikes"
    expire_time: int = 0
    revoke_time: int = 0


class Store:
    """Holds one key, counts questions, and may be down."""

    def __init__(self) -> None:
        self.key, self.asked, self.down, self.now = Kept(), 0, False, NOW

    def find(self, tenant: str, key: str) -> Kept | None:
        self.asked += 1
        if self.down:
            raise Unready("down")
        return self.key if (tenant, key) == ("acme", "web-shop") else None

    def time(self) -> float:
        return self.now


class Signer:
    """Takes every token, for ten minutes."""

    def __init__(self, store: Store) -> None:
        self.store, self.asked = store, 0

    def caller(self, token: str) -> Caller:
        self.asked += 1
        if token == "bad":
            raise Untrusted("TOKEN_INVALID", "no")
        return Caller("acme", token, "seller", "", (), NOW + 600)


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def signer(store: Store) -> Signer:
    return Signer(store)


@pytest.fixture
def verified(store: Store, signer: Signer) -> Verified:
    return Verified(signer, ApiKeys(store, store.time), store.time, most=100)


def reason(verified: Verified | ApiKeys, text: str) -> str:
    with pytest.raises(Untrusted) as refused:
        verified.caller(text)
    return refused.value.reason


# ---------------------------------------------------------------- keys


def test_a_key_names_its_caller(store: Store) -> None:
    assert "quo_acme_web-shop_" + bytes(range(32)).hex() == TEXT
    caller = ApiKeys(store, store.time).caller(TEXT)
    assert caller == Caller("acme", "keys/web-shop", "storefront", "accounts/bikes", (), float("inf"))


def test_a_key_that_is_no_more(store: Store) -> None:
    keys = ApiKeys(store, store.time)
    store.key = replace(Kept(), expire_time=round((NOW + 1) * 1e6))
    assert keys.caller(TEXT).until == NOW + 1
    store.now += 1
    assert reason(keys, TEXT) == "KEY_EXPIRED"
    store.key = replace(Kept(), revoke_time=1)
    assert reason(keys, TEXT) == "KEY_REVOKED"
    wrong = key_of("acme", "web-shop", bytes(32))
    assert reason(keys, wrong) == "KEY_UNKNOWN"  # who does not hold it is not told that it is revoked


@pytest.mark.parametrize(
    "text",
    [
        key_of("acme", "other", bytes(range(32))), key_of("other", "web-shop", bytes(range(32))), TEXT.upper(), TEXT + "\n",
        TEXT[:-1], TEXT + "0", "quo_", "quo_acme_web-shop_", TEXT.replace("_", "-"), f"quo_acme_{'x' * 64}_{'0' * 64}",
    ],
)  # fmt: skip
def test_another_text_is_no_key(store: Store, text: str) -> None:
    assert reason(ApiKeys(store, store.time), text) == "KEY_UNKNOWN"


def test_what_cannot_be_a_key_is_not_looked_for(store: Store) -> None:
    reason(ApiKeys(store, store.time), "quo_acme}:books_x_" + "0" * 64)
    assert store.asked == 0


@given(st.integers(0, len(TEXT) * 7 - 1))
def test_any_bit_flipped_is_refused(where: int) -> None:
    store, (byte, bit) = Store(), divmod(where, 7)
    flipped = TEXT[:byte] + chr(ord(TEXT[byte]) ^ 1 << bit) + TEXT[byte + 1 :]
    assert reason(ApiKeys(store, store.time), flipped) == "KEY_UNKNOWN"


# ---------------------------------------------------------------- memory


def test_a_key_is_looked_up_once_in_five_seconds(store: Store, verified: Verified) -> None:
    for _ in range(10):
        verified.caller(TEXT)
    assert store.asked == 1
    store.key = replace(Kept(), revoke_time=1)
    store.now += KEY_SECONDS - 0.1
    assert verified.caller(TEXT).role == "storefront"
    store.now += 0.1
    assert reason(verified, TEXT) == reason(verified, TEXT) == "KEY_REVOKED"


def test_a_key_is_not_remembered_beyond_its_end(store: Store, verified: Verified) -> None:
    store.key = replace(Kept(), expire_time=round((NOW + 1) * 1e6))
    verified.caller(TEXT)
    store.now += 1
    assert reason(verified, TEXT) == "KEY_EXPIRED"


def test_a_token_is_verified_once_a_minute_and_not_beyond_its_end(
    store: Store, signer: Signer, verified: Verified
) -> None:
    for seconds in (0, 30, TOKEN_SECONDS, TOKEN_SECONDS + 59, 2 * TOKEN_SECONDS):
        store.now = NOW + seconds
        verified.caller("t")
    assert signer.asked == 3
    store.now = NOW + 599
    verified.caller("t")
    store.now = NOW + 600
    verified.caller("t")
    assert signer.asked == 5


def test_a_clock_set_back_makes_nothing_good_for_longer(store: Store, verified: Verified) -> None:
    verified.caller(TEXT)
    store.key = replace(Kept(), revoke_time=1)
    store.now -= 3_600
    assert reason(verified, TEXT) == "KEY_REVOKED"


def test_refusals_are_not_remembered(signer: Signer, verified: Verified) -> None:
    assert reason(verified, "bad") == reason(verified, "bad") == "TOKEN_INVALID"
    assert signer.asked == 2


def test_memory_is_bounded(signer: Signer, verified: Verified) -> None:
    for n in range(1_000):
        verified.caller(f"t{n}")
    assert len(verified._kept) == 100
    verified.caller("t999")
    assert signer.asked == 1_000


def test_known_keys_go_on_while_the_store_is_down(store: Store, verified: Verified) -> None:
    verified.caller(TEXT)
    store.down = True
    for seconds in range(0, int(DOWN_SECONDS)):
        store.now = NOW + seconds
        verified.caller(TEXT)
    assert store.asked < DOWN_SECONDS / KEY_SECONDS + 2
    store.now = NOW + DOWN_SECONDS
    with pytest.raises(Unready):
        verified.caller(TEXT)
    with pytest.raises(Unready):
        verified.caller(key_of("acme", "web-shop", os.urandom(32)))


def test_one_call_looks_and_the_others_go_on(store: Store) -> None:
    """A store that takes long holds one thread for each key, not all of them."""
    keys, inner = ApiKeys(store, store.time), []

    class Slow:
        def caller(self, text: str) -> Caller:
            if store.asked:  # the second time: somebody else calls while this one waits
                inner.append(verified.caller(text))
            return keys.caller(text)

    verified = Verified(None, Slow(), store.time)
    verified.caller(TEXT)
    store.now += KEY_SECONDS
    assert inner == [] and verified.caller(TEXT) == inner[0]
    assert store.asked == 2


def test_a_key_revoked_before_the_store_died_is_seen_when_it_is_back(store: Store, verified: Verified) -> None:
    verified.caller(TEXT)
    store.down, store.now = True, NOW + 10
    verified.caller(TEXT)
    store.down, store.key, store.now = False, replace(Kept(), revoke_time=1), NOW + 15
    assert reason(verified, TEXT) == "KEY_REVOKED"


def test_an_expired_key_does_not_go_on(store: Store, verified: Verified) -> None:
    store.key = replace(Kept(), expire_time=round((NOW + 8) * 1e6))
    verified.caller(TEXT)
    store.down, store.now = True, NOW + 6
    verified.caller(TEXT)
    store.now = NOW + 8
    with pytest.raises(Unready):
        verified.caller(TEXT)


def test_without_an_issuer_only_keys_are_taken(store: Store) -> None:
    verified = Verified(None, ApiKeys(store, store.time), store.time)
    assert reason(verified, "a.b.c") == "TOKEN_INVALID"
    assert verified.caller(TEXT).tenant == "acme"
