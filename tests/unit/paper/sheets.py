"""Sheets that tests set: one with something of everything, in any language and of any length."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from engine.paper.sheet import (
    BankAccount,
    Bundle,
    Group,
    Line,
    Option,
    Party,
    Segment,
    Seller,
    Sheet,
    Step,
    Tax,
    Term,
    Total,
)

CREATED = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
M = 1_000_000
LOGO = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 160 40"><rect width="40" height="40" rx="6" fill="#1f3a5f"/>'
    b'<path d="M10 28 L20 10 L30 28 Z" fill="#fff"/><rect x="52" y="12" width="100" height="16" rx="3" fill="#1f3a5f"/></svg>'
)


def day(year: int, month: int, of: int) -> int:
    """An ordinal day."""
    return date(year, month, of).toordinal()


SELLER = Seller(
    party=Party(
        name="Delta Systemen B.V.", address=("Keizersgracht 412", "1016 GC Amsterdam", "Nederland"), tax_number="NL004495445B01",
        registration="KvK 12345678", email="verkoop@delta.example", phone="+31 20 555 01 00",
    ),
    accounts=(BankAccount(number="NL91 ABNA 0417 1643 00", bic="ABNANL2A", bank="ABN AMRO"),),
    website="delta.example",
    logo=LOGO,
)  # fmt: skip
CUSTOMER = Party(
    name="Bakkerij De Gouden Korst", contact="t.a.v. mevrouw J. de Vries", address=("Molenstraat 7", "3511 AB Utrecht", "Nederland"),
    tax_number="NL001234567B01",
)  # fmt: skip

SEAT = Line(
    title="CRM seat", quantity=50 * M, unit="seat", units="seats", period="month", unit_price=34_500_000, amount=1_725 * M, rate=210_000,
    details=("Sales and service, with telephone support",),
    steps=(
        Step("list", 0, 49 * M), Step("volume", 49 * M, 43_120_000, share=120_000),
        Step("promotion", 43_120_000, 34_500_000, "Startup programme, PR-118", share=200_000),
    ),
    term=Term(day(2026, 6, 1), day(2028, 6, 1), 24, 0, 41_400 * M),
)  # fmt: skip
CALLS = Line(
    title="API calls", quantity=1_500_000 * M, unit="call", units="calls", period="use", unit_price=347, amount=521 * M, average=True,
    rate=210_000,
)  # fmt: skip
FIBRE = Line(
    title="Fibre", quantity=M, unit="connection", units="connections", period="month", unit_price=45 * M, amount=45 * M, rate=210_000,
    term=Term(
        None, None, 24, 0, 945 * M,
        (Segment(None, None, 6, 0, 135 * M), Segment(None, None, 18, 0, 810 * M)),
    ),
)  # fmt: skip
ONBOARDING = Line(
    title="Onboarding", quantity=12_500_000, unit="hour", units="hours", period="once", unit_price=148_500_000, amount=1_856_250_000,
    rate=210_000, steps=(Step("list", 0, 150 * M), Step("volume", 1_875 * M, 1_856_250_000, share=10_000, whole=True)),
)  # fmt: skip
BOOK = Line(
    title="Handbook",
    quantity=10 * M,
    unit="piece",
    units="pieces",
    period="once",
    unit_price=19_950_000,
    amount=199_500_000,
    rate=90_000,
)
WORKSTATION = Bundle(
    title="Workstation", count=2, choices=(("Colour", "black"), ("Extended warranty", "yes")),
    lines=(
        Line(title="Processor of sixty cores", part="Processor", quantity=2 * M, unit="piece", units="pieces", period="once",
             unit_price=1_850 * M, amount=3_700 * M, rate=210_000),
        Line(title="Memory, 64 GB", part="Memory", quantity=8 * M, unit="piece", units="pieces", period="once",
             unit_price=189 * M, amount=1_512 * M, rate=210_000),
        Line(title="Care at the desk", quantity=2 * M, unit="piece", units="pieces", period="month",
             unit_price=12_500_000, amount=25 * M, rate=210_000),
    ),
    totals=(Total("once", 5_212 * M), Total("per_month", 25 * M)),
)  # fmt: skip
FULL = Option(
    title="Everything", recommended=True, description="All that you asked for, and people who set it up.",
    groups=(
        Group(lines=(SEAT, CALLS, FIBRE)),
        Group(title="Roll-out", lines=(ONBOARDING, BOOK), bundles=(WORKSTATION,),
              totals=(Total("once", 7_267_750_000), Total("per_month", 25 * M))),
    ),
    totals=(
        Total("once", 7_267_750_000, 7_286_500_000, 1_502_290_000, 8_770_040_000),
        Total("per_month", 1_795 * M, 2_520 * M, 376_950_000, 2_171_950_000),
        Total("usage", 521 * M, 521 * M, 109_410_000, 630_410_000),
        Total("over_term", 50_107_750_000, 67_486_500_000),
    ),
    taxes=(
        Tax("once", "S", 210_000, 7_068_250_000, 1_484_330_000, "The country's standard rate"),
        Tax("once", "S", 90_000, 199_500_000, 17_960_000, "Books"),
        Tax("per_month", "S", 210_000, 1_795 * M, 376_950_000, "The country's standard rate"),
        Tax("usage", "S", 210_000, 521 * M, 109_410_000, "The country's standard rate"),
    ),
)  # fmt: skip
SMALL = Option(
    title="To begin with", groups=(Group(lines=(replace(SEAT, quantity=10 * M, amount=345 * M, term=None, rate=0), replace(CALLS, amount=None, quantity=None, unit_price=None, rate=0))),),
    totals=(Total("per_month", 345 * M, 490 * M, 0, 345 * M),),
    taxes=(Tax("per_month", "AE", 0, 345 * M, 0, "Article 196, Directive 2006/112/EC"),),
)  # fmt: skip
TERMS = (
    "Prices hold for the number of seats stated; seats are added at the same price until the end of the term.\n\n"
    "Support answers on working days from 8:30 to 17:30.\nDelivery takes two weeks from acceptance."
)


def sheet(language: str = "nl", options: tuple[Option, ...] = (FULL, SMALL), currency: str = "EUR") -> Sheet:
    """A sheet with something of everything."""
    return Sheet(
        language=language, currency=currency, number="Q-2026-0042", version=2, date=day(2026, 5, 4), valid_until=day(2026, 6, 3),
        document="quotes/q-2026-0042/2", seller=SELLER, customer=CUSTOMER, options=options, subject="CRM for all bakeries",
        introduction="Thank you for asking us. Below is what we talked about on Tuesday.", reference="PO-88", contact="Sanne Jansen",
        payment_days=30, notes=(("", TERMS),),
    )  # fmt: skip


def long(language: str, count: int) -> Sheet:
    """One option of so many lines, in groups of 25."""
    kinds = (SEAT, CALLS, FIBRE, ONBOARDING, BOOK)
    lines = [replace(kinds[n % 5], title=f"{kinds[n % 5].title} {n + 1}") for n in range(count)]
    groups = tuple(Group(title=f"Site {at // 25 + 1}", lines=tuple(lines[at : at + 25])) for at in range(0, count, 25))
    return sheet(language, (replace(FULL, title="", groups=groups),))
