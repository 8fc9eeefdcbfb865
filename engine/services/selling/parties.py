"""The verbs of accounts and legal entities."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

from engine.lifecycle import checks
from engine.lifecycle.document import id_in
from engine.lifecycle.parties import ACCOUNTS, Account, LegalEntity
from engine.paper import settable
from engine.services.context import Context
from engine.services.desk import Call, Desk, Work
from engine.services.naming import named_by
from engine.services.refusal import Refused, needs_store
from engine.services.selling.erasing import erase_account
from engine.services.selling.numbering import checked_ranges, claim_ranges
from engine.store.documents import Documents
from engine.values.kinds import MICROS

MOST_ANCESTORS = 20
EVENTS = {
    "update": "AccountUpdated", "block": "AccountBlocked", "unblock": "AccountUnblocked", "close": "AccountClosed",
    "reopen": "AccountReopened",
}  # fmt: skip
Edit = Callable[[Account], Account]


class Accounts:
    """Customers."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def create(self, context: Context, call: Call, account: Account, chosen: str = "") -> Account:
        """A new account, active; `chosen` is the id it gets where the caller wants one.

        Raises:
            Refused: PERMISSION_DENIED, the role may not, or the caller is bound to an account: that is the one they have.
        """
        context.require("make accounts")
        named = replace(account, name=named_by(context, Account, chosen, "account_id"), status=ACCOUNTS.start)
        checked = checked_account(named)
        return self.desk.change(context, call, Account, lambda work: self._save(work, checked, "AccountCreated"))

    def update(self, context: Context, call: Call, name: str, edit: Edit) -> Account:
        """Change what may be changed."""
        ACCOUNTS.may("update", context.role)

        def decide(work: Work) -> Account:
            before = work.load(Account, name, call.etag)
            ACCOUNTS.step(before.status, "update")
            return self._save(work, checked_account(edit(before)), EVENTS["update"])

        return self.desk.change(context, call, Account, decide)

    def do(self, context: Context, call: Call, name: str, verb: str, reason: str = "") -> Account:
        """Block, unblock, close or reopen."""
        ACCOUNTS.may(verb, context.role)

        def decide(work: Work) -> Account:
            before = work.load(Account, name, call.etag)
            after = replace(before, status=ACCOUNTS.step(before.status, verb), status_reason=reason)
            return work.save(after, EVENTS[verb])

        return self.desk.change(context, call, Account, decide)

    def erase(self, context: Context, call: Call, name: str) -> Account:
        """Erase what is personal, also in what is of the account: history keeps what is not. Once more where something came after it."""
        return erase_account(self.desk, context, call, name)

    def _save(self, work: Work, account: Account, event: str) -> Account:
        """With a parent that is there, and not below itself."""
        above, seen = account.parent, {account.name}
        while above:
            if above in seen or len(seen) > MOST_ANCESTORS:
                said = f"{account.name} would stand below itself, or below more than {MOST_ANCESTORS} others"
                raise Refused("INVALID_ARGUMENT", "INVALID_PARENT", said, "account.parent")
            seen.add(above)
            parent = work.load(Account, above, field="account.parent")
            work.hold(parent)
            above = parent.parent
        return work.save(account, event)


class LegalEntities:
    """Sellers."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def create(self, context: Context, call: Call, entity: LegalEntity, chosen: str = "") -> LegalEntity:
        """A new one."""
        context.require("keep legal entities")
        checked = checked_entity(replace(entity, name=named_by(context, LegalEntity, chosen, "entity_id")))
        return self.desk.change(
            context, call, LegalEntity, lambda work: _save_entity(work, checked, "LegalEntityCreated")
        )

    def update(
        self, context: Context, call: Call, name: str, edit: Callable[[LegalEntity], LegalEntity]
    ) -> LegalEntity:
        """Change what may be changed; a range of numbers goes on where it is."""
        context.require("keep legal entities")

        def decide(work: Work) -> LegalEntity:
            before = self.whole(context, work.load(LegalEntity, name, call.etag))
            return _save_entity(work, checked_entity(edit(before), before.logo_hash), "LegalEntityUpdated")

        return self.desk.change(context, call, LegalEntity, decide)

    @needs_store
    def whole(self, context: Context, entity: LegalEntity) -> LegalEntity:
        """A legal entity with its logo."""
        return replace(entity, logo=logo_of(self.desk.documents, context.tenant, entity))


def logo_of(documents: Documents, tenant: str, entity: LegalEntity) -> bytes:
    """The logo of a legal entity, as it was at this revision; b"": it has none."""
    return documents.content(tenant, entity.logo_hash) if entity.logo_hash else b""


def _save_entity(work: Work, entity: LegalEntity, event: str) -> LegalEntity:
    """With its logo beside it: kept once, by its hash, however many revisions have it."""
    digest = work.change.content(entity.logo) if entity.logo else ""
    saved = work.save(replace(entity, logo=b"", logo_hash=digest), event)
    claim_ranges(work, saved)
    return saved


def checked_account(account: Account) -> Account:
    """An account whose parts are in their one form.

    Raises:
        Refused: INVALID_ARGUMENT, with the field.
    """
    at = "account."
    if not account.display_name.strip():
        raise Refused("INVALID_ARGUMENT", "REQUIRED", "an account has a name", f"{at}display_name")
    if account.parent:
        id_in(account.parent, Account.KIND, f"{at}parent")
    billing = checks.address(account.billing_address, f"{at}billing_address")
    home = billing.country_code if billing else ""
    terms = account.payment_terms
    if terms and not (
        0 <= terms.discount_days <= max(terms.net_days, 0) <= 3_650 and 0 <= terms.discount_micros < MICROS
    ):
        said = "payment is due within 0 to 3,650 days, a discount of less than 100% within fewer"
        raise Refused("INVALID_ARGUMENT", "INVALID_VALUE", said, f"{at}payment_terms")
    return replace(
        account, billing_address=billing,
        contacts=tuple(checks.contact(one, f"{at}contacts[{i}]", home) for i, one in enumerate(account.contacts)),
        delivery_addresses=_addresses(account, at),
        tax_numbers=tuple(checks.tax_number(one, f"{at}tax_numbers[{i}]") for i, one in enumerate(account.tax_numbers)),
        currency_code=checks.currency(account.currency_code, f"{at}currency_code"),
        language_code=checks.language(account.language_code, f"{at}language_code"),
    )  # fmt: skip


def _addresses(account: Account, at: str) -> tuple:  # type: ignore[type-arg]
    return tuple(
        checks.address(one, f"{at}delivery_addresses[{i}]") for i, one in enumerate(account.delivery_addresses)
    )


def checked_entity(entity: LegalEntity, known: str = "") -> LegalEntity:
    """A legal entity whose parts are in their one form; `known` is the hash of a logo that was checked before.

    Raises:
        Refused: INVALID_ARGUMENT, with the field.
    """
    at = "entity."
    if not entity.legal_name.strip():
        raise Refused("INVALID_ARGUMENT", "REQUIRED", "a legal entity has a name", f"{at}legal_name")
    checked_ranges(entity)
    return replace(
        entity, address=checks.address(entity.address, f"{at}address"),
        tax_numbers=tuple(checks.tax_number(one, f"{at}tax_numbers[{i}]") for i, one in enumerate(entity.tax_numbers)),
        bank_accounts=tuple(checks.bank_account(one, f"{at}bank_accounts[{i}]") for i, one in enumerate(entity.bank_accounts)),
        number_ranges=tuple(checks.number_range(one, f"{at}number_ranges[{i}]") for i, one in enumerate(entity.number_ranges)),
        currency_code=checks.currency(entity.currency_code, f"{at}currency_code"),
        language_code=checks.language(entity.language_code, f"{at}language_code"),
        email=checks.email(entity.email, f"{at}email"),
        phone=checks.phone(entity.phone, f"{at}phone", entity.country_code),
        logo_content_type=_kind_of_logo(entity, known, f"{at}logo"),
        accent_color=checks.colour(entity.accent_color, f"{at}accent_color"),
    )  # fmt: skip


def _kind_of_logo(entity: LegalEntity, known: str, field: str) -> str:
    """What a logo is, once it was set on a page."""
    if not entity.logo:
        return ""
    if hashlib.sha256(entity.logo).hexdigest() == known:
        return entity.logo_content_type
    try:
        return settable(entity.logo)
    except ValueError as error:
        raise checks.wrong(str(error), field) from error
