"""Tenants with one of everything, in which each thing has the tenant's own word."""

from __future__ import annotations

from typing import Any

import grpc
from google.protobuf.message_factory import GetMessageClass

from quotient.v1 import (
    accounts_pb2,
    activities_pb2,
    approvers_pb2,
    books_pb2,
    events_pb2,
    history_pb2,
    identity_pb2,
    leads_pb2,
    opportunities_pb2,
    pricing_pb2,
    quotes_pb2,
)
from tests.wire.guarded import who
from tests.wire.walk import BOOK, Metadata, call, delegation, rpcs, short


class Furnisher:
    """Makes what is a tenant's, by its administrator."""

    def __init__(self, channel: grpc.Channel, tenant: str) -> None:
        self.channel, self.tenant = channel, tenant
        self.methods = {short(method): method for method in rpcs()}

    def make(self, rpc: str, by: Metadata = (), **said: Any) -> Any:
        """The answer of a call."""
        method = self.methods[rpc]
        request = GetMessageClass(method.input_type)(**said)
        status, reason, answer = call(self.channel, method, request, by or who("administrator", self.tenant))
        assert status == "OK", (rpc, status, reason)
        return GetMessageClass(method.output_type).FromString(answer)


def furnish(channel: grpc.Channel, tenant: str) -> dict[str, str]:
    """Collection -> the name of one in it."""
    make = Furnisher(channel, tenant).make
    book = f"books/{tenant}-shop"
    chunk = books_pb2.FileChunk(path="book.quo", content=BOOK.format(tenant=tenant).encode())
    version = make("Books.Publish", book=book, chunk=chunk).name
    make("Books.Activate", name=version)
    account = make(
        "Accounts.CreateAccount", account=accounts_pb2.Account(display_name=f"A customer of {tenant}"), account_id=f"{tenant}-customer"
    )  # fmt: skip
    entity = make(
        "LegalEntities.CreateLegalEntity",
        entity=accounts_pb2.LegalEntity(legal_name=f"{tenant} BV"),
        entity_id=f"{tenant}-bv",
    )
    key = make("Identity.CreateApiKey", api_key=identity_pb2.ApiKey(role="seller"), api_key_id=f"{tenant}-key").api_key
    lines = [pricing_pb2.QuoteLine(product="mug", quantity=1)]
    quote = quotes_pb2.Quote(
        account=account.name,
        book=book,
        entity=entity.name,
        options=[quotes_pb2.QuoteOption(option_id="one", lines=lines)],
    )
    draft, submitted, sent = (
        make("Quotes.CreateQuote", quote=quote, quote_id=f"{tenant}-{n}").name for n in ("one", "two", "three")
    )
    sue, bob = who("seller", tenant, sub="sue"), who("administrator", tenant, sub="bob")
    make("Quotes.SubmitQuote", by=sue, name=sent)
    make("Approvals.Approve", by=bob, name=make("Approvals.ListApprovals").approvals[0].name, comment="well")
    make("Quotes.SendQuote", by=sue, name=sent)
    make("Quotes.SubmitQuote", by=sue, name=submitted)
    leads = [make("Leads.CaptureLead", lead=leads_pb2.Lead(company=f"{tenant} {n}")).name for n in ("one", "two")]
    deal = opportunities_pb2.Opportunity(display_name=f"A deal of {tenant}", account=account.name)
    deal = make("Opportunities.CreateOpportunity", opportunity=deal)
    make("Comments.AddComment", comment=history_pb2.Comment(parent=deal.name, text=f"A comment of {tenant}"))
    hook = events_pb2.Webhook(url="https://example.com/", description=f"A webhook of {tenant}")
    hook = make("Webhooks.CreateWebhook", webhook=hook, webhook_id=f"{tenant}-hook").webhook
    make("Webhooks.DisableWebhook", name=hook.name)  # else the keeper would write of it at any time
    task = activities_pb2.Activity(parent=deal.name, kind="TASK", subject=f"A task of {tenant}")
    group = make(
        "ApproverGroups.CreateGroup",
        group=approvers_pb2.Group(display_name=f"The desk of {tenant}"),
        group_id=f"{tenant}-desk",
    )
    left = make("Delegations.CreateDelegation", delegation=delegation(f"{tenant}-deputy"))
    return {
        "groups": group.name, "delegations": left.name,
        "books": book, "books/*/versions": version, "accounts": account.name, "entities": entity.name, "keys": key.name,
        "webhooks": hook.name, "quotes": draft, "approvals": make("Approvals.ListApprovals", filter="status = PENDING").approvals[0].name, "leads": leads[0], "leads/other": leads[1],
        "link": make("Quotes.CreateQuoteLink", by=sue, name=sent).token, "opportunities": deal.name, "activities": make("Activities.CreateActivity", activity=task).name,
    }  # fmt: skip
