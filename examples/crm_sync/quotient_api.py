"""What the sync asks Quotient: its generated stubs, and who it says it is."""

from __future__ import annotations

import os
from typing import Any

import grpc

from quotient.v1 import (
    accounts_pb2,
    accounts_pb2_grpc,
    opportunities_pb2,
    opportunities_pb2_grpc,
    quotes_pb2,
    quotes_pb2_grpc,
)

Record = tuple[str, int, str, str, str]


def who() -> list[tuple[str, str]]:
    """An API key, or (the demo, on loopback) a role that is believed."""
    key = os.environ.get("QUOTIENT_API_KEY")
    return (
        [("authorization", f"Bearer {key}")]
        if key
        else [("x-quotient-principal", "crm"), ("x-quotient-role", "seller")]
    )


class Quotient:
    """Accounts, opportunities and quotes by their names."""

    def __init__(self, channel: grpc.Channel) -> None:
        self.accounts = accounts_pb2_grpc.AccountsStub(channel)
        opportunities, quotes = opportunities_pb2_grpc.OpportunitiesStub(channel), quotes_pb2_grpc.QuotesStub(channel)
        self.getters: dict[str, Any] = {
            "accounts": lambda name: self.accounts.GetAccount(accounts_pb2.GetAccountRequest(name=name), **_call()),
            "opportunities": lambda name: opportunities.GetOpportunity(
                opportunities_pb2.GetOpportunityRequest(name=name), **_call()
            ),
            "quotes": lambda name: quotes.GetQuote(quotes_pb2.GetQuoteRequest(name=name), **_call()),
        }

    def record(self, name: str) -> Record:
        """A document as the CRM keeps it. An account that was erased has no name any more, and so the CRM forgets it too."""
        found = self.getters[name.partition("/")[0]](name)
        status = type(found).Status.Name(found.status)
        return name, int(found.etag), status, found.display_name, getattr(found, "account", "") or name

    def add(self, typed_id: str, display_name: str, country_code: str) -> str:
        """A customer that was typed into the CRM; returns its name. Its id is the request's: asked twice, one account is made."""
        address = accounts_pb2.Address(country_code=country_code)
        account = accounts_pb2.Account(display_name=display_name, billing_address=address)
        request = accounts_pb2.CreateAccountRequest(account=account, request_id=f"crm-{typed_id}")
        return str(self.accounts.CreateAccount(request, **_call()).name)


def _call() -> dict[str, Any]:
    return {"metadata": who(), "timeout": 10}
