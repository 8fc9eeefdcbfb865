"""Comments, revisions and the audit trail over the wire."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import grpc
import pytest

from engine.api.history import MESSAGES
from engine.lifecycle.kinds import KINDS
from quotient.v1 import accounts_pb2 as parties_pb
from quotient.v1 import history_pb2 as pb
from quotient.v1 import leads_pb2
from tests.wire.deals import Deals
from tests.wire.methods import reason_of
from tests.wire.selling import ADMIN, FINANCE, MANAGER, SELLER, as_role
from tests.wire.service import Service

pytestmark = pytest.mark.service


@pytest.fixture
def deals(service: Service) -> Iterator[Deals]:
    with service.channel() as channel:
        yield Deals(channel)


def refused(call: Any, *given: Any, metadata: Any = SELLER) -> str:
    with pytest.raises(grpc.RpcError) as error:
        call(*given, metadata=metadata)
    return error.value.code().name  # type: ignore[union-attr,no-any-return]


def reason(call: Any, request: Any, metadata: Any = SELLER) -> str:
    with pytest.raises(grpc.RpcError) as error:
        call(request, metadata=metadata)
    return reason_of(error.value)


def comment(parent: str, text: str = "Ann likes it", **more: Any) -> pb.AddCommentRequest:
    return pb.AddCommentRequest(comment=pb.Comment(parent=parent, text=text, **more), request_id=uuid.uuid4().hex)


def test_any_document_can_be_commented_on(deals: Deals) -> None:
    account = deals.make()
    deal = deals.deal(account=account.name)
    for parent in (account.name, deal.name, deals.lead().name, deals.task(deal.name).name):
        first = deals.comments.AddComment(comment(parent), metadata=SELLER)
        again = comment(parent, "yes", visible_to_customer=True)
        second = deals.comments.AddComment(again, metadata=as_role("approver"))
        assert deals.comments.AddComment(again, metadata=as_role("approver")) == second
        found = deals.comments.ListComments(pb.ListCommentsRequest(parent=parent), metadata=SELLER).comments
        assert list(found) == [second, first]
        assert (first.creator, second.visible_to_customer, first.visible_to_customer) == ("a-seller", True, False)
    assert deals.comments.AddComment(comment(deal.name), metadata=SELLER).account == account.name
    page = deals.comments.ListComments(pb.ListCommentsRequest(parent=deal.name, page_size=2), metadata=SELLER)
    rest = pb.ListCommentsRequest(parent=deal.name, page_size=2, page_token=page.next_page_token)
    assert len(deals.comments.ListComments(rest, metadata=SELLER).comments) == 1


@pytest.mark.parametrize(
    ("parent", "text", "role", "status"),
    [
        ("accounts/none", "x", "seller", "NOT_FOUND"), ("things/x", "x", "seller", "INVALID_ARGUMENT"),
        ("accounts/..", "x", "seller", "INVALID_ARGUMENT"), ("accounts/none", " ", "seller", "INVALID_ARGUMENT"),
        ("accounts/none", "x", "storefront", "PERMISSION_DENIED"), ("accounts/none", "x", "customer", "PERMISSION_DENIED"),
    ],
)  # fmt: skip
def test_a_comment_that_cannot_be_is_refused(deals: Deals, parent: str, text: str, role: str, status: str) -> None:
    assert refused(deals.comments.AddComment, comment(parent, text), metadata=as_role(role)) == status


def test_comments_of_another_tenant_are_none(deals: Deals) -> None:
    account = deals.make()
    other = as_role("administrator", tenant="other")
    assert refused(deals.comments.AddComment, comment(account.name), metadata=other) == "NOT_FOUND"
    for call, request in (
        (deals.comments.ListComments, pb.ListCommentsRequest(parent=account.name)),
        (deals.history.ListRevisions, pb.ListRevisionsRequest(name=account.name)),
    ):
        assert refused(call, request, metadata=other) == "NOT_FOUND"


def test_a_document_is_read_as_it_was(deals: Deals) -> None:
    made = deals.make()
    deals.accounts.BlockAccount(parties_pb.BlockAccountRequest(name=made.name, reason="late"), metadata=MANAGER)
    deals.accounts.UnblockAccount(parties_pb.UnblockAccountRequest(name=made.name), metadata=MANAGER)
    first = deals.history.ListRevisions(pb.ListRevisionsRequest(name=made.name, page_size=2), metadata=SELLER)
    assert [(one.etag, one.by) for one in first.revisions] == [("1", "a-seller"), ("2", "a-manager")]
    was, blocked = parties_pb.Account(), parties_pb.Account()
    assert first.revisions[0].document.Unpack(was) and first.revisions[1].document.Unpack(blocked)
    assert was == made and blocked.status == parties_pb.Account.BLOCKED
    rest = pb.ListRevisionsRequest(name=made.name, page_size=2, page_token=first.next_page_token)
    last = deals.history.ListRevisions(rest, metadata=SELLER)
    assert [one.etag for one in last.revisions] == ["3"] and not last.next_page_token
    wrong: dict[str, Any]
    for wrong, why in (
        ({"page_token": "x"}, "INVALID_PAGE_TOKEN"), ({"page_token": "0"}, "INVALID_PAGE_TOKEN"),
        ({"page_token": "\u0663"}, "INVALID_PAGE_TOKEN"), ({"page_size": -1}, "INVALID_PAGE_SIZE"),
    ):  # fmt: skip
        assert reason(deals.history.ListRevisions, pb.ListRevisionsRequest(name=made.name, **wrong)) == why
    assert refused(deals.history.ListRevisions, rest, metadata=as_role("storefront")) == "PERMISSION_DENIED"


def test_every_kind_of_document_is_said_on_the_wire() -> None:
    assert MESSAGES.keys() == KINDS.keys()


def test_the_trail_has_every_change_in_order_and_nothing_personal(deals: Deals) -> None:
    tenant = f"t-{uuid.uuid4().hex[:12]}"
    seller, finance = as_role("seller", tenant=tenant), as_role("finance", tenant=tenant)
    lead = deals.lead(seller, company="Secret & Sons")
    done = deals.leads.QualifyLead(leads_pb2.QualifyLeadRequest(name=lead.name), metadata=seller)
    deals.comments.AddComment(comment(done.opportunity, "Zoë is away"), metadata=seller)
    answers = list(deals.history.ExportAudit(pb.ExportAuditRequest(), metadata=finance))
    text = b"".join(one.lines for one in answers)
    told = [json.loads(line) for line in text.splitlines()]
    assert [one["event"]["type"] for one in told] == [
        "LeadCaptured", "AccountCreated", "OpportunityCreated", "LeadQualified", "CommentAdded",
    ]  # fmt: skip
    for one in told:
        assert (one["document"]["name"], one["document"]["etag"]) == (one["event"]["subject"], one["event"]["etag"])
    assert told[-1]["id"] == answers[-1].cursor
    company = {one["event"]["type"] for one in told if b"Secret" in json.dumps(one).encode()}
    assert company == {"AccountCreated"}, "a company that is a customer is not personal"
    assert all(word not in text for word in (b"Zo", b"Quarles", lead.person.email.encode()))
    after = pb.ExportAuditRequest(after=told[2]["id"])
    rest = b"".join(one.lines for one in deals.history.ExportAudit(after, metadata=finance))
    assert rest == b"".join(text.splitlines(keepends=True)[3:])


def test_the_trail_is_for_those_who_audit(deals: Deals) -> None:
    for role in ("seller", "manager", "approver", "storefront", "customer", "pricing_author"):
        with pytest.raises(grpc.RpcError) as error:
            list(deals.history.ExportAudit(pb.ExportAuditRequest(), metadata=as_role(role)))
        assert error.value.code() == grpc.StatusCode.PERMISSION_DENIED  # type: ignore[union-attr]
    for who in (ADMIN, FINANCE):
        stream = deals.history.ExportAudit(pb.ExportAuditRequest(), metadata=who)
        assert next(iter(stream)).lines
        stream.cancel()


@pytest.mark.parametrize("after", ["$", "\u0663", "99999999999999999999", "1-", "-1"])
def test_a_cursor_that_no_export_gave_is_refused(deals: Deals, after: str) -> None:
    export = lambda request, metadata: list(deals.history.ExportAudit(request, metadata=metadata))  # noqa: E731
    assert reason(export, pb.ExportAuditRequest(after=after), metadata=ADMIN) == "INVALID_EVENT_ID"
