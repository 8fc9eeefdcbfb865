"""Verifies signed tokens (JWT): the signature by a known key first, then whom it is for, until when, and whom it names.

Before the signature holds, a token is told nothing but that it does not; after that, what is wrong with it.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import jwt

from engine.identity.caller import Caller, Untrusted
from engine.identity.keyring import ALGORITHMS, Key
from engine.values.identity import ID

LEEWAY_SECONDS = 30.0
"""How far the issuer's clock may be from ours."""
MOST_TOKEN = 8 * 1024
MOST_GROUPS = 200
LATEST = 2.0**53
_JWS = jwt.PyJWS(algorithms=ALGORITHMS)
_FORM = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+\Z", re.ASCII)
_ACCOUNT = re.compile(r"(accounts/[a-z0-9][a-z0-9-]{0,62})?\Z")
_ROLE = re.compile(r"[a-z_]{1,40}\Z")


class Keys(Protocol):
    """Where the keys of tokens are found."""

    def named(self, name: str) -> tuple[Key, ...]:
        """Those for a kid ("": a token that names none)."""


class Tokens:
    """The tokens of one issuer for one audience. The clock is in seconds since the epoch."""

    def __init__(self, keys: Keys, issuer: str, audience: str, clock: Callable[[], float]) -> None:
        self.keys, self.issuer, self.audience, self.clock = keys, issuer, audience, clock

    def caller(self, token: str) -> Caller:
        """Whom a token proves its sender to be.

        Raises:
            Untrusted: TOKEN_INVALID, KEY_UNKNOWN, TOKEN_ISSUER, TOKEN_AUDIENCE, TOKEN_EXPIRED, TOKEN_NOT_YET, TOKEN_CLAIM.
            Unready: there are no keys now.
        """
        claims = self._verified(token)
        if claims.get("iss") != self.issuer:
            raise Untrusted("TOKEN_ISSUER", "the token is by another issuer")
        audience = claims.get("aud")
        if self.audience not in (audience if isinstance(audience, list) else [audience]):
            raise Untrusted("TOKEN_AUDIENCE", "the token is for another audience")
        until = self._in_time(claims)
        tenant, principal, role, account = (_claim(claims, name) for name in _ALLOWED)
        return Caller(tenant, principal, role, account, _groups(claims), until)

    def _verified(self, token: str) -> Mapping[str, Any]:
        """The claims of a token whose signature holds."""
        if len(token) > MOST_TOKEN or not _FORM.match(token) or not _canonical(token.rpartition(".")[2]):
            raise _invalid()
        try:
            header = _JWS.get_unverified_header(token)
        except jwt.PyJWTError as error:
            raise _invalid() from error
        name = header.get("kid", "")
        if "crit" in header or not isinstance(name, str):
            raise _invalid()
        keys = self.keys.named(name)
        if not keys:
            raise Untrusted("KEY_UNKNOWN", "the token names no key of its issuer that is known here")
        payload = next((found for key in keys if (found := _payload(token, key)) is not None), None)
        if payload is None:
            raise _invalid()
        try:
            claims = json.loads(payload)
        except (ValueError, RecursionError) as error:
            raise _invalid() from error
        if not isinstance(claims, dict):
            raise _invalid()
        return claims

    def _in_time(self, claims: Mapping[str, Any]) -> float:
        """When it runs out, by our clock and with leeway."""
        now, ends, begins = self.clock(), _time(claims, "exp"), _time(claims, "nbf", 0)
        if now >= ends + LEEWAY_SECONDS:
            raise Untrusted("TOKEN_EXPIRED", "the token has expired: get a new one")
        if now < begins - LEEWAY_SECONDS:
            raise Untrusted("TOKEN_NOT_YET", "the token is not valid yet")
        return ends + LEEWAY_SECONDS


def _payload(token: str, key: Key) -> bytes | None:
    """What a key signed; None where it did not sign this. The key says by which algorithm."""
    try:
        signed: bytes = _JWS.decode(token, key.public, algorithms=[key.algorithm])
    except (jwt.PyJWTError, ValueError):
        return None
    return signed


def _canonical(text: str) -> bool:
    """Whether these letters are the ones that their bytes are written with: else one signature could be written in several ways."""
    try:
        read = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return False
    return base64.urlsafe_b64encode(read).rstrip(b"=").decode() == text


def _time(claims: Mapping[str, Any], name: str, default: float | None = None) -> float:
    found = claims.get(name, default)
    if isinstance(found, bool) or not isinstance(found, (int, float)) or not 0 <= found < LATEST:
        raise Untrusted("TOKEN_CLAIM", f"the token's claim `{name}` must be a time in seconds")
    return float(found)


_ALLOWED: dict[str, tuple[Callable[[str], object], str, str | None]] = {
    "tenant": (ID.match, "1 to 63 of a-z, 0-9 and -", None),
    "sub": (lambda text: 0 < len(text) <= 200 and text.isprintable(), "1 to 200 printable characters", None),
    "role": (_ROLE.match, "the name of a role", None),
    "account": (_ACCOUNT.match, "as accounts/ID", ""),
}
"""Claim -> what it may be, the same in words, and what it is where there is none (None: it must be there)."""


def _claim(claims: Mapping[str, Any], name: str) -> str:
    fits, words, default = _ALLOWED[name]
    found = claims.get(name, default)
    if not isinstance(found, str) or not fits(found):
        raise Untrusted("TOKEN_CLAIM", f"the token's claim `{name}` must be {words}")
    return found


def _groups(claims: Mapping[str, Any]) -> tuple[str, ...]:
    found = claims.get("groups", [])
    fine = isinstance(found, list) and len(found) <= MOST_GROUPS
    if not fine or not all(isinstance(one, str) and 0 < len(one) <= 100 and one.isprintable() for one in found):
        raise Untrusted("TOKEN_CLAIM", f"the token's claim `groups` must be a list of at most {MOST_GROUPS} names")
    return tuple(found)


def _invalid() -> Untrusted:
    return Untrusted("TOKEN_INVALID", "the token cannot be verified")
