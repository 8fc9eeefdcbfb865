"""The customer's side of a quote, and the links that let them in. A link is for one version: a newer one needs another."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from engine.identity.caller import Unready
from engine.identity.links import SECRET_BYTES, link_of
from engine.lifecycle.comment import Comment
from engine.lifecycle.parties import Account, LegalEntity
from engine.lifecycle.quote import Acceptance, Quote, QuoteStatus
from engine.services.commenting import said_of
from engine.services.context import Context
from engine.services.desk import Call, Work
from engine.services.refusal import Refused, needs_store
from engine.services.selling.answers import Answers, replaced
from engine.services.selling.drafts import DAY
from engine.services.selling.papers import Document
from engine.store.client import StoreDown
from engine.store.documents import Documents
from engine.values.kinds import MICROS

SECRET = "links"
GRACE_DAYS = 30
"""A customer can look back at a quote for so long after it ended."""
MOST_TEXT = 4_000
MOST_MESSAGES = 500
MOST_QUESTIONS = 50
"""Of one version of a quote."""
SEEN = frozenset({QuoteStatus.SENT, QuoteStatus.ACCEPTED, QuoteStatus.DECLINED, QuoteStatus.EXPIRED})
_DOCUMENT = re.compile(r"(quotes/[a-z0-9-]+)/versions/(\d{1,9})\Z")


@dataclass(frozen=True, slots=True)
class Offer:
    """A quote as its customer sees it."""

    quote: Quote
    customer: str
    seller: str
    messages: tuple[Comment, ...]


class Offers:
    """What a link is good for."""

    def __init__(self, answers: Answers) -> None:
        self.answers, self.desk = answers, answers.desk

    @needs_store
    def link(self, context: Context, name: str, until: int = 0) -> tuple[str, int]:
        """A link to a quote that was sent, and until when (microseconds since the epoch).

        Raises:
            Refused: FAILED_PRECONDITION, the customer does not have it; INVALID_ARGUMENT, the time.
        """
        context.require("link quotes")
        quote = self.desk.get(context, Quote, name)
        if quote.status not in SEEN:
            raise Refused("FAILED_PRECONDITION", "NOT_SENT", f"{name} is {quote.status}: send it first", "name")
        latest = max(quote.expire_time, self.desk.now()) + GRACE_DAYS * DAY
        until = until or latest
        if not self.desk.now() < until <= latest:
            said = f"a link ends after now, and at most {GRACE_DAYS} days after the quote does"
            raise Refused("INVALID_ARGUMENT", "INVALID_TIME", said, "expire_time")
        secret = self.desk.documents.secret(context.tenant, SECRET, secrets.token_bytes(SECRET_BYTES))
        document = f"{quote.name}/versions/{quote.version}"
        return link_of(context.tenant, secret, document, quote.account, until // MICROS), until // MICROS * MICROS

    def get(self, context: Context) -> Offer:
        """What the link is for."""
        return self._shown(context, self._quote(context))

    def document(self, context: Context) -> Document:
        """Its paper.

        Raises:
            Refused: NOT_FOUND, it was erased.
        """
        quote = self._quote(context)
        paper = self.answers.sent_paper(context, quote, quote.version)
        if paper is None:
            raise Refused("NOT_FOUND", "NO_DOCUMENT", "this document is not kept any more")
        return paper

    def ask(self, context: Context, call: Call, text: str) -> Comment:
        """Ask the seller something; a version of a quote takes so many questions.

        Raises:
            Refused: RESOURCE_EXHAUSTED, it has had them; FAILED_PRECONDITION, the version does not stand any more.
        """
        name, version = _linked(context)
        if len(text) > MOST_TEXT:
            raise Refused("INVALID_ARGUMENT", "TOO_LONG", f"a question has at most {MOST_TEXT:,} characters", "text")
        comment = Comment(parent=name, text=text, visible_to_customer=True)

        def decide(work: Work) -> Comment:
            _asked_once_more(work, _standing(work.load(Quote, name), version))
            return said_of(work, comment)

        return self.desk.change(context, call, Comment, decide)

    def accept(self, context: Context, call: Call, said: Acceptance, signer: str) -> Offer:
        """Say yes to an option, on the paper that was seen."""
        for field, text in (("document_hash", said.document_hash), ("signer", signer)):
            if not text.strip():
                raise Refused("INVALID_ARGUMENT", "REQUIRED", f"`{field}` must be said", field)
        return self._shown(context, self.answers.accept(context, call, _linked(context)[0], said, signer))

    def decline(self, context: Context, call: Call, reason: str) -> Offer:
        """Say no."""
        return self._shown(context, self.answers.decline(context, call, _linked(context)[0], reason))

    def _quote(self, context: Context) -> Quote:
        """The quote of a link, while it is at that version."""
        name, version = _linked(context)
        return _standing(self.desk.get(context, Quote, name), version)

    def _shown(self, context: Context, quote: Quote) -> Offer:
        work = Work(self.desk, context, self.desk.now())
        account = work.load(Account, quote.account)
        entity = work.find(LegalEntity, quote.entity) if quote.entity else None
        said, _ = self.desk.page(context, Comment, MOST_MESSAGES, also=[("parent", quote.name)])
        messages = tuple(one for one in reversed(said) if one.visible_to_customer)
        whole = self.answers.prices.whole(context.tenant, quote)
        return Offer(whole, account.display_name, entity.legal_name if entity else "", messages)


def _linked(context: Context) -> tuple[str, int]:
    """The quote that the caller's link is for, and its version. Whether that still stands is looked at where something is read or
    decided: what was answered once is answered again, whatever came after it.

    Raises:
        Refused: PERMISSION_DENIED, the caller has no link.
    """
    context.require("answer offers")
    named = _DOCUMENT.match(context.document)
    if named is None:
        raise Refused("PERMISSION_DENIED", "NO_LINK", "this is for customers who have a link to a quote")
    return named[1], int(named[2])


def _standing(quote: Quote, version: int) -> Quote:
    """A quote that is at a version, and that its customer has.

    Raises:
        Refused: FAILED_PRECONDITION, a newer version takes its place.
    """
    if quote.version != version or quote.status not in SEEN:
        raise replaced()
    return quote


def _asked_once_more(work: Work, quote: Quote) -> None:
    """Count a question: links may be passed on, and what is asked by them is kept.

    Raises:
        Refused: RESOURCE_EXHAUSTED.
    """
    counter = f"questions:{quote.id}:{quote.version}"
    before = work.counted(counter)
    if before >= MOST_QUESTIONS:
        said = f"{MOST_QUESTIONS} questions were asked about this version of the quote, and no more are taken here: call or write to the seller"
        raise Refused("RESOURCE_EXHAUSTED", "TOO_MANY_QUESTIONS", said)
    work.change.spend(counter, before, before + 1)


class LinkSecrets:
    """What links are verified by: a tenant's secret, b"" where it never made one."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def __call__(self, tenant: str) -> bytes:
        """One tenant's.

        Raises:
            Unready: the store does not serve.
        """
        try:
            return self._documents.secret(tenant, SECRET)
        except StoreDown as down:
            raise Unready("links cannot be verified now") from down
