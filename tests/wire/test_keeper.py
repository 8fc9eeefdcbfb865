"""The keeper does what is due when its time has come, once, and comes back when it is killed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from quotient.v1 import approvers_pb2, approvers_pb2_grpc, events_pb2, events_pb2_grpc
from quotient.v1 import quotes_pb2 as pb
from tests.wire.selling import MANAGER, SELLER
from tests.wire.service import Service
from tests.wire.test_quotes import Selling

pytestmark = pytest.mark.service


class Timed(Selling):
    """A service whose clock is a file."""

    def __init__(self, service: Service, clock: Path) -> None:
        super().__init__(service.channel())
        self.service, self.clock = service, clock
        self.events = events_pb2_grpc.EventsStub(service.channel())

    def pass_time(self, seconds: int) -> None:
        new = self.clock.with_suffix(".new")
        new.write_text(str(int(self.clock.read_text()) + seconds))
        new.rename(self.clock)

    def status(self, quote: pb.Quote) -> int:
        return self.quotes.GetQuote(pb.GetQuoteRequest(name=quote.name), metadata=SELLER).status

    def told(self, quote: pb.Quote) -> list[tuple[str, str]]:
        request = events_pb2.ListEventsRequest(page_size=1_000, subject_kinds=["quotes"])
        found = self.events.ListEvents(request, metadata=SELLER).events
        return [(one.type, one.by) for one in found if one.subject == quote.name]


@pytest.fixture
def timed(tmp_path: Path) -> Iterator[Timed]:
    clock = tmp_path / "clock"
    clock.write_text("1800000000")
    with Service(tmp_path / "data", workers=1, QUOTIENT_CLOCK_FILE=str(clock)) as service:
        yield Timed(service, clock)


def eventually(holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.05)
    return False


def test_a_quote_that_nobody_answers_expires_once(timed: Timed) -> None:
    sent, answered = timed.draft(valid_days=10), timed.draft(valid_days=10)
    for quote in (sent, answered):
        timed.do("Submit", quote)
        timed.do("Send", quote)
    timed.do("Accept", answered, option_id="basic", signer="Ann")
    timed.pass_time(9 * 24 * 3600)
    timed.service.kill(timed.service.keeper())
    assert timed.status(sent) == pb.Quote.SENT
    timed.pass_time(3 * 24 * 3600)
    assert eventually(lambda: timed.status(sent) == pb.Quote.EXPIRED)
    timed.pass_time(24 * 3600)
    timed.service.keeper()
    later = timed.draft(valid_days=1)
    timed.do("Submit", later)
    timed.do("Send", later)
    timed.pass_time(3 * 24 * 3600)
    assert eventually(lambda: timed.status(later) == pb.Quote.EXPIRED)
    assert timed.told(sent) == [
        ("QuoteCreated", "a-seller"), ("QuoteApproved", "a-seller"), ("QuoteSent", "a-seller"), ("QuoteExpired", "keeper"),
    ]  # fmt: skip
    assert timed.status(answered) == pb.Quote.ACCEPTED


def test_who_is_silent_is_reminded_and_then_others_are_asked(timed: Timed) -> None:
    groups = approvers_pb2_grpc.ApproverGroupsStub(timed.service.channel())
    for group_id, more in (
        ("board", {}),
        ("deal-desk", {"remind_after_hours": 2, "escalate_after_hours": 5, "escalate_to": "groups/board"}),
    ):
        group = approvers_pb2.Group(members=[group_id], **more)  # type: ignore[arg-type]
        groups.CreateGroup(approvers_pb2.CreateGroupRequest(group=group, group_id=group_id), metadata=MANAGER)
    waiting = timed.do("Submit", timed.draft(200, {"customer.segment": "enterprise"}))

    def told() -> list[str]:
        request = events_pb2.ListEventsRequest(page_size=1_000, subject_kinds=["approvals"])
        return [one.type for one in timed.events.ListEvents(request, metadata=SELLER).events]

    timed.pass_time(3 * 3600)
    assert eventually(lambda: told()[-1] == "ApprovalReminded")
    timed.pass_time(3 * 3600)
    assert eventually(lambda: "ApprovalEscalated" in told())
    timed.decide(waiting.approval, "board")
    assert timed.status(waiting) == pb.Quote.APPROVED
