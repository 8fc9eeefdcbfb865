"""The demo's last part: a deal from a lead to an accepted quote, each step by whoever does it, over gRPC."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import grpc
from rich.markup import escape
from rich.table import Table

from engine.cli import show
from engine.cli.console import out
from engine.cli.remote import calling_as, received
from quotient.v1 import (
    accounts_pb2,
    accounts_pb2_grpc,
    approvals_pb2,
    approvals_pb2_grpc,
    leads_pb2,
    leads_pb2_grpc,
    offers_pb2,
    offers_pb2_grpc,
    pricing_pb2,
    quotes_pb2,
    quotes_pb2_grpc,
)

SECONDS = 10
LOGO = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 -4 130 40"><path fill="#0b6e4f" d="M0 36 18 0l18 36h-9l-9-19-9 19z"/>
<path fill="none" stroke="#0b6e4f" stroke-width="5" d="M60 30h54a9 9 0 0 0 0-18 14 14 0 0 0-27-3 11 11 0 0 0-20 6 8 8 0 0 0-7 15z"/></svg>"""
ENTITY = accounts_pb2.LegalEntity(
    legal_name="Acme Cloud BV", registration_number="KvK 12345678", email="sales@acme.example", phone="+31 20 123 4567",
    address=accounts_pb2.Address(lines=["Keizersgracht 1"], postal_code="1015 CJ", city="Amsterdam", country_code="NL"),
    tax_numbers=[accounts_pb2.TaxNumber(country_code="NL", number="NL004495445B01")],
    bank_accounts=[accounts_pb2.BankAccount(iban="NL91 ABNA 0417 1643 00", holder="Acme Cloud BV")],
    number_ranges=[accounts_pb2.NumberRange(documents="quotes", prefix="ACME-2026-", digits=4)], logo=LOGO, accent_color="#0b6e4f",
)  # fmt: skip
LEAD = leads_pb2.Lead(
    source="web", company="Molenaar Bouw BV", country_code="NL", language_code="nl", interest="two hundred seats of the CRM",
    book="books/saas", products=["seat"],
    person=accounts_pb2.Contact(display_name="Eva Molenaar", email="eva@molenaar.example", phone="+31 30 234 5678"),
)  # fmt: skip


def sell_one(channel: grpc.Channel, paper: Path | None) -> None:
    """Sell; show who did what, and where each document stands then. `paper`: where to keep the customer's PDF."""
    deal = _Deal(channel)
    deal.begin()
    quote = deal.quote()
    quote = deal.approve(quote)
    deal.answer(quote, paper)
    out().print()
    out().print(deal.steps)


class _Deal:
    """A deal, as those who make it see it."""

    def __init__(self, channel: grpc.Channel) -> None:
        self.accounts = accounts_pb2_grpc.AccountsStub(channel)
        self.entities = accounts_pb2_grpc.LegalEntitiesStub(channel)
        self.leads = leads_pb2_grpc.LeadsStub(channel)
        self.quotes = quotes_pb2_grpc.QuotesStub(channel)
        self.approvals = approvals_pb2_grpc.ApprovalsStub(channel)
        self.offers = offers_pb2_grpc.OffersStub(channel)
        self.steps = Table(
            "who", "does", "and then", title="A deal, from a lead to an accepted quote", title_justify="left"
        )

    def begin(self) -> None:
        """A lead from a web form becomes a customer with an opportunity."""
        self.entities.CreateLegalEntity(
            accounts_pb2.CreateLegalEntityRequest(entity=ENTITY, entity_id="acme"), **_as("administrator", "ada")
        )
        lead = self.leads.CaptureLead(leads_pb2.CaptureLeadRequest(lead=LEAD), **_as("storefront", "web"))
        self._tell("web", "captures a lead", f"{LEAD.company}: {LEAD.interest}")
        lead = self.leads.QualifyLead(leads_pb2.QualifyLeadRequest(name=lead.name), **_as("seller", "jo"))
        self.account, self.opportunity = lead.account, lead.opportunity
        known = accounts_pb2.Account(
            name=lead.account, facts={"customer.segment": "enterprise"}, payment_terms=accounts_pb2.PaymentTerms(net_days=30),
            billing_address=accounts_pb2.Address(lines=["Oudegracht 2"], postal_code="3511 AB", city="Utrecht", country_code="NL"),
        )  # fmt: skip
        self.accounts.UpdateAccount(accounts_pb2.UpdateAccountRequest(account=known), **_as("seller", "jo"))
        self._tell("jo, seller", "qualifies it", "an account and an opportunity")

    def quote(self) -> Any:
        """Two options, priced by the book."""
        options = [_option("start", "Sixty seats", 60), _option("all", "Everybody", 200, recommended=True)]
        quote = quotes_pb2.Quote(
            account=self.account, opportunity=self.opportunity, entity="entities/acme", book="books/saas", display_name="CRM voor Molenaar Bouw",
            facts={"quote.term": "24 months"}, options=options, show_discounts=True, notes="Fijn dat we u mogen helpen.",
        )  # fmt: skip
        made = self.quotes.CreateQuote(quotes_pb2.CreateQuoteRequest(quote=quote), **_as("seller", "jo"))
        monthly = [(one.title, next(t for t in one.totals if t.name == "per_month")) for one in made.options]
        totals = "; ".join(
            f"{title} {show.money(each.net_amount_micros, made.currency_code)}" for title, each in monthly
        )
        self._tell("jo, seller", f"quotes {made.number}", f"{totals} {made.currency_code} per month")
        return made

    def approve(self, quote: Any) -> Any:
        """The book asks the deal desk; the seller cannot agree for them."""
        waiting = self.quotes.SubmitQuote(quotes_pb2.SubmitQuoteRequest(name=quote.name), **_as("seller", "jo"))
        self._tell("jo, seller", "submits it", f"{_status(waiting)}: {', '.join(waiting.approval_reasons)}")
        agree = approvals_pb2.ApproveRequest(name=waiting.approval, comment="a good customer")
        try:
            self.approvals.Approve(agree, **_as("manager", "jo"))
        except grpc.RpcError as error:
            self._tell("jo, as a manager", "approves", f"[red]refused[/]: {escape(str(error.details()))}")
        self.approvals.Approve(agree, **_as("approver", "deal_desk"))
        sent = self.quotes.SendQuote(quotes_pb2.SendQuoteRequest(name=quote.name), **_as("seller", "jo"))
        self._tell("deal_desk", "approves", "the quote may be sent")
        return sent

    def answer(self, quote: Any, kept: Path | None) -> None:
        """The customer reads the paper and accepts it by their link."""
        link = self.quotes.CreateQuoteLink(quotes_pb2.CreateQuoteLinkRequest(name=quote.name), **_as("seller", "jo"))
        customer: dict[str, Any] = {"metadata": (("authorization", f"Bearer {link.token}"),), "timeout": SECONDS}
        paper, content = received(self.offers.GetOfferDocument(offers_pb2.GetOfferDocumentRequest(), **customer))
        if kept is not None:
            kept.write_bytes(content)
        size = f"{paper.file_name}, {paper.size_bytes:,} bytes, sha256 {paper.document_hash[:12]}..."
        self._tell("jo, seller", "sends it", f"{size}{f' in {kept}' if kept else ''}")
        self.offers.AskQuestion(offers_pb2.AskQuestionRequest(text="Kunnen we in mei beginnen?"), **customer)
        self._tell("Eva, customer", "asks", "Kunnen we in mei beginnen?")
        yes = offers_pb2.AcceptOfferRequest(
            option_id="all", document_hash=paper.document_hash, signer="Eva Molenaar", purchase_order="PO-77"
        )
        offer = self.offers.AcceptOffer(yes, **customer)
        self._tell(
            "Eva, customer",
            "accepts",
            f"{_status(offer)}: {offer.acceptance.option_id}, {offer.acceptance.purchase_order}",
        )

    def _tell(self, who: str, does: str, then: str) -> None:
        self.steps.add_row(who, does, then)


def _option(option_id: str, title: str, seats: int, recommended: bool = False) -> Any:
    lines = [
        pricing_pb2.QuoteLine(product="seat", quantity=seats),
        pricing_pb2.QuoteLine(product="onboarding", quantity=1),
    ]
    return quotes_pb2.QuoteOption(option_id=option_id, title=title, lines=lines, recommended=recommended)


def _as(role: str, who: str) -> dict[str, Any]:
    return {"metadata": calling_as(role, principal=who), "timeout": SECONDS}


def _status(message: Any) -> str:
    return str(quotes_pb2.Quote.Status.Name(message.status))
