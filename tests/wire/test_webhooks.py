"""Webhooks over the wire: a service with its keeper, receivers with TLS, the clock set by a file, the keeper killed in the middle."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from engine.lifecycle.webhooks import SECOND, WAITS
from quotient.v1 import accounts_pb2, events_pb2, events_pb2_grpc
from tests.wire.receiver import Received, Receiver, authority
from tests.wire.selling import ADMIN, MANAGER, SELLER, Parties, as_role
from tests.wire.service import Service

pytestmark = pytest.mark.service
pb = events_pb2


class Hooked:
    """A service that may deliver to this machine, its clock, and clients."""

    def __init__(self, folder: Path) -> None:
        self.ca, self.pair = authority(folder, "localhost")
        self.clock = folder / "clock"
        self.now = 1_800_000_000
        self.pass_time(0)
        self.service = Service(
            folder / "data", QUOTIENT_WEBHOOK_LOOPBACK="yes", QUOTIENT_WEBHOOK_CA=str(self.ca),
            QUOTIENT_CLOCK_FILE=str(self.clock),
        )  # fmt: skip

    def pass_time(self, seconds: int) -> None:
        """Later."""
        self.now += seconds
        new = self.clock.with_suffix(".new")
        new.write_text(str(self.now))
        new.rename(self.clock)

    def connect(self) -> None:
        """To whichever worker the system picks."""
        self.channel = self.service.channel()
        self.parties = Parties(self.channel)
        self.hooks = events_pb2_grpc.WebhooksStub(self.channel)
        self.events = events_pb2_grpc.EventsStub(self.channel)

    def create(self, url: str, metadata: Any = ADMIN, request_id: str = "", **more: Any) -> Any:
        request = pb.CreateWebhookRequest(webhook=pb.Webhook(url=url, **more), request_id=request_id)
        return self.hooks.CreateWebhook(request, metadata=metadata, timeout=20)

    def disable(self, name: str, metadata: Any = ADMIN) -> Any:
        return self.hooks.DisableWebhook(pb.DisableWebhookRequest(name=name), metadata=metadata)

    def deliveries(self, name: str, status: str | None) -> list[Any]:
        request = pb.ListDeliveriesRequest(parent=name, status=status)
        return list(self.hooks.ListDeliveries(request, metadata=ADMIN).deliveries)

    def block(self, name: str) -> None:
        self.parties.accounts.BlockAccount(accounts_pb2.BlockAccountRequest(name=name), metadata=MANAGER)
        self.parties.accounts.UnblockAccount(accounts_pb2.UnblockAccountRequest(name=name), metadata=MANAGER)


@pytest.fixture(scope="module")
def hooked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hooked]:
    made = Hooked(tmp_path_factory.mktemp("hooked"))
    with made.service:
        made.connect()
        yield made
        made.channel.close()


def eventually(holds: Callable[[], bool], seconds: float = 20.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.05)
    return False


def refused(call: Any, request: Any, metadata: Any = ADMIN) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.RpcError) as error:
        call(request, metadata=metadata, timeout=20)
    return error.value.code(), error.value.details()  # type: ignore[union-attr]


def test_a_change_comes_signed_over_tls(hooked: Hooked) -> None:
    with Receiver(hooked.pair) as receiver:
        made = hooked.create(receiver.url(host="localhost"), types=["Account"])
        account = hooked.parties.make()
        (one,) = receiver.wait(1)
        hooked.disable(made.webhook.name)
    assert made.secret.startswith("whsec_") and one.signed_by(made.secret)
    assert (one.event["type"], one.event["subject"], one.event["source"]) == (
        "AccountCreated", account.name, "/tenants/demo",
    )  # fmt: skip
    listed = hooked.events.ListEvents(
        pb.ListEventsRequest(types=["AccountCreated"], account=account.name), metadata=SELLER
    )
    assert [event.id for event in listed.events] == [one.headers["webhook-id"]]


def test_the_secret_is_shown_to_its_request_alone(hooked: Hooked) -> None:
    request_id = uuid.uuid4().hex
    first = hooked.create("https://example.com/hook", request_id=request_id)
    assert hooked.create("https://example.com/hook", request_id=request_id) == first
    found = hooked.hooks.GetWebhook(pb.GetWebhookRequest(name=first.webhook.name), metadata=ADMIN)
    assert found == first.webhook and "secret" not in {one.name for one in pb.Webhook.DESCRIPTOR.fields}
    rotated = hooked.hooks.RotateWebhookSecret(pb.RotateWebhookSecretRequest(name=found.name), metadata=ADMIN)
    assert rotated.secret not in ("", first.secret)
    assert rotated.webhook.previous_secret_expire_time.seconds == hooked.now + 24 * 3_600
    hooked.hooks.RotateWebhookSecret(pb.RotateWebhookSecretRequest(name=found.name), metadata=ADMIN)
    assert hooked.create("https://example.com/hook", request_id=request_id).secret == ""
    hooked.disable(found.name)


def test_retries_follow_the_clock_and_the_old_secret_ends(hooked: Hooked) -> None:
    with Receiver(hooked.pair, lambda _: 500) as receiver:
        made = hooked.create(receiver.url(host="localhost"), types=["Account"])
        hooked.parties.make()
        receiver.wait(1)
        new = hooked.hooks.RotateWebhookSecret(pb.RotateWebhookSecretRequest(name=made.webhook.name), metadata=ADMIN)
        hooked.pass_time(7)
        receiver.wait(2)
        assert receiver.got[1].signed_by(made.secret) and receiver.got[1].signed_by(new.secret)
        receiver.answers = lambda _: 200
        hooked.pass_time(25 * 3_600)
        receiver.wait(3)
        assert receiver.got[2].signed_by(new.secret) and not receiver.got[2].signed_by(made.secret)
        assert len(set(receiver.ids())) == 1
        get = pb.GetWebhookRequest(name=made.webhook.name)
        assert eventually(
            lambda: not hooked.hooks.GetWebhook(get, metadata=ADMIN).HasField("previous_secret_expire_time")
        )
        hooked.disable(made.webhook.name)


def test_the_dead_are_listed_and_replayed(hooked: Hooked) -> None:
    with Receiver(answers=lambda _: 418) as receiver:
        made = hooked.create(receiver.url(), types=["Account"]).webhook
        hooked.parties.make()
        for attempt, wait in enumerate((*WAITS, 0), 1):
            receiver.wait(attempt)
            assert eventually(lambda n=attempt: attempts(hooked, made.name) == n)  # type: ignore[misc]
            hooked.pass_time(wait * 5 // 4 // SECOND)
        (dead,) = hooked.deliveries(made.name, "DEAD")
        assert (dead.attempts, dead.response_code, dead.status) == (8, 418, pb.Delivery.DEAD)
        receiver.answers = lambda _: 200
        request = pb.ReplayDeliveriesRequest(name=made.name, event=dead.event, request_id=uuid.uuid4().hex)
        assert hooked.hooks.ReplayDeliveries(request, metadata=ADMIN).count == 1
        assert hooked.hooks.ReplayDeliveries(request, metadata=ADMIN).count == 1
        receiver.wait(9)
        assert eventually(lambda: not hooked.deliveries(made.name, "WAITING"))
        assert [one.event for one in hooked.deliveries(made.name, "DELIVERED")] == [dead.event]
        assert [one.event for one in hooked.deliveries(made.name, None)] == [dead.event]  # of no status: all
        hooked.disable(made.name)
    assert len(receiver.got) == 9


def attempts(hooked: Hooked, name: str) -> int:
    found = hooked.deliveries(name, "WAITING") or hooked.deliveries(name, "DEAD")
    return found[0].attempts


def test_a_keeper_killed_in_the_middle_loses_nothing(hooked: Hooked) -> None:
    held = threading.Event()

    def hold(one: Received) -> int:
        if one.event["type"] == "AccountCreated" and not held.is_set():
            held.wait(30)
        return 200

    with Receiver(answers=hold) as receiver:
        made = hooked.create(receiver.url(), types=["Account"]).webhook
        account = hooked.parties.make()
        receiver.wait(1)
        keeper = hooked.service.keeper()
        hooked.service.kill(keeper)
        for _ in range(3):
            hooked.block(account.name)
        other = hooked.parties.make()
        assert hooked.service.keeper() != keeper
        held.set()
        assert eventually(lambda: any(one.event["subject"] == other.name for one in receiver.got))
        assert [one for one in receiver.got if one.event["subject"] == account.name][1:] == []  # the lane is leased
        hooked.pass_time(61)
        receiver.wait(9)
        assert eventually(lambda: not hooked.deliveries(made.name, "WAITING"))
        etags = [one.event["etag"] for one in receiver.got if one.event["subject"] == account.name]
        assert etags == ["1", "1", "2", "3", "4", "5", "6", "7"]
        assert receiver.ids().count(receiver.ids()[0]) == 2
        hooked.disable(made.name)


def test_the_service_itself_sends_nothing_to_private_addresses(tmp_path: Path) -> None:
    clock = tmp_path / "clock"
    clock.write_text("1800000000")
    with (
        Receiver() as receiver,
        Service(tmp_path / "data", workers=1, QUOTIENT_CLOCK_FILE=str(clock)) as strict,
        strict.channel() as channel,
    ):
        hooks = events_pb2_grpc.WebhooksStub(channel)
        plain = pb.CreateWebhookRequest(webhook=pb.Webhook(url=receiver.url()))
        status, said = refused(hooks.CreateWebhook, plain)
        assert status == grpc.StatusCode.INVALID_ARGUMENT and "https" in said
        url = receiver.url().replace("http://", "https://")
        made = hooks.CreateWebhook(pb.CreateWebhookRequest(webhook=pb.Webhook(url=url)), metadata=ADMIN).webhook
        hooks.PingWebhook(pb.PingWebhookRequest(name=made.name), metadata=ADMIN)

        def tried() -> bool:
            listed = pb.ListDeliveriesRequest(parent=made.name, status=pb.Delivery.WAITING)
            return any(
                "not a public address" in one.error for one in hooks.ListDeliveries(listed, metadata=ADMIN).deliveries
            )

        assert eventually(tried)
        assert receiver.got == []


@pytest.mark.parametrize(
    "role", ["storefront", "seller", "manager", "approver", "pricing_author", "finance", "customer"]
)
def test_administrators_alone_keep_webhooks(hooked: Hooked, role: str) -> None:
    name = hooked.create("https://example.com/").webhook.name
    who = as_role(role)
    calls: list[tuple[Any, Any]] = [
        (hooked.hooks.CreateWebhook, pb.CreateWebhookRequest(webhook=pb.Webhook(url="https://example.com/"))),
        (hooked.hooks.GetWebhook, pb.GetWebhookRequest(name=name)),
        (hooked.hooks.ListWebhooks, pb.ListWebhooksRequest()),
        (hooked.hooks.UpdateWebhook, pb.UpdateWebhookRequest(webhook=pb.Webhook(name=name, description="x"))),
        (hooked.hooks.PauseWebhook, pb.PauseWebhookRequest(name=name)),
        (hooked.hooks.ResumeWebhook, pb.ResumeWebhookRequest(name=name)),
        (hooked.hooks.DisableWebhook, pb.DisableWebhookRequest(name=name)),
        (hooked.hooks.EnableWebhook, pb.EnableWebhookRequest(name=name)),
        (hooked.hooks.RotateWebhookSecret, pb.RotateWebhookSecretRequest(name=name)),
        (hooked.hooks.PingWebhook, pb.PingWebhookRequest(name=name)),
        (hooked.hooks.ListDeliveries, pb.ListDeliveriesRequest(parent=name)),
        (hooked.hooks.ReplayDeliveries, pb.ReplayDeliveriesRequest(name=name)),
    ]
    assert len(calls) == len(pb.DESCRIPTOR.services_by_name["Webhooks"].methods)
    for call, request in calls:
        assert refused(call, request, who)[0] == grpc.StatusCode.PERMISSION_DENIED
    other = as_role("administrator", tenant="other")
    for call, request in calls[1:2] + calls[3:]:
        assert refused(call, request, other)[0] == grpc.StatusCode.NOT_FOUND
    assert not hooked.hooks.ListWebhooks(pb.ListWebhooksRequest(), metadata=other).webhooks
    hooked.disable(name)


ALLOWED = {
    pb.Webhook.ENABLED: {"update", "pause", "disable", "rotate", "ping", "replay"},
    pb.Webhook.PAUSED: {"update", "resume", "disable", "rotate", "replay"},
    pb.Webhook.DISABLED: {"update", "enable", "rotate"},
}


@pytest.mark.parametrize("status", ALLOWED)
def test_each_status_takes_its_verbs(hooked: Hooked, status: int) -> None:
    leads = {pb.Webhook.PAUSED: "PauseWebhook", pb.Webhook.DISABLED: "DisableWebhook"}
    calls: dict[str, Callable[[str], Any]] = {
        "update": lambda n: ("UpdateWebhook", pb.UpdateWebhookRequest(webhook=pb.Webhook(name=n, description="x"))),
        "pause": lambda n: ("PauseWebhook", pb.PauseWebhookRequest(name=n)),
        "resume": lambda n: ("ResumeWebhook", pb.ResumeWebhookRequest(name=n)),
        "disable": lambda n: ("DisableWebhook", pb.DisableWebhookRequest(name=n)),
        "enable": lambda n: ("EnableWebhook", pb.EnableWebhookRequest(name=n)),
        "rotate": lambda n: ("RotateWebhookSecret", pb.RotateWebhookSecretRequest(name=n)),
        "ping": lambda n: ("PingWebhook", pb.PingWebhookRequest(name=n)),
        "replay": lambda n: ("ReplayDeliveries", pb.ReplayDeliveriesRequest(name=n)),
    }
    for verb, made in calls.items():
        name = hooked.create("https://example.invalid/", types=["Nothing"]).webhook.name
        if status in leads:
            kind = getattr(pb, f"{leads[status]}Request")
            assert getattr(hooked.hooks, leads[status])(kind(name=name), metadata=ADMIN).status == status
        rpc, request = made(name)
        if verb in ALLOWED[status]:
            getattr(hooked.hooks, rpc)(request, metadata=ADMIN)
        else:
            assert refused(getattr(hooked.hooks, rpc), request)[0] == grpc.StatusCode.FAILED_PRECONDITION
        rename = pb.UpdateWebhookRequest(webhook=pb.Webhook(name=name, url="ftp://x"))
        assert refused(hooked.hooks.UpdateWebhook, rename)[0] == grpc.StatusCode.INVALID_ARGUMENT
        if hooked.hooks.GetWebhook(pb.GetWebhookRequest(name=name), metadata=ADMIN).status != pb.Webhook.DISABLED:
            hooked.disable(name)  # a tenant has so many only


def test_an_update_says_what_changes_and_an_old_etag_is_refused(hooked: Hooked) -> None:
    made = hooked.create("https://example.com/a", types=["Nothing"]).webhook
    request = pb.UpdateWebhookRequest(
        webhook=pb.Webhook(name=made.name, etag=made.etag, url="https://example.com/b", types=["Quote"]),
        update_mask=FieldMask(paths=["url"]),
    )
    changed = hooked.hooks.UpdateWebhook(request, metadata=ADMIN)
    assert (changed.url, list(changed.types), changed.etag) == ("https://example.com/b", ["Nothing"], "2")
    assert refused(hooked.hooks.UpdateWebhook, request)[0] == grpc.StatusCode.ABORTED
    hooked.disable(made.name)
