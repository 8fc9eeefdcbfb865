"""`quo keys`: a tenant's API keys, made, listed and taken back at a running service."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from rich.markup import escape
from rich.table import Table

from engine.cli.console import err, fail, out
from engine.cli.reach import service_at
from quotient.v1 import identity_pb2, identity_pb2_grpc

ROLE = "administrator"
DAY_SECONDS = 24 * 3600
MOST_DAYS = 36_500
PAGE = 200


@dataclass(frozen=True, slots=True)
class New:
    """What a key is to be. `days` 0: it does not expire."""

    role: str
    id: str
    title: str
    account: str
    days: int


def create_command(server: str, new: New) -> None:
    """Make one; the key itself is all that goes to stdout."""
    if not 0 <= new.days <= MOST_DAYS:
        fail(f"--days {new.days}: a key is for 1 to {MOST_DAYS:,} days; 0: for ever")
    key = identity_pb2.ApiKey(title=new.title, role=new.role, account=new.account)
    request = identity_pb2.CreateApiKeyRequest(api_key=key, api_key_id=new.id, request_id=uuid4().hex)
    if new.days:
        request.api_key.expire_time.FromSeconds(int(time.time()) + new.days * DAY_SECONDS)
    with service_at(server, ROLE) as (channel, who):
        made = identity_pb2_grpc.IdentityStub(channel).CreateApiKey(request, metadata=who)
    err().print(f"made [bold]{made.api_key.name}[/] ({made.api_key.role}): it is shown here once, and kept nowhere")
    until = made.api_key.expire_time
    err().print(
        f"good until {_day(until)}" if made.api_key.HasField("expire_time") else "good for ever, until it is revoked"
    )
    out().print(made.secret, soft_wrap=True, markup=False)


def list_command(server: str) -> None:
    """Show all of them, and what each is for."""
    table = Table("key", "role", "account", "title", "made", "until", "")
    with service_at(server, ROLE) as (channel, who):
        stub, token = identity_pb2_grpc.IdentityStub(channel), ""
        while True:
            request = identity_pb2.ListApiKeysRequest(page_size=PAGE, page_token=token)
            page = stub.ListApiKeys(request, metadata=who)
            for one in page.api_keys:
                table.add_row(*map(escape, _row(one)))
            token = page.next_page_token
            if not token:
                break
    out().print(table)


def revoke_command(server: str, key: str) -> None:
    """Take one back."""
    name = key if key.startswith("keys/") else f"keys/{key}"
    with service_at(server, ROLE) as (channel, who):
        request = identity_pb2.RevokeApiKeyRequest(name=name, request_id=uuid4().hex)
        identity_pb2_grpc.IdentityStub(channel).RevokeApiKey(request, metadata=who)
    out().print(f"revoked [bold]{escape(name)}[/]")


def _row(one: Any) -> tuple[str, ...]:
    until = _day(one.expire_time) if one.HasField("expire_time") else "-"
    state = f"revoked {_day(one.revoke_time)}" if one.HasField("revoke_time") else ""
    return one.name, one.role, one.account, one.title, _day(one.create_time), until, state


def _day(stamp: Any) -> str:
    return datetime.fromtimestamp(stamp.seconds, UTC).date().isoformat()
