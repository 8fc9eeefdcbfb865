"""quotient.v1.Opportunities."""

from __future__ import annotations

from typing import Any

from engine.api.documents import call_of, edit_of, page_of, standing_of
from engine.api.mapping import from_message, to_message
from engine.lifecycle.opportunity import Opportunity
from engine.lifecycle.pipeline import PIPELINE
from engine.services.context import Context
from engine.services.selling.opportunities import Opportunities
from quotient.v1 import opportunities_pb2 as pb


class OpportunitiesServicer:
    """quotient.v1.Opportunities."""

    def __init__(self, services: Any) -> None:
        self.desk = services.desk
        self.opportunities = Opportunities(services.desk)

    def CreateOpportunity(self, context: Context, request: Any) -> Any:
        """A new opportunity."""
        opportunity = from_message(request.opportunity, Opportunity, "opportunity")
        return _opportunity(self.opportunities.create(context, call_of(request), opportunity))

    def GetOpportunity(self, context: Context, request: Any) -> Any:
        """An opportunity."""
        context.require("read deals")
        return _opportunity(self.desk.get(context, Opportunity, request.name))

    def ListOpportunities(self, context: Context, request: Any) -> Any:
        """A page of opportunities."""
        context.require("read deals")
        return page_of(self.desk, context, request, Opportunity, pb.ListOpportunitiesResponse, "opportunities")

    def UpdateOpportunity(self, context: Context, request: Any) -> Any:
        """Change an opportunity."""
        name, edit = request.opportunity.name, edit_of(request, "opportunity")
        return _opportunity(self.opportunities.update(context, call_of(request, request.opportunity.etag), name, edit))

    def AdvanceOpportunity(self, context: Context, request: Any) -> Any:
        """To another stage."""
        return _opportunity(self.opportunities.advance(context, call_of(request), request.name, request.stage))

    def WinOpportunity(self, context: Context, request: Any) -> Any:
        """Close it as won."""
        return self._close(context, request, "win")

    def LoseOpportunity(self, context: Context, request: Any) -> Any:
        """Close it as lost."""
        return self._close(context, request, "lose")

    def ReopenOpportunity(self, context: Context, request: Any) -> Any:
        """Open it again."""
        return _opportunity(self.opportunities.reopen(context, call_of(request), request.name))

    def SummarizePipeline(self, context: Context, request: Any) -> Any:
        """What the open ones are worth."""
        context.require("read deals")
        _, rows = self.opportunities.summarize(context, request.filter)
        return pb.PipelineSummary(rows=[to_message(row, pb.PipelineRow) for row in rows])

    def GetPipeline(self, context: Context, request: Any) -> Any:
        """Stages and reasons."""
        context.require("read deals")
        return standing_of(self.desk, context, PIPELINE, pb.Pipeline)

    def UpdatePipeline(self, context: Context, request: Any) -> Any:
        """Set them."""
        call = call_of(request, request.pipeline.etag)
        return to_message(self.opportunities.set_pipeline(context, call, edit_of(request, "pipeline")), pb.Pipeline)

    def _close(self, context: Context, request: Any, verb: str) -> Any:
        return _opportunity(
            self.opportunities.close(context, call_of(request), request.name, verb, request.reason, request.note)
        )


def _opportunity(opportunity: Opportunity) -> Any:
    return to_message(opportunity, pb.Opportunity)
