"""Who asks: tenant, principal and role, with what each role may do in one table."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from engine.values.refusal import Refused
from engine.values.roles import Role

__all__ = ["MAY", "NEVER_BOUND", "Context", "Role"]


_ALL = frozenset(Role)
_OUTSIDE = frozenset({Role.STOREFRONT, Role.CUSTOMER})
_SELLING = frozenset({Role.SELLER, Role.MANAGER, Role.FINANCE, Role.ADMINISTRATOR})
MAY: dict[str, frozenset[Role]] = {
    "price": _ALL - {Role.CUSTOMER},
    "configure": _ALL - {Role.CUSTOMER},
    "say account facts": _ALL - _OUTSIDE,
    "see costs": _ALL - _OUTSIDE - {Role.SELLER},
    "see rules": _ALL - _OUTSIDE,
    "read books": _ALL - _OUTSIDE,
    "check books": _ALL - _OUTSIDE,
    "read deals": _SELLING | {Role.APPROVER},
    "watch events": _ALL - _OUTSIDE,
    "keep webhooks": frozenset({Role.ADMINISTRATOR}),
    "read approvers": _SELLING | {Role.APPROVER, Role.PRICING_AUTHOR},
    "keep approver groups": frozenset({Role.MANAGER, Role.ADMINISTRATOR}),
    "keep policies": frozenset({Role.ADMINISTRATOR}),
    "comment": _SELLING | {Role.APPROVER},
    "import leads": _SELLING - {Role.FINANCE},
    "set up selling": frozenset({Role.MANAGER, Role.ADMINISTRATOR}),
    "export audit": frozenset({Role.FINANCE, Role.ADMINISTRATOR}),
    "keep legal entities": frozenset({Role.FINANCE, Role.ADMINISTRATOR}),
    "link quotes": frozenset({Role.SELLER, Role.MANAGER, Role.ADMINISTRATOR}),
    "answer offers": frozenset({Role.CUSTOMER}),
    "publish books": frozenset({Role.PRICING_AUTHOR, Role.ADMINISTRATOR}),
    "activate books": frozenset({Role.PRICING_AUTHOR, Role.ADMINISTRATOR}),
    "manage keys": frozenset({Role.ADMINISTRATOR}),
    "make accounts": _SELLING,
    "leave decisions to others": _SELLING - {Role.SELLER} | {Role.APPROVER, Role.PRICING_AUTHOR},
}
NEVER_BOUND = frozenset((
    "keep webhooks", "keep approver groups", "keep policies", "set up selling", "export audit", "keep legal entities", "publish books",
    "activate books", "make accounts", "leave decisions to others",
))  # fmt: skip
"""Acts on what is of every account, or tells of every one: whoever is bound to one has them in no role."""


@dataclass(frozen=True, slots=True)
class Context:
    """Who asks for something, for which tenant, until when (of the monotonic clock), and whether an answer is waited for.

    `account` is the one that the caller is bound to (accounts/ID; "": none), `groups` those that the caller is in,
    `document` the only one that it is about (quotes/ID/versions/N; "": all).
    """

    tenant: str
    principal: str
    role: Role
    until: float = float("inf")
    waits: Callable[[], bool] = field(default=lambda: True, compare=False)
    account: str = ""
    groups: tuple[str, ...] = ()
    document: str = ""

    def may(self, act: str) -> bool:
        """Whether the role may do this act of `MAY`."""
        return self.role in MAY[act]

    def require(self, act: str) -> None:
        """Raise where the caller may not, or nobody waits any more: each quote of a call, and each verb, begins with this.

        Raises:
            Refused: PERMISSION_DENIED, DEADLINE_EXCEEDED, CANCELLED.
        """
        self.in_time()
        if not self.may(act):
            roles = ", ".join(sorted(MAY[act]))
            raise Refused("PERMISSION_DENIED", "ROLE", f"role {self.role} may not {act}: {roles} may")
        if self.account and act in NEVER_BOUND:
            said = f"a caller who is bound to {self.account} may not {act}: that is of other accounts, too"
            raise Refused("PERMISSION_DENIED", "BOUND", said)

    def in_time(self) -> None:
        """Raise where nobody waits any more; also called before a change that comes after long work.

        Raises:
            Refused: DEADLINE_EXCEEDED, CANCELLED.
        """
        if time.monotonic() >= self.until:
            raise Refused("DEADLINE_EXCEEDED", "DEADLINE", "the deadline passed: nothing more was done")
        if not self.waits():
            raise Refused("CANCELLED", "CANCELLED", "the caller has gone: nothing more was done")
