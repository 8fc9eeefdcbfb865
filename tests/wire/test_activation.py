"""A second pair of eyes for activations over the wire: who agrees, what is made then and at once, and what may be done without."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.type.date_pb2 import Date

from quotient.v1 import approvals_pb2, approvals_pb2_grpc, books_pb2, books_pb2_grpc, pricing_pb2, pricing_pb2_grpc
from tests.simulation.service import book
from tests.wire.selling import as_role
from tests.wire.service import Service
from tests.wire.test_parties import refused

pytestmark = pytest.mark.service
A = approvals_pb2.Approval


class Shop:
    """A tenant of its own, whose only book is published by pat; it wants a second pair of eyes."""

    def __init__(self, channel: grpc.Channel) -> None:
        self.tenant = f"t-{uuid.uuid4().hex[:12]}"
        self.books = books_pb2_grpc.BooksStub(channel)
        self.approvals = approvals_pb2_grpc.ApprovalsStub(channel)
        self.pricing = pricing_pb2_grpc.PricingStub(channel)
        self.first, self.second = self.publish(10), self.publish(20)
        self.books.Activate(books_pb2.ActivateRequest(name=self.first), metadata=self.as_("pat"))
        self.policy(second_pair_of_eyes=True)

    def as_(self, who: str, role: str = "pricing_author") -> Any:
        return as_role(role, who, self.tenant)

    @property
    def admin(self) -> Any:
        return self.as_("root", "administrator")

    def policy(self, **said: Any) -> books_pb2.BookPolicy:
        request = books_pb2.UpdateBookPolicyRequest(policy=books_pb2.BookPolicy(**said))
        return self.books.UpdateBookPolicy(request, metadata=self.admin)

    def publish(self, cents: int, who: str = "pat") -> str:
        chunk = books_pb2.FileChunk(path="book.quo", content=book(cents).encode())
        request = books_pb2.PublishRequest(book="books/shop", chunk=chunk)
        return str(self.books.Publish(iter([request]), metadata=self.as_(who)).name)

    def ask(self, who: str = "ann", **more: Any) -> A:
        request = books_pb2.RequestActivationRequest(name=self.second, **more)
        return self.books.RequestActivation(request, metadata=self.as_(who))

    def decide(self, request: A, who: str, verb: str = "Approve", role: str = "pricing_author", **more: Any) -> A:
        said = getattr(approvals_pb2, f"{verb}Request")(name=request.name, comment="seen", **more)
        return getattr(self.approvals, verb)(said, metadata=self.as_(who, role))

    def price(self) -> int:
        """Of a mug, in cents over 8.00."""
        quote = pricing_pb2.PriceQuoteRequest(lines=[pricing_pb2.QuoteLine(product="mug", quantity=1)])
        answer = self.pricing.PriceQuote(quote, metadata=self.as_("sam", "seller"))
        return int(answer.lines[0].net_amount_micros // 10_000 - 800)

    def get(self) -> books_pb2.Book:
        return self.books.Get(books_pb2.GetRequest(name="books/shop"), metadata=self.admin)


@pytest.fixture
def shop(service: Service) -> Iterator[Shop]:
    with service.channel() as channel:
        yield Shop(channel)


def why(error: pytest.ExceptionInfo[grpc.RpcError]) -> tuple[str, str]:
    return error.value.code().name, error.value.details()  # type: ignore[attr-defined]


def test_a_version_answers_when_another_agrees(shop: Shop) -> None:
    direct = books_pb2.ActivateRequest(name=shop.second)
    code, said = refused(shop.books.Activate, direct, metadata=shop.as_("ann"))
    assert code == grpc.StatusCode.FAILED_PRECONDITION and "RequestActivation" in said
    asked = shop.ask(comment="The new year")
    assert (asked.status, asked.subject, list(asked.reasons)) == (A.PENDING, shop.second, ["The new year"])
    assert (list(asked.waiting_for), list(asked.barred)) == (["pricing_author"], ["ann", "pat"])
    for maker in ("ann", "pat"):  # who asks, and who published it
        with pytest.raises(grpc.RpcError) as error:
            shop.decide(asked, maker)
        assert why(error) == ("PERMISSION_DENIED", f"{maker} made this deal, and so cannot decide on it: another must")
    assert shop.price() == 10
    assert shop.decide(asked, "bob").status == A.APPROVED
    assert shop.price() == 20  # at once, on every worker
    last = shop.get().activations[-1]
    assert (last.version, last.author, last.approval, last.reason) == (shop.second, "ann", asked.name, "")


def test_it_stands_in_the_queue_of_those_who_are_asked(shop: Shop) -> None:
    asked = shop.ask()
    mine = approvals_pb2.ListMyApprovalsRequest()
    found = {who: shop.approvals.ListMyApprovals(mine, metadata=shop.as_(who)) for who in ("ann", "bob")}
    assert (found["ann"].total_size, [one.approval.name for one in found["bob"].approvals]) == (0, [asked.name])
    assert shop.approvals.GetApproval(approvals_pb2.GetApprovalRequest(name=asked.name), metadata=shop.as_("eve"))


def test_agreeing_twice_activates_once(shop: Shop) -> None:
    asked = shop.ask(request_id="one")
    assert shop.ask(request_id="one") == asked
    done = shop.decide(asked, "bob", request_id="two")
    assert shop.decide(asked, "bob", request_id="two") == done
    with pytest.raises(grpc.RpcError, match="APPROVED cannot be told to approve"):
        shop.decide(asked, "bob")
    assert [one.approval for one in shop.get().activations] == ["", asked.name]


def test_a_date_is_kept_until_it_is_agreed_to(shop: Shop) -> None:
    asked = shop.ask(from_date=Date(year=2090, month=1, day=2))
    assert asked.from_date.year == 2090
    shop.decide(asked, "bob")
    assert shop.get().activations[-1].from_date == asked.from_date and shop.price() == 10


def test_what_is_rejected_or_withdrawn_activates_nothing(shop: Shop) -> None:
    assert shop.decide(shop.ask(), "bob", "Reject").status == A.REJECTED
    asked = shop.ask()
    cancel = approvals_pb2.CancelApprovalRequest(name=asked.name)
    assert refused(shop.approvals.CancelApproval, cancel, metadata=shop.as_("bob"))[0].name == "PERMISSION_DENIED"
    assert shop.approvals.CancelApproval(cancel, metadata=shop.as_("ann")).status == A.CANCELLED
    with pytest.raises(grpc.RpcError, match="CANCELLED cannot be told to approve"):
        shop.decide(asked, "bob")
    assert shop.price() == 10 and len(shop.get().activations) == 1


def test_what_was_asked_before_the_book_was_changed_overwrites_nothing(shop: Shop) -> None:
    early = shop.ask()
    newer = shop.publish(30)
    done = books_pb2.ActivateRequest(name=newer, reason="The prices of the new year")
    shop.books.Activate(done, metadata=shop.admin)
    with pytest.raises(grpc.RpcError) as error:
        shop.decide(early, "bob")
    code, said = why(error)
    assert code == "FAILED_PRECONDITION" and "the book was changed since this was asked" in said and "ask anew" in said
    assert shop.price() == 30
    get = approvals_pb2.GetApprovalRequest(name=early.name)
    assert shop.approvals.GetApproval(get, metadata=shop.as_("ann")).status == A.PENDING
    assert shop.decide(early, "bob", "Reject").status == A.REJECTED
    assert shop.decide(shop.ask(), "bob").status == A.APPROVED
    assert shop.price() == 20


def test_a_rollback_asks_nobody(shop: Shop) -> None:
    shop.decide(shop.ask(), "bob")
    shop.books.Rollback(books_pb2.RollbackRequest(name="books/shop"), metadata=shop.as_("ann"))
    assert shop.price() == 10


def test_an_administrator_who_cannot_wait_says_why(shop: Shop) -> None:
    reason = "Every price is wrong"
    request = books_pb2.ActivateRequest(name=shop.second, reason=reason)
    code, said = refused(shop.books.Activate, request, metadata=shop.as_("ann"))
    assert (code, "reason" in said) == (grpc.StatusCode.FAILED_PRECONDITION, False)
    request.reason = " "
    assert "say a `reason`" in refused(shop.books.Activate, request, metadata=shop.admin)[1]
    request.reason = reason
    done = shop.books.Activate(request, metadata=shop.admin)
    assert (done.activations[-1].reason, shop.price()) == (reason, 20)


def test_the_policy_says_who_is_asked(shop: Shop) -> None:
    kept = shop.policy(second_pair_of_eyes=True, approver="finance")
    assert (kept.name, kept.etag, kept.approver) == ("policies/books", "2", "finance")
    asked = shop.ask()
    with pytest.raises(grpc.RpcError, match="waits for finance"):
        shop.decide(asked, "bob")
    assert shop.decide(asked, "fay", role="finance").status == A.APPROVED


def test_the_policy_is_kept_by_administrators_and_for_one_tenant(shop: Shop) -> None:
    get = books_pb2.GetBookPolicyRequest()
    other = as_role("administrator", "root", "another")
    assert not shop.books.GetBookPolicy(get, metadata=other).second_pair_of_eyes
    assert shop.books.GetBookPolicy(get, metadata=shop.as_("ann")).second_pair_of_eyes
    off = books_pb2.UpdateBookPolicyRequest(policy=books_pb2.BookPolicy(etag="7"))
    assert refused(shop.books.UpdateBookPolicy, off, metadata=shop.as_("ann"))[0].name == "PERMISSION_DENIED"
    assert refused(shop.books.UpdateBookPolicy, off, metadata=shop.admin)[0].name == "ABORTED"
    shop.policy(second_pair_of_eyes=False)
    shop.books.Activate(books_pb2.ActivateRequest(name=shop.second), metadata=shop.as_("ann"))
    assert shop.price() == 20


def test_what_is_not_there_is_not_asked_for(shop: Shop) -> None:
    unknown = books_pb2.RequestActivationRequest(name=f"books/shop/versions/{'0' * 32}")
    assert refused(shop.books.RequestActivation, unknown, metadata=shop.as_("ann"))[0] == grpc.StatusCode.NOT_FOUND
    stale = books_pb2.RequestActivationRequest(name=shop.second, etag="9")
    assert refused(shop.books.RequestActivation, stale, metadata=shop.as_("ann"))[0] == grpc.StatusCode.ABORTED
    seller = shop.as_("sam", "seller")
    assert refused(shop.books.RequestActivation, stale, metadata=seller)[0] == grpc.StatusCode.PERMISSION_DENIED
