"""The public keys that tokens are verified by: read from PEM or JWKS, each bound to the one algorithm it is for.

Which algorithm verifies a token is the key's matter. A token only names a key; one that says another algorithm than its key's
is refused, and so is `none`, and so is a shared secret.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from engine.identity.caller import Unusable

ALGORITHMS = ("RS256", "ES256", "EdDSA")
LEAST_RSA_BITS = 2_048
MOST_KEYS = 64
MOST_UNNAMED = 8
"""A token is tried by each key that has no name."""
_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Key:
    """A public key. `name` is its kid; a key of a PEM file has none, and is tried for every token of its algorithm."""

    name: str
    algorithm: str
    public: Any


class Keyring:
    """The keys of an issuer."""

    def __init__(self, keys: Iterable[Key]) -> None:
        self.keys = tuple(keys)

    def named(self, name: str) -> tuple[Key, ...]:
        """The keys that a token with this kid ("": none) may be verified by.

        A token without a kid may be by any of a PEM file's, or by a set's only one.
        """
        fitting = tuple(key for key in self.keys if not key.name or key.name == name)
        return fitting or (self.keys if not name and len(self.keys) == 1 else ())


def read_keys(content: bytes, algorithms: Iterable[str]) -> Keyring:
    """The keys of a PEM file or a JWKS that are for one of these algorithms.

    Raises:
        Unusable: it is neither, holds a private key, or has none of them.
    """
    allowed = tuple(algorithms)
    blocks = list(_BLOCK.finditer(content))
    found = [_of_pem(block) for block in blocks] if blocks else list(_of_jwks(content))
    keys = [key for key in found if key.algorithm in allowed]
    if not keys:
        raise Unusable(f"has no public key for {', '.join(allowed)}")
    if len(keys) > MOST_KEYS:
        raise Unusable(f"has {len(keys)} keys: {MOST_KEYS} is the most")
    if sum(not key.name for key in keys) > MOST_UNNAMED:
        raise Unusable(f"has more than {MOST_UNNAMED} keys without a kid: give them one, in a JWKS")
    return Keyring(keys)


def _of_pem(block: re.Match[bytes]) -> Key:
    kind = block.group(1).decode()
    if "PRIVATE" in kind:
        raise Unusable("holds a private key: tokens are verified by the public one, and nothing else belongs here")
    try:
        if kind == "CERTIFICATE":
            public: Any = x509.load_pem_x509_certificate(block.group()).public_key()
        else:
            public = load_pem_public_key(block.group())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Unusable(f"has a block `{kind[:40]}` that is no public key") from error
    return Key("", _algorithm_of(public), public)


def _of_jwks(content: bytes) -> Iterable[Key]:
    """A set may hold keys for other uses: they are passed over."""
    try:
        said = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Unusable("is neither PEM nor a JWKS") from error
    keys = said.get("keys") if isinstance(said, dict) else None
    if not isinstance(keys, list):
        raise Unusable("is JSON, but no JWKS: it has no list `keys`")
    for one in keys:
        if not isinstance(one, dict) or one.get("kty") not in ("RSA", "EC", "OKP") or one.get("use", "sig") != "sig":
            continue
        if "d" in one:
            raise Unusable("holds a private key: tokens are verified by the public one, and nothing else belongs here")
        key = _of_jwk(one)
        if key is not None and one.get("alg", key.algorithm) == key.algorithm:
            yield key


def _of_jwk(one: dict[str, Any]) -> Key | None:
    name = one.get("kid", "")
    try:
        public = jwt.PyJWK(one).key
    except (jwt.PyJWTError, ValueError, TypeError, KeyError, UnsupportedAlgorithm):
        return None
    return Key(name, _algorithm_of(public), public) if isinstance(name, str) else None


def _algorithm_of(public: Any) -> str:
    """The algorithm that a key is for; "" where there is none, or it is too weak."""
    if isinstance(public, RSAPublicKey):
        return "RS256" if public.key_size >= LEAST_RSA_BITS else ""
    if isinstance(public, EllipticCurvePublicKey):
        return "ES256" if isinstance(public.curve, SECP256R1) else ""
    return "EdDSA" if isinstance(public, Ed25519PublicKey) else ""
