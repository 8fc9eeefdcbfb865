"""Every RPC that the service has, found in its descriptors, with a request for each: what a test says of all of them it says of new
ones, too.

A request that names a document in its path (google.api.http) gets the name of one, and any words where words are required; what else a
call needs stands in `MORE`. A
service that does not stand in `KNOWN` fails a test: it is new, and is to be named here.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any

import grpc
from google.api import annotations_pb2, field_behavior_pb2
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.rpc import code_pb2, error_details_pb2, status_pb2

from engine.api.server import SERVICES
from quotient.v1 import (
    accounts_pb2,
    activities_pb2,
    approvers_pb2,
    books_pb2,
    configuration_pb2,
    events_pb2,
    history_pb2,
    identity_pb2,
    leads_pb2,
    opportunities_pb2,
    pricing_pb2,
    quotes_pb2,
)

BOOK = """price book shop "The shop of {tenant}"
  currency EUR
  units    piece pieces

product mug "A mug of {tenant}"
  price 8 EUR per piece

approval always
  when quote.net >= 0 EUR needs administrator

bundle box "A box of {tenant}"
  part mug 0 to 3
"""
Metadata = tuple[tuple[str, str], ...]
Names = Mapping[str, str]
"""Collection, as in `books` or `books/*/versions` -> the name of one in it."""
_PATH = re.compile(r"\{([\w.]+)=(\w[\w/*]*?)/\*\}")


def _quote(book: str) -> pricing_pb2.PriceQuoteRequest:
    return pricing_pb2.PriceQuoteRequest(book=book, lines=[pricing_pb2.QuoteLine(product="mug", quantity=1)])


def _selection(book: str) -> configuration_pb2.Selection:
    return configuration_pb2.Selection(book=book, bundle="box")


def _files(tenant: str) -> books_pb2.FileChunk:
    return books_pb2.FileChunk(path="book.quo", content=BOOK.format(tenant=tenant).encode())


def _deal(**more: Any) -> opportunities_pb2.Opportunity:
    return opportunities_pb2.Opportunity(display_name="Another deal", **more)


def _task(parent: str) -> activities_pb2.Activity:
    return activities_pb2.Activity(parent=parent, kind="TASK", subject="Another task")


def delegation(delegate: str) -> approvers_pb2.Delegation:
    """The caller's decisions left to somebody for a day."""
    one = approvers_pb2.Delegation(delegate=delegate)
    one.end_time.FromSeconds(int(time.time()) + 24 * 3600)
    return one


_OPTION = configuration_pb2.Choice(name="mug=2")
MORE: Mapping[str, Callable[[Names], Mapping[str, Any]]] = {
    "Pricing.PriceQuote": lambda names: {"book": names["books"], "lines": _quote("").lines},
    "Pricing.PriceQuotes": lambda names: {"quotes": [_quote(names["books"])]},
    "Pricing.PriceStream": lambda names: {"quote": _quote(names["books"])},
    "Pricing.Explain": lambda names: {"quote": _quote(names["books"])},
    "Pricing.ListPrices": lambda names: {"book": names["books"], "products": ["mug"]},
    "Configuration.GetModel": lambda names: {"book": names["books"], "bundle": "box"},
    "Configuration.Configure": lambda names: {"selection": _selection(names["books"])},
    "Configuration.Explain": lambda names: {"selection": _selection(names["books"]), "option": _OPTION},
    "Configuration.Repair": lambda names: {"selection": _selection(names["books"]), "option": _OPTION},
    "Configuration.Complete": lambda names: {"selection": _selection(names["books"])},
    "Configuration.Validate": lambda names: {"book": names["books"], "bundle": "box", "count": 1, "ids": [0], "columns": b"\0"},
    "Books.Check": lambda names: {"chunk": _files("nobody")},
    "Books.Publish": lambda names: {"book": "books/new", "chunk": _files("nobody")},
    "Accounts.CreateAccount": lambda names: {"account": accounts_pb2.Account(display_name="A customer")},
    "Accounts.UpdateAccount": lambda names: {"account": accounts_pb2.Account(display_name="Another name")},
    "LegalEntities.CreateLegalEntity": lambda names: {"entity": accounts_pb2.LegalEntity(legal_name="A seller")},
    "LegalEntities.UpdateLegalEntity": lambda names: {"entity": accounts_pb2.LegalEntity(legal_name="Another name")},
    "Quotes.CreateQuote": lambda names: {"quote": quotes_pb2.Quote(account=names["accounts"], book=names["books"])},
    "Quotes.UpdateQuote": lambda names: {"quote": quotes_pb2.Quote(display_name="Another name")},
    "Leads.CaptureLead": lambda names: {"lead": leads_pb2.Lead(company="Another company")},
    "Leads.CaptureLeads": lambda names: {"leads": [leads_pb2.Lead(company="A third company")]},
    "Leads.UpdateLead": lambda names: {"lead": leads_pb2.Lead(company="Another name")},
    "Leads.MergeLead": lambda names: {"into": names["leads/other"]},
    "Opportunities.CreateOpportunity": lambda names: {"opportunity": _deal(account=names["accounts"])},
    "Opportunities.UpdateOpportunity": lambda names: {"opportunity": _deal()},
    "Activities.CreateActivity": lambda names: {"activity": _task(names["opportunities"])},
    "Activities.UpdateActivity": lambda names: {"activity": _task("")},
    "Comments.AddComment": lambda names: {"comment": history_pb2.Comment(parent=names["opportunities"], text="A comment")},
    "Comments.ListComments": lambda names: {"parent": names["opportunities"]},
    "Opportunities.WinOpportunity": lambda names: {"reason": "price"},
    "Opportunities.LoseOpportunity": lambda names: {"reason": "price"},
    "History.ListRevisions": lambda names: {"name": names["accounts"]},
    "Events.WatchEvents": lambda names: {"after": "0"},
    "Webhooks.CreateWebhook": lambda names: {"webhook": events_pb2.Webhook(url="https://example.com/", types=["Nothing"])},
    "Webhooks.UpdateWebhook": lambda names: {"webhook": events_pb2.Webhook(description="Another")},
    "Quotes.CompareQuoteVersions": lambda names: {"before_revision": 1},
    "ApproverGroups.CreateGroup": lambda names: {"group": approvers_pb2.Group(), "group_id": "another"},
    "ApproverGroups.UpdateGroup": lambda names: {"group": approvers_pb2.Group(display_name="Another name")},
    "Delegations.CreateDelegation": lambda names: {"delegation": delegation("another")},
    "Identity.CreateApiKey": lambda names: {"api_key": identity_pb2.ApiKey(role="seller")},
}  # fmt: skip
KNOWN = frozenset(
    """Pricing Books Catalog Configuration Identity Accounts LegalEntities Quotes Approvals Leads Opportunities Activities Comments
    History Offers Events Webhooks ApproverGroups Delegations""".split()
)


def rpcs() -> list[Any]:
    """Each method's descriptor, of the services that are known here."""
    services = [module.DESCRIPTOR.services_by_name[name] for name, (module, _) in SERVICES.items() if name in KNOWN]
    return [method for service in services for method in service.methods]


def short(method: Any) -> str:
    """`Books.Get`."""
    return f"{method.containing_service.name}.{method.name}"


def path_of(method: Any) -> tuple[str, str] | None:
    """The field that names a document, as `account.name`, and its collection; None where the path names none."""
    rule = method.GetOptions().Extensions[annotations_pb2.http]
    found = _PATH.search(rule.get or rule.post or rule.patch or rule.delete or rule.put)
    return (found[1], found[2]) if found else None


def request_for(method: Any, names: Names) -> Message:
    """A request for what is named there."""
    more = MORE.get(short(method), lambda _: {})
    request: Message = GetMessageClass(method.input_type)(**more(names))
    named = path_of(method)
    if named:
        field, collection = named
        *inner, last = field.split(".")
        into: Any = request
        for part in inner:
            into = getattr(into, part)
        setattr(into, last, names[collection])
    for field in request.DESCRIPTOR.fields:
        required = field_behavior_pb2.REQUIRED in field.GetOptions().Extensions[field_behavior_pb2.field_behavior]
        if required and field.type == field.TYPE_STRING and not field.is_repeated and not getattr(request, field.name):
            setattr(request, field.name, "for a test")
    return request


def call(
    channel: grpc.Channel, method: Any, request: Message, metadata: Metadata = (), seconds: float = 30
) -> tuple[str, str, bytes]:
    """(status, reason, the answer's bytes) of a call of any kind; of one that answers each of many, of the first of them."""
    kind = f"{'stream' if method.client_streaming else 'unary'}_{'stream' if method.server_streaming else 'unary'}"
    full = f"/{method.containing_service.full_name}/{method.name}"
    made = getattr(channel, kind)(full, lambda message: message.SerializeToString())
    try:
        answer = made(iter([request]) if method.client_streaming else request, metadata=metadata, timeout=seconds)
        some = islice(answer, 2) if short(method) in ENDLESS else answer
        whole = b"".join(some) if method.server_streaming else answer
    except grpc.RpcError as error:
        status = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin", b"")
        return error.code().name, reason_of(status_pb2.Status.FromString(status)), b""
    own = EACH[short(method)](whole) if short(method) in EACH else status_pb2.Status()
    return code_pb2.Code.Name(own.code), reason_of(own), b"" if own.code else whole


ENDLESS = frozenset({"Events.WatchEvents"})
"""Calls that answer for as long as somebody listens: a sign of life first, then what there is."""
EACH: Mapping[str, Callable[[bytes], status_pb2.Status]] = {
    "Pricing.PriceQuotes": lambda answer: pricing_pb2.PriceQuotesResponse.FromString(answer).answers[0].error,
    "Pricing.PriceStream": lambda answer: pricing_pb2.PriceStreamResponse.FromString(answer).answer.error,
    "Leads.CaptureLeads": lambda answer: leads_pb2.CaptureLeadsResponse.FromString(answer).answers[0].error,
}


def reason_of(status: status_pb2.Status) -> str:
    """The stable reason that a refusal carries."""
    info = error_details_pb2.ErrorInfo()
    for detail in status.details:
        detail.Unpack(info)
    return str(info.reason)
