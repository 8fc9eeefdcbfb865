"""A real service with TLS and authentication, the issuer whose tokens it takes, and the channels by which tests reach it."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import grpc

from engine.identity.keyring import ALGORITHMS
from tests.trust import AUDIENCE, ISSUER, Authority, jwk, jwks, private_key, token
from tests.wire.walk import Metadata


def bearer(text: str) -> Metadata:
    """What a call says of who calls."""
    return (("authorization", f"Bearer {text}"),)


def who(role: str, tenant: str = "acme", algorithm: str = "ES256", **claims: Any) -> Metadata:
    """A caller with a token of the issuer's."""
    text = token(private_key(algorithm), algorithm, {"kid": algorithm.lower()}, tenant=tenant, role=role, **claims)
    return bearer(text)


class Issuer:
    """Serves its keys by https; `answer` is what it says, `asked` how often it was asked."""

    def __init__(self, authority: Authority) -> None:
        self.status, self.asked = 200, 0
        self.location = ""
        self.answer = jwks(*(jwk(private_key(one), one, kid=one.lower()) for one in ALGORITHMS))
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.asked += 1
                self.send_response(issuer.status)
                if issuer.location:
                    self.send_header("location", issuer.location)
                self.send_header("content-length", str(len(issuer.answer)))
                self.end_headers()
                self.wfile.write(issuer.answer)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*authority.certify("issuer"))
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.address = f"https://localhost:{self.server.server_address[1]}/keys"

    @contextmanager
    def serving(self) -> Iterator[Issuer]:
        """Answer for the time of a test."""
        thread = threading.Thread(target=self.server.serve_forever)
        thread.start()
        try:
            yield self
        finally:
            self.server.shutdown()
            thread.join()
            self.server.server_close()


def tls(authority: Authority, name: str = "server") -> dict[str, str]:
    """The settings of a channel's certificate."""
    certificate, key = authority.certify(name)
    return {"QUOTIENT_TLS_CERT": str(certificate), "QUOTIENT_TLS_KEY": str(key)}


def tokens(**more: str) -> dict[str, str]:
    """The settings of tokens, but for their keys."""
    return {"QUOTIENT_JWT_ISSUER": ISSUER, "QUOTIENT_JWT_AUDIENCE": AUDIENCE, **more}


def secured(address: str, authority: Authority, client: tuple[Path, Path] | None = None) -> grpc.Channel:
    """A channel by TLS that trusts this authority; a new connection each time."""
    pair = (client[1].read_bytes(), client[0].read_bytes()) if client else (None, None)
    credentials = grpc.ssl_channel_credentials(authority.file.read_bytes(), *pair)
    return grpc.secure_channel(address, credentials, [("grpc.use_local_subchannel_pool", 1)])
