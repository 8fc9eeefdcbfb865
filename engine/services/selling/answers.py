"""A quote with its customer: sent on paper, accepted, declined; or ended without an answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from engine.lifecycle.opportunity import OPPORTUNITIES, Opportunity
from engine.lifecycle.parties import Account
from engine.lifecycle.quote import QUOTES, Acceptance, Option, Quote
from engine.lifecycle.terms import VALID_DAYS
from engine.services.context import Context
from engine.services.desk import Call, Desk, Work
from engine.services.refusal import Refused
from engine.services.selling.papers import Document, Papers
from engine.services.selling.priced import Prices, counter, day_of
from engine.services.selling.quoted import account_of, needed_seller, simply, sound
from engine.services.selling.submitting import withdrawn
from engine.values.kinds import MICROS
from engine.values.roles import Role

ACCEPTED = "quote_accepted"
"""The reason of an opportunity that its quote has won."""


class Answers:
    """What becomes of quotes that are approved."""

    def __init__(self, desk: Desk, prices: Prices) -> None:
        self.desk, self.prices, self.papers = desk, prices, Papers(prices)

    def send(self, context: Context, call: Call, name: str) -> Quote:
        """Let the customer have it: from now on it can be accepted, until its validity ends."""
        QUOTES.may("send", context.role)

        def decide(work: Work) -> Quote:
            before = work.load(Quote, name, call.etag)
            status = QUOTES.step(before.status, "send")
            account, entity = account_of(work, before), needed_seller(work, before)
            sound(before)
            self.prices.proven(context, before)
            zone = self.prices.zone(context, before)
            today = day_of(work.now, zone)
            until = before.valid_until or today + (before.valid_days or VALID_DAYS)
            if until < today:
                raise Refused(
                    "FAILED_PRECONDITION", "NOT_VALID", "its validity has ended: say another", "quote.valid_until"
                )
            ends = round(datetime.fromordinal(until + 1).replace(tzinfo=zone).timestamp()) * MICROS
            ready = replace(
                before, entity=entity.name, status=status, valid_until=until, expire_time=ends, send_time=work.now
            )
            paper = self.papers.of(context, ready, account, entity, work.now)
            sent = work.save(replace(ready, document_hash=paper.digest), "QuoteSent", version=before.version)
            work.change.file(sent, paper_of(sent.version), paper.pdf)
            return sent

        return self.desk.change(context, call, Quote, decide)

    def document(self, context: Context, name: str, version: int = 0) -> Document:
        """The paper of a version that was sent; of one that was not yet, as it would be now.

        Raises:
            Refused: NOT_FOUND; FAILED_PRECONDITION, it cannot be put on paper.
        """
        context.require("read deals")
        quote = self.desk.get(context, Quote, name)
        if not 0 <= version <= quote.version:
            raise Refused("NOT_FOUND", "VERSION_NOT_FOUND", f"{name} has the versions 1 to {quote.version}", "version")
        kept = self.sent_paper(context, quote, version or quote.version)
        if kept is not None:
            return kept
        if version and version != quote.version:
            raise Refused("NOT_FOUND", "NO_DOCUMENT", f"version {version} of {name} was never sent", "version")
        work = Work(self.desk, context, self.desk.now())
        account, entity = work.load(Account, quote.account), needed_seller(work, quote)
        return self.papers.of(context, quote, account, entity, work.now)

    def sent_paper(self, context: Context, quote: Quote, version: int) -> Document | None:
        """The paper of a version that was sent; None where it was not, or was erased."""
        pdf = self.desk.documents.file(context.tenant, quote.name, paper_of(version))
        ended = {one.version: one.document_hash for one in quote.versions}
        return Document(quote, version, pdf, ended.get(version, quote.document_hash), sent=True) if pdf else None

    def accept(self, context: Context, call: Call, name: str, said: Acceptance, signer: str) -> Quote:
        """The customer's yes to an option of what was sent, while its account may have business. Coupons with a limit are counted, once."""
        QUOTES.may("accept", context.role)
        _linked(context, name)

        def decide(work: Work) -> Quote:
            before = _at_its_version(context, work.load(Quote, name, call.etag))
            status = QUOTES.step(before.status, "accept")
            if before.expire_time and work.now >= before.expire_time:
                raise Refused(
                    "FAILED_PRECONDITION", "EXPIRED", "the quote's validity has ended: ask for a new one", "name"
                )
            _dealing(work, before)
            if said.document_hash and said.document_hash != before.document_hash:
                message = "this is not the document that was sent last: look at the quote again"
                raise Refused("FAILED_PRECONDITION", "DOCUMENT_CHANGED", message, "document_hash")
            option = _chosen(before, said.option_id)
            self.prices.proven(context, before)
            self._count(work, before, option)
            _win(work, before, option)
            acceptance = replace(
                said,
                option_id=option.option_id,
                by=context.principal,
                time=work.now,
                document_hash=before.document_hash,
            )
            return work.save(
                replace(before, status=status, acceptance=acceptance, signer=signer),
                "QuoteAccepted",
                option=option.option_id,
            )

        return self.desk.change(context, call, Quote, decide)

    def _count(self, work: Work, quote: Quote, option: Option) -> None:
        """Count what limited rules gave; one that another quote used up meanwhile is said.

        Raises:
            Refused: FAILED_PRECONDITION.
        """
        limits = self.prices.head(work.context, quote).limits
        if not limits:
            return
        whole = self.prices.whole(work.context.tenant, replace(quote, options=(option,))).options[0]
        amounts = self.prices.given(work.context, quote, whole, self.prices.price_of(work.context.tenant, option))
        for rule, amount in sorted(amounts.items()):
            for limit in limits[rule]:
                name = counter(quote, rule, limit.what)
                before = work.documents.counts(work.context.tenant, [name])[0]
                after = before + (amount if limit.what == "amount" else 1)
                if after > (limit.value or 1):
                    said = f"`{rule}` has been given as often as it may be: reprice the quote in a revision"
                    raise Refused("FAILED_PRECONDITION", "LIMIT_REACHED", said, "name", {"rule": rule})
                work.change.spend(name, before, after)

    def decline(self, context: Context, call: Call, name: str, reason: str) -> Quote:
        """The customer's no."""
        QUOTES.may("decline", context.role)
        _linked(context, name)

        def decide(work: Work) -> Quote:
            before = _at_its_version(context, work.load(Quote, name, call.etag))
            status = QUOTES.step(before.status, "decline")
            return work.save(replace(before, status=status, status_reason=reason), "QuoteDeclined")

        return self.desk.change(context, call, Quote, decide)

    def expire(self, context: Context, call: Call, name: str) -> Quote:
        """End a quote that nobody answered in time.

        Raises:
            Refused: FAILED_PRECONDITION, it is still valid.
        """

        def due(work: Work, quote: Quote) -> Quote:
            if work.now < quote.expire_time:
                raise Refused("FAILED_PRECONDITION", "STILL_VALID", f"{quote.name} is still valid", "name")
            return quote

        return simply(self.desk, context, call, name, "expire", "QuoteExpired", also=due)

    def void(self, context: Context, call: Call, name: str, reason: str) -> Quote:
        """As if it had never been: nothing is owed from it."""
        return simply(self.desk, context, call, name, "void", "QuoteVoided", reason, also=withdrawn)


def paper_of(version: int) -> str:
    """The name of the file that a version's paper is kept in."""
    return f"{version}.pdf"


def _win(work: Work, quote: Quote, option: Option) -> None:
    """The opportunity of a quote that is accepted is won, at what was accepted; one that was closed before stays as it is."""
    found = work.find(Opportunity, quote.opportunity) if quote.opportunity else None
    if found is None or found.status != OPPORTUNITIES.start:
        return
    named = {one.name: one for one in option.totals}
    total = named.get("over_term") or (option.totals[0] if len(named) == 1 else None)
    if total is not None:  # totals that stand apart are never added
        found = replace(found, amount_micros=total.net_amount_micros, currency_code=quote.currency_code)
    status = OPPORTUNITIES.step(found.status, "win")
    work.save(found.closed(status, ACCEPTED, quote.name, work.now), "OpportunityWon", quote=quote.name)


def _linked(context: Context, name: str) -> None:
    """A customer answers the quote that their link is for, and nothing else.

    Raises:
        Refused: PERMISSION_DENIED.
    """
    if context.role is Role.CUSTOMER and not context.document.startswith(f"{name}/versions/"):
        said = "a customer answers a version of a quote by the link that was made for it"
        raise Refused("PERMISSION_DENIED", "NO_LINK", said)


def _dealing(work: Work, quote: Quote) -> None:
    """An account that has no new business accepts none; a customer is not told why, but whom to ask.

    Raises:
        Refused: FAILED_PRECONDITION.
    """
    try:
        account_of(work, quote)
    except Refused as why:
        if work.context.role is not Role.CUSTOMER or why.reason != "ACCOUNT_STATUS":
            raise
        said = "this offer cannot be accepted at the moment: please ask the seller"
        raise Refused(why.status, why.reason, said) from why


def _at_its_version(context: Context, quote: Quote) -> Quote:
    """And the version that it is for: a link to an older one says nothing of what was sent since."""
    if context.role is Role.CUSTOMER and context.document != f"{quote.name}/versions/{quote.version}":
        raise replaced()
    return quote


def replaced() -> Refused:
    """What a link is answered whose version is not the last."""
    said = "this version of the quote does not stand any more: ask the seller for a link to the new one"
    return Refused("FAILED_PRECONDITION", "REPLACED", said)


def _chosen(quote: Quote, option_id: str) -> Option:
    """The option that is accepted: the only one, where none is named."""
    found = quote.option(option_id) if option_id else quote.options[0] if len(quote.options) == 1 else None
    if found is None:
        known = ", ".join(option.option_id for option in quote.options)
        raise Refused("INVALID_ARGUMENT", "UNKNOWN_OPTION", f"say which option is accepted: {known}", "option_id")
    return found
