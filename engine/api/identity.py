"""quotient.v1.Identity: who calls, and a tenant's API keys."""

from __future__ import annotations

import re
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from engine.services.context import Context, Role
from engine.services.keys import Wanted
from engine.services.refusal import Refused
from engine.store.credentials import KeyRecord
from quotient.v1 import identity_pb2 as pb

_NAME = re.compile(r"keys/([a-z0-9][a-z0-9-]{0,62})\Z")
_ROLES = {str(role): role for role in Role}


class IdentityServicer:
    """quotient.v1.Identity."""

    def __init__(self, services: Any) -> None:
        self.keys = services.keys

    def WhoAmI(self, context: Context, request: Any) -> Any:
        """Who the caller is."""
        return pb.WhoAmIResponse(
            tenant=context.tenant, principal=context.principal, role=context.role, account=context.account,
            groups=context.groups,
        )  # fmt: skip

    def CreateApiKey(self, context: Context, request: Any) -> Any:
        """Make a key."""
        if request.role not in _ROLES:
            raise Refused("INVALID_ARGUMENT", "INVALID_ROLE", f"roles are {', '.join(Role)}", "role")
        expires = request.expire_time.ToMicroseconds() if request.HasField("expire_time") else 0
        wanted = Wanted(request.api_key_id, request.title, _ROLES[request.role], request.account, expires)
        record, secret = self.keys.create(context, wanted, request.request_id)
        return pb.CreateApiKeyResponse(api_key=_key(record), secret=secret)

    def GetApiKey(self, context: Context, request: Any) -> Any:
        """A key."""
        return _key(self.keys.get(context, _id(request.name, "name")))

    def ListApiKeys(self, context: Context, request: Any) -> Any:
        """A page of keys."""
        if request.page_size < 0:
            raise Refused("INVALID_ARGUMENT", "INVALID_PAGE_SIZE", "a page has 1 to 200 keys; 0 is 50", "page_size")
        after = _id(request.page_token, "page_token") if request.page_token else ""
        found, token = self.keys.list(context, min(request.page_size or 50, 200), after)
        return pb.ListApiKeysResponse(
            api_keys=[_key(one) for one in found], next_page_token=f"keys/{token}" if token else ""
        )

    def RevokeApiKey(self, context: Context, request: Any) -> Any:
        """Take a key back."""
        return _key(self.keys.revoke(context, _id(request.name, "name"), request.request_id, request.etag))


def _id(name: str, field: str) -> str:
    match = _NAME.match(name)
    if not match:
        raise Refused("INVALID_ARGUMENT", "INVALID_NAME", f"`{name[:80]}` is not a key's name such as keys/shop", field)
    return match.group(1)


def _key(record: KeyRecord) -> pb.ApiKey:
    return pb.ApiKey(
        name=f"keys/{record.id}", title=record.title, role=record.role, account=record.account, author=record.author,
        create_time=_time(record.created), expire_time=_time(record.expires), revoke_time=_time(record.revoked),
        etag=record.etag,
    )  # fmt: skip


def _time(micros: int) -> Timestamp | None:
    if not micros:
        return None
    made = Timestamp()
    made.FromMicroseconds(micros)
    return made
