"""What a simulation of deals may ask for: a row a call that changes documents, and a row a kind of document.

A call that has no row makes the suite fail, and so does a kind: whoever adds one adds its row here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from google.protobuf.field_mask_pb2 import FieldMask

from engine.lifecycle.approval import APPROVALS, Approval
from engine.lifecycle.comment import Comment
from engine.lifecycle.delegation import DELEGATIONS, Delegation
from engine.lifecycle.document import Document
from engine.lifecycle.group import Group
from engine.lifecycle.keys import KEYS, ApiKey
from engine.lifecycle.lead import LEADS, Lead
from engine.lifecycle.machine import Machine
from engine.lifecycle.next_step import ACTIVITIES, Activity
from engine.lifecycle.opportunity import OPPORTUNITIES, Opportunity
from engine.lifecycle.parties import ACCOUNTS, Account, LegalEntity
from engine.lifecycle.pipeline import PIPELINE, Pipeline
from engine.lifecycle.policy import BOOKS, BookPolicy
from engine.lifecycle.quote import QUOTES, Quote
from engine.lifecycle.routing import ROUTING, Routing
from engine.lifecycle.webhooks import WEBHOOKS, Webhook
from tests.wire.methods import request_of

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
    """A kind of document: its class and machine, the calls that read it ("": none); `also` are pairs of statuses that lead through two verbs in
    one change, or come along with the change of another document; `starts` are statuses of new ones besides the machine's. Those in a status
    of `alone` the service changes by itself, when their time has come or a receiver fails, or has done so."""

    document: type[Document]
    machine: Machine[Any] | None
    get: str
    list: str
    also: frozenset[tuple[str, str]] = frozenset()
    starts: frozenset[str] = frozenset()
    alone: frozenset[str] = frozenset()


def _same(machine: Machine[Any]) -> frozenset[tuple[str, str]]:
    """Each status to itself: what is done on a document (an activity, an erasure) touches it."""
    both = {str(one) for verb in machine.verbs.values() for pair in verb.leads.items() for one in pair}
    return frozenset((one, one) for one in both)


KINDS: dict[str, Kind] = {
    "accounts": Kind(Account, ACCOUNTS, "Accounts.GetAccount", "Accounts.ListAccounts"),
    "entities": Kind(LegalEntity, None, "LegalEntities.GetLegalEntity", "LegalEntities.ListLegalEntities"),
    "quotes": Kind(
        Quote,
        QUOTES,
        "Quotes.GetQuote",
        "Quotes.ListQuotes",
        frozenset({("DRAFT", "APPROVED")}),
        alone=frozenset({"SENT", "EXPIRED"}),
    ),
    "approvals": Kind(
        Approval,
        APPROVALS,
        "Approvals.GetApproval",
        "Approvals.ListApprovals",
        _same(APPROVALS) | {("PENDING", "PENDING")},
        alone=frozenset({"PENDING"}),
    ),
    "leads": Kind(Lead, LEADS, "Leads.GetLead", "Leads.ListLeads", _same(LEADS)),
    "opportunities": Kind(
        Opportunity,
        OPPORTUNITIES,
        "Opportunities.GetOpportunity",
        "Opportunities.ListOpportunities",
        _same(OPPORTUNITIES),
    ),
    "activities": Kind(
        Activity,
        ACTIVITIES,
        "Activities.GetActivity",
        "Activities.ListActivities",
        _same(ACTIVITIES),
        frozenset({"DONE"}),
    ),
    "comments": Kind(Comment, None, "", ""),
    "pipelines": Kind(Pipeline, None, "", ""),
    "routing": Kind(Routing, None, "", ""),
    "groups": Kind(Group, None, "ApproverGroups.GetGroup", "ApproverGroups.ListGroups"),
    "delegations": Kind(Delegation, DELEGATIONS, "Delegations.GetDelegation", "Delegations.ListDelegations"),
    "policies": Kind(BookPolicy, None, "", ""),
    "keys": Kind(ApiKey, KEYS, "Identity.GetApiKey", "Identity.ListApiKeys"),
    "webhooks": Kind(
        Webhook,
        WEBHOOKS,
        "Webhooks.GetWebhook",
        "Webhooks.ListWebhooks",
        alone=frozenset({"ENABLED", "PAUSED", "DISABLED"}),
    ),
}

Fill = Callable[["World", Any, Any], None]


@dataclass(frozen=True)
class Row:
    """A call: the kind it is about and the verb of that kind's machine; how the rest of its request is filled.

    `new`      it makes a document instead of changing one (`of`: from one of this kind)
    `inside`   the field that holds the document, where the request has it whole
    `reasons`  of refusals that hang on more than status, role and etag
    `touches`  fields of the document before and after that name others which change with it; `*`: any may
    `single`   the document of its kind that a tenant has, and that is there from its first change on
    `weight`   how often it is asked, against the others
    `holds`    the field of the answer that the document stands in, where it has others beside
    `linked`   a customer asks it by the link of the quote: the answer says neither name nor etag
    `into`     another document that was there is answered
    `role`     who asks, where it is no verb of the kind's machine
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
    single: str = ""
    weight: int = 1
    holds: str = ""
    linked: bool = False
    into: bool = False


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
        deal = world.name_of("opportunities", "OPEN") if rng.random() < 0.4 else ""
        if deal:
            quote.opportunity, quote.account = deal, world.docs[deal].message.account
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


def _lead(world: World, request: Any, target: Any) -> None:
    lead, rng = request.lead, world.rng
    lead.person.display_name, lead.person.email = "Zoe", f"zoe{rng.randrange(6)}@example.org"
    lead.source, lead.country_code = rng.choice(["web", "fair"]), rng.choice(["NL", "BE"])
    lead.score = rng.randrange(100)


def _assign(world: World, request: Any, target: Any) -> None:
    request.owner = world.rng.choice(world.people)


def _qualify(world: World, request: Any, target: Any) -> None:
    if world.rng.random() < 0.3:
        request.account = world.name_of("accounts", "ACTIVE")
    else:
        request.account_id = world.own_id()


def _listed_reason(world: World, request: Any, target: Any) -> None:
    request.reason = world.rng.choice(["price", "timing"])


def _no_interest(world: World, request: Any, target: Any) -> None:
    request.reason = world.rng.choice(["spam", "not-a-fit"])


def _merge(world: World, request: Any, target: Any) -> None:
    request.into = world.name_of("leads", "WORKING")


def _opportunity(world: World, request: Any, target: Any) -> None:
    one = request.opportunity
    one.display_name = f"Deal {world.rng.randrange(1_000)}"
    if target is None:
        one.account, one.amount_micros, one.currency_code = world.name_of("accounts", "ACTIVE"), 5_000_000, "EUR"


def _activity(world: World, request: Any, target: Any) -> None:
    request.activity.subject = f"Call {world.rng.randrange(1_000)}"
    request.activity.due_time.seconds = int(world.clock.now) + world.rng.randrange(10**6)
    if target is None:
        request.activity.parent = world.name_of(world.rng.choice(["leads", "opportunities"]), "")
        request.done = world.rng.random() < 0.3


def _said(world: World, request: Any, target: Any) -> None:
    request.comment.parent = world.name_of(world.rng.choice(["accounts", "leads", "opportunities"]), "")
    request.comment.text = f"Remark {world.rng.randrange(1_000)}"


def _pipeline(world: World, request: Any, target: Any) -> None:
    request.pipeline.win_reasons.extend(["price", "timing", f"reason-{world.rng.randrange(100)}"])


def _routing(world: World, request: Any, target: Any) -> None:
    request.routing.rules.add(id="all", owners=world.rng.sample(world.people, 2))


def _group(world: World, request: Any, target: Any) -> None:
    request.group.display_name = f"Desk {world.rng.randrange(100)}"
    request.group.members.extend(world.rng.sample(world.people, 2))
    if target is None:
        request.group_id = world.rng.choice(["desk", "legal", "finance"])


def _delegation(world: World, request: Any, target: Any) -> None:
    request.delegation.delegate = world.rng.choice(["pat", "max"])
    request.delegation.end_time.seconds = int(world.clock.now) + 10**6


def _policy(world: World, request: Any, target: Any) -> None:
    request.policy.second_pair_of_eyes = world.rng.random() < 0.5


def _asked_activation(world: World, request: Any, target: Any) -> None:
    request.name = world.version
    request.comment = f"new prices {world.rng.randrange(100)}"


def _leads(world: World, request: Any, target: Any) -> None:
    for _ in range(world.rng.choice([1, 2, 5])):
        one = request_of("Leads.CaptureLead")
        _lead(world, one, None)
        if world.rng.random() < 0.2:
            one.lead.country_code = "nowhere"
        request.leads.append(one.lead)


def _key(world: World, request: Any, target: Any) -> None:
    key, rng = request.api_key, world.rng
    request.api_key_id = world.own_id()
    key.title, key.role = f"Shop {rng.randrange(100)}", rng.choice(["storefront", "seller", "customer"])
    key.account = world.name_of("accounts", "ACTIVE") or "accounts/none"


def _webhook(world: World, request: Any, target: Any) -> None:
    """Of a name that is no receiver's: each delivery fails at once, without a word sent."""
    message, rng = request.webhook, world.rng
    message.url = f"https://localhost/{rng.randrange(1_000)}"
    message.types.extend(rng.choice([[], ["Quote"], ["Account", "Lead"]]))
    message.description = f"Their system {rng.randrange(100)}"
    if target is None:
        request.webhook_id = world.own_id()
    else:
        request.update_mask.CopyFrom(FieldMask(paths=[rng.choice(["url", "types", "description"])]))


def _begin(world: World, request: Any, target: Any) -> None:
    request.after = world.rng.choice(["", "0"])


def _at_once(world: World, request: Any, target: Any) -> None:
    request.at_once = world.rng.random() < 0.5


def _question(world: World, request: Any, target: Any) -> None:
    request.text = f"May we have it in {world.rng.choice(['red', 'blue'])}?"


def _accept_offer(world: World, request: Any, target: Any) -> None:
    _accept(world, request, target)
    request.document_hash = target.message.document_hash if world.rng.random() < 0.9 else "0" * 64


def _approver(world: World, target: Known) -> tuple[str, str]:
    """Mostly one who is asked; else somebody who is not, or made the deal."""
    waiting = sorted(target.message.waiting_for)
    if waiting and world.rng.random() < 0.85:
        asked = world.rng.choice(waiting)
        return (asked, world.rng.choice(world.people)) if asked == "pricing_author" else ("approver", asked)
    return "manager", world.rng.choice(world.people)


_PINNED = frozenset({"ACCOUNT_STATUS", "NOT_FOUND", "REQUIRED", "INVALID_NAME", "OTHER_ACCOUNT"})
_SOUND = frozenset({"ACCOUNT_STATUS", "QUOTE_NOT_SOUND", "NOT_VALID", "ENTITY_REQUIRED"})
_ACCEPTING = frozenset({"ACCOUNT_STATUS", "EXPIRED", "LIMIT_REACHED", "UNKNOWN_OPTION"})
_DECIDE = frozenset({"OWN_DEAL", "NOT_ASKED", "BOOK_CHANGED"})
_OFFERED = _ACCEPTING | {"REPLACED", "DOCUMENT_CHANGED"}
_PARENT = frozenset({"INVALID_PARENT"})
_ACTIVE = frozenset({"ACCOUNT_STATUS", "NOT_FOUND", "REQUIRED", "INVALID_NAME"})
_ON = frozenset({"ACCOUNT_STATUS", "CLOSED", "NOT_FOUND", "INVALID_NAME", "INVALID_PARENT", "REQUIRED"})
_LEADING = frozenset({"ACCOUNT_STATUS", "ROLE", "NEXT_STEP"})
_JOINING = frozenset({"SAME", "STATUS", "NOT_FOUND", "INVALID_NAME", "REQUIRED"})
_CLOSING = frozenset({"ACCOUNT_STATUS", "UNKNOWN_REASON", "STAGE_IN_USE"})
ROWS: dict[str, Row] = {
    "Accounts.CreateAccount": Row("accounts", fill=_account, new=True, weight=3, reasons=_PARENT),
    "Accounts.UpdateAccount": Row("accounts", fill=_account, inside="account", weight=2, reasons=_PARENT),
    "Accounts.BlockAccount": Row("accounts", "block", _reason),
    "Accounts.UnblockAccount": Row("accounts", "unblock"),
    "Accounts.CloseAccount": Row("accounts", "close", _reason),
    "Accounts.ReopenAccount": Row("accounts", "reopen"),
    "Accounts.EraseAccount": Row("accounts", "erase", touches=("*",)),
    "LegalEntities.CreateLegalEntity": Row("entities", fill=_entity, new=True, role="finance"),
    "LegalEntities.UpdateLegalEntity": Row("entities", fill=_entity, inside="entity", role="finance"),
    "Quotes.CreateQuote": Row("quotes", fill=_quote, new=True, reasons=_PINNED, weight=6),
    "Quotes.UpdateQuote": Row("quotes", fill=_quote, inside="quote", weight=2),
    "Quotes.RepriceQuote": Row("quotes", "reprice", _repin, reasons=_PINNED),
    "Quotes.SubmitQuote": Row("quotes", "submit", reasons=_SOUND, touches=("approval",), weight=8),
    "Quotes.RecallQuote": Row("quotes", "recall", touches=("approval",)),
    "Quotes.SendQuote": Row("quotes", "send", reasons=_SOUND, weight=8),
    "Quotes.AcceptQuote": Row("quotes", "accept", _accept, reasons=_ACCEPTING, touches=("opportunity",), weight=6),
    "Quotes.DeclineQuote": Row("quotes", "decline", _reason, reasons=_ACCEPTING),
    "Quotes.ExpireQuote": Row("quotes", "expire", reasons=frozenset({"STILL_VALID"})),
    "Quotes.VoidQuote": Row("quotes", "void", _reason, touches=("approval",)),
    "Quotes.ReviseQuote": Row("quotes", "revise", _repin, reasons=_PINNED, weight=2),
    "Quotes.CloneQuote": Row("quotes", "clone", _clone, new=True, of="quotes", reasons=_PINNED),
    "Approvals.Approve": Row(
        "approvals", "approve", _comment, who=_approver, reasons=_DECIDE, touches=("subject",), weight=6
    ),
    "Approvals.Reject": Row("approvals", "reject", _comment, who=_approver, reasons=_DECIDE, touches=("subject",)),
    "Leads.CaptureLead": Row("leads", "capture", _lead, new=True, weight=4, reasons=_LEADING),
    "Leads.UpdateLead": Row("leads", fill=_lead, inside="lead", reasons=_LEADING),
    "Leads.AssignLead": Row("leads", "assign", _assign),
    "Leads.WorkLead": Row("leads", "work", weight=2),
    "Leads.QualifyLead": Row(
        "leads", "qualify", _qualify, touches=("account", "opportunity"), reasons=_ACTIVE, weight=2
    ),
    "Leads.DisqualifyLead": Row("leads", "disqualify", _no_interest),
    "Leads.MergeLead": Row("leads", "merge", _merge, new=True, of="leads", into=True, reasons=_JOINING, touches=("*",)),
    "Leads.ReopenLead": Row("leads", "reopen", reasons=frozenset({"MERGED"})),
    "Leads.EraseLead": Row("leads", "erase", _reason, touches=("*",)),
    "Leads.UpdateRouting": Row("routing", "", _routing, inside="routing", role="administrator", single=ROUTING.name),
    "Opportunities.CreateOpportunity": Row(
        "opportunities", "create", _opportunity, new=True, reasons=_ACTIVE, weight=2
    ),
    "Opportunities.UpdateOpportunity": Row("opportunities", fill=_opportunity, inside="opportunity", reasons=_LEADING),
    "Opportunities.AdvanceOpportunity": Row("opportunities", "advance", reasons=frozenset({"UNKNOWN_STAGE"}), weight=2),
    "Opportunities.WinOpportunity": Row("opportunities", "win", _listed_reason, reasons=_CLOSING),
    "Opportunities.LoseOpportunity": Row("opportunities", "lose", _listed_reason, reasons=_CLOSING),
    "Opportunities.ReopenOpportunity": Row("opportunities", "reopen"),
    "Opportunities.UpdatePipeline": Row(
        "pipelines", "", _pipeline, inside="pipeline", role="administrator", reasons=_CLOSING, single=PIPELINE.name
    ),
    "Activities.CreateActivity": Row(
        "activities", "create", _activity, new=True, reasons=_ON, touches=("parent",), weight=2
    ),
    "Activities.UpdateActivity": Row("activities", fill=_activity, inside="activity", reasons=_ON, touches=("parent",)),
    "Activities.CompleteActivity": Row("activities", "complete", reasons=_ON, touches=("parent",)),
    "Activities.CancelActivity": Row("activities", "cancel", reasons=_ON, touches=("parent",)),
    "Activities.ReopenActivity": Row("activities", "reopen", reasons=_ON, touches=("parent",)),
    "Approvals.CancelApproval": Row(
        "approvals", "cancel", reasons=frozenset({"RECALL_INSTEAD", "ANOTHER_REQUESTER"}), touches=("subject",)
    ),
    "ApproverGroups.CreateGroup": Row("groups", fill=_group, new=True, role="manager"),
    "ApproverGroups.UpdateGroup": Row("groups", fill=_group, inside="group", role="manager"),
    "Delegations.CreateDelegation": Row(
        "delegations", "create", _delegation, new=True, reasons=frozenset({"INVALID_VALUE", "ANOTHER_DELEGATOR"})
    ),
    "Delegations.RevokeDelegation": Row("delegations", "revoke", reasons=frozenset({"ANOTHER_DELEGATOR"})),
    "Books.UpdateBookPolicy": Row("policies", "", _policy, inside="policy", role="administrator", single=BOOKS),
    "Books.RequestActivation": Row("approvals", "", _asked_activation, new=True, role="pricing_author", weight=2),
    "Leads.CaptureLeads": Row("leads", "capture", _leads, new=True, role="seller"),
    "Identity.CreateApiKey": Row("keys", "create", _key, new=True, holds="api_key", weight=2),
    "Identity.RevokeApiKey": Row("keys", "revoke"),
    "Webhooks.CreateWebhook": Row("webhooks", "update", _webhook, new=True, holds="webhook", weight=2),
    "Webhooks.UpdateWebhook": Row("webhooks", "update", _webhook, inside="webhook"),
    "Webhooks.PauseWebhook": Row("webhooks", "pause", _reason),
    "Webhooks.ResumeWebhook": Row("webhooks", "resume"),
    "Webhooks.DisableWebhook": Row("webhooks", "disable", _reason),
    "Webhooks.EnableWebhook": Row("webhooks", "enable", _begin),
    "Webhooks.RotateWebhookSecret": Row("webhooks", "rotate", _at_once, holds="webhook"),
    "Webhooks.PingWebhook": Row("webhooks", "ping"),
    "Webhooks.ReplayDeliveries": Row("webhooks", "replay", holds="webhook"),
    "Offers.AskQuestion": Row(
        "comments", "", _question, new=True, of="quotes", linked=True, reasons=_OFFERED, weight=2
    ),
    "Offers.AcceptOffer": Row("quotes", "accept", _accept_offer, linked=True, reasons=_OFFERED, weight=4),
    "Offers.DeclineOffer": Row("quotes", "decline", _reason, linked=True, reasons=_OFFERED),
    "Comments.AddComment": Row("comments", "", _said, new=True, role="seller", reasons=_ON | {"STATUS"}),
}
ELSEWHERE: dict[str, str] = {
    "Books.Publish": "test_reliability: books while processes are killed",
    "Books.Activate": "test_reliability",
    "Books.Rollback": "test_reliability",
}
"""Calls that change what is no document, and where they are tried: all prices of a run are of one version."""
LINKED = ("SENT", "ACCEPTED", "DECLINED", "EXPIRED")
"""Quotes that a customer may have a link to."""
