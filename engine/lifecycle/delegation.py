"""One person's decisions left to another for a while; a delegate hands nothing on, and gains nothing on the deals of either."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from engine.lifecycle.document import Document
from engine.lifecycle.machine import Machine, Verb
from engine.lifecycle.quote import DECIDING
from engine.values.refusal import Refused

MOST_DAYS = 366
DAY = 24 * 3600 * 1_000_000


class DelegationStatus(StrEnum):
    """Where a delegation stands; between its times an active one is in force."""

    ACTIVE = "ACTIVE"
    REVOKED = "REVOKED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegation(Document):
    """`delegate` may decide in the place of `delegator` from one time until before another.

    What the delegator may do by a token of their own is known only while they ask: `approvers` are their role and groups by it,
    of one that they made themselves. Memberships of groups are looked at when it is used.
    """

    KIND: ClassVar[str] = "delegations"
    INDEXED: ClassVar[tuple[str, ...]] = ("status", "delegator", "delegate")
    PERSONAL: ClassVar[tuple[str, ...]] = ("reason",)

    status: DelegationStatus = DelegationStatus.ACTIVE
    delegator: str = ""
    delegate: str = ""
    start_time: int = 0
    end_time: int = 0
    reason: str = ""
    approvers: tuple[str, ...] = ()

    def in_force(self, now: int) -> bool:
        """Whether the delegate may decide now."""
        return self.status is DelegationStatus.ACTIVE and self.start_time <= now < self.end_time


D = DelegationStatus
DELEGATIONS = Machine(
    "delegation", D.ACTIVE, {"create": Verb({}, DECIDING), "revoke": Verb({D.ACTIVE: D.REVOKED}, DECIDING)}
)


def checked_delegation(one: Delegation, now: int) -> Delegation:
    """A delegation that can be.

    Raises:
        Refused: INVALID_ARGUMENT, with the field.
    """
    if not one.delegate.strip() or one.delegate == one.delegator:
        raise Refused("INVALID_ARGUMENT", "INVALID_VALUE", "say the other who decides", "delegation.delegate")
    if not now < one.end_time <= one.start_time + MOST_DAYS * DAY or one.end_time <= one.start_time:
        said = f"it ends after it begins, after now, and within {MOST_DAYS} days"
        raise Refused("INVALID_ARGUMENT", "INVALID_VALUE", said, "delegation.end_time")
    return one
