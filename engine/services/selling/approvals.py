"""The verbs of requests for approval, and what their end does to what they are about."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from engine.lifecycle.approval import APPROVALS, Approval, decided
from engine.services.context import Context
from engine.services.desk import Call, Desk, Work
from engine.services.selling import quotes

ENDED: Mapping[str, Callable[[Work, Approval, bool], None]] = {"quotes": quotes.approve}
"""By the kind of a subject: what a request that is approved, or not, does to it, in the same change."""
EVENTS = {"PENDING": "ApprovalStepDecided", "APPROVED": "ApprovalGranted", "REJECTED": "ApprovalRefused"}


class Approvals:
    """Requests for approval of a desk."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def decide(self, context: Context, call: Call, name: str, verb: str, comment: str) -> Approval:
        """Approve or reject, for every step that waits for the caller."""
        APPROVALS.may(verb, context.role)

        def decide(work: Work) -> Approval:
            before = work.load(Approval, name, call.etag)
            after = decided(before, verb, acting_for(context, before), context.principal, comment, work.now)
            if after.status != before.status:
                ENDED[after.subject.partition("/")[0]](work, after, verb == "approve")
            return work.save(after, EVENTS[after.status], waiting_for=list(after.waiting_for))

        return self.desk.change(context, call, Approval, decide)


def acting_for(context: Context, request: Approval) -> dict[str, str]:
    """The approvers that a principal may act for: by the name, by a group that their token says, by their role; on whose behalf, where in another's place."""
    own = {context.principal, str(context.role), *context.groups}
    return {name: "" for name in request.waiting_for if name in own}
