"""Activations of books that want a second pair of eyes: asked for, agreed to by another, and made in the same change as the agreement.

The activation is a step of the script that saves the last decision: there is no moment at which one is made without the other, and
nothing for a crash to leave. A worker that dies before it tells the others of it is found out by their next look at the store.
"""

from __future__ import annotations

from dataclasses import replace

from engine.lifecycle.approval import Approval, Step, opened
from engine.lifecycle.policy import BOOKS, BookPolicy
from engine.services.books.verbs import Books, BookState
from engine.services.context import Context, Role
from engine.services.desk import Call, Desk, Work
from engine.services.refusal import Refused, needs_store
from engine.services.selling.acting import patience_of
from engine.services.selling.standing import standing
from engine.store.books import ActivationRecord, VersionRecord, activate_in

RULE = "second_pair_of_eyes"
MOST_REASON = 500


class Activations:
    """Activations of a desk's books, as the tenant's policy has them."""

    def __init__(self, desk: Desk, books: Books) -> None:
        self.desk, self.books = desk, books

    @needs_store
    def policy(self, tenant: str) -> BookPolicy:
        """What the tenant decided; none is asked for until it did."""
        return self.desk.documents.get(tenant, BookPolicy, BOOKS) or BookPolicy(name=BOOKS)

    def keep_policy(self, context: Context, call: Call, wanted: BookPolicy) -> BookPolicy:
        """Decide otherwise."""
        context.require("keep policies")

        def decide(work: Work) -> BookPolicy:
            before = standing(work, BookPolicy(name=BOOKS), call.etag)
            after = replace(before, second_pair_of_eyes=wanted.second_pair_of_eyes, approver=wanted.approver)
            return work.save(after, "BookPolicyUpdated")

        return self.desk.change(context, call, BookPolicy, decide)

    def activate(
        self, context: Context, book: str, version: str, from_day: int, request_id: str, etag: str, reason: str = ""
    ) -> BookState:
        """Activate at once, where the policy lets one person; an administrator may in any case, and says why.

        Raises:
            Refused: FAILED_PRECONDITION, another has to agree; as `Books.activate`.
        """
        context.require("activate books")
        if len(reason) > MOST_REASON:
            raise Refused("INVALID_ARGUMENT", "TOO_LONG", f"a reason has at most {MOST_REASON} characters", "reason")
        if self.policy(context.tenant).second_pair_of_eyes:
            _excused(context, reason)
        return self.books.activate(context, book, version, from_day, request_id, etag, reason)

    def request(
        self, context: Context, call: Call, book: str, version: str, from_day: int, comment: str = ""
    ) -> Approval:
        """Ask another to agree that a version answers; neither who asks nor who published it can.

        Raises:
            Refused: NOT_FOUND; ABORTED, the book has another etag than is said.
        """
        context.require("activate books")
        if len(comment) > MOST_REASON:
            raise Refused("INVALID_ARGUMENT", "TOO_LONG", f"a comment has at most {MOST_REASON} characters", "comment")

        def decide(work: Work) -> Approval:
            etag = self.books.store.etag(context.tenant, book)
            if call.etag and call.etag != etag:
                said = "the book was changed since: get it again and decide anew"
                raise Refused("ABORTED", "STALE_ETAG", said, "etag")
            record = self._version(context, book, version)
            asked = self.policy(context.tenant).asked
            step = Step(rule=RULE, because="a version answers only when another agrees", stage=1, approver=asked)
            request = Approval(
                subject=f"books/{book}/versions/{version}", title=record.title, requester=context.principal,
                barred=tuple(sorted({context.principal, record.author} - {""})),
                reasons=(comment,) if comment else (), from_date=from_day, book_etag=etag, steps=(step,),
            )  # fmt: skip
            made = opened(request, work.now, patience_of(work))
            return work.save(made, "ApprovalRequested", waiting_for=list(made.waiting_for))

        return self.desk.change(context, call, Approval, decide)

    def _version(self, context: Context, book: str, version: str) -> VersionRecord:
        record = self.books.store.version(context.tenant, book, version)
        if record is None:
            raise Refused("NOT_FOUND", "VERSION_NOT_FOUND", "the book has no such version: publish it first", "name")
        return record


def _excused(context: Context, reason: str) -> None:
    """An administrator's reason stands in for the other's consent."""
    if context.role is Role.ADMINISTRATOR and reason.strip():
        return
    said = "another has to agree to an activation: ask for it with RequestActivation"
    also = ", or say a `reason` where it cannot wait" if context.role is Role.ADMINISTRATOR else ""
    raise Refused("FAILED_PRECONDITION", "SECOND_PAIR_OF_EYES", said + also, "reason" if also else "")


def approve(work: Work, request: Approval, approved: bool) -> None:
    """What a decided request does to its book, where nobody has changed which version answers since it was asked."""
    if not approved:
        return
    _, book, _, version = request.subject.split("/")
    record = ActivationRecord(version, request.from_date, request.requester, work.now / 1_000_000, request.name)
    activate_in(work.change, book, record, request.book_etag)
    work.change.event({
        "type": "BookActivated", "subject": f"books/{book}", "by": work.context.principal, "role": str(work.context.role),
        "time": work.now, "version": version, "approval": request.name,
    })  # fmt: skip
