"""Quotes over the wire: from draft to answer, what is asked for approval and what is not, versions, coupons, who may what."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from quotient.v1 import (
    accounts_pb2,
    approvals_pb2,
    approvals_pb2_grpc,
    books_pb2,
    books_pb2_grpc,
    offers_pb2,
    offers_pb2_grpc,
    opportunities_pb2,
    opportunities_pb2_grpc,
    pricing_pb2,
    quotes_pb2_grpc,
)
from quotient.v1 import quotes_pb2 as pb
from tests.wire.selling import ADMIN, MANAGER, SELLER, Parties, as_role, received
from tests.wire.service import Service
from tests.wire.test_parties import refused

pytestmark = pytest.mark.service
S = pb.Quote
FACTS = {"customer.segment": "enterprise", "customer.account": "ACME", "customer.lifetime_spend": "25_000 EUR"}


class Selling(Parties):
    """Stubs of the selling half, and quotes of the saas book."""

    def __init__(self, channel: grpc.Channel) -> None:
        super().__init__(channel)
        self.quotes = quotes_pb2_grpc.QuotesStub(channel)
        self.approvals = approvals_pb2_grpc.ApprovalsStub(channel)
        self.offers = offers_pb2_grpc.OffersStub(channel)
        self.books = books_pb2_grpc.BooksStub(channel)

    def draft(
        self, seats: int = 20, facts: dict[str, str] | None = None, metadata: Any = SELLER, **more: Any
    ) -> pb.Quote:
        account = self.make(facts={"customer.segment": "mid_market"} if facts is None else facts).name
        return self.create(account, [option("basic", seats)], metadata, **more)

    def create(self, account: str, options: list[pb.QuoteOption], metadata: Any = SELLER, **more: Any) -> pb.Quote:
        more.setdefault("entity", self.seller(metadata))
        quote = pb.Quote(account=account, book="books/saas", facts={"quote.term": "12 months"}, options=options, **more)
        return self.quotes.CreateQuote(pb.CreateQuoteRequest(quote=quote), metadata=metadata)

    def seller(self, metadata: Any = ADMIN) -> str:
        """The tenant's legal entity of this name."""
        entity = accounts_pb2.LegalEntity(
            legal_name="Quotient BV", address=accounts_pb2.Address(city="Utrecht", country_code="NL")
        )
        request = accounts_pb2.CreateLegalEntityRequest(
            entity=entity, entity_id="default", request_id="the-default-entity"
        )
        admin = as_role("administrator", "setup", dict(metadata)["x-quotient-tenant"])
        return self.entities.CreateLegalEntity(request, metadata=admin).name

    def do(self, verb: str, quote: pb.Quote | str, metadata: Any = SELLER, **more: Any) -> pb.Quote:
        name = quote if isinstance(quote, str) else quote.name
        request = getattr(pb, f"{verb}QuoteRequest")(name=name, **more)
        return getattr(self.quotes, f"{verb}Quote")(request, metadata=metadata)

    def paper(self, quote: pb.Quote, version: int = 0, metadata: Any = SELLER) -> tuple[pb.QuoteDocument, bytes]:
        """Its paper, whole."""
        request = pb.GetQuoteDocumentRequest(name=quote.name, version=version)
        return received(self.quotes.GetQuoteDocument(request, metadata=metadata))

    def decide(
        self, approval: str, who: str, verb: str = "Approve", role: str = "approver", comment: str = "well"
    ) -> Any:
        request = getattr(approvals_pb2, f"{verb}Request")(name=approval, comment=comment)
        return getattr(self.approvals, verb)(request, metadata=as_role(role, who))


def publish(selling: Selling, text: str, metadata: Any) -> None:
    """The tenant's only book."""
    chunk = books_pb2.FileChunk(path="book.quo", content=text.encode())
    version = selling.books.Publish(
        iter([books_pb2.PublishRequest(book="books/coupons", chunk=chunk)]), metadata=metadata
    ).name
    selling.books.Activate(books_pb2.ActivateRequest(name=version), metadata=metadata)


def option(option_id: str, seats: int) -> pb.QuoteOption:
    line = pricing_pb2.QuoteLine(product="seat", quantity=seats)
    return pb.QuoteOption(option_id=option_id, lines=[line])


@pytest.fixture
def selling(service: Service) -> Iterator[Selling]:
    with service.channel() as channel:
        yield Selling(channel)


def test_a_quote_goes_from_draft_to_accepted(selling: Selling) -> None:
    draft = selling.draft()
    assert (draft.status, draft.version, draft.currency_code, draft.number[:2]) == (S.DRAFT, 1, "EUR", "Q-")
    assert draft.options[0].complete and draft.options[0].price.lines[0].product == "seat"
    assert draft.account_facts["customer.segment"] == "mid_market"
    approved = selling.do("Submit", draft)
    assert (approved.status, approved.approval) == (S.APPROVED, "")
    sent = selling.do("Send", draft)
    assert sent.status == S.SENT and sent.expire_time.seconds > sent.send_time.seconds
    accepted = selling.do("Accept", draft, option_id="basic", signer="Ann")
    assert (accepted.status, accepted.acceptance.option_id, accepted.acceptance.signer) == (S.ACCEPTED, "basic", "Ann")
    assert accepted.options[0].price == draft.options[0].price


def test_a_price_stays_the_same_under_its_pin(selling: Selling) -> None:
    draft = selling.draft()
    again = selling.do("Reprice", draft)
    assert again.options[0].price.SerializeToString() == draft.options[0].price.SerializeToString()
    assert again.etag == "2"


def test_the_approvals_of_the_book_are_asked_in_their_order(selling: Selling) -> None:
    waiting = selling.do("Submit", selling.draft(200, FACTS))
    assert waiting.status == S.IN_APPROVAL
    request = selling.approvals.GetApproval(approvals_pb2.GetApprovalRequest(name=waiting.approval), metadata=MANAGER)
    assert list(request.waiting_for) == ["deal_desk"]
    with pytest.raises(grpc.RpcError, match="waits for deal_desk"):
        selling.decide(waiting.approval, "someone")
    with pytest.raises(grpc.RpcError, match="made this deal"):
        selling.decide(waiting.approval, "a-seller", role="manager")
    assert list(selling.decide(waiting.approval, "deal_desk").waiting_for) == ["legal"]
    assert list(selling.decide(waiting.approval, "legal").waiting_for) == ["finance"]
    decided = selling.decide(waiting.approval, "finance")
    assert decided.status == approvals_pb2.Approval.APPROVED and decided.steps[0].decided_by == "deal_desk"
    assert selling.do("Send", waiting).status == S.SENT


def test_a_rejected_quote_says_why_and_is_a_draft_again_when_it_changes(selling: Selling) -> None:
    waiting = selling.do("Submit", selling.draft(200, FACTS))
    selling.decide(waiting.approval, "deal_desk", "Reject", comment="too cheap")
    found = selling.quotes.GetQuote(pb.GetQuoteRequest(name=waiting.name), metadata=SELLER)
    assert (found.status, found.status_reason) == (S.REJECTED, "too cheap")
    with pytest.raises(grpc.RpcError, match="cannot be told to send"):
        selling.do("Send", waiting)
    change = pb.Quote(name=waiting.name, options=[option("basic", 5)])
    changed = selling.quotes.UpdateQuote(pb.UpdateQuoteRequest(quote=change), metadata=SELLER)
    assert (changed.status, changed.status_reason) == (S.DRAFT, "")


def test_approval_is_asked_again_only_when_the_deal_is_worse(selling: Selling) -> None:
    waiting = selling.do("Submit", selling.draft(200, {"customer.segment": "enterprise"}))
    selling.decide(waiting.approval, "deal_desk")
    revised = selling.do("Revise", waiting)
    assert (revised.status, revised.version, revised.versions[0].version) == (S.DRAFT, 2, 1)
    for seats in (60, 300):  # a smaller discount, then that of before
        change = pb.Quote(name=revised.name, options=[option("basic", seats)])
        selling.quotes.UpdateQuote(pb.UpdateQuoteRequest(quote=change), metadata=SELLER)
        assert selling.do("Submit", revised).status == S.APPROVED
        selling.do("Revise", revised)
    later = pb.Quote(name=revised.name, net_days=90)
    selling.quotes.UpdateQuote(pb.UpdateQuoteRequest(quote=later), metadata=SELLER)
    asked = selling.do("Submit", revised)
    assert (asked.status, list(asked.approval_reasons)) == (
        S.IN_APPROVAL, ["option basic: it is paid after 90 days instead of 0"],
    )  # fmt: skip


@pytest.mark.parametrize("by", ["valid_days", "valid_until"])
def test_who_agreed_to_a_month_is_asked_for_years(selling: Selling, by: str) -> None:
    waiting = selling.do("Submit", selling.draft(200, {"customer.segment": "enterprise"}))
    selling.decide(waiting.approval, "deal_desk")
    selling.do("Revise", waiting)

    def until(days: int) -> Any:
        end = date.today() + timedelta(days)
        return days if by == "valid_days" else {"year": end.year, "month": end.month, "day": end.day}

    for days, status in ((20, S.APPROVED), (3_000, S.IN_APPROVAL)):
        change = pb.Quote(name=waiting.name, **{by: until(days)})
        request = pb.UpdateQuoteRequest(quote=change, update_mask=FieldMask(paths=[by]))
        selling.quotes.UpdateQuote(request, metadata=SELLER)
        asked = selling.do("Submit", waiting)
        assert asked.status == status
        if status == S.APPROVED:
            selling.do("Revise", waiting)
    (reason,) = asked.approval_reasons
    assert re.fullmatch(r"option basic: it stands for (2,999|3,000|3,001) days instead of 30", reason), reason


def test_a_revision_ends_what_was_sent(selling: Selling) -> None:
    draft = selling.draft()
    selling.do("Submit", draft)
    selling.do("Send", draft)
    revised = selling.do("Revise", draft)
    with pytest.raises(grpc.RpcError, match="DRAFT cannot be told to accept"):
        selling.do("Accept", draft)
    before = pb.GetQuoteRequest(name=draft.name, revision=revised.versions[0].revision)
    assert selling.quotes.GetQuote(before, metadata=SELLER).status == S.SENT


def test_options_stand_side_by_side(selling: Selling) -> None:
    account = selling.make(facts={"customer.segment": "startup"}).name
    quote = selling.create(account, [option("small", 2), option("large", 50)])
    totals = [one.totals[0].net_amount_micros for one in quote.options]
    assert totals[1] > totals[0] > 0
    selling.do("Submit", quote)
    selling.do("Send", quote)
    with pytest.raises(grpc.RpcError, match="say which option"):
        selling.do("Accept", quote)
    assert selling.do("Accept", quote, option_id="large").acceptance.option_id == "large"


def test_a_quote_that_breaks_a_rule_goes_nowhere(selling: Selling) -> None:
    account = selling.make(facts={"customer.segment": "startup"}).name
    quote = selling.create(
        account,
        [option("basic", 2), pb.QuoteOption(option_id="odd", lines=[pricing_pb2.QuoteLine(product="sea", quantity=1)])],
    )
    assert not quote.options[1].complete and "sea" in quote.options[1].problems[0]
    with pytest.raises(grpc.RpcError, match="cannot go on: option odd") as error:
        selling.do("Submit", quote)
    assert error.value.code() == grpc.StatusCode.FAILED_PRECONDITION  # type: ignore[union-attr]


def test_a_seller_does_not_price_with_what_a_manager_may_grant(selling: Selling) -> None:
    tenant = f"g-{uuid.uuid4().hex[:8]}"
    admin, manager, seller = (as_role(role, tenant=tenant) for role in ("administrator", "manager", "seller"))
    text = (
        COUPONS.format(limit="2 times")
        + "\nmanual discount grant on everything\n  by hand, at most 10% for seller, 50% for manager\n"
    )
    text = text.replace("  coupon additive\n", "  coupon additive\n  manual additive\n")
    publish(selling, text, admin)
    for one in "ab":
        selling.make(admin, account_id=one)
    line = pricing_pb2.QuoteLine(product="mug", quantity=2, grants={"grant": "50%"})
    quote = pb.Quote(account="accounts/a", options=[pb.QuoteOption(option_id="x", lines=[line])])
    made = selling.quotes.CreateQuote(pb.CreateQuoteRequest(quote=quote), metadata=manager)
    assert made.options[0].complete and made.options[0].totals[0].net_amount_micros == 10_000_000
    named = pb.UpdateQuoteRequest(quote=pb.Quote(name=made.name, display_name="Mugs"))
    assert selling.quotes.UpdateQuote(named, metadata=seller).options[0].complete
    assert not selling.do("Clone", made, seller, account="accounts/b").options[0].complete


def test_a_validity_has_an_end(selling: Selling) -> None:
    with pytest.raises(grpc.RpcError, match="at most 3,650 days"):
        selling.draft(valid_until={"year": 9999, "month": 12, "day": 31})


def test_the_customers_of_two_links_are_two(selling: Selling) -> None:
    customers = []
    for _ in range(2):
        draft = selling.draft()
        selling.do("Submit", draft)
        customers.append(linked(selling, selling.do("Send", draft)))
    same = offers_pb2.DeclineOfferRequest(reason="no", request_id=uuid.uuid4().hex)
    assert selling.offers.DeclineOffer(same, metadata=customers[0]).status == S.DECLINED
    assert selling.offers.DeclineOffer(same, metadata=customers[1]).status == S.DECLINED


def test_a_quote_of_a_blocked_account_goes_nowhere(selling: Selling) -> None:
    draft = selling.draft()
    selling.accounts.BlockAccount(accounts_pb2.BlockAccountRequest(name=draft.account, reason="late"), metadata=MANAGER)
    with pytest.raises(grpc.RpcError, match="is BLOCKED"):
        selling.do("Submit", draft)


def test_a_recalled_quote_waits_for_nobody(selling: Selling) -> None:
    waiting = selling.do("Submit", selling.draft(200, FACTS))
    assert selling.do("Recall", waiting).status == S.DRAFT
    with pytest.raises(grpc.RpcError, match="CANCELLED cannot be told to approve"):
        selling.decide(waiting.approval, "deal_desk")


def test_a_clone_is_a_draft_of_its_own(selling: Selling) -> None:
    draft = selling.draft()
    copy = selling.do("Clone", draft, metadata=as_role("seller", "sam"))
    assert (copy.cloned_from, copy.status, copy.owner) == (draft.name, S.DRAFT, "sam")
    assert copy.options[0].price == draft.options[0].price and copy.number != draft.number


def test_a_clone_does_not_take_the_place_of_its_source(selling: Selling) -> None:
    draft = selling.draft()
    with pytest.raises(grpc.RpcError, match=f"there is {draft.name} already"):
        selling.do("Clone", draft, quote_id=draft.name.partition("/")[2])
    assert selling.quotes.GetQuote(pb.GetQuoteRequest(name=draft.name), metadata=SELLER) == draft


def test_a_customer_who_asks_again_is_answered_as_before(selling: Selling) -> None:
    """Though the quote was revised since, which ends the link for all else."""
    draft = selling.draft()
    selling.do("Submit", draft)
    customer = linked(selling, selling.do("Send", draft))
    said = offers_pb2.DeclineOfferRequest(reason="no", request_id=uuid.uuid4().hex)
    asked = offers_pb2.AskQuestionRequest(text="In red?", request_id=uuid.uuid4().hex)
    told = selling.offers.AskQuestion(asked, metadata=customer), selling.offers.DeclineOffer(said, metadata=customer)
    selling.do("Revise", draft)
    again = selling.offers.AskQuestion(asked, metadata=customer), selling.offers.DeclineOffer(said, metadata=customer)
    assert again == told and told[1].status == S.DECLINED
    for call, request in ((selling.offers.AskQuestion, asked), (selling.offers.DeclineOffer, said)):
        request.request_id = uuid.uuid4().hex
        with pytest.raises(grpc.RpcError, match="this version of the quote does not stand any more"):
            call(request, metadata=customer)


def test_the_same_request_does_it_once(selling: Selling) -> None:
    draft = selling.draft()
    request_id = uuid.uuid4().hex
    first = selling.do("Submit", draft, request_id=request_id)
    selling.do("Send", draft)
    assert selling.do("Submit", draft, request_id=request_id) == first
    with pytest.raises(grpc.RpcError, match="used for another request"):
        selling.do("Void", draft, request_id=request_id)


def test_a_request_id_of_a_customer_is_not_in_a_seller_s_way(selling: Selling) -> None:
    """Whoever has a link may say any id, also one that the seller is about to use."""
    draft = selling.draft()
    selling.do("Submit", draft)
    customer = linked(selling, selling.do("Send", draft))
    guessed = f"void-{uuid.uuid4().hex[:8]}"
    asked = offers_pb2.AskQuestionRequest(text="In red?", request_id=guessed)
    told = selling.offers.AskQuestion(asked, metadata=customer)
    voided = selling.do("Void", draft, request_id=guessed)
    assert voided.status == S.VOIDED
    assert selling.do("Void", draft, request_id=guessed) == voided
    assert selling.offers.AskQuestion(asked, metadata=customer) == told
    other = selling.draft()
    assert (
        selling.do("Void", other, metadata=as_role("administrator", "somebody-else"), request_id=guessed).status
        == S.VOIDED
    )


def test_what_a_mask_leaves_out_stays(selling: Selling) -> None:
    draft = selling.draft()
    change = pb.Quote(name=draft.name, display_name="For Ann", notes="Thank you")
    changed = selling.quotes.UpdateQuote(
        pb.UpdateQuoteRequest(quote=change, update_mask=FieldMask(paths=["display_name"])), metadata=SELLER
    )
    assert (changed.display_name, changed.notes, len(changed.options)) == ("For Ann", "", 1)
    wrong = pb.UpdateQuoteRequest(quote=change, update_mask=FieldMask(paths=["status"]))
    assert refused(selling.quotes.UpdateQuote, wrong)[0] == grpc.StatusCode.INVALID_ARGUMENT


def test_quotes_are_listed_by_status_and_account(selling: Selling) -> None:
    draft = selling.draft()
    request = pb.ListQuotesRequest(filter=f'account = "{draft.account}" AND status = DRAFT')
    (found,) = selling.quotes.ListQuotes(request, metadata=SELLER).quotes
    assert found.name == draft.name and not found.options[0].lines and found.options[0].totals


def test_a_stranger_sees_no_quote(selling: Selling) -> None:
    draft = selling.draft()
    for role, tenant, status in (
        ("storefront", "demo", grpc.StatusCode.PERMISSION_DENIED),
        ("customer", "demo", grpc.StatusCode.PERMISSION_DENIED),
        ("administrator", "other", grpc.StatusCode.NOT_FOUND),
    ):
        who = as_role(role, tenant=tenant)
        assert refused(selling.quotes.GetQuote, pb.GetQuoteRequest(name=draft.name), metadata=who)[0] == status
    assert selling.do("Void", draft, metadata=ADMIN, reason="a test").status == S.VOIDED


COUPONS = """price book coupons
  currency EUR
  units    piece pieces

facts
  customer.account: text optional from account

product mug
  price 10 EUR per piece

steps
  list
  coupon additive

coupon discount spring on the quote
  needs code "SPRING26"
  {limit}
  give 4 EUR off running price
"""


@pytest.mark.parametrize(
    ("limit", "accounts", "works"),
    [
        ("2 times", "abc", [True, True, False]),
        ("once per customer", "aab", [True, False, True]),
        ("up to 9 EUR", "abc", [True, True, False]),
    ],
)
def test_a_coupon_is_counted_when_a_quote_is_accepted(
    selling: Selling, service: Service, limit: str, accounts: str, works: list[bool]
) -> None:
    tenant = f"c-{uuid.uuid4().hex[:8]}"
    admin = as_role("administrator", tenant=tenant)
    publish(selling, COUPONS.format(limit=limit), admin)
    for one in sorted(set(accounts)):
        selling.make(admin, account_id=one)
    line = pricing_pb2.QuoteLine(product="mug", quantity=2)
    sent = []
    for one in accounts:
        quote = pb.Quote(
            account=f"accounts/{one}", entity=selling.seller(admin), coupon_codes=["SPRING26"], options=[pb.QuoteOption(option_id="a", lines=[line])],
        )  # fmt: skip
        made = selling.quotes.CreateQuote(pb.CreateQuoteRequest(quote=quote), metadata=admin)
        assert made.options[0].totals[0].net_amount_micros == 16_000_000
        selling.do("Submit", made, admin)
        sent.append(selling.do("Send", made, admin))
    for quote, fine in zip(sent, works, strict=True):
        if fine:
            assert selling.do("Accept", quote, admin).status == S.ACCEPTED
            continue
        with pytest.raises(grpc.RpcError, match="given as often as it may be"):
            selling.do("Accept", quote, admin)
        revised = selling.do("Revise", quote, admin)
        assert revised.options[0].totals[0].net_amount_micros == 20_000_000


def test_a_code_that_no_coupon_asks_for_is_shown_and_blocks_nothing(selling: Selling, service: Service) -> None:
    admin = as_role("administrator", tenant=f"c-{uuid.uuid4().hex[:8]}")
    publish(selling, COUPONS.format(limit=""), admin)
    line = pricing_pb2.QuoteLine(product="mug", quantity=2)
    quote = pb.Quote(account=selling.make(admin).name, entity=selling.seller(admin), coupon_codes=["SPRNG26"])
    quote.options.add(option_id="a", lines=[line])
    made = selling.quotes.CreateQuote(pb.CreateQuoteRequest(quote=quote), metadata=admin)
    (one,) = made.options
    assert (list(one.price.unknown_coupon_codes), list(one.problems), one.complete) == (["SPRNG26"], [], True)
    assert selling.do("Submit", made, admin).status == S.APPROVED


@pytest.mark.parametrize("sellers", [[], ["nl", "be"]], ids=["none", "several"])
def test_nobody_is_asked_to_approve_what_nobody_sells(selling: Selling, service: Service, sellers: list[str]) -> None:
    admin = as_role("administrator", tenant=f"s-{uuid.uuid4().hex[:8]}")
    publish(selling, f"{COUPONS.format(limit='')}\napproval any\n  when quote.net >= 1 EUR needs desk\n", admin)
    for one in sellers:
        entity = accounts_pb2.LegalEntity(legal_name=one)
        selling.entities.CreateLegalEntity(
            accounts_pb2.CreateLegalEntityRequest(entity=entity, entity_id=one), metadata=admin
        )
    line = pricing_pb2.QuoteLine(product="mug", quantity=2)
    quote = pb.Quote(account=selling.make(admin).name, options=[pb.QuoteOption(option_id="a", lines=[line])])
    made = selling.quotes.CreateQuote(pb.CreateQuoteRequest(quote=quote), metadata=admin)
    with pytest.raises(grpc.RpcError, match="say which legal entity sells: the tenant has none") as error:
        selling.do("Submit", made, admin)
    assert error.value.code() == grpc.StatusCode.FAILED_PRECONDITION  # type: ignore[attr-defined]
    assert not selling.approvals.ListApprovals(approvals_pb2.ListApprovalsRequest(), metadata=admin).approvals
    selling.seller(admin)
    assert selling.do("Submit", made, admin).status == S.IN_APPROVAL


def test_a_limit_by_amount_counts_what_was_given_and_not_what_bars_show(selling: Selling, service: Service) -> None:
    """A third off a cent is 3,333.3 micros: shown as 3,333 a unit, and 9,999.90 EUR of three million, not 9,999."""
    tenant = f"c-{uuid.uuid4().hex[:8]}"
    admin = as_role("administrator", tenant=tenant)
    text = COUPONS.format(limit="up to 29_998 EUR").replace("price 10 EUR", "price 0.01 EUR")
    publish(selling, text.replace("give 4 EUR off", "give 33.333% off"), admin)
    account = selling.make(admin).name
    line, sent = pricing_pb2.QuoteLine(product="mug", quantity=3_000_000), []
    for _ in range(3):
        option = pb.QuoteOption(option_id="a", lines=[line])
        quote = pb.Quote(account=account, entity=selling.seller(admin), coupon_codes=["SPRING26"], options=[option])
        made = selling.quotes.CreateQuote(pb.CreateQuoteRequest(quote=quote), metadata=admin)
        assert made.options[0].totals[0].net_amount_micros == 20_000_100_000
        selling.do("Submit", made, admin)
        sent.append(selling.do("Send", made, admin))
    for one in sent[:2]:
        assert selling.do("Accept", one, admin).status == S.ACCEPTED
    with pytest.raises(grpc.RpcError, match="given as often as it may be"):
        selling.do("Accept", sent[2], admin)


def bearer(token: str) -> tuple[tuple[str, str], ...]:
    return (("authorization", f"Bearer {token}"),)


def linked(selling: Selling, quote: pb.Quote) -> tuple[tuple[str, str], ...]:
    return bearer(selling.quotes.CreateQuoteLink(pb.CreateQuoteLinkRequest(name=quote.name), metadata=SELLER).token)


def test_what_was_sent_is_kept_on_paper(selling: Selling) -> None:
    draft = selling.draft(show_discounts=True, language_code="nl")
    preview, shown = selling.paper(draft)
    assert shown[:5] == b"%PDF-" and not preview.sent and str(preview.revision) == draft.etag
    selling.do("Submit", draft)
    sent = selling.do("Send", draft)
    paper, content = selling.paper(draft)
    assert paper.sent and paper.document_hash == sent.document_hash == hashlib.sha256(content).hexdigest()
    assert (paper.content_type, paper.file_name, paper.version) == ("application/pdf", f"{sent.number}-v1.pdf", 1)
    assert paper.size_bytes == len(content)
    selling.do("Revise", draft)
    assert selling.paper(draft, 1) == (paper, content)


def test_a_link_lets_a_customer_see_ask_and_accept(selling: Selling) -> None:
    draft = selling.draft()
    selling.do("Submit", draft)
    sent = selling.do("Send", draft)
    customer = linked(selling, sent)
    offer = selling.offers.GetOffer(offers_pb2.GetOfferRequest(), metadata=customer)
    assert (offer.number, offer.customer_name, offer.seller_name) == (sent.number, "Acme BV", "Quotient BV")
    assert offer.options[0].price.lines[0].net_amount_micros and not offer.options[0].price.lines[0].HasField(
        "cost_amount_micros"
    )
    selling.offers.AskQuestion(offers_pb2.AskQuestionRequest(text="When?"), metadata=customer)
    asked = selling.offers.GetOffer(offers_pb2.GetOfferRequest(), metadata=customer)
    assert [(one.text, one.by_customer) for one in asked.messages] == [("When?", True)]
    (line,) = offer.options[0].price.lines
    assert (
        line.unit_list_amount_micros
        == line.unit_net_amount_micros
        < sent.options[0].price.lines[0].unit_list_amount_micros
    )
    pieces = selling.offers.GetOfferDocument(offers_pb2.GetOfferDocumentRequest(), metadata=customer)
    paper, content = received(pieces)
    assert (paper, content) == selling.paper(draft)
    other = offers_pb2.AcceptOfferRequest(document_hash="0" * 64, signer="Ann")
    assert refused(selling.offers.AcceptOffer, other, metadata=customer)[0] == grpc.StatusCode.FAILED_PRECONDITION
    yes = offers_pb2.AcceptOfferRequest(document_hash=paper.document_hash, signer="Ann de Vries", purchase_order="PO 7")
    accepted = selling.offers.AcceptOffer(yes, metadata=customer)
    assert (accepted.status, accepted.acceptance.signer, accepted.acceptance.by) == (
        S.ACCEPTED,
        "Ann de Vries",
        "customer",
    )


def test_a_link_is_good_for_nothing_else(selling: Selling) -> None:
    draft = selling.draft()
    selling.do("Submit", draft)
    sent = selling.do("Send", draft)
    customer = linked(selling, sent)
    for call, request in (
        (selling.quotes.GetQuote, pb.GetQuoteRequest(name=draft.name)),
        (selling.quotes.CreateQuoteLink, pb.CreateQuoteLinkRequest(name=draft.name)),
        (selling.accounts.GetAccount, accounts_pb2.GetAccountRequest(name=draft.account)),
        (selling.quotes.AcceptQuote, pb.AcceptQuoteRequest(name=selling.draft().name)),
    ):
        assert refused(call, request, metadata=customer)[0] == grpc.StatusCode.PERMISSION_DENIED
    for forged in (customer[0][1] + "x", customer[0][1].replace("link_demo", "link_other"), customer[0][1][:-9]):
        wrong = (("authorization", forged),)
        assert (
            refused(selling.offers.GetOffer, offers_pb2.GetOfferRequest(), metadata=wrong)[0]
            == grpc.StatusCode.UNAUTHENTICATED
        )
    selling.do("Revise", draft)
    status, said = refused(selling.offers.GetOffer, offers_pb2.GetOfferRequest(), metadata=customer)
    assert status == grpc.StatusCode.FAILED_PRECONDITION and "does not stand any more" in said
    selling.do("Submit", draft)
    selling.do("Send", draft)
    for verb in ("Accept", "Decline"):  # the link is for the first version, and this is the second
        request = getattr(pb, f"{verb}QuoteRequest")(name=draft.name)
        call = getattr(selling.quotes, f"{verb}Quote")
        assert refused(call, request, metadata=customer)[0] == grpc.StatusCode.PERMISSION_DENIED


def test_an_opportunity_is_won_when_its_quote_is_accepted(selling: Selling, service: Service) -> None:
    with service.channel() as channel:
        opportunities = opportunities_pb2_grpc.OpportunitiesStub(channel)
        account = selling.make(facts={"customer.segment": "mid_market"}).name
        deal = opportunities_pb2.Opportunity(display_name="Seats", account=account)
        made = opportunities.CreateOpportunity(
            opportunities_pb2.CreateOpportunityRequest(opportunity=deal), metadata=SELLER
        )
        with pytest.raises(grpc.RpcError, match="and the quote of"):
            selling.draft(opportunity=made.name)
        quote = selling.create(account, [option("basic", 10)], opportunity=made.name)
        for verb in ("Submit", "Send", "Accept"):
            quote = selling.do(verb, quote)
        won = opportunities.GetOpportunity(opportunities_pb2.GetOpportunityRequest(name=made.name), metadata=SELLER)
        over_term = next(one for one in quote.options[0].totals if one.name == "over_term")
        assert (won.status, won.amount_micros, won.reason) == (
            opportunities_pb2.Opportunity.WON, over_term.net_amount_micros, "quote_accepted",
        )  # fmt: skip
