"""The paper of a quote: filled from the quote, its account and its seller, and set as a PDF whose hash is what a customer accepts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import BoundedSemaphore

from babel import Locale

from engine.lifecycle.parties import Account, Address, LegalEntity, TaxNumber
from engine.lifecycle.quote import Option, Quote
from engine.paper import rows_of, typeset
from engine.paper.from_priced import option_of
from engine.paper.languages import HOME
from engine.paper.sheet import ACCENT, BankAccount, Party, Seller, Sheet
from engine.paper.sheet import Option as SheetOption
from engine.services.context import Context
from engine.services.refusal import Refused
from engine.services.selling.parties import logo_of
from engine.services.selling.priced import Prices, day_of
from engine.values.kinds import MICROS

OTHERWISE = "en"
"""For customers whose language documents are not written in."""
LARGE_ROWS = 1_500
TURN_SECONDS = 1.0
_LARGE = BoundedSemaphore(1)


@dataclass(frozen=True, slots=True)
class Document:
    """The paper of a version of a quote, as it was `sent` or would be now; `lost` are characters of it that no font shows."""

    quote: Quote
    version: int
    pdf: bytes
    digest: str
    sent: bool = False
    lost: str = ""


class Papers:
    """Makes papers of quotes."""

    def __init__(self, prices: Prices) -> None:
        self.prices = prices

    def of(self, context: Context, quote: Quote, account: Account, entity: LegalEntity, now: int) -> Document:
        """The paper of a quote as it is (`now`: microseconds since the epoch).

        Raises:
            Refused: FAILED_PRECONDITION, it cannot be set; RESOURCE_EXHAUSTED, others of its size are.
        """
        try:
            sheet = self._sheet(context, quote, account, entity, now)
            with turn(sheet):
                paper = typeset(sheet, datetime.fromtimestamp(now // MICROS, UTC))
        except ValueError as error:
            raise Refused(
                "FAILED_PRECONDITION", "NO_DOCUMENT", f"{quote.name} cannot be put on paper: {error}"
            ) from error
        digest = hashlib.sha256(paper.pdf).hexdigest()
        return Document(quote, quote.version, paper.pdf, digest, lost="".join(sorted(paper.lost)))

    def _sheet(self, context: Context, quote: Quote, account: Account, entity: LegalEntity, now: int) -> Sheet:
        whole = self.prices.whole(context.tenant, quote)
        notes = tuple(("", text) for text in (quote.notes, entity.terms) if text.strip())
        said = quote.language_code or account.language_code or entity.language_code
        language = said if said.split("-")[0] in HOME else OTHERWISE
        home = entity.country_code
        return Sheet(
            language=language,
            currency=quote.currency_code, number=quote.number or quote.id, version=quote.version,
            date=day_of(now, self.prices.zone(context, quote)), valid_until=quote.valid_until or None,
            document=quote.id, seller=_seller(entity, logo_of(self.prices.documents, context.tenant, entity)), customer=_customer(account, home, language), subject=quote.display_name,
            options=tuple(self._option(context, quote, option) for option in whole.options),
            payment_days=quote.net_days or None, notes=notes,
        )  # fmt: skip

    def _option(self, context: Context, quote: Quote, option: Option) -> SheetOption:
        priced = self.prices.price_of(context.tenant, option)
        bundles = self.prices.book(context, quote).bundles if option.bundles else ()
        return option_of(
            self.prices.head(context, quote), priced, [line.group or None for line in option.lines], bundles,
            quote.show_discounts, option.title, option.recommended,
        )  # fmt: skip


@contextmanager
def turn(sheet: Sheet) -> Iterator[None]:
    """A large document takes seconds and hundreds of megabytes to set: a worker sets one at a time.

    Raises:
        Refused: RESOURCE_EXHAUSTED.
    """
    if rows_of(sheet) <= LARGE_ROWS:
        yield
        return
    if not _LARGE.acquire(timeout=TURN_SECONDS):
        said = f"a worker sets one document of more than {LARGE_ROWS:,} rows at a time: try again"
        raise Refused("RESOURCE_EXHAUSTED", "TOO_MANY_DOCUMENTS", said, again_seconds=TURN_SECONDS)
    try:
        yield
    finally:
        _LARGE.release()


def _seller(entity: LegalEntity, logo: bytes) -> Seller:
    accounts = tuple(
        BankAccount(number=one.iban or one.account_number, bic=one.bic, bank=one.bank) for one in entity.bank_accounts
    )
    party = Party(
        name=entity.legal_name, address=_lines(entity.address, entity.country_code, OTHERWISE), tax_number=_first(entity.tax_numbers),
        registration=entity.registration_number, email=entity.email, phone=entity.phone,
    )  # fmt: skip
    return Seller(
        party=party, accounts=accounts, website=entity.website, format="us-letter" if entity.country_code == "US" else "a4",
        logo=logo or None, accent=entity.accent_color or ACCENT,
    )  # fmt: skip


def _customer(account: Account, home: str, language: str) -> Party:
    contact = next((one for one in account.contacts if one.primary), next(iter(account.contacts), None))
    return Party(
        name=account.display_name, address=_lines(account.billing_address, home, language), tax_number=_first(account.tax_numbers),
        contact=contact.display_name if contact else "", email=contact.email if contact else "",
    )  # fmt: skip


def _lines(address: Address | None, home: str, language: str) -> tuple[str, ...]:
    """As on an envelope: the country, in the reader's language, only where it is another than the seller's."""
    if address is None:
        return ()
    place = " ".join(part for part in (address.postal_code, address.city, address.region) if part)
    names = Locale.parse(language, sep="-").territories
    country = str(names.get(address.country_code, "")) if address.country_code != home else ""
    return tuple(line for line in (*address.lines, place, country) if line)


def _first(numbers: Iterable[TaxNumber]) -> str:
    return next((one.number for one in numbers), "")
