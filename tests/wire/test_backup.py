"""`quo backup` of a service that serves, `quo restore` after all of it was killed and its folder lost: the service goes on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from quotient.v1 import accounts_pb2, events_pb2, events_pb2_grpc
from tests.wire.selling import ADMIN, MANAGER, SELLER, Parties, account
from tests.wire.service import ROOT, Service

pytestmark = pytest.mark.service


def quo(data: Path, *args: str) -> subprocess.CompletedProcess[str]:
    env = os.environ | {"QUOTIENT_DATA": str(data), "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "proto")])}
    command = [sys.executable, "-m", "engine.cli.main", *args]
    return subprocess.run(command, capture_output=True, text=True, env=env, cwd=ROOT, check=False, timeout=120)


def test_a_service_goes_on_from_its_backup(tmp_path: Path) -> None:
    data, file = tmp_path / "data", tmp_path / "backup"
    request = accounts_pb2.CreateAccountRequest(account=account(), request_id=uuid.uuid4().hex)
    with Service(data, workers=1) as service, service.channel() as channel:
        parties, hooks = Parties(channel), events_pb2_grpc.WebhooksStub(channel)
        made = parties.accounts.CreateAccount(request, metadata=SELLER)
        blocked = parties.accounts.BlockAccount(
            accounts_pb2.BlockAccountRequest(name=made.name, reason="late"), metadata=MANAGER
        )
        hook = events_pb2.CreateWebhookRequest(webhook=events_pb2.Webhook(url="https://example.com/"))
        hooked = hooks.CreateWebhook(hook, metadata=ADMIN).webhook
        listed = events_pb2.ListEventsRequest(page_size=1_000)
        told = events_pb2_grpc.EventsStub(channel).ListEvents(listed, metadata=SELLER).events
        done = quo(data, "backup", str(file))
        assert done.returncode == 0, done.stderr
        over = quo(data, "backup", str(file))
        assert over.returncode == 2 and "--overwrite" in over.stderr
        refused = quo(data, "restore", str(file), "--replace")
        assert refused.returncode == 2 and "stop it first" in refused.stderr
        after = parties.make(account_id="lost")
        for pid in [service.process.pid, *service.children("")]:
            service.kill(pid)
        service.process.wait()
    shutil.rmtree(data)
    done = quo(data, "restore", str(file))
    assert done.returncode == 0, done.stderr
    assert "entries of the store" in done.stderr
    again = quo(data, "restore", str(file))
    assert again.returncode == 2 and "--replace" in again.stderr
    with Service(data, workers=1) as service, service.channel() as channel:
        assert "saas@" in service.ready
        parties, events = Parties(channel), events_pb2_grpc.EventsStub(channel)
        get = accounts_pb2.GetAccountRequest(name=made.name)
        assert parties.accounts.GetAccount(get, metadata=SELLER) == blocked
        assert parties.accounts.CreateAccount(request, metadata=SELLER) == made  # the request id is known
        hooks = events_pb2_grpc.WebhooksStub(channel)
        assert hooks.GetWebhook(events_pb2.GetWebhookRequest(name=hooked.name), metadata=ADMIN) == hooked
        assert events.ListEvents(listed, metadata=SELLER).events == told
        stream = events.WatchEvents(events_pb2.WatchEventsRequest(after=told[-1].id), metadata=SELLER, timeout=20)
        next(stream)
        assert parties.make(account_id="lost").name == after.name  # it was made after the backup
        assert next(stream).event.subject == after.name
        stream.cancel()
