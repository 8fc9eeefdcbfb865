"""What the environment says of who is let in and how channels are kept: all checked before anything starts.

Nothing of it is needed on loopback; beyond it a service starts with TLS and authentication, or where it is told so by name.
What reads keys and certificates is imported only where there are any: a start should not wait for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from engine.bootstrap.unstartable import Unstartable, number, one_of
from engine.identity.caller import Unusable

if TYPE_CHECKING:
    from engine.identity.certificates import ChannelFiles
    from engine.identity.keysource import KeySource
    from engine.identity.tokens import Tokens

LOOPBACK = ("127.0.0.1", "localhost", "::1")
JWT = ("QUOTIENT_JWT_ISSUER", "QUOTIENT_JWT_AUDIENCE", "QUOTIENT_JWT_KEYS", "QUOTIENT_JWT_JWKS_URL")


@dataclass(frozen=True)
class Issuer:
    """Whose tokens are taken.

    issuer, audience    QUOTIENT_JWT_ISSUER, QUOTIENT_JWT_AUDIENCE: what a token must say in `iss` and `aud`
    keys                QUOTIENT_JWT_KEYS: a file of public keys, PEM or JWKS; or else
    address             QUOTIENT_JWT_JWKS_URL: where they are fetched, by https
    ca                  QUOTIENT_JWT_JWKS_CA: authorities to trust for that instead of the system's
    algorithms          QUOTIENT_JWT_ALGORITHMS: those that may be used, of RS256, ES256, EdDSA
    refresh_seconds     QUOTIENT_JWT_REFRESH_SECONDS: how often the keys are read again
    """

    issuer: str
    audience: str
    keys: Path | None
    address: str
    ca: Path | None
    algorithms: tuple[str, ...]
    refresh_seconds: int

    def tokens(self, clock: Callable[[], float] = time.time) -> tuple[Tokens, KeySource]:
        """What verifies them, and the source of its keys, not read yet."""
        from engine.identity.keysource import KeySource, from_address, from_file
        from engine.identity.tokens import Tokens

        read = from_file(self.keys) if self.keys else from_address(self.address, self.ca)
        source = KeySource(read, self.algorithms, self.refresh_seconds)
        return Tokens(source, self.issuer, self.audience, clock), source


@dataclass(frozen=True)
class Security:
    """Who is let in, and how channels are kept.

    required    QUOTIENT_AUTHENTICATION=required, or tokens are configured: nobody is believed without a credential
    issuer      whose tokens are taken; None: API keys only
    channel     QUOTIENT_TLS_CERT, QUOTIENT_TLS_KEY, QUOTIENT_TLS_CLIENT_CA; None: no TLS
    """

    required: bool = False
    issuer: Issuer | None = None
    channel: ChannelFiles | None = None


def security_of(environment: Mapping[str, str], host: str, open_network: bool) -> Security:
    """Read it.

    Raises:
        Unstartable: something cannot be, or an address beyond loopback is not kept.
    """
    issuer = _issuer(environment)
    required = one_of(environment, "QUOTIENT_AUTHENTICATION", ("", "required")) == "required" or issuer is not None
    channel = _channel(environment)
    if host not in LOOPBACK and not open_network and not (required and channel):
        lacking = [words for words, there in (("TLS (QUOTIENT_TLS_CERT, QUOTIENT_TLS_KEY)", channel), (
            "authentication (QUOTIENT_AUTHENTICATION=required, or QUOTIENT_JWT_...)", required)) if not there]  # fmt: skip
        raise Unstartable(
            f"{host} is not loopback, and there is no {' and no '.join(lacking)}: "
            "configure it, or set QUOTIENT_INSECURE_NETWORK=yes to serve it all the same"
        )
    return Security(required, issuer, channel)


def _issuer(environment: Mapping[str, str]) -> Issuer | None:
    issuer, audience, keys, address = (environment.get(name, "") for name in JWT)
    ca = _file(environment, "QUOTIENT_JWT_JWKS_CA")
    refresh = number(environment, "QUOTIENT_JWT_REFRESH_SECONDS", 300, 1, 86_400)
    algorithms = tuple(environment.get("QUOTIENT_JWT_ALGORITHMS", "RS256,ES256,EdDSA").split(","))
    if not set(algorithms) <= {"RS256", "ES256", "EdDSA"}:
        raise Unstartable("QUOTIENT_JWT_ALGORITHMS must be some of RS256,ES256,EdDSA, with commas between them")
    if not (issuer or audience or keys or address):
        return None
    if not (issuer and audience) or bool(keys) == bool(address):
        raise Unstartable(
            "tokens need QUOTIENT_JWT_ISSUER, QUOTIENT_JWT_AUDIENCE, and one of QUOTIENT_JWT_KEYS and QUOTIENT_JWT_JWKS_URL"
        )
    made = Issuer(issuer, audience, Path(keys) if keys else None, _https(address), ca, algorithms, refresh)
    if made.keys:
        _readable(made)
    return made


def _readable(issuer: Issuer) -> None:
    try:
        issuer.tokens()[1].refresh()
    except Unusable as fault:
        raise Unstartable(f"QUOTIENT_JWT_KEYS: {issuer.keys} {fault}") from fault


def _https(address: str) -> str:
    try:
        parts = urlsplit(address)
        fine = parts.scheme == "https" and bool(parts.hostname) and parts.username is None and parts.port != 0
    except ValueError:
        fine = False
    if address and not fine:
        raise Unstartable("QUOTIENT_JWT_JWKS_URL must be https://HOST/PATH, without a name or password in it")
    return address


def _channel(environment: Mapping[str, str]) -> ChannelFiles | None:
    certificate, key, ca = (
        _file(environment, name) for name in ("QUOTIENT_TLS_CERT", "QUOTIENT_TLS_KEY", "QUOTIENT_TLS_CLIENT_CA")
    )
    if certificate is None and key is None and ca is None:
        return None
    if certificate is None or key is None:
        raise Unstartable("TLS needs both QUOTIENT_TLS_CERT and QUOTIENT_TLS_KEY")
    from engine.identity.certificates import ChannelFiles, read_channel

    files = ChannelFiles(certificate, key, ca)
    try:
        read_channel(files, datetime.now(UTC))
    except Unusable as fault:
        raise Unstartable(f"QUOTIENT_TLS_...: {fault}") from fault
    return files


def _file(environment: Mapping[str, str], name: str) -> Path | None:
    said = environment.get(name, "")
    if said and not Path(said).is_file():
        raise Unstartable(f"{name} is `{said}`: there is no such file")
    return Path(said).resolve() if said else None
