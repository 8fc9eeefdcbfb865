"""Leads: first interest, from whatever it came, until it is an opportunity or closed with a reason. All that is said of people is personal."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import ClassVar

from engine.lifecycle import matching
from engine.lifecycle.document import Document
from engine.lifecycle.machine import Machine, Verb
from engine.lifecycle.next_step import SELLING, NextStep
from engine.lifecycle.parties import Contact
from engine.values.roles import Role

DUPLICATE = "duplicate"
"""The reason of a lead that was merged into another."""


class LeadStatus(StrEnum):
    """Where a lead stands. An erased one has lost what is personal."""

    NEW = "NEW"
    WORKING = "WORKING"
    QUALIFIED = "QUALIFIED"
    DISQUALIFIED = "DISQUALIFIED"
    ERASED = "ERASED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead(Document):
    """Somebody's interest. `may_duplicate` are the leads and accounts that seemed to be of the same party when it was captured."""

    KIND: ClassVar[str] = "leads"
    INDEXED: ClassVar[tuple[str, ...]] = ("status", "owner", "source", "country_code", "account", "reason")
    PERSONAL: ClassVar[tuple[str, ...]] = ("person", "company", "interest", "next_step", "note")

    status: LeadStatus = LeadStatus.NEW
    source: str = ""
    company: str = ""
    person: Contact | None = None
    country_code: str = ""
    language_code: str = ""
    interest: str = ""
    book: str = ""
    products: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    score: int = 0
    owner: str = ""
    next_step: NextStep | None = None
    activity_time: int = 0
    reason: str = ""
    note: str = ""
    may_duplicate: tuple[str, ...] = ()
    merged: tuple[str, ...] = ()
    merged_into: str = ""
    account: str = ""
    opportunity: str = ""
    erase_time: int = 0

    @property
    def match(self) -> frozenset[str]:
        """The hashes by which it is found to be of the same party as others."""
        return matching.keys([self.person] if self.person else [], self.company, self.country_code)

    def found_by(self) -> frozenset[tuple[str, str]]:
        """By what it is listed, and by what it matches others."""
        return Document.found_by(self) | {(matching.MATCH, key) for key in self.match}

    def joined(self, other: Lead) -> Lead:
        """With what another of the same party says and this one does not."""
        mine, theirs = self.person or Contact(), other.person or Contact()
        person = Contact(
            display_name=mine.display_name or theirs.display_name, email=mine.email or theirs.email,
            phone=mine.phone or theirs.phone, title=mine.title or theirs.title,
        )  # fmt: skip
        return replace(
            self, person=None if person == Contact() else person, company=self.company or other.company,
            country_code=self.country_code or other.country_code, language_code=self.language_code or other.language_code,
            interest=self.interest or other.interest, book=self.book or other.book,
            products=tuple(dict.fromkeys((*self.products, *(other.products if self.book in ("", other.book) else ())))),
            score=max(self.score, other.score), merged=(*self.merged, other.name),
        )  # fmt: skip


_EVERYONE = SELLING | {Role.STOREFRONT}
_LEADING = frozenset({Role.MANAGER, Role.ADMINISTRATOR})
S = LeadStatus
_OPEN = {S.NEW: S.NEW, S.WORKING: S.WORKING}
LEADS = Machine(
    "lead",
    S.NEW,
    {
        "capture": Verb({}, _EVERYONE),
        "update": Verb(_OPEN, SELLING),
        "assign": Verb(_OPEN, _LEADING),
        "work": Verb({S.NEW: S.WORKING}, SELLING),
        "qualify": Verb({S.NEW: S.QUALIFIED, S.WORKING: S.QUALIFIED}, SELLING),
        "disqualify": Verb({S.NEW: S.DISQUALIFIED, S.WORKING: S.DISQUALIFIED}, SELLING),
        "merge": Verb({S.NEW: S.DISQUALIFIED, S.WORKING: S.DISQUALIFIED}, SELLING),
        "reopen": Verb({S.DISQUALIFIED: S.WORKING}, SELLING),
        "erase": Verb(dict.fromkeys(S, S.ERASED), frozenset({Role.ADMINISTRATOR})),
    },
)
