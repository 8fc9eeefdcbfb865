"""When a quote runs, over the wire: dates sent, terms and segments answered, and what does not go together named."""

from __future__ import annotations

from datetime import date
from typing import Any

import grpc
import pytest
from google.type import date_pb2

from quotient.v1 import books_pb2, pricing_pb2
from tests.wire.service import Service

pytestmark = pytest.mark.service
MICROS = 1_000_000
ADMIN = (("x-quotient-tenant", "time"), ("x-quotient-role", "administrator"), ("x-quotient-principal", "tester"))
BOOK = """price book term
  currency EUR
  units    seat seats, loan loans
  prorate  by calendar month

facts
  line.amount: money optional

product seat
  price 10 EUR per seat per month
  ramp  every 12 months, 10% uplift a year

product year
  price 365 EUR per seat per 365 days

product loan
  unit  loan
  price 4.5% a year of line.amount, actual/360
"""


def day(text: str) -> date_pb2.Date:
    """An ISO date on the wire."""
    found = date.fromisoformat(text)
    return date_pb2.Date(year=found.year, month=found.month, day=found.day)


@pytest.fixture(scope="module")
def pricing(service: Service) -> Any:
    """A client of a service that has the book."""
    chunk = books_pb2.FileChunk(path="book.quo", content=BOOK.encode())
    books = service.books()
    made = books.Publish(iter([books_pb2.PublishRequest(book="books/term", chunk=chunk)]), metadata=ADMIN, timeout=30)
    books.Activate(books_pb2.ActivateRequest(name=made.name), metadata=ADMIN, timeout=30)
    return service.pricing()


def asked(*lines: pricing_pb2.QuoteLine, **more: Any) -> pricing_pb2.PriceQuoteRequest:
    """A quote of 2026."""
    return pricing_pb2.PriceQuoteRequest(book="books/term", date=day("2026-01-15"), lines=lines, **more)


def test_dates_are_sent_and_terms_answered(pricing: Any) -> None:
    quote = asked(
        pricing_pb2.QuoteLine(product="seat", quantity=2),
        pricing_pb2.QuoteLine(product="seat", quantity=2, start_date=day("2026-07-16"), end_date=day("2026-08-15")),
        pricing_pb2.QuoteLine(product="year", quantity=1),
        pricing_pb2.QuoteLine(product="loan", quantity=1, facts={"line.amount": "100_000 EUR"}, end_date=day("2026-04-14")),
        start_date=day("2026-01-15"), end_date=day("2027-07-14"),
    )  # fmt: skip
    answer = pricing.PriceQuote(quote, metadata=ADMIN, timeout=30)
    assert answer.complete, answer
    seat, short, year, loan = answer.lines
    assert (seat.term.text, seat.term.start_date, seat.term.end_date) == (
        "18 months",
        day("2026-01-15"),
        day("2027-07-14"),
    )
    # 12 months of 20, then 6 of 22; 16 + 15 days of 31; 546 days; 90 days of 360
    assert [segment.net_amount_micros for segment in seat.segments] == [240 * MICROS, 132 * MICROS]
    assert [segment.text for segment in seat.segments] == ["12 months", "6 months"]
    assert seat.segments[0].end_date == day("2027-01-14") and seat.segments[1].start_date == day("2027-01-15")
    assert (seat.term.net_amount_micros, seat.term.first_year_net_amount_micros) == (372 * MICROS, 240 * MICROS)
    assert (short.term.text, short.term.net_amount_micros) == ("1 month", 20 * MICROS)
    assert (year.period, year.term.net_amount_micros) == ("365 days", 546 * MICROS)
    assert (loan.period, loan.net_amount_micros) == ("term", 1_125 * MICROS)
    totals = {total.name: total.net_amount_micros // MICROS for total in answer.totals}
    assert totals == {
        "per_month": 40, "per_365_days": 365, "for_term": 1_125, "first_year": 240 + 20 + 365 + 1_125,
        "over_term": 372 + 20 + 546 + 1_125,
    }  # fmt: skip


def test_a_line_s_months_count_without_dates(pricing: Any) -> None:
    line = pricing_pb2.QuoteLine(product="seat", quantity=1, term_months=6)
    [own] = pricing.PriceQuote(asked(line, facts={"quote.term": "24 months"}), metadata=ADMIN, timeout=30).lines
    assert (own.term.text, own.term.net_amount_micros) == ("6 months", 60 * MICROS)
    assert not own.term.HasField("start_date") and not own.segments[0].HasField("end_date")


def test_a_time_that_ends_before_it_starts_is_the_line_s_error(pricing: Any) -> None:
    line = pricing_pb2.QuoteLine(product="seat", quantity=1, end_date=day("2025-12-31"))
    answer = pricing.PriceQuote(asked(line, start_date=day("2026-01-15")), metadata=ADMIN, timeout=30)
    error = answer.lines[0].error
    assert (error.code, error.field) == ("INVALID_TERM", "facts.line.end")
    assert "ends before it starts" in error.message and not answer.complete


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"start_date": date_pb2.Date(year=2026, month=2, day=30)}, "start_date"),
        ({"start_date": day("2026-01-15"), "facts": {"quote.start": "2026-01-15"}}, "start_date"),
    ],
)
def test_a_date_that_is_none_or_said_twice(pricing: Any, more: dict[str, Any], field: str) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        pricing.PriceQuote(asked(pricing_pb2.QuoteLine(product="seat", quantity=1), **more), metadata=ADMIN, timeout=30)
    assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert field in str(refused.value.trailing_metadata())


def test_a_book_that_does_not_count_time_has_no_dates(service: Service) -> None:
    line = pricing_pb2.QuoteLine(product="BK-M82B-42", quantity=3)
    quote = pricing_pb2.PriceQuoteRequest(
        book="books/adventureworks", date=day("2018-05-20"), facts={"customer.kind": "reseller"}, lines=[line],
        start_date=day("2018-05-20"),
    )  # fmt: skip
    with pytest.raises(grpc.RpcError) as refused:
        service.pricing().PriceQuote(quote, timeout=30)
    assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT and "quote.start" in refused.value.details()
