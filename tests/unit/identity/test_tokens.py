"""Every way in which a token can be wrong is refused, with a reason; and nothing is said of one that no known key has signed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.identity.caller import Untrusted
from engine.identity.keyring import ALGORITHMS, read_keys
from engine.identity.tokens import LEEWAY_SECONDS, Tokens
from tests.trust import AUDIENCE, CLAIMS, ISSUER, jwk, jwks, private_key, public_pem, token

NOW = 1_800_000_000.0
KEYS = read_keys(
    jwks(*(jwk(private_key(algorithm), algorithm, kid=algorithm.lower(), use="sig") for algorithm in ALGORITHMS)),
    ALGORITHMS,
)
TOKENS = Tokens(KEYS, ISSUER, AUDIENCE, lambda: NOW)


def signed(algorithm: str = "ES256", number: int = 0, kid: Any = "", **claims: Any) -> str:
    return token(private_key(algorithm, number), algorithm, {"kid": kid or algorithm.lower()}, NOW, **claims)


def reason(text: str, tokens: Tokens = TOKENS) -> str:
    with pytest.raises(Untrusted) as refused:
        tokens.caller(text)
    assert not any(len(word) > 5 and word in refused.value.message for word in text.split("."))
    return refused.value.reason


def part(said: Any) -> str:
    text = said if isinstance(said, bytes) else json.dumps(said).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_good_token_names_its_caller(algorithm: str) -> None:
    caller = TOKENS.caller(
        signed(algorithm, account="accounts/bikes", groups=["deal-desk", "emea"], aud=["other", AUDIENCE])
    )
    assert (caller.tenant, caller.principal, caller.role) == ("acme", "ann", "seller")
    assert (caller.account, caller.groups) == ("accounts/bikes", ("deal-desk", "emea"))
    assert caller.until == NOW + 3_600 + LEEWAY_SECONDS


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "expired": ({"exp": NOW - LEEWAY_SECONDS - 1}, "TOKEN_EXPIRED"),
    "not yet": ({"nbf": NOW + LEEWAY_SECONDS + 1}, "TOKEN_NOT_YET"),
    "another issuer": ({"iss": ISSUER + "/"}, "TOKEN_ISSUER"),
    "no issuer": ({"iss": None}, "TOKEN_ISSUER"),
    "another audience": ({"aud": "quotient2"}, "TOKEN_AUDIENCE"),
    "other audiences": ({"aud": ["a", "b"]}, "TOKEN_AUDIENCE"),
    "no audience": ({"aud": None}, "TOKEN_AUDIENCE"),
    "an audience that holds ours": ({"aud": {AUDIENCE: 1}}, "TOKEN_AUDIENCE"),
    "no end": ({"exp": None}, "TOKEN_CLAIM"),
    "an end in words": ({"exp": "never"}, "TOKEN_CLAIM"),
    "no end ever": ({"exp": float("inf")}, "TOKEN_CLAIM"),
    "an end that is no number": ({"exp": float("nan")}, "TOKEN_CLAIM"),
    "an end far away": ({"exp": 10**400}, "TOKEN_CLAIM"),
    "an end that is true": ({"exp": True}, "TOKEN_CLAIM"),
    "a begin in words": ({"nbf": "now"}, "TOKEN_CLAIM"),
    "nobody": ({"sub": None}, "TOKEN_CLAIM"),
    "an empty name": ({"sub": ""}, "TOKEN_CLAIM"),
    "a name of two lines": ({"sub": "ann\nadministrator"}, "TOKEN_CLAIM"),
    "no tenant": ({"tenant": None}, "TOKEN_CLAIM"),
    "a tenant that is a key": ({"tenant": "acme}:books"}, "TOKEN_CLAIM"),
    "a tenant in capitals": ({"tenant": "ACME"}, "TOKEN_CLAIM"),
    "two tenants": ({"tenant": ["acme", "other"]}, "TOKEN_CLAIM"),
    "no role": ({"role": None}, "TOKEN_CLAIM"),
    "an odd role": ({"role": "seller,administrator"}, "TOKEN_CLAIM"),
    "an account of another form": ({"account": "bikes"}, "TOKEN_CLAIM"),
    "groups in a text": ({"groups": "deal-desk"}, "TOKEN_CLAIM"),
    "a group that is none": ({"groups": ["a", 3]}, "TOKEN_CLAIM"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG, ids=str)
def test_a_signed_token_that_is_wrong(case: str) -> None:
    claims, expected = WRONG[case]
    text = jwt.PyJWS().encode(
        json.dumps({name: value for name, value in {**CLAIMS, "exp": NOW + 60, **claims}.items() if value is not None}).encode(),
        private_key("EdDSA"), "EdDSA", {"kid": "eddsa"},
    )  # fmt: skip
    assert reason(text) == expected


@pytest.mark.parametrize("edge", [{"exp": NOW - LEEWAY_SECONDS + 1}, {"nbf": NOW + LEEWAY_SECONDS}])
def test_clocks_may_differ_a_little(edge: dict[str, Any]) -> None:
    assert TOKENS.caller(signed(**edge)).principal == "ann"


def test_who_signs_must_be_known() -> None:
    assert reason(signed(kid="nobody")) == "KEY_UNKNOWN"
    assert reason(token(private_key("ES256"), "ES256", {}, NOW)) == "KEY_UNKNOWN"  # names none of several
    assert reason(signed("ES256", number=1)) == "TOKEN_INVALID"  # a stranger's key under a known name
    assert reason(signed("ES256", kid="rs256")) == "TOKEN_INVALID"  # the name of a key for another algorithm
    assert (
        reason(token(private_key("ES256"), "ES256", {"kid": "es256", "crit": ["exp"], "exp": 1}, NOW))
        == "TOKEN_INVALID"
    )


def test_a_key_in_the_token_is_not_looked_at() -> None:
    own = private_key("ES256", 1)
    assert reason(token(own, "ES256", {"kid": "es256", "jwk": jwk(own, "ES256")}, NOW)) == "TOKEN_INVALID"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_public_key_is_no_shared_secret(algorithm: str) -> None:
    """Signed by HMAC with the public key, in each form in which an attacker may have it."""
    head = f"{part({'alg': 'HS256', 'kid': algorithm.lower()})}.{part({**CLAIMS, 'exp': NOW + 60})}"
    pem = public_pem(private_key(algorithm))
    for secret in (pem, pem.strip(), json.dumps(jwk(private_key(algorithm), algorithm)).encode()):
        text = f"{head}.{part(hmac.new(secret, head.encode(), hashlib.sha256).digest())}"
        assert reason(text) == "TOKEN_INVALID"
        assert reason(text.replace("HS256", algorithm)) == "TOKEN_INVALID"


@pytest.mark.parametrize(
    "algorithm", ["none", "None", "NONE", "HS256", "RS512", "ES384", "PS256", "", None, 3, ["ES256"]]
)
def test_other_algorithms_are_refused(algorithm: Any) -> None:
    claims = part({**CLAIMS, "exp": NOW + 60})
    for signature in ("", "AA", part(b"\0" * 64)):
        assert reason(f"{part({'alg': algorithm, 'kid': 'es256'})}.{claims}.{signature}") == "TOKEN_INVALID"


def test_an_algorithm_that_is_not_configured_is_refused() -> None:
    keys = read_keys(jwks(jwk(private_key("ES256"), "ES256"), jwk(private_key("EdDSA"), "EdDSA")), ["EdDSA"])
    tokens = Tokens(keys, ISSUER, AUDIENCE, lambda: NOW)
    assert tokens.caller(signed("EdDSA")).tenant == "acme"
    assert reason(signed("ES256"), tokens) == "TOKEN_INVALID"


@pytest.mark.parametrize(
    "text",
    [
        "", ".", "..", "a.b.c", "x" * 9_000, f"{part({'alg': 'ES256'})}..{part(b'x')}", f"{part(b'[' * 5_000)}.e30.AA",
        f"{part([])}.e30.AA", f"{part(b'3')}.e30.AA", f"{part({'alg': 'ES256', 'kid': 3})}.e30.AA",
        f"{part({'alg': 'ES256', 'kid': 'es256', 'b64': False, 'crit': ['b64']})}.e30.AA", "é.é.é", "a.b.c.d", "a.b.c\n",
    ],
)  # fmt: skip
def test_what_is_no_token(text: str) -> None:
    assert reason(text) in ("TOKEN_INVALID", "KEY_UNKNOWN")


@pytest.mark.parametrize("payload", [b"", b"[]", b"3", b"{", b"[" * 3_000, b"\xff"])
def test_what_is_signed_but_no_claims(payload: bytes) -> None:
    assert reason(jwt.PyJWS().encode(payload, private_key("EdDSA"), "EdDSA", {"kid": "eddsa"})) == "TOKEN_INVALID"


GOOD = {algorithm: signed(algorithm) for algorithm in ALGORITHMS}


def test_they_are_good() -> None:
    assert {TOKENS.caller(text).principal for text in GOOD.values()} == {"ann"}


@given(st.sampled_from(ALGORITHMS), st.integers(0, 10**6))
def test_any_bit_flipped_is_refused(algorithm: str, where: int) -> None:
    text = GOOD[algorithm].encode()
    byte, bit = divmod(where % (len(text) * 7), 7)  # the eighth would not be ASCII, which is refused before
    flipped = text[:byte] + bytes([text[byte] ^ 1 << bit]) + text[byte + 1 :]
    reason(flipped.decode())


@given(st.sampled_from(ALGORITHMS), st.integers(0, 10**6), st.text("AZaz09-_=.+/ \n", min_size=1, max_size=3))
def test_nothing_can_be_put_in(algorithm: str, where: int, more: str) -> None:
    text = GOOD[algorithm]
    place = where % (len(text) + 1)
    reason(text[:place] + more + text[place:])


@given(st.sampled_from(ALGORITHMS), st.integers(0, 10**6), st.integers(1, 20))
def test_nothing_can_be_taken_out(algorithm: str, where: int, length: int) -> None:
    text = GOOD[algorithm]
    place = where % len(text)
    reason(text[:place] + text[place + length :])


@given(st.sampled_from(ALGORITHMS), st.sampled_from(ALGORITHMS), st.sampled_from([0, 1, 2]))
def test_parts_of_two_tokens_make_none(one: str, other: str, which: int) -> None:
    mixed, more = GOOD[one].split("."), signed(other, sub="eve").split(".")
    mixed[which] = more[which]
    if ".".join(mixed) not in (GOOD[one], ".".join(more)):
        reason(".".join(mixed))


@given(st.text(st.characters(codec="utf-8"), max_size=200))
def test_any_text_is_refused(text: str) -> None:
    reason(text)
