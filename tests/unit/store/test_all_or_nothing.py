"""An error forced at every command of every script leaves all of it done, or nothing: no key of a wrong kind, and no command that is not
allowed, stops one half-way.

A script joins by a row in `CASES`; one without a row fails the first test, and a command that no case of its script needs fails the last.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib.resources import files as resources
from pathlib import Path
from typing import Any

import pytest
import redis

from engine.lifecycle.events import Event
from engine.lifecycle.webhooks import Delivery, DeliveryStatus, Webhook
from engine.store import deliveries
from engine.store.archive import Archive
from engine.store.books import ActivationRecord, BookStore, VersionRecord, activate_in
from engine.store.client import connect
from engine.store.deliveries import Deliveries, places, replay, undeliver
from engine.store.documents import Change, Documents, list_key
from engine.store.embedded import EmbeddedStore
from tests.unit.store.notes import Note, change_of_all_kinds, note, second_change

pytestmark = pytest.mark.service
SCRIPTS = {one.name.removesuffix(".lua"): one.read_text() for one in (resources("engine.store") / "scripts").iterdir()}
Act = Callable[[redis.Redis], Any]
Snapshot = dict[bytes, Any]


@dataclass(frozen=True)
class Case:
    """A call of a script, after what must have been before."""

    run: Act
    before: tuple[Act, ...] = ()


def commit(make: Callable[[], Change], request_id: str) -> Act:
    return lambda client: Documents(client).commit(make(), request_id, "body", f"notes/n1@{request_id}")


def publish(client: redis.Redis) -> str:
    record = VersionRecord("a" * 32, "A shop", "ann", 1.0, {})
    return BookStore(client).publish("t", "shop", record, {"book.quo": b"text", "prices.csv": b"a,b"}, "p1", "{}")


def activate(request_id: str) -> Act:
    activation = ActivationRecord("a" * 32, 0, "ann", 1.0)
    return lambda client: BookStore(client).activate("t", "shop", activation, request_id, "", "{}")


def roll_back(client: redis.Redis) -> str:
    return BookStore(client).activate("t", "shop", None, "a3", "", "{}")


def one_note() -> Change:
    change = Change("t")
    change.save(note(), None)
    return change


def agreed() -> Change:
    change = one_note()
    activate_in(change, "shop", ActivationRecord("a" * 32, 0, "ann", 1.0))
    return change


def replayed() -> Change:
    change = Change("t")
    replay(change, "h", Delivery(event="5-0", type="NoteWritten", subject="notes/n1", lane="notes/n1"), 9)
    return change


def disabled() -> Change:
    change = Change("t")
    undeliver(change, "h", ["notes/n1"])
    return change


def take(number: int) -> Act:
    event = Event(id=f"{number}-0", type="NoteWritten", subject="notes/n1", time=1)
    return lambda client: Deliveries(client).take("t", "h", str(number - 1) * (number > 1), str(number), [event], 1)


def settle(went: Callable[[Delivery], Delivery]) -> Act:
    """Note how the first of the lane went, of those that ended one being kept."""

    def act(client: redis.Redis) -> Any:
        first = Deliveries(client).get("t", "h", client.lindex("{t}:hook:h:lane:notes/n1", 0).decode())  # type: ignore[union-attr]
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(deliveries, "MOST_DELIVERED", 1)
            return Deliveries(client).settle("t", "h", went(first), 5, 2)

    return act


def told(client: redis.Redis) -> Any:
    """An event whose id is known beforehand."""
    return client.xadd("{t}:outbox", {"event": "{}"}, id="5-0")


def hooked(client: redis.Redis) -> None:
    """A webhook that took it and has delivered it."""
    cursor, *_ = places("t", "h")
    client.zadd(list_key("t", Webhook, "status", "ENABLED"), {"h": 0})
    client.set(cursor, "5-0")


def trim(client: redis.Redis) -> None:
    Archive(client).trim("t", "", "5-0", "f" * 64, {"type": "TrailArchived"})


def first(client: redis.Redis) -> Any:
    return Deliveries(client).head("t", "h", "notes/n1")


def ended(client: redis.Redis) -> None:
    """As an older release could leave it: the first of the lane does not wait."""
    client.zrem("{t}:hook:h:WAITING", deliveries.sorting("1-0"))


WELL = settle(lambda one: one.went_well(2, 200))
DEAD = settle(lambda one: replace(one, status=DeliveryStatus.DEAD))
LATER = settle(lambda one: one.failed(2, 500, "no", 0.5))
FIRST, SECOND = commit(change_of_all_kinds, "r1"), commit(second_change, "r2")
CASES: dict[str, list[Case]] = {
    "commit": [
        Case(FIRST), Case(SECOND, (FIRST,)), Case(FIRST, (FIRST,)), Case(commit(agreed, "r1"), (publish,)), Case(commit(replayed, "r1")),
        Case(commit(disabled, "r1"), (take(1), take(2))),
    ],
    "claim": [Case(lambda client: Documents(client).claim_due("t", 5, 100), (commit(one_note, "r1"),))],
    "forget": [
        Case(
            lambda client: Documents(client).forget_due("t", "notes/n1", "read", 100),
            (commit(one_note, "r1"), lambda client: Documents(client).claim_due("t", 5, 100)),
        )
    ],
    "take": [Case(take(1)), Case(take(2), (take(1),))],
    "first": [Case(first, (take(1),)), Case(first, (take(1), ended)), Case(first, (take(1), take(2), ended))],
    "settle": [
        Case(WELL, (take(1), take(2))), Case(WELL, (take(1), take(2), WELL)), Case(DEAD, (take(1),)), Case(LATER, (take(1),)),
        Case(WELL, (take(1), LATER)),
    ],
    "read": [Case(lambda client: Documents(client).get("t", Note, "notes/n1"), (FIRST,))],
    "trim": [Case(trim, (told,)), Case(trim, (told, hooked)), Case(trim, (told, hooked, trim))],
    "publish": [Case(publish), Case(publish, (publish,))],
    "activate": [
        Case(activate("a1"), (publish,)), Case(activate("a1"), (publish, activate("a1"))),
        Case(roll_back, (publish, activate("a1"), activate("a2"))),
    ],
}  # fmt: skip
EACH = [(script, number) for script, cases in CASES.items() for number in range(len(cases))]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStore]:
    store = EmbeddedStore(Path(tmp_path_factory.mktemp("store")))
    store.start()
    yield store
    store.stop()


@pytest.fixture
def client(running: EmbeddedStore) -> Iterator[redis.Redis]:
    client = connect(running.url)
    yield client  # type: ignore[misc]
    client.close()


def everything(client: redis.Redis) -> Snapshot:
    """All that there is, but for when events were added."""
    return {key: _content(client, key) for key in client.keys("*") if key != b"tenants"}


def _content(client: redis.Redis, key: bytes) -> Any:
    if client.type(key) == b"stream":
        return [fields for _, fields in client.xrange(key)]
    return client.dump(key)


def begun(client: redis.Redis, case: Case) -> None:
    """The store as it is before the call."""
    client.flushall()
    for act in case.before:
        act(client)


def keys_of(client: redis.Redis, case: Case) -> dict[bytes, bytes]:
    """The keys that a call says, with the kinds that they have before or after it."""
    seen: list[bytes] = []
    plain = client.execute_command

    def watched(*args: Any, **options: Any) -> Any:
        if args[0] in ("EVAL", "EVALSHA"):
            seen.extend(key.encode() for key in args[3 : 3 + args[2]])
        return plain(*args, **options)

    begun(client, case)
    kinds = {key: client.type(key) for key in client.keys("*")}
    client.execute_command = watched  # type: ignore[method-assign]
    try:
        case.run(client)
    finally:
        client.execute_command = plain  # type: ignore[method-assign]
    kinds |= {key: client.type(key) for key in client.keys("*")}
    return {key: kinds[key] for key in seen if key in kinds}


WRONG: tuple[Callable[[redis.Redis, bytes], Any], ...] = (
    lambda client, key: client.lpush(key, "x"), lambda client, key: client.set(key, "x"),
    lambda client, key: client.xadd(key, {"x": "x"}),
)  # fmt: skip
"""What a key may hold that should hold something else; "x" is no number either."""


def test_every_script_has_cases() -> None:
    assert CASES.keys() == SCRIPTS.keys()


@pytest.mark.parametrize(("script", "number"), EACH)
def test_a_key_of_a_wrong_kind(client: redis.Redis, script: str, number: int) -> None:
    case = CASES[script][number]
    keys = keys_of(client, case)
    after = everything(client)
    assert keys
    refused = 0
    for key, kind in keys.items():
        for put in WRONG:
            begun(client, case)
            client.delete(key)
            put(client, key)
            before = everything(client)
            try:
                case.run(client)
            except Exception:
                refused += 1
                assert everything(client) == before, key
                continue
            if client.type(key) != kind:  # it has no use for what the key holds
                assert everything(client) | {key: b""} in (after | {key: b""}, before | {key: b""}), key
    assert refused


@pytest.mark.parametrize("script", CASES)
def test_a_command_that_is_not_allowed(client: redis.Redis, running: EmbeddedStore, script: str) -> None:
    known = {name.upper() for name in client.command()}
    commands = known & set(re.findall(r"'([A-Z]+)'", SCRIPTS[script]))
    assert commands
    needed: set[str] = set()
    for case in CASES[script]:
        begun(client, case)
        case.run(client)
        after = everything(client)
        for command in commands:
            begun(client, case)
            before = everything(client)
            client.execute_command("ACL", "SETUSER", "weak", "reset", "on", "nopass", "~*", "+@all", f"-{command}")
            weak = redis.Redis(unix_socket_path=str(running.socket), username="weak", password="x")
            try:
                case.run(weak)
            except redis.ResponseError:
                needed.add(command)
                assert everything(client) == before, command
            else:
                assert everything(client) == after, command
            weak.close()
    assert needed == commands
