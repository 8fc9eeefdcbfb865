"""Facts of the customer in rules of a bundle, over gRPC: they bar and force options, and price what a quote places."""

from __future__ import annotations

import pytest

from quotient.v1 import configuration_pb2 as pb
from quotient.v1 import configuration_pb2_grpc, pricing_pb2
from tests.wire.service import Service
from tests.wire.test_units import published

pytestmark = pytest.mark.service
STATUS, FORCED, EXCLUDED = 0b11, 1, 2
BOOK = """price book offices
  currency EUR
  units    seat seats

facts
  customer.segment: one of startup, enterprise
  customer.country: text optional

product seat
  price 10 EUR per seat

product sso
  price 50 EUR per seat
  unit  seat

product audit
  price 30 EUR per seat
  unit  seat

bundle office "Office"
  part seat  5 to 5_000
  part sso   optional
  part audit optional
  require sso when customer.segment is enterprise because "Enterprise signs in through SSO"
  forbid audit when customer.country is "CH" because "Not sold there"
  audit implies sso
  sum of quantity of seat <= 300 when customer.segment is startup because "A startup is small"
"""


@pytest.fixture(scope="module")
def book(service: Service) -> str:
    return published(service, "books/offices", BOOK)


def stub(service: Service) -> configuration_pb2_grpc.ConfigurationStub:
    return configuration_pb2_grpc.ConfigurationStub(service.channel())


def selection(book: str, *names: str, **facts: str) -> pb.Selection:
    said = {name.replace("_", "."): value for name, value in facts.items()}
    return pb.Selection(book=book, facts=said, choices=[pb.Choice(name=name) for name in names])


def states(service: Service, book: str, *names: str, **facts: str) -> dict[str, int]:
    model = stub(service).GetModel(pb.GetModelRequest(book=book))
    assert model.facts == ["customer.segment", "customer.country"]
    names_of = {option.id: option.name for item in model.items for option in item.options}
    asked = pb.ConfigureRequest(selection=selection(book, *names, **facts))
    answer = stub(service).Configure(asked)
    assert answer.valid
    return {names_of[number]: state & STATUS for number, state in enumerate(answer.states)}


def test_facts_force_and_bar_options(service: Service, book: str) -> None:
    large = states(service, book, customer_segment="enterprise", customer_country="CH")
    assert (large["sso"], large["audit"]) == (FORCED, EXCLUDED)
    small = states(service, book, customer_segment="startup")
    assert (small["sso"], small["audit"]) == (0, 0)


def test_a_number_that_a_sum_counts_is_held_to_it(service: Service, book: str) -> None:
    fits = selection(book, "seat=300", customer_segment="startup")
    over = selection(book, "seat=301", customer_segment="startup")
    answers = [stub(service).Configure(pb.ConfigureRequest(selection=one)) for one in (fits, over)]
    assert [one.valid for one in answers] == [True, False]
    assert "A startup is small" in [reason.because for reason in answers[1].conflict.reasons]
    whole = stub(service).Complete(pb.CompleteRequest(selection=fits))
    assert {one.product: one.quantity_micros for one in whole.configurations[0].products}["seat"] == 300_000_000


def test_why_and_what_to_undo_leave_facts_alone(service: Service, book: str) -> None:
    chosen = selection(book, "seat=400", customer_segment="startup")
    repair = stub(service).Repair(pb.RepairRequest(selection=chosen))
    assert [choice.number_micros for choice in repair.undo] == [400_000_000]
    barred = selection(book, customer_segment="startup", customer_country="CH")
    why = stub(service).Explain(pb.ExplainOptionRequest(selection=barred, option=pb.Choice(name="audit")))
    assert not why.possible and not why.choices and [one.because for one in why.reasons] == ["Not sold there"]
    none = stub(service).Repair(pb.RepairRequest(selection=barred, option=pb.Choice(name="audit")))
    assert not none.undo


@pytest.mark.parametrize(
    ("facts", "choices", "code", "lines"),
    [
        ({"customer.segment": "enterprise"}, ["seat=400"], "", ["seat", "sso"]),
        ({"customer.segment": "startup"}, ["seat=400"], "INVALID_CONFIGURATION", []),
        ({"customer.segment": "startup"}, ["seat=40"], "", ["seat"]),
        ({}, ["seat=40"], "INCOMPLETE_CONFIGURATION", []),
    ],
)
def test_a_quote_places_a_bundle_under_its_facts(
    service: Service, book: str, facts: dict[str, str], choices: list[str], code: str, lines: list[str]
) -> None:
    bundle = pricing_pb2.ConfiguredBundle(id="one", product="office", choices=choices)
    asked = pricing_pb2.PriceQuoteRequest(book=book, facts=facts, bundles=[bundle])
    answer = service.pricing().PriceQuote(asked)
    assert answer.bundles[0].error.code == code
    assert [line.product for line in answer.lines] == lines
    assert code != "INCOMPLETE_CONFIGURATION" or list(answer.bundles[0].error.open) == ["customer.segment"]


def test_a_storefront_is_told_no_rule(service: Service, book: str) -> None:
    bundle = pricing_pb2.ConfiguredBundle(id="one", product="office", choices=["seat=40", "audit", "sso=none"])
    asked = pricing_pb2.PriceQuoteRequest(book=book, facts={"customer.segment": "startup"}, bundles=[bundle])
    told = {}
    for role in ("seller", "storefront"):
        answer = service.pricing().PriceQuote(asked, metadata=(("x-quotient-role", role),))
        told[role] = answer.bundles[0].error
    assert told["seller"].rules[0].text == "audit implies sso"
    assert (
        told["seller"].message
        == told["storefront"].message
        == "`office` cannot be so: audit, sso=none: its rules do not allow it"
    )
    assert not any(rule.text or rule.file for rule in told["storefront"].rules)


def test_a_choice_is_named_once_in_a_conflict(service: Service, book: str) -> None:
    over = selection(book, "seat=301", customer_segment="startup")
    conflict = stub(service).Configure(pb.ConfigureRequest(selection=over)).conflict
    assert len(conflict.choices) == 1


@pytest.mark.parametrize("number", [301, 400, 1_000, 4_096, 5_000])
def test_a_number_that_a_sum_bars_is_explained_and_repaired(service: Service, book: str, number: int) -> None:
    chosen, option = selection(book, "audit", customer_segment="startup"), pb.Choice(name=f"seat={number}")
    why = stub(service).Explain(pb.ExplainOptionRequest(selection=chosen, option=option))
    assert not why.possible and not why.choices
    assert "A startup is small" in [reason.because for reason in why.reasons]
    other = selection(book, "seat=20", "audit", customer_segment="enterprise")
    undone = stub(service).Repair(pb.RepairRequest(selection=other, option=option)).undo
    assert [choice.number_micros for choice in undone] == [20_000_000]
