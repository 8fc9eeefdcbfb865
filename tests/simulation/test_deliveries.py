"""Seeded runs of deliveries: receivers that fail, keepers that die in the middle, time that passes. Nothing is left out or out of order,
and what comes twice is what a keeper that died had posted."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from engine.lifecycle.webhooks import SECOND, WAITS, DeliveryStatus
from engine.outbound.post import Answered, Poster
from engine.services.delivering import LEASE, Delivering
from engine.store.embedded import EmbeddedStore
from tests.unit.services.test_delivering import House, T
from tests.wire.receiver import Received, Receiver

pytestmark = pytest.mark.service
ACCOUNTS = [f"a{n}" for n in range(4)]
STEPS = 60


class Died(BaseException):
    """A keeper that was killed: nothing it does afterwards happens."""


class Mortal(Poster):
    """Posts, and dies now and then: before, or after the receiver has it."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__(True)
        self.chance, self.odds, self.deaths = chance, 0.1, 0

    def post(self, url: str, body: bytes, headers: Mapping[str, str], seconds: float = 10.0) -> Answered:
        before, after = self.chance.random() < self.odds, self.chance.random() < self.odds
        if before:
            raise Died
        answered = super().post(url, body, headers, seconds)
        if after:
            self.deaths += 1
            raise Died
        return answered


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStore]:
    store = EmbeddedStore(Path(tmp_path_factory.mktemp("store")))
    store.start()
    yield store
    store.stop()


@pytest.mark.parametrize("seed", range(12))
def test_nothing_is_lost_or_out_of_order(running: EmbeddedStore, seed: int) -> None:
    chance, house = random.Random(seed), House(running.url)
    accepted: list[Received] = []
    odds = 0.3

    def answer(one: Received) -> int:
        if chance.random() < odds:
            return chance.choice((500, 404, 302, 429))
        accepted.append(one)
        return 200

    poster = Mortal(chance)
    keepers = [Delivering(house.webhooks, poster, chance.random) for _ in range(2)]
    with Receiver(answers=answer) as receiver:
        hook = house.hook(receiver.url(), types=("Account",))
        for name in ACCOUNTS:
            house.account(name)
        for _ in range(STEPS):
            step = chance.randrange(4)
            if step < 2:
                house.touch(chance.choice(ACCOUNTS))
            elif step == 2:
                house.work(chance.choice(keepers))
            else:
                house.pass_time(chance.choice((1, 10, 70, 700)) * SECOND)
        odds = poster.odds = 0.0
        while house.listed(hook, DeliveryStatus.WAITING) or house.redis.zcard(f"{{{T}}}:hook:{hook.id}:lanes"):
            house.pass_time(max(LEASE, WAITS[-1] * 2))
            house.work(keepers[0])
        house.work(keepers[0])
    for keeper in keepers:
        keeper.stop()
    assert not house.listed(hook, DeliveryStatus.DEAD)
    told = [one for one in house.outbox.after(T, "0", 1_000) if hook.wants(one)]
    for name in ACCOUNTS:
        came = [one.headers["webhook-id"] for one in accepted if one.event["subject"] == f"accounts/{name}"]
        assert list(dict.fromkeys(came)) == [one.id for one in told if one.subject == f"accounts/{name}"]
    assert len(accepted) - len(told) <= poster.deaths
