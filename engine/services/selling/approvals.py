"""The verbs of requests for approval, what their end does to what they are about, and the queue of each approver."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from engine.lifecycle.approval import APPROVALS, Approval, Way, cancelled, decided
from engine.services.books.verbs import Books
from engine.services.context import Context, Role
from engine.services.desk import Call, Desk, Work, may_see
from engine.services.pages import size_of
from engine.services.refusal import Refused, needs_store
from engine.services.selling import activating, submitting
from engine.services.selling.acting import acting, patience_of
from engine.values.identity import ID

ENDED: Mapping[str, Callable[[Work, Approval, bool], None]] = {
    "quotes": submitting.approve,
    "books": activating.approve,
}
"""By the kind of a subject: what a request that is approved, or not, does to it, in the same change."""
EVENTS = {"PENDING": "ApprovalStepDecided", "APPROVED": "ApprovalGranted", "REJECTED": "ApprovalRefused"}
MOST_COMMENT = 2_000
MOST_WAITING = 10_000


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request that waits for somebody, and the ways in which they may decide it."""

    approval: Approval
    ways: tuple[Way, ...]

    @property
    def since(self) -> int:
        """When the first of the steps that wait for them was asked."""
        mine = {way.approver for way in self.ways}
        steps = (one for one in self.approval.steps if one.status == "PENDING" and mine.intersection(one.asked))
        return min(one.ask_time for one in steps)


@dataclass(frozen=True, slots=True)
class Queue:
    """A page of what waits for somebody, the oldest first; how many there are, in all and by way; the token of the next page."""

    page: tuple[Waiting, ...]
    total: int
    counts: Mapping[Way, int]
    token: str = ""


class Approvals:
    """Requests for approval of a desk."""

    def __init__(self, desk: Desk, books: Books) -> None:
        self.desk, self.books = desk, books

    def decide(self, context: Context, call: Call, name: str, verb: str, comment: str) -> Approval:
        """Approve or reject, for every step that waits for the caller."""
        APPROVALS.may(verb, context.role)
        if len(comment) > MOST_COMMENT:
            said = f"a comment has at most {MOST_COMMENT:,} characters"
            raise Refused("INVALID_ARGUMENT", "TOO_LONG", said, "comment")

        def decide(work: Work) -> Approval:
            before = work.load(Approval, name, call.etag)
            mine = acting(work.documents, context, work.now)
            after = decided(before, verb, mine.ways, context.principal, comment, work.now, patience_of(work))
            for one in mine.documents:
                work.hold(one)
            if after.status != before.status:
                ENDED[_kind(after)](work, after, verb == "approve")
            return work.save(after, EVENTS[after.status], waiting_for=list(after.waiting_for))

        made = self.desk.change(context, call, Approval, decide)
        if _kind(made) == "books" and made.status == "APPROVED":
            self.books.shelf.generation.bump()  # every worker answers by it when this returns
        return made

    def cancel(self, context: Context, call: Call, name: str) -> Approval:
        """Withdraw a request that is about itself only; a quote's is withdrawn with the quote.

        Raises:
            Refused: PERMISSION_DENIED, it is another's; FAILED_PRECONDITION.
        """
        APPROVALS.may("cancel", context.role)

        def decide(work: Work) -> Approval:
            before = work.load(Approval, name, call.etag)
            if context.principal != before.requester and context.role is not Role.ADMINISTRATOR:
                said = f"{before.requester} asked for it: they or an administrator may cancel it"
                raise Refused("PERMISSION_DENIED", "ANOTHER_REQUESTER", said, "name")
            if _kind(before) == "quotes":
                said = f"{before.subject} waits for it: take the quote back with RecallQuote"
                raise Refused("FAILED_PRECONDITION", "RECALL_INSTEAD", said, "name")
            return work.save(cancelled(before, work.now), "ApprovalCancelled")

        return self.desk.change(context, call, Approval, decide)

    # ------------------------------------------------------------ reading

    def get(self, context: Context, name: str) -> Approval:
        """A request: for those who may read deals; a pricing author sees those about books, and those that ask them."""
        if context.role is not Role.PRICING_AUTHOR:
            context.require("read deals")
        approval = self.desk.get(context, Approval, name)
        if not (context.may("read deals") or _kind(approval) == "books" or self._ways(context, approval)):
            context.require("read deals")
        return approval

    def _ways(self, context: Context, approval: Approval) -> tuple[Way, ...]:
        return _open_to(acting(self.desk.documents, context, self.desk.now()).ways, context.principal, approval)

    @needs_store
    def queue(self, context: Context, size: int = 0, token: str = "") -> Queue:
        """What waits for the caller in any way, but for the deals that they, or those in whose place they would act, made.

        Raises:
            Refused: PERMISSION_DENIED, INVALID_ARGUMENT.
        """
        APPROVALS.may("approve", context.role)
        size = size_of(size)
        if token and not ID.match(token):
            raise Refused("INVALID_ARGUMENT", "INVALID_PAGE_TOKEN", "send the token of the page before", "page_token")
        documents, tenant = self.desk.documents, context.tenant
        ways = acting(documents, context, self.desk.now()).ways
        found = self._waiting(context, ways)
        ids = sorted(set().union(*found.values()))
        wanted = [one for one in ids if one > token]
        read = documents.many(tenant, Approval, [f"{Approval.KIND}/{one}" for one in wanted[:size]])
        rows = (
            (one, _open_to(ways, context.principal, one)) for one in read if one is not None and may_see(context, one)
        )
        return Queue(
            tuple(Waiting(one, mine) for one, mine in rows if mine), len(ids), {way: len(of) for way, of in found.items() if of},
            wanted[size - 1] if len(wanted) > size else "",
        )  # fmt: skip

    def _waiting(self, context: Context, ways: Sequence[Way]) -> dict[Way, set[str]]:
        """By way the ids of the requests that wait; for a caller who is bound to an account, of those that are of it."""
        principal = context.principal
        people = sorted({principal, *(way.on_behalf_of for way in ways if way.on_behalf_of)})
        by = [("waiting_for", way.approver) for way in ways] + [("kept_from", one) for one in people]
        by += [("account", context.account)] if context.account else []
        sets = [set(ids) for ids in self.desk.documents.ids_with(context.tenant, Approval, by, MOST_WAITING)]
        if context.account:
            own = sets.pop()
            sets[: len(ways)] = [ids & own for ids in sets[: len(ways)]]
        barred = dict(zip(people, sets[len(ways) :], strict=True))
        return {
            way: ids - barred[principal] - barred.get(way.on_behalf_of, set())
            for way, ids in zip(ways, sets, strict=False)
        }


def _open_to(ways: Sequence[Way], principal: str, approval: Approval) -> tuple[Way, ...]:
    """Those of the ways by which a principal may decide a request."""
    if principal in approval.barred:
        return ()
    return tuple(
        way for way in ways if way.approver in approval.waiting_for and way.on_behalf_of not in approval.barred
    )


def _kind(approval: Approval) -> str:
    return approval.subject.partition("/")[0]
