"""API keys: what a program says who it is by. Only a hash of a key is kept: the key itself is its holder's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from engine.lifecycle.document import Document
from engine.lifecycle.machine import Machine, Verb
from engine.values.refusal import Refused
from engine.values.roles import Role

MOST_TITLE = 200
_ACCOUNT = re.compile(r"(accounts/[a-z0-9][a-z0-9-]{0,62})?\Z")


class KeyStatus(StrEnum):
    """Where a key stands. A revoked one is never good again; whether one has expired, its time says."""

    ACTIVE = "ACTIVE"
    REVOKED = "REVOKED"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey(Document):
    """A key. `digest` is the hash of all of it; `account` is whom its holder is bound to ("": nobody)."""

    KIND: ClassVar[str] = "keys"
    INDEXED: ClassVar[tuple[str, ...]] = ("role", "account", "status")

    title: str = ""
    role: str = ""
    account: str = ""
    digest: str = ""
    status: KeyStatus = KeyStatus.ACTIVE
    expire_time: int = 0
    revoke_time: int = 0


_KEEPING = frozenset({Role.ADMINISTRATOR})
KEYS = Machine(
    "key",
    KeyStatus.ACTIVE,
    {"create": Verb({}, _KEEPING), "revoke": Verb({KeyStatus.ACTIVE: KeyStatus.REVOKED}, _KEEPING)},
)


def checked_key(key: ApiKey, now: int) -> ApiKey:
    """A key that may be made.

    Raises:
        Refused: INVALID_ARGUMENT, with the field.
    """
    at = "api_key."
    for wrong, reason, message, field in (
        (key.role not in set(Role), "INVALID_ROLE", f"roles are {', '.join(Role)}", "role"),
        (
            len(key.title) > MOST_TITLE or not key.title.isprintable(), "INVALID_VALUE",
            f"a title is at most {MOST_TITLE} printable characters", "title",
        ),
        (not _ACCOUNT.match(key.account), "INVALID_NAME", "an account is written accounts/ID", "account"),
        (
            key.role == Role.CUSTOMER and not key.account, "REQUIRED",
            "a customer's key is bound to an account: say which", "account",
        ),
        (key.expire_time and key.expire_time <= now, "INVALID_TIME", "it would have expired already", "expire_time"),
    ):  # fmt: skip
        if wrong:
            raise Refused("INVALID_ARGUMENT", reason, message, at + field)
    return key
