"""By what two documents may be of the same party: the same mail, the same telephone, a company of the same name in the same country.

Each is put into a form in which writing makes no difference, and only its hash is kept, as a value of the index `match`. A hash of what is
short can be guessed by trying, so it is personal as well: it goes with what it was made of when that is erased.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from typing import Protocol

MATCH = "match"
_LEGAL_FORMS = frozenset(
    "ab ag and aps as asa bv bvba co company corp corporation cv gmbh inc incorporated kft kg limited llc llp ltd mbh nv ohg oy oyj plc"
    " pty sa sarl sas sl spa srl srls sro ug vof zoo".split()
)
_DOTTED = re.compile(r"\b(?:\w\.\s?){2,}|\b(?:\w\.\s?)+\w\b")
_WORD = re.compile(r"\w+")


class Reachable(Protocol):
    """A person with mail and telephone."""

    @property
    def email(self) -> str:
        """Mail."""

    @property
    def phone(self) -> str:
        """Telephone, as E.164."""


def mail_form(text: str) -> str:
    """An address of mail without capitals, and without what its owner put behind a `+`."""
    name, at, domain = _folded(text).strip().rpartition("@")
    return f"{name.partition('+')[0] or name}{at}{domain}"


def company_form(text: str) -> str:
    """A company's name without capitals, accents, signs and legal form; all of them stay where nothing else would."""
    plain = _folded(text).replace("&", " and ")
    bare = "".join(one for one in plain if not unicodedata.combining(one))
    joined = _DOTTED.sub(lambda found: found[0].replace(".", "").replace(" ", "") + " ", bare)
    words = _WORD.findall(joined)
    kept = list(words)
    while kept and kept[-1] in _LEGAL_FORMS:
        kept.pop()
    return " ".join(kept or words)


def _folded(text: str) -> str:
    """A text as every text that differs by capitals or compatible characters alone has it (Unicode 3.13, D146)."""
    for form in ("NFD", "NFKD"):
        text = unicodedata.normalize(form, text).casefold()
    return unicodedata.normalize("NFKD", text)


def keys(people: Iterable[Reachable], company: str, country_code: str) -> frozenset[str]:
    """The hashes by which a party is found again."""
    said = set()
    for one in people:
        said |= {("mail", mail_form(one.email)), ("phone", one.phone)}
    form = company_form(company)
    said.add(("company", f"{form}/{country_code}" if form and country_code else ""))
    return frozenset(hashed(kind, text) for kind, text in said if text)


def hashed(kind: str, text: str) -> str:
    """32 hex digits."""
    return hashlib.blake2b(f"{kind}:{text}".encode(), digest_size=16).hexdigest()
