"""Configured bundles over gRPC: lines with their bundle kept, totals of each, and what cannot be sold so with its reasons."""

from __future__ import annotations

import pytest

from quotient.v1 import pricing_pb2
from tests.wire.service import Service
from tests.wire.test_calls import refused
from tests.wire.test_units import published

pytestmark = pytest.mark.service
BOOK = """price book desks
  currency EUR
  round    half up to minor unit at line
  units    piece pieces

product keyboard
  price 40 EUR per piece
  ssp   30 EUR per piece

product mouse
  price 20 EUR per piece
  ssp   10 EUR per piece

product pad
  price 5 EUR per piece

product care
  price 9 EUR per piece per month

bundle suite "Suite"
  part keyboard 1
  part mouse    1 to 3 default 1
  part pad      optional
  part care     optional default care
  attribute colour: one of black, white
  price 49.99 EUR, spread by ssp
  price pad 1 EUR
  forbid pad when colour is white because "Pads are black"

steps
  list
  bundle
"""


@pytest.fixture(scope="module")
def book(service: Service) -> str:
    return published(service, "books/desks", BOOK)


def suite(name: str, count: int, *choices: str, by_defaults: bool = False) -> pricing_pb2.ConfiguredBundle:
    return pricing_pb2.ConfiguredBundle(
        id=name, product="suite", quantity=count, choices=choices, by_defaults=by_defaults
    )


def test_bundles_become_lines_and_keep_their_totals(service: Service, book: str) -> None:
    asked = pricing_pb2.PriceQuoteRequest(
        book=book, waterfall=True, lines=[pricing_pb2.QuoteLine(product="mouse", quantity=1)],
        bundles=[suite("a", 3, "mouse=2", "pad", "colour=black"), suite("b", 1, "colour=white", by_defaults=True)],
    )  # fmt: skip
    answer = service.pricing().PriceQuote(asked)
    assert answer.complete
    lines = [(line.bundle_id, line.bundle_path, line.quantity_micros // 10**6) for line in answer.lines]
    assert lines == [
        ("", "", 1), ("a", "keyboard", 3), ("a", "mouse", 6), ("a", "pad", 3),
        ("b", "keyboard", 1), ("b", "mouse", 1), ("b", "care", 1),
    ]  # fmt: skip
    amounts = [line.net_amount_micros for line in answer.lines]
    assert amounts == [20_000_000, 89_980_000, 59_990_000, 3_000_000, 37_490_000, 12_500_000, 9_000_000]
    assert [(one.id, one.quantity) for one in answer.bundles] == [("a", 3), ("b", 1)]
    totals = [[(total.name, total.net_amount_micros) for total in one.totals] for one in answer.bundles]
    assert totals == [[("once", 152_970_000)], [("once", 49_990_000), ("per_month", 9_000_000)]]
    assert list(answer.bundles[1].choices) == ["colour=white", "keyboard", "mouse", "care", "mouse=1"]
    assert [(step.step, step.rule) for step in answer.lines[1].waterfall] == [("list", ""), ("bundle", "suite")]


def test_the_order_of_choices_changes_nothing(service: Service, book: str) -> None:
    choices = ["mouse=2", "pad", "colour=black"]
    answers = [
        service.pricing().PriceQuote(pricing_pb2.PriceQuoteRequest(book=book, bundles=[suite("a", 1, *said)]))
        for said in (choices, choices[::-1])
    ]
    assert answers[0] == answers[1]


def test_what_cannot_be_is_refused_and_the_rest_is_priced(service: Service, book: str) -> None:
    asked = pricing_pb2.PriceQuoteRequest(book=book, bundles=[
        suite("never", 1, "colour=white", "pad", "mouse=1"), suite("open", 1), suite("other", 1, "colour=blue"),
        suite("good", 1, "colour=black", "mouse=1"),
    ])  # fmt: skip
    answer = service.pricing().PriceQuote(asked)
    never, left_open, other, good = answer.bundles
    assert never.error.code == "INVALID_CONFIGURATION"
    assert list(never.error.choices) == ["colour=white", "pad"]
    assert [rule.because for rule in never.error.rules if rule.because] == ["Pads are black"]
    assert (left_open.error.code, list(left_open.error.open)) == ("INCOMPLETE_CONFIGURATION", ["colour", "mouse"])
    assert other.error.code == "UNKNOWN_OPTION" and "colour=black" in other.error.message
    assert not good.error.code and [line.bundle_id for line in answer.lines] == ["good", "good"]
    assert not answer.complete and answer.totals[0].net_amount_micros == 49_990_000


@pytest.mark.parametrize(
    ("bundles", "code", "field"),
    [
        ([suite("a", 1), suite("a", 1)], "INVALID_ID", "bundles[1].id"),
        ([suite("a", -1)], "INVALID_QUANTITY", "bundles[0].quantity"),
        ([pricing_pb2.ConfiguredBundle(id="a", product="none")], "UNKNOWN_BUNDLE", "bundles[0].product"),
    ],
)
def test_a_request_that_is_wrong(
    service: Service, book: str, bundles: list[pricing_pb2.ConfiguredBundle], code: str, field: str
) -> None:
    asked = pricing_pb2.PriceQuoteRequest(book=book, bundles=bundles)
    assert refused(service.pricing().PriceQuote, asked) == ("INVALID_ARGUMENT", code, field)


def test_many_quotes_and_explanations_have_bundles_too(service: Service, book: str) -> None:
    asked = pricing_pb2.PriceQuoteRequest(book=book, bundles=[suite("a", 2, "mouse=1", "colour=white")])
    alone = service.pricing().PriceQuote(asked)
    (answer,) = service.pricing().PriceQuotes(pricing_pb2.PriceQuotesRequest(quotes=[asked])).answers
    assert answer.quote == alone
    explained = service.pricing().Explain(pricing_pb2.ExplainRequest(quote=asked))
    assert [line.bundle_path for line in explained.quote.lines] == ["keyboard", "mouse"]
    assert explained.quote.bundles == alone.bundles
    assert [verdict.rule for line in explained.lines for verdict in line.rules] == ["suite", "suite"]
