"""List prices that rules choose, percents of other lines and the prior price, as a client of the service sees them."""

from __future__ import annotations

import pytest
from google.type import date_pb2

from quotient.v1 import books_pb2, pricing_pb2
from tests.wire.service import Service

pytestmark = pytest.mark.service
BOOK = """price book choice
  currency EUR
  units    seat seats
  families crm
  show     lowest price of 30 days

facts
  customer.region: text optional

product seat
  family crm
  unit   seat

product care
  price 10% after promotion of family crm, at least 5 EUR per month

steps
  list most specific
  promotion
  charm rounded to 10 EUR minus 0.01 EUR

list price everywhere on seat
  from 2026-01-01
  price 100 EUR per seat per month

list price spring on seat
  from 2026-03-01 until 2026-04-01
  when customer.region is "PL"
  price 80 EUR per seat per month

list price poland on seat
  from 2026-04-01
  when customer.region is "PL"
  price 90 EUR per seat per month
  because "Polish list"

promotion discount off on seat
  from 2026-04-05
  give 20% off lowest price of 30 days
"""


@pytest.fixture(scope="module", autouse=True)
def published(service: Service) -> None:
    chunk = books_pb2.FileChunk(path="book.quo", content=BOOK.encode())
    request = books_pb2.PublishRequest(book="books/choice", chunk=chunk)
    version = service.books().Publish(iter([request])).name
    service.books().Activate(books_pb2.ActivateRequest(name=version))


def priced(service: Service, region: str, role: str = "manager") -> pricing_pb2.PriceQuoteResponse:
    asked = pricing_pb2.PriceQuoteRequest(
        book="books/choice", date=date_pb2.Date(year=2026, month=6, day=1), facts={"customer.region": region}, waterfall=True,
        lines=[pricing_pb2.QuoteLine(product="care", quantity=1), pricing_pb2.QuoteLine(product="seat", quantity=2)],
    )  # fmt: skip
    answer: pricing_pb2.PriceQuoteResponse = service.pricing().PriceQuote(asked, metadata=(("x-quotient-role", role),))
    return answer


def test_the_rule_that_gave_the_list_price_is_named(service: Service) -> None:
    care, seat = priced(service, "PL").lines
    # 90 less a fifth of 80, the lowest from 6 March to 4 April; to the nearest 10 less a cent
    assert [(s.step, s.rule, s.after_amount_micros) for s in seat.waterfall] == [
        ("list", "poland", 90_000_000), ("promotion", "off", 74_000_000), ("charm", "", 69_990_000),
    ]  # fmt: skip
    assert (seat.waterfall[0].because, seat.waterfall[0].file) == ("Polish list", "book.quo")
    assert seat.lowest_prior_list_amount_micros == 160_000_000
    # a tenth of 148, which is 14.80, to the nearest 10 less a cent
    assert (care.list_amount_micros, care.net_amount_micros) == (14_800_000, 9_990_000)
    assert not care.HasField("lowest_prior_list_amount_micros")


def test_a_storefront_sees_the_prior_price_and_no_rule(service: Service) -> None:
    _, seat = priced(service, "NL", "storefront").lines
    assert seat.lowest_prior_list_amount_micros == 200_000_000
    assert not any(bar.rule or bar.because for bar in seat.waterfall)


def test_columns_and_listings_are_priced_by_the_same_meaning(service: Service) -> None:
    asked = pricing_pb2.ListPricesRequest(
        book="books/choice", date=date_pb2.Date(year=2026, month=6, day=1), facts={"customer.region": "PL"},
        products=["seat", "care"],
    )  # fmt: skip
    seat, care = service.pricing().ListPrices(asked).prices
    assert (seat.unit_list_amount_micros, seat.unit_net_amount_micros) == (90_000_000, 69_990_000)
    assert care.unit_list_amount_micros == 5_000_000


def test_a_day_before_every_price_says_so(service: Service) -> None:
    asked = pricing_pb2.PriceQuoteRequest(
        book="books/choice", date=date_pb2.Date(year=2025, month=6, day=1), lines=[pricing_pb2.QuoteLine(product="seat", quantity=2)],
    )  # fmt: skip
    (seat,) = service.pricing().PriceQuote(asked).lines
    assert seat.error.code == "NO_PRICE"
