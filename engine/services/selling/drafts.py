"""Drafts of quotes: made, changed, priced again, copied, and made anew of what was sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from engine.lifecycle.cloning import cloned
from engine.lifecycle.opportunity import Opportunity
from engine.lifecycle.parties import Account
from engine.lifecycle.quote import MOST_OPTIONS, QUOTES, Quote, Version
from engine.services.context import Context
from engine.services.desk import Call, Desk, Work
from engine.services.naming import named_by
from engine.services.pricing.verbs import facts_of_account
from engine.services.refusal import Refused
from engine.services.selling.priced import Prices
from engine.services.selling.quoted import account_of, seller_of

DAY = 24 * 3600 * 1_000_000
MOST_DAYS = 3_650
MOST_SAID = 10_000
_OPTION = re.compile(r"[a-z0-9][a-z0-9-]{0,30}\Z")
Edit = Callable[[Quote], Quote]
_UNASKED: dict[str, Any] = {"status_reason": "", "approval": "", "approval_reasons": ()}
"""What a draft that was rejected leaves behind."""


class Drafts:
    """Drafts of a desk, priced by books."""

    def __init__(self, desk: Desk, prices: Prices) -> None:
        self.desk, self.prices = desk, prices

    def create(self, context: Context, call: Call, quote: Quote, chosen: str = "") -> Quote:
        """A new draft, priced: by the version that is active today, from now on its pin."""
        QUOTES.may("update", context.role)
        named = replace(quote, name=named_by(context, Quote, chosen, "quote_id"), status=QUOTES.start, version=1)

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
            after = replace(edit(whole), status=status, **_UNASKED)
            if after.account != before.account:
                raise _moved(before, after.account)
            if after.book != before.book:
                after = self._pinned(work, after)
            if _priced_by(after) != _priced_by(whole):
                after = replace(after, priced_role=str(context.role))
            return work.save(self._settled(work, after), "QuoteUpdated")

        return self.desk.change(context, call, Quote, decide)

    def reprice(self, context: Context, call: Call, name: str, repin: bool) -> Quote:
        """Price a draft again: under its pin, which gives the same bytes, or by what is active today."""
        QUOTES.may("reprice", context.role)

        def decide(work: Work) -> Quote:
            before = work.load(Quote, name, call.etag)
            status = QUOTES.step(before.status, "reprice")
            whole = replace(self.prices.whole(context.tenant, before), status=status, **_UNASKED)
            after = self._pinned(work, replace(whole, priced_role=str(context.role))) if repin else whole
            return work.save(self._settled(work, after, repin), "QuoteRepriced", repinned=repin)

        return self.desk.change(context, call, Quote, decide)

    def clone(self, context: Context, call: Call, name: str, chosen: str = "", account: str = "") -> Quote:
        """A new draft with what another quote holds, priced by today's version."""
        QUOTES.may("clone", context.role)

        def decide(work: Work) -> Quote:
            whole = self.prices.whole(context.tenant, work.load(Quote, name))
            gave = self._given(work, whole) if account not in ("", whole.account) else {}
            copy = cloned(whole, named_by(context, Quote, chosen, "quote_id"), context.principal, account, gave)
            return self._save_new(work, self._settled(work, self._pinned(work, copy)), "QuoteCloned")

        return self.desk.change(context, call, Quote, decide)

    def _save_new(self, work: Work, quote: Quote, event: str) -> Quote:
        entity = seller_of(work, quote)
        sold = replace(quote, entity=entity.name) if entity else quote
        return work.save(sold, event, entity.numbering("quotes") if entity else None)

    def _pinned(self, work: Work, quote: Quote) -> Quote:
        """With the pin of today, and what the account says today."""
        account = account_of(work, quote)
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

    def _given(self, work: Work, quote: Quote) -> Mapping[str, Collection[Any]]:
        """What a quote may have of its account, by what that has said so far: it may have been changed since the quote's pin."""
        head = self.prices.head(work.context, quote)
        said = work.documents.history(work.context.tenant, Account, quote.account, most=MOST_SAID)
        return {
            "currency_code": {_of(one.currency_code, head.currency, head.currencies) for one in said},
            "language_code": {one.language_code for one in said},
            "net_days": {one.payment_terms.net_days for one in said if one.payment_terms},
        }

    def _settled(self, work: Work, quote: Quote, counted: bool = True) -> Quote:
        """Checked and priced; who made it what it is cannot approve it."""
        _check(quote, work.now)
        if quote.opportunity:
            _of_its_account(work.load(Opportunity, quote.opportunity, field="quote.opportunity"), quote)
        editors = tuple(sorted({*quote.editors, work.context.principal, quote.owner} - {""}))
        return self.prices.settle(work, replace(quote, editors=editors), counted)

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


def _moved(quote: Quote, account: str) -> Refused:
    said = f"{quote.name} stays {quote.account}'s: what is said in it is erased with that; clone it (CloneQuote) for {account[:80]}"
    return Refused("INVALID_ARGUMENT", "IMMUTABLE", said, "quote.account")


def _of_its_account(opportunity: Opportunity, quote: Quote) -> None:
    if opportunity.account != quote.account:
        said = f"{opportunity.name} is of {opportunity.account}, and the quote of {quote.account}"
        raise Refused("INVALID_ARGUMENT", "OTHER_ACCOUNT", said, "quote.opportunity")


def _check(quote: Quote, now: int) -> None:
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
    latest = now // DAY + date(1970, 1, 1).toordinal() + MOST_DAYS
    if quote.valid_until > latest:
        said = f"it is valid for at most {MOST_DAYS:,} days"
        raise Refused("INVALID_ARGUMENT", "INVALID_VALUE", said, "quote.valid_until")
    if not 0 <= quote.valid_days <= MOST_DAYS or not 0 <= quote.net_days <= MOST_DAYS:
        raise Refused("INVALID_ARGUMENT", "INVALID_VALUE", f"days are 0 to {MOST_DAYS:,}", "quote.valid_days")


def _priced_by(quote: Quote) -> object:
    """What makes its price what it is. Whoever changes that does so within what their own role may grant."""
    held = [(option.option_id, option.lines, option.bundles) for option in quote.options]
    whose = (quote.book, quote.currency_code, quote.start_date, quote.end_date)
    return whose, quote.grants, quote.facts, quote.coupon_codes, held


def _of(code: str, own: str, others: Iterable[str]) -> str:
    """The account's currency where the book has prices in it, else the book's own."""
    return code if code in (own, *others) else own
