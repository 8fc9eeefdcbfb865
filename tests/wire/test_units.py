"""Lines in another unit than the product's, and quantities that are not sold, over gRPC: by kernels and by a book's meaning."""

from __future__ import annotations

import pytest

from quotient.v1 import books_pb2, pricing_pb2
from tests.wire.service import Service

pytestmark = pytest.mark.service
BOOK = """price book ironmonger
  currency EUR
  units    piece pieces, box boxes of 5 pieces

product nail
  price 1.50 EUR per piece

product rivets
  price 7 EUR per box
"""
LIMITED = """
product screw
  price 0.50 EUR per piece
  sold in 12s
"""


def published(service: Service, name: str, text: str) -> str:
    """A book of this text that answers for every date."""
    chunk = books_pb2.FileChunk(path="book.quo", content=text.encode())
    version = service.books().Publish(iter([books_pb2.PublishRequest(book=name, chunk=chunk)])).name
    service.books().Activate(books_pb2.ActivateRequest(name=version))
    return name


@pytest.mark.parametrize(("name", "text"), [("books/kernels", BOOK), ("books/meaning", BOOK + LIMITED)])
def test_lines_in_other_units(service: Service, name: str, text: str) -> None:
    asked = pricing_pb2.PriceQuoteRequest(book=published(service, name, text), lines=[
        pricing_pb2.QuoteLine(product="nail", quantity=10),
        pricing_pb2.QuoteLine(product="nail", quantity=2, unit="boxes"),
        pricing_pb2.QuoteLine(product="nail", quantity_micros=400_000, unit="box"),
        pricing_pb2.QuoteLine(product="rivets", quantity=-10, unit="pieces"),
        pricing_pb2.QuoteLine(product="rivets", quantity=7, unit="pieces"),
        pricing_pb2.QuoteLine(product="nail", quantity=1, unit="crates"),
    ])  # fmt: skip
    answer = service.pricing().PriceQuote(asked)
    assert [line.net_amount_micros for line in answer.lines] == [15_000_000, 15_000_000, 3_000_000, -14_000_000, 0, 0]
    assert [line.quantity_micros for line in answer.lines[:4]] == [10_000_000, 10_000_000, 2_000_000, -2_000_000]
    assert [(line.error.code, line.error.field) for line in answer.lines[4:]] == [("INVALID_QUANTITY", "unit")] * 2
    assert answer.lines[4].error.message.endswith("ask for 1 box or 2 boxes")
    assert (answer.complete, answer.totals[0].net_amount_micros) == (False, 19_000_000)


def test_quantities_that_are_not_sold(service: Service) -> None:
    book = published(service, "books/limited", BOOK + LIMITED)
    lines = [pricing_pb2.QuoteLine(product="screw", quantity=n) for n in (12, 20, 0, -5)]
    answer = service.pricing().PriceQuote(pricing_pb2.PriceQuoteRequest(book=book, lines=lines))
    assert [line.error.code for line in answer.lines] == ["", "INVALID_QUANTITY", "", ""]
    assert answer.lines[1].error.message == "`screw` is sold in 12s: 20 is not allowed, 12 or 24 is"
    assert [line.net_amount_micros for line in answer.lines] == [6_000_000, 0, 0, -2_500_000]
