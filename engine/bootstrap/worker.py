"""The processes below the supervisor: a worker serves until SIGTERM, then lets calls end; the metrics' answers Prometheus.

All that is slow to import is imported by the supervisor before it forks, but for gRPC: it must not be touched before.
"""

from __future__ import annotations

import os
import signal
import threading
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

import structlog

from engine.bootstrap.parts import TENANT, Parts, parts
from engine.bootstrap.security import Security
from engine.bootstrap.settings import Settings
from engine.identity.caller import Unready, Unusable
from engine.services.books.shelf import Shelf
from engine.services.refusal import Refused
from engine.store.client import StoreDown

if TYPE_CHECKING:
    from engine.identity.keysource import KeySource

DRAIN_SECONDS = 10.0
ORPHAN_SECONDS = 1.0
"""A worker whose supervisor was killed is in the way of the next one."""
POLL_SECONDS = 1.0
KEYS_SECONDS = 5.0
"""Until keys of tokens that never could be read are tried for again."""
_log = structlog.get_logger("quotient")


@dataclass(frozen=True)
class Work:
    """What a worker is forked with. `alone`: no other worker serves at the moment."""

    settings: Settings
    url: str
    port: int
    core: int
    parent: int
    alone: bool


def worker(work: Work, told: int) -> int:
    """Serve; a byte to `told` says that it does. Returns the exit status."""
    stop = until_told()
    from engine.api.callers import Callers  # here: see above
    from engine.api.events import ENDING
    from engine.api.server import build_server, serving
    from engine.api.servicers import Services

    _pin(
        work.core + work.parent
    )  # by the parent's number, so that small services of one host do not share its first core
    made = _when_store_answers(work, stop)
    if made is None:
        return 0
    pricing, security = made.pricing, work.settings.security
    if made.keys_of_tokens is not None:
        _follow(made.keys_of_tokens, stop)
    # A worker that takes a dead one's place takes no calls before it can answer them: the others do. One alone says by its
    # health why it does not answer yet.
    loaded = not work.alone and _load(pricing.shelf, work, stop)
    services = Services(pricing, made.books, made.desk, made.happened, made.webhooks)
    server, status = build_server(
        services, f"{work.settings.host}:{work.port}",
        Callers(made.verified, security.required, work.settings.default_role), _credentials(security),
    )  # fmt: skip
    server.start()
    if loaded or _load(pricing.shelf, work, stop):
        serving(status)
        tell(told)
        while _goes_on(work, stop, POLL_SECONDS):
            with suppress(StoreDown):  # the store restarts: the next poll finds it
                pricing.shelf.poll()
    status.enter_graceful_shutdown()
    ENDING.set()
    server.stop(DRAIN_SECONDS if stop.is_set() else ORPHAN_SECONDS).wait()
    return 0


class Told:
    """Whether this process is to end. A signal may set it at any moment, in the middle of a wait for it too, where the lock of a
    `threading.Event` would be held by the very thread that is to take it."""

    def __init__(self) -> None:
        self._said, self._woken = False, SimpleQueue[None]()

    def set(self, *_: object) -> None:
        """It is."""
        self._said = True
        self.wake()

    def wake(self) -> None:
        """There is something to look at: a wait ends early."""
        self._woken.put(None)

    def is_set(self) -> bool:
        """Whether it is."""
        return self._said

    def wait(self, seconds: float) -> bool:
        """Until then, or until it is told or woken; whether it is to end."""
        with suppress(Empty):
            if not self._said:
                self._woken.get(timeout=seconds)
            while not self._said:  # woken often is woken once
                self._woken.get_nowait()
        if self._said:
            self.wake()  # others may wait as well
        return self._said


def until_told() -> Told:
    """What SIGTERM sets, from the first moment on: the supervisor forks with it blocked. An interrupt is its matter."""
    stop = Told()
    signal.signal(signal.SIGTERM, stop.set)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM, signal.SIGINT})
    return stop


def serve_metrics(port: int, parent: int, told: int) -> int:
    """Answer Prometheus until the supervisor says so or is gone; a byte to `told` says that it does. Returns the exit status."""
    from prometheus_client import CollectorRegistry, multiprocess, start_http_server

    stop, registry = until_told(), CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    start_http_server(port, "127.0.0.1", registry)
    tell(told)
    while not stop.wait(POLL_SECONDS) and os.getppid() == parent:
        pass
    return 0


def tell(told: int) -> None:
    """Say that this process serves."""
    with suppress(BrokenPipeError):  # nobody waits for a process that takes a dead one's place
        os.write(told, b"1")
    os.close(told)


def _pin(core: int) -> None:
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[core % len(cores)]})


def _goes_on(work: Work, stop: Told, seconds: float) -> bool:
    """After a pause, whether to go on: nobody would start us again once the supervisor is gone."""
    return not stop.wait(seconds) and os.getppid() == work.parent


def _credentials(security: Security) -> Any:
    """Those of the channel; None where there is no TLS."""
    if security.channel is None:
        return None
    from engine.api.channel import credentials_of
    from engine.identity.certificates import Certificates

    def complain(fault: str) -> None:
        _log.error("changed certificates cannot be used: the old ones stay", fault=fault)

    return credentials_of(Certificates(security.channel, complain))


def _follow(source: KeySource, stop: Told) -> None:
    """Read the keys of tokens, and read them again now and then for as long as the worker lives."""

    def read() -> bool:
        try:
            source.refresh()
        except Unready:
            pass  # a call reads them just now
        except Unusable as fault:
            _log.warning("the keys of tokens could not be read", fault=f"they {fault}")
        return source.empty

    def follow() -> None:
        empty = read_first
        while not stop.wait(min(source.refresh_seconds, KEYS_SECONDS) if empty else source.refresh_seconds):
            empty = read()

    read_first = read()
    threading.Thread(target=follow, daemon=True).start()


def _when_store_answers(work: Work, stop: Told) -> Parts | None:
    """The parts (a cluster is asked for its nodes); None when it is time to end."""
    while True:
        try:
            return parts(work.url, work.settings)
        except StoreDown as down:
            _log.warning("the store does not answer", error=str(down))
        if not _goes_on(work, stop, 0.2):
            return None


def _load(shelf: Shelf, work: Work, stop: Told) -> bool:
    """Load what answers, as soon as the store says what that is; False when it is time to end before."""
    while True:
        try:
            shelf.load(TENANT, work.settings.clock())
            return True
        except (StoreDown, Refused) as error:
            _log.warning("books are not loaded yet", error=str(error))
        if not _goes_on(work, stop, 0.2):
            return False
