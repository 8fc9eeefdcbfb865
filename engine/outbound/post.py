"""Posts a body to an address that was checked: TLS verified for the host's name, no redirect followed, bounded in time and size."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from socket import SHUT_RDWR
from urllib.parse import urlsplit

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

from engine.outbound.addresses import Resolver, Unreachable, address_of, resolve

CONNECT_SECONDS = 5.0
ALL_SECONDS = 10.0
"""Less than a keeper that is told to stop is given."""
MOST_ANSWER = 4_096
PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Answered:
    """What a receiver said: its status, and the begin of its words."""

    code: int
    text: str


class Poster:
    """Posts to URLs. `loopback`: addresses of this machine may be reached too, and they alone by http; `ca`: one more authority to trust."""

    def __init__(self, loopback: bool = False, ca: Path | None = None, resolver: Resolver = resolve) -> None:
        self.loopback, self.resolver = loopback, resolver
        self._tls = ssl.create_default_context()
        self._tls.minimum_version = ssl.TLSVersion.TLSv1_2
        if ca is not None:
            self._tls.load_verify_locations(ca)

    def post(self, url: str, body: bytes, headers: Mapping[str, str], seconds: float = ALL_SECONDS) -> Answered:
        """Post once.

        Raises:
            Unreachable: there was no answer.
        """
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
        if parts.scheme == "http" and not self.loopback:
            raise Unreachable("http is not allowed: a webhook's URL is https")
        address = address_of(host, port, self.loopback, self.resolver)
        if parts.scheme == "http" and not ip_address(address).is_loopback:
            raise Unreachable("http is for addresses of this machine alone: the URL of any other is https")
        connection = self._connection(parts.scheme, address, host, port)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        late = threading.Event()
        watch = threading.Timer(seconds, _cut, (connection, late))
        watch.daemon = True
        watch.start()
        try:
            connection.connect()
            connection.sock.settimeout(seconds)
            connection.request("POST", target, body, {"host": parts.netloc, **headers}, preload_content=False)
            answer = connection.getresponse()
            text = answer.read(MOST_ANSWER, decode_content=False) if answer.status >= 300 else b""
            if late.is_set():  # what was cut off looks like an answer that ended
                raise TimeoutError
            return Answered(answer.status, text.decode(errors="replace"))
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            said = f"no answer within {seconds:.0f} seconds" if late.is_set() else _words(error)
            raise Unreachable(said) from error
        finally:
            watch.cancel()
            connection.close()

    def _connection(self, scheme: str, address: str, host: str, port: int) -> HTTPConnection:
        if scheme == "http":
            return HTTPConnection(address, port, timeout=CONNECT_SECONDS)
        return HTTPSConnection(
            address, port, timeout=CONNECT_SECONDS, ssl_context=self._tls, server_hostname=host, assert_hostname=host
        )


def _cut(connection: HTTPConnection, late: threading.Event) -> None:
    """End a connection whose time is over, however slowly something still drips from it."""
    late.set()
    with suppress(OSError, AttributeError):
        connection.sock.shutdown(SHUT_RDWR)


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:300]
