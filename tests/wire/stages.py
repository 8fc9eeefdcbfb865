"""How tests bring a document of each kind to each status, over the wire: the way there is found in the kind's own table.

A kind joins by a `Walk` in `WALKS`: how a new one is made, how each verb is called, and how it is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc

from engine.lifecycle.approval import APPROVALS
from engine.lifecycle.delegation import DELEGATIONS
from engine.lifecycle.keys import KEYS
from engine.lifecycle.lead import LEADS
from engine.lifecycle.machine import Machine
from engine.lifecycle.next_step import ACTIVITIES
from engine.lifecycle.opportunity import OPPORTUNITIES
from engine.lifecycle.parties import ACCOUNTS
from engine.lifecycle.quote import QUOTES
from engine.values.roles import Role
from quotient.v1 import accounts_pb2 as parties
from quotient.v1 import activities_pb2 as activities
from quotient.v1 import approvals_pb2 as approvals
from quotient.v1 import (
    approvals_pb2_grpc,
    approvers_pb2,
    approvers_pb2_grpc,
    books_pb2,
    books_pb2_grpc,
    identity_pb2_grpc,
    pricing_pb2,
    quotes_pb2_grpc,
)
from quotient.v1 import identity_pb2 as identity
from quotient.v1 import leads_pb2 as leads
from quotient.v1 import opportunities_pb2 as opportunities
from quotient.v1 import quotes_pb2 as quotes
from tests.wire.deals import Deals
from tests.wire.selling import ADMIN, Metadata, as_role

BOOK = """price book shop "A shop"
  currency EUR
  units    piece pieces

product mug "Mug"
  price 8 EUR per piece

steps
  list

approval any
  when quote.net >= 1 EUR needs desk
"""
NOW, A_YEAR = 1_800_000_000, 366 * 24 * 3600


class Once(grpc.UnaryUnaryClientInterceptor):  # type: ignore[misc]
    """Gives calls a request id, made of one that a test says and the call's name; "": none."""

    def __init__(self) -> None:
        self.request_id = ""

    def intercept_unary_unary(self, continuation: Any, details: Any, request: Any) -> Any:
        """Send it with that id."""
        if self.request_id and "request_id" in request.DESCRIPTOR.fields_by_name:
            request.request_id = f"{self.request_id}-{details.method.rpartition('/')[2].lower()}"
        return continuation(details, request)


class Stages(Deals):
    """All that can be brought anywhere, at a service whose clock stands in a file."""

    def __init__(self, channel: grpc.Channel, clock: Path) -> None:
        self._once = Once()
        channel = grpc.intercept_channel(channel, self._once)
        super().__init__(channel)
        self.quotes = quotes_pb2_grpc.QuotesStub(channel)
        self.approvals = approvals_pb2_grpc.ApprovalsStub(channel)
        self.delegations = approvers_pb2_grpc.DelegationsStub(channel)
        self.identity = identity_pb2_grpc.IdentityStub(channel)
        self.books = books_pb2_grpc.BooksStub(channel)
        self.clock = clock

    def furnish(self) -> None:
        """A book, every quote of which asks for approval, a seller, an account."""
        chunk = books_pb2.FileChunk(path="book.quo", content=BOOK.encode())
        version = self.books.Publish(iter([books_pb2.PublishRequest(book="books/shop", chunk=chunk)]), metadata=ADMIN)
        self.books.Activate(books_pb2.ActivateRequest(name=version.name), metadata=ADMIN)
        entity = parties.LegalEntity(legal_name="A shop BV", address=parties.Address(country_code="NL"))
        request = parties.CreateLegalEntityRequest(entity=entity, entity_id="default")
        self.entities.CreateLegalEntity(request, metadata=ADMIN)
        self.make(ADMIN, "customer")

    def quote(self, metadata: Metadata = ADMIN) -> str:
        """A new quote of a mug."""
        lines = [pricing_pb2.QuoteLine(product="mug", quantity=1)]
        option = quotes.QuoteOption(option_id="one", lines=lines)
        quote = quotes.Quote(account="accounts/customer", book="books/shop", options=[option])
        return str(self.quotes.CreateQuote(quotes.CreateQuoteRequest(quote=quote), metadata=metadata).name)

    def quote_now(self, name: str, metadata: Metadata = ADMIN) -> quotes.Quote:
        """A quote as it is."""
        return self.quotes.GetQuote(quotes.GetQuoteRequest(name=name), metadata=metadata)

    def key(self, metadata: Metadata = ADMIN) -> str:
        """A new API key of a seller."""
        request = identity.CreateApiKeyRequest(api_key=identity.ApiKey(role="seller"))
        return str(self.identity.CreateApiKey(request, metadata=metadata).api_key.name)

    def delegation(self, metadata: Metadata = ADMIN) -> str:
        """The caller's decisions left to `stand-in` for a day."""
        one = approvers_pb2.Delegation(delegate="stand-in")
        one.end_time.seconds = NOW + 24 * 3600
        request = approvers_pb2.CreateDelegationRequest(delegation=one)
        return str(self.delegations.CreateDelegation(request, metadata=metadata).name)

    @contextmanager
    def once(self, request_id: str) -> Iterator[None]:
        """Calls have this request id, each its own form of it."""
        self._once.request_id = request_id
        try:
            yield
        finally:
            self._once.request_id = ""

    def later(self, call: Callable[[], Any]) -> Any:
        """A call when a year has passed; then it is now again."""
        self.clock.write_text(str(NOW + A_YEAR))
        try:
            return call()
        finally:
            self.clock.write_text(str(NOW))


Ask = Callable[[Stages, str, Metadata], Any]


@dataclass(frozen=True)
class Walk:
    """`new` makes one and gives its name, `get` answers it, `verbs` call each verb on one.

    `creates`   the verb by which new ones are made
    `on_the_way` calls of verbs that are no calls of this kind: they only bring it somewhere
    `elsewhere` pairs of a verb and a role that may, but not by a call like this: another test has it
    """

    machine: Machine[Any]
    new: Callable[[Stages, Metadata], str]
    get: Ask
    verbs: Mapping[str, Ask]
    creates: str = ""
    on_the_way: Mapping[str, Ask] = field(default_factory=dict)
    elsewhere: frozenset[tuple[str, Role]] = frozenset()

    def status(self, stages: Stages, name: str) -> tuple[str, str]:
        """Status and etag."""
        found = self.get(stages, name, ADMIN)
        return type(found).Status.Name(found.status), found.etag

    def bring(self, stages: Stages, status: str) -> str:
        """The name of a new one that has been brought to a status, by the fewest verbs."""
        name = self.new(stages, ADMIN)
        for verb in self.path(status):
            (self.verbs | self.on_the_way)[verb](stages, name, ADMIN)
        assert self.status(stages, name)[0] == status
        return name

    def path(self, status: str) -> tuple[str, ...]:
        """The verbs from the start to a status."""
        ways: dict[str, tuple[str, ...]] = {self.machine.start: ()}
        waiting = [self.machine.start]
        for at in waiting:
            for name, verb in self.machine.verbs.items():
                target = verb.leads.get(at)
                if target is not None and target not in ways:
                    ways[target] = (*ways[at], name)
                    waiting.append(target)
        return ways[status]

    def statuses(self) -> list[str]:
        """All that the table knows."""
        both = {one for verb in self.machine.verbs.values() for pair in verb.leads.items() for one in pair}
        return sorted(both | {self.machine.start})


def verb(service: str, method: str, request: Any, **more: Any) -> Ask:
    """A call that says a name and perhaps more."""
    return lambda stages, name, who: getattr(getattr(stages, service), method)(request(name=name, **more), metadata=who)


def update(service: str, method: str, request: Any, kind: str, **more: Any) -> Ask:
    """An update of a field or two."""
    return lambda stages, name, who: getattr(getattr(stages, service), method)(
        request(**{kind: {"name": name, **more}}), metadata=who
    )


def at_the_desk(method: str, request: Any) -> Ask:
    """A decision by the one who is asked, in the caller's role."""
    return lambda stages, name, who: getattr(stages.approvals, method)(
        request(name=name, comment="well"), metadata=as_role(dict(who)["x-quotient-role"], "desk")
    )


def by_the_delegate(ask: Ask) -> Ask:
    """A call by who stands in, in the caller's role; an administrator may whoever they are."""
    return lambda stages, name, who: ask(
        stages,
        name,
        who if dict(who)["x-quotient-role"] == "administrator" else as_role(dict(who)["x-quotient-role"], "stand-in"),
    )


def of_its_quote(ask: Ask) -> Ask:
    """A call on the request for approval that a quote waits for."""
    return lambda stages, name, who: ask(stages, stages.quote_now(name).approval, who)


def _waiting(stages: Stages, who: Metadata) -> str:
    submitted = stages.quotes.SubmitQuote(quotes.SubmitQuoteRequest(name=stages.quote()), metadata=who)
    return str(submitted.approval)


def _recalled(stages: Stages, name: str, who: Metadata) -> None:
    request = stages.approvals.GetApproval(approvals.GetApprovalRequest(name=name), metadata=ADMIN)
    stages.quotes.RecallQuote(quotes.RecallQuoteRequest(name=request.subject), metadata=who)


def _expired(stages: Stages, name: str, who: Metadata) -> Any:
    """By an administrator, when a year has passed; the service itself may be quicker, and has done it then."""
    if who[0] != ADMIN[0]:
        return _EXPIRE(stages, name, who)
    waited = stages.quote_now(name).status == quotes.Quote.SENT

    def call() -> Any:
        try:
            return _EXPIRE(stages, name, who)
        except grpc.RpcError:
            found = stages.quote_now(name)
            if waited and found.status == quotes.Quote.EXPIRED:
                return found
            raise

    return stages.later(call)


_EXPIRE = verb("quotes", "ExpireQuote", quotes.ExpireQuoteRequest)
_APPROVE, _REJECT = (at_the_desk(one, getattr(approvals, f"{one}Request")) for one in ("Approve", "Reject"))
WALKS: Mapping[str, Walk] = {
    "accounts": Walk(
        ACCOUNTS,
        lambda stages, who: stages.make(who).name,
        verb("accounts", "GetAccount", parties.GetAccountRequest),
        {
            "update": update("accounts", "UpdateAccount", parties.UpdateAccountRequest, "account", owner="sam"),
            "block": verb("accounts", "BlockAccount", parties.BlockAccountRequest, reason="late"),
            "unblock": verb("accounts", "UnblockAccount", parties.UnblockAccountRequest),
            "close": verb("accounts", "CloseAccount", parties.CloseAccountRequest),
            "reopen": verb("accounts", "ReopenAccount", parties.ReopenAccountRequest),
            "erase": verb("accounts", "EraseAccount", parties.EraseAccountRequest),
        },
    ),
    "leads": Walk(
        LEADS,
        lambda stages, who: stages.lead(who).name,
        verb("leads", "GetLead", leads.GetLeadRequest),
        {
            "update": update("leads", "UpdateLead", leads.UpdateLeadRequest, "lead", score=7),
            "assign": verb("leads", "AssignLead", leads.AssignLeadRequest, owner="sam"),
            "work": verb("leads", "WorkLead", leads.WorkLeadRequest),
            "qualify": verb("leads", "QualifyLead", leads.QualifyLeadRequest),
            "disqualify": verb("leads", "DisqualifyLead", leads.DisqualifyLeadRequest, reason="spam"),
            "merge": lambda stages, name, who: stages.leads.MergeLead(
                leads.MergeLeadRequest(name=name, into=stages.lead(ADMIN, company="The other", person=None).name), metadata=who
            ),
            "reopen": verb("leads", "ReopenLead", leads.ReopenLeadRequest),
            "erase": verb("leads", "EraseLead", leads.EraseLeadRequest),
        },
        creates="capture",
    ),
    "opportunities": Walk(
        OPPORTUNITIES,
        lambda stages, who: stages.deal(who).name,
        verb("opportunities", "GetOpportunity", opportunities.GetOpportunityRequest),
        {
            "update": update(
                "opportunities", "UpdateOpportunity", opportunities.UpdateOpportunityRequest, "opportunity", owner="sam"
            ),
            "advance": verb("opportunities", "AdvanceOpportunity", opportunities.AdvanceOpportunityRequest),
            "win": verb("opportunities", "WinOpportunity", opportunities.WinOpportunityRequest, reason="price"),
            "lose": verb("opportunities", "LoseOpportunity", opportunities.LoseOpportunityRequest, reason="price"),
            "reopen": verb("opportunities", "ReopenOpportunity", opportunities.ReopenOpportunityRequest),
        },
        creates="create",
    ),
    "activities": Walk(
        ACTIVITIES,
        lambda stages, who: stages.task(stages.lead(ADMIN).name, who).name,
        verb("activities", "GetActivity", activities.GetActivityRequest),
        {
            "update": update(
                "activities", "UpdateActivity", activities.UpdateActivityRequest, "activity", subject="Write to Zoë"
            ),
            "complete": verb("activities", "CompleteActivity", activities.CompleteActivityRequest),
            "cancel": verb("activities", "CancelActivity", activities.CancelActivityRequest),
            "reopen": verb("activities", "ReopenActivity", activities.ReopenActivityRequest),
        },
        creates="create",
    ),
    "quotes": Walk(
        QUOTES,
        lambda stages, who: stages.quote(who),
        verb("quotes", "GetQuote", quotes.GetQuoteRequest),
        {
            "update": update("quotes", "UpdateQuote", quotes.UpdateQuoteRequest, "quote", display_name="A mug"),
            "reprice": verb("quotes", "RepriceQuote", quotes.RepriceQuoteRequest),
            "submit": verb("quotes", "SubmitQuote", quotes.SubmitQuoteRequest),
            "recall": verb("quotes", "RecallQuote", quotes.RecallQuoteRequest),
            "send": verb("quotes", "SendQuote", quotes.SendQuoteRequest),
            "accept": verb("quotes", "AcceptQuote", quotes.AcceptQuoteRequest, signer="Ann"),
            "decline": verb("quotes", "DeclineQuote", quotes.DeclineQuoteRequest, reason="dear"),
            "expire": _expired,
            "revise": verb("quotes", "ReviseQuote", quotes.ReviseQuoteRequest),
            "void": verb("quotes", "VoidQuote", quotes.VoidQuoteRequest, reason="a slip"),
            "clone": verb("quotes", "CloneQuote", quotes.CloneQuoteRequest),
        },
        on_the_way={"approve": of_its_quote(_APPROVE), "reject": of_its_quote(_REJECT)},
        elsewhere=frozenset({("accept", Role.CUSTOMER), ("decline", Role.CUSTOMER)}),  # they have a link to it
    ),
    "approvals": Walk(
        APPROVALS,
        _waiting,
        verb("approvals", "GetApproval", approvals.GetApprovalRequest),
        {"approve": _APPROVE, "reject": _REJECT},
        on_the_way={"cancel": _recalled},
    ),
    "delegations": Walk(
        DELEGATIONS,
        lambda stages, who: stages.delegation(who),
        verb("delegations", "GetDelegation", approvers_pb2.GetDelegationRequest),
        {"revoke": by_the_delegate(verb("delegations", "RevokeDelegation", approvers_pb2.RevokeDelegationRequest))},
        creates="create",
    ),
    "keys": Walk(
        KEYS,
        lambda stages, who: stages.key(who),
        verb("identity", "GetApiKey", identity.GetApiKeyRequest),
        {"revoke": verb("identity", "RevokeApiKey", identity.RevokeApiKeyRequest)},
        creates="create",
    ),
}  # fmt: skip
