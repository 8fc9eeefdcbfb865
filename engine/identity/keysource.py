"""Where an issuer's keys come from: a file or an https address, read again now and then, and when a token names an unknown key.

An issuer that changes its keys needs no restart of ours. Nobody can make us ask it more often than the bounds below, and a call
waits for it at most once: the others are told to try again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from threading import Lock

import urllib3

from engine.identity.caller import Unready, Unusable
from engine.identity.keyring import Key, Keyring, read_keys

MOST_BYTES = 256 * 1024
FETCH_SECONDS = 3.0
OFTENER = 10
"""An unknown key lets the keys be read again before they are due, but not more often than this many times as often."""


class KeySource:
    """An issuer's keys, as they were read last. The clock is monotonic."""

    def __init__(
        self,
        read: Callable[[], bytes],
        algorithms: Iterable[str],
        refresh_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read, self._algorithms, self._clock = read, tuple(algorithms), clock
        self.refresh_seconds = refresh_seconds
        self._keys: Keyring | None = None
        self._asked = float("-inf")
        self._lock = Lock()

    @property
    def empty(self) -> bool:
        """Whether none could be read yet."""
        return self._keys is None

    def named(self, name: str) -> tuple[Key, ...]:
        """The keys for a kid; none where the issuer has none of that name.

        Raises:
            Unready: there are no keys yet, or they are being read.
        """
        found = self._keys.named(name) if self._keys else ()
        if not found and self._due():
            with suppress(Unusable):  # told in the log by whoever reads them when they are due
                self.refresh()
            found = self._keys.named(name) if self._keys else ()
        if self._keys is None:
            raise Unready("the keys that tokens are verified by cannot be had now")
        return found

    def refresh(self) -> None:
        """Read the keys anew; those that were there stay where this fails.

        Raises:
            Unusable: they cannot be had, or are none.
            Unready: another thread is reading them.
        """
        if not self._lock.acquire(blocking=False):
            raise Unready("the keys that tokens are verified by are being read")
        try:
            self._asked = self._clock()
            self._keys = read_keys(self._read(), self._algorithms)
        finally:
            self._lock.release()

    def _due(self) -> bool:
        return self._lock.locked() or self._clock() - self._asked >= self.refresh_seconds / OFTENER


def from_file(path: Path) -> Callable[[], bytes]:
    """Reads a file of keys.

    Raises (when it is called):
        Unusable: it cannot be read.
    """

    def read() -> bytes:
        try:
            return path.read_bytes()
        except OSError as error:
            raise Unusable(f"cannot be read: {error.strerror or error}") from error

    return read


def from_address(address: str, ca: Path | None) -> Callable[[], bytes]:
    """Fetches keys by https, from this address and no other: redirections are not followed. `ca` is whom we trust instead of
    the system's authorities.

    Raises (when it is called):
        Unusable: it does not answer, does not prove who it is, or answers otherwise than with a document.
    """
    pool = urllib3.PoolManager(ca_certs=None if ca is None else str(ca), cert_reqs="CERT_REQUIRED", retries=False)

    def read() -> bytes:
        until = time.monotonic() + FETCH_SECONDS
        try:
            answer = pool.request(
                "GET", address, redirect=False, preload_content=False, timeout=urllib3.Timeout(total=FETCH_SECONDS),
                headers={"accept": "application/json"},
            )  # fmt: skip
            try:
                return _whole(answer, until)
            finally:
                answer.close()
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise Unusable(f"cannot be fetched: {type(error).__name__}") from error

    return read


def _whole(answer: urllib3.BaseHTTPResponse, until: float) -> bytes:
    """The body, which must be small and come in time: a server that drips it must not hold us."""
    if answer.status != 200:
        raise Unusable(f"are answered with status {answer.status}")
    body = b""
    for piece in answer.stream(16 * 1024):
        body += piece
        if len(body) > MOST_BYTES:
            raise Unusable(f"are larger than {MOST_BYTES:,} bytes")
        if time.monotonic() > until:
            raise Unusable(f"did not come within {FETCH_SECONDS:g} s")
    return body
