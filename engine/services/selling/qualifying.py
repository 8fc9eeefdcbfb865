"""A lead that is qualified is an account, a contact and an opportunity at once: made in one change, or not at all."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from engine.lifecycle.lead import LEADS, Lead
from engine.lifecycle.matching import mail_form
from engine.lifecycle.opportunity import Opportunity
from engine.lifecycle.parties import Account, AccountKind, Address, Contact
from engine.services.context import Context
from engine.services.desk import Call, Desk, Work
from engine.services.naming import named_by
from engine.services.selling.opportunities import active_account, begun, checked_opportunity
from engine.services.selling.parties import checked_account


@dataclass(frozen=True, slots=True)
class Qualification:
    """What a lead becomes: a new account (with an id of its own choice) or one that is there, and what is known of the deal."""

    account: str = ""
    account_id: str = ""
    opportunity: Opportunity = field(default_factory=Opportunity)


class Qualifying:
    """Leads into deals."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def qualify(self, context: Context, call: Call, name: str, asked: Qualification) -> Lead:
        """Qualify a lead; it names what it became."""
        LEADS.may("qualify", context.role)

        def decide(work: Work) -> Lead:
            lead = work.load(Lead, name, call.etag)
            status = LEADS.step(lead.status, "qualify")
            account = self._account(work, lead, asked)
            said = asked.opportunity
            deal = replace(
                said, account=account.name, lead=lead.name, owner=said.owner or lead.owner or context.principal,
                display_name=said.display_name or lead.company or account.display_name, book=said.book or lead.book,
                products=said.products or lead.products, currency_code=said.currency_code or account.currency_code,
            )  # fmt: skip
            made = work.save(begun(work, checked_opportunity(deal)), "OpportunityCreated")
            done = replace(
                lead, status=status, account=account.name, opportunity=made.name, owner=lead.owner or deal.owner
            )
            return work.save(done, "LeadQualified", opportunity=made.name)

        return self.desk.change(context, call, Lead, decide)

    def _account(self, work: Work, lead: Lead, asked: Qualification) -> Account:
        if asked.account:
            account = active_account(work, asked.account, "account")
            contacts = with_person(account.contacts, lead.person)
            if contacts == account.contacts:
                work.hold(account)
                return account
            return work.save(checked_account(replace(account, contacts=contacts)), "AccountUpdated")
        new = Account(
            name=named_by(work.context, Account, asked.account_id, "account_id"),
            display_name=lead.company or _called(lead.person),
            kind=AccountKind.ORGANIZATION if lead.company else AccountKind.PERSON,
            owner=lead.owner or work.context.principal, language_code=lead.language_code,
            billing_address=Address(country_code=lead.country_code) if lead.country_code else None,
            contacts=with_person((), lead.person),
        )  # fmt: skip
        return work.save(checked_account(new), "AccountCreated")


def with_person(contacts: tuple[Contact, ...], person: Contact | None) -> tuple[Contact, ...]:
    """Contacts with a person, who is there once: known by mail or telephone, else by name."""
    if person is None or any(_same(one, person) for one in contacts):
        return contacts
    return (*contacts, replace(person, primary=not contacts))


def _same(one: Contact, other: Contact) -> bool:
    if one.email and other.email:
        return mail_form(one.email) == mail_form(other.email)
    if one.phone and other.phone:
        return one.phone == other.phone
    return bool(one.display_name) and one.display_name == other.display_name


def _called(person: Contact | None) -> str:
    return (person.display_name or person.email or person.phone) if person else ""
