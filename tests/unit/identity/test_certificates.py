"""Certificates are read, checked to fit, and read again when their files change; a fault keeps what was there."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from engine.identity.caller import Unusable
from engine.identity.certificates import Certificates, ChannelFiles, read_channel
from tests.trust import Authority


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def fault(certificate: Path, key: Path, ca: Path | None = None) -> str:
    with pytest.raises(Unusable) as refused:
        read_channel(ChannelFiles(certificate, key, ca), datetime.now(UTC))
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_what_fits_is_read(authority: Authority) -> None:
    certificate, key = authority.certify("server")
    channel = read_channel(ChannelFiles(certificate, key, authority.file), datetime.now(UTC))
    assert (channel.certificate, channel.key) == (certificate.read_bytes(), key.read_bytes())
    assert channel.client_ca == authority.file.read_bytes()


def test_what_does_not_fit_is_said_in_a_line(authority: Authority, tmp_path: Path) -> None:
    certificate, key = authority.certify("server")
    other, _ = authority.certify("other")
    odd, locked = tmp_path / "odd.pem", tmp_path / "locked.key"
    odd.write_text("nothing")
    private = load_pem_private_key(key.read_bytes(), None)
    locked.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"word")))
    assert fault(tmp_path / "none", key) == f"{tmp_path / 'none'} cannot be read: No such file or directory"
    assert fault(odd, key) == f"{odd} has no certificate in PEM"
    assert fault(key, key) == f"{key} has no certificate in PEM"
    assert fault(certificate, odd) == f"{odd} has no private key in PEM"
    assert fault(certificate, locked) == f"{locked} is encrypted: the service needs the key without a passphrase"
    assert fault(other, key) == f"{key} is not the key of the certificate {other}"
    assert fault(certificate, key, odd) == f"{odd} has no certificate in PEM"
    assert "the certificate ran out on " in fault(*authority.certify("old", days=-1))


def test_files_that_change_are_read_again(authority: Authority) -> None:
    certificate, key = authority.certify("server")
    complaints: list[str] = []
    certificates = Certificates(ChannelFiles(certificate, key, None), complaints.append)
    first = certificates.now()
    assert certificates.now() is first
    authority.certify("server")
    second = certificates.now()
    assert second.certificate != first.certificate and certificates.now() is second
    certificate.write_text("half of")
    assert certificates.now() is certificates.now() is second and len(complaints) == 1
    key.unlink()
    assert certificates.now() is second and len(complaints) == 2
    authority.certify("server")
    assert certificates.now().certificate not in (first.certificate, second.certificate)


def test_a_link_that_leads_elsewhere_is_a_change(authority: Authority, tmp_path: Path) -> None:
    """As a mounted secret is replaced: its name is a link, put in place in one move."""
    for name in ("a", "b"):
        authority.certify(name)
    for suffix in (".pem", ".key"):
        (tmp_path / f"now{suffix}").symlink_to(f"a{suffix}")
    certificates = Certificates(ChannelFiles(tmp_path / "now.pem", tmp_path / "now.key", None), pytest.fail)
    for suffix in (".key", ".pem"):
        (tmp_path / "next").symlink_to(f"b{suffix}")
        os.replace(tmp_path / "next", tmp_path / f"now{suffix}")
    assert certificates.now().certificate == (tmp_path / "b.pem").read_bytes()
