"""Every verb on every status, for every role, over the wire: allowed or refused as the tables of the machines say.

A kind joins by a `Walk`: how a new one is made, how each verb is called, and how its status is read. How a document is brought to a status
is found in its table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import grpc
import pytest

from engine.lifecycle.lead import LEADS
from engine.lifecycle.machine import Machine
from engine.lifecycle.next_step import ACTIVITIES
from engine.lifecycle.opportunity import OPPORTUNITIES
from engine.lifecycle.parties import ACCOUNTS
from engine.values.roles import Role
from quotient.v1 import accounts_pb2 as parties
from quotient.v1 import activities_pb2 as activities
from quotient.v1 import leads_pb2 as leads
from quotient.v1 import opportunities_pb2 as opportunities
from tests.wire.deals import Deals
from tests.wire.selling import ADMIN, Metadata, as_role
from tests.wire.service import Service

pytestmark = pytest.mark.service
Ask = Callable[[Deals, str, Metadata], Any]


@dataclass(frozen=True)
class Walk:
    """`new` makes one and gives its name; `get` answers it; `verbs` calls each verb that there is on one."""

    machine: Machine[Any]
    new: Callable[[Deals, Metadata], str]
    get: Ask
    verbs: Mapping[str, Ask]
    creates: str = ""

    def status(self, deals: Deals, name: str) -> tuple[str, str]:
        """Status and etag."""
        found = self.get(deals, name, ADMIN)
        return type(found).Status.Name(found.status), found.etag

    def bring(self, deals: Deals, status: str) -> str:
        """The name of a new one that has been brought to a status, by the fewest verbs."""
        name = self.new(deals, ADMIN)
        for verb in self.path(status):
            self.verbs[verb](deals, name, ADMIN)
        assert self.status(deals, name)[0] == status
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
    return lambda deals, name, who: getattr(getattr(deals, service), method)(request(name=name, **more), metadata=who)


def update(service: str, method: str, request: Any, field: str, **more: Any) -> Ask:
    """An update of a field or two."""
    return lambda deals, name, who: getattr(getattr(deals, service), method)(
        request(**{field: {"name": name, **more}}), metadata=who
    )


WALKS = {
    "accounts": Walk(
        ACCOUNTS,
        lambda deals, who: deals.make(who).name,
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
        lambda deals, who: deals.lead(who).name,
        verb("leads", "GetLead", leads.GetLeadRequest),
        {
            "update": update("leads", "UpdateLead", leads.UpdateLeadRequest, "lead", score=7),
            "assign": verb("leads", "AssignLead", leads.AssignLeadRequest, owner="sam"),
            "work": verb("leads", "WorkLead", leads.WorkLeadRequest),
            "qualify": verb("leads", "QualifyLead", leads.QualifyLeadRequest),
            "disqualify": verb("leads", "DisqualifyLead", leads.DisqualifyLeadRequest, reason="spam"),
            "merge": lambda deals, name, who: deals.leads.MergeLead(
                leads.MergeLeadRequest(name=name, into=deals.lead(ADMIN).name), metadata=who
            ),
            "reopen": verb("leads", "ReopenLead", leads.ReopenLeadRequest),
            "erase": verb("leads", "EraseLead", leads.EraseLeadRequest),
        },
        creates="capture",
    ),
    "opportunities": Walk(
        OPPORTUNITIES,
        lambda deals, who: deals.deal(who).name,
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
        lambda deals, who: deals.task(deals.lead(ADMIN).name, who).name,
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
}  # fmt: skip
CASES = [(kind, status, one) for kind, walk in WALKS.items() for status in walk.statuses() for one in walk.verbs]


@pytest.fixture
def deals(service: Service) -> Iterator[Deals]:
    with service.channel() as channel:
        yield Deals(channel)


def told(ask: Ask, deals: Deals, name: str, role: Role) -> str:
    """OK, or the status it is refused with."""
    try:
        ask(deals, name, as_role(role))
    except grpc.RpcError as error:
        return error.code().name  # type: ignore[no-any-return]
    return "OK"


@pytest.mark.parametrize(("kind", "status", "verb"), CASES)
def test_a_verb_does_what_its_table_says(deals: Deals, kind: str, status: str, verb: str) -> None:
    walk = WALKS[kind]
    rule = walk.machine.verbs[verb]
    target = rule.leads.get(status)
    name = walk.bring(deals, status)
    before = walk.status(deals, name)
    for role in Role:
        if role in rule.roles and target is not None:
            allowed = walk.bring(deals, status)
            assert told(walk.verbs[verb], deals, allowed, role) == "OK"
            assert walk.status(deals, allowed)[0] == target
            continue
        refusal = "FAILED_PRECONDITION" if role in rule.roles else "PERMISSION_DENIED"
        assert told(walk.verbs[verb], deals, name, role) == refusal, role
        assert walk.status(deals, name) == before


@pytest.mark.parametrize("kind", [kind for kind, walk in WALKS.items() if walk.creates])
def test_new_ones_are_made_by_the_roles_of_the_table(deals: Deals, kind: str) -> None:
    walk = WALKS[kind]
    roles = walk.machine.verbs[walk.creates].roles
    made = {role for role in Role if told(lambda deals, _, who: walk.new(deals, who), deals, "", role) == "OK"}
    assert made == roles


def test_every_verb_is_walked() -> None:
    for walk in WALKS.values():
        assert walk.verbs.keys() | ({walk.creates} - {""}) == walk.machine.verbs.keys()
