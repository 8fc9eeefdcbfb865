"""Months of deals at random, on a real service: duplicates, retries, races, stale etags; in some of the runs processes are killed.

SEED=17 runs that seed alone, SEED=300-399 those hundred: with `-k done_twice`, `-k killed` or `-k cluster` as one of the three tests.
"""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import grpc
import pytest
from hypothesis import settings

from engine.lifecycle.document import Document
from engine.services.timed import LEASE
from engine.store.client import Client, StoreDown, connect
from quotient.v1 import books_pb2
from tests.simulation.audit import Audit
from tests.simulation.deals import BOOK, ELSEWHERE, KINDS, ROWS
from tests.simulation.service import Service, eventually, free_port, replaced, running
from tests.simulation.stores import Server, cluster
from tests.simulation.world import Clock, World
from tests.wire.methods import METHODS, ask, changes, request_of

pytestmark = [pytest.mark.service, pytest.mark.timeout(600)]
STEPS = 60
EACH = 10
"""Seeds that share a service, each a tenant of its own."""
HARD = settings().max_examples > 1_000
"""Whether this is a campaign."""
ONLY = [int(part) for part in os.environ.get("SEED", "").split("-") if part]
"""The first and the last of the seeds that are asked for; nothing: those of a test run, or of a campaign."""


def seeds(first: int, some: int, many: int, each: int) -> list[list[int]]:
    """The seeds of a test, `each` of them to a service."""
    wanted = [*range(ONLY[0], ONLY[-1] + 1)] if ONLY else [*range(first, first + (many if HARD else some))]
    return [wanted[at : at + each] for at in range(0, len(wanted), each)]


def first_of(group: list[int]) -> str:
    """What a group of seeds is called."""
    return str(group[0])


QUICKLY = [
    ("grpc.use_local_subchannel_pool", 1), ("grpc.initial_reconnect_backoff_ms", 30),
    ("grpc.min_reconnect_backoff_ms", 30), ("grpc.max_reconnect_backoff_ms", 200),
]  # fmt: skip


@contextmanager
def served(folder: Path, **more: str) -> Iterator[tuple[Service, Clock, list[grpc.Channel]]]:
    """A service on a clock of ours, and connections to it that come back quickly."""
    clock = Clock(folder / "clock")
    port = str(free_port())
    with ExitStack() as stack:
        service = stack.enter_context(running(folder, QUOTIENT_CLOCK_FILE=str(clock.path), QUOTIENT_PORT=port, **more))
        channels = [stack.enter_context(grpc.insecure_channel(service.address, options=QUICKLY)) for _ in range(4)]
        yield service, clock, channels


def store_of(service: Service) -> str:
    """The URL of its store."""
    given = service.settings.get("QUOTIENT_REDIS_URL")
    if given:
        return given
    return "unix://" + (service.folder / "data/store/process").read_text().partition(" ")[2]


def open_shop(channel: grpc.Channel, tenant: str) -> str:
    """The book that a tenant sells by; its version's name."""
    who = (("x-quotient-tenant", tenant), ("x-quotient-role", "administrator"))
    chunk = books_pb2.FileChunk(path="book.quo", content=BOOK.encode())
    request = books_pb2.PublishRequest(book="books/shop", chunk=chunk)
    version = ask(channel, "Books.Publish", request, who)
    ask(channel, "Books.Activate", request_of("Books.Activate", name=version.name), who)
    return str(version.name)


def simulate(
    seed: int, service: Service, clock: Clock, channels: Sequence[grpc.Channel], disturb: Callable[[], str], steps: int
) -> None:
    """Run a seed, then audit what it left; what fails says how to see it again."""
    tenant = f"t{seed}"
    world = World(seed, tenant, channels, clock, disturb, open_shop(channels[0], tenant))
    try:
        world.run(steps)
        if isinstance(disturb, Killer):
            disturb.wait()
        client = connect(store_of(service))
        while audited_while_the_service_went_on(client, world):
            pass
        client.close()
    except BaseException:
        print(f"\nseed {seed} (SEED={seed} runs it alone):", *world.trace, sep="\n  ")
        raise


def audited_while_the_service_went_on(client: Client, world: World) -> bool:
    """Audit a tenant; whether the service changed something by itself meanwhile, so that what was seen means nothing."""
    settle(client, world)
    audit = Audit(client, world.tenant)
    try:
        audit.check()
        audit.against(world)
    except AssertionError:
        if Audit(client, world.tenant).events == audit.events:
            raise
        return True
    return False


def settle(client: Client, world: World) -> None:
    """Wait until all that is due is done. What a keeper that was killed had claimed is another's when the lease ends."""
    for _ in range(60):
        if eventually(lambda: quiet(client, world.tenant, world.clock), 1.0):
            return
        world.clock.pass_(LEASE / 1_000_000 + 1)
    raise AssertionError("what is due is not done")


def quiet(client: Client, tenant: str, clock: Clock) -> bool:
    """Whether the store answers again, and all that is due is done."""
    with suppress(StoreDown):
        return Audit(client, tenant).quiet(clock.now)
    return False


def undisturbed() -> str:
    """Nothing is killed."""
    return "all is well"


def test_every_call_that_changes_something_is_simulated() -> None:
    changing = {name for name in METHODS if changes(name)}
    assert changing == ROWS.keys() | ELSEWHERE.keys()
    kinds = {one.KIND for one in Document.__subclasses__() if one.__module__.startswith("engine.")}
    assert kinds == KINDS.keys()
    assert {row.kind for row in ROWS.values()} == KINDS.keys()


@pytest.mark.parametrize("group", seeds(0, 30, 3_000, EACH), ids=first_of)
def test_nothing_is_lost_or_done_twice(tmp_path: Path, group: list[int]) -> None:
    with served(tmp_path) as (service, clock, channels):
        for seed in group:
            simulate(seed, service, clock, channels, undisturbed, STEPS)


@pytest.mark.parametrize("group", seeds(10_000, 4, 300, 2), ids=first_of)
def test_nothing_is_lost_while_processes_are_killed(tmp_path: Path, group: list[int]) -> None:
    with served(tmp_path) as (service, clock, channels):
        kills = [kill_worker(service), kill_store(service), kill_keeper(service)] * 3 + [kill_all(service)]
        for seed in group:
            killer = Killer(seed, kills)
            simulate(seed, service, clock, channels, killer, 2 * STEPS)
            assert killer.killed


@pytest.mark.parametrize("group", seeds(20_000, 2, 200, 2), ids=first_of)
def test_a_cluster_is_as_good(tmp_path: Path, group: list[int]) -> None:
    """In the runs of odd seeds nodes are killed, and come back with what they had written."""
    with cluster(tmp_path, 3) as nodes:
        url = f"redis+cluster://127.0.0.1:{nodes[0].port}"
        with served(tmp_path, QUOTIENT_REDIS_URL=url) as (service, clock, channels):
            for seed in group:
                killer = Killer(seed, [kill_node(node) for node in nodes] + [kill_worker(service)])
                simulate(seed, service, clock, channels, killer if seed % 2 else undisturbed, STEPS)
                assert killer.killed or not seed % 2


class Killer:
    """Kills something with signal 9, a moment from now, while commands go on."""

    def __init__(self, seed: int, acts: Sequence[Callable[[], None]]) -> None:
        self.rng, self.acts = random.Random(seed), acts
        self.thread: threading.Thread | None = None
        self.killed, self.failed = 0, None  # type: int, BaseException | None

    def __call__(self) -> str:
        self.wait()
        act, pause = self.rng.choice(self.acts), self.rng.random() * 0.02
        self.thread = threading.Thread(target=self._later, args=(pause, act))
        self.thread.start()
        return f"{act.__qualname__} in {pause * 1_000:.0f} ms"

    def wait(self) -> None:
        """Until what was killed is being started again."""
        if self.thread:
            self.thread.join()
        if self.failed:
            raise self.failed

    def _later(self, pause: float, act: Callable[[], None]) -> None:
        threading.Event().wait(pause)
        try:
            act()
        except BaseException as error:
            self.failed = error
        self.killed += 1


def kill_worker(service: Service) -> Callable[[], None]:
    """One that answers calls: the supervisor starts it again."""

    def act() -> None:
        found = service.workers()
        _kill(random.sample(found, min(1, len(found))))  # none, where all were killed a moment ago

    return act


def kill_keeper(service: Service) -> Callable[[], None]:
    """The process that does what is due."""

    def act() -> None:
        file = service.folder / "data/keeper"
        _kill([int(one) for one in (file.read_text() if file.exists() else "").split()])

    return act


def kill_store(service: Service) -> Callable[[], None]:
    """The store: the supervisor starts it again."""

    def act() -> None:
        before = service.store()
        _kill(before)
        assert not before or replaced(service.store, before)

    return act


def kill_all(service: Service) -> Callable[[], None]:
    """The supervisor, and with it all."""

    def act() -> None:
        service.stop(signal.SIGKILL)
        service.start()

    return act


def kill_node(node: Server) -> Callable[[], None]:
    """A node of a cluster."""

    def act() -> None:
        node.kill()
        node.start()

    return act


def _kill(pids: Sequence[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
