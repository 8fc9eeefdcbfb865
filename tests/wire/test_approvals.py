"""Who approves over the wire: groups, delegations that begin and end, each one's queue, and what they weigh."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from quotient.v1 import approvals_pb2 as pb
from quotient.v1 import approvers_pb2, approvers_pb2_grpc, quotes_pb2
from tests.wire.selling import ADMIN, MANAGER, SELLER, as_role
from tests.wire.service import Service
from tests.wire.test_parties import refused
from tests.wire.test_quotes import FACTS, Selling, option

pytestmark = pytest.mark.service
DAY = 24 * 3600
S = quotes_pb2.Quote


class Clock:
    """A time that passes when it is told to."""

    def __init__(self, file: Path) -> None:
        self.file, self.now = file, int(time.time())
        self.on(0)

    def on(self, seconds: int) -> None:
        self.now += seconds
        fresh = self.file.with_suffix(".new")
        fresh.write_text(str(self.now))
        fresh.replace(self.file)

    def at(self, seconds: int) -> Timestamp:
        """A time so long from now."""
        return Timestamp(seconds=self.now + seconds)


class Approving(Selling):
    """Stubs of approvers too; the principals of a test are its own."""

    def __init__(self, channel: grpc.Channel, clock: Clock) -> None:
        super().__init__(channel)
        self.clock, self.unique = clock, uuid.uuid4().hex[:8]
        self.groups = approvers_pb2_grpc.ApproverGroupsStub(channel)
        self.delegations = approvers_pb2_grpc.DelegationsStub(channel)

    def who(self, name: str) -> str:
        return f"{name}-{self.unique}"

    def as_(self, name: str, role: str = "approver") -> Any:
        return as_role(role, self.who(name))

    def group(self, group_id: str, *members: str, **more: Any) -> approvers_pb2.Group:
        """A group that has these members, now."""
        group = approvers_pb2.Group(members=[self.who(one) for one in members], **more)
        try:
            request = approvers_pb2.CreateGroupRequest(group=group, group_id=group_id)
            return self.groups.CreateGroup(request, metadata=MANAGER)
        except grpc.RpcError:
            group.name = f"groups/{group_id}"
            return self.groups.UpdateGroup(approvers_pb2.UpdateGroupRequest(group=group), metadata=MANAGER)

    def delegate(self, delegator: str, delegate: str, who: Any = None, **more: Any) -> approvers_pb2.Delegation:
        said: dict[str, Any] = {"end_time": self.clock.at(DAY)} | more
        one = approvers_pb2.Delegation(delegator=self.who(delegator), delegate=self.who(delegate), **said)
        request = approvers_pb2.CreateDelegationRequest(delegation=one)
        return self.delegations.CreateDelegation(request, metadata=who or self.as_(delegator))

    def queue(self, name: str, role: str = "approver", **more: Any) -> pb.ListMyApprovalsResponse:
        return self.approvals.ListMyApprovals(pb.ListMyApprovalsRequest(**more), metadata=self.as_(name, role))

    def deep(self, seats: int = 200, metadata: Any = SELLER, **more: Any) -> quotes_pb2.Quote:
        """A quote that waits for the deal desk."""
        return self.do("Submit", self.draft(seats, {"customer.segment": "enterprise"}, metadata, **more), metadata)

    def get(self, approval: str, metadata: Any = MANAGER) -> pb.Approval:
        return self.approvals.GetApproval(pb.GetApprovalRequest(name=approval), metadata=metadata)

    def may(self, approval: str, name: str, verb: str = "Approve") -> str:
        """APPROVED and so on, or why not."""
        request = getattr(pb, f"{verb}Request")(name=approval, comment="said")
        try:
            made = getattr(self.approvals, verb)(request, metadata=self.as_(name))
        except grpc.RpcError as error:
            return str(error.details())  # type: ignore[attr-defined]
        return pb.Approval.Status.Name(made.status)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, Clock]]:
    folder = tmp_path_factory.mktemp("approvals")
    clock = Clock(folder / "clock")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "QUOTIENT_CLOCK_FILE", str(clock.file))
        with Service(folder / "data") as service:
            yield service, clock


@pytest.fixture
def approving(running: tuple[Service, Clock]) -> Iterator[Approving]:
    service, clock = running
    with service.channel() as channel:
        made = Approving(channel, clock)
        made.group("deal-desk", "dora", "dirk")
        yield made


def test_the_members_of_a_group_decide(approving: Approving) -> None:
    waiting = approving.deep()
    assert waiting.status == S.IN_APPROVAL
    assert "waits for deal_desk" in approving.may(waiting.approval, "nobody")
    assert approving.may(waiting.approval, "dora") == "APPROVED"
    (step,) = approving.get(waiting.approval).steps
    assert (step.approver, step.decided_by, step.on_behalf_of) == ("deal_desk", approving.who("dora"), "")


def test_who_left_a_group_decides_no_more(approving: Approving) -> None:
    waiting = approving.deep()
    approving.group("deal-desk", "dirk")
    assert "waits for deal_desk" in approving.may(waiting.approval, "dora")
    assert approving.queue("dora").total_size == 0 and approving.queue("dirk").total_size > 0


def test_a_queue_has_what_waits_the_oldest_first(approving: Approving) -> None:
    approving.group("deal-desk", "quinn")
    before = approving.queue("quinn").total_size
    made = []
    for seats in (200, 210, 220):
        approving.clock.on(60)
        made.append(approving.deep(seats, display_name=f"{seats} seats").approval)
    first = approving.queue("quinn", page_size=before + 2)
    second = approving.queue("quinn", page_size=before + 2, page_token=first.next_page_token)
    rows = [*first.approvals, *second.approvals]
    assert [one.approval.name for one in rows[-3:]] == made and not second.next_page_token
    assert (first.total_size, first.queues[0].size) == (before + 3, before + 3)
    assert (first.queues[0].way.approver, first.queues[0].way.on_behalf_of) == ("deal_desk", "")
    last = rows[-1]
    assert (last.approval.title, last.account_display_name, last.wait_time.seconds) == (
        "220 seats", "Acme BV", approving.clock.now,
    )  # fmt: skip
    assert list(last.approval.reasons) == ["deep_discount: Board policy 7"]
    (figures,) = last.approval.figures
    assert figures.currency_code == "EUR" and figures.totals and figures.now.discount_micros > 150_000
    assert [one.product for one in figures.products] == ["seat"]
    approving.decide(made[0], approving.who("quinn"))
    assert approving.queue("quinn").total_size == before + 2
    wrong = pb.ListMyApprovalsRequest(page_token="?")
    assert refused(approving.approvals.ListMyApprovals, wrong, metadata=MANAGER)[0] == grpc.StatusCode.INVALID_ARGUMENT
    assert refused(approving.approvals.ListMyApprovals, pb.ListMyApprovalsRequest())[0].name == "PERMISSION_DENIED"


def test_one_s_own_deal_is_in_no_queue(approving: Approving) -> None:
    approving.group("deal-desk", "max", "dora")
    before = approving.queue("max", "manager").total_size
    waiting = approving.deep(metadata=approving.as_("max", "manager"))
    assert approving.queue("max", "manager").total_size == before
    assert approving.queue("dora").total_size == before + 1
    assert "made this deal" in approving.may(waiting.approval, "max")
    approving.delegate("max", "eve", who=ADMIN)
    assert waiting.approval not in [one.approval.name for one in approving.queue("eve", page_size=1_000).approvals]
    assert "made this deal" in approving.may(waiting.approval, "eve")


def test_a_delegate_decides_for_a_while(approving: Approving) -> None:
    waiting, other = approving.deep(), approving.deep()
    approving.delegate("dora", "eve", start_time=approving.clock.at(3600), reason="away")
    approving.delegate("eve", "finn")
    assert "waits for deal_desk" in approving.may(waiting.approval, "eve")
    approving.clock.on(3600)
    queue = approving.queue("eve", page_size=1_000)
    mine = next(one for one in queue.approvals if one.approval.name == waiting.approval)
    assert [(one.approver, one.on_behalf_of) for one in mine.ways] == [("deal_desk", approving.who("dora"))]
    assert "waits for deal_desk" in approving.may(waiting.approval, "finn")  # nothing is handed on
    assert approving.may(waiting.approval, "eve") == "APPROVED"
    (step,) = approving.get(waiting.approval).steps
    assert (step.decided_by, step.on_behalf_of) == (approving.who("eve"), approving.who("dora"))
    approving.clock.on(DAY)
    assert "waits for deal_desk" in approving.may(other.approval, "eve")
    assert approving.queue("eve").total_size == 0


def test_a_delegation_that_is_revoked_is_over(approving: Approving) -> None:
    waiting = approving.deep()
    made = approving.delegate("dora", "eve")
    request = approvers_pb2.RevokeDelegationRequest(name=made.name)
    assert refused(approving.delegations.RevokeDelegation, request, metadata=MANAGER)[0].name == "PERMISSION_DENIED"
    ended = approving.delegations.RevokeDelegation(request, metadata=approving.as_("dora"))
    assert ended.status == approvers_pb2.Delegation.REVOKED
    assert "waits for deal_desk" in approving.may(waiting.approval, "eve")
    again = refused(approving.delegations.RevokeDelegation, request, metadata=ADMIN)
    assert again[0] == grpc.StatusCode.FAILED_PRECONDITION


def test_a_role_is_left_to_another_by_who_has_it(approving: Approving) -> None:
    """The saas book's second and third stage are legal and finance."""
    waiting = approving.do("Submit", approving.draft(200, FACTS))
    assert approving.may(waiting.approval, "dora") == "PENDING"
    approving.decide(waiting.approval, "legal")
    approving.delegate("fay", "gus", who=approving.as_("fay", "finance"))
    assert approving.may(waiting.approval, "gus") == "APPROVED"
    assert approving.get(waiting.approval).steps[-1].on_behalf_of == approving.who("fay")


def test_only_one_s_own_decisions_are_left_to_another(approving: Approving) -> None:
    for delegator, delegate, who, more, code in (
        ("dora", "eve", MANAGER, {}, "PERMISSION_DENIED"),
        ("dora", "eve", SELLER, {}, "PERMISSION_DENIED"),
        ("dora", "dora", None, {}, "INVALID_ARGUMENT"),
        ("dora", "eve", None, {"end_time": approving.clock.at(-1)}, "INVALID_ARGUMENT"),
        ("dora", "eve", None, {"end_time": approving.clock.at(367 * DAY)}, "INVALID_ARGUMENT"),
    ):
        with pytest.raises(grpc.RpcError) as error:
            approving.delegate(delegator, delegate, who, **more)
        assert error.value.code().name == code  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"remind_after_hours": -2}, "remind_after_hours"),
        ({"escalate_after_hours": 9_999}, "escalate_after_hours"),
        ({"members": [""]}, "members"),
        ({"escalate_to": "groups/deal-desk"}, "escalate_to"),
        ({"escalate_to": "groups/nobody"}, "escalate_to"),
        ({"escalate_to": "deal_desk"}, "escalate_to"),
    ],
)
def test_a_group_that_cannot_be_is_refused(approving: Approving, more: dict[str, Any], field: str) -> None:
    group = approvers_pb2.Group(name="groups/deal-desk", **more)
    with pytest.raises(grpc.RpcError) as error:
        approving.groups.UpdateGroup(approvers_pb2.UpdateGroupRequest(group=group), metadata=MANAGER)
    details = dict(error.value.trailing_metadata())["grpc-status-details-bin"]  # type: ignore[union-attr]
    assert f"group.{field}".encode() in details


def test_a_group_by_the_name_in_the_book_is_told_what_ids_are_made_of(approving: Approving) -> None:
    request = approvers_pb2.CreateGroupRequest(group=approvers_pb2.Group(), group_id="deal_desk")
    code, said = refused(approving.groups.CreateGroup, request, metadata=MANAGER)
    assert (code.name, "`groups/deal_desk`" in said) == ("INVALID_ARGUMENT", True)
    assert "1 to 63 of a-z, 0-9 and -, " in said


def test_groups_are_kept_by_managers(approving: Approving) -> None:
    request = approvers_pb2.CreateGroupRequest(group=approvers_pb2.Group(), group_id="sales")
    for who in (SELLER, as_role("approver"), as_role("pricing_author")):
        assert refused(approving.groups.CreateGroup, request, metadata=who)[0].name == "PERMISSION_DENIED"
    listed = approvers_pb2.ListGroupsRequest(filter=f"members = {approving.who('dora')}")
    (found,) = approving.groups.ListGroups(listed, metadata=as_role("approver")).groups
    assert (found.name, found.remind_after_hours) == ("groups/deal-desk", 0)
    assert not approving.groups.ListGroups(listed, metadata=as_role("approver", tenant="other")).groups


def test_what_was_approved_stands_beside_what_is_asked(approving: Approving) -> None:
    waiting = approving.deep(200)
    assert not approving.get(waiting.approval).figures[0].HasField("before")
    approving.may(waiting.approval, "dora")
    revised = approving.do("Revise", waiting)
    change = quotes_pb2.Quote(name=revised.name, options=[option("basic", 200), option("large", 300)], net_days=90)
    approving.quotes.UpdateQuote(quotes_pb2.UpdateQuoteRequest(quote=change), metadata=SELLER)
    asked = approving.get(approving.do("Submit", revised).approval)
    basic, large = asked.figures
    assert (basic.now, basic.net_days, basic.before_net_days) == (basic.before, 90, 0)
    assert not large.HasField("before") and large.now.list_amount_micros > basic.now.list_amount_micros
    assert asked.subject_version == 2 and "option large: it is new" in asked.reasons


def test_margins_are_seen_by_those_who_see_costs(approving: Approving) -> None:
    waiting = approving.deep()
    seen, hidden = (approving.get(waiting.approval, who).figures[0] for who in (MANAGER, SELLER))
    assert seen.now.HasField("margin_micros") and seen.products[0].now.cost_amount_micros > 0
    assert not hidden.now.HasField("margin_micros") and not hidden.products[0].now.HasField("cost_amount_micros")
    assert hidden.now.discount_micros == seen.now.discount_micros
    listed = pb.ListApprovalsRequest(filter=f'subject = "{waiting.name}"')
    assert approving.approvals.ListApprovals(listed, metadata=SELLER).approvals[0].figures[0] == hidden


def test_another_account_s_approval_does_not_count(approving: Approving) -> None:
    waiting = approving.deep()
    approving.may(waiting.approval, "dora")
    approving.do("Recall", waiting)
    assert approving.do("Submit", waiting).status == S.APPROVED  # nothing has changed
    approving.do("Recall", waiting)
    account = approving.make(facts={"customer.segment": "enterprise"}).name
    asked = approving.do("Submit", approving.do("Clone", waiting, account=account))
    assert (asked.status, asked.account) == (S.IN_APPROVAL, account)


def test_a_quote_s_request_is_withdrawn_with_the_quote(approving: Approving) -> None:
    waiting = approving.deep()
    request = pb.CancelApprovalRequest(name=waiting.approval)
    code, said = refused(approving.approvals.CancelApproval, request)
    assert code == grpc.StatusCode.FAILED_PRECONDITION and "RecallQuote" in said
    assert refused(approving.approvals.CancelApproval, request, metadata=MANAGER)[0].name == "PERMISSION_DENIED"
    approving.do("Recall", waiting)
    assert approving.get(waiting.approval).status == pb.Approval.CANCELLED


def test_a_pricing_author_sees_what_asks_them(approving: Approving) -> None:
    waiting = approving.deep()
    author = as_role("pricing_author", approving.who("dora"))
    assert approving.get(waiting.approval, author).name == waiting.approval
    for who in (as_role("pricing_author"), as_role("storefront"), as_role("customer")):
        assert refused(approving.approvals.GetApproval, pb.GetApprovalRequest(name=waiting.approval), metadata=who)[
            0
        ] == (grpc.StatusCode.PERMISSION_DENIED)
