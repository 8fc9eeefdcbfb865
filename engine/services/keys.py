"""The verbs of API keys, which are an administrator's of the keys' own tenant; and how a key is found by whoever verifies it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from secrets import token_bytes

from engine.identity.apikeys import SECRET_BYTES, digest_of, key_of
from engine.identity.caller import Unready
from engine.lifecycle.keys import KEYS, ApiKey, checked_key
from engine.services.context import Context
from engine.services.desk import Call, Desk, Work
from engine.services.naming import named_by
from engine.services.refusal import Refused
from engine.store.client import StoreDown
from engine.store.documents import Documents


class Keys:
    """Keys over a desk; where random bytes come from is an argument."""

    def __init__(self, desk: Desk, random: Callable[[int], bytes] = token_bytes) -> None:
        self.desk, self.random = desk, random

    def create(self, context: Context, call: Call, key: ApiKey, chosen: str = "") -> tuple[ApiKey, str]:
        """A new key, and the text of it; `chosen` is the id it gets where the caller wants one.

        The text is nowhere afterwards. So the same request sent again is answered by the same key and "": whoever missed the first
        answer revokes that key and asks for another.
        """
        KEYS.may("create", context.role)
        name, text = named_by(context, ApiKey, chosen, "api_key_id"), ""

        def decide(work: Work) -> ApiKey:
            nonlocal text
            new = checked_key(key, work.now)
            if context.account and new.account != context.account:
                said = f"who is bound to {context.account} makes keys that are bound to it"
                raise Refused("PERMISSION_DENIED", "OTHER_ACCOUNT", said, "api_key.account")
            named = replace(new, name=name or f"{ApiKey.KIND}/{work.new_id()}")
            text = key_of(context.tenant, named.id, self.random(SECRET_BYTES))
            named = replace(named, status=KEYS.start, digest=digest_of(text))
            return work.save(named, "ApiKeyCreated")

        made = self.desk.change(context, call, ApiKey, decide)
        return made, text if text and digest_of(text) == made.digest else ""

    def revoke(self, context: Context, call: Call, name: str) -> ApiKey:
        """Take a key back for good."""
        KEYS.may("revoke", context.role)

        def decide(work: Work) -> ApiKey:
            before = work.load(ApiKey, name, call.etag)
            after = replace(before, status=KEYS.step(before.status, "revoke"), revoke_time=work.now)
            return work.save(after, "ApiKeyRevoked")

        return self.desk.change(context, call, ApiKey, decide)


class KeysFound:
    """Keys for those who verify what callers send: of any tenant, as the store has them now."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def find(self, tenant: str, key: str) -> ApiKey | None:
        """One key of a tenant.

        Raises:
            Unready: the store does not serve.
        """
        try:
            return self._documents.get(tenant, ApiKey, f"{ApiKey.KIND}/{key}")
        except StoreDown as down:
            raise Unready("the store of API keys does not serve now") from down
