"""Links for customers: `link_TENANT_TOKEN`, signed with a secret of the tenant's, for one version of one document, for a time."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import jwt

from engine.identity.caller import Caller, Untrusted

PREFIX = "link_"
SECRET_BYTES = 32
ROLE = "customer"
_ALGORITHM = "HS256"
_FORM = re.compile(r"link_([a-z0-9][a-z0-9-]{0,62})_([\w.-]{1,2000})\Z", re.ASCII)


class Links:
    """Makes and verifies links. `secret` is asked for a tenant's, b"" where it has none; the clock is in seconds since the epoch."""

    def __init__(self, secret: Callable[[str], bytes], clock: Callable[[], float]) -> None:
        self._secret, self._clock = secret, clock

    def caller(self, text: str) -> Caller:
        """Whom a link makes its sender: a customer, for one document.

        Raises:
            Untrusted: LINK_INVALID, LINK_EXPIRED.
        """
        named = _FORM.match(text)
        secret = self._secret(named[1]) if named else b""
        if not named or not secret:
            raise Untrusted("LINK_INVALID", "this link is not one of ours")
        try:
            said: dict[str, Any] = jwt.decode(
                named[2], secret, algorithms=[_ALGORITHM], audience=PREFIX + named[1],
                options={"require": ["exp", "sub", "aud"], "verify_exp": False, "verify_iat": False, "verify_nbf": False},
            )  # fmt: skip
        except jwt.PyJWTError as error:
            raise Untrusted("LINK_INVALID", "this link is not one of ours") from error
        if self._clock() >= said["exp"]:
            raise Untrusted("LINK_EXPIRED", "this link has expired: ask the seller for another")
        return Caller(named[1], "customer", ROLE, said.get("account", ""), (), said["exp"], said["sub"])


def link_of(tenant: str, secret: bytes, document: str, account: str, until: int) -> str:
    """A link to a document (`quotes/ID/versions/2`) of an account, until a time (seconds since the epoch)."""
    said = {"aud": PREFIX + tenant, "sub": document, "account": account, "exp": until}
    return f"{PREFIX}{tenant}_{jwt.encode(said, secret, algorithm=_ALGORITHM)}"
