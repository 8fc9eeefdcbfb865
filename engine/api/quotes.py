"""quotient.v1.Quotes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

from engine.api import encode
from engine.api.decode import asked_of
from engine.api.documents import call_of, edit_of, page_of
from engine.api.mapping import fill, from_message, moment, to_message
from engine.api.papers import READERS, TAKEN_SECONDS, read
from engine.lifecycle.quote import Acceptance, Option, Quote
from engine.services.context import Context
from engine.services.pricing.verbs import Asked
from engine.services.selling.answers import Answers
from engine.services.selling.comparing import Comparing, Which
from engine.services.selling.drafts import Drafts
from engine.services.selling.offers import Offers
from engine.services.selling.priced import Prices
from engine.services.selling.submitting import Submitting
from quotient.v1 import pricing_pb2
from quotient.v1 import quote_changes_pb2 as changes_pb
from quotient.v1 import quotes_pb2 as pb


def read_option(quote: Quote, option: Option) -> Asked:
    """An option of a quote as `Pricing.PriceQuote` is asked it, under the quote's pin."""
    request = pricing_pb2.PriceQuoteRequest(version=quote.book_version, waterfall=True)
    fill(request, quote, skip={"version"})
    fill(request, option)
    asked = asked_of(request)
    return Asked(
        asked.book, quote.book_version, quote.pricing_date, asked.facts, asked.lines, True, codes=asked.codes, grants=asked.grants,
        bundles=asked.bundles, account_facts=quote.account_facts, exhausted=option.exhausted,
    )  # fmt: skip


class QuotesServicer:
    """quotient.v1.Quotes."""

    THREADS: ClassVar[Mapping[str, ThreadPoolExecutor]] = {"GetQuoteDocument": READERS}
    TAKEN_WITHIN: ClassVar[Mapping[str, float]] = {"GetQuoteDocument": TAKEN_SECONDS}

    def __init__(self, services: Any) -> None:
        self.desk = services.desk
        self.prices = prices_of(services)
        self.drafts, self.submitting = Drafts(self.desk, self.prices), Submitting(self.desk, self.prices)
        self.answers = Answers(self.desk, self.prices)
        self.offers = Offers(self.answers)

    def CreateQuote(self, context: Context, request: Any) -> Any:
        """A new draft."""
        quote = from_message(request.quote, Quote, "quote")
        return self._shown(context, self.drafts.create(context, call_of(request), quote, request.quote_id))

    def GetQuote(self, context: Context, request: Any) -> Any:
        """A quote, now or at a revision."""
        context.require("read deals")
        if request.revision:
            quote = self.desk.revision(context, Quote, request.name, request.revision)
        else:
            quote = self.desk.get(context, Quote, request.name)
        return self._shown(context, quote, request.waterfall)

    def ListQuotes(self, context: Context, request: Any) -> Any:
        """A page of quotes."""
        context.require("read deals")
        return page_of(self.desk, context, request, Quote, pb.ListQuotesResponse, "quotes")

    def UpdateQuote(self, context: Context, request: Any) -> Any:
        """Change a draft."""
        call, edit = call_of(request, request.quote.etag), edit_of(request, "quote")
        return self._shown(context, self.drafts.update(context, call, request.quote.name, edit))

    def RepriceQuote(self, context: Context, request: Any) -> Any:
        """Price a draft again."""
        return self._shown(context, self.drafts.reprice(context, call_of(request), request.name, request.repin))

    def SubmitQuote(self, context: Context, request: Any) -> Any:
        """Ask for approval."""
        return self._shown(context, self.submitting.submit(context, call_of(request), request.name))

    def RecallQuote(self, context: Context, request: Any) -> Any:
        """Take it back."""
        return self._shown(context, self.submitting.recall(context, call_of(request), request.name))

    def SendQuote(self, context: Context, request: Any) -> Any:
        """Let the customer have it."""
        return self._shown(context, self.answers.send(context, call_of(request), request.name))

    def AcceptQuote(self, context: Context, request: Any) -> Any:
        """The customer's yes, as a seller was told; the customer's own way is `Offers`."""
        context.require("read deals")
        said = acceptance_of(request)
        return self._shown(context, self.answers.accept(context, call_of(request), request.name, said, request.signer))

    def DeclineQuote(self, context: Context, request: Any) -> Any:
        """The customer's no, as a seller was told."""
        context.require("read deals")
        return self._shown(context, self.answers.decline(context, call_of(request), request.name, request.reason))

    def ExpireQuote(self, context: Context, request: Any) -> Any:
        """End it."""
        return self._shown(context, self.answers.expire(context, call_of(request), request.name))

    def VoidQuote(self, context: Context, request: Any) -> Any:
        """As if it had never been."""
        return self._shown(context, self.answers.void(context, call_of(request), request.name, request.reason))

    def ReviseQuote(self, context: Context, request: Any) -> Any:
        """The next version of it, as a draft."""
        return self._shown(context, self.drafts.revise(context, call_of(request), request.name, request.repin))

    def CloneQuote(self, context: Context, request: Any) -> Any:
        """A new one like it."""
        made = self.drafts.clone(context, call_of(request), request.name, request.quote_id, request.account)
        return self._shown(context, made)

    def GetQuoteDocument(self, context: Context, request: Any) -> Iterator[Any]:
        """Its paper."""
        return read(context, lambda: self.answers.document(context, request.name, request.version))

    def CreateQuoteLink(self, context: Context, request: Any) -> Any:
        """A link for the customer."""
        said = moment(request, "expire_time")
        token, until = self.offers.link(context, request.name, said)
        made = pb.QuoteLink(token=token)
        made.expire_time.FromMicroseconds(until)
        return made

    def CompareQuoteVersions(self, context: Context, request: Any) -> Any:
        """Two states of it side by side."""
        before = Which(request.before_version, request.before_revision)
        after = Which(request.after_version, request.after_revision)
        old, new, change = Comparing(self.desk, self.prices).compare(context, request.name, before, after)
        answer = to_message(change, changes_pb.CompareQuoteVersionsResponse)
        for state, quote in ((answer.before, old), (answer.after, new)):
            state.version, state.revision, state.status = quote.version, quote.etag, str(quote.status)
            state.currency_code = quote.currency_code
        return answer

    def _shown(self, context: Context, quote: Quote, waterfall: bool = False) -> Any:
        """With the lines of its options and their prices, as the role may see them."""
        made = to_message(self.prices.whole(context.tenant, quote), pb.Quote)
        signed(made, quote)
        priced_options(context, self.prices, quote, made.options, waterfall)
        return made


def prices_of(services: Any) -> Prices:
    """What prices quotes."""
    return Prices(services.pricing, read_option, services.desk.documents)


def acceptance_of(request: Any) -> Acceptance:
    """What a customer says yes to."""
    return Acceptance(
        option_id=request.option_id, document_hash=request.document_hash, purchase_order=request.purchase_order
    )


def priced_options(context: Context, prices: Prices, quote: Quote, messages: Any, waterfall: bool) -> None:
    """Put into the messages of options what they cost, as the role may see it."""
    for option, message in zip(quote.options, messages, strict=True):
        priced = prices.price_of(context.tenant, option)
        message.price.CopyFrom(encode.quote_of(context, quote.book.removeprefix("books/"), priced))
        if not waterfall:
            for line in message.price.lines:
                line.ClearField("waterfall")


def signed(message: Any, quote: Quote) -> None:
    """Put into a message who signed, which is kept apart."""
    if quote.signer:
        message.acceptance.signer = quote.signer
