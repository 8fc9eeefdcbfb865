"""Whose a quote is: what ends it with its account, what of it goes to another's, what a customer may do meanwhile."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import grpc
import pytest

from quotient.v1 import accounts_pb2 as accounts
from quotient.v1 import history_pb2, history_pb2_grpc
from quotient.v1 import offers_pb2 as offers
from quotient.v1 import quotes_pb2 as pb
from tests.wire.selling import ADMIN, MANAGER, SELLER
from tests.wire.service import Service
from tests.wire.test_parties import refused
from tests.wire.test_quotes import Selling, linked, option

pytestmark = pytest.mark.service
DAY = 24 * 3600
WORDS = ("jansen", "call jan")


class Customers(Selling):
    """And what is said and was of quotes."""

    def __init__(self, channel: grpc.Channel) -> None:
        super().__init__(channel)
        self.comments = history_pb2_grpc.CommentsStub(channel)
        self.history = history_pb2_grpc.HistoryStub(channel)

    def sent(self) -> pb.Quote:
        """A quote that its customer has."""
        draft = self.draft()
        self.do("Submit", draft)
        return self.do("Send", draft)

    def account(self, verb: str, name: str) -> accounts.Account:
        """Do something to an account."""
        request = getattr(accounts, f"{verb}AccountRequest")(name=name)
        done: accounts.Account = getattr(self.accounts, f"{verb}Account")(request, metadata=ADMIN)
        return done

    def revisions(self, name: str) -> str:
        """All that a quote was, in small letters."""
        request = history_pb2.ListRevisionsRequest(name=name)
        return str(self.history.ListRevisions(request, metadata=SELLER)).lower()


@pytest.fixture
def selling(service: Service) -> Iterator[Customers]:
    with service.channel() as channel:
        yield Customers(channel)


def yes(quote: pb.Quote) -> offers.AcceptOfferRequest:
    return offers.AcceptOfferRequest(document_hash=quote.document_hash, signer="Jan Jansen")


def test_what_was_sent_to_an_erased_account_is_answered_no_more(selling: Customers) -> None:
    sent = selling.sent()
    customer = linked(selling, sent)
    assert selling.account("Erase", sent.account).status == accounts.Account.ERASED
    assert selling.do("Get", sent).status == pb.Quote.VOIDED
    said = history_pb2.AddCommentRequest(comment=history_pb2.Comment(parent=sent.name, text="Jan said no"))
    for call, request, metadata in (
        (selling.offers.AcceptOffer, yes(sent), customer),
        (selling.offers.AskQuestion, offers.AskQuestionRequest(text="Jan here"), customer),
        (selling.comments.AddComment, said, SELLER),
    ):
        assert refused(call, request, metadata=metadata)[0] == grpc.StatusCode.FAILED_PRECONDITION
    assert selling.account("Erase", sent.account).status == accounts.Account.ERASED


def test_what_was_accepted_of_an_erased_account_takes_no_questions(selling: Customers) -> None:
    sent = selling.sent()
    customer = linked(selling, sent)
    selling.offers.AcceptOffer(yes(sent), metadata=customer)
    selling.account("Erase", sent.account)
    assert selling.do("Get", sent).status == pb.Quote.ACCEPTED
    asked = refused(selling.offers.AskQuestion, offers.AskQuestionRequest(text="Jan here"), metadata=customer)
    assert asked[0] == grpc.StatusCode.FAILED_PRECONDITION and "is ERASED" in asked[1]


def test_a_clone_for_another_account_says_nothing_of_its_customer(selling: Customers) -> None:
    jan, other = selling.make(facts={"customer.segment": "startup"}).name, selling.make().name
    one = option("basic", 20)
    one.title, one.description = "For Jansen", "Call Jan"
    made = selling.create(jan, [one], display_name="Offer for Jan Jansen", notes="Call Jan")
    assert selling.do("Clone", made).display_name == made.display_name, "for its own account it is all there"
    clone = selling.do("Clone", made, account=other)
    selling.account("Erase", jan)
    assert [word for word in WORDS if word in selling.revisions(clone.name)] == []
    assert (clone.options[0].option_id, clone.options[0].price.lines[0].product) == ("basic", "seat")


def test_a_quote_stays_its_account_s(selling: Customers) -> None:
    made, other = selling.draft(display_name="Offer for Jan Jansen"), selling.make().name
    moved = pb.UpdateQuoteRequest(quote=pb.Quote(name=made.name, account=other))
    status, said = refused(selling.quotes.UpdateQuote, moved)
    assert status == grpc.StatusCode.INVALID_ARGUMENT and f"CloneQuote) for {other}" in said
    same = pb.Quote(name=made.name, account=made.account, notes="the same account is said")
    assert selling.quotes.UpdateQuote(pb.UpdateQuoteRequest(quote=same), metadata=SELLER).account == made.account


def test_terms_of_one_customer_do_not_go_to_another(selling: Customers) -> None:
    of_one, of_other = (accounts.PaymentTerms(net_days=days) for days in (90, 14))
    one = selling.make(facts={"customer.segment": "startup"}, payment_terms=of_one, language_code="de")
    other = selling.make(payment_terms=of_other, language_code="fr").name
    made = selling.create(one.name, [option("basic", 20)])
    assert (made.net_days, made.language_code) == (90, "de")
    later = accounts.Account(name=one.name, payment_terms=accounts.PaymentTerms(net_days=30))
    selling.accounts.UpdateAccount(accounts.UpdateAccountRequest(account=later), metadata=SELLER)
    clone = selling.do("Clone", made, account=other)
    assert (clone.net_days, clone.language_code) == (14, "fr")
    chosen = selling.create(one.name, [option("basic", 20)], net_days=45, language_code="en")
    clone = selling.do("Clone", chosen, account=other)
    assert (clone.net_days, clone.language_code) == (45, "en"), "what was chosen for the quote is of the quote"


@pytest.mark.parametrize(("verb", "back"), [("Block", "Unblock"), ("Close", "Reopen")])
def test_an_account_without_new_business_accepts_nothing(selling: Customers, verb: str, back: str) -> None:
    sent = selling.sent()
    customer = linked(selling, sent)
    status = selling.account(verb, sent.account).status
    told = refused(selling.offers.AcceptOffer, yes(sent), metadata=customer)
    assert told == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "this offer cannot be accepted at the moment: please ask the seller",
    )
    told = refused(selling.quotes.AcceptQuote, pb.AcceptQuoteRequest(name=sent.name), metadata=MANAGER)
    assert f"is {accounts.Account.Status.Name(status)}: it has no new business until it is {back.lower()}" in told[1]
    assert selling.offers.GetOffer(offers.GetOfferRequest(), metadata=customer).status == pb.Quote.SENT
    selling.offers.AskQuestion(offers.AskQuestionRequest(text="Why not?"), metadata=customer)
    selling.account(back, sent.account)
    assert selling.offers.AcceptOffer(yes(sent), metadata=customer).status == pb.Quote.ACCEPTED


def test_a_version_takes_so_many_questions(selling: Customers) -> None:
    sent = selling.sent()
    customer = linked(selling, sent)
    last = offers.AskQuestionRequest(text="One more?", request_id=uuid.uuid4().hex)
    for _ in range(49):
        selling.offers.AskQuestion(offers.AskQuestionRequest(text="How much?"), metadata=customer)
    kept = selling.offers.AskQuestion(last, metadata=customer)
    status, said = refused(
        selling.offers.AskQuestion, offers.AskQuestionRequest(text="?"), metadata=linked(selling, sent)
    )
    assert status == grpc.StatusCode.RESOURCE_EXHAUSTED and said.startswith("50 questions")
    assert selling.offers.AskQuestion(last, metadata=customer) == kept, "asked again, it is answered again"
    selling.do("Revise", sent)
    selling.do("Submit", sent)
    fresh = linked(selling, selling.do("Send", sent))
    selling.offers.AskQuestion(offers.AskQuestionRequest(text="And now?"), metadata=fresh)


def test_a_link_is_good_for_some_time_after_its_quote(selling: Customers) -> None:
    sent = selling.sent()
    link = selling.quotes.CreateQuoteLink(pb.CreateQuoteLinkRequest(name=sent.name), metadata=SELLER)
    assert link.expire_time.seconds == sent.expire_time.seconds + 30 * DAY
