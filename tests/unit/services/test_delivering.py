"""Deliveries with a real store and real receivers, the clock an argument: order, retries, dead letters, replay, rotation, leases."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import redis

from engine.lifecycle.parties import Account
from engine.lifecycle.webhooks import HOUR, SECOND, WAITS, Delivery, DeliveryStatus, Webhook, WebhookStatus
from engine.outbound.post import Poster
from engine.services.context import Context, Role
from engine.services.delivering import LEASE, Delivering
from engine.services.desk import Call, Desk
from engine.services.refusal import Refused
from engine.services.selling.answers import Answers
from engine.services.selling.parties import Accounts
from engine.services.selling.reminding import Reminders
from engine.services.timed import Doing, Due, Timed
from engine.services.webhooks import Webhooks
from engine.store.client import connect
from engine.store.deliveries import Deliveries, sorting
from engine.store.documents import Documents
from engine.store.embedded import EmbeddedStore
from engine.store.outbox import Outbox
from tests.wire.receiver import Received, Receiver

pytestmark = pytest.mark.service
T = "acme"
WHO = Context(T, "ann", Role.ADMINISTRATOR)
NONE = Call()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStore]:
    store = EmbeddedStore(Path(tmp_path_factory.mktemp("store")))
    store.start()
    yield store
    store.stop()


class House:
    """Services over a store, with a clock that is moved by hand and no chance in its waits."""

    def __init__(self, url: str) -> None:
        self.now = 1_800_000_000 * SECOND
        self.redis: Any = connect(url)
        self.redis.flushall()
        self.desk = Desk(Documents(self.redis), lambda: self.now / SECOND)
        self.deliveries, self.outbox = Deliveries(self.redis), Outbox(self.redis)
        self.webhooks = Webhooks(self.desk, self.deliveries, self.outbox, True)
        self.accounts = Accounts(self.desk)
        self.delivering = self.deliverer()
        answers = Answers(self.desk, None)  # type: ignore[arg-type]  # nothing is priced here
        self.doing = Doing(self.desk, self.webhooks, answers, Reminders(self.desk))
        self.timed = Timed(self.doing)

    def deliverer(self, poster: Poster | None = None) -> Delivering:
        """Another keeper's."""
        return Delivering(self.webhooks, poster or Poster(True), lambda: 0.5)

    def work(self, delivering: Delivering | None = None) -> None:
        """Deliver until nothing is due any more at this time."""
        one = delivering or self.delivering
        for _ in range(2_000):
            due = one.work(T)
            while one.busy():
                time.sleep(0.001)
            due = one.work(T)
            if not one.busy() and (due is None or due > self.now):
                return
        raise AssertionError("it never comes to rest")

    def pass_time(self, micros: int) -> None:
        """Later."""
        self.now += micros

    def hook(self, url: str, **more: Any) -> Webhook:
        """A webhook."""
        return self.webhooks.create(WHO, NONE, Webhook(url=url, **more))

    def account(self, name: str) -> Account:
        """An account, which is an event."""
        return self.accounts.create(WHO, NONE, Account(display_name=name), name)

    def touch(self, name: str) -> None:
        """Another event of an account."""
        self.accounts.update(WHO, NONE, f"accounts/{name}", lambda before: replace(before, owner=before.owner + "x"))

    def listed(self, hook: Webhook, status: DeliveryStatus | None) -> list[Delivery]:
        """Deliveries of a status."""
        return self.webhooks.page(WHO, hook.name, status)[0]

    def get(self, hook: Webhook) -> Webhook:
        """As it is now."""
        return self.desk.get(WHO, Webhook, hook.name)


@pytest.fixture
def house(running: EmbeddedStore) -> Iterator[House]:
    made = House(running.url)
    yield made
    made.delivering.stop()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as one:
        yield one


def of_accounts(receiver: Receiver) -> list[tuple[str, str]]:
    return [(one.event["subject"], one.event.get("etag", "")) for one in receiver.got]


def failing(*accounts: str) -> Callable[[Received], int]:
    return lambda one: 500 if one.event["subject"].removeprefix("accounts/") in accounts else 204


def test_a_delivery_is_a_signed_cloud_event(house: House, receiver: Receiver) -> None:
    hook = house.hook(receiver.url(), types=("Account",))
    house.account("one")
    house.work()
    (one,) = receiver.got
    event = house.outbox.one(T, one.headers["webhook-id"])
    assert event is not None
    assert one.event == {
        "specversion": "1.0", "id": event.id, "source": "/tenants/acme", "type": "AccountCreated", "subject": "accounts/one",
        "time": "2027-01-15T08:00:00Z", "datacontenttype": "application/json", "account": "accounts/one", "etag": "1",
        "by": "ann", "role": "administrator", "data": {},
    }  # fmt: skip
    assert one.headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    assert one.headers["webhook-timestamp"] == "1800000000" and one.signed_by(hook.secret)
    assert not one.signed_by("whsec_" + "A" * 44)
    (done,) = house.listed(hook, DeliveryStatus.DELIVERED)
    assert (done.event, done.attempts, done.response_code, done.lane) == (event.id, 1, 204, "accounts/one")


def test_each_account_is_in_order_and_many_are_delivered(house: House, receiver: Receiver) -> None:
    house.hook(receiver.url(), types=("Account",))
    names = [f"a{i}" for i in range(8)]
    for name in names:
        house.account(name)
    for _ in range(30):
        for name in names:
            house.touch(name)
    house.work()
    for name in names:
        assert [etag for subject, etag in of_accounts(receiver) if subject == f"accounts/{name}"] == [
            str(i) for i in range(1, 32)
        ]
    assert len(receiver.got) == len(set(receiver.ids())) == 8 * 31


def test_what_fails_holds_back_its_own_account_alone(house: House, receiver: Receiver) -> None:
    receiver.answers = failing("bad")
    hook = house.hook(receiver.url(), types=("Account",))
    for name in ("bad", "good"):
        house.account(name)
        house.touch(name)
    house.work()
    assert sorted(of_accounts(receiver)) == [("accounts/bad", "1"), ("accounts/good", "1"), ("accounts/good", "2")]
    receiver.answers = lambda _: 200
    house.pass_time(WAITS[0])
    house.work()
    assert of_accounts(receiver)[3:] == [("accounts/bad", "1"), ("accounts/bad", "2")]
    assert receiver.got[0].headers["webhook-id"] in receiver.ids()[3:4] or receiver.ids().count(receiver.ids()[3]) == 2
    assert house.listed(hook, DeliveryStatus.WAITING) == []


def test_it_is_tried_at_the_times_of_the_table_and_then_dead(house: House, receiver: Receiver) -> None:
    receiver.answers = lambda _: 503
    hook = house.hook(receiver.url(), types=("Account",))
    house.account("one")
    house.work()
    for i, wait in enumerate(WAITS):
        assert len(receiver.got) == i + 1
        (waiting,) = house.listed(hook, DeliveryStatus.WAITING)
        assert (waiting.attempts, waiting.next_attempt_time) == (i + 1, house.now + wait)
        house.pass_time(wait - 1)
        house.work()
        assert len(receiver.got) == i + 1
        house.pass_time(1)
        house.work()
    (dead,) = house.listed(hook, DeliveryStatus.DEAD)
    assert (dead.attempts, dead.response_code, dead.error) == (len(WAITS) + 1, 503, "HTTP 503")
    assert house.listed(hook, DeliveryStatus.WAITING) == [] and len(set(receiver.ids())) == 1
    house.pass_time(100 * HOUR)
    house.work()
    assert len(receiver.got) == len(WAITS) + 1


def test_waits_are_spread_by_chance() -> None:
    waits = [Delivery().failed(0, 500, "", chance).next_attempt_time for chance in (0.0, 0.5, 1.0)]
    assert waits == [4 * SECOND, 5 * SECOND, 6 * SECOND]


def die(house: House) -> None:
    """All retries in vain."""
    house.work()
    for wait in WAITS:
        house.pass_time(wait)
        house.work()


def test_the_dead_are_replayed_one_or_all_from_a_time_on(house: House, receiver: Receiver) -> None:
    receiver.answers = lambda _: 500
    hook = house.hook(receiver.url(), types=("Account",))
    for name in ("one", "two", "three"):
        house.account(name)
    die(house)
    dead = house.listed(hook, DeliveryStatus.DEAD)
    assert sorted(one.subject for one in dead) == ["accounts/one", "accounts/three", "accounts/two"]
    receiver.answers, before = lambda _: 200, len(receiver.got)
    call = Call("again", "body")
    assert house.webhooks.replay(WHO, call, hook.name, dead[0].event).replayed == 1
    house.work()
    assert receiver.ids()[before:] == [dead[0].event]
    assert house.webhooks.replay(WHO, call, hook.name, dead[0].event).replayed == 1  # the same request: the same answer
    with pytest.raises(Refused, match="no dead delivery"):
        house.webhooks.replay(WHO, NONE, hook.name, dead[0].event)
    assert house.webhooks.replay(WHO, NONE, hook.name, since=dead[1].time + 1).replayed == 0
    assert house.webhooks.replay(WHO, NONE, hook.name, since=dead[1].time).replayed == 2
    house.work()
    assert sorted(receiver.ids()[before:]) == sorted(one.event for one in dead)
    assert house.listed(hook, DeliveryStatus.DEAD) == []
    assert len(house.listed(hook, DeliveryStatus.DELIVERED)) == 3


def test_pages_of_deliveries_follow_each_other(house: House, receiver: Receiver) -> None:
    hook = house.hook(receiver.url(), types=("Account",))
    for i in range(5):
        house.account(f"a{i}")
    house.work()
    found, token = [], ""
    for _ in range(3):
        page, token = house.webhooks.page(WHO, hook.name, DeliveryStatus.DELIVERED, 2, token)
        found.extend(one.subject for one in page)
    assert (found, token) == ([f"accounts/a{i}" for i in (4, 3, 2, 1, 0)], "")


def test_deliveries_of_no_status_are_all_of_them(house: House, receiver: Receiver) -> None:
    receiver.answers = failing("dead", "late")
    hook = house.hook(receiver.url(), types=("Account",))
    house.account("one")
    house.account("dead")
    for wait in (0, *WAITS):
        house.pass_time(2 * wait)
        house.work()
    house.account("two")
    house.account("late")
    house.account("three")
    house.work()
    found, token = [], ""
    for _ in range(3):
        page, token = house.webhooks.page(WHO, hook.name, None, 2, token)
        found.extend((one.subject.removeprefix("accounts/"), str(one.status)) for one in page)
    assert (found, token) == ([
        ("three", "DELIVERED"), ("late", "WAITING"), ("two", "DELIVERED"), ("dead", "DEAD"), ("one", "DELIVERED"),
    ], "")  # fmt: skip
    assert [one.subject for one in house.listed(hook, DeliveryStatus.WAITING)] == ["accounts/late"]


def test_only_the_last_of_what_went_well_are_kept(
    house: House, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.store.deliveries.MOST_DELIVERED", 3)
    hook = house.hook(receiver.url(), types=("Account",))
    for i in range(7):
        house.account(f"a{i}")
        house.work()
    assert [one.subject for one in house.listed(hook, DeliveryStatus.DELIVERED)] == [
        "accounts/a6", "accounts/a5", "accounts/a4",
    ]  # fmt: skip
    assert house.redis.hlen(f"{{{T}}}:hook:{hook.id}:deliveries") == 3


def test_secrets_rotate_with_an_overlap_and_the_old_one_is_erased(house: House, receiver: Receiver) -> None:
    hook = house.hook(receiver.url(), types=("Account",))
    new = house.webhooks.rotate(WHO, NONE, hook.name)
    assert new.secret != hook.secret and len(new.secret) == len("whsec_") + 44
    house.account("one")
    house.work()
    assert receiver.got[0].signed_by(hook.secret) and receiver.got[0].signed_by(new.secret)
    house.timed.work(T)
    assert house.get(hook).previous_secret == hook.secret
    house.pass_time(24 * HOUR)
    house.account("two")
    house.work()
    assert receiver.got[1].signed_by(new.secret) and not receiver.got[1].signed_by(hook.secret)
    assert house.timed.work(T) == 1 and house.timed.work(T) == 0
    assert (house.get(hook).previous_secret, house.get(hook).secret) == ("", new.secret)
    stored = b"".join(house.redis.dump(key) for key in house.redis.keys("*"))
    assert hook.secret[10:30].encode() not in stored
    last = house.webhooks.rotate(WHO, NONE, hook.name, at_once=True)
    house.account("three")
    house.work()
    assert receiver.got[2].signed_by(last.secret) and not receiver.got[2].signed_by(new.secret)


def test_no_secret_is_in_history_or_events(house: House, receiver: Receiver) -> None:
    hook = house.hook(receiver.url())
    rotated = house.webhooks.rotate(WHO, NONE, hook.name)
    for key in (f"{{{T}}}:doc:webhooks:{hook.id}:revisions", f"{{{T}}}:outbox"):
        said = house.redis.dump(key)
        assert hook.secret[6:30].encode() not in said and rotated.secret[6:30].encode() not in said
    house.work()
    assert not [one for one in receiver.got if b"whsec" in one.body]


def test_a_receiver_that_is_gone_is_disabled(house: House, receiver: Receiver) -> None:
    receiver.answers = lambda _: 410
    hook = house.hook(receiver.url(), types=("Account",))
    house.account("one")
    house.work()
    found = house.get(hook)
    assert (found.status, found.status_reason) == (WebhookStatus.DISABLED, "the receiver answered 410 Gone")
    assert [one.type for one in house.outbox.after(T, "0")][-1] == "WebhookDisabled"
    house.account("two")
    house.pass_time(WAITS[0])
    house.work()
    assert len(receiver.got) == 1
    receiver.answers = lambda _: 200
    house.webhooks.enable(WHO, NONE, hook.name)
    house.account("three")
    house.work()
    assert of_accounts(receiver)[1:] == [("accounts/three", "1")]


@pytest.mark.parametrize("many", [1, 1_050])
def test_what_waited_for_one_that_was_disabled_is_not_delivered(house: House, receiver: Receiver, many: int) -> None:
    receiver.answers = lambda _: 500
    hook = house.hook(receiver.url(), types=("Account",))
    for name in ("one", "two"):
        house.account(name)
    for _ in range(many):
        house.touch("one")
    house.work()
    waiting = house.listed(hook, DeliveryStatus.WAITING)
    receiver.answers, before = failing(), len(receiver.got)
    house.webhooks.disable(WHO, NONE, hook.name)
    kept = {key.rpartition(b":")[2] for key in house.redis.keys(f"{{{T}}}:hook:{hook.id}:*")}
    assert waiting and kept == {b"cursor", b"failing"}
    late = house.deliveries.cursor(T, hook.id)  # a keeper that had read it before takes one more
    house.account("three")
    event = house.outbox.after(T, late)[-1]
    assert house.deliveries.take(T, hook.id, late, event.id, [event], house.now)
    house.webhooks.enable(WHO, NONE, hook.name)
    house.pass_time(WAITS[0])
    house.account("four")
    house.touch("one")
    house.work()
    assert sorted(subject for subject, _ in of_accounts(receiver)[before:]) == ["accounts/four", "accounts/one"]
    assert [house.listed(hook, status) for status in (DeliveryStatus.WAITING, DeliveryStatus.DEAD)] == [[], []]


def test_what_is_posted_while_it_is_disabled_is_not_noted(house: House, receiver: Receiver) -> None:
    hook = house.hook(receiver.url(), types=("Account",))
    house.account("one")
    house.touch("one")

    def ends(_: Received) -> int:
        house.webhooks.disable(WHO, NONE, hook.name)
        return 500

    receiver.answers = ends
    house.work()
    house.pass_time(WAITS[0])
    house.work()
    assert len(receiver.got) == 1
    receiver.answers = failing()
    house.webhooks.enable(WHO, NONE, hook.name)
    house.touch("one")
    house.work()
    assert of_accounts(receiver) == [("accounts/one", "1"), ("accounts/one", "3")]


def test_one_that_fails_for_days_is_paused_and_loses_nothing(house: House, receiver: Receiver) -> None:
    receiver.answers = lambda _: 500
    hook = house.hook(receiver.url(), types=("Account",))
    for i in range(4):
        house.account(f"a{i}")
        house.work()
        house.pass_time(23 * HOUR)
        house.work()
    found = house.get(hook)
    assert found.status is WebhookStatus.PAUSED and "72 hours" in found.status_reason
    paused = house.outbox.after(T, "0")[-1]
    assert (paused.type, paused.by, paused.data) == ("WebhookPaused", "keeper", {"reason": found.status_reason})
    house.account("later")
    before = len(receiver.got)
    house.pass_time(50 * HOUR)
    house.work()
    assert len(receiver.got) == before
    receiver.answers = lambda _: 200
    house.webhooks.resume(WHO, NONE, hook.name)
    house.work()
    assert sorted({subject for subject, _ in of_accounts(receiver)[before:]}) == [
        "accounts/a0", "accounts/a1", "accounts/a2", "accounts/a3", "accounts/later",
    ]  # fmt: skip


def test_filters_choose_and_a_ping_comes_through_all_of_them(house: House, receiver: Receiver) -> None:
    hook = house.hook(receiver.url(), types=("AccountUp",), account="accounts/one")
    for name in ("one", "two"):
        house.account(name)
        house.touch(name)
    house.webhooks.ping(WHO, NONE, hook.name)
    house.work()
    assert [(one.event["type"], one.event["subject"]) for one in receiver.got] == [
        ("AccountUpdated", "accounts/one"), ("WebhookPinged", hook.name),
    ]  # fmt: skip


def test_what_was_before_is_delivered_where_that_is_asked(house: House, receiver: Receiver) -> None:
    house.account("one")
    hook = house.hook(receiver.url(), types=("Account",))
    house.work()
    assert receiver.got == []
    house.webhooks.disable(WHO, NONE, hook.name)
    house.webhooks.enable(WHO, NONE, hook.name, "0")
    house.work()
    assert of_accounts(receiver) == [("accounts/one", "1")]


def test_what_is_asked_for_again_is_in_nobodys_way(
    house: House, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.store.deliveries.MOST_DELIVERED", 2)
    hook = house.hook(receiver.url(), types=("Account",))
    for name in ("one", "two"):
        house.account(name)
    house.work()
    old = house.listed(hook, DeliveryStatus.DELIVERED)
    receiver.answers = failing("one", "two")
    house.webhooks.disable(WHO, NONE, hook.name)
    house.webhooks.enable(WHO, NONE, hook.name, "0")
    house.work()
    for name in ("three", "four"):
        house.account(name)
    house.work()  # newer ones are delivered first, and older ones that went well are forgotten for them
    assert {one.event for one in house.listed(hook, DeliveryStatus.WAITING)} == {one.event for one in old}
    assert {one.subject for one in house.listed(hook, DeliveryStatus.DELIVERED)} == {"accounts/three", "accounts/four"}
    house.touch("one")
    receiver.answers, before = failing(), len(receiver.got)
    house.pass_time(WAITS[0])
    house.work()
    assert sorted(of_accounts(receiver)[before:]) == [
        ("accounts/one", "1"),
        ("accounts/one", "2"),
        ("accounts/two", "1"),
    ]
    assert house.listed(hook, DeliveryStatus.WAITING) == []


def test_what_was_dead_and_is_asked_for_again_is_dead_no_more(house: House, receiver: Receiver) -> None:
    receiver.answers = failing("one")
    hook = house.hook(receiver.url(), types=("Account",))
    house.account("one")
    for wait in (0, *WAITS):
        house.pass_time(2 * wait)
        house.work()
    assert len(house.listed(hook, DeliveryStatus.DEAD)) == 1
    receiver.answers, before = failing(), len(receiver.got)
    house.webhooks.disable(WHO, NONE, hook.name)
    house.webhooks.enable(WHO, NONE, hook.name, "0")
    house.work()
    assert house.listed(hook, DeliveryStatus.DEAD) == []
    assert house.webhooks.replay(WHO, NONE, hook.name, since=1).replayed == 0
    house.work()
    assert of_accounts(receiver)[before:] == [("accounts/one", "1")]


def test_a_lane_that_an_older_release_left_stuck_goes_on(house: House, receiver: Receiver) -> None:
    hook = house.hook(receiver.url(), types=("Account",))
    key = f"{{{T}}}:hook:{hook.id}"
    house.account("one")
    house.touch("one")
    house.touch("one")
    cursor = house.deliveries.cursor(T, hook.id)
    events = house.outbox.after(T, cursor)
    ids = [one.id for one in events]
    assert house.deliveries.take(T, hook.id, cursor, ids[-1], [one for one in events if hook.wants(one)], house.now)
    house.redis.hdel(f"{key}:deliveries", ids[-3], ids[-2])  # nothing is kept of the first two; the second is over
    house.redis.zrem(f"{key}:WAITING", sorting(ids[-2]))
    house.work()
    assert of_accounts(receiver) == [("accounts/one", "1"), ("accounts/one", "3")]
    assert house.listed(hook, DeliveryStatus.WAITING) == []
    assert [one.subject for one in house.listed(hook, DeliveryStatus.DELIVERED)] == ["accounts/one"] * 2
    assert house.deliveries.next_time(T, hook.id) is None


def test_any_number_that_wait_no_more_are_passed(
    house: House, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.store.deliveries.MOST_PAST", 2)
    hook = house.hook(receiver.url(), types=("Account",))
    house.account("one")
    house.delivering._take(T, hook)
    lane = f"{{{T}}}:hook:{hook.id}:lane:accounts/one"
    house.redis.lpush(lane, *(f"{i}-0" for i in range(1, 6)))
    house.work()
    assert of_accounts(receiver) == [("accounts/one", "1")]
    house.redis.rpush(lane, *(f"{i}-0" for i in range(1, 6)))
    house.redis.zadd(f"{{{T}}}:hook:{hook.id}:lanes", {"accounts/one": 1})
    assert house.deliveries.head(T, hook.id, "accounts/one") is None
    assert not house.redis.exists(lane) and house.deliveries.next_time(T, hook.id) is None


def test_what_is_very_much_is_taken_bit_by_bit(
    house: House, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.services.delivering.BATCH", 2)
    monkeypatch.setattr("engine.services.delivering.MOST_BATCHES", 2)
    hook = house.hook(receiver.url(), types=("Account",))
    for i in range(9):
        house.account(f"a{i}")
    told = [one.id for one in house.outbox.after(T, "0")]
    for end in (4, 8, 10):  # the first is of the webhook itself
        house.delivering.work(T)
        assert house.deliveries.cursor(T, hook.id) == told[end - 1]
    house.work()
    assert len(receiver.got) == 9


def test_redirects_and_private_addresses_are_failures(house: House, receiver: Receiver) -> None:
    with Receiver() as inner:
        receiver.answers = lambda _: (307, {"location": inner.url()})
        hook = house.hook(receiver.url(), types=("Account",))
        house.account("one")
        house.work()
        assert inner.got == []
    (waiting,) = house.listed(hook, DeliveryStatus.WAITING)
    assert (waiting.response_code, waiting.error) == (307, "redirects are not followed")

    def rebound(host: str, port: int) -> Sequence[str]:
        return ["10.1.2.3"]

    other = house.deliverer(Poster(True, resolver=rebound))
    house.pass_time(WAITS[0])
    house.work(other)
    (waiting,) = house.listed(hook, DeliveryStatus.WAITING)
    assert waiting.attempts == 2 and "not a public address" in waiting.error and "10.1.2.3" not in waiting.error
    other.stop()


def test_a_lane_is_one_keepers_until_its_lease_ends(house: House, receiver: Receiver) -> None:
    hook = house.hook(receiver.url(), types=("Account",))
    house.account("one")
    house.work()
    house.touch("one")
    events = house.outbox.after(T, house.deliveries.cursor(T, hook.id))
    cursor = house.deliveries.cursor(T, hook.id)
    assert house.deliveries.take(T, hook.id, cursor, events[-1].id, events, house.now)
    assert not house.deliveries.take(T, hook.id, cursor, events[-1].id, events, house.now)  # another was quicker
    assert house.deliveries.claim(T, hook.id, house.now, house.now + LEASE, 9) == ["accounts/one"]
    house.work()  # the one that claimed it has died; another keeper finds nothing
    assert len(receiver.got) == 1
    house.pass_time(LEASE)
    house.work()
    assert of_accounts(receiver) == [("accounts/one", "1"), ("accounts/one", "2")]


def test_keepers_side_by_side_deliver_everything_once_and_in_order(house: House, receiver: Receiver) -> None:
    house.hook(receiver.url(), types=("Account",))
    others = [house.deliverer() for _ in range(2)]
    for i in range(6):
        house.account(f"a{i}")
        for _ in range(5):
            house.touch(f"a{i}")
            for one in (house.delivering, *others):
                one.work(T)
    for one in (house.delivering, *others):
        house.work(one)
    for one in others:
        one.stop()
    for i in range(6):
        etags = [etag for subject, etag in of_accounts(receiver) if subject == f"accounts/a{i}"]
        assert etags == ["1", "2", "3", "4", "5", "6"]


@pytest.mark.parametrize("part", ["cursor", "lanes", "WAITING", "DELIVERED", "DEAD", "deliveries", "lane:accounts/one"])
def test_taking_is_whole_or_not_done(house: House, part: str) -> None:
    hook = house.hook("http://127.0.0.1:1/", types=("Account",))
    house.account("one")
    cursor = house.deliveries.cursor(T, hook.id)
    events = house.outbox.after(T, cursor)
    key = f"{{{T}}}:hook:{hook.id}:{part}"
    house.redis.delete(key)
    house.redis.geoadd(key, (1, 1, "x")) if part in ("cursor", "deliveries", "lane:accounts/one") else house.redis.set(
        key, "x"
    )
    before = everything(house)
    with pytest.raises(redis.ResponseError):
        house.deliveries.take(T, hook.id, cursor, events[-1].id, events, house.now)
    assert everything(house) == before


@pytest.mark.parametrize("part", ["lane:accounts/one", "lanes", "WAITING", "DELIVERED", "deliveries", "failing"])
def test_settling_is_whole_or_not_done(house: House, part: str) -> None:
    hook = house.hook("http://127.0.0.1:1/", types=("Account",))
    house.account("one")
    cursor = house.deliveries.cursor(T, hook.id)
    events = house.outbox.after(T, cursor)
    house.deliveries.take(T, hook.id, cursor, events[-1].id, [e for e in events if hook.wants(e)], house.now)
    first = house.deliveries.head(T, hook.id, "accounts/one")
    assert first is not None
    key = f"{{{T}}}:hook:{hook.id}:{part}"
    house.redis.delete(key)
    house.redis.geoadd(key, (1, 1, "x")) if part in ("lane:accounts/one", "deliveries", "failing") else house.redis.set(
        key, "x"
    )
    before = everything(house)
    with pytest.raises(redis.ResponseError):
        house.deliveries.settle(T, hook.id, first.went_well(house.now, 200), house.now, house.now)
    assert everything(house) == before


def everything(house: House) -> dict[bytes, bytes]:
    return {key: house.redis.dump(key) for key in house.redis.keys("*")}


def test_what_was_settled_by_another_is_left_as_it_is(house: House) -> None:
    hook = house.hook("http://127.0.0.1:1/", types=("Account",))
    house.account("one")
    house.work()
    first = house.deliveries.head(T, hook.id, "accounts/one")
    assert first is not None
    assert house.deliveries.settle(T, hook.id, first.went_well(house.now, 200), house.now, house.now) == (0, False)
    before = everything(house)
    assert house.deliveries.settle(T, hook.id, first.went_well(house.now, 200), house.now, house.now) == (0, False)
    assert everything(house) == before


@pytest.mark.parametrize(
    "url",
    ["", "ftp://x/", "https://", "https://u:p@host/", "https://host/#x", "https://host/\u00e9", "https://host:0/",
     "https://[::1/", "https://host/a b", "https://host:99999/", "https://host/" + "x" * 2_000],
)  # fmt: skip
def test_urls_that_cannot_be_are_refused(house: House, url: str) -> None:
    with pytest.raises(Refused) as error:
        house.hook(url)
    assert error.value.field == "webhook.url"


def test_a_failing_item_stops_no_other_and_comes_back(house: House) -> None:
    hooks = [house.hook("https://example.com/") for _ in range(3)]
    for hook in hooks:
        house.webhooks.rotate(WHO, NONE, hook.name)
    house.pass_time(24 * HOUR)
    done: list[str] = []

    def handler(doing: Doing, context: Context, due: Due) -> None:
        if due.name == hooks[1].name and hooks[1].name not in done:
            done.append(due.name)
            raise RuntimeError("no")
        doing.webhooks.forget_secret(context, due.call(house.get(hooks[0]).etag), due.name)
        done.append(due.name)

    timed = Timed(house.doing, {"webhooks": handler})
    assert timed.work(T) == 3
    assert sorted(done) == sorted(hook.name for hook in hooks)
    assert [house.get(hook).previous_secret != "" for hook in hooks] == [False, True, False]
    assert timed.work(T) == 0
    house.pass_time(LEASE)
    assert timed.work(T) == 1 and house.get(hooks[1]).previous_secret == ""
    assert house.redis.zcard(f"{{{T}}}:due") == 0


def test_a_keeper_that_died_after_the_work_does_nothing_twice(house: House) -> None:
    hook = house.hook("https://example.com/")
    rotated = house.webhooks.rotate(WHO, NONE, hook.name)
    house.pass_time(24 * HOUR)
    due = Due(hook.name, "forget-secret", house.now)
    for _ in range(2):
        house.webhooks.forget_secret(WHO, due.call(rotated.etag), hook.name)
    assert house.get(hook).etag == rotated.etag + 1


def test_what_became_due_anew_is_not_forgotten(house: House) -> None:
    hook = house.hook("https://example.com/")
    house.webhooks.rotate(WHO, NONE, hook.name)
    house.pass_time(24 * HOUR)
    assert house.desk.documents.claim_due(T, house.now, house.now + LEASE) == [(hook.name, "forget-secret")]
    house.webhooks.rotate(WHO, NONE, hook.name)  # due a day later
    house.desk.documents.forget_due(T, hook.name, "forget-secret", house.now + LEASE)
    assert house.desk.documents.next_dues([T, "nobody"]) == [house.now + 24 * HOUR, None]


def test_what_has_no_handler_is_forgotten(house: House) -> None:
    hook = house.hook("https://example.com/")
    house.webhooks.rotate(WHO, NONE, hook.name)
    house.pass_time(24 * HOUR)
    assert Timed(house.doing, {}).work(T) == 1
    assert house.redis.zcard(f"{{{T}}}:due") == 0


def test_a_tenant_has_so_many_webhooks(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.services.webhooks.MOST_WEBHOOKS", 2)
    for _ in range(2):
        house.hook("https://example.com/")
    with pytest.raises(Refused, match="at most 2 webhooks"):
        house.hook("https://example.com/")
