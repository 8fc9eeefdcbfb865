"""Every call of every service, with random and adversarial messages and bytes, against a real service: an answer or a named refusal.

Calls and fields are read from the descriptors, so that a new one is fuzzed from its first day. What answers is held to the totals
of its own lines and to the same quote asked in another way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.rpc import error_details_pb2, status_pb2
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from quotient.v1 import pricing_pb2
from tests.fuzz.messages import KNOWN, messages
from tests.wire.methods import METHODS as EVERY
from tests.wire.methods import ask, request_of
from tests.wire.service import Service

pytestmark = pytest.mark.service
SECONDS = 30
"""A call that takes longer hangs; the slowest takes a hundredth of it."""
WAITING, WAITING_SECONDS = frozenset({"WatchEvents"}), 0.2
"""Calls that answer for as long as somebody listens."""
ALLOWED = {
    "INVALID_ARGUMENT", "NOT_FOUND", "FAILED_PRECONDITION", "ALREADY_EXISTS", "ABORTED", "PERMISSION_DENIED", "OUT_OF_RANGE",
    "RESOURCE_EXHAUSTED",
}  # fmt: skip
METHODS: list[MethodDescriptor] = list(EVERY.values())
OF_BOOKS, OF_DEALS = [], []  # type: list[MethodDescriptor], list[MethodDescriptor]
for _method in METHODS:
    (OF_BOOKS if _method.containing_service.name in ("Pricing", "Books", "Catalog") else OF_DEALS).append(_method)
ROLES = ["seller", "manager", "storefront", "customer", "finance", "administrator", "administrator", "king", ""]
fixtures = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
)


fewer = settings(fixtures, max_examples=max(10, settings().max_examples // 5))
"""For the many calls that are much alike."""


def _name(method: MethodDescriptor) -> str:
    return str(method.full_name).removeprefix("quotient.v1.")


@pytest.fixture(scope="module")
def channel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[grpc.Channel]:
    with Service(tmp_path_factory.mktemp("fuzzed") / "data", workers=1) as running, running.channel() as channel:
        begin(channel)
        yield channel
        assert running.process.poll() is None


def begin(channel: grpc.Channel) -> None:
    """Documents to be found: their names join those that messages say."""

    def made(call: str, /, **said: Any) -> str:
        name = str(ask(channel, call, request_of(call, **said), (("x-quotient-role", "administrator"),)).name)
        KNOWN["name"].append(name)
        KNOWN.setdefault(name.partition("/")[0], []).append(name)
        return name

    account = made("Accounts.CreateAccount", account={"display_name": "Acme"}, account_id="acme")
    made("LegalEntities.CreateLegalEntity", entity={"legal_name": "Seller"}, entity_id="nl")
    lines = [{"product": "seat", "quantity": 3}]
    for _ in range(3):
        quote = {"account": account, "book": "books/saas", "options": [{"option_id": "a", "lines": lines}]}
        made("Quotes.CreateQuote", quote=quote)
        parent = made("Leads.CaptureLead", lead={"company": "Somebody"})
        made("Opportunities.CreateOpportunity", opportunity={"display_name": "A deal", "account": account})
        made("Activities.CreateActivity", activity={"parent": parent, "subject": "Call"})
    for field, kind in (("account", "accounts"), ("entity", "entities"), ("into", "leads"), ("parent", "leads")):
        KNOWN.setdefault(field, []).extend(KNOWN[kind])


def called(channel: grpc.Channel, method: MethodDescriptor, asked: list[bytes], role: str) -> list[Message] | str:
    """What a call answers, or the reason of its refusal, which must be one of ours and named."""
    service, answer = method.containing_service.full_name, GetMessageClass(method.output_type)
    sends, receives = method.client_streaming, method.server_streaming
    kind = f"{'stream' if sends else 'unary'}_{'stream' if receives else 'unary'}"
    call = getattr(channel, kind)(f"/{service}/{method.name}", lambda raw: raw, answer.FromString)
    metadata = (("x-quotient-role", role),) if role else ()
    waits = method.name in WAITING
    try:
        got = call(iter(asked) if sends else asked[0], timeout=WAITING_SECONDS if waits else SECONDS, metadata=metadata)
        return list(got) if receives else [got]
    except grpc.RpcError as error:
        if waits and error.code() is grpc.StatusCode.DEADLINE_EXCEEDED:
            return "it goes on"
        return _reason(error)


def _reason(error: Any) -> str:
    details = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin")
    assert error.code().name in ALLOWED, f"{error.code().name}: {error.details()}"
    assert details, f"{error.code().name} without a reason: {error.details()}"
    info = error_details_pb2.ErrorInfo()
    assert any(detail.Unpack(info) for detail in status_pb2.Status.FromString(details).details)
    assert info.reason and error.details()
    return str(info.reason)


@pytest.mark.parametrize("method", OF_BOOKS, ids=_name)
@fixtures
@given(data=st.data())
def test_any_message_is_answered_or_refused_by_name(
    channel: grpc.Channel, method: MethodDescriptor, data: st.DataObject
) -> None:
    any_message(channel, method, data)


@pytest.mark.parametrize("method", OF_DEALS, ids=_name)
@fewer
@given(data=st.data())
def test_any_message_of_a_deal_is_answered_or_refused_by_name(
    channel: grpc.Channel, method: MethodDescriptor, data: st.DataObject
) -> None:
    any_message(channel, method, data)


@pytest.mark.parametrize("method", OF_BOOKS, ids=_name)
@fixtures
@given(data=st.data())
def test_any_bytes_are_answered_or_refused(
    channel: grpc.Channel, method: MethodDescriptor, data: st.DataObject
) -> None:
    any_bytes(channel, method, data)


@pytest.mark.parametrize("method", OF_DEALS, ids=_name)
@fewer
@given(data=st.data())
def test_any_bytes_of_a_deal_are_answered_or_refused(
    channel: grpc.Channel, method: MethodDescriptor, data: st.DataObject
) -> None:
    any_bytes(channel, method, data)


def any_message(channel: grpc.Channel, method: MethodDescriptor, data: st.DataObject) -> None:
    one = messages(method.input_type)
    asked = data.draw(st.lists(one, max_size=4) if method.client_streaming else st.lists(one, min_size=1, max_size=1))
    answers = called(channel, method, [m.SerializeToString() for m in asked], data.draw(st.sampled_from(ROLES)))
    event(answers if isinstance(answers, str) else "answered")
    for answer in answers if isinstance(answers, list) else []:
        for quote in _quotes(answer):
            adds_up(quote)


def any_bytes(channel: grpc.Channel, method: MethodDescriptor, data: st.DataObject) -> None:
    """A message with bytes cut out, put in or exchanged. What is no message is refused by gRPC itself, which has no reasons."""
    raw = bytearray(data.draw(messages(method.input_type)).SerializeToString())
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(raw)))
        raw[at : at + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    try:
        GetMessageClass(method.input_type).FromString(bytes(raw))
    except Exception:
        event("no message")
        return
    called(channel, method, [bytes(raw)], "administrator")


@fixtures
@given(data=st.data())
def test_a_quote_is_the_same_alone_and_among_others(channel: grpc.Channel, data: st.DataObject) -> None:
    stub_of = {method.name: method for method in METHODS}
    asked = data.draw(st.lists(messages(pricing_pb2.PriceQuoteRequest.DESCRIPTOR), min_size=1, max_size=3))
    many = called(
        channel, stub_of["PriceQuotes"], [pricing_pb2.PriceQuotesRequest(quotes=asked).SerializeToString()], "manager"
    )
    if isinstance(many, str):
        return
    for quote, answer in zip(asked, many[0].answers, strict=True):  # type: ignore[attr-defined]
        alone = called(channel, stub_of["PriceQuote"], [quote.SerializeToString()], "manager")
        event("refused" if isinstance(alone, str) else "priced")
        assert (answer.WhichOneof("answer") == "error") == isinstance(alone, str)
        if not isinstance(alone, str) and quote.HasField("date"):
            assert answer.quote == alone[0]


# ---------------------------------------------------------------- totals


def _quotes(message: Message) -> Iterator[Any]:
    """Every priced quote in an answer."""
    if isinstance(message, pricing_pb2.PriceQuoteResponse):
        yield message
        return
    for field, value in message.ListFields():
        if field.message_type is None or field.message_type.GetOptions().map_entry:
            continue
        for each in [value] if isinstance(value, Message) else value:
            yield from _quotes(each)


def adds_up(quote: Any) -> None:
    """Each total is the sum of its lines; a line with an error has no amounts, and makes the quote incomplete."""
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for line in quote.lines:
        if line.HasField("error"):
            assert line.error.code and line.error.message
            assert line.net_amount_micros == 0 and not quote.complete
        else:
            sums[line.period][0] += line.list_amount_micros
            sums[line.period][1] += line.net_amount_micros
    named = {
        "once": "once",
        "use": "usage",
        **{period: f"per_{period}" for period in ("day", "week", "month", "quarter", "year")},
    }
    for total in quote.totals:
        period = next((p for p, name in named.items() if name == total.name), None)
        if period is not None:
            assert [total.list_amount_micros, total.net_amount_micros] == sums[period]
