"""Links for customers: `link_TENANT_WHAT.SIGNATURE`, signed with a secret of the tenant's, for one version of one document, for a time.

Made and read here alone, so that they need no other's form: what is said is JSON, and the signature an HMAC over it and the tenant.
"""

from __future__ import annotations

import base64
import hmac
import json
import re
from collections.abc import Callable
from typing import Any

from engine.identity.caller import Caller, Untrusted

PREFIX = "link_"
SECRET_BYTES = 32
ROLE = "customer"
_FORM = re.compile(r"link_([a-z0-9][a-z0-9-]{0,62})_([\w-]{1,2000})\.([0-9a-f]{64})\Z", re.ASCII)


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
        if not named or not secret or not hmac.compare_digest(_signature(secret, named[1], named[2]), named[3]):
            raise Untrusted("LINK_INVALID", "this link is not one of ours")
        said: dict[str, Any] = json.loads(base64.urlsafe_b64decode(named[2] + "=" * (-len(named[2]) % 4)))
        if self._clock() >= said["until"]:
            raise Untrusted("LINK_EXPIRED", "this link has expired: ask the seller for another")
        return Caller(named[1], "customer", ROLE, said["account"], (), said["until"], said["document"])


def link_of(tenant: str, secret: bytes, document: str, account: str, until: int) -> str:
    """A link to a document (`quotes/ID/versions/2`) of an account, until a time (seconds since the epoch)."""
    said = json.dumps({"document": document, "account": account, "until": until}).encode()
    what = base64.urlsafe_b64encode(said).rstrip(b"=").decode()
    return f"{PREFIX}{tenant}_{what}.{_signature(secret, tenant, what)}"


def _signature(secret: bytes, tenant: str, what: str) -> str:
    return hmac.digest(secret, f"{PREFIX}{tenant}_{what}".encode(), "sha256").hex()
