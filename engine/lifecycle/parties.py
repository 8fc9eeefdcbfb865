"""Those who deal: customers as accounts, with their contacts, addresses and terms; sellers as legal entities.

What an account is, pricing knows as facts of the account: a caller cannot say them otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from engine.lifecycle import matching
from engine.lifecycle.document import Document
from engine.lifecycle.machine import Machine, Verb
from engine.values.roles import Role


class AccountKind(StrEnum):
    """What a customer is: what is said of a natural person is personal, name and addresses too."""

    ORGANIZATION = "ORGANIZATION"
    PERSON = "PERSON"


class AccountStatus(StrEnum):
    """Where an account stands. A blocked or closed one gets no new business; an erased one has lost what is personal."""

    ACTIVE = "ACTIVE"
    BLOCKED = "BLOCKED"
    CLOSED = "CLOSED"
    ERASED = "ERASED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A postal address; `country_code` is ISO 3166-1 alpha-2."""

    label: str = ""
    lines: tuple[str, ...] = ()
    postal_code: str = ""
    city: str = ""
    region: str = ""
    country_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A person to talk to."""

    display_name: str = ""
    email: str = ""
    phone: str = ""
    title: str = ""
    primary: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxNumber:
    """A number by which a party is known for taxes in a country."""

    country_code: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentTerms:
    """When an invoice is to be paid: so many days after it, perhaps from the end of its month on; a discount if it is sooner."""

    net_days: int = 0
    end_of_month: bool = False
    discount_days: int = 0
    discount_micros: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account(Document):
    """A customer. `facts` are facts of pricing whose source is the account, as people write them."""

    KIND: ClassVar[str] = "accounts"
    INDEXED: ClassVar[tuple[str, ...]] = ("status", "parent", "owner", "country_code", "price_group")

    display_name: str = ""
    kind: AccountKind = AccountKind.ORGANIZATION
    status: AccountStatus = AccountStatus.ACTIVE
    status_reason: str = ""
    parent: str = ""
    owner: str = ""
    contacts: tuple[Contact, ...] = ()
    billing_address: Address | None = None
    delivery_addresses: tuple[Address, ...] = ()
    tax_numbers: tuple[TaxNumber, ...] = ()
    tax_status: str = ""
    payment_terms: PaymentTerms | None = None
    currency_code: str = ""
    language_code: str = ""
    price_group: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    erase_time: int = 0

    PERSONAL: ClassVar[tuple[str, ...]] = ("contacts", "status_reason")
    _OF_A_PERSON: ClassVar[tuple[str, ...]] = (
        "contacts", "status_reason", "display_name", "billing_address", "delivery_addresses", "tax_numbers",
    )  # fmt: skip

    def personal(self) -> tuple[str, ...]:
        """Of a natural person nearly all is."""
        return self._OF_A_PERSON if self.kind is AccountKind.PERSON else self.PERSONAL

    @property
    def country_code(self) -> str:
        """Where it is billed; not kept for a person, whose address can be erased."""
        return self.billing_address.country_code if self.billing_address else ""

    def found_by(self) -> frozenset[tuple[str, str]]:
        """By what it is listed, and by what it is found to be the party of a lead."""
        match = matching.keys(self.contacts, self.display_name, self.country_code)
        return Document.found_by(self) | {(matching.MATCH, key) for key in match}

    def derived_facts(self) -> Mapping[str, str]:
        """What else pricing may know of it, by the names that books use."""
        known = {
            "customer.account": self.id, "customer.country": self.country_code, "customer.price_group": self.price_group,
            "customer.tax_status": self.tax_status, "customer.kind": self.kind.lower(),
        }  # fmt: skip
        return {name: value for name, value in known.items() if value}


_SELLING = frozenset({Role.SELLER, Role.MANAGER, Role.FINANCE, Role.ADMINISTRATOR})
_DECIDING = frozenset({Role.MANAGER, Role.FINANCE, Role.ADMINISTRATOR})
A = AccountStatus
ACCOUNTS = Machine(
    "account",
    A.ACTIVE,
    {
        "update": Verb({A.ACTIVE: A.ACTIVE, A.BLOCKED: A.BLOCKED}, _SELLING),
        "block": Verb({A.ACTIVE: A.BLOCKED}, _DECIDING),
        "unblock": Verb({A.BLOCKED: A.ACTIVE}, _DECIDING),
        "close": Verb({A.ACTIVE: A.CLOSED, A.BLOCKED: A.CLOSED}, _DECIDING),
        "reopen": Verb({A.CLOSED: A.ACTIVE}, _DECIDING),
        "erase": Verb(dict.fromkeys(A, A.ERASED), frozenset({Role.ADMINISTRATOR})),
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BankAccount:
    """Where a seller is paid."""

    holder: str = ""
    iban: str = ""
    bic: str = ""
    currency_code: str = ""
    account_number: str = ""
    bank: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberRange:
    """How documents of a kind are numbered: what stands before, and how many digits there are at least."""

    documents: str = ""
    prefix: str = ""
    digits: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalEntity(Document):
    """A seller: whose name stands on quotes and invoices. `logo` is kept by its hash, and said only where it is asked for."""

    KIND: ClassVar[str] = "entities"
    INDEXED: ClassVar[tuple[str, ...]] = ("country_code",)

    legal_name: str = ""
    address: Address | None = None
    registration_number: str = ""
    tax_numbers: tuple[TaxNumber, ...] = ()
    bank_accounts: tuple[BankAccount, ...] = ()
    number_ranges: tuple[NumberRange, ...] = ()
    language_code: str = ""
    currency_code: str = ""
    email: str = ""
    phone: str = ""
    website: str = ""
    terms: str = ""
    logo: bytes = b""
    logo_hash: str = ""
    logo_content_type: str = ""
    accent_color: str = ""

    @property
    def country_code(self) -> str:
        """Where it is seated."""
        return self.address.country_code if self.address else ""

    def numbering(self, documents: str) -> tuple[str, str] | None:
        """Its own range of a kind of documents and the form of its numbers; None: it has none, and shares the tenant's."""
        own = next((one for one in self.number_ranges if one.documents == documents), None)
        if own is None:
            return None
        return f"{self.id}:{documents}", f"{own.prefix.replace('%', '%%')}%0{own.digits or 6}d"
