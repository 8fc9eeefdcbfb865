"""RPC by RPC: a tenant sees and touches nothing of another's, and roles from outside do what they may and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest
import redis

from engine.api.server import SERVICES
from tests.simulation.service import running
from tests.simulation.stores import server
from tests.trust import Authority, jwk, jwks, private_key
from tests.wire.furnished import furnish
from tests.wire.guarded import bearer, secured, tls, tokens, who
from tests.wire.methods import changes
from tests.wire.walk import KNOWN, call, path_of, request_for, rpcs, short

pytestmark = pytest.mark.service
MARK = b"zz-acme"
"""In all that is the one tenant's, and in nothing of the other's."""
OURS, THEIRS = MARK.decode(), "rival"


@dataclass(frozen=True)
class Two:
    """A service with two tenants; what the first one has; and its store, asked directly."""

    channel: grpc.Channel
    names: dict[str, str]
    rival: dict[str, str]
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
        yield Two(channel, names, furnish(channel, THEIRS), store.client())


def test_every_service_is_known() -> None:
    assert set(SERVICES) == KNOWN, "name a new service in tests/wire/walk.py"
    assert len(rpcs()) > 20


@pytest.mark.parametrize("method", rpcs(), ids=short)
def test_another_tenant_gets_and_changes_nothing(two: Two, method: Any) -> None:
    before = two.kept()
    assert len(before) > 20 and all(any(MARK in key for key in before) for _ in two.names)
    request = request_for(method, two.names)
    by = bearer(two.rival["link"]) if _by_link(method) else who("administrator", THEIRS)
    status, reason, answer = call(two.channel, method, request, by)
    said = answer.replace(request.SerializeToString(), b"")
    if status == "OK":
        assert MARK not in said
        assert path_of(method) is None, f"{short(method)} found what is another's"
    else:
        assert status == "NOT_FOUND" or reason == "DOCUMENT_CHANGED", (status, reason)
    assert two.kept() == before


@pytest.mark.parametrize("role", ["storefront", "customer", "link"])
@pytest.mark.parametrize("method", rpcs(), ids=short)
def test_roles_from_outside(two: Two, method: Any, role: str) -> None:
    """A shop; a customer of another account than all that is there; whoever has the link to a quote that was sent."""
    before, may = two.kept(), MAY[role]
    by = {
        "storefront": who(role, OURS),
        "customer": who(role, OURS, account="accounts/stranger"),
        "link": bearer(two.names["link"]),
    }
    status, _, _ = call(two.channel, method, request_for(method, two.names), by[role])
    assert status == may.get(short(method), may.get(method.containing_service.name, "PERMISSION_DENIED"))
    assert two.kept() == before or short(method) in MAKES


MAY = {
    "storefront": {
        "Pricing": "OK",
        "Catalog": "OK",
        "Configuration": "OK",
        "Identity.WhoAmI": "OK",
        "Leads.CaptureLead": "OK",
    },
    "customer": {"Identity.WhoAmI": "OK"},
    "link": {"Identity.WhoAmI": "OK", "Offers": "OK", "Offers.AcceptOffer": "FAILED_PRECONDITION"},
}
"""What a service, or one of its calls, answers; all others deny."""
MAKES = frozenset({"Leads.CaptureLead", "Offers.AskQuestion", "Offers.DeclineOffer"})


@pytest.mark.parametrize("role", ["administrator", "manager", "finance", "pricing_author"])
@pytest.mark.parametrize("method", [one for one in rpcs() if changes(short(one))], ids=short)
def test_who_is_bound_to_another_account_changes_nothing(two: Two, method: Any, role: str) -> None:
    """Neither what is of a customer nor what is of the seller: legal entities, policies, pipelines, groups, books, webhooks."""
    before = two.kept()
    request = request_for(method, two.names)
    status, reason, _ = call(two.channel, method, request, who(role, OURS, account="accounts/stranger"))
    if short(method) in CAPTURES and role in ("administrator", "manager"):
        assert status == "OK", "what is new is of nobody yet"
        return
    assert status in ("NOT_FOUND", "PERMISSION_DENIED"), (status, reason)
    assert two.kept() == before


CAPTURES = frozenset({"Leads.CaptureLead", "Leads.CaptureLeads"})


@pytest.mark.parametrize("method", rpcs(), ids=short)
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


LAST = ("Revoke", "Block", "Close", "Reopen", "Erase", "DeclineOffer")
OTHER = who("administrator", OURS, sub="bob")
"""Who has not made what is there, and so may approve it."""
STATUS = {"STATUS", "NOTHING_TO_ROLL_BACK", "STILL_VALID", "NOT_SENT", "DOCUMENT_CHANGED", "RECALL_INSTEAD"}
WORDLESS = frozenset(
    {
        "Leads.GetRouting",
        "Opportunities.GetPipeline",
        "Quotes.GetQuoteDocument",
        "Offers.GetOfferDocument",
        "Webhooks.ListDeliveries",
        "Books.GetBookPolicy",
    }
)
"""What a tenant has one of, from the first day on; and papers, which are compressed; what is empty."""


@pytest.mark.parametrize("method", sorted(rpcs(), key=lambda one: one.name.startswith(LAST)), ids=short)
def test_its_own_tenant_is_served(two: Two, method: Any) -> None:
    """The same requests are fine for whom they are for: else the tests above would say nothing."""
    by = bearer(two.names["link"]) if _by_link(method) else OTHER
    status, reason, answer = call(two.channel, method, request_for(method, two.names), by)
    assert status == "OK" or (status == "FAILED_PRECONDITION" and reason in STATUS), (status, reason)
    shows = method.name.startswith(("Get", "List")) and short(method) not in WORDLESS
    assert not shows or MARK in answer


def _by_link(method: Any) -> bool:
    """Whether a call is a customer's, who has a link."""
    return bool(method.containing_service.name == "Offers")
