"""quotient.v1.Identity: who calls, and a tenant's API keys."""

from __future__ import annotations

from typing import Any

from engine.api.documents import call_of, page_of
from engine.api.mapping import from_message, to_message
from engine.lifecycle.keys import ApiKey
from engine.services.context import Context
from engine.services.keys import Keys
from quotient.v1 import identity_pb2 as pb


class IdentityServicer:
    """quotient.v1.Identity."""

    def __init__(self, services: Any) -> None:
        self.desk = services.desk
        self.keys = Keys(services.desk)

    def WhoAmI(self, context: Context, request: Any) -> Any:
        """Who the caller is."""
        return pb.WhoAmIResponse(
            tenant=context.tenant, principal=context.principal, role=context.role, account=context.account,
            groups=context.groups,
        )  # fmt: skip

    def CreateApiKey(self, context: Context, request: Any) -> Any:
        """A new key."""
        key = from_message(request.api_key, ApiKey, "api_key")
        made, secret = self.keys.create(context, call_of(request), key, request.api_key_id)
        return pb.CreateApiKeyResponse(api_key=to_message(made, pb.ApiKey), secret=secret)

    def GetApiKey(self, context: Context, request: Any) -> Any:
        """A key."""
        context.require("manage keys")
        return to_message(self.desk.get(context, ApiKey, request.name), pb.ApiKey)

    def ListApiKeys(self, context: Context, request: Any) -> Any:
        """A page of keys."""
        context.require("manage keys")
        return page_of(self.desk, context, request, ApiKey, pb.ListApiKeysResponse, "api_keys")

    def RevokeApiKey(self, context: Context, request: Any) -> Any:
        """Take a key back."""
        return to_message(self.keys.revoke(context, call_of(request), request.name), pb.ApiKey)
