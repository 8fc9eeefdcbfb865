"""What is erased is nowhere: every key of the store and every value in it is looked through."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar, cast

import pytest
import redis

from engine.lifecycle.approval import Approval, ApprovalStatus, Step, StepStatus
from engine.lifecycle.comment import Comment
from engine.lifecycle.document import Document
from engine.lifecycle.figures import Compared
from engine.lifecycle.lead import Lead, LeadStatus
from engine.lifecycle.next_step import Activity, NextStep
from engine.lifecycle.opportunity import Opportunity
from engine.lifecycle.parties import Account, AccountStatus, Contact
from engine.lifecycle.quote import Acceptance, Option, Quote, QuoteStatus
from engine.services.commenting import Comments, said_of
from engine.services.context import Context, Role
from engine.services.desk import Call, Desk, Work
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
D = TypeVar("D", bound=Document)
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
        if name.startswith(("leads", "opportunities")):
            activity = Activity(parent=name, subject="Call Zoe", text="of Quarles", due_time=1)
            task = self.activities.create(ADMIN, Call(), activity)
            self.activities.update(ADMIN, Call(), task.name, lambda one: replace(one, subject="Write to Zoe"))
            self.comments.add(ADMIN, Call(), Comment(parent=task.name, text="Zoe is out"))
        self.comments.add(ADMIN, Call(), Comment(parent=name, text="Zoe wants seventy hats"))

    def keep(self, document: D) -> D:
        """A document as it is, saved."""

        def decide(work: Work) -> D:
            if document.name:
                work.load(type(document), document.name)
            return work.save(document, "Kept")

        return self.desk.change(ADMIN, Call(), type(document), decide)

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
    erased = selling.leads.erase(ADMIN, Call(), lead.name)
    assert erased.status is LeadStatus.ERASED and erased.erase_time
    assert selling.left() == []
    assert ":match" not in selling.everything(), "its hashes, too"
    again = selling.leads.capture(ADMIN, Call(), Lead(person=ZOE))
    assert again.may_duplicate == ()


def test_of_leads_merged_into_it_nothing_is_left(selling: Selling) -> None:
    first, second, third = selling.lead(), selling.lead(), selling.lead(person=None, company="Quarles")
    selling.leads.merge(ADMIN, Call(), first.name, second.name)
    selling.leads.merge(ADMIN, Call(), second.name, third.name)
    selling.leads.erase(ADMIN, Call(), third.name)
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
    bound = replace(ADMIN, account=done.account)  # what was merged has no account, and goes all the same
    selling.accounts.erase(bound, Call(), done.account)
    assert selling.left() == []
    assert selling.desk.get(ADMIN, Opportunity, made.name).competitors == ("Rival",), "what is not personal stays"
    assert len(selling.desk.history(ADMIN, Opportunity, made.name)) > 2


def test_of_an_erased_account_nothing_is_left_in_its_quotes_and_their_approvals(selling: Selling) -> None:
    said = Account(display_name="Hats", contacts=(ZOE,))
    account = selling.accounts.create(ADMIN, Call(), said).name
    selling.accounts.do(ADMIN, Call(), account, "block", "Zoe pays late")
    quote = Quote(
        account=account, display_name="For Zoe", notes="Dear Zoe Quarles", currency_code="EUR",
        options=(Option(option_id="a"), Option(option_id="b", title="Zoe's", description="Seventy hats", content="ab12")),
    )  # fmt: skip
    asked = Step(rule="deep", stage=1, approver="board")
    approval = Approval(
        account=account, subject="quotes/q", title="For Zoe", steps=(asked, replace(asked, approver="legal")),
        compared=(Compared(option_id="b", title="Zoe's"),),
    )  # fmt: skip
    kept = selling.keep(quote)
    selling.keep(replace(kept, status_reason="Zoe says no"))
    accepted = Acceptance(option_id="b", purchase_order="potentate-7", time=3)
    selling.keep(replace(kept, etag=2, acceptance=accepted, signer="Zoe Quarles"))
    request = selling.keep(approval)
    decided = replace(asked, approver="legal", comment="The Potentate, +31 20 987 6543")
    selling.keep(replace(request, steps=(asked, decided)))
    for one in (kept, request):
        selling.about(one.name)
    whole = selling.desk.history(ADMIN, Quote, kept.name)
    assert [one.options[1].title for one in whole] == ["Zoe's"] * 3
    assert whole[2].acceptance == accepted and selling.desk.get(ADMIN, Quote, kept.name) == whole[2]
    was = selling.desk.get(ADMIN, Approval, request.name)
    assert [one.comment for one in was.steps] == ["", decided.comment]
    trail = b"".join(selling.client.lrange(f"{{t}}:doc:{kept.name.replace('/', ':')}:revisions", 0, -1)).lower()  # type: ignore[arg-type]
    assert not [word for word in SAID if word.encode() in trail], "what an audit exports has none of it"

    selling.accounts.erase(ADMIN, Call(), account)
    assert selling.left() == []
    left = selling.desk.get(ADMIN, Quote, kept.name)
    assert (left.currency_code, left.options[1].content, left.acceptance) == (
        "EUR",
        "ab12",
        replace(accepted, purchase_order=""),
    )
    assert [one.approver for one in selling.desk.get(ADMIN, Approval, request.name).steps] == ["board", "legal"]


def test_others_are_left_alone(selling: Selling) -> None:
    kept = selling.lead()
    account = selling.accounts.create(ADMIN, Call(), Account(display_name="Other", contacts=(ZOE,)))
    selling.leads.erase(ADMIN, Call(), selling.lead().name)
    before = selling.desk.get(ADMIN, Lead, kept.name)
    assert (before.person, before.next_step is not None) == (ZOE, True)
    assert selling.desk.get(ADMIN, Account, account.name).contacts == (ZOE,)


def test_more_than_a_change_takes_is_erased_in_several(selling: Selling, monkeypatch: pytest.MonkeyPatch) -> None:
    done = selling.qualifying.qualify(ADMIN, Call(), selling.lead(company="").name, Qualification())
    for name in (done.account, done.opportunity):
        selling.about(name)
    monkeypatch.setattr(erasing, "AT_ONCE", 3)
    call = Call("erase-it", "body", etag=str(selling.desk.get(ADMIN, Account, done.account).etag))
    erased = selling.accounts.erase(ADMIN, call, done.account)
    assert (erased.status, selling.left()) == (AccountStatus.ERASED, [])
    everything = selling.everything()
    assert selling.accounts.erase(ADMIN, call, done.account) == erased and selling.everything() == everything


def test_what_was_cut_off_is_gone_on_with(selling: Selling, monkeypatch: pytest.MonkeyPatch) -> None:
    done = selling.qualifying.qualify(ADMIN, Call(), selling.lead(company="").name, Qualification())
    selling.about(done.opportunity)
    monkeypatch.setattr(erasing, "AT_ONCE", 2)
    commit, before = selling.desk.documents.commit, [2]

    def cut_off(*said: Any) -> Any:
        if not before[0]:
            raise TimeoutError
        before[0] -= 1
        return commit(*said)

    monkeypatch.setattr(selling.desk.documents, "commit", cut_off)
    with pytest.raises(TimeoutError):
        selling.accounts.erase(ADMIN, Call(), done.account)
    assert selling.left() and selling.desk.get(ADMIN, Account, done.account).status is AccountStatus.ACTIVE
    before[0] = 99
    selling.accounts.erase(ADMIN, Call(), done.account)
    assert selling.left() == []


def test_of_an_erased_account_nothing_personal_is_kept_again(selling: Selling) -> None:
    account = selling.accounts.create(ADMIN, Call(), Account(display_name="Hats", contacts=(ZOE,))).name
    deal = selling.opportunities.create(ADMIN, Call(), Opportunity(account=account, display_name="Hats")).name
    done = selling.keep(Quote(account=account, status=QuoteStatus.ACCEPTED))
    selling.accounts.erase(ADMIN, Call(), account)
    task = Activity(parent=deal, subject="Call Zoe", due_time=1)
    for tried in (
        lambda: selling.comments.add(ADMIN, Call(), Comment(parent=account, text="Zoe")),
        lambda: selling.comments.add(ADMIN, Call(), Comment(parent=done.name, text="Zoe")),
        lambda: selling.activities.create(ADMIN, Call(), task),
        lambda: selling.opportunities.update(ADMIN, Call(), deal, lambda one: replace(one, display_name="Zoe")),
    ):
        with pytest.raises(Refused, match="is ERASED") as why:
            tried()
        assert why.value.status == "FAILED_PRECONDITION"
    assert selling.left() == []
    selling.opportunities.advance(ADMIN, Call(), deal, "discovery")


def test_what_is_said_while_an_account_is_erased_is_refused_or_erased(selling: Selling) -> None:
    account = selling.accounts.create(ADMIN, Call(), Account(display_name="Hats", contacts=(ZOE,))).name
    tried = []

    def decide(work: Work) -> Comment:
        made = said_of(work, Comment(parent=account, text="Zoe"))
        if not tried:  # it was read as it is, and is erased before this is committed
            selling.accounts.erase(ADMIN, Call(), account)
        tried.append(made)
        return made

    with pytest.raises(Refused, match="is ERASED"):
        selling.desk.change(ADMIN, Call(), Comment, decide)
    assert len(tried) == 1 and selling.left() == []


def test_of_an_erased_lead_nothing_is_said_again(selling: Selling) -> None:
    lead = selling.lead().name
    selling.leads.erase(ADMIN, Call(), lead)
    with pytest.raises(Refused, match="is ERASED"):
        selling.comments.add(ADMIN, Call(), Comment(parent=lead, text="Zoe"))
    assert selling.leads.erase(ADMIN, Call(), lead).status is LeadStatus.ERASED


def test_what_is_open_of_an_erased_account_ends(selling: Selling) -> None:
    account = selling.accounts.create(ADMIN, Call(), Account(display_name="Hats")).name
    request = selling.keep(
        Approval(
            account=account,
            subject="quotes/x",
            steps=(Step(rule="r", approver="board", status=StepStatus.PENDING, remind_time=9),),
        )
    )
    asked = selling.keep(Quote(account=account, status=QuoteStatus.IN_APPROVAL, approval=request.name))
    sent = selling.keep(Quote(account=account, status=QuoteStatus.SENT, expire_time=9))
    done = selling.keep(Quote(account=account, status=QuoteStatus.ACCEPTED))
    selling.accounts.erase(ADMIN, Call(), account)
    assert selling.desk.get(ADMIN, Approval, request.name).status is ApprovalStatus.CANCELLED
    statuses = [selling.desk.get(ADMIN, Quote, one.name).status for one in (asked, sent, done)]
    assert statuses == [QuoteStatus.VOIDED, QuoteStatus.VOIDED, QuoteStatus.ACCEPTED]
    assert selling.desk.documents.next_dues(["t"]) == [None], "nobody is reminded, and nothing expires"
    revisions = len(selling.desk.history(ADMIN, Quote, done.name))
    again = selling.accounts.erase(ADMIN, Call(), account)
    assert again.status is AccountStatus.ERASED and len(selling.desk.history(ADMIN, Quote, done.name)) == revisions
