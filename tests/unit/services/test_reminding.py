"""What is due of requests for approval, in a store: reminders and escalations at their times, once; and who is one no more decides nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
import redis

from engine.lifecycle.approval import Approval, Step, opened
from engine.lifecycle.group import HOUR, Group
from engine.services.context import Context, Role
from engine.services.desk import Call, Desk, Work
from engine.services.refusal import Refused
from engine.services.selling.acting import acting, patience_of
from engine.services.selling.approvals import Approvals
from engine.services.selling.approvers import Groups
from engine.services.selling.reminding import Reminders
from engine.store.client import connect
from engine.store.documents import Documents
from engine.store.embedded import EmbeddedStore
from engine.store.outbox import Outbox

pytestmark = pytest.mark.service
ADMIN = Context("t", "root", Role.ADMINISTRATOR)
START = 1_800_000_000 * 1_000_000


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStore]:
    store = EmbeddedStore(Path(tmp_path_factory.mktemp("store")))
    store.start()
    yield store
    store.stop()


class Waiting:
    """A request that waits for the deal desk, which escalates to the board; and a clock in hours."""

    def __init__(self, url: str) -> None:
        client = cast(redis.Redis, connect(url))
        client.flushall()
        self.hours = 0
        self.desk = Desk(Documents(cast(Any, client)), lambda: (START + self.hours * HOUR) / 1_000_000)
        self.groups, self.reminders = Groups(self.desk), Reminders(self.desk)
        self.group("board", members=("bo",))
        self.group(
            "deal-desk", members=("dora",), remind_after_hours=2, escalate_after_hours=5, escalate_to="groups/board"
        )
        step = Step(rule="deep", stage=1, approver="deal_desk")
        self.name = self.desk.change(ADMIN, Call(), Approval, lambda work: self._ask(work, step)).name

    def _ask(self, work: Work, step: Step) -> Approval:
        request = Approval(
            subject="nothing/at-all",
            requester="sam",
            barred=("sam",),
            steps=(step, replace(step, stage=2, approver="x")),
        )
        return work.save(opened(request, work.now, patience_of(work)), "ApprovalRequested")

    def group(self, chosen: str, **more: Any) -> None:
        self.groups.create(ADMIN, Call(), Group(**more), chosen)

    def due(self) -> list[str]:
        """What is due now is done; returns what that was."""
        now = self.desk.now()
        found = self.desk.documents.claim_due("t", now, now + 1)
        for name, what in found:
            self.reminders.do(ADMIN, Call(f"due#{what}-{self.hours}", ours=True), name, what)
            self.reminders.do(
                ADMIN, Call(f"due#{what}-{self.hours}", ours=True), name, what
            )  # a keeper died before it said so
        return sorted(what for _, what in found)

    def events(self) -> list[tuple[str, list[str]]]:
        told = [json.loads(event) for _, event in Outbox(self.desk.documents.redis).told("t", "0")]
        return [(one["type"], one["asked"]) for one in told if "asked" in one]

    def get(self) -> Approval:
        return self.desk.get(ADMIN, Approval, self.name)


@pytest.fixture
def waiting(running: EmbeddedStore) -> Waiting:
    return Waiting(running.url)


def test_reminders_and_escalation_come_at_their_times(waiting: Waiting) -> None:
    done: dict[int, list[str]] = {}
    for waiting.hours in range(32):
        if what := waiting.due():
            done[waiting.hours] = what
    # the board, asked at 5, is reminded as is usual: after a day
    assert done == {2: ["remind"], 4: ["remind"], 5: ["escalate"], 29: ["remind"]}
    assert waiting.events() == [
        ("ApprovalReminded", ["deal_desk"]), ("ApprovalReminded", ["deal_desk"]), ("ApprovalEscalated", ["board"]),
        ("ApprovalReminded", ["board", "deal_desk"]),
    ]  # fmt: skip
    assert waiting.get().waiting_for == ("board", "deal_desk")


def test_what_is_not_due_or_decided_is_refused(waiting: Waiting) -> None:
    with pytest.raises(Refused, match="nobody to remind"):
        waiting.reminders.do(ADMIN, Call(), waiting.name, "remind")
    decide(waiting, "dora", "reject")
    with pytest.raises(Refused, match="REJECTED: nobody is asked"):
        waiting.reminders.do(ADMIN, Call(), waiting.name, "remind")
    waiting.hours = 99
    assert waiting.due() == []


def test_who_is_asked_as_well_decides(waiting: Waiting) -> None:
    waiting.hours = 5
    waiting.due()
    first = decide(waiting, "bo", "approve").steps[0]
    assert (first.decided_by, first.also) == ("bo", ("board",))


def decide(waiting: Waiting, who: str, verb: str) -> Approval:
    context = Context("t", who, Role.APPROVER)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("engine.services.selling.approvals.ENDED", {"nothing": lambda *_: None})
        return Approvals(waiting.desk, cast(Any, None)).decide(context, Call(), waiting.name, verb, "said")


def test_who_leaves_the_group_while_they_decide_decides_nothing(
    waiting: Waiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = waiting.desk.documents.commit

    def after_they_left(*given: Any) -> Any:
        monkeypatch.setattr(waiting.desk.documents, "commit", commit)
        waiting.groups.update(ADMIN, Call(), "groups/deal-desk", lambda one: replace(one, members=()))
        return commit(*given)

    monkeypatch.setattr(waiting.desk.documents, "commit", after_they_left)
    with pytest.raises(Refused, match="waits for deal_desk"):
        decide(waiting, "dora", "approve")
    assert waiting.get().etag == 1


def test_groups_of_a_token_count(waiting: Waiting) -> None:
    token = Context("t", "tom", Role.APPROVER, groups=("deal-desk",))
    names = {way.approver for way in acting(waiting.desk.documents, token, waiting.desk.now()).ways}
    assert names == {"tom", "approver", "deal_desk"}
