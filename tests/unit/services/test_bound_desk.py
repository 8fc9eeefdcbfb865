"""For a caller who is bound to an account there is nothing of another's: not found, not listed, not changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.lifecycle.approval import Approval, Step, StepStatus
from engine.lifecycle.keys import ApiKey
from engine.lifecycle.lead import Lead
from engine.lifecycle.parties import Account, LegalEntity
from engine.lifecycle.pipeline import PIPELINE, Pipeline
from engine.services.context import Context, Role
from engine.services.desk import Call, Desk, Work
from engine.services.history import History
from engine.services.refusal import Refused
from engine.services.selling.approvals import Approvals
from engine.services.selling.standing import standing
from engine.store.client import connect
from engine.store.documents import Documents
from engine.store.embedded import EmbeddedStore
from engine.store.outbox import Outbox

pytestmark = pytest.mark.service
FREE = Context("t", "ann", Role.ADMINISTRATOR)
BOUND = replace(FREE, account="accounts/one")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Two accounts, and a key of each and of none."""
    store = EmbeddedStore(Path(tmp_path_factory.mktemp("store")))
    store.start()
    desk = Desk(Documents(connect(store.url)), lambda: 100.0)
    for one in ("one", "two"):
        made = Account(name=f"accounts/{one}", display_name=one)
        desk.change(FREE, Call(), Account, lambda work, made=made: work.save(made, "AccountCreated"))  # type: ignore[misc]
    for name, account in (("a", "accounts/one"), ("b", "accounts/two"), ("c", "")):
        key = ApiKey(name=f"keys/{name}", role="seller", account=account)
        desk.change(FREE, Call(), ApiKey, lambda work, key=key: work.save(key, "ApiKeyCreated"))  # type: ignore[misc]
    for document in (Lead(name="leads/new", company="Another's"), LegalEntity(name="entities/us", legal_name="Us")):
        desk.change(FREE, Call(), type(document), lambda work, made=document: work.save(made, "Made"))  # type: ignore[misc, arg-type]
    yield desk
    store.stop()


def touch(desk: Desk, context: Context, name: str) -> ApiKey:
    def decide(work: Work) -> ApiKey:
        return work.save(replace(work.load(ApiKey, name), title="touched"), "ApiKeyTouched")

    return desk.change(context, Call(), ApiKey, decide)


def test_what_is_another_s_is_not_there(desk: Desk) -> None:
    for call in (
        lambda: desk.get(BOUND, ApiKey, "keys/b"), lambda: desk.get(BOUND, Account, "accounts/two"),
        lambda: desk.history(BOUND, ApiKey, "keys/b"), lambda: touch(desk, BOUND, "keys/b"),
        lambda: desk.get(BOUND, ApiKey, "keys/c"), lambda: desk.get(BOUND, Lead, "leads/new"),
    ):  # fmt: skip
        with pytest.raises(Refused) as why:
            call()
        assert why.value.status == "NOT_FOUND"
    assert desk.get(FREE, ApiKey, "keys/b").title == ""


def test_what_is_its_own_or_nobody_s_is(desk: Desk) -> None:
    assert desk.get(BOUND, ApiKey, "keys/a").account == "accounts/one"
    assert desk.get(BOUND, LegalEntity, "entities/us").legal_name == "Us"
    assert desk.get(BOUND, Account, "accounts/one").display_name == "one"
    assert touch(desk, BOUND, "keys/a").title == "touched"


def test_pages_have_what_is_its_own(desk: Desk) -> None:
    assert [one.name for one in desk.page(BOUND, ApiKey)[0]] == ["keys/a"]
    assert [one.name for one in desk.page(BOUND, Account)[0]] == ["accounts/one"]
    assert desk.page(BOUND, Account, size=1) == desk.page(BOUND, Account), "no token, which would name another"
    assert desk.page(BOUND, Account, token="one") == ([], "")
    assert desk.page(BOUND, Account, filter="status = CLOSED") == ([], "")
    assert desk.page(BOUND, LegalEntity)[0] and desk.page(BOUND, Lead) == ([], "")
    assert desk.page(BOUND, ApiKey, filter='account = "accounts/two"')[0] == []
    assert [one.name for one in desk.page(FREE, ApiKey)[0]] == ["keys/c", "keys/b", "keys/a"]


def test_the_queue_has_what_is_its_own_and_counts_nothing_else(desk: Desk) -> None:
    for account in ("accounts/one", "accounts/two", ""):
        step = Step(rule="deep", stage=1, approver="manager", status=StepStatus.PENDING, ask_time=1)
        made = Approval(subject="quotes/q", account=account, requester="sam", steps=(step,))
        desk.change(FREE, Call(), Approval, lambda work, made=made: work.save(made, "ApprovalRequested"))  # type: ignore[misc]
    approvals = Approvals(desk, None)  # type: ignore[arg-type]
    manager = Context("t", "max", Role.MANAGER)
    assert approvals.queue(manager).total == 3
    queue = approvals.queue(replace(manager, account="accounts/one"))
    assert [one.approval.account for one in queue.page] == ["accounts/one"]
    assert (queue.total, list(queue.counts.values()), queue.token) == (1, [1], "")


def test_two_who_change_first_what_a_tenant_has_one_of_are_both_heard(desk: Desk) -> None:
    """The second finds what the first saved meanwhile, and decides anew; a chosen name of another is still refused."""
    someone = Context("first", "ann", Role.ADMINISTRATOR)

    def save(work: Work) -> Pipeline:
        return work.save(standing(work, PIPELINE), "PipelineUpdated")

    quicker = iter([True])

    def late(work: Work) -> Pipeline:
        found = standing(work, PIPELINE)
        if next(quicker, False):
            desk.change(someone, Call(), Pipeline, save)
        return work.save(found, "PipelineUpdated")

    assert desk.change(someone, Call(), Pipeline, late).etag == 2
    with pytest.raises(Refused, match="already"):
        desk.change(someone, Call(), Pipeline, lambda work: work.save(PIPELINE, "PipelineUpdated"))


def test_of_what_was_another_s_once_it_sees_what_came_after(desk: Desk) -> None:
    for account in ("accounts/two", "accounts/one", "accounts/one"):
        key = ApiKey(name="keys/moved", role="seller", account=account)

        def decide(work: Work, key: ApiKey = key) -> ApiKey:
            before = work.find(ApiKey, key.name)
            return work.save(replace(key, etag=before.etag if before else 0), "ApiKeyMoved")

        desk.change(FREE, Call(), ApiKey, decide)
    assert [one.etag for one in desk.history(FREE, ApiKey, "keys/moved")] == [1, 2, 3]
    assert [one.etag for one in desk.history(BOUND, ApiKey, "keys/moved")] == [2, 3]
    assert desk.revision(BOUND, ApiKey, "keys/moved", 2).account == "accounts/one"
    for etag in (-1, 0, 1, 4):
        with pytest.raises(Refused, match="revisions 1 to 3"):
            desk.revision(BOUND, ApiKey, "keys/moved", etag)
    pages = History(desk, Outbox(desk.documents.redis)).revisions
    first, token = pages(BOUND, "keys/moved", 1, "")
    second, after = pages(BOUND, "keys/moved", 1, token)
    assert (first, [one.etag for one in second], after) == ([], [2], "3"), (
        "a page that holds none of theirs is not the last"
    )
