"""What is due of requests for approval: those who are silent are reminded, and then others are asked as well."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from engine.lifecycle.approval import Approval, PatienceOf, escalated, reminded
from engine.services.context import Context
from engine.services.desk import Call, Desk, Work
from engine.services.refusal import Refused
from engine.services.selling.acting import patience_of

Later = Callable[[Approval, int, PatienceOf], tuple[Approval, tuple[str, ...]]]
DUE: Mapping[str, tuple[Later, str]] = {
    "remind": (reminded, "ApprovalReminded"),
    "escalate": (escalated, "ApprovalEscalated"),
}
"""By what is due: what it does to a request, and the event that says who is asked."""


class Reminders:
    """Reminders and escalations of a desk's requests."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def do(self, context: Context, call: Call, name: str, what: str) -> Approval:
        """Remind or escalate; for whoever does what nobody asks for.

        Raises:
            Refused: FAILED_PRECONDITION, it is not due, or the request is decided; NOT_FOUND.
        """
        later, event = DUE[what]

        def decide(work: Work) -> Approval:
            before = work.load(Approval, name, call.etag)
            if before.status != "PENDING":
                raise Refused("FAILED_PRECONDITION", "STATUS", f"{name} is {before.status}: nobody is asked", "name")
            after, asked = later(before, work.now, patience_of(work))
            # a group may have lost the one it escalates to since: then nobody is asked
            return work.save(after, event if asked else "ApprovalNotEscalated", asked=list(asked))

        return self.desk.change(context, call, Approval, decide)
