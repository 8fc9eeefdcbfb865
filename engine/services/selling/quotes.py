"""The verbs of quotes: draft, price, submit, send, accept, and what else a deal needs until it is answered."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain

from engine.lifecycle.approval import Approval, cancelled, opened
from engine.lifecycle.asking import approved_of, request_of, to_ask
from engine.lifecycle.opportunity import OPPORTUNITIES, Opportunity
from engine.lifecycle.parties import Account, AccountStatus, LegalEntity
from engine.lifecycle.quote import (
    MOST_OPTIONS,
    QUOTES,
    Acceptance,
    Bundle,
    Line,
    Option,
    Quote,
    QuoteStatus,
    Version,
)
from engine.services.context import Context
from engine.services.desk import Call, Desk, Work
from engine.services.pricing.verbs import facts_of_account
from engine.services.refusal import Refused
from engine.services.selling.acting import patience_of
from engine.services.selling.papers import Document, Papers
from engine.services.selling.parties import named_by
from engine.services.selling.priced import Prices, counter, given
from engine.values.roles import Role

VALID_DAYS = 30
ACCEPTED = "quote_accepted"
"""The reason of an opportunity that its quote has won."""


def paper_of(version: int) -> str:
    """The name of the file that a version's paper is kept in."""
    return f"{version}.pdf"


DAY = 24 * 3600 * 1_000_000
_OPTION = re.compile(r"[a-z0-9][a-z0-9-]{0,30}\Z")
Edit = Callable[[Quote], Quote]


class Quotes:
    """Quotes of a desk, priced by books."""

    def __init__(self, desk: Desk, prices: Prices) -> None:
        self.desk, self.prices, self.papers = desk, prices, Papers(prices)

    # ------------------------------------------------------------ drafts

    def create(self, context: Context, call: Call, quote: Quote, chosen: str = "") -> Quote:
        """A new draft, priced: by the version that is active today, from now on its pin."""
        QUOTES.may("update", context.role)
        named = replace(quote, name=named_by(Quote.KIND, chosen, "quote_id"), status=QUOTES.start, version=1)

        def decide(work: Work) -> Quote:
            draft = self._pinned(work, replace(named, owner=named.owner or context.principal))
            return self._save_new(work, self._settled(work, draft), "QuoteCreated")

        return self.desk.change(context, call, Quote, decide)

    def update(self, context: Context, call: Call, name: str, edit: Edit) -> Quote:
        """Change a draft; it is priced anew under its pin. One that was rejected becomes a draft again."""
        QUOTES.may("update", context.role)

        def decide(work: Work) -> Quote:
            before = work.load(Quote, name, call.etag)
            status = QUOTES.step(before.status, "update")
            whole = self.prices.whole(context.tenant, before)
            after = replace(edit(whole), status=status, status_reason="")
            if (after.book, after.account) != (before.book, before.account):
                after = self._pinned(work, after)
            if _granted(after) != _granted(whole):
                after = replace(after, priced_role=str(context.role))
            return work.save(self._settled(work, after), "QuoteUpdated")

        return self.desk.change(context, call, Quote, decide)

    def reprice(self, context: Context, call: Call, name: str, repin: bool) -> Quote:
        """Price a draft again: under its pin, which gives the same bytes, or by what is active today."""
        QUOTES.may("reprice", context.role)

        def decide(work: Work) -> Quote:
            before = work.load(Quote, name, call.etag)
            status = QUOTES.step(before.status, "reprice")
            whole = replace(self.prices.whole(context.tenant, before), status=status, status_reason="")
            after = self._pinned(work, replace(whole, priced_role=str(context.role))) if repin else whole
            return work.save(self._settled(work, after, repin), "QuoteRepriced", repinned=repin)

        return self.desk.change(context, call, Quote, decide)

    def clone(self, context: Context, call: Call, name: str, chosen: str = "", account: str = "") -> Quote:
        """A new draft with what another quote holds, priced by today's version."""
        QUOTES.may("clone", context.role)

        def decide(work: Work) -> Quote:
            whole = self.prices.whole(context.tenant, work.load(Quote, name))
            copy = Quote(
                name=named_by(Quote.KIND, chosen, "quote_id"), display_name=whole.display_name, owner=context.principal,
                account=account or whole.account, opportunity="" if account else whole.opportunity, entity=whole.entity, book=whole.book,
                currency_code=whole.currency_code, language_code=whole.language_code, facts=whole.facts, coupon_codes=whole.coupon_codes,
                grants=whole.grants, start_date=whole.start_date, end_date=whole.end_date,
                options=tuple(Option(
                    option_id=one.option_id, title=one.title, description=one.description, recommended=one.recommended,
                    lines=one.lines, bundles=one.bundles,
                ) for one in whole.options),
                valid_days=whole.valid_days, net_days=whole.net_days, notes=whole.notes, show_discounts=whole.show_discounts,
                cloned_from=whole.name,
            )  # fmt: skip
            return self._save_new(work, self._settled(work, self._pinned(work, copy)), "QuoteCloned")

        return self.desk.change(context, call, Quote, decide)

    def _save_new(self, work: Work, quote: Quote, event: str) -> Quote:
        entity = work.load(LegalEntity, quote.entity, field="quote.entity") if quote.entity else None
        return work.save(quote, event, entity.numbering("quotes") if entity else None)

    def _pinned(self, work: Work, quote: Quote) -> Quote:
        """With the pin of today, and what the account says today."""
        account = self._account(work, quote)
        pricing, context = self.prices.pricing, work.context
        book = quote.book.removeprefix("books/") or pricing.shelf.only_book(context.tenant)
        plan, day = pricing.plan(context.tenant, book, "", 0)
        return replace(
            quote, book=f"books/{book}", book_version=plan.head.version, pricing_date=day,
            priced_role=quote.priced_role or str(context.role),
            account_facts=facts_of_account(plan, account.facts, account.derived_facts()),
            currency_code=quote.currency_code or _of(account.currency_code, plan.head.currency, plan.head.currencies),
            language_code=quote.language_code or account.language_code,
            net_days=quote.net_days or (account.payment_terms.net_days if account.payment_terms else 0),
        )  # fmt: skip

    def _account(self, work: Work, quote: Quote) -> Account:
        account = work.load(Account, quote.account, field="quote.account")
        if account.status is not AccountStatus.ACTIVE:
            said = f"{account.name} is {account.status}: it gets no new business"
            raise Refused("FAILED_PRECONDITION", "ACCOUNT_NOT_ACTIVE", said, "quote.account")
        return account

    def _settled(self, work: Work, quote: Quote, counted: bool = True) -> Quote:
        """Checked and priced; who made it what it is cannot approve it."""
        _check(quote)
        if quote.opportunity:
            _of_its_account(work.load(Opportunity, quote.opportunity, field="quote.opportunity"), quote)
        editors = tuple(sorted({*quote.editors, work.context.principal, quote.owner} - {""}))
        return self.prices.settle(work, replace(quote, editors=editors), counted)

    # ------------------------------------------------------------ approval

    def submit(self, context: Context, call: Call, name: str) -> Quote:
        """Ask for the approvals that the book wants; without any, or with those of before on no worse terms, it is approved at once."""
        QUOTES.may("submit", context.role)

        def decide(work: Work) -> Quote:
            before = work.load(Quote, name, call.etag)
            status = QUOTES.step(before.status, "submit")
            self._account(work, before)
            _sound(before)
            self.prices.proven(context, before)
            asked, reasons = to_ask(before)
            made = replace(before, submitter=context.principal, approval_reasons=reasons)
            if not asked:
                # what people approved stays what later versions are held against
                return work.save(replace(made, status=QuoteStatus.APPROVED), "QuoteApproved", automatic=True)
            request = opened(request_of(made, asked), work.now, patience_of(work))
            saved = work.save(request, "ApprovalRequested", waiting_for=list(request.waiting_for))
            return work.save(replace(made, status=status, approval=saved.name), "QuoteSubmitted", approval=saved.name)

        return self.desk.change(context, call, Quote, decide)

    def recall(self, context: Context, call: Call, name: str) -> Quote:
        """Take a quote back that waits for approval, or was approved and not sent."""
        return self._simply(context, call, name, "recall", "QuoteRecalled", also=_withdraw)

    # ------------------------------------------------------------ to the customer and back

    def send(self, context: Context, call: Call, name: str) -> Quote:
        """Let the customer have it: from now on it can be accepted, until its validity ends."""
        QUOTES.may("send", context.role)

        def decide(work: Work) -> Quote:
            before = work.load(Quote, name, call.etag)
            status = QUOTES.step(before.status, "send")
            account, entity = self._account(work, before), self._entity(work, before)
            _sound(before)
            self.prices.proven(context, before)
            today = datetime.fromtimestamp(work.now / 1_000_000, UTC).toordinal()
            until = before.valid_until or today + (before.valid_days or VALID_DAYS)
            if until < today:
                raise Refused(
                    "FAILED_PRECONDITION", "NOT_VALID", "its validity has ended: say another", "quote.valid_until"
                )
            ends = (until + 1 - datetime(1970, 1, 1).toordinal()) * DAY
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
        account, entity = work.load(Account, quote.account), self._entity(work, quote)
        return self.papers.of(context, quote, account, entity, work.now)

    def sent_paper(self, context: Context, quote: Quote, version: int) -> Document | None:
        """The paper of a version that was sent; None where it was not, or was erased."""
        pdf = self.desk.documents.file(context.tenant, quote.name, paper_of(version))
        ended = {one.version: one.document_hash for one in quote.versions}
        return Document(pdf, ended.get(version, quote.document_hash)) if pdf else None

    def _entity(self, work: Work, quote: Quote) -> LegalEntity:
        """Who sells: whom the quote says, else the tenant's only one, or the one it calls `default`."""
        if quote.entity:
            return work.load(LegalEntity, quote.entity, field="quote.entity")
        found = work.find(LegalEntity, f"{LegalEntity.KIND}/default")
        page = self.desk.page(work.context, LegalEntity, 2)[0]
        if found is None and len(page) != 1:
            known = "the tenant has several" if page else "the tenant has none yet: make one by CreateLegalEntity"
            raise Refused(
                "FAILED_PRECONDITION", "ENTITY_REQUIRED", f"say which legal entity sells: {known}", "quote.entity"
            )
        return found or page[0]

    def accept(self, context: Context, call: Call, name: str, said: Acceptance, signer: str) -> Quote:
        """The customer's yes to an option of what was sent. Coupons with a limit are counted, once."""
        QUOTES.may("accept", context.role)
        _linked(context, name)

        def decide(work: Work) -> Quote:
            before = work.load(Quote, name, call.etag)
            status = QUOTES.step(before.status, "accept")
            if before.expire_time and work.now >= before.expire_time:
                raise Refused(
                    "FAILED_PRECONDITION", "EXPIRED", "the quote's validity has ended: ask for a new one", "name"
                )
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
        amounts = given(self.prices.price_of(work.context.tenant, option), limits)
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
        _linked(context, name)
        return self._simply(context, call, name, "decline", "QuoteDeclined", reason)

    def expire(self, context: Context, call: Call, name: str) -> Quote:
        """End a quote that nobody answered in time.

        Raises:
            Refused: FAILED_PRECONDITION, it is still valid.
        """

        def due(work: Work, quote: Quote) -> Quote:
            if work.now < quote.expire_time:
                raise Refused("FAILED_PRECONDITION", "STILL_VALID", f"{quote.name} is still valid", "name")
            return quote

        return self._simply(context, call, name, "expire", "QuoteExpired", also=due)

    def void(self, context: Context, call: Call, name: str, reason: str) -> Quote:
        """As if it had never been: nothing is owed from it."""
        return self._simply(context, call, name, "void", "QuoteVoided", reason, also=_withdraw)

    def revise(self, context: Context, call: Call, name: str, repin: bool) -> Quote:
        """A draft of the next version; what was sent of the last one can be accepted no more."""
        QUOTES.may("revise", context.role)

        def decide(work: Work) -> Quote:
            before = work.load(Quote, name, call.etag)
            status = QUOTES.step(before.status, "revise")
            kept = Version(
                version=before.version, revision=before.etag, status=str(before.status), document_hash=before.document_hash,
                end_time=work.now,
            )  # fmt: skip
            draft = replace(
                self.prices.whole(context.tenant, before), status=status, status_reason="", version=before.version + 1,
                versions=(*before.versions, kept), approval="", approval_reasons=(), document_hash="", send_time=0, expire_time=0,
                valid_until=0, submitter="",
            )  # fmt: skip
            if repin:
                draft = self._pinned(work, replace(draft, priced_role=str(context.role)))
            return work.save(self._settled(work, draft), "QuoteRevised", version=draft.version)

        return self.desk.change(context, call, Quote, decide)

    def _simply(
        self, context: Context, call: Call, name: str, verb: str, event: str, reason: str = "",
        also: Callable[[Work, Quote], Quote] = lambda _, quote: quote,
    ) -> Quote:  # fmt: skip
        """A verb that changes the status, and `also` what it says."""
        QUOTES.may(verb, context.role)

        def decide(work: Work) -> Quote:
            before = work.load(Quote, name, call.etag)
            after = replace(before, status=QUOTES.step(before.status, verb), status_reason=reason)
            return work.save(also(work, after), event)

        return self.desk.change(context, call, Quote, decide)


def _of_its_account(opportunity: Opportunity, quote: Quote) -> None:
    if opportunity.account != quote.account:
        said = f"{opportunity.name} is of {opportunity.account}, and the quote of {quote.account}"
        raise Refused("INVALID_ARGUMENT", "OTHER_ACCOUNT", said, "quote.opportunity")


def _win(work: Work, quote: Quote, option: Option) -> None:
    """The opportunity of a quote that is accepted is won, at what was accepted; one that was closed before stays as it is."""
    found = work.find(Opportunity, quote.opportunity) if quote.opportunity else None
    if found is None or found.status != OPPORTUNITIES.start:
        return
    total = next((one for one in option.totals if one.name == "over_term"), option.totals[0])
    priced = replace(found, amount_micros=total.net_amount_micros, currency_code=quote.currency_code)
    status = OPPORTUNITIES.step(found.status, "win")
    work.save(priced.closed(status, ACCEPTED, quote.name, work.now), "OpportunityWon", quote=quote.name)


def _linked(context: Context, name: str) -> None:
    """A customer answers the quote that their link is for, and no other.

    Raises:
        Refused: PERMISSION_DENIED.
    """
    if context.role is Role.CUSTOMER and not context.document.startswith(f"{name}/versions/"):
        raise Refused("PERMISSION_DENIED", "NO_LINK", "a customer answers a quote by the link that was made for it")


def _withdraw(work: Work, quote: Quote) -> Quote:
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


def _chosen(quote: Quote, option_id: str) -> Option:
    """The option that is accepted: the only one, where none is named."""
    found = quote.option(option_id) if option_id else quote.options[0] if len(quote.options) == 1 else None
    if found is None:
        known = ", ".join(option.option_id for option in quote.options)
        raise Refused("INVALID_ARGUMENT", "UNKNOWN_OPTION", f"say which option is accepted: {known}", "option_id")
    return found


def _sound(quote: Quote) -> None:
    """A quote that breaks a rule goes to nobody.

    Raises:
        Refused: FAILED_PRECONDITION, with what is wrong.
    """
    problems = [f"option {option.option_id}: {one}" for option in quote.options for one in option.problems]
    if not quote.options:
        problems.append("it has no option")
    problems += [
        f"option {one.option_id} holds nothing" for one in quote.options if not one.totals and not one.problems
    ]
    if problems or not all(option.complete for option in quote.options):
        said = "; ".join(problems[:5]) or "not all of it has a price"
        raise Refused("FAILED_PRECONDITION", "QUOTE_NOT_SOUND", f"{quote.name} cannot go on: {said}", "name")


def _check(quote: Quote) -> None:
    """The options by themselves.

    Raises:
        Refused: INVALID_ARGUMENT.
    """
    ids = [option.option_id for option in quote.options]
    if len(ids) > MOST_OPTIONS:
        raise Refused("INVALID_ARGUMENT", "TOO_MANY", f"a quote has at most {MOST_OPTIONS} options", "quote.options")
    for i, one in enumerate(ids):
        if not _OPTION.match(one) or one in ids[:i]:
            said = (
                f"`{one[:40]}` is said twice" if one in ids[:i] else "an option has an id of 1 to 31 of a-z, 0-9 and -"
            )
            raise Refused("INVALID_ARGUMENT", "INVALID_ID", said, f"quote.options[{i}].option_id")
    if not 0 <= quote.valid_days <= 3_650 or not 0 <= quote.net_days <= 3_650:
        raise Refused("INVALID_ARGUMENT", "INVALID_VALUE", "days are 0 to 3,650", "quote.valid_days")


def _granted(quote: Quote) -> Iterable[object]:
    """What was given by hand, wherever it stands."""
    inside = [
        (option.option_id, one.product, one.grants)
        for option in quote.options
        for one in chain[Line | Bundle](option.lines, option.bundles)
        if one.grants
    ]
    return quote.grants, inside


def _of(code: str, own: str, others: Iterable[str]) -> str:
    """The account's currency where the book has prices in it, else the book's own."""
    return code if code in (own, *others) else own
