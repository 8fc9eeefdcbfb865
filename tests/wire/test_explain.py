"""Explain as a stock client in a process of its own sees it, in each role: by the version that prices, and nothing that is hidden."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

import pytest
from google.protobuf import json_format

from quotient.v1 import books_pb2, pricing_pb2
from tests.unit.explain.shop import BOOK
from tests.wire.service import ROOT, Service
from tests.wire.test_calls import refused

pytestmark = pytest.mark.service

CLIENT = """
import sys
import grpc
from google.protobuf import json_format
from quotient.v1 import pricing_pb2, pricing_pb2_grpc

address, role, tenant, request = sys.argv[1:]
stub = pricing_pb2_grpc.PricingStub(grpc.insecure_channel(address))
asked = json_format.Parse(request, pricing_pb2.ExplainRequest())
metadata = (("x-quotient-role", role), ("x-quotient-tenant", tenant))
print(json_format.MessageToJson(stub.Explain(asked, metadata=metadata, timeout=60), preserving_proto_field_name=True))
priced = stub.PriceQuote(asked.quote, metadata=metadata, timeout=60)
print("----")
print(json_format.MessageToJson(priced, preserving_proto_field_name=True))
"""
QUOTE: dict[str, Any] = {
    "book": "books/saas",
    "date": {"year": 2026, "month": 3, "day": 15},
    "facts": {"customer.country": "NL", "quote.term": "12 months"},
    "lines": [{"product": "support", "quantity": 43}, {"product": "security_key", "quantity": 3}],
}
OF_ACCOUNT = {"customer.segment": "startup"}


def explained(service: Service, role: str, request: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a client gets that has nothing but the stubs: (the explanation, the price of the same quote)."""
    tenant = TENANT if request["quote"]["book"] == "books/shop" else "demo"
    env = {**os.environ, "PYTHONPATH": str(ROOT / "proto")}
    command = [sys.executable, "-c", CLIENT, service.address, role, tenant, json.dumps(request)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, cwd="/", timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.split("----\n")
    return json.loads(first), json.loads(second)


IN_HOUSE = {"quote": {**QUOTE, "facts": {**QUOTE["facts"], **OF_ACCOUNT}}, "picture": True}
TENANT = "explained"
"""Has a book of its own, of which a storefront can price everything: no other test sees it."""


@pytest.fixture(scope="module")
def shop(service: Service) -> dict[str, Any]:
    """A quote that a floor lifts, of a book published for it."""
    metadata = (("x-quotient-tenant", TENANT), ("x-quotient-role", "administrator"))
    chunk = books_pb2.FileChunk(path="shop.quo", content=BOOK.encode())
    version = service.books().Publish(
        iter([books_pb2.PublishRequest(book="books/shop", chunk=chunk)]), metadata=metadata
    )
    service.books().Activate(books_pb2.ActivateRequest(name=version.name), metadata=metadata)
    date = {"year": 2026, "month": 5, "day": 4}
    return {
        "quote": {"book": "books/shop", "date": date, "lines": [{"product": "chair", "quantity": 60}]},
        "picture": True,
    }


@pytest.mark.parametrize("role", ["seller", "manager", "approver", "pricing_author", "finance", "administrator"])
def test_a_role_of_the_house_is_told_why(service: Service, role: str) -> None:
    told, priced = explained(service, role, IN_HOUSE)
    assert told["quote"]["book_version"] == priced["book_version"]
    assert [line["net_amount_micros"] for line in told["quote"]["lines"]] == [
        line["net_amount_micros"] for line in priced["lines"]
    ]
    rules = {rule["rule"]: rule for rule in told["lines"][0]["rules"]}
    assert rules["startup_programme"]["message"] == "9.00 -> 7.20"
    assert rules["startup_programme"]["applied"]
    belgium = rules["belgium"]
    assert (belgium["reason"], belgium["message"]) == ("condition", 'needs customer.country "BE", was "NL"')
    assert belgium["nearest"][0]["needs"]["values"] == ['"BE"']
    changes = {(c["what"], c["values"][0]): c for c in told["lines"][0]["changes"]}
    assert changes["customer.segment", "mid_market"]["without_rules"] == ["startup_programme"]
    assert changes["quote.date", "2026-04-01"]["unit_net_amount_micros"] == "9000000"
    assert {one["approval"] for one in told["approvals"]} == {"deep_discount", "thin_line"}
    root = ElementTree.fromstring(told["picture_svg"])
    assert "startup_programme" in (root.findtext("{http://www.w3.org/2000/svg}desc") or "")


def test_costs_and_what_betrays_them_are_for_roles_that_may_see_them(service: Service) -> None:
    """43 at 7.20 are 309.60, at a cost of 137.60: 55.56%; and 137.60 / 0.7 = 196.571428..."""
    manager, _ = explained(service, "manager", IN_HOUSE)
    thin = next(one for one in manager["approvals"] if one["approval"] == "thin_line")
    assert thin["figures"][0]["was"] == "55.56%"
    assert (thin["lowest_net_amount_micros"], thin["lowest_payable_amount_micros"]) == ("196571429", "196580000")
    assert manager["quote"]["lines"][0]["cost_amount_micros"] == "137600000"
    seller, _ = explained(service, "seller", IN_HOUSE)
    thin = next(one for one in seller["approvals"] if one["approval"] == "thin_line")
    assert thin["message"] == "line.margin is within its limit"
    assert not {"lowest_net_amount_micros", "lowest_payable_amount_micros", "largest_discount"} & set(thin)
    text = json.dumps(seller)
    assert "cost_amount_micros" not in text and "1376" not in text and "1965" not in text and "30%" not in text


def test_a_storefront_is_told_steps_and_changes_and_no_name(service: Service, shop: dict[str, Any]) -> None:
    """100 less 12% and 12% is 77.44; the floor of 93.75 is 75 / 0.8."""
    told, priced = explained(service, "storefront", shop)
    [line] = told["quote"]["lines"]
    assert line["net_amount_micros"] == priced["lines"][0]["net_amount_micros"] == "5625000000"
    assert [(step["step"], step["after_amount_micros"]) for step in line["waterfall"]] == [
        ("list", "100000000"), ("volume", "88000000"), ("promotion", "93750000"),
    ]  # fmt: skip
    assert "approvals" not in told and "rules" not in told["lines"][0] and "picture_svg" in told
    text = json.dumps(told)
    for hidden in (
        "twelve",
        "chairs_volume",
        "half",
        "shop.quo",
        "7744",
        "77.44",
        "cost",
        "margin",
        "floor",
        "thin",
        "segment",
    ):
        assert hidden not in text, hidden


def test_finance_is_told_all_of_the_same_quote(service: Service, shop: dict[str, Any]) -> None:
    told, _ = explained(service, "finance", shop)
    rules = {rule["rule"]: rule for rule in told["lines"][0]["rules"]}
    assert (rules["margin"]["message"], rules["half"]["reason"]) == ("77.44 -> 93.75", "above")
    assert rules["spring"]["nearest"][0]["end"] == {"year": 2026, "month": 4, "day": 1}
    assert told["quote"]["lines"][0]["cost_amount_micros"] == "4500000000"


def asking(lines: Sequence[int] = (), rules: Sequence[str] = (), of_account: bool = True) -> pricing_pb2.ExplainRequest:
    facts = {**QUOTE["facts"], **(OF_ACCOUNT if of_account else {})}
    quote = json_format.ParseDict({**QUOTE, "facts": facts}, pricing_pb2.PriceQuoteRequest())
    return pricing_pb2.ExplainRequest(quote=quote, lines=lines, rules=rules)


def role(name: str) -> tuple[tuple[str, str], ...]:
    return (("x-quotient-role", name),)


def test_lines_and_rules_may_be_named(service: Service) -> None:
    asked = asking(lines=[2], rules=["handling", "seat_margin"])
    [line] = service.pricing().Explain(asked, metadata=role("manager")).lines
    assert (line.line, [(rule.rule, rule.reason) for rule in line.rules]) == (
        2, [("handling", "applied"), ("seat_margin", "product")],
    )  # fmt: skip


def test_a_version_that_is_named_explains_itself_alike(service: Service) -> None:
    """And whichever worker answers: each makes its own of the same book."""
    asked = asking()
    now = service.pricing().Explain(asked, metadata=role("manager"))
    asked.quote.version = now.quote.book_version.rpartition("/")[2]
    answers = {service.pricing().Explain(asked, metadata=role("manager")).SerializeToString() for _ in range(4)}
    assert answers == {now.SerializeToString()}
    version = asked.quote.version
    assert list((service.data / "plans").glob(f"{version}-*.book")), "the next worker finds the book beside the plan"


@pytest.mark.parametrize(
    ("who", "lines", "rules", "expected"),
    [
        ("manager", [3], [], ("INVALID_ARGUMENT", "NO_SUCH_LINE", "lines[0]")),
        ("manager", [0], [], ("INVALID_ARGUMENT", "NO_SUCH_LINE", "lines[0]")),
        ("manager", [], ["no_such"], ("INVALID_ARGUMENT", "UNKNOWN_RULE", "rules[0]")),
        ("manager", [], ["rush"] * 201, ("INVALID_ARGUMENT", "TOO_MANY_RULES", "rules")),
        ("storefront", [], ["rush"], ("PERMISSION_DENIED", "ROLE", "rules")),
        ("customer", [], [], ("PERMISSION_DENIED", "ROLE", "")),
    ],
)
def test_what_is_refused(
    service: Service, who: str, lines: list[int], rules: list[str], expected: tuple[str, str, str]
) -> None:
    asked = asking(lines, rules, of_account=who != "storefront")
    assert refused(service.pricing().Explain, asked, metadata=role(who)) == expected


def test_too_many_lines_are_refused_unless_some_are_named(service: Service) -> None:
    asked = asking()
    asked.quote.lines.extend([pricing_pb2.QuoteLine(product="security_key", quantity=1)] * 199)
    expected = ("INVALID_ARGUMENT", "TOO_MANY_LINES", "lines")
    assert refused(service.pricing().Explain, asked, metadata=role("manager")) == expected
    asked.lines.append(201)
    assert [line.line for line in service.pricing().Explain(asked, metadata=role("manager")).lines] == [201]
