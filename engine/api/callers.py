"""Who calls, from a call's metadata: proven by a token or an API key, or, where no authentication is configured, as they say.

A credential that is sent is always checked, and then decides alone: what the call says beside it in `x-quotient-...` must be the
same, so that nobody believes to act as somebody else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from engine.identity.verified import Verified
from engine.services.context import Context, Role
from engine.services.refusal import Refused
from engine.values.identity import ID

SAID = "x-quotient-"
_ROLES = {str(role): role for role in Role}
_ACCOUNT = re.compile(r"accounts/[a-z0-9][a-z0-9-]{0,62}\Z")


@dataclass(frozen=True, slots=True)
class Callers:
    """How callers are known. `required`: nobody is believed without a credential; `anonymous`: the role of one who says none."""

    verified: Verified
    required: bool
    anonymous: Role

    def context(self, metadata: Iterable[Any], until: float, waits: Callable[[], bool]) -> Context:
        """Who asks, until when an answer is of use, and whether it is waited for.

        Raises:
            Refused: UNAUTHENTICATED, no credential, or one that proves nothing; INVALID_ARGUMENT, a tenant, role or account that
                cannot be, or is not the credential's; UNAVAILABLE, it cannot be checked now.
        """
        sent = [value for key, value in metadata or () if key == "authorization"]
        said = {key.removeprefix(SAID): value for key, value in metadata or () if key.startswith(SAID)}
        if sent:
            return self._proven(_credential(sent), said, until, waits)
        if self.required:
            raise _missing("send `authorization: Bearer ...` with a token or an API key")
        return self._believed(said, until, waits)

    def _proven(self, credential: str, said: dict[str, str], until: float, waits: Callable[[], bool]) -> Context:
        caller = self.verified.caller(credential)
        role = _ROLES.get(caller.role)
        if role is None:
            raise Refused(
                "UNAUTHENTICATED", "TOKEN_CLAIM", f"the token's claim `role` must be one of {', '.join(Role)}"
            )
        if role is Role.CUSTOMER and not caller.account:
            raise Refused(
                "UNAUTHENTICATED", "TOKEN_CLAIM", "a customer's token must name its account in the claim `account`"
            )
        proven = {
            "tenant": caller.tenant, "principal": caller.principal, "role": caller.role, "account": caller.account,
            "groups": ",".join(caller.groups), "document": caller.document,
        }  # fmt: skip
        for name, value in said.items():
            if proven.get(name) != value:
                message = "the token or API key says otherwise: leave this out"
                raise _wrong("NOT_THE_CALLER", message, name[:40])
        return Context(
            caller.tenant, caller.principal, role, until, waits, caller.account, caller.groups, caller.document
        )

    def _believed(self, said: dict[str, str], until: float, waits: Callable[[], bool]) -> Context:
        tenant, account = said.get("tenant", "demo"), said.get("account", "")
        if not ID.match(tenant):
            raise _wrong("INVALID_TENANT", "a tenant is 1 to 63 of a-z, 0-9 and -", "tenant")
        role = _ROLES.get(said.get("role", self.anonymous))
        if role is None:
            raise _wrong("INVALID_ROLE", f"roles are {', '.join(Role)}", "role")
        if account and not _ACCOUNT.match(account):
            raise _wrong("INVALID_ACCOUNT", "an account is written accounts/ID", "account")
        groups = tuple(one.strip() for one in said.get("groups", "").split(",") if one.strip())
        return Context(tenant, said.get("principal", "anonymous"), role, until, waits, account, groups)


def _credential(sent: list[str]) -> str:
    """The one credential of a call."""
    scheme, _, credential = sent[0].partition(" ")
    if len(sent) > 1 or scheme.lower() != "bearer" or not credential:
        raise _missing("send one `authorization: Bearer ...` with a token or an API key")
    return credential


def _missing(message: str) -> Refused:
    return Refused("UNAUTHENTICATED", "TOKEN_MISSING", message)


def _wrong(reason: str, message: str, name: str) -> Refused:
    return Refused("INVALID_ARGUMENT", reason, message, SAID + name)
