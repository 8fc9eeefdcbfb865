"""Files of keys: what is taken from them, and what is said of one that cannot be used."""

from __future__ import annotations

import json

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from engine.identity.caller import Unusable
from engine.identity.keyring import ALGORITHMS, MOST_KEYS, read_keys
from tests.trust import Authority, jwk, jwks, private_key, private_pem, public_pem

RSA, EC, ED = (private_key(algorithm) for algorithm in ALGORITHMS)
WEAK = rsa.generate_private_key(65_537, 1_024)


def test_pem_may_hold_several_keys_for_any_token() -> None:
    ring = read_keys(b"# ours\n" + public_pem(RSA) + b"\n" + public_pem(EC) + public_pem(ED), ALGORITHMS)
    assert [key.algorithm for key in ring.keys] == list(ALGORITHMS)
    assert ring.named("") == ring.named("whatever") == ring.keys


def test_a_certificate_is_a_public_key(tmp_path) -> None:  # type: ignore[no-untyped-def]
    certificate, _ = Authority(tmp_path).certify("issuer")
    assert [key.algorithm for key in read_keys(certificate.read_bytes(), ALGORITHMS).keys] == ["ES256"]


def test_a_set_gives_keys_by_name() -> None:
    ring = read_keys(jwks(jwk(RSA, "RS256", kid="a"), jwk(EC, "ES256", kid="b", alg="ES256", use="sig")), ALGORITHMS)
    assert [key.algorithm for key in ring.named("a")] == ["RS256"]
    assert [key.algorithm for key in ring.named("b")] == ["ES256"]
    assert ring.named("c") == ring.named("") == ()
    assert len(read_keys(jwks(jwk(RSA, "RS256", kid="a")), ALGORITHMS).named("")) == 1


def test_what_is_for_other_uses_is_passed_over() -> None:
    others = [
        jwk(RSA, "RS256", kid="enc", use="enc"), jwk(RSA, "RS256", kid="longer", alg="RS512"),
        {"kty": "oct", "k": "AAAA", "kid": "secret"}, {"kty": "EC", "crv": "P-256", "kid": "broken"}, {"kid": "empty"}, 3,
        jwk(WEAK, "RS256", kid="weak"), {**jwk(EC, "ES256"), "kid": 3}, {"kty": "RSA", "alg": "HS256", "kid": "mixed"},
        jwt.get_algorithm_by_name("ES384").to_jwk(ec.generate_private_key(ec.SECP384R1()).public_key(), as_dict=True),
    ]  # fmt: skip
    ring = read_keys(jwks(*others, jwk(ED, "EdDSA", kid="good")), ALGORITHMS)  # type: ignore[arg-type]
    assert [key.name for key in ring.keys] == ["good"]
    with pytest.raises(Unusable, match="has no public key for RS256, ES256, EdDSA"):
        read_keys(jwks(*others), ALGORITHMS)  # type: ignore[arg-type]


def test_a_secret_does_not_belong_in_it() -> None:
    own = jwt.get_algorithm_by_name("EdDSA").to_jwk(ED, as_dict=True)
    for content in (private_pem(RSA), public_pem(RSA) + private_pem(EC), jwks(own)):
        with pytest.raises(Unusable, match="holds a private key"):
            read_keys(content, ALGORITHMS)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "neither PEM nor a JWKS"), (b"\xff\xfe", "neither PEM"), (b"[" * 100_000, "neither PEM"), (b"[]", "no list `keys`"),
        (b'{"keys": {}}', "no list `keys`"), (b'{"keys": []}', "has no public key"),
        (b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "has a block `PUBLIC KEY` that is no public key"),
        (public_pem(WEAK), "has no public key for"), (public_pem(ED) * 9, "has more than 8 keys without a kid"),
        (json.dumps({"keys": [jwk(EC, "ES256", kid=str(n)) for n in range(MOST_KEYS + 1)]}).encode(), "has 65 keys: 64 is the most"),
    ],
)  # fmt: skip
def test_what_is_no_file_of_keys(content: bytes, words: str) -> None:
    with pytest.raises(Unusable, match=words):
        read_keys(content, ALGORITHMS)


def test_only_algorithms_that_are_asked_for() -> None:
    assert [key.algorithm for key in read_keys(public_pem(RSA) + public_pem(ED), ["EdDSA"]).keys] == ["EdDSA"]
