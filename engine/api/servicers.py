"""One method per RPC: translate, call the service, translate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import Any

from engine.api import decode, encode
from engine.api.status import status_of
from engine.pricing.quote import Line
from engine.services.books import Books, Unpublishable
from engine.services.context import Context
from engine.services.pricing import Asked, Pricing
from engine.services.refusal import Refused
from engine.values.identity import version_of
from engine.values.kinds import MICROS
from quotient.v1 import books_pb2, catalog_pb2, pricing_pb2

MOST_QUOTES = 50
MOST_STREAMS = 4
"""A stream holds a thread of the pool as long as it is open; the pool has more than this."""


@dataclass(frozen=True)
class Services:
    """What the servicers call."""

    pricing: Pricing
    books: Books


class PricingServicer:
    """quotient.v1.Pricing."""

    def __init__(self, services: Services) -> None:
        self.pricing = services.pricing
        self._streams = BoundedSemaphore(MOST_STREAMS)

    def PriceQuote(self, context: Context, request: Any) -> Any:
        """One quote."""
        book, priced = self.pricing.price(context, decode.asked_of(request))
        return encode.quote_of(context, book, priced)

    def PriceQuotes(self, context: Context, request: Any) -> Any:
        """Up to 50 quotes, each with its own answer."""
        if len(request.quotes) > MOST_QUOTES:
            raise Refused("INVALID_ARGUMENT", "TOO_MANY_QUOTES", f"a call has at most {MOST_QUOTES} quotes", "quotes")
        return pricing_pb2.PriceQuotesResponse(answers=[self._answer(context, quote) for quote in request.quotes])

    def PriceStream(self, context: Context, requests: Iterator[Any]) -> Iterator[Any]:
        """Quotes as they come."""
        if not self._streams.acquire(blocking=False):
            raise Refused(
                "RESOURCE_EXHAUSTED", "TOO_MANY_STREAMS", f"a worker serves {MOST_STREAMS} streams: try again"
            )
        try:
            for request in requests:
                answer = self._answer(context, request.quote)
                yield pricing_pb2.PriceStreamResponse(correlation_id=request.correlation_id, answer=answer)
        finally:
            self._streams.release()

    def ListPrices(self, context: Context, request: Any) -> Any:
        """A storefront's listing."""
        quantity = (request.quantity or 1) * MICROS
        lines: list[tuple[Line, dict[str, str]]] = [(Line(code, quantity), {}) for code in request.products]
        asked = Asked(
            decode.book_name(request.book, "book"),
            request.version,
            decode.day_of(request.date, "date"),
            dict(request.facts),
            lines,
        )
        book, priced = self.pricing.price(context, asked)
        return pricing_pb2.ListPricesResponse(
            book_version=encode.version_name(book, priced.version), currency_code=priced.currency,
            hold_until=encode.date_of(priced.holds_until), prices=[encode.line_of(context, line) for line in priced.lines],
        )  # fmt: skip

    def _answer(self, context: Context, request: Any) -> Any:
        try:
            return pricing_pb2.QuoteAnswer(quote=self.PriceQuote(context, request))
        except Refused as refused:
            return pricing_pb2.QuoteAnswer(error=status_of(refused))


class BooksServicer:
    """quotient.v1.Books."""

    def __init__(self, services: Services) -> None:
        self.books = services.books

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
        return encode.book_of(self.books.activate(context, book, version, day, request.request_id, request.etag))

    def Rollback(self, context: Context, request: Any) -> Any:
        """Undo the last activation."""
        book = decode.needed_book(request.name, "name")
        return encode.book_of(self.books.rollback(context, book, request.request_id, request.etag))

    def Get(self, context: Context, request: Any) -> Any:
        """A book."""
        return encode.book_of(self.books.get(context, decode.needed_book(request.name, "name")))

    def List(self, context: Context, request: Any) -> Any:
        """A page of books."""
        if request.page_size < 0:
            raise Refused("INVALID_ARGUMENT", "INVALID_PAGE_SIZE", "a page has 1 to 200 books; 0 is 50", "page_size")
        size = min(request.page_size or 50, 200)
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
        if request.page_size < 0:
            raise Refused(
                "INVALID_ARGUMENT", "INVALID_PAGE_SIZE", "a page has 1 to 1,000 products; 0 is 100", "page_size"
            )
        if request.page_token and not (request.page_token.isdecimal() and len(request.page_token) <= 9):
            raise Refused("INVALID_ARGUMENT", "INVALID_PAGE_TOKEN", "send the token of the page before", "page_token")
        start, size = int(request.page_token or 0), min(request.page_size or 100, 1_000)
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
