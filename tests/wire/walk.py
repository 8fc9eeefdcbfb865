"""Every RPC that the service has, found in its descriptors, with a request for each: what a test says of all of them it says of new
ones, too.

A request that names a document in its path (google.api.http) gets the name of one; what a call needs besides stands in `MORE`. A
service that stands in neither fails the tests that walk: it is new, and is to be named here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import grpc
from google.api import annotations_pb2
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.rpc import code_pb2, error_details_pb2, status_pb2

from engine.api.server import SERVICES
from quotient.v1 import accounts_pb2, books_pb2, configuration_pb2, identity_pb2, pricing_pb2

BOOK = """price book shop "The shop of {tenant}"
  currency EUR
  units    piece pieces

product mug "A mug of {tenant}"
  price 8 EUR per piece

bundle box "A box of {tenant}"
  part mug 0 to 3
"""
Names = Mapping[str, str]
"""Collection, as in `books` or `books/*/versions` -> the name of one in it."""
_PATH = re.compile(r"\{([\w.]+)=([\w/*]+?)/\*\}")


def _quote(book: str) -> pricing_pb2.PriceQuoteRequest:
    return pricing_pb2.PriceQuoteRequest(book=book, lines=[pricing_pb2.QuoteLine(product="mug", quantity=1)])


def _selection(book: str) -> configuration_pb2.Selection:
    return configuration_pb2.Selection(book=book, bundle="box")


def _files(tenant: str) -> books_pb2.FileChunk:
    return books_pb2.FileChunk(path="book.quo", content=BOOK.format(tenant=tenant).encode())


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
    "Accounts.BlockAccount": lambda names: {"reason": "for a test"},
    "LegalEntities.CreateLegalEntity": lambda names: {"entity": accounts_pb2.LegalEntity(legal_name="A seller")},
    "LegalEntities.UpdateLegalEntity": lambda names: {"entity": accounts_pb2.LegalEntity(legal_name="Another name")},
    "Identity.CreateApiKey": lambda names: {"api_key": identity_pb2.ApiKey(role="seller")},
}  # fmt: skip
KNOWN = frozenset({"Pricing", "Books", "Catalog", "Configuration", "Accounts", "LegalEntities", "Identity"})
STATELESS = frozenset({"Books.Check", "Identity.WhoAmI"})
"""Calls that answer from nothing that is kept."""


def rpcs() -> Iterator[Any]:
    """Each method's descriptor."""
    for name, (module, _) in SERVICES.items():
        yield from module.DESCRIPTOR.services_by_name[name].methods


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
    return request


def call(
    channel: grpc.Channel, method: Any, request: Message, metadata: Any = (), seconds: float = 30
) -> tuple[str, str, bytes]:
    """(status, reason, the answer's bytes) of a call of any kind; of one that answers each of many, of the first of them."""
    kind = f"{'stream' if method.client_streaming else 'unary'}_{'stream' if method.server_streaming else 'unary'}"
    full = f"/{method.containing_service.full_name}/{method.name}"
    made = getattr(channel, kind)(full, lambda message: message.SerializeToString())
    try:
        answer = made(iter([request]) if method.client_streaming else request, metadata=metadata, timeout=seconds)
        whole = b"".join(answer) if method.server_streaming else answer
    except grpc.RpcError as error:
        status = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin", b"")
        return error.code().name, reason_of(status_pb2.Status.FromString(status)), b""
    own = EACH[short(method)](whole) if short(method) in EACH else status_pb2.Status()
    return code_pb2.Code.Name(own.code), reason_of(own), b"" if own.code else whole


EACH: Mapping[str, Callable[[bytes], status_pb2.Status]] = {
    "Pricing.PriceQuotes": lambda answer: pricing_pb2.PriceQuotesResponse.FromString(answer).answers[0].error,
    "Pricing.PriceStream": lambda answer: pricing_pb2.PriceStreamResponse.FromString(answer).answer.error,
}


def reason_of(status: status_pb2.Status) -> str:
    """The stable reason that a refusal carries."""
    info = error_details_pb2.ErrorInfo()
    for detail in status.details:
        detail.Unpack(info)
    return str(info.reason)
