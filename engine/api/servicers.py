"""One method per RPC: translate, call the service, translate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from threading import BoundedSemaphore
from typing import Any

from google.protobuf.message import DecodeError

from engine.api import decode, encode
from engine.api.approvals import approval_of
from engine.api.documents import call_of
from engine.api.explain import explained_of
from engine.api.mapping import from_message, to_message
from engine.api.quick import QuickQuotes
from engine.api.status import status_of
from engine.lifecycle.policy import BookPolicy
from engine.services.books.verbs import Books, Unpublishable
from engine.services.context import Context
from engine.services.desk import Desk
from engine.services.events import Happened
from engine.services.pages import counted, size_of
from engine.services.pricing.explaining import Explaining
from engine.services.pricing.verbs import Pricing
from engine.services.refusal import Refused
from engine.services.selling.activating import Activations
from engine.services.webhooks import Webhooks
from engine.values.identity import version_of
from quotient.v1 import books_pb2, catalog_pb2, pricing_pb2

MOST_QUOTES = 50
MOST_STREAMS = 4
"""A stream holds a thread of the pool as long as it is open; the pool has more than this."""


@dataclass(frozen=True)
class Services:
    """What the servicers call."""

    pricing: Pricing
    books: Books
    desk: Desk
    happened: Happened
    webhooks: Webhooks


class PricingServicer:
    """quotient.v1.Pricing. Quotes come and go as bytes: nearly all are priced in them (see `quick`), the others as messages."""

    RAW = frozenset({"PriceQuote", "PriceQuotes", "PriceStream", "ListPrices"})
    """The calls whose messages are bytes here."""

    def __init__(self, services: Services) -> None:
        self.pricing = services.pricing
        self.explaining = Explaining(services.pricing)
        self._quick = QuickQuotes(services.pricing)
        self._streams = BoundedSemaphore(MOST_STREAMS)

    def PriceQuote(self, context: Context, request: bytes) -> bytes:
        """One quote."""
        quick = self._quick.answer(context, request)
        if quick is not None:
            return quick
        book, priced = self.pricing.price(context, decode.asked_of(_read(pricing_pb2.PriceQuoteRequest, request)))
        slow: bytes = encode.quote_of(context, book, priced).SerializeToString()
        return slow

    def PriceQuotes(self, context: Context, request: bytes) -> bytes:
        """Up to 50 quotes, each with its own answer."""
        fields = self._quick.fields(request)
        if fields is None or any(number != 1 for number, _, _ in fields):
            message = _read(pricing_pb2.PriceQuotesRequest, request)
            quotes = [quote.SerializeToString() for quote in message.quotes[: MOST_QUOTES + 1]]
        else:
            quotes = [request[start:end] for _, start, end in fields]
        if len(quotes) > MOST_QUOTES:
            raise Refused("INVALID_ARGUMENT", "TOO_MANY_QUOTES", f"a call has at most {MOST_QUOTES} quotes", "quotes")
        return b"".join([encode.framed(1, self._answer(context, quote)) for quote in quotes])

    def PriceStream(self, context: Context, requests: Iterator[bytes]) -> Iterator[bytes]:
        """Quotes as they come."""
        if not self._streams.acquire(blocking=False):
            raise Refused(
                "RESOURCE_EXHAUSTED", "TOO_MANY_STREAMS", f"a worker serves {MOST_STREAMS} streams: try again"
            )
        try:
            for sent in requests:
                request = _read(pricing_pb2.PriceStreamRequest, sent)
                lead: bytes = pricing_pb2.PriceStreamResponse(correlation_id=request.correlation_id).SerializeToString()
                yield lead + encode.framed(2, self._answer(context, request.quote.SerializeToString()))
        finally:
            self._streams.release()

    def ListPrices(self, context: Context, request: bytes) -> bytes:
        """A storefront's listing: a quote of a line for each product."""
        asked = _read(pricing_pb2.ListPricesRequest, request)
        if abs(asked.quantity) > decode.MOST_QUANTITY:
            raise decode.too_much("quantity")
        lines = [pricing_pb2.QuoteLine(product=code, quantity=asked.quantity or 1) for code in asked.products]
        quote = pricing_pb2.PriceQuoteRequest(
            book=asked.book,
            version=asked.version,
            date=asked.date,
            facts=asked.facts,
            lines=lines,
            account=asked.account,
        )
        quick = self._quick.listing(context, quote.SerializeToString())
        if quick is not None:
            return quick
        book, priced = self.pricing.price(context, replace(decode.asked_of(quote), apart=True))
        lead = encode.listing_lead_of(book, priced.version, priced.currency, priced.holds_until)
        lead.prices.extend(encode.line_of(context, line) for line in priced.lines)
        slow: bytes = lead.SerializeToString()
        return slow

    def Explain(self, context: Context, request: Any) -> Any:
        """One quote, with its reasons."""
        asked = decode.asked_of(request.quote)
        book, explained = self.explaining.explain(context, asked, list(request.lines), list(request.rules))
        return explained_of(context, book, explained, request.picture)

    def _answer(self, context: Context, quote: bytes) -> bytes:
        """A QuoteAnswer."""
        try:
            return encode.framed(1, self.PriceQuote(context, quote))
        except Malformed:
            raise  # the message around it is no message either
        except Refused as refused:
            error: bytes = pricing_pb2.QuoteAnswer(error=status_of(refused)).SerializeToString()
            return error


class Malformed(Refused):
    """Bytes that are not the message they should be."""


def _read(kind: Any, sent: bytes) -> Any:
    """The message of this kind.

    Raises:
        Malformed: INVALID_ARGUMENT, there is none in these bytes.
    """
    try:
        return kind.FromString(sent)
    except DecodeError as error:
        name = kind.DESCRIPTOR.full_name
        raise Malformed("INVALID_ARGUMENT", "MALFORMED", f"these bytes are not a {name}") from error


class BooksServicer:
    """quotient.v1.Books."""

    def __init__(self, services: Services) -> None:
        self.books = services.books
        self.activations = Activations(services.desk, services.books)

    def Check(self, context: Context, requests: Iterator[Any]) -> Any:
        """Check a bundle."""
        files = decode.bundle_of(request.chunk for request in requests)
        checked = self.books.check(context, files)
        return books_pb2.CheckResponse(
            valid=checked.book is not None, version=version_of(files),
            diagnostics=[encode.diagnostic_of(d, checked.sources) for d in checked.diagnostics],
        )  # fmt: skip

    def Publish(self, context: Context, requests: Iterator[Any]) -> Any:
        """Publish a bundle."""
        first = next(requests, None)
        if first is None:
            raise Refused("INVALID_ARGUMENT", "EMPTY", "send the files of a bundle", "chunk")
        book = decode.needed_book(first.book, "book")
        files = decode.bundle_of((request.chunk for request in requests), (first.chunk,))
        try:
            record, checked = self.books.publish(context, book, files, first.request_id)
        except Unpublishable as refused:
            refused.details["diagnostics"] = "\n".join(
                d.render(refused.checked.sources) for d in refused.checked.diagnostics[:5]
            )
            raise
        return encode.version_of(book, record, [encode.diagnostic_of(d, checked.sources) for d in checked.diagnostics])

    def Activate(self, context: Context, request: Any) -> Any:
        """Activate a version."""
        book, version = decode.version_name(request.name, "name")
        day = decode.day_of(request.from_date, "from_date")
        made = self.activations.activate(context, book, version, day, request.request_id, request.etag, request.reason)
        return encode.book_of(made)

    def RequestActivation(self, context: Context, request: Any) -> Any:
        """Ask another to agree to an activation."""
        book, version = decode.version_name(request.name, "name")
        day = decode.day_of(request.from_date, "from_date")
        asked = self.activations.request(context, call_of(request), book, version, day, request.comment)
        return approval_of(context, asked)

    def GetBookPolicy(self, context: Context, request: Any) -> Any:
        """What the tenant decided on its books."""
        context.require("read books")
        return to_message(self.activations.policy(context.tenant), books_pb2.BookPolicy)

    def UpdateBookPolicy(self, context: Context, request: Any) -> Any:
        """Decide otherwise."""
        wanted = from_message(request.policy, BookPolicy, "policy")
        kept = self.activations.keep_policy(context, call_of(request, request.policy.etag), wanted)
        return to_message(kept, books_pb2.BookPolicy)

    def Rollback(self, context: Context, request: Any) -> Any:
        """Undo the last activation."""
        book = decode.needed_book(request.name, "name")
        return encode.book_of(self.books.rollback(context, book, request.request_id, request.etag))

    def Get(self, context: Context, request: Any) -> Any:
        """A book."""
        return encode.book_of(self.books.get(context, decode.needed_book(request.name, "name")))

    def List(self, context: Context, request: Any) -> Any:
        """A page of books."""
        size = size_of(request.page_size, most=200, of="books")
        page, token = self.books.list(context, size, decode.book_name(request.page_token, "page_token"))
        return books_pb2.ListResponse(books=[encode.book_of(state) for state in page], next_page_token=token)


class CatalogServicer:
    """quotient.v1.Catalog."""

    def __init__(self, services: Services) -> None:
        self.pricing = services.pricing

    def _plan(self, context: Context, request: Any) -> tuple[str, Any]:
        context.require("price")
        book = decode.book_name(request.book, "book") or self.pricing.shelf.only_book(context.tenant)
        plan, _ = self.pricing.plan(context.tenant, book, request.version, decode.day_of(request.date, "date"))
        return book, plan.head

    def ListProducts(self, context: Context, request: Any) -> Any:
        """A page of products."""
        book, head = self._plan(context, request)
        if request.family and request.family not in head.families:
            raise Refused(
                "INVALID_ARGUMENT", "UNKNOWN_FAMILY", f"the book has no family `{request.family[:60]}`", "family"
            )
        family = head.families.index(request.family) if request.family else None
        start, size = counted(request.page_token, 0), size_of(request.page_size, 100, of="products")
        found = [p for p in head.products if family is None or family in p.families]
        return catalog_pb2.ListProductsResponse(
            products=[_product(head, p) for p in found[start : start + size]],
            next_page_token=str(start + size) if start + size < len(found) else "",
            book_version=encode.version_name(book, head.version),
        )  # fmt: skip

    def GetOptions(self, context: Context, request: Any) -> Any:
        """What a quote can say."""
        book, head = self._plan(context, request)
        return catalog_pb2.Options(
            book_version=encode.version_name(book, head.version), currency_code=head.currency, families=head.families, groups=head.groups,
            facts=[
                catalog_pb2.Fact(name=f.path, kind=f.kind.name, values=f.kind.values, optional=f.optional, source=f.source)
                for f in head.facts
            ],
            units=[catalog_pb2.Unit(name=u.name, plural=u.plural, decimals=u.decimals) for u in head.units],
        )  # fmt: skip


def _product(head: Any, product: Any) -> Any:
    return catalog_pb2.Product(
        code=product.code, title=product.title, unit=head.units[product.unit].name, period=product.period,
        families=[head.families[f] for f in product.families], settings=dict(product.settings),
    )  # fmt: skip
