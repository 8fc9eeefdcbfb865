"""Who calls, over real channels: TLS and mutual TLS, tokens by keys from an address and from a file, API keys, and `quo` as a client."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from typer.testing import CliRunner

from engine.cli.main import app
from engine.identity.keyring import ALGORITHMS
from engine.identity.verified import KEY_SECONDS
from quotient.v1 import (
    accounts_pb2,
    accounts_pb2_grpc,
    books_pb2,
    books_pb2_grpc,
    identity_pb2_grpc,
    pricing_pb2,
    pricing_pb2_grpc,
)
from quotient.v1 import identity_pb2 as pb
from tests.simulation.service import Service, eventually, running
from tests.trust import Authority, jwk, jwks, private_key, public_pem, token
from tests.wire.guarded import Issuer, bearer, secured, tls, tokens, who
from tests.wire.test_calls import refused
from tests.wire.walk import Metadata, call, request_for, rpcs, short

pytestmark = pytest.mark.service
ADMIN = who("administrator")
SEGMENTS = """price book shop
  currency EUR
  units    piece pieces

facts
  customer.segment: one of shopper, reseller from account

product mug
  price 8 EUR per piece

steps
  list
  offer additive

offer discount resale on everything
  when customer.segment is reseller
  give 50% off list
"""
WHO = next(method for method in rpcs() if short(method) == "Identity.WhoAmI")


@dataclass(frozen=True)
class Guarded:
    """A service with TLS, the authority of its certificate, and the issuer whose keys it fetches."""

    service: Service
    authority: Authority
    issuer: Issuer

    def channel(self, authority: Authority | None = None) -> grpc.Channel:
        return secured(self.service.address, authority or self.authority)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    folder: Path = tmp_path_factory.mktemp("guarded")
    authority = Authority(folder)
    with Issuer(authority).serving() as issuer:
        settings = tls(authority) | tokens(
            QUOTIENT_JWT_JWKS_URL=issuer.address,
            QUOTIENT_JWT_JWKS_CA=str(authority.file),
            QUOTIENT_JWT_REFRESH_SECONDS="10",
        )
        with running(folder, QUOTIENT_WORKERS="1", **settings) as service:
            yield Guarded(service, authority, issuer)


@pytest.fixture
def channel(guarded: Guarded) -> Iterator[grpc.Channel]:
    with guarded.channel() as channel:
        yield channel


def who_am_i(channel: grpc.Channel, metadata: Metadata = ()) -> tuple[str, str]:
    """(status, reason) of asking."""
    return call(channel, WHO, request_for(WHO, {}), metadata)[:2]


def made(channel: grpc.Channel, **more: Any) -> pb.CreateApiKeyResponse:
    """A new API key."""
    request = pb.CreateApiKeyRequest(api_key=pb.ApiKey(**{"role": "seller", **more}))
    answer: pb.CreateApiKeyResponse = identity_pb2_grpc.IdentityStub(channel).CreateApiKey(request, metadata=ADMIN)
    return answer


# ---------------------------------------------------------------- channels


def test_only_tls_is_spoken(guarded: Guarded) -> None:
    with grpc.insecure_channel(guarded.service.address) as plain:
        assert who_am_i(plain, ADMIN)[0] == "UNAVAILABLE"


def test_another_authority_is_not_trusted(guarded: Guarded, tmp_path: Path) -> None:
    with guarded.channel(Authority(tmp_path, "stranger")) as channel:
        assert who_am_i(channel, ADMIN)[0] == "UNAVAILABLE"


def test_health_and_reflection_ask_nobody(channel: grpc.Channel) -> None:
    answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(service="quotient.v1.Identity"))
    assert answer.status == health_pb2.HealthCheckResponse.SERVING
    assert "quotient.v1.Identity" in ProtoReflectionDescriptorDatabase(channel).get_services()


def test_mutual_tls_proves_the_channel_and_no_caller(tmp_path: Path) -> None:
    authority, stranger = Authority(tmp_path), Authority(tmp_path, "stranger")
    settings = tls(authority) | {"QUOTIENT_TLS_CLIENT_CA": str(authority.file), "QUOTIENT_AUTHENTICATION": "required"}
    with running(tmp_path, QUOTIENT_WORKERS="1", **settings) as service:
        for client in (None, stranger.certify("eve")):
            with secured(service.address, authority, client) as channel:
                assert who_am_i(channel)[0] == "UNAVAILABLE"
        with secured(service.address, authority, authority.certify("ann")) as channel:
            assert who_am_i(channel) == ("UNAUTHENTICATED", "TOKEN_MISSING")
            assert who_am_i(channel, bearer("a.b.c")) == ("UNAUTHENTICATED", "TOKEN_INVALID")


def test_a_renewed_certificate_is_shown_without_a_restart(tmp_path: Path) -> None:
    old, new = Authority(tmp_path, "old"), Authority(tmp_path, "new")
    settings = tls(old)
    with running(tmp_path, QUOTIENT_WORKERS="1", **settings) as service:
        with secured(service.address, old) as before, secured(service.address, new) as unknown:
            assert who_am_i(before) == ("OK", "") and who_am_i(unknown)[0] == "UNAVAILABLE"
            certificate, key = new.certify("server")  # the same files
            assert {str(certificate), str(key)} == set(settings.values())
            with secured(service.address, new) as after, secured(service.address, old) as gone:
                assert who_am_i(after) == ("OK", "") and who_am_i(gone)[0] == "UNAVAILABLE"
            assert who_am_i(before) == ("OK", "")  # a channel that is open stays so
        certificate.write_text("half of one")
        with secured(service.address, new) as after:
            assert who_am_i(after) == ("OK", "")
        assert service.log().count("changed certificates cannot be used") == 1


# ---------------------------------------------------------------- tokens


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_token_says_who(channel: grpc.Channel, algorithm: str) -> None:
    said = who("customer", "acme", algorithm, sub="ann@example", account="accounts/bikes", groups=["a", "b"])
    answer = identity_pb2_grpc.IdentityStub(channel).WhoAmI(pb.WhoAmIRequest(), metadata=said)
    assert answer == pb.WhoAmIResponse(
        tenant="acme", principal="ann@example", role="customer", account="accounts/bikes", groups=["a", "b"]
    )


WRONG = {
    "expired": (who("seller", exp=int(time.time()) - 31), "TOKEN_EXPIRED"),
    "not yet": (who("seller", nbf=int(time.time()) + 600), "TOKEN_NOT_YET"),
    "another audience": (who("seller", aud="other"), "TOKEN_AUDIENCE"),
    "another issuer": (who("seller", iss="https://other"), "TOKEN_ISSUER"),
    "no tenant": (who("seller", tenant=None), "TOKEN_CLAIM"),
    "another tenant's key": (who("seller", tenant="a:b"), "TOKEN_CLAIM"),
    "a customer of no account": (who("customer"), "TOKEN_CLAIM"),
    "an unknown role": (who("king"), "TOKEN_CLAIM"),
    "a stranger's key": (bearer(token(private_key("ES256", 7), "ES256", {"kid": "es256"})), "TOKEN_INVALID"),
    "a shared secret": (bearer(token("secret" * 8, "HS256", {"kid": "es256"})), "TOKEN_INVALID"),
    "nothing": ((("authorization", "Bearer "),), "TOKEN_MISSING"),
    "a password": ((("authorization", "Basic YTpi"),), "TOKEN_MISSING"),
    "two": ((*ADMIN, *ADMIN), "TOKEN_MISSING"),
    "no credential": ((("x-quotient-role", "seller"),), "TOKEN_MISSING"),
}


@pytest.mark.parametrize("case", WRONG, ids=str)
def test_a_wrong_credential_has_its_reason(channel: grpc.Channel, case: str) -> None:
    metadata, reason = WRONG[case]
    assert who_am_i(channel, metadata) == ("UNAUTHENTICATED", reason)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (("x-quotient-role", "seller"), "OK"), (("x-quotient-tenant", "acme"), "OK"), (("x-quotient-principal", "ann"), "OK"),
        (("x-quotient-role", "administrator"), "INVALID_ARGUMENT"), (("x-quotient-tenant", "other"), "INVALID_ARGUMENT"),
        (("x-quotient-principal", "eve"), "INVALID_ARGUMENT"), (("x-quotient-account", "accounts/x"), "INVALID_ARGUMENT"),
        (("x-quotient-groups", "deal-desk"), "INVALID_ARGUMENT"), (("x-quotient-anything", ""), "INVALID_ARGUMENT"),
    ],
)  # fmt: skip
def test_what_is_said_beside_a_token_must_be_the_same(
    channel: grpc.Channel, said: tuple[str, str], expected: str
) -> None:
    assert who_am_i(channel, (*who("seller"), said))[0] == expected


def test_an_issuer_s_new_key_is_found_and_an_unknown_one_costs_little(guarded: Guarded, channel: grpc.Channel) -> None:
    new = bearer(token(private_key("EdDSA", 5), "EdDSA", {"kid": "new"}))
    assert who_am_i(channel, new) == ("UNAUTHENTICATED", "KEY_UNKNOWN")
    known = guarded.issuer.answer
    guarded.issuer.answer = jwks(
        jwk(private_key("EdDSA", 5), "EdDSA", kid="new"),
        *(jwk(private_key(one), one, kid=one.lower()) for one in ALGORITHMS),
    )
    try:
        assert eventually(lambda: who_am_i(channel, new) == ("OK", ""), 20)
        asked, began = guarded.issuer.asked, time.monotonic()
        for number in range(300):
            assert who_am_i(channel, bearer(token(private_key("EdDSA", 6), "EdDSA", {"kid": f"k{number}"})))[0] != "OK"
        assert guarded.issuer.asked - asked <= time.monotonic() - began + 2  # a refresh a second here, ten in all else
    finally:
        guarded.issuer.answer = known


@pytest.mark.parametrize(
    "fault", [{"status": 500}, {"status": 302, "location": "https://localhost/"}, {"answer": b"{}"}]
)
def test_an_issuer_that_fails_takes_nothing_away(
    guarded: Guarded, channel: grpc.Channel, fault: dict[str, Any]
) -> None:
    kept = {name: getattr(guarded.issuer, name) for name in ("status", "location", "answer")}
    asked = guarded.issuer.asked
    for name, value in fault.items():
        setattr(guarded.issuer, name, value)
    try:
        stranger = bearer(token(private_key("EdDSA", 6), "EdDSA", {"kid": "nobody"}))
        assert eventually(lambda: who_am_i(channel, stranger)[1] == "KEY_UNKNOWN" and guarded.issuer.asked > asked, 20)
        assert who_am_i(channel, who("seller", sub=str(fault))) == ("OK", "")
    finally:
        for name, value in kept.items():
            setattr(guarded.issuer, name, value)


def test_an_issuer_that_cannot_be_had_says_to_try_again(tmp_path: Path) -> None:
    """Nobody listens there; then somebody does, whom a stranger has certified: not trusted either."""
    authority, stranger = Authority(tmp_path), Authority(tmp_path, "stranger")
    with Issuer(stranger).serving() as issuer:
        settings = tokens(QUOTIENT_JWT_JWKS_URL=issuer.address, QUOTIENT_JWT_JWKS_CA=str(authority.file))
        with running(tmp_path, QUOTIENT_WORKERS="1", **settings) as service, service.channel() as channel:
            assert who_am_i(channel, ADMIN) == ("UNAVAILABLE", "CANNOT_VERIFY")
            assert "the keys of tokens could not be read" in service.log()
    assert issuer.asked == 0


def test_keys_of_tokens_from_a_file_and_beyond_loopback(tmp_path: Path) -> None:
    """With TLS and authentication the service listens anywhere."""
    authority = Authority(tmp_path)
    (tmp_path / "issuer.pem").write_bytes(public_pem(private_key("RS256")))
    settings = tls(authority) | tokens(QUOTIENT_JWT_KEYS=str(tmp_path / "issuer.pem"), QUOTIENT_JWT_ALGORITHMS="RS256")
    with running(tmp_path, QUOTIENT_HOST="0.0.0.0", QUOTIENT_WORKERS="1", **settings) as service:
        port = service.address.rpartition(":")[2]
        with secured(f"127.0.0.1:{port}", authority) as channel:
            assert who_am_i(channel, who("seller", algorithm="RS256")) == ("OK", "")
            assert who_am_i(channel, who("seller", algorithm="ES256")) == ("UNAUTHENTICATED", "TOKEN_INVALID")
            assert who_am_i(channel) == ("UNAUTHENTICATED", "TOKEN_MISSING")


# ---------------------------------------------------------------- API keys


def test_a_key_says_who_until_it_is_revoked(channel: grpc.Channel) -> None:
    stub, new = identity_pb2_grpc.IdentityStub(channel), made(channel, role="storefront", account="accounts/bikes")
    answer = stub.WhoAmI(pb.WhoAmIRequest(), metadata=bearer(new.secret))
    assert answer == pb.WhoAmIResponse(
        tenant="acme", principal=new.api_key.name, role="storefront", account="accounts/bikes"
    )
    gone = stub.RevokeApiKey(pb.RevokeApiKeyRequest(name=new.api_key.name, etag=new.api_key.etag), metadata=ADMIN)
    revoked = time.monotonic()
    assert gone.status == pb.ApiKey.REVOKED and gone.HasField("revoke_time")
    refused = ("UNAUTHENTICATED", "KEY_REVOKED")
    assert eventually(lambda: who_am_i(channel, bearer(new.secret)) == refused, 3 * KEY_SECONDS)
    assert time.monotonic() - revoked < 2 * KEY_SECONDS
    assert who_am_i(channel, bearer(new.secret)) == refused


def test_a_stream_ends_with_the_key_that_opened_it(channel: grpc.Channel) -> None:
    """What is asked after the key was revoked is not answered."""
    new, go_on = made(channel), threading.Event()

    def asked() -> Iterator[pricing_pb2.PriceStreamRequest]:
        while not go_on.wait(0.2):
            yield pricing_pb2.PriceStreamRequest(quote=pricing_pb2.PriceQuoteRequest(book="books/none"))

    answers = pricing_pb2_grpc.PricingStub(channel).PriceStream(asked(), metadata=bearer(new.secret), timeout=60)
    try:
        assert next(answers).answer.error.code == grpc.StatusCode.NOT_FOUND.value[0]
        identity_pb2_grpc.IdentityStub(channel).RevokeApiKey(
            pb.RevokeApiKeyRequest(name=new.api_key.name), metadata=ADMIN
        )
        with pytest.raises(grpc.RpcError) as ended:
            for _ in answers:
                pass
    finally:
        go_on.set()
    assert ended.value.code() is grpc.StatusCode.UNAUTHENTICATED and "revoked" in ended.value.details()


def test_a_key_ends_when_it_says(channel: grpc.Channel) -> None:
    new = made(channel, expire_time=Timestamp(seconds=int(time.time()) + 2))
    assert who_am_i(channel, bearer(new.secret)) == ("OK", "")
    assert eventually(lambda: who_am_i(channel, bearer(new.secret)) == ("UNAUTHENTICATED", "KEY_EXPIRED"), 10)


def test_a_key_is_its_tenant_s(channel: grpc.Channel) -> None:
    new, stub = made(channel), identity_pb2_grpc.IdentityStub(channel)
    other = who("administrator", "other")
    assert new.api_key.name not in {
        one.name for one in stub.ListApiKeys(pb.ListApiKeysRequest(), metadata=other).api_keys
    }
    assert new.api_key.name in {one.name for one in stub.ListApiKeys(pb.ListApiKeysRequest(), metadata=ADMIN).api_keys}
    forged = new.secret.replace("quo_acme_", "quo_other_")
    assert who_am_i(channel, bearer(forged)) == ("UNAUTHENTICATED", "KEY_UNKNOWN")


def test_a_bound_caller_is_priced_as_its_account(guarded: Guarded, channel: grpc.Channel) -> None:
    """Whether it names the account or not; and it cannot name another."""
    admin, books = who("administrator", "bound"), books_pb2_grpc.BooksStub(channel)
    chunk = books_pb2.FileChunk(path="book.quo", content=SEGMENTS.encode())
    version = books.Publish(iter([books_pb2.PublishRequest(book="books/shop", chunk=chunk)]), metadata=admin).name
    books.Activate(books_pb2.ActivateRequest(name=version), metadata=admin)
    for name, segment in (("small", "shopper"), ("large", "reseller")):
        account = accounts_pb2.Account(display_name=name, facts={"customer.segment": segment})
        request = accounts_pb2.CreateAccountRequest(account=account, account_id=name)
        accounts_pb2_grpc.AccountsStub(channel).CreateAccount(request, metadata=admin)
    pricing = pricing_pb2_grpc.PricingStub(channel)
    lines = [pricing_pb2.QuoteLine(product="mug", quantity=1)]

    def net(bound: str, said: str) -> int:
        shop = who("storefront", "bound", account=bound)
        asked = pricing_pb2.PriceQuoteRequest(lines=lines, account=said)
        listed = pricing_pb2.ListPricesRequest(products=["mug"], account=said)
        quote, listing = pricing.PriceQuote(asked, metadata=shop), pricing.ListPrices(listed, metadata=shop)
        assert listing.prices[0].unit_net_amount_micros == quote.lines[0].net_amount_micros
        return int(quote.lines[0].net_amount_micros)

    assert net("accounts/small", "") == net("accounts/small", "accounts/small") == 8_000_000
    assert net("accounts/large", "") == net("accounts/large", "accounts/large") == 4_000_000
    asked = pricing_pb2.PriceQuoteRequest(lines=lines, account="accounts/large")
    each = pricing_pb2.PriceQuotesRequest(quotes=[asked])
    shop = who("storefront", "bound", account="accounts/small")
    assert refused(pricing.PriceQuote, asked, metadata=shop) == ("PERMISSION_DENIED", "OTHER_ACCOUNT", "account")
    explain = pricing_pb2.ExplainRequest(quote=asked)
    assert refused(pricing.Explain, explain, metadata=shop) == ("PERMISSION_DENIED", "OTHER_ACCOUNT", "account")
    assert pricing.PriceQuotes(each, metadata=shop).answers[0].error.code == 7  # PERMISSION_DENIED


def test_a_first_administrator_s_key_is_made_before_the_doors_are_shut(tmp_path: Path) -> None:
    """Without an issuer: on loopback anyone is an administrator, until authentication is required."""
    with running(tmp_path, QUOTIENT_WORKERS="1") as service:
        with service.channel() as channel:
            request = pb.CreateApiKeyRequest(api_key=pb.ApiKey(role="administrator"), api_key_id="first")
            secret = identity_pb2_grpc.IdentityStub(channel).CreateApiKey(request).secret
            assert who_am_i(channel, bearer(secret)) == ("OK", "")
            assert who_am_i(channel, bearer(secret + "0")) == ("UNAUTHENTICATED", "KEY_UNKNOWN")
        service.stop()
        service.settings["QUOTIENT_AUTHENTICATION"] = "required"
        service.start()
        with service.channel() as channel:
            assert who_am_i(channel) == ("UNAUTHENTICATED", "TOKEN_MISSING")
            assert who_am_i(channel, bearer(secret)) == ("OK", "")


def test_a_known_key_goes_on_while_the_store_does_not_answer(tmp_path: Path) -> None:
    with running(tmp_path, QUOTIENT_WORKERS="1", QUOTIENT_AUTHENTICATION="") as service, service.channel() as channel:
        request = pb.CreateApiKeyRequest(api_key=pb.ApiKey(role="seller"))
        known, other = (identity_pb2_grpc.IdentityStub(channel).CreateApiKey(request).secret for _ in range(2))
        assert who_am_i(channel, bearer(known)) == ("OK", "")
        (store,) = service.store()
        os.kill(store, signal.SIGSTOP)
        try:
            time.sleep(KEY_SECONDS)
            assert who_am_i(channel, bearer(known)) == ("OK", "")
            assert who_am_i(channel, bearer(other)) == ("UNAVAILABLE", "CANNOT_VERIFY")
        finally:
            os.kill(store, signal.SIGCONT)
        assert who_am_i(channel, bearer(other)) == ("OK", "")


# ---------------------------------------------------------------- quo


def quo(guarded: Guarded, folder: Path, *words: str, **more: str) -> tuple[int, str, str]:
    """(exit status, stdout, stderr) of a command; its environment is its own, and put back."""
    (folder / "token").write_text(ADMIN[0][1].removeprefix("Bearer ") + "\n")
    own: dict[str, str | None] = dict.fromkeys(("QUOTIENT_TOKEN", "QUOTIENT_CLIENT_CERT", "QUOTIENT_CLIENT_KEY"))
    own |= {"QUOTIENT_TOKEN_FILE": str(folder / "token"), "QUOTIENT_CA": str(guarded.authority.file), "COLUMNS": "160"}
    own |= {"QUOTIENT_SERVER": guarded.service.address} | {name: value or None for name, value in more.items()}
    done = CliRunner().invoke(app, words, env=own)
    return done.exit_code, done.stdout, done.stderr


def test_keys_by_the_command_line(guarded: Guarded, channel: grpc.Channel, tmp_path: Path) -> None:
    status, secret, told = quo(
        guarded, tmp_path, "keys", "create", "--role", "pricing_author", "--id", "ci", "--title", "Publishing"
    )
    assert status == 0 and "made keys/ci (pricing_author)" in told, told
    assert who_am_i(channel, bearer(secret.strip())) == ("OK", "")
    (tmp_path / "book.quo").write_text(
        "price book tools\n  currency EUR\n  units piece pieces\n\nproduct saw\n  price 9 EUR per piece\n"
    )
    publish = ("publish", str(tmp_path / "book.quo"))
    assert quo(guarded, tmp_path, *publish, QUOTIENT_TOKEN_FILE="", QUOTIENT_TOKEN=secret.strip())[0] == 0
    status, listed, _ = quo(guarded, tmp_path, "keys", "list")
    assert status == 0 and "keys/ci" in listed and "Publishing" in listed and secret.strip() not in listed
    assert quo(guarded, tmp_path, "keys", "revoke", "ci")[:2] == (0, "revoked keys/ci\n")
    assert "revoked 20" in quo(guarded, tmp_path, "keys", "list")[1]
    assert quo(guarded, tmp_path, "keys", "revoke", "ci")[0] == 3


def test_what_the_command_line_says_of_trust(guarded: Guarded, tmp_path: Path) -> None:
    listing = ("keys", "list")
    status, _, told = quo(guarded, tmp_path, *listing, QUOTIENT_TOKEN_FILE="")
    assert status == 3 and "UNAUTHENTICATED: send `authorization: Bearer" in told
    status, _, told = quo(guarded, tmp_path, *listing, QUOTIENT_TOKEN_FILE="/none")
    assert (status, told) == (2, "error: --token-file /none: No such file or directory\n")
    status, _, told = quo(guarded, tmp_path, *listing, QUOTIENT_CA=str(Authority(tmp_path, "stranger").file))
    assert status == 3 and "do not trust each other" in told
    status, _, told = quo(guarded, tmp_path, *listing, QUOTIENT_CA="", QUOTIENT_CLIENT_CERT="x")
    assert status == 2 and "needs --tls-ca, --client-cert and --client-key" in told
    status, _, told = quo(guarded, tmp_path, *listing, QUOTIENT_CA="", QUOTIENT_SERVER="shop.example:443")
    assert status == 2 and "is not sent to shop.example:443 in the clear" in told
