"""Starting with TLS and authentication: what does not go together is one line, and nothing unkept listens beyond loopback."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from engine.bootstrap import Settings, Unstartable
from tests.simulation.test_start import start
from tests.trust import Authority, jwk, jwks, private_key, private_pem, public_pem

WHOLE = {"QUOTIENT_JWT_ISSUER": "https://login.example", "QUOTIENT_JWT_AUDIENCE": "quotient"}
OUTSIDE = {"QUOTIENT_HOST": "0.0.0.0"}
URL = "QUOTIENT_JWT_JWKS_URL"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder of files, good and bad."""
    authority = Authority(tmp_path)
    for name, days in (("server", 1), ("other", 1), ("old", -1)):
        authority.certify(name, days)
    (tmp_path / "public.pem").write_bytes(public_pem(private_key("ES256")))
    (tmp_path / "private.pem").write_bytes(private_pem(private_key("ES256")))
    (tmp_path / "keys.json").write_bytes(jwks(jwk(private_key("EdDSA"), "EdDSA")))
    (tmp_path / "empty").write_bytes(b"")
    return tmp_path


def settings(files: Path, said: Mapping[str, str]) -> Settings:
    return Settings.from_environment({name: value.format(files=files) for name, value in said.items()})


TLS = {"QUOTIENT_TLS_CERT": "{files}/server.pem", "QUOTIENT_TLS_KEY": "{files}/server.key"}
KEYS = {"QUOTIENT_JWT_KEYS": "{files}/public.pem"}
WRONG: list[tuple[Mapping[str, str], str]] = [
    ({"QUOTIENT_AUTHENTICATION": "yes"}, "QUOTIENT_AUTHENTICATION is `yes`: it must be one of nothing, required"),
    ({"QUOTIENT_JWT_ISSUER": "x"}, "tokens need QUOTIENT_JWT_ISSUER, QUOTIENT_JWT_AUDIENCE, and one of"),
    (WHOLE, "tokens need"),
    (KEYS, "tokens need"),
    (WHOLE | KEYS | {URL: "https://login.example/keys"}, "tokens need"),
    (WHOLE | {URL: "http://login.example/keys"}, "QUOTIENT_JWT_JWKS_URL must be https://HOST/PATH"),
    (WHOLE | {URL: "https://user:secret@login.example"}, "without a name or password in it"),
    (WHOLE | {URL: "https://[/"}, "must be https://HOST/PATH"),
    (WHOLE | {URL: "file:///etc/passwd"}, "must be https://HOST/PATH"),
    (WHOLE | {URL: "https://x", "QUOTIENT_JWT_JWKS_CA": "{files}/none"}, "QUOTIENT_JWT_JWKS_CA is `{files}/none`: there is no such file"),
    (WHOLE | KEYS | {"QUOTIENT_JWT_ALGORITHMS": "HS256"}, "must be some of RS256,ES256,EdDSA"),
    (WHOLE | KEYS | {"QUOTIENT_JWT_ALGORITHMS": "none"}, "must be some of RS256,ES256,EdDSA"),
    (WHOLE | KEYS | {"QUOTIENT_JWT_ALGORITHMS": ""}, "must be some of RS256,ES256,EdDSA"),
    (WHOLE | KEYS | {"QUOTIENT_JWT_ALGORITHMS": "RS256"}, "QUOTIENT_JWT_KEYS: {files}/public.pem has no public key for RS256"),
    (WHOLE | KEYS | {"QUOTIENT_JWT_REFRESH_SECONDS": "0"}, "it must be a whole number from 1 to 86400"),
    (WHOLE | {"QUOTIENT_JWT_KEYS": "{files}/none"}, "QUOTIENT_JWT_KEYS: {files}/none cannot be read: No such file or directory"),
    (WHOLE | {"QUOTIENT_JWT_KEYS": "{files}"}, "QUOTIENT_JWT_KEYS: {files} cannot be read: Is a directory"),
    (WHOLE | {"QUOTIENT_JWT_KEYS": "{files}/empty"}, "QUOTIENT_JWT_KEYS: {files}/empty is neither PEM nor a JWKS"),
    (WHOLE | {"QUOTIENT_JWT_KEYS": "{files}/private.pem"}, "QUOTIENT_JWT_KEYS: {files}/private.pem holds a private key"),
    ({"QUOTIENT_TLS_CERT": "{files}/server.pem"}, "TLS needs both QUOTIENT_TLS_CERT and QUOTIENT_TLS_KEY"),
    ({"QUOTIENT_TLS_CLIENT_CA": "{files}/authority.pem"}, "TLS needs both"),
    (TLS | {"QUOTIENT_TLS_CERT": "{files}/none"}, "QUOTIENT_TLS_CERT is `{files}/none`: there is no such file"),
    (TLS | {"QUOTIENT_TLS_KEY": "{files}/other.key"}, "{files}/other.key is not the key of the certificate {files}/server.pem"),
    (TLS | {"QUOTIENT_TLS_KEY": "{files}/empty"}, "{files}/empty has no private key in PEM"),
    (TLS | {"QUOTIENT_TLS_CERT": "{files}/empty"}, "{files}/empty has no certificate in PEM"),
    (TLS | {"QUOTIENT_TLS_CLIENT_CA": "{files}/empty"}, "{files}/empty has no certificate in PEM"),
    (TLS | {"QUOTIENT_TLS_CERT": "{files}/old.pem", "QUOTIENT_TLS_KEY": "{files}/old.key"}, "{files}/old.pem: the certificate ran out on 20"),
    (OUTSIDE, "0.0.0.0 is not loopback, and there is no TLS (QUOTIENT_TLS_CERT, QUOTIENT_TLS_KEY) and no authentication"),
    (OUTSIDE | TLS, "and there is no authentication (QUOTIENT_AUTHENTICATION=required, or QUOTIENT_JWT_...): "),
    (OUTSIDE | WHOLE | KEYS, "and there is no TLS (QUOTIENT_TLS_CERT, QUOTIENT_TLS_KEY): "),
    (OUTSIDE | {"QUOTIENT_AUTHENTICATION": "required"}, "and there is no TLS"),
    ({"QUOTIENT_HOST": "::", "QUOTIENT_TLS_CERT": ""}, ":: is not loopback"),
]  # fmt: skip


@pytest.mark.parametrize("case", range(len(WRONG)))
def test_what_does_not_go_together_is_one_line(files: Path, case: int) -> None:
    said, words = WRONG[case]
    with pytest.raises(Unstartable) as why:
        settings(files, said)
    told = str(why.value)
    assert words.format(files=files) in told and "\n" not in told and "secret" not in told


@pytest.mark.parametrize(
    ("said", "required", "kept"),
    [
        ({}, False, False), (TLS, False, True), ({"QUOTIENT_AUTHENTICATION": "required"}, True, False), (WHOLE | KEYS, True, False),
        (WHOLE | {"QUOTIENT_JWT_KEYS": "{files}/keys.json"}, True, False), (WHOLE | {URL: "https://login.example/keys"}, True, False),
        (OUTSIDE | TLS | WHOLE | KEYS, True, True), (OUTSIDE | TLS | {"QUOTIENT_AUTHENTICATION": "required"}, True, True),
        (OUTSIDE | {"QUOTIENT_INSECURE_NETWORK": "yes"}, False, False),
        (OUTSIDE | WHOLE | KEYS | {"QUOTIENT_INSECURE_NETWORK": "yes"}, True, False),
        (TLS | {"QUOTIENT_TLS_CLIENT_CA": "{files}/authority.pem"}, False, True),
    ],
)  # fmt: skip
def test_what_goes_together(files: Path, said: Mapping[str, str], required: bool, kept: bool) -> None:
    security = settings(files, said).security
    assert (security.required, security.channel is not None) == (required, kept)


@pytest.mark.service
@pytest.mark.parametrize("said", [OUTSIDE, OUTSIDE | TLS, TLS | {"QUOTIENT_TLS_KEY": "{files}/other.key"}])
def test_the_service_does_not_start_so(files: Path, said: Mapping[str, str]) -> None:
    status, out, err = start(files, *(f"{name}={value.format(files=files)}" for name, value in said.items()))
    assert (status, out, err.count("\n")) == (2, "", 1), err
    assert err.startswith("quotient: ")
