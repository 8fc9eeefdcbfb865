"""quotient.v1.Leads."""

from __future__ import annotations

import hashlib
from typing import Any

from engine.api.documents import call_of, edit_of, page_of, standing_of
from engine.api.mapping import from_message, to_message
from engine.api.status import status_of
from engine.lifecycle.lead import Lead
from engine.lifecycle.opportunity import Opportunity
from engine.lifecycle.routing import ROUTING, Routing
from engine.services.context import Context, Role
from engine.services.desk import Call
from engine.services.refusal import Refused
from engine.services.requests import checked_request
from engine.services.selling.interests import families_by
from engine.services.selling.leads import Leads
from engine.services.selling.qualifying import Qualification, Qualifying
from quotient.v1 import leads_pb2 as pb

MOST_ROWS = 500
_TOLD = frozenset({"name", "status", "create_time"})
"""What a web form is answered: not whose a lead is, and not whom we know already."""


class LeadsServicer:
    """quotient.v1.Leads."""

    def __init__(self, services: Any) -> None:
        self.desk = services.desk
        self.leads = Leads(services.desk, families_by(services.pricing))
        self.qualifying = Qualifying(services.desk)

    def CaptureLead(self, context: Context, request: Any) -> Any:
        """A new lead."""
        lead = from_message(request.lead, Lead, "lead")
        answer = _lead(self.leads.capture(context, call_of(request), lead))
        if context.role is Role.STOREFRONT:
            for field, _ in answer.ListFields():
                if field.name not in _TOLD:
                    answer.ClearField(field.name)
        return answer

    def CaptureLeads(self, context: Context, request: Any) -> Any:
        """New leads, each with its own answer."""
        context.require("import leads")
        if len(request.leads) > MOST_ROWS:
            raise Refused("INVALID_ARGUMENT", "TOO_MANY_LEADS", f"a call has at most {MOST_ROWS} leads", "leads")
        checked_request(request.request_id)
        return pb.CaptureLeadsResponse(
            answers=[self._row(context, request.request_id, i, lead) for i, lead in enumerate(request.leads)]
        )

    def _row(self, context: Context, request_id: str, place: int, message: Any) -> Any:
        """One of many; its request id is made of that of all and its place, so that all can be sent again."""
        said = message.SerializeToString(deterministic=True)
        own = hashlib.sha256(f"{request_id}#{place}".encode()).hexdigest()[:40] if request_id else ""
        try:
            context.in_time()
            call = Call(own, hashlib.sha256(b"row\0" + said).hexdigest())
            lead = self.leads.capture(context, call, from_message(message, Lead, "lead"))
            return pb.LeadAnswer(lead=_lead(lead))
        except Refused as refused:
            if refused.status in ("CANCELLED", "DEADLINE_EXCEEDED", "UNAVAILABLE"):
                raise  # it is so of the others as well: all are sent again
            return pb.LeadAnswer(error=status_of(refused))

    def GetLead(self, context: Context, request: Any) -> Any:
        """A lead."""
        context.require("read deals")
        return _lead(self.desk.get(context, Lead, request.name))

    def ListLeads(self, context: Context, request: Any) -> Any:
        """A page of leads."""
        context.require("read deals")
        return page_of(self.desk, context, request, Lead, pb.ListLeadsResponse, "leads")

    def UpdateLead(self, context: Context, request: Any) -> Any:
        """Change a lead."""
        call = call_of(request, request.lead.etag)
        return _lead(self.leads.update(context, call, request.lead.name, edit_of(request, "lead")))

    def AssignLead(self, context: Context, request: Any) -> Any:
        """Give a lead to somebody."""
        if not request.owner:
            raise Refused("INVALID_ARGUMENT", "REQUIRED", "say whose it shall be", "owner")
        return _lead(self.leads.assign(context, call_of(request), request.name, request.owner))

    def WorkLead(self, context: Context, request: Any) -> Any:
        """Begin with a lead."""
        return _lead(self.leads.work(context, call_of(request), request.name))

    def QualifyLead(self, context: Context, request: Any) -> Any:
        """A lead into an account and an opportunity."""
        deal = from_message(request.opportunity, Opportunity, "opportunity")
        asked = Qualification(request.account, request.account_id, deal)
        return _lead(self.qualifying.qualify(context, call_of(request), request.name, asked))

    def DisqualifyLead(self, context: Context, request: Any) -> Any:
        """Close a lead."""
        call = call_of(request)
        return _lead(self.leads.disqualify(context, call, request.name, request.reason, request.note))

    def MergeLead(self, context: Context, request: Any) -> Any:
        """Join a lead into another."""
        return _lead(self.leads.merge(context, call_of(request), request.name, request.into))

    def ReopenLead(self, context: Context, request: Any) -> Any:
        """Take a closed lead up again."""
        return _lead(self.leads.reopen(context, call_of(request), request.name))

    def EraseLead(self, context: Context, request: Any) -> Any:
        """Erase what is personal."""
        return _lead(self.leads.erase(context, call_of(request), request.name))

    def GetRouting(self, context: Context, request: Any) -> Any:
        """The rules of routing."""
        context.require("read deals")
        return standing_of(self.desk, context, ROUTING, pb.Routing)

    def UpdateRouting(self, context: Context, request: Any) -> Any:
        """Set them."""
        call = call_of(request, request.routing.etag)
        routing: Routing = self.leads.set_routing(context, call, edit_of(request, "routing"))
        return to_message(routing, pb.Routing)


def _lead(lead: Lead) -> Any:
    return to_message(lead, pb.Lead)
