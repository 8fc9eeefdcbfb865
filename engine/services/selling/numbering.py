"""Ranges of numbers: no two documents of a kind have one number, whoever sells."""

from __future__ import annotations

from engine.lifecycle.checks import wrong
from engine.lifecycle.parties import LegalEntity
from engine.lifecycle.quote import Quote
from engine.services.desk import Work
from engine.services.refusal import Refused

OURS = {"quotes": Quote.NUMBERED.partition("%")[0]}
"""What stands before the numbers of documents whose seller has no range of its own."""
_DIGITS = "0123456789"


def checked_ranges(entity: LegalEntity) -> None:
    """Make sure that the ranges of a legal entity are one for each kind of document, and not the tenant's own.

    Raises:
        Refused: INVALID_ARGUMENT, with the field.
    """
    kinds = [one.documents for one in entity.number_ranges]
    for i, one in enumerate(entity.number_ranges):
        field = f"entity.number_ranges[{i}]"
        if one.documents in kinds[:i]:
            raise wrong(f"`{one.documents}` have one range of numbers: leave one of the two out", f"{field}.documents")
        if stem(one.prefix) == OURS.get(one.documents):
            said = (
                f"`{one.prefix}` is for {one.documents} of sellers without a range of their own: choose another prefix"
            )
            raise wrong(said, f"{field}.prefix")


def claim_ranges(work: Work, entity: LegalEntity) -> None:
    """Take the prefixes of a legal entity, for good: it may have given numbers by them, whatever it uses later.

    Raises:
        Refused: ALREADY_EXISTS, another has one.
    """
    for i, one in enumerate(entity.number_ranges):
        name = f"numbers:{one.documents}:{stem(one.prefix)}"
        owner = work.documents.owner(work.context.tenant, name)
        if owner not in ("", entity.name):
            said = (
                f"{owner} numbers {one.documents} by a prefix that is the same, digits at its end apart: "
                f"choose another than `{one.prefix}`, for two documents would get one number"
            )
            raise Refused("ALREADY_EXISTS", "TAKEN", said, f"entity.number_ranges[{i}].prefix")
        work.change.claim(name, entity.name)


def stem(prefix: str) -> str:
    """What tells the numbers of a prefix from those of others: `A-` and `A-0` both lead to A-000001."""
    return prefix.rstrip(_DIGITS)
