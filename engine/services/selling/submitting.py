"""A quote on its way to be approved: submitted, taken back, and what the end of its request does to it."""

from __future__ import annotations

from dataclasses import replace

from engine.lifecycle.approval import Approval, cancelled, opened
from engine.lifecycle.asking import approved_of, request_of, to_ask
from engine.lifecycle.quote import QUOTES, Quote, QuoteStatus
from engine.services.context import Context
from engine.services.desk import Call, Desk, Work
from engine.services.selling.acting import patience_of
from engine.services.selling.priced import Prices
from engine.services.selling.quoted import account_of, needed_seller, simply, sound


class Submitting:
    """Asks for the approval of quotes."""

    def __init__(self, desk: Desk, prices: Prices) -> None:
        self.desk, self.prices = desk, prices

    def submit(self, context: Context, call: Call, name: str) -> Quote:
        """Ask for the approvals that the book wants; without any, or with those of before on no worse terms, it is approved at once."""
        QUOTES.may("submit", context.role)

        def decide(work: Work) -> Quote:
            before = work.load(Quote, name, call.etag)
            status = QUOTES.step(before.status, "submit")
            account_of(work, before)
            needed_seller(work, before)  # before anybody is asked for what could not be sent
            sound(before)
            self.prices.proven(context, before)
            asked, reasons = to_ask(before)
            made = replace(before, submitter=context.principal, approval_reasons=reasons)
            if not asked:
                # what people approved stays what later versions are held against
                return work.save(
                    replace(made, status=QuoteStatus.APPROVED, approval=""), "QuoteApproved", automatic=True
                )
            request = opened(request_of(made, asked), work.now, patience_of(work))
            saved = work.save(request, "ApprovalRequested", waiting_for=list(request.waiting_for))
            return work.save(replace(made, status=status, approval=saved.name), "QuoteSubmitted", approval=saved.name)

        return self.desk.change(context, call, Quote, decide)

    def recall(self, context: Context, call: Call, name: str) -> Quote:
        """Take a quote back that waits for approval, or was approved and not sent."""
        return simply(self.desk, context, call, name, "recall", "QuoteRecalled", also=withdrawn)


def withdrawn(work: Work, quote: Quote) -> Quote:
    """The request for approval is cancelled with it."""
    if quote.approval:
        request = work.load(Approval, quote.approval)
        if request.status == "PENDING":
            work.save(cancelled(request, work.now), "ApprovalCancelled")
    return replace(quote, approval="", approval_reasons=())


def approve(work: Work, request: Approval, approved: bool) -> None:
    """What a decided request does to its quote."""
    before = work.load(Quote, request.subject)
    assert before.approval == request.name, request.name
    verb = "approve" if approved else "reject"
    status = QUOTES.step(before.status, verb)
    made = replace(before, status=status)
    if approved:
        work.save(replace(made, approved=approved_of(made, request.name, work.now)), "QuoteApproved", automatic=False)
    else:
        said = next((step.comment for step in request.steps if step.status == "REJECTED"), "")
        work.save(replace(made, status_reason=said), "QuoteRejected")
