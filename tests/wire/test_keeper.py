"""The keeper does what is due when its time has come, once, and comes back when it is killed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pypdfium2
import pytest

from quotient.v1 import approvers_pb2, approvers_pb2_grpc, events_pb2, events_pb2_grpc
from quotient.v1 import quotes_pb2 as pb
from tests.wire.selling import ADMIN, MANAGER, SELLER
from tests.wire.service import Service
from tests.wire.test_quotes import Selling, publish

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


def test_a_paper_is_of_the_day_that_its_price_and_its_validity_are_of(timed: Timed) -> None:
    """An evening in UTC is the next day in Amsterdam."""
    text = """price book evening "Evening"\n  currency EUR\n  units piece pieces\n  zone "Europe/Amsterdam"\n
product mug "A mug"\n  price 8 EUR per piece\n"""
    timed.clock.write_text(str(int(datetime(2027, 3, 10, 23, 30, tzinfo=UTC).timestamp())))
    publish(timed, text, ADMIN)
    quote = pb.Quote(
        account=timed.make().name, book="books/coupons", valid_days=1, entity=timed.seller(), language_code="en"
    )
    quote.options.add(option_id="one").lines.add(product="mug", quantity=1)
    draft = timed.quotes.CreateQuote(pb.CreateQuoteRequest(quote=quote), metadata=SELLER)
    timed.do("Submit", draft)
    sent = timed.do("Send", draft)
    assert (sent.pricing_date.day, sent.valid_until.day) == (11, 12)
    said = pypdfium2.PdfDocument(timed.paper(sent)[1])[0].get_textpage().get_text_bounded()
    assert "11 Mar" in said and "12 Mar" in said and "10 Mar" not in said, said
