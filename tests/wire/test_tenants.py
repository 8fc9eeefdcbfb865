"""RPC by RPC: a tenant sees and touches nothing of another's, and roles from outside do what they may and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest
import redis

from tests.simulation.service import running
from tests.simulation.stores import server
from tests.trust import Authority, jwk, jwks, private_key
from tests.wire.guarded import bearer, furnish, secured, tls, tokens, who
from tests.wire.walk import KNOWN, STATELESS, call, path_of, request_for, rpcs, short

pytestmark = pytest.mark.service
MARK = b"zz-acme"
"""In all that is the one tenant's, and in nothing of the other's."""
OURS, THEIRS = MARK.decode(), "rival"


@dataclass(frozen=True)
class Two:
    """A service with two tenants; what the first one has; and its store, asked directly."""

    channel: grpc.Channel
    names: dict[str, str]
    store: redis.Redis

    def kept(self) -> dict[bytes, bytes | None]:
        """All that the store has of the first tenant."""
        found = self.store.keys(f"{{{OURS}}}:*")
        return {key: self.store.dump(key) for key in found}


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    folder: Path = tmp_path_factory.mktemp("tenants")
    authority = Authority(folder)
    (folder / "keys.json").write_bytes(jwks(jwk(private_key("ES256"), "ES256", kid="es256")))
    settings = tls(authority) | tokens(QUOTIENT_JWT_KEYS=str(folder / "keys.json"))
    with (
        server(folder / "store") as store,
        running(folder, QUOTIENT_REDIS_URL=f"redis://127.0.0.1:{store.port}", **settings) as service,
        secured(service.address, authority) as channel,
    ):
        names = furnish(channel, OURS)
        furnish(channel, THEIRS)
        yield Two(channel, names, store.client())


def test_every_service_is_known() -> None:
    assert {method.containing_service.name for method in rpcs()} == KNOWN, "name a new service in tests/wire/walk.py"
    assert len(list(rpcs())) > 20


@pytest.mark.parametrize("method", list(rpcs()), ids=short)
def test_another_tenant_gets_and_changes_nothing(two: Two, method: Any) -> None:
    before = two.kept()
    assert len(before) > 20 and all(any(MARK in key for key in before) for _ in two.names)
    request = request_for(method, two.names)
    status, reason, answer = call(two.channel, method, request, who("administrator", THEIRS))
    said = answer.replace(request.SerializeToString(), b"")
    if status == "OK":
        assert MARK not in said
        assert path_of(method) is None, f"{short(method)} found what is another's"
    else:
        assert status == "NOT_FOUND", (status, reason)
    assert two.kept() == before


@pytest.mark.parametrize("role", ["storefront", "customer"])
@pytest.mark.parametrize("method", list(rpcs()), ids=short)
def test_roles_from_outside(two: Two, method: Any, role: str) -> None:
    before = two.kept()
    may = MAY[role]
    status, _, _ = call(two.channel, method, request_for(method, two.names), who(role, OURS))
    if short(method) in may or method.containing_service.name in may:
        assert status == "OK"
    else:
        assert status == "PERMISSION_DENIED"
    assert two.kept() == before


MAY = {
    "storefront": {"Pricing", "Catalog", "Configuration", "Identity.WhoAmI"},
    "customer": {"Identity.WhoAmI"},
}
"""Services, and calls of others."""


@pytest.mark.parametrize("method", list(rpcs()), ids=short)
def test_nobody_gets_nothing(two: Two, method: Any) -> None:
    before = two.kept()
    request = request_for(method, two.names)
    administrator = (("x-quotient-role", "administrator"), ("x-quotient-tenant", OURS))
    for metadata, expected in (
        ((), "TOKEN_MISSING"), (administrator, "TOKEN_MISSING"), (bearer("nonsense"), "TOKEN_INVALID"),
        (bearer("quo_acme_none_" + "0" * 64), "KEY_UNKNOWN"), (who("administrator", OURS, exp=1), "TOKEN_EXPIRED"),
    ):  # fmt: skip
        assert call(two.channel, method, request, metadata) == ("UNAUTHENTICATED", expected, b"")
    assert two.kept() == before


LAST = ("Revoke", "Block", "Close", "Reopen", "Erase")
STATUS = {("FAILED_PRECONDITION", "STATUS"), ("FAILED_PRECONDITION", "NOTHING_TO_ROLL_BACK")}
MADE = ("Publish", "Create", "Price", "ListPrices", "Configure", "Complete", "Repair", "Validate")
"""What answers without the tenant's own word: it makes something, or computes."""


@pytest.mark.parametrize("method", sorted(rpcs(), key=lambda one: one.name.startswith(LAST)), ids=short)
def test_its_own_tenant_is_served(two: Two, method: Any) -> None:
    """The same requests are fine for whom they are for: else the tests above would say nothing."""
    status, reason, answer = call(two.channel, method, request_for(method, two.names), who("administrator", OURS))
    assert status == "OK" or (status, reason) in STATUS
    assert status != "OK" or MARK in answer or short(method) in STATELESS or method.name.startswith(MADE)
