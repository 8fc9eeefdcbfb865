"""Who asks: tenant, principal and role, with what each role may do in one table."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum

from engine.services.refusal import Refused


class Role(StrEnum):
    """What a principal is to the tenant."""

    STOREFRONT = "storefront"
    SELLER = "seller"
    MANAGER = "manager"
    APPROVER = "approver"
    PRICING_AUTHOR = "pricing_author"
    FINANCE = "finance"
    ADMINISTRATOR = "administrator"
    CUSTOMER = "customer"


_ALL = frozenset(Role)
_OUTSIDE = frozenset({Role.STOREFRONT, Role.CUSTOMER})
MAY: dict[str, frozenset[Role]] = {
    "price": _ALL - {Role.CUSTOMER},
    "say account facts": _ALL - _OUTSIDE,
    "see costs": _ALL - _OUTSIDE - {Role.SELLER},
    "see rules": _ALL - _OUTSIDE,
    "read books": _ALL - _OUTSIDE,
    "check books": _ALL - _OUTSIDE,
    "publish books": frozenset({Role.PRICING_AUTHOR, Role.ADMINISTRATOR}),
    "activate books": frozenset({Role.PRICING_AUTHOR, Role.ADMINISTRATOR}),
}


@dataclass(frozen=True, slots=True)
class Context:
    """Who asks for something, for which tenant, and until when (of the monotonic clock) an answer is waited for."""

    tenant: str
    principal: str
    role: Role
    until: float = float("inf")

    def may(self, act: str) -> bool:
        """Whether the role may do this act of `MAY`."""
        return self.role in MAY[act]

    def require(self, act: str) -> None:
        """Raise where the role may not, or nobody waits any more: each quote of a call, and each verb, begins with this.

        Raises:
            Refused: PERMISSION_DENIED, DEADLINE_EXCEEDED.
        """
        self.in_time()
        if not self.may(act):
            roles = ", ".join(sorted(MAY[act]))
            raise Refused("PERMISSION_DENIED", "ROLE", f"role {self.role} may not {act}: {roles} may")

    def in_time(self) -> None:
        """Raise where the deadline has passed; before a change is made after long work.

        Raises:
            Refused: DEADLINE_EXCEEDED.
        """
        if time.monotonic() >= self.until:
            raise Refused("DEADLINE_EXCEEDED", "DEADLINE", "the deadline passed: nothing more was done")
