"""quotient.v1.Approvals."""

from __future__ import annotations

from typing import Any

from engine.api.documents import call_of
from engine.api.mapping import to_message
from engine.lifecycle.approval import Approval
from engine.lifecycle.figures import shown
from engine.lifecycle.parties import Account
from engine.services.context import Context
from engine.services.refusal import Refused
from engine.services.selling.approvals import Approvals, Waiting
from quotient.v1 import approvals_pb2 as pb


class ApprovalsServicer:
    """quotient.v1.Approvals."""

    def __init__(self, services: Any) -> None:
        self.desk = services.desk
        self.approvals = Approvals(services.desk, services.books)

    def GetApproval(self, context: Context, request: Any) -> Any:
        """A request."""
        return approval_of(context, self.approvals.get(context, request.name))

    def ListApprovals(self, context: Context, request: Any) -> Any:
        """A page of requests."""
        context.require("read deals")
        found, token = self.desk.page(context, Approval, request.page_size, request.page_token, request.filter)
        return pb.ListApprovalsResponse(approvals=[approval_of(context, one) for one in found], next_page_token=token)

    def ListMyApprovals(self, context: Context, request: Any) -> Any:
        """A page of what waits for the caller."""
        queue = self.approvals.queue(context, request.page_size, request.page_token)
        names = self._account_names(context, queue.page)
        answer = pb.ListMyApprovalsResponse(next_page_token=queue.token, total_size=queue.total)
        for one in queue.page:
            row = answer.approvals.add(account_display_name=names.get(one.approval.account, ""))
            row.approval.CopyFrom(approval_of(context, one.approval))
            row.ways.extend(pb.ApprovalWay(**way._asdict()) for way in one.ways)
            row.wait_time.FromMicroseconds(one.since)
        for way, size in sorted(queue.counts.items()):
            answer.queues.add(way=pb.ApprovalWay(**way._asdict()), size=size)
        return answer

    def _account_names(self, context: Context, page: tuple[Waiting, ...]) -> dict[str, str]:
        wanted = sorted({one.approval.account for one in page} - {""})
        if not wanted or not context.may("read deals"):
            return {}
        found = self.desk.documents.many(context.tenant, Account, wanted)
        return {one.name: one.display_name for one in found if one is not None}

    def Approve(self, context: Context, request: Any) -> Any:
        """Agree."""
        return self._decide(context, request, "approve")

    def Reject(self, context: Context, request: Any) -> Any:
        """Say no."""
        if not request.comment.strip():
            raise Refused("INVALID_ARGUMENT", "REQUIRED", "say why: `comment` must be said", "comment")
        return self._decide(context, request, "reject")

    def CancelApproval(self, context: Context, request: Any) -> Any:
        """Withdraw it."""
        return approval_of(context, self.approvals.cancel(context, call_of(request), request.name))

    def _decide(self, context: Context, request: Any, verb: str) -> Any:
        made = self.approvals.decide(context, call_of(request), request.name, verb, request.comment)
        return approval_of(context, made)


def approval_of(context: Context, approval: Approval) -> Any:
    """An Approval, with what the role may see of its figures."""
    made = to_message(approval, pb.Approval)
    made.waiting_for.extend(approval.waiting_for)
    costs = context.may("see costs")
    made.figures.extend(to_message(shown(one, costs), pb.OptionFigures) for one in approval.compared)
    return made
