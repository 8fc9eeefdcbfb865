"""Checks what is said of parties by the libraries that know: countries, currencies, tax numbers, IBANs, telephone numbers, languages.

What is right comes back in its one form, so that the same number written twice is found to be the same.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

import phonenumbers
from babel import Locale, UnknownLocaleError
from stdnum import bic, iban
from stdnum.eu import vat
from stdnum.exceptions import ValidationError
from stdnum.util import get_cc_module

from engine.lifecycle.parties import Address, BankAccount, Contact, NumberRange, TaxNumber
from engine.values.currency import currencies
from engine.values.refusal import Refused

_EMAIL = re.compile(r"[^@\s\x00-\x1f<>()\[\],;:\\\"]{1,64}@[^@\s\x00-\x1f<>()\[\],;:\\\"]{1,253}\.[^@\s.]{2,63}\Z")
MOST_LABEL = 200
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*\Z")


def wrong(message: str, field: str, reason: str = "INVALID_VALUE") -> Refused:
    """The refusal of a field."""
    return Refused("INVALID_ARGUMENT", reason, message, field)


def label(text: str, field: str) -> str:
    """A word or two that documents are listed by: a source, a principal; "" stays."""
    text = text.strip()
    if len(text) > MOST_LABEL or not text.isprintable():
        raise wrong(f"`{field}` has at most {MOST_LABEL} printable characters", field)
    return text


@cache
def _countries() -> frozenset[str]:
    known = (str(code) for code in Locale("en").territories)
    return frozenset(code for code in known if re.match(r"[A-Z]{2}\Z", code)) - {"ZZ", "EU", "UN", "EZ"}


def country(code: str, field: str) -> str:
    """An ISO 3166-1 alpha-2 code, in capitals; "" stays."""
    upper = code.strip().upper()
    if upper and upper not in _countries():
        raise wrong(f"`{code[:20]}` is no country: write its two letters (ISO 3166-1), such as NL", field)
    return upper


def currency(code: str, field: str) -> str:
    """An ISO 4217 code, in capitals; "" stays."""
    upper = code.strip().upper()
    if upper and upper not in currencies():
        raise wrong(f"`{code[:20]}` is no currency: write its three letters (ISO 4217), such as EUR", field)
    return upper


def language(code: str, field: str) -> str:
    """A language as in `nl` or `nl-BE`; "" stays."""
    if not code:
        return ""
    try:
        if _LANGUAGE.match(code):
            return str(Locale.parse(code.replace("-", "_"))).replace("_", "-")
    except (UnknownLocaleError, ValueError):
        pass
    raise wrong(f"`{code[:20]}` is no language: write one such as nl or nl-BE (BCP 47)", field)


def colour(code: str, field: str) -> str:
    """A colour as in `#1f3a5f`, in small letters; "" stays."""
    lower = code.strip().lower()
    if lower and not re.fullmatch("#[0-9a-f]{6}", lower):
        raise wrong(f"`{code[:20]}` is no colour: write red, green and blue in hex, such as #1f3a5f", field)
    return lower


def email(text: str, field: str) -> str:
    """An address of mail, its domain in lower case; "" stays."""
    text = text.strip()
    if text and not _EMAIL.match(text):
        raise wrong(f"`{text[:60]}` is no address of mail", field)
    name, at, domain = text.rpartition("@")
    return f"{name}{at}{domain.lower()}"


def phone(text: str, field: str, country_code: str = "") -> str:
    """A telephone number as in +31201234567 (E.164); "" stays. Without a `+` it is one of the country."""
    if not text.strip():
        return ""
    try:
        number = phonenumbers.parse(text, country_code or None)
    except phonenumbers.NumberParseException as error:
        raise wrong(
            f"`{text[:40]}` is no telephone number: write it with its country, such as +31 20 123 4567", field
        ) from error
    if not phonenumbers.is_possible_number(number):
        raise wrong(f"`{text[:40]}` cannot be a telephone number: it has too many or too few digits", field)
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def address(said: Address | None, field: str) -> Address | None:
    """A postal address with its country."""
    if said is None:
        return None
    return replace(said, country_code=country(said.country_code, f"{field}.country_code"))


def tax_number(said: TaxNumber, field: str) -> TaxNumber:
    """A tax number, checked by its digits where the country's way is known."""
    code = country(said.country_code, f"{field}.country_code")
    if not code or not said.number.strip():
        raise wrong("a tax number has a country and a number", field)
    given = said.number.strip().upper()
    try:
        if code.lower() in vat.MEMBER_STATES:
            prefix = "EL" if code == "GR" else code
            number = vat.validate(given if given.startswith(prefix) else prefix + given)
        else:
            rule = get_cc_module(code.lower(), "vat") or get_cc_module(code.lower(), "tin")
            number = rule.validate(given) if rule else given
    except ValidationError as error:
        raise wrong(f"`{said.number[:40]}` is no tax number of {code}: {error}", f"{field}.number") from error
    return TaxNumber(country_code=code, number=number)


def bank_account(said: BankAccount, field: str) -> BankAccount:
    """A bank account by IBAN, or by a number and its bank."""
    checked = said
    for name, rule in (("iban", iban), ("bic", bic)):
        text = getattr(said, name)
        try:
            checked = replace(checked, **{name: rule.validate(text) if text else ""})
        except ValidationError as error:
            raise wrong(f"`{text[:40]}` is no {name.upper()}: {error}", f"{field}.{name}") from error
    if not (said.iban or said.account_number):
        raise wrong("a bank account has an IBAN, or an account number", field)
    return replace(checked, currency_code=currency(said.currency_code, f"{field}.currency_code"))


def contact(said: Contact, field: str, country_code: str = "") -> Contact:
    """A person to talk to; who has no name, has an address or a number."""
    if not (said.display_name or said.email or said.phone):
        raise wrong("a contact has a name, an address of mail or a telephone number", field)
    return replace(
        said, email=email(said.email, f"{field}.email"), phone=phone(said.phone, f"{field}.phone", country_code)
    )


def number_range(said: NumberRange, field: str) -> NumberRange:
    """How documents of a kind are numbered."""
    if said.documents not in ("quotes", "contracts", "orders", "invoices", "credit_notes"):
        raise wrong("numbers are of quotes, contracts, orders, invoices or credit_notes", f"{field}.documents")
    if not re.fullmatch(r"[A-Za-z0-9./_-]{0,20}", said.prefix):
        raise wrong("a prefix is at most 20 letters, digits and . / _ -", f"{field}.prefix")
    if not 0 <= said.digits <= 12:
        raise wrong("a number has at most 12 digits; 0 is 6", f"{field}.digits")
    return said
