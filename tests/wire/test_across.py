"""Coupon codes, grants by hand and rules over several lines, over gRPC and by role."""

from __future__ import annotations

import grpc
import pytest

from quotient.v1 import pricing_pb2
from tests.wire.service import Service
from tests.wire.test_units import published

pytestmark = pytest.mark.service
BOOK = """price book shop
  currency EUR
  units piece pieces

product mug
  price 10 EUR per piece

product lamp
  price 100 EUR per piece

steps
  list
  coupon additive
  manual additive

coupon discount spring on the quote
  needs code "SPRING26"
  give 11 EUR off running price

manual discount seller_grant on everything
  by hand, at most 10% for seller, 25% for manager
"""
LINES = [pricing_pb2.QuoteLine(product="mug", quantity=1), pricing_pb2.QuoteLine(product="lamp", quantity=1)]


def test_codes_and_grants(service: Service) -> None:
    book = published(service, "books/across", BOOK)
    asked = pricing_pb2.PriceQuoteRequest(book=book, lines=LINES, coupon_codes=["SPRING26", "AUTUMN"])
    asked.lines[1].grants["seller_grant"] = "5%"
    answer = service.pricing().PriceQuote(asked, metadata=[("x-quotient-role", "seller")])
    # 11 EUR over 10 and 100: 1 and 10; then 5% of 90
    assert [line.net_amount_micros for line in answer.lines] == [9_000_000, 85_500_000]
    assert list(answer.unknown_coupon_codes) == ["AUTUMN"]


@pytest.mark.parametrize(("role", "errors"), [("seller", ["GRANT", "GRANT"]), ("manager", ["", ""])])
def test_a_role_grants_so_much(service: Service, role: str, errors: list[str]) -> None:
    book = published(service, "books/granted", BOOK)
    asked = pricing_pb2.PriceQuoteRequest(book=book, lines=LINES, grants={"seller_grant": "20%"})
    answer = service.pricing().PriceQuote(asked, metadata=[("x-quotient-role", role)])
    assert [line.error.code for line in answer.lines] == errors


def test_a_grant_of_no_rule_is_refused(service: Service) -> None:
    book = published(service, "books/refused", BOOK)
    asked = pricing_pb2.PriceQuoteRequest(book=book, lines=LINES, grants={"seller_grand": "20%"})
    with pytest.raises(grpc.RpcError) as refused:
        service.pricing().PriceQuote(asked)
    assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT


FLOORED = """price book floored
  currency EUR
  units piece pieces

product mug
  price 10 EUR per piece
  cost 6 EUR per piece

steps
  list
  promotion
  floor

promotion discount half on mug
  give 50% off list

floor mug_floor on mug
  at least 20% margin
"""


@pytest.mark.parametrize(
    ("role", "bars"),
    [
        ("storefront", [("list", 10_000_000), ("promotion", 7_500_000)]),
        ("manager", [("list", 10_000_000), ("promotion", 5_000_000), ("floor", 7_500_000)]),
    ],
)
def test_a_floor_is_not_for_everyone(service: Service, role: str, bars: list[tuple[str, int]]) -> None:
    book = published(service, "books/floored", FLOORED)
    line = pricing_pb2.QuoteLine(product="mug", quantity=1)
    asked = pricing_pb2.PriceQuoteRequest(book=book, lines=[line], waterfall=True)
    answer = service.pricing().PriceQuote(asked, metadata=[("x-quotient-role", role)])
    assert [(bar.step, bar.after_amount_micros) for bar in answer.lines[0].waterfall] == bars
    assert answer.lines[0].net_amount_micros == 7_500_000
