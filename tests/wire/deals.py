"""What tests over the wire say to leads, opportunities and what is done on them."""

from __future__ import annotations

import uuid
from typing import Any

import grpc

from quotient.v1 import accounts_pb2 as parties_pb
from quotient.v1 import (
    activities_pb2,
    activities_pb2_grpc,
    history_pb2_grpc,
    leads_pb2,
    leads_pb2_grpc,
    opportunities_pb2_grpc,
)
from quotient.v1 import opportunities_pb2 as opportunities_pb
from tests.wire.selling import SELLER, Metadata, Parties


def person(**more: Any) -> parties_pb.Contact:
    """Somebody whom nobody knows yet."""
    said = {"display_name": "Zoë Quarles", "email": f"zoe.{uuid.uuid4().hex[:10]}@example.org"}
    return parties_pb.Contact(**(said | more))


class Deals(Parties):
    """Stubs of the selling half so far."""

    def __init__(self, channel: grpc.Channel) -> None:
        super().__init__(channel)
        self.leads = leads_pb2_grpc.LeadsStub(channel)
        self.opportunities = opportunities_pb2_grpc.OpportunitiesStub(channel)
        self.activities = activities_pb2_grpc.ActivitiesStub(channel)
        self.comments = history_pb2_grpc.CommentsStub(channel)
        self.history = history_pb2_grpc.HistoryStub(channel)

    def lead(self, metadata: Metadata = SELLER, request_id: str = "", **more: Any) -> leads_pb2.Lead:
        """A new lead of a person in the Netherlands."""
        said: dict[str, Any] = {"person": person(), "country_code": "NL"} | more
        request = leads_pb2.CaptureLeadRequest(lead=leads_pb2.Lead(**said), request_id=request_id)
        return self.leads.CaptureLead(request, metadata=metadata)

    def lead_now(self, name: str, metadata: Metadata = SELLER) -> leads_pb2.Lead:
        """A lead as it is."""
        return self.leads.GetLead(leads_pb2.GetLeadRequest(name=name), metadata=metadata)

    def deal(self, metadata: Metadata = SELLER, account: str = "", **more: Any) -> opportunities_pb.Opportunity:
        """A new opportunity; of a new account where none is said."""
        said: dict[str, Any] = {"display_name": "Fifty seats", "account": account or self.make().name} | more
        request = opportunities_pb.CreateOpportunityRequest(opportunity=opportunities_pb.Opportunity(**said))
        return self.opportunities.CreateOpportunity(request, metadata=metadata)

    def deal_now(self, name: str, metadata: Metadata = SELLER) -> opportunities_pb.Opportunity:
        """An opportunity as it is."""
        return self.opportunities.GetOpportunity(opportunities_pb.GetOpportunityRequest(name=name), metadata=metadata)

    def task(
        self, parent: str, metadata: Metadata = SELLER, done: bool = False, **more: Any
    ) -> activities_pb2.Activity:
        """A new task; due at `due` seconds."""
        due = more.pop("due", 0)
        said: dict[str, Any] = {"parent": parent, "subject": "Call Zoë"} | more
        if due:
            said["due_time"] = {"seconds": due}
        request = activities_pb2.CreateActivityRequest(activity=activities_pb2.Activity(**said), done=done)
        return self.activities.CreateActivity(request, metadata=metadata)

    def win(self, name: str, reason: str = "price", metadata: Metadata = SELLER) -> opportunities_pb.Opportunity:
        """An opportunity, won."""
        request = opportunities_pb.WinOpportunityRequest(name=name, reason=reason)
        return self.opportunities.WinOpportunity(request, metadata=metadata)
