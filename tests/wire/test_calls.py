"""What a stock client sees: reflection, health, prices with their waterfall, and errors that name the field."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2
from google.type import date_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc

from quotient.v1 import books_pb2, catalog_pb2, pricing_pb2
from tests.wire.service import ROOT, Service

pytestmark = pytest.mark.service
MAY_2018 = date_pb2.Date(year=2018, month=5, day=20)
BIKE = "BK-M82B-42"


def quote(**more: Any) -> pricing_pb2.PriceQuoteRequest:
    given = {
        "book": "books/adventureworks", "date": MAY_2018, "facts": {"customer.kind": "reseller"},
        "lines": [pricing_pb2.QuoteLine(product=BIKE, quantity=3)],
    }  # fmt: skip
    return pricing_pb2.PriceQuoteRequest(**{**given, **more})


def test_a_client_in_another_process_needs_only_reflection(service: Service) -> None:
    """No stubs of ours: the services, the request and the answer are found by reflection."""
    script = f"""
import grpc
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.message_factory import GetMessageClass
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
channel = grpc.insecure_channel("{service.address}")
database = ProtoReflectionDescriptorDatabase(channel)
assert "quotient.v1.Pricing" in database.get_services(), database.get_services()
method = DescriptorPool(database).FindServiceByName("quotient.v1.Pricing").methods_by_name["PriceQuote"]
Request, Response = GetMessageClass(method.input_type), GetMessageClass(method.output_type)
call = channel.unary_unary("/quotient.v1.Pricing/PriceQuote", Request.SerializeToString, Response.FromString)
asked = ParseDict({{"book": "books/adventureworks", "date": {{"year": 2018, "month": 5, "day": 20}}, "waterfall": True,
    "facts": {{"customer.kind": "reseller"}}, "lines": [{{"product": "{BIKE}", "quantity": 3}}]}}, Request())
line = MessageToDict(call(asked))["lines"][0]
print(line["netAmountMicros"], *(step["step"] for step in line["waterfall"]))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT.parent, timeout=60)
    assert done.stdout.split() == ["2531250000", "list", "reseller", "offer", "rounding"], done.stderr


def test_health_says_serving(service: Service) -> None:
    stub = health_pb2_grpc.HealthStub(service.channel())
    for name in ("", "quotient.v1.Pricing", "quotient.v1.Books"):
        assert stub.Check(health_pb2.HealthCheckRequest(service=name)).status == health_pb2.HealthCheckResponse.SERVING


def test_a_quote_with_its_waterfall(service: Service) -> None:
    answer = service.pricing().PriceQuote(quote(waterfall=True))
    (line,) = answer.lines
    assert answer.book_version.startswith("books/adventureworks/versions/")
    assert (answer.currency_code, answer.complete) == ("USD", True)
    assert (line.unit_net_amount_micros, line.net_amount_micros) == (843_750_000, 2_531_250_000)
    steps = [(s.step, s.rule, s.before_amount_micros, s.after_amount_micros) for s in line.waterfall]
    assert steps == [
        ("list", "", 0, 3_374_990_000),
        ("reseller", "reseller_price", 3_374_990_000, 2_024_994_000),
        ("offer", "special_offer", 2_024_994_000, 843_747_500),
        ("rounding", "", 843_747_500, 843_750_000),
    ]
    assert all(step.file and step.line for step in line.waterfall)
    assert (answer.hold_until.year, answer.hold_until.month, answer.hold_until.day) == (2018, 7, 1)


def test_each_quote_of_many_has_its_own_error(service: Service) -> None:
    asked = pricing_pb2.PriceQuotesRequest(quotes=[quote(), quote(book="books/none"), quote()])
    good, bad, also = service.pricing().PriceQuotes(asked).answers
    assert good.quote == also.quote
    assert good.quote.complete
    assert bad.error.code == grpc.StatusCode.NOT_FOUND.value[0]


def test_a_stream_answers_in_order(service: Service) -> None:
    asked = [
        pricing_pb2.PriceStreamRequest(
            correlation_id=str(n), quote=quote(lines=[pricing_pb2.QuoteLine(product=BIKE, quantity=n)])
        )
        for n in range(1, 30)
    ]
    answers = list(service.pricing().PriceStream(iter(asked)))
    assert [a.correlation_id for a in answers] == [a.correlation_id for a in asked]
    assert [a.answer.quote.lines[0].quantity_micros for a in answers] == [n * 1_000_000 for n in range(1, 30)]


def test_a_listing_prices_each_product(service: Service) -> None:
    asked = pricing_pb2.ListPricesRequest(
        book="books/adventureworks", date=MAY_2018, facts={"customer.kind": "shopper"}, products=[BIKE, "NOPE"]
    )
    known, unknown = service.pricing().ListPrices(asked).prices
    assert known.unit_net_amount_micros == 3_374_990_000
    assert unknown.error.code == "UNKNOWN_PRODUCT"


def test_a_line_says_why_it_has_no_price(service: Service) -> None:
    answer = service.pricing().PriceQuote(quote(facts={}))
    assert not answer.complete
    assert (answer.lines[0].error.code, answer.lines[0].error.field) == ("MISSING_FACT", "facts.customer.kind")
    assert answer.lines[0].error.rule == "reseller_price"


def test_catalog(service: Service) -> None:
    stub = service.catalog()
    page = stub.ListProducts(
        catalog_pb2.ListProductsRequest(book="books/adventureworks", family="mountain_bikes", page_size=10)
    )
    assert len(page.products) == 10
    rest = stub.ListProducts(
        catalog_pb2.ListProductsRequest(
            book="books/adventureworks", family="mountain_bikes", page_token=page.next_page_token
        )
    )
    assert not {p.code for p in page.products} & {p.code for p in rest.products}
    options = stub.GetOptions(catalog_pb2.GetOptionsRequest(book="books/adventureworks"))
    assert [(f.name, list(f.values)) for f in options.facts] == [("customer.kind", ["reseller", "shopper"])]


# ---------------------------------------------------------------- refusals

BAD = {
    "unknown book": (quote(book="books/none"), "NOT_FOUND", "BOOK_NOT_FOUND", "book"),
    "odd book": (quote(book="Books/X"), "INVALID_ARGUMENT", "INVALID_NAME", "book"),
    "which book": (quote(book=""), "INVALID_ARGUMENT", "BOOK_REQUIRED", "book"),
    "unknown version": (quote(version="0" * 32), "NOT_FOUND", "VERSION_NOT_FOUND", "version"),
    "no such day": (quote(date=date_pb2.Date(year=2018, month=2, day=30)), "INVALID_ARGUMENT", "INVALID_DATE", "date"),
    "unknown fact": (quote(facts={"customer.hat": "x"}), "INVALID_ARGUMENT", "INVALID_FACT", "facts[customer.hat]"),
    "value of a fact": (quote(facts={"customer.kind": "cat"}), "INVALID_ARGUMENT", "INVALID_FACT", "facts[customer.kind]"),
    "huge": (
        quote(lines=[pricing_pb2.QuoteLine(product=BIKE, quantity=2**62)]), "INVALID_ARGUMENT", "INVALID_QUANTITY", "lines[0].quantity",
    ),
    "too many lines": (quote(lines=[pricing_pb2.QuoteLine(product=BIKE)] * 2_001), "INVALID_ARGUMENT", "TOO_MANY_LINES", "lines"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD, ids=str)
def test_a_refusal_names_its_field(service: Service, case: str) -> None:
    request, status, reason, field = BAD[case]
    assert refused(service.pricing().PriceQuote, request) == (status, reason, field)


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ((("x-quotient-role", "storefront"),), ("PERMISSION_DENIED", "ACCOUNT_FACT", "facts[customer.kind]")),
        ((("x-quotient-role", "customer"),), ("PERMISSION_DENIED", "ROLE", "")),
        ((("x-quotient-role", "king"),), ("INVALID_ARGUMENT", "INVALID_ROLE", "x-quotient-role")),
        ((("x-quotient-tenant", "a:b"),), ("INVALID_ARGUMENT", "INVALID_TENANT", "x-quotient-tenant")),
        ((("x-quotient-tenant", "other"),), ("NOT_FOUND", "BOOK_NOT_FOUND", "book")),
    ],
)
def test_who_asks_decides(service: Service, metadata: Any, expected: tuple[str, str, str]) -> None:
    assert refused(service.pricing().PriceQuote, quote(), metadata=metadata) == expected


def test_a_storefront_sees_no_costs_and_no_rule_names(service: Service) -> None:
    asked = quote(facts={}, waterfall=True, lines=[pricing_pb2.QuoteLine(product="CA-1098", quantity=1)])
    seen = service.pricing().PriceQuote(asked, metadata=(("x-quotient-role", "storefront"),))
    assert not seen.lines[0].HasField("cost_amount_micros")
    assert not any(step.rule or step.file for step in seen.lines[0].waterfall)


def test_what_is_too_large_is_refused(service: Service) -> None:
    stub = service.pricing()
    large = quote(lines=[pricing_pb2.QuoteLine(product="x" * 9_000_000)])
    with pytest.raises(grpc.RpcError) as error:
        stub.PriceQuote(large)
    assert error.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    with pytest.raises(grpc.RpcError) as error:
        stub.PriceQuotes(pricing_pb2.PriceQuotesRequest(quotes=[quote()] * 51))
    assert error.value.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_check_shows_every_mistake(service: Service) -> None:
    text = b"price book x\n  currency EUR\nproduct seat\n  price 1,250 EUR\n  bil monthly\n"
    chunk = books_pb2.FileChunk(path="book.quo", content=text)
    answer = service.books().Check(iter([books_pb2.CheckRequest(chunk=chunk)]))
    assert not answer.valid
    assert {"E101", "E001"} <= {d.code for d in answer.diagnostics}
    assert all(d.rendered for d in answer.diagnostics)


def refused(call: Any, request: Any, **more: Any) -> tuple[str, str, str]:
    """(status, reason, field) of a refused call."""
    with pytest.raises(grpc.RpcError) as error:
        call(request, **more)
    trailing = dict(error.value.trailing_metadata())
    status = status_pb2.Status.FromString(trailing["grpc-status-details-bin"])
    info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    for detail in status.details:
        detail.Unpack(info)
        detail.Unpack(bad)
    field = bad.field_violations[0].field if bad.field_violations else ""
    return error.value.code().name, info.reason, field


def test_a_page_size_that_cannot_be_is_refused(service: Service) -> None:
    for request in (
        catalog_pb2.ListProductsRequest(book="books/adventureworks", page_size=-2),
        catalog_pb2.ListProductsRequest(book="books/adventureworks", page_token="9" * 5_000),
        catalog_pb2.ListProductsRequest(book="books/adventureworks", page_token="\u0663"),
    ):
        status, reason, _ = refused(service.catalog().ListProducts, request)
        assert (status, reason) in {
            ("INVALID_ARGUMENT", "INVALID_PAGE_SIZE"),
            ("INVALID_ARGUMENT", "INVALID_PAGE_TOKEN"),
        }


def test_a_storefront_is_not_told_rules_by_an_error(service: Service) -> None:
    seen = service.pricing().PriceQuote(quote(facts={}), metadata=(("x-quotient-role", "storefront"),))
    assert seen.lines[0].error.code == "MISSING_FACT"
    assert not seen.lines[0].error.rule
    assert "reseller_price" not in seen.lines[0].error.message
