"""What a quote's document says, as plain data: filled by who knows the quote, laid out by who knows the language.

Amounts are int micros of the sheet's currency, quantities and shares millionths, days ordinal. Nothing here is formatted, and
every text is shown as it stands: none is ever read as markup.

    Sheet - Seller, Party
          - Option - Group - Line - Step, Term - Segment
                           - Bundle - Line, Total
                   - Total, Tax
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Format = Literal["a4", "us-letter"]
ACCENT = "#1f3a5f"


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Who sells or buys: `address` in lines, as it stands on an envelope."""

    name: str
    address: tuple[str, ...] = ()
    tax_number: str = ""
    registration: str = ""
    contact: str = ""
    email: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BankAccount:
    """Where to pay: an IBAN, or what a country has in its place."""

    number: str
    bic: str = ""
    bank: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seller:
    """The legal entity that sells, and how its paper looks. `logo`: SVG, PNG or JPEG; `accent`: the colour of rules and headings."""

    party: Party
    accounts: tuple[BankAccount, ...] = ()
    website: str = ""
    logo: bytes | None = None
    accent: str = ACCENT
    format: Format = "a4"


# ---------------------------------------------------------------- lines


@dataclass(frozen=True, slots=True)
class Step:
    """One bar of a waterfall: from `before` to `after`, of a unit or (`whole`) of the line. `name`: the book's step; `list` opens it.

    `share`: what it took or added of the price before it, in millionths, where that is a plain percent.
    """

    name: str
    before: int
    after: int
    reason: str = ""
    share: int | None = None
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of the time a line runs: from `start` until `end` (None: not said), so many months and days, and its amount."""

    start: int | None
    end: int | None
    months: int
    days: int
    amount: int | None


@dataclass(frozen=True, slots=True)
class Term(Segment):
    """All of the time a line runs; `segments` where a ramp cuts it."""

    segments: tuple[Segment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line with its price. `unit` and `units` are one and many of it as the book calls them; common ones are translated.

    `amount` None: charged by use, and nobody said how much it will be; then the unit price may be None, too. `average`: the unit price
    is one, of tiers. `part`: what it is within its bundle. `steps` is () where a policy hides them.
    """

    title: str
    quantity: int | None
    unit: str
    units: str
    period: str
    unit_price: int | None
    amount: int | None
    details: tuple[str, ...] = ()
    part: str = ""
    average: bool = False
    steps: tuple[Step, ...] = ()
    rate: int | None = None
    term: Term | None = None


@dataclass(frozen=True, slots=True)
class Total:
    """A total that stands apart: `once`, `per_month`, `usage`, `first_year`, `over_term` ... as priced quotes call them."""

    name: str
    net: int
    listed: int | None = None
    tax: int | None = None
    gross: int | None = None


@dataclass(frozen=True, slots=True)
class Tax:
    """What is taxed in one category (of EN 16931) at one rate, of a total."""

    total: str
    category: str
    rate: int
    taxable: int
    tax: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """What was configured together: choices that are no lines (`colour`, `black`), its lines, its totals."""

    title: str
    lines: tuple[Line, ...]
    count: int = 1
    choices: tuple[tuple[str, str], ...] = ()
    totals: tuple[Total, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Lines under a heading, then bundles; without a title, those of no group."""

    title: str = ""
    lines: tuple[Line, ...] = ()
    bundles: tuple[Bundle, ...] = ()
    totals: tuple[Total, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One of the alternatives of a quote, whole in itself. `with_tax`: its prices and amounts have tax in them."""

    groups: tuple[Group, ...]
    totals: tuple[Total, ...]
    taxes: tuple[Tax, ...] = ()
    title: str = ""
    description: str = ""
    recommended: bool = False
    with_tax: bool = False


# ---------------------------------------------------------------- the sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A quote's document. `language` is a tag such as `nl`, `nl-BE`, `en-US`; free texts may have paragraphs.

    `payment_days` or, in other words, `payment_terms`. `notes` are (title, text); a title may be "".
    """

    language: str
    currency: str
    number: str
    version: int
    date: int
    valid_until: int | None
    document: str
    seller: Seller
    customer: Party
    options: tuple[Option, ...]
    subject: str = ""
    introduction: str = ""
    reference: str = ""
    contact: str = ""
    payment_days: int | None = None
    payment_terms: str = ""
    notes: tuple[tuple[str, str], ...] = ()
    acceptance: bool = True
