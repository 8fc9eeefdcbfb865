"""A quote from draft to answer: its options and their lines, the book and date that price it, what was approved, sent and accepted.

DRAFT -> submit -> IN_APPROVAL -> APPROVED -> send -> SENT -> accept | decline | expire; `revise` makes a draft of it again, as its next
version. What an option holds and what it costs are kept beside the quote by their hashes: a revision is small, and nothing is lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from engine.lifecycle.document import Document
from engine.lifecycle.machine import Machine, Verb
from engine.lifecycle.terms import Terms
from engine.values.roles import Role

MOST_OPTIONS = 8


class QuoteStatus(StrEnum):
    """Where a quote stands."""

    DRAFT = "DRAFT"
    IN_APPROVAL = "IN_APPROVAL"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    SENT = "SENT"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    EXPIRED = "EXPIRED"
    VOIDED = "VOIDED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of an option, as a caller says it (QuoteLine)."""

    product: str = ""
    quantity: int | None = None
    quantity_micros: int | None = None
    usage_estimate: int | None = None
    group: str = ""
    term_months: int = 0
    facts: dict[str, str] = field(default_factory=dict)
    start_date: int = 0
    end_date: int = 0
    unit: str = ""
    grants: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A configured bundle of an option (ConfiguredBundle)."""

    id: str = ""
    product: str = ""
    quantity: int = 0
    choices: tuple[str, ...] = ()
    by_defaults: bool = False
    facts: dict[str, str] = field(default_factory=dict)
    group: str = ""
    term_months: int = 0
    start_date: int = 0
    end_date: int = 0
    grants: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """A total that stands apart, in micros."""

    name: str = ""
    list_amount_micros: int = 0
    net_amount_micros: int = 0
    tax_amount_micros: int | None = None
    gross_amount_micros: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """An approval that the book asks for: stages in order, in each all who are asked at once."""

    approval: str = ""
    stages: tuple[tuple[str, ...], ...] = ()
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One of the alternatives of a quote. Lines and bundles are kept by the hash `content`, their prices by the hash `priced`."""

    option_id: str = ""
    title: str = ""
    description: str = ""
    recommended: bool = False
    lines: tuple[Line, ...] = ()
    bundles: tuple[Bundle, ...] = ()
    content: str = ""
    priced: str = ""
    totals: tuple[Total, ...] = ()
    complete: bool = False
    problems: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()
    terms: Terms | None = None
    exhausted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A version that was: the revision of the quote that held it last."""

    version: int = 0
    revision: int = 0
    status: str = ""
    document_hash: str = ""
    end_time: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """What was approved of a version: for which account, by which rule, up to whom, on which terms of each option."""

    approval: str = ""
    account: str = ""
    version: int = 0
    time: int = 0
    needs: tuple[Need, ...] = ()
    terms: dict[str, Terms] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """Who accepted what, how. `document_hash` is of the paper that they saw."""

    option_id: str = ""
    document_hash: str = ""
    by: str = ""
    time: int = 0
    purchase_order: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote(Document):
    """A quote. Dates are ordinal days; `book_version` and `pricing_date` are the pin: under it the price is the same for ever."""

    KIND: ClassVar[str] = "quotes"
    INDEXED: ClassVar[tuple[str, ...]] = ("status", "account", "opportunity", "owner", "entity")
    PERSONAL: ClassVar[tuple[str, ...]] = (
        "display_name", "status_reason", "notes", "options.title", "options.description", "acceptance.purchase_order", "signer",
    )  # fmt: skip
    NUMBERED: ClassVar[str] = "Q-%06d"

    display_name: str = ""
    status: QuoteStatus = QuoteStatus.DRAFT
    status_reason: str = ""
    version: int = 1
    account: str = ""
    opportunity: str = ""
    entity: str = ""
    owner: str = ""
    book: str = ""
    book_version: str = ""
    pricing_date: int = 0
    currency_code: str = ""
    language_code: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    account_facts: dict[str, str] = field(default_factory=dict)
    coupon_codes: tuple[str, ...] = ()
    grants: dict[str, str] = field(default_factory=dict)
    start_date: int = 0
    end_date: int = 0
    options: tuple[Option, ...] = ()
    priced_role: str = ""
    valid_days: int = 0
    valid_until: int = 0
    expire_time: int = 0
    net_days: int = 0
    notes: str = ""
    show_discounts: bool = False
    submitter: str = ""
    editors: tuple[str, ...] = ()
    approval: str = ""
    approved: Approved | None = None
    approval_reasons: tuple[str, ...] = ()
    send_time: int = 0
    document_hash: str = ""
    acceptance: Acceptance | None = None
    signer: str = ""
    versions: tuple[Version, ...] = ()
    cloned_from: str = ""

    def dues(self) -> Mapping[str, int]:
        """It expires where nobody has answered."""
        return {"expire": self.expire_time} if self.status is QuoteStatus.SENT and self.expire_time else {}

    def option(self, option_id: str) -> Option | None:
        """One of its options."""
        return next((one for one in self.options if one.option_id == option_id), None)


Q = QuoteStatus
_SELLING = frozenset({Role.SELLER, Role.MANAGER, Role.ADMINISTRATOR})
_ANSWERING = _SELLING | {Role.CUSTOMER}
DECIDING = frozenset({Role.APPROVER, Role.MANAGER, Role.FINANCE, Role.PRICING_AUTHOR, Role.ADMINISTRATOR})
"""Who may decide, where they are asked."""
_OPEN = (Q.DRAFT, Q.IN_APPROVAL, Q.APPROVED, Q.REJECTED, Q.SENT, Q.DECLINED, Q.EXPIRED)
QUOTES = Machine(
    "quote",
    Q.DRAFT,
    {
        "update": Verb({Q.DRAFT: Q.DRAFT, Q.REJECTED: Q.DRAFT}, _SELLING),
        "reprice": Verb({Q.DRAFT: Q.DRAFT, Q.REJECTED: Q.DRAFT}, _SELLING),
        "submit": Verb({Q.DRAFT: Q.IN_APPROVAL}, _SELLING),
        "recall": Verb({Q.IN_APPROVAL: Q.DRAFT, Q.APPROVED: Q.DRAFT}, _SELLING),
        "approve": Verb({Q.IN_APPROVAL: Q.APPROVED}, DECIDING),
        "reject": Verb({Q.IN_APPROVAL: Q.REJECTED}, DECIDING),
        "send": Verb({Q.APPROVED: Q.SENT}, _SELLING),
        "accept": Verb({Q.SENT: Q.ACCEPTED}, _ANSWERING),
        "decline": Verb({Q.SENT: Q.DECLINED}, _ANSWERING),
        "expire": Verb({Q.SENT: Q.EXPIRED}, frozenset({Role.ADMINISTRATOR})),
        "revise": Verb(dict.fromkeys((Q.APPROVED, Q.REJECTED, Q.SENT, Q.DECLINED, Q.EXPIRED), Q.DRAFT), _SELLING),
        "void": Verb(dict.fromkeys(_OPEN, Q.VOIDED), _SELLING),
        "clone": Verb({one: one for one in Q}, _SELLING),
    },
)
