"""On a three-node cluster: events, webhooks and what is due of tenants on all nodes; a backup of it goes into one store, and back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine.bootstrap import backup as backups
from engine.bootstrap.settings import Settings
from engine.lifecycle.parties import Account
from engine.services.context import Context, Role
from engine.store.client import connect
from engine.store.documents import Documents
from engine.store.embedded import EmbeddedStore
from engine.store.outbox import Outbox
from tests.simulation.stores import cluster
from tests.unit.services import test_delivering as delivering
from tests.unit.services.test_delivering import NONE, House
from tests.wire.receiver import Receiver

pytestmark = pytest.mark.service
TENANTS = [f"t{n}" for n in range(6)]


def test_tenants_on_all_nodes_are_told_and_backed_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with cluster(tmp_path / "nodes", 3) as made, Receiver() as receiver:
        url = f"redis+cluster://127.0.0.1:{made[0].port}"
        house = House(url)
        for tenant in TENANTS:
            who = Context(tenant, "ann", Role.ADMINISTRATOR)
            monkeypatch.setattr(delivering, "T", tenant)
            monkeypatch.setattr(delivering, "WHO", who)
            hook = house.hook(receiver.url(f"/{tenant}"), types=("Account",))
            house.webhooks.rotate(who, NONE, hook.name)
            house.account("one")
            house.touch("one")
            house.work()
        house.pass_time(24 * 3600 * 1_000_000)
        assert [house.timed.work(tenant) for tenant in TENANTS] == [1] * len(TENANTS)
        house.delivering.stop()
        assert [(one.path, one.event["etag"]) for one in receiver.got] == [
            (f"/{tenant}", etag) for tenant in TENANTS for etag in ("1", "2")
        ]
        assert all(node.client().dbsize() for node in made)
        before = {key: house.redis.dump(key) for key in house.redis.scan_iter("*")}
        settings = Settings(data=tmp_path / "data", redis_url=url)
        file = tmp_path / "backup"
        backups.backup(settings, file)
        one = replace(settings, data=tmp_path / "one", redis_url="")
        assert backups.restore(one, file).entries == len(before)
        store = EmbeddedStore(one.data / "store")
        store.start()
        client = connect(store.url)
        assert {key: client.dump(key) for key in client.keys("*")} == before
        assert Documents(client).tenants() == TENANTS
        store.stop()
        third = [key for key in before if key.startswith(b"{t3}")]
        assert backups.restore(settings, file, "t3", replace=True).entries == len(third)
        backups.restore(settings, file, replace=True)
        assert {key: house.redis.dump(key) for key in house.redis.scan_iter("*")} == before
        assert Outbox(house.redis).after("t3", "0")[0].type == "WebhookCreated"
        found = house.desk.get(Context("t3", "ann", Role.SELLER), Account, "accounts/one")
        assert (found.etag, found.display_name) == (2, "one")
