"""Keys, tokens and certificates as tests need them: an issuer who signs, and an authority who certifies, both made on the spot."""

from __future__ import annotations

import ipaddress
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

ISSUER, AUDIENCE = "https://login.example", "quotient"
CLAIMS = {"iss": ISSUER, "aud": AUDIENCE, "sub": "ann", "tenant": "acme", "role": "seller"}
Private = Any


def private_key(algorithm: str, number: int = 0) -> Private:
    """A key of its own for each number."""
    return _private(algorithm, number)


@cache
def _private(algorithm: str, number: int) -> Private:
    """Made once: those of RSA take a while."""
    if algorithm == "RS256":
        return rsa.generate_private_key(65_537, 2_048)
    return ec.generate_private_key(ec.SECP256R1()) if algorithm == "ES256" else ed25519.Ed25519PrivateKey.generate()


def public_pem(private: Private) -> bytes:
    """The public half, as a PEM file has it."""
    pem: bytes = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return pem


def private_pem(private: Private) -> bytes:
    """The key itself."""
    pem: bytes = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem


def jwk(private: Private, algorithm: str, **more: Any) -> dict[str, Any]:
    """The public half, as a set has it."""
    made = jwt.get_algorithm_by_name(algorithm).to_jwk(private.public_key(), as_dict=True)
    return {**made, **more}


def jwks(*keys: Mapping[str, Any]) -> bytes:
    """A set of keys."""
    return json.dumps({"keys": keys}).encode()


def token(
    private: Private,
    algorithm: str = "ES256",
    headers: Mapping[str, Any] | None = None,
    now: float | None = None,
    **claims: Any,
) -> str:
    """A token that is good for an hour, but for what is said; a claim that is None is left out."""
    began = int(time.time() if now is None else now)
    said = {**CLAIMS, "exp": began + 3_600, **claims}
    return jwt.encode(
        {name: value for name, value in said.items() if value is not None}, private, algorithm, dict(headers or {})
    )


@dataclass
class Authority:
    """Certifies servers and clients, and keeps their files in a folder."""

    folder: Path
    name: str = "authority"
    key: Private = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def __post_init__(self) -> None:
        self.subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self.name)])
        made = self._begun(self.subject, self.key.public_key(), 30)
        own = made.add_extension(x509.BasicConstraints(True, None), True).sign(self.key, hashes.SHA256())
        self.file = self.folder / f"{self.name}.pem"
        self.file.write_bytes(own.public_bytes(Encoding.PEM))

    def certify(self, name: str, days: int = 1) -> tuple[Path, Path]:
        """The certificate of a server on this machine, which clients may show too, and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        uses = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        made = (
            self._begun(subject, key.public_key(), days)
            .add_extension(x509.SubjectAlternativeName(names), False)
            .add_extension(x509.ExtendedKeyUsage(uses), False)
            .sign(self.key, hashes.SHA256())
        )
        certificate, secret = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        certificate.write_bytes(made.public_bytes(Encoding.PEM))
        secret.write_bytes(private_pem(key))
        return certificate, secret

    def _begun(self, subject: x509.Name, public: Any, days: int) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.subject)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=2))
            .not_valid_after(now + timedelta(days=days))
        )
