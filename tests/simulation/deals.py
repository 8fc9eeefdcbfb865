"""What a simulation of deals may ask for: a row a call that changes documents, and a row a kind of document.

A call that has no row makes the suite fail, and so does a kind: whoever adds one adds its row here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from google.protobuf.field_mask_pb2 import FieldMask

from engine.lifecycle.approval import APPROVALS, Approval
from engine.lifecycle.document import Document
from engine.lifecycle.machine import Machine
from engine.lifecycle.parties import ACCOUNTS, Account, LegalEntity
from engine.lifecycle.quote import QUOTES, Quote

if TYPE_CHECKING:
    from tests.simulation.world import Known, World

BOOK = """price book shop "A shop"
  currency EUR
  zone     "Europe/Amsterdam"
  units    piece pieces

product mug "Mug"
  price 8 EUR per piece

product pen "Pen"
  price 1 EUR per piece

steps
  list
  volume one only
  coupon additive

volume discount many on mug
  tiers all units by quantity
  | pieces from | off |
  |           1 |  0% |
  |          10 | 20% |
  |         100 | 30% |
  totals may fall

coupon discount spring on mug
  needs code "SPRING"
  3 times
  give 1 EUR off running price

approval deep
  when quote.discount > 15% needs desk
  when quote.discount > 25% needs desk and legal, then finance
  because "Deep"
"""


@dataclass(frozen=True)
class Kind:
    """A kind of document: its class and machine, the calls that read it; `also` are pairs of statuses that two verbs in one change lead through."""

    document: type[Document]
    machine: Machine[Any] | None
    get: str
    list: str
    also: frozenset[tuple[str, str]] = frozenset()


KINDS: dict[str, Kind] = {
    "accounts": Kind(Account, ACCOUNTS, "Accounts.GetAccount", "Accounts.ListAccounts"),
    "entities": Kind(LegalEntity, None, "LegalEntities.GetLegalEntity", "LegalEntities.ListLegalEntities"),
    "quotes": Kind(Quote, QUOTES, "Quotes.GetQuote", "Quotes.ListQuotes", frozenset({("DRAFT", "APPROVED")})),
    "approvals": Kind(
        Approval, APPROVALS, "Approvals.GetApproval", "Approvals.ListApprovals", frozenset({("PENDING", "PENDING")})
    ),
}

Fill = Callable[["World", Any, Any], None]


@dataclass(frozen=True)
class Row:
    """A call: the kind it is about and the verb of that kind's machine; how the rest of its request is filled.

    `new`      it makes a document instead of changing one (`of`: from one of this kind)
    `inside`   the field that holds the document, where the request has it whole
    `reasons`  of refusals that hang on more than status, role and etag
    `touches`  fields of the document before and after that name others which change with it
    `weight`   how often it is asked, against the others
    """

    kind: str
    verb: str = "update"
    fill: Fill = lambda world, request, target: None
    new: bool = False
    of: str = ""
    inside: str = ""
    role: str = ""
    who: Callable[[World, Known], tuple[str, str]] | None = None
    reasons: frozenset[str] = frozenset()
    touches: tuple[str, ...] = ()
    weight: int = 1


def _account(world: World, request: Any, target: Any) -> None:
    message, rng = request.account, world.rng
    message.display_name = f"Company {rng.randrange(1_000)}"
    message.owner = rng.choice(world.people)
    message.price_group = rng.choice(["", "gold", "silver"])
    message.billing_address.country_code = rng.choice(["NL", "BE"])
    message.contacts.add(display_name=f"Ann {rng.randrange(9)}", email=f"ann{rng.randrange(9)}@example.com")
    if target is None:
        request.account_id = world.own_id()
        message.parent = world.name_of("accounts", "ACTIVE") if rng.random() < 0.2 else ""
    elif rng.random() < 0.5:
        request.update_mask.CopyFrom(FieldMask(paths=[rng.choice(["owner", "price_group", "contacts"])]))


def _entity(world: World, request: Any, target: Any) -> None:
    request.entity.legal_name = f"Seller {world.rng.randrange(1_000)}"
    request.entity.address.country_code = "NL"
    if target is None:
        request.entity_id = world.own_id()


def _options(world: World, quote: Any) -> None:
    for number in range(world.rng.choice([1, 1, 2])):
        option = quote.options.add(option_id=f"o{number}")
        option.lines.add(product="mug", quantity=world.rng.choice([1, 5, 12, 150]))
        if world.rng.random() < 0.3:
            option.lines.add(product=world.rng.choice(["pen", "pen", "pen", "oops"]), quantity=3)


def _quote(world: World, request: Any, target: Any) -> None:
    quote, rng = request.quote, world.rng
    quote.notes = f"Note {rng.randrange(1_000)}"
    if target is None:
        request.quote_id = world.own_id()
        quote.account, quote.entity = world.name_of("accounts", "ACTIVE"), world.name_of("entities", "")
        quote.valid_days = rng.choice([0, 5, 60])
        quote.coupon_codes.extend(rng.choice([[], ["SPRING"]]))
    if target is None or rng.random() < 0.5:
        _options(world, quote)


def _clone(world: World, request: Any, target: Any) -> None:
    request.quote_id = world.own_id()


def _accept(world: World, request: Any, target: Any) -> None:
    request.option_id = world.rng.choice(["o0", "o0", "", "o1"])
    request.signer = "Ann"


def _reason(world: World, request: Any, target: Any) -> None:
    request.reason = f"because {world.rng.randrange(100)}"


def _comment(world: World, request: Any, target: Any) -> None:
    request.comment = f"well {world.rng.randrange(100)}"


def _repin(world: World, request: Any, target: Any) -> None:
    request.repin = world.rng.random() < 0.5


def _approver(world: World, target: Known) -> tuple[str, str]:
    """Mostly one who is asked; else somebody who is not, or made the deal."""
    waiting = sorted(target.message.waiting_for)
    if waiting and world.rng.random() < 0.85:
        return "approver", world.rng.choice(waiting)
    return "manager", world.rng.choice(world.people)


_PINNED = frozenset({"ACCOUNT_NOT_ACTIVE", "NOT_FOUND", "REQUIRED", "INVALID_NAME"})
_SOUND = frozenset({"ACCOUNT_NOT_ACTIVE", "QUOTE_NOT_SOUND", "NOT_VALID"})
_DECIDE = frozenset({"OWN_DEAL", "NOT_ASKED"})
_PARENT = frozenset({"INVALID_PARENT"})
ROWS: dict[str, Row] = {
    "Accounts.CreateAccount": Row("accounts", fill=_account, new=True, weight=3),
    "Accounts.UpdateAccount": Row("accounts", fill=_account, inside="account", weight=2, reasons=_PARENT),
    "Accounts.BlockAccount": Row("accounts", "block", _reason),
    "Accounts.UnblockAccount": Row("accounts", "unblock"),
    "Accounts.CloseAccount": Row("accounts", "close", _reason),
    "Accounts.ReopenAccount": Row("accounts", "reopen"),
    "Accounts.EraseAccount": Row("accounts", "erase"),
    "LegalEntities.CreateLegalEntity": Row("entities", fill=_entity, new=True, role="finance"),
    "LegalEntities.UpdateLegalEntity": Row("entities", fill=_entity, inside="entity", role="finance"),
    "Quotes.CreateQuote": Row("quotes", fill=_quote, new=True, reasons=_PINNED, weight=6),
    "Quotes.UpdateQuote": Row("quotes", fill=_quote, inside="quote", weight=2),
    "Quotes.RepriceQuote": Row("quotes", "reprice", _repin, reasons=_PINNED),
    "Quotes.SubmitQuote": Row("quotes", "submit", reasons=_SOUND, touches=("approval",), weight=8),
    "Quotes.RecallQuote": Row("quotes", "recall", touches=("approval",)),
    "Quotes.SendQuote": Row("quotes", "send", reasons=_SOUND, weight=8),
    "Quotes.AcceptQuote": Row(
        "quotes", "accept", _accept, reasons=frozenset({"EXPIRED", "LIMIT_REACHED", "UNKNOWN_OPTION"}), weight=6
    ),
    "Quotes.DeclineQuote": Row("quotes", "decline", _reason),
    "Quotes.ExpireQuote": Row("quotes", "expire", reasons=frozenset({"STILL_VALID"})),
    "Quotes.VoidQuote": Row("quotes", "void", _reason, touches=("approval",)),
    "Quotes.ReviseQuote": Row("quotes", "revise", _repin, reasons=_PINNED, weight=2),
    "Quotes.CloneQuote": Row("quotes", "clone", _clone, new=True, of="quotes", reasons=_PINNED),
    "Approvals.Approve": Row(
        "approvals", "approve", _comment, who=_approver, reasons=_DECIDE, touches=("subject",), weight=6
    ),
    "Approvals.Reject": Row("approvals", "reject", _comment, who=_approver, reasons=_DECIDE, touches=("subject",)),
}
ELSEWHERE: dict[str, str] = {
    "Books.Publish": "test_reliability: books while processes are killed",
    "Books.Activate": "test_reliability",
    "Books.Rollback": "test_reliability",
}
"""Calls that change what is no document, and where they are tried."""
