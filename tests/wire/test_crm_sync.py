"""The sample CRM sync, run as its own process: it follows by watching or by a webhook, goes on where it was killed, and tells back."""

from __future__ import annotations

import importlib.util
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from engine.lifecycle.webhooks import secret_of, signature
from quotient.v1 import accounts_pb2, events_pb2, events_pb2_grpc
from tests.wire.deals import Deals
from tests.wire.selling import ADMIN, MANAGER
from tests.wire.service import ROOT, Service

pytestmark = pytest.mark.service
EXAMPLE = ROOT / "examples" / "crm_sync"


@pytest.fixture(scope="module")
def sold(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, Deals]]:
    service = Service(tmp_path_factory.mktemp("sold") / "data", QUOTIENT_WEBHOOK_LOOPBACK="yes")
    with service, service.channel() as channel:
        yield service, Deals(channel)


@contextmanager
def example(script: str, *args: str, **more: str) -> Iterator[subprocess.Popen[str]]:
    env = os.environ | {"PYTHONPATH": str(ROOT / "proto")} | more  # the stubs, and nothing of the engine
    command = [sys.executable, str(EXAMPLE / script), *args]
    process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def known(file: Path) -> dict[str, tuple[int, str, str, str]]:
    with sqlite3.connect(file) as db:
        rows = db.execute("select name, etag, status, title, account from records").fetchall()
    return {name: tuple(rest) for name, *rest in rows}


def until(holds: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            if holds():
                return
        except sqlite3.OperationalError:
            pass  # no tables yet
        if process.poll() is not None:
            raise AssertionError(process.stdout.read() if process.stdout else "it ended")
        time.sleep(0.05)
    raise AssertionError("it does not come to that")


def block(deals: Deals, name: str) -> None:
    deals.accounts.BlockAccount(accounts_pb2.BlockAccountRequest(name=name, reason="late"), metadata=MANAGER)


def test_it_follows_and_goes_on_where_it_was_killed(sold: tuple[Service, Deals], tmp_path: Path) -> None:
    service, deals = sold
    crm, first = tmp_path / "crm", deals.make(display_name="First BV")
    with example("watch.py", str(crm), "--server", service.address) as process:
        until(lambda: first.name in known(crm), process)
        deal = deals.deal(account=first.name)
        until(lambda: deal.name in known(crm), process)
    assert known(crm)[first.name] == (1, "ACTIVE", "First BV", first.name)
    assert known(crm)[deal.name] == (1, "OPEN", "Fifty seats", first.name)
    block(deals, first.name)
    second = deals.make(display_name="Second BV")
    with example("watch.py", str(crm), "--server", service.address) as process:
        until(lambda: known(crm)[first.name][:2] == (2, "BLOCKED") and second.name in known(crm), process)
        deals.accounts.EraseAccount(accounts_pb2.EraseAccountRequest(name=second.name), metadata=ADMIN)
        until(lambda: known(crm)[second.name][1] == "ERASED", process)


def test_what_was_typed_in_becomes_one_account(sold: tuple[Service, Deals], tmp_path: Path) -> None:
    service, _ = sold
    crm, typed = tmp_path / "crm", uuid.uuid4().hex
    name = ""
    for _ in range(2):  # the second time it has forgotten that it told
        with example("watch.py", str(crm), "--server", service.address) as process:
            until(lambda: sqlite3.connect(crm).execute("select count(*) from typed").fetchone() is not None, process)
            with sqlite3.connect(crm) as db:
                db.execute("insert or replace into typed values (?, 'Typed NV', 'BE', null)", (typed,))
            until(lambda: bool(sqlite3.connect(crm).execute("select name from typed").fetchone()[0]), process)
            told = str(sqlite3.connect(crm).execute("select name from typed").fetchone()[0])
            until(lambda told=told: told in known(crm), process)  # type: ignore[misc]
        assert name in ("", told)
        name = told
    assert [title for *_, title, _ in known(crm).values()].count("Typed NV") == 1


def test_a_webhook_keeps_it_too(sold: tuple[Service, Deals], tmp_path: Path) -> None:
    service, deals = sold
    crm, hooks = tmp_path / "crm", events_pb2_grpc.WebhooksStub(service.channel())
    hook = events_pb2.CreateWebhookRequest(webhook=events_pb2.Webhook(url="http://127.0.0.1:9/"))
    made = hooks.CreateWebhook(hook, metadata=ADMIN)
    args = (str(crm), "--server", service.address, "--port", "0")
    with example("receive.py", *args, QUOTIENT_WEBHOOK_SECRET=made.secret) as process:
        assert process.stdout
        port = re.match(r"receiving on port (\d+)", process.stdout.readline())
        assert port
        there = events_pb2.Webhook(name=made.webhook.name, url=f"http://127.0.0.1:{port[1]}/")
        hooks.UpdateWebhook(events_pb2.UpdateWebhookRequest(webhook=there), metadata=ADMIN)
        account = deals.make(display_name="Third BV")
        until(lambda: account.name in known(crm), process)
        block(deals, account.name)
        until(lambda: known(crm)[account.name][:2] == (2, "BLOCKED"), process)
        listed = events_pb2.ListDeliveriesRequest(parent=made.webhook.name, status=events_pb2.Delivery.DELIVERED)
        until(lambda: len(hooks.ListDeliveries(listed, metadata=ADMIN).deliveries) >= 2, process)
    hooks.DisableWebhook(events_pb2.DisableWebhookRequest(name=made.webhook.name), metadata=ADMIN)


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(EXAMPLE))
    spec = importlib.util.spec_from_file_location("receive_example", EXAMPLE / "receive.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.verified


def test_the_receiver_takes_what_we_signed_and_nothing_else(verified: Any) -> None:
    secret, other, body, now = secret_of(b"a" * 32), secret_of(b"b" * 32), b'{"id":"1-0"}', 1_800_000_000
    headers = {
        "webhook-id": "1-0",
        "webhook-timestamp": str(now),
        "webhook-signature": signature([other, secret], "1-0", now, body),
    }
    assert verified(secret, headers, body, now) and verified(other, headers, body, now + 299)
    assert not verified(secret_of(b"c" * 32), headers, body, now)
    assert not verified(secret, headers, body + b" ", now)
    assert not verified(secret, headers, body, now + 301) and not verified(secret, headers, body, now - 301)
    for name, value in (
        ("webhook-id", "2-0"),
        ("webhook-timestamp", str(now + 1)),
        ("webhook-signature", "v1,"),
        ("webhook-timestamp", "x"),
    ):
        assert not verified(secret, headers | {name: value}, body, now)
    assert not verified(secret, {}, body, now)


def test_the_example_uses_the_public_api_alone() -> None:
    for file in EXAMPLE.glob("*.py"):
        assert not re.search(r"^\s*(from|import) (engine|tests|redis)\b", file.read_text(), re.MULTILINE), file
