"""What tests over the wire say to the selling half: stubs, roles, and parties to deal with."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import grpc

from quotient.v1 import accounts_pb2 as pb
from quotient.v1 import accounts_pb2_grpc, quotes_pb2

Metadata = tuple[tuple[str, str], ...]


def as_role(role: str, principal: str = "", tenant: str = "demo") -> Metadata:
    """Who calls."""
    who = principal or f"a-{role.replace('_', '-')}"
    return (("x-quotient-role", role), ("x-quotient-principal", who), ("x-quotient-tenant", tenant))


SELLER, MANAGER, FINANCE, ADMIN = as_role("seller"), as_role("manager"), as_role("finance"), as_role("administrator")


def account(**more: Any) -> pb.Account:
    """A customer in the Netherlands."""
    said: dict[str, Any] = {
        "display_name": "Acme BV", "owner": "jo", "language_code": "nl", "currency_code": "EUR",
        "billing_address": pb.Address(lines=["Kade 1"], postal_code="1011 AB", city="Amsterdam", country_code="NL"),
        "contacts": [pb.Contact(display_name="Ann", email="ann@Acme.EXAMPLE", phone="020 1234567")],
    }  # fmt: skip
    return pb.Account(**(said | more))


def received(pieces: Iterable[Any]) -> tuple[quotes_pb2.QuoteDocument, bytes]:
    """A paper that comes in pieces: what it is, and its bytes."""
    first, *rest = pieces
    assert not any(one.HasField("document") for one in rest)
    return first.document, b"".join(one.content for one in (first, *rest))


class Parties:
    """Stubs of accounts and legal entities."""

    def __init__(self, channel: grpc.Channel) -> None:
        self.accounts = accounts_pb2_grpc.AccountsStub(channel)
        self.entities = accounts_pb2_grpc.LegalEntitiesStub(channel)

    def make(self, metadata: Metadata = SELLER, account_id: str = "", request_id: str = "", **more: Any) -> pb.Account:
        """A new account."""
        request = pb.CreateAccountRequest(account=account(**more), account_id=account_id, request_id=request_id)
        return self.accounts.CreateAccount(request, metadata=metadata)
