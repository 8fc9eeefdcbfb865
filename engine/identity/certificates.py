"""The certificate, key and client authorities of the service's own channel: read, checked to fit together, and read again when their
files change, so that a renewed certificate needs no restart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from engine.identity.caller import Unusable


@dataclass(frozen=True, slots=True)
class ChannelFiles:
    """Where they are. With `client_ca`, only clients that it has certified are talked to."""

    certificate: Path
    key: Path
    client_ca: Path | None


@dataclass(frozen=True, slots=True)
class Channel:
    """Their contents."""

    certificate: bytes
    key: bytes
    client_ca: bytes | None


class Certificates:
    """The files as they were read last."""

    def __init__(self, files: ChannelFiles, complain: Callable[[str], None]) -> None:
        self._files, self._complain = files, complain
        self._seen = self._stamp()
        self.channel = read_channel(files, datetime.now(UTC))

    def now(self) -> Channel:
        """What the files say now; where they say nothing that can be used, which is complained of once, what they said before."""
        stamp = self._stamp()
        if stamp != self._seen:
            self._seen = stamp
            try:
                self.channel = read_channel(self._files, datetime.now(UTC))
            except Unusable as fault:
                self._complain(str(fault))
        return self.channel

    def _stamp(self) -> list[tuple[int, int, int]]:
        stats = []
        for path in (self._files.certificate, self._files.key, self._files.client_ca):
            try:
                found = path.stat() if path else None
            except OSError:
                found = None
            stats.append((found.st_mtime_ns, found.st_size, found.st_ino) if found else (0, 0, 0))
        return stats


def read_channel(files: ChannelFiles, now: datetime) -> Channel:
    """Read them, and make sure that they can be served with.

    Raises:
        Unusable: one cannot be read or is not what it should be, the certificate has run out, or the key is another one's.
    """
    certificate, key = _read(files.certificate), _read(files.key)
    client_ca = _read(files.client_ca) if files.client_ca else None
    first = _certificates(files.certificate, certificate)[0]
    if first.not_valid_after_utc <= now:
        raise Unusable(f"{files.certificate}: the certificate ran out on {first.not_valid_after_utc:%Y-%m-%d}")
    if _form(first.public_key()) != _form(_private(files.key, key).public_key()):
        raise Unusable(f"{files.key} is not the key of the certificate {files.certificate}")
    if files.client_ca and client_ca is not None:
        _certificates(files.client_ca, client_ca)
    return Channel(certificate, key, client_ca)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Unusable(f"{path} cannot be read: {error.strerror or error}") from error


def _certificates(path: Path, content: bytes) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(content)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Unusable(f"{path} has no certificate in PEM") from error


def _private(path: Path, content: bytes) -> Any:
    try:
        return load_pem_private_key(content, None)
    except TypeError as error:
        raise Unusable(f"{path} is encrypted: the service needs the key without a passphrase") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Unusable(f"{path} has no private key in PEM") from error


def _form(key: Any) -> bytes:
    return bytes(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
