"""What is erased is nowhere: every key of the store and every value in it is looked through."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
import redis

from engine.lifecycle.comment import Comment
from engine.lifecycle.lead import Lead, LeadStatus
from engine.lifecycle.next_step import Activity, NextStep
from engine.lifecycle.opportunity import Opportunity
from engine.lifecycle.parties import Account, Contact
from engine.services.commenting import Comments
from engine.services.context import Context, Role
from engine.services.desk import Call, Desk
from engine.services.refusal import Refused
from engine.services.selling import erasing
from engine.services.selling.activities import Activities
from engine.services.selling.leads import Leads
from engine.services.selling.opportunities import Opportunities
from engine.services.selling.parties import Accounts
from engine.services.selling.qualifying import Qualification, Qualifying
from engine.store.client import connect
from engine.store.documents import Documents
from engine.store.embedded import EmbeddedStore

pytestmark = pytest.mark.service
ADMIN = Context("t", "root", Role.ADMINISTRATOR)
ZOE = Contact(display_name="Zoe Quarles", email="zoe@quarles.example", phone="+31209876543", title="Potentate")
SAID = ("zoe", "quarles", "9876543", "potentate", "seventy hats")
"""No letter of these may be left, in capitals or not."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStore]:
    store = EmbeddedStore(Path(tmp_path_factory.mktemp("store")))
    store.start()
    yield store
    store.stop()


class Selling:
    """The services over one store."""

    def __init__(self, url: str) -> None:
        self.client = cast(redis.Redis, connect(url))
        self.client.flushall()
        self.desk = Desk(Documents(self.client), lambda: 1_800_000_000.0)
        self.leads, self.qualifying = Leads(self.desk, lambda *_: ()), Qualifying(self.desk)
        self.activities, self.comments = Activities(self.desk), Comments(self.desk)
        self.accounts, self.opportunities = Accounts(self.desk), Opportunities(self.desk)

    def lead(self, **more: Any) -> Lead:
        """A lead on which everything personal is said, now and in its history, and on which something was done and said."""
        said: dict[str, Any] = {
            "person": ZOE,
            "company": "Quarles BV",
            "country_code": "NL",
            "interest": "Seventy hats",
        } | more
        made = self.leads.capture(ADMIN, Call(), Lead(**said))
        step = NextStep(text="ring zoe")
        self.leads.update(ADMIN, Call(), made.name, lambda one: replace(one, note="Zoe again", next_step=step))
        self.about(made.name)
        return made

    def about(self, name: str) -> None:
        """A task (of leads and opportunities) and a comment."""
        if not name.startswith("accounts"):
            activity = Activity(parent=name, subject="Call Zoe", text="of Quarles", due_time=1)
            task = self.activities.create(ADMIN, Call(), activity)
            self.activities.update(ADMIN, Call(), task.name, lambda one: replace(one, subject="Write to Zoe"))
            self.comments.add(ADMIN, Call(), Comment(parent=task.name, text="Zoe is out"))
        self.comments.add(ADMIN, Call(), Comment(parent=name, text="Zoe wants seventy hats"))

    def everything(self) -> str:
        """All keys and values of the store, as one text in lower case."""
        found = []
        for key in sorted(self.client.keys("*")):
            found.append(key)
            kind = cast(bytes, self.client.type(key)).decode()
            read = {
                "string": self.client.get, "hash": self.client.hgetall, "list": lambda one: self.client.lrange(one, 0, -1),
                "zset": lambda one: self.client.zrange(one, 0, -1), "set": self.client.smembers, "stream": self.client.xrange,
            }[kind]  # fmt: skip
            found.append(repr(read(key)).encode())
        return b"\n".join(found).decode().lower()

    def left(self) -> list[str]:
        """What is still said of her."""
        everything = self.everything()
        return [word for word in SAID if word in everything]


@pytest.fixture
def selling(running: EmbeddedStore) -> Selling:
    return Selling(running.url)


def test_everything_is_there_at_first(selling: Selling) -> None:
    selling.lead()
    assert selling.left() == list(SAID)


def test_of_an_erased_lead_nothing_is_left(selling: Selling) -> None:
    lead = selling.lead()
    erased = selling.leads.erase(ADMIN, Call(), lead.name, "article 17")
    assert erased.status is LeadStatus.ERASED and erased.erase_time
    assert selling.left() == []
    assert ":match" not in selling.everything(), "its hashes, too"
    again = selling.leads.capture(ADMIN, Call(), Lead(person=ZOE))
    assert again.may_duplicate == ()


def test_of_leads_merged_into_it_nothing_is_left(selling: Selling) -> None:
    first, second, third = selling.lead(), selling.lead(), selling.lead(person=None, company="Quarles")
    selling.leads.merge(ADMIN, Call(), first.name, second.name)
    selling.leads.merge(ADMIN, Call(), second.name, third.name)
    selling.leads.erase(ADMIN, Call(), third.name, "")
    assert selling.left() == []
    for one in (first, second, third):
        assert selling.desk.get(ADMIN, Lead, one.name).status is LeadStatus.ERASED


def test_of_an_erased_account_nothing_is_left_in_its_leads_and_opportunities(selling: Selling) -> None:
    merged, lead = selling.lead(), selling.lead(company="")
    selling.leads.merge(ADMIN, Call(), merged.name, lead.name)
    selling.leads.update(ADMIN, Call(), lead.name, lambda one: replace(one, company=""))
    done = selling.qualifying.qualify(ADMIN, Call(), lead.name, Qualification())
    other = Opportunity(display_name="Hats for Zoe", account=done.account, note="Zoe", competitors=("Rival",))
    made = selling.opportunities.create(ADMIN, Call(), other)
    for name in (lead.name, done.account, done.opportunity, made.name):
        if name != lead.name:
            selling.about(name)
    assert selling.left() == list(SAID)
    selling.accounts.do(ADMIN, Call(), done.account, "erase")
    assert selling.left() == []
    assert selling.desk.get(ADMIN, Opportunity, made.name).competitors == ("Rival",), "what is not personal stays"
    assert len(selling.desk.history(ADMIN, Opportunity, made.name)) > 2


def test_others_are_left_alone(selling: Selling) -> None:
    kept = selling.lead()
    account = selling.accounts.create(ADMIN, Call(), Account(display_name="Other", contacts=(ZOE,)))
    selling.leads.erase(ADMIN, Call(), selling.lead().name, "")
    before = selling.desk.get(ADMIN, Lead, kept.name)
    assert (before.person, before.next_step is not None) == (ZOE, True)
    assert selling.desk.get(ADMIN, Account, account.name).contacts == (ZOE,)


def test_an_account_with_too_much_says_what_to_do(selling: Selling, monkeypatch: pytest.MonkeyPatch) -> None:
    done = selling.qualifying.qualify(ADMIN, Call(), selling.lead().name, Qualification())
    monkeypatch.setattr(erasing, "MOST_TRACES", 3)
    before = selling.everything()
    with pytest.raises(Refused, match="erase its leads first"):
        selling.accounts.do(ADMIN, Call(), done.account, "erase")
    assert selling.everything() == before
