"""Taxes, currencies and pocket amounts over gRPC, and who is shown what."""

from __future__ import annotations

import grpc
import pytest

from quotient.v1 import books_pb2, pricing_pb2
from tests.wire.service import Service

pytestmark = pytest.mark.service
HEAD = """price book {name}
  currency   EUR
  currencies USD, GBP
  units      piece pieces

facts
  customer.country: text

rates
  | from | to  | rate | from date  |
  | EUR  | USD | 1.10 | 2026-01-01 |
  | EUR  | USD | 1.20 | 2026-02-01 |

product lamp
  price 10.99 EUR per piece
"""
TAXED = """
steps
  list
  tax
  net
  rebate additive

tax rate nl on everything
  when customer.country is "NL"
  charge 21%
  because "Wet OB art. 9"

rebate discount bonus on everything
  give 10% off running price
"""
DAY = {"year": 2026, "month": 1, "day": 15}


def published(service: Service, name: str, text: str) -> str:
    """A book of this text that answers for every date."""
    chunk = books_pb2.FileChunk(path="book.quo", content=text.encode())
    version = service.books().Publish(iter([books_pb2.PublishRequest(book=f"books/{name}", chunk=chunk)])).name
    service.books().Activate(books_pb2.ActivateRequest(name=version))
    return f"books/{name}"


def asked(book: str, code: str = "", quantity: int = 2, **facts: str) -> pricing_pb2.PriceQuoteRequest:
    said = {name.replace("__", "."): text for name, text in facts.items()}
    lines = [pricing_pb2.QuoteLine(product="lamp", quantity=quantity)]
    return pricing_pb2.PriceQuoteRequest(
        book=book, date=DAY, facts=said, lines=lines, waterfall=True, currency_code=code
    )


def role(name: str) -> tuple[tuple[str, str], ...]:
    return (("x-quotient-role", name), ("x-quotient-tenant", "demo"), ("x-quotient-principal", "test"))


def test_a_line_s_tax_and_the_sums_of_taxes(service: Service) -> None:
    book = published(service, "taxed", HEAD.format(name="taxed") + TAXED)
    answer = service.pricing().PriceQuote(asked(book, customer__country="NL"), metadata=role("finance"))
    [line], [total], [tax] = answer.lines, answer.totals, answer.taxes
    assert (line.tax.rule, line.tax.category, line.tax.rate_micros) == ("nl", "S", 210_000)
    assert (line.net_amount_micros, line.tax.tax_amount_micros, line.tax.gross_amount_micros) == (
        21_980_000,
        4_620_000,
        26_600_000,
    )
    assert (total.tax_amount_micros, total.gross_amount_micros) == (4_620_000, 26_600_000)
    assert (tax.name, tax.taxable_amount_micros, tax.tax_amount_micros, tax.because) == (
        "once", 21_980_000, 4_620_000, "Wet OB art. 9"
    )  # fmt: skip
    assert line.pocket_amount_micros == total.pocket_amount_micros == 19_780_000
    assert [bar.step for bar in line.waterfall] == ["list", "tax", "tax rounding", "rebate"]


def test_a_storefront_sees_the_tax_and_neither_rule_nor_pocket(service: Service) -> None:
    book = published(service, "taxed", HEAD.format(name="taxed") + TAXED)
    answer = service.pricing().PriceQuote(asked(book, customer__country="NL"), metadata=role("storefront"))
    [line], [total] = answer.lines, answer.totals
    assert line.tax.gross_amount_micros == 26_600_000 and line.tax.rule == line.tax.because == ""
    assert not line.HasField("pocket_amount_micros") and not total.HasField("pocket_amount_micros")
    assert [bar.step for bar in line.waterfall] == ["list", "tax", "tax rounding"]
    missing = service.pricing().PriceQuote(asked(book, customer__country="DE"), metadata=role("storefront"))
    assert missing.lines[0].error.code == "NO_TAX" and "nl" not in missing.lines[0].error.message.split()


@pytest.mark.parametrize("how", ["field", "fact"])
def test_a_quote_in_another_currency(service: Service, how: str) -> None:
    book = published(service, "dollars", HEAD.format(name="dollars"))
    request = asked(book, "USD") if how == "field" else asked(book, quote__currency="USD")
    answer = service.pricing().PriceQuote(request)
    assert (answer.currency_code, answer.lines[0].net_amount_micros) == ("USD", 24_180_000)  # 12.089 -> 12.09, twice
    rate = answer.exchange_rate
    assert (rate.from_currency_code, rate.to_currency_code, rate.rate, rate.from_date.year) == (
        "EUR",
        "USD",
        "1.1",
        2026,
    )
    assert (answer.hold_until.month, answer.hold_until.day) == (2, 1)
    home = service.pricing().PriceQuote(asked(book, "EUR"))
    assert home.lines[0].net_amount_micros == 21_980_000 and not home.HasField("exchange_rate")
    assert home.book_version == answer.book_version


def test_no_rate_and_no_such_currency(service: Service) -> None:
    book = published(service, "dollars", HEAD.format(name="dollars"))
    answer = service.pricing().PriceQuote(asked(book, "GBP"))
    assert answer.lines[0].error.code == "NO_RATE" and "from EUR to GBP on 2026-01-15" in answer.lines[0].error.message
    assert not answer.complete
    for request in (asked(book, "CHF"), asked(book, "USD", quote__currency="GBP")):
        with pytest.raises(grpc.RpcError) as refused:
            service.pricing().PriceQuote(request)
        assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT  # type: ignore[attr-defined]
