"""Ids that callers choose tell nobody what they may not see: who is bound to an account, or outside, is refused alike whether one is taken."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import grpc
import pytest

from tests.wire.deals import Deals
from tests.wire.methods import METHODS, ask, reason_of, request_of
from tests.wire.selling import ADMIN, account, as_role
from tests.wire.service import Service

pytestmark = pytest.mark.service
OWN, TAKEN = f"own-{uuid.uuid4().hex[:8]}", f"taken-{uuid.uuid4().hex[:8]}"
BOUND_TO = (("x-quotient-account", f"accounts/{OWN}"),)
OF_NOBODY: dict[str, tuple[str, dict[str, Any]]] = {
    "LegalEntities.CreateLegalEntity": ("entity_id", {"entity": {"legal_name": "Us"}}),
    "ApproverGroups.CreateGroup": ("group_id", {"group": {"display_name": "Us"}}),
}
"""What is of no account is seen by all who may make it."""


class Asked:
    """Every call that takes an id, and what else it needs."""

    def __init__(self, channel: grpc.Channel) -> None:
        self.channel, self.deals = channel, Deals(channel)
        for one in (OWN, TAKEN):
            self.deals.make(metadata=ADMIN, account_id=one)
        self.said: dict[str, tuple[str, dict[str, Any]]] = {
            "Accounts.CreateAccount": ("account_id", {"account": account()}),
            "Quotes.CreateQuote": ("quote_id", {"quote": {"account": f"accounts/{OWN}", "book": "books/saas"}}),
            "Quotes.CloneQuote": ("quote_id", {}),
            "Identity.CreateApiKey": ("api_key_id", {"api_key": {"role": "seller", "account": f"accounts/{OWN}"}}),
            "Webhooks.CreateWebhook": ("webhook_id", {"webhook": {"url": "https://example.com/", "types": ["Nothing"]}}),
            "Leads.QualifyLead": ("account_id", {}),
        }  # fmt: skip
        own = ask(channel, "Quotes.CreateQuote", self.request("Quotes.CreateQuote", ""), ADMIN)
        self.said["Quotes.CloneQuote"][1]["name"] = own.name
        for name in ("Quotes.CreateQuote", "Identity.CreateApiKey", "Webhooks.CreateWebhook"):
            hidden = self.request(name, TAKEN)
            for part in ("quote", "api_key"):
                if hasattr(hidden, part):
                    getattr(hidden, part).account = f"accounts/{TAKEN}"
            ask(channel, name, hidden, ADMIN)

    def request(self, name: str, chosen: str) -> Any:
        field, more = (self.said | OF_NOBODY)[name]
        more = {"name": self.deals.lead(ADMIN).name} if name == "Leads.QualifyLead" else more
        return request_of(name, **{**more, field: chosen})

    def answered(self, name: str, chosen: str, who: Any) -> tuple[str, str, str]:
        """Code, reason and words."""
        request = self.request(name, chosen)
        try:
            ask(self.channel, name, request, who)
            return "OK", "", ""
        except grpc.RpcError as error:
            words = (
                str(error.details()).replace(chosen or " ", "ID").replace(getattr(request, "name", "") or " ", "NAME")
            )
            return error.code().name, reason_of(error), words


@pytest.fixture(scope="module")
def asked(service: Service) -> Iterator[Asked]:
    with service.channel() as channel:
        yield Asked(channel)


def fresh() -> str:
    return f"free-{uuid.uuid4().hex[:8]}"


def test_every_call_that_takes_an_id_is_asked(asked: Asked) -> None:
    """A new one is to be named above."""
    found = {
        (name, field.name)
        for name, method in METHODS.items()
        if name.partition(".")[2].startswith(("Create", "Clone", "Qualify", "Capture", "Add", "Publish"))
        for field in method.input_type.fields
        if field.name.endswith("_id") and field.name != "request_id"
    }
    assert found == {(name, field) for name, (field, _) in asked.said.items()} | {
        (name, field) for name, (field, _) in OF_NOBODY.items()
    }


@pytest.mark.parametrize("role", ["storefront", "customer"])
def test_from_outside_nobody_chooses_an_id(asked: Asked, role: str) -> None:
    for name in (*asked.said, *OF_NOBODY):
        for bound in ((), BOUND_TO):
            who = (*as_role(role), *bound)
            taken, free = (asked.answered(name, one, who) for one in (TAKEN, fresh()))
            assert taken == free and taken[0] == "PERMISSION_DENIED", name


@pytest.mark.parametrize("role", ["seller", "manager", "administrator"])
def test_who_is_bound_to_an_account_is_told_nothing_by_an_id(asked: Asked, role: str) -> None:
    who = (*as_role(role), *BOUND_TO)
    for name in asked.said:
        taken, free = (asked.answered(name, one, who) for one in (TAKEN, fresh()))
        assert taken == free, name
        assert taken[0] == ("NOT_FOUND" if name == "Leads.QualifyLead" else "PERMISSION_DENIED"), (name, taken)


def test_who_sees_all_is_told_that_it_is_taken(asked: Asked) -> None:
    for name in asked.said:
        assert asked.answered(name, TAKEN, ADMIN)[0] == "ALREADY_EXISTS", name
        assert asked.answered(name, fresh(), ADMIN)[0] == "OK", name


def test_who_is_bound_makes_what_is_theirs_by_ids_that_are_made(asked: Asked) -> None:
    who = (*as_role("administrator"), *BOUND_TO)
    for name in ("Quotes.CreateQuote", "Quotes.CloneQuote", "Identity.CreateApiKey"):
        assert asked.answered(name, "", who)[0] == "OK", name
