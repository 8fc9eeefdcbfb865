"""How the command line reaches a service that is not the demo's: TLS, and the token or API key that says who calls.

All of it may be in the environment, so that nothing secret stands in a command: QUOTIENT_TOKEN, or a file of it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc

from engine.cli.console import fail
from engine.cli.remote import Metadata, calling_as, channel_to

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
PUBLIC = "public"
"""`--tls-ca public`: the authorities that gRPC itself brings."""


@contextmanager
def service_at(server: str, role: str) -> Iterator[tuple[grpc.Channel, Metadata]]:
    """A channel, and what each call on it says of who calls: the token's holder, or without one this role of the demo's tenant."""
    credentials, token = _credentials(), _token()
    if token and credentials is None and server.rpartition(":")[0] not in LOOPBACK:
        fail(f"a token is not sent to {server} in the clear: say by --tls-ca whom to trust")
    who = (("authorization", f"Bearer {token}"),) if token else calling_as(role)
    with channel_to(server, credentials) as channel:
        yield channel, who


def _token() -> str:
    file = os.environ.get("QUOTIENT_TOKEN_FILE", "")
    token = _read("--token-file", file).decode(errors="replace") if file else os.environ.get("QUOTIENT_TOKEN", "")
    if not token.isascii() or len(token.split()) > 1:
        fail("the token is not one: it is a word of letters, digits and signs")
    return token.strip()


def _credentials() -> grpc.ChannelCredentials | None:
    ca, certificate, key = (
        os.environ.get(name, "") for name in ("QUOTIENT_CA", "QUOTIENT_CLIENT_CERT", "QUOTIENT_CLIENT_KEY")
    )
    if bool(certificate) != bool(key) or (certificate and not ca):
        fail("a client's certificate needs --tls-ca, --client-cert and --client-key")
    if not ca:
        return None
    return grpc.ssl_channel_credentials(
        None if ca == PUBLIC else _read("--tls-ca", ca),
        _read("--client-key", key) if key else None,
        _read("--client-cert", certificate) if certificate else None,
    )


def _read(option: str, name: str) -> bytes:
    try:
        return Path(name).read_bytes()
    except OSError as error:
        fail(f"{option} {name}: {error.strerror or error}")
