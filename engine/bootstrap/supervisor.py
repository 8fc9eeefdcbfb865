"""Starts the store, the books and the workers, starts again what dies, and drains them when it is told to stop.

It never starts a thread or a gRPC server of its own: it forks, and a fork must not inherit locks. What is slow to import and
to load it does once, before it forks: workers inherit it.
"""

from __future__ import annotations

import errno
import fcntl
import gc
import os
import select
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import FrameType

import structlog

from engine.bootstrap.settings import Settings, family_of
from engine.bootstrap.unstartable import Unstartable
from engine.store.client import StoreDown, StoreError, settle
from engine.store.embedded import EmbeddedStore

STORE_SECONDS = 5.0
LOCK_SECONDS = 5.0
DRAIN_SECONDS = 12.0
"""Two more than a worker takes at most."""
PAUSES = (0.05, 0.2, 1.0, 5.0)
"""Before a child is started again that has died this often soon after its start: a broken machine must not spin."""
SOON = 5.0
TOLD = (signal.SIGTERM, signal.SIGINT)
KEEPER = "keeper"
_log = structlog.get_logger("quotient")


@dataclass
class Child:
    """A process below the supervisor: what it runs (given a pipe to say that it serves), and how it has fared."""

    name: str
    run: Callable[[int], int]
    pid: int = 0
    began: float = 0.0
    deaths: int = 0
    due: float = 0.0


class Supervisor:
    """Runs the service until it is told to stop."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.store: EmbeddedStore | None = None
        self.children: list[Child] = []
        self.stopping = False
        self.port = 0
        self._url = settings.redis_url
        self._held: socket.socket | None = None
        self._lock = -1
        self._woken = -1
        self._serving = False
        self._store_due = 0.0

    def run(self) -> int:
        """Start everything, wait, drain; returns the exit status.

        Raises:
            Unstartable: something is not as it must be; nothing is left running.
        """
        self._catch()
        self._hold_data()
        self._hold_port()
        try:
            names = self._start()
            if not self.stopping:
                count, books = self.settings.workers, ", ".join(names) or "none"
                print(f"serving {self.settings.host}:{self.port}, {count} workers, books {books}", flush=True)
            while not self.stopping:
                self._watch()
        finally:
            self._drain()
            if self.store:
                self.store.stop()
        return 0

    # ------------------------------------------------------------ starting

    def _start(self) -> list[str]:
        """Everything in its order, the store loading while we import; returns the books."""
        try:
            if self._url:
                self._url = settle(self._url, STORE_SECONDS)
            else:
                self.store = EmbeddedStore(self.settings.data / "store")
                self._url = self.store.url
                self.store.launch()
            from engine.bootstrap import keeper, parts, worker  # here: see the package's head
            from engine.kernels import warm

            warm()
            if self.store:
                self.store.wait(lambda: not self.stopping)
            names = parts.open_books(self._url, self.settings)
        except (StoreError, StoreDown, OSError) as error:
            if self.stopping:
                return []
            raise Unstartable(str(error)) from error
        gc.collect()
        gc.freeze()  # else the first collection of each worker would copy every page it shares with the others
        self.children = [Child(f"worker {core}", self._worker(core)) for core in range(self.settings.workers)]
        port, supervisor = self.settings.metrics_port, os.getpid()
        if port:
            self.children.append(Child("metrics", lambda told: worker.serve_metrics(port, supervisor, told)))
        self.children.append(Child(KEEPER, lambda told: keeper.keeper(self.settings, self._url, supervisor, told)))
        ready = [self._fork(child) for child in self.children]
        served = [_said(pipe) for pipe in ready]
        if not all(served) and not self.stopping:
            raise Unstartable("a process ended before it served: the lines above say why")
        self._serving = True
        return names

    def _worker(self, core: int) -> Callable[[int], int]:
        from engine.bootstrap.worker import Work, worker

        supervisor = os.getpid()

        def run(told: int) -> int:
            alone = not self._serving or self.settings.workers == 1
            return worker(Work(self.settings, self._url, self.port, core, supervisor, alone), told)

        return run

    def _catch(self) -> None:
        """Let signals wake `_pause`: nothing is polled for."""
        self._woken, wake = os.pipe()
        for end in (self._woken, wake):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        for one in TOLD:
            signal.signal(one, self._stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True

    def _hold_data(self) -> None:
        """Lock the data folder; the workers of a killed supervisor hold it until they have ended, a few seconds at most."""
        data, metrics = self.settings.data, self.settings.data / "metrics"
        try:
            data.mkdir(parents=True, exist_ok=True, mode=0o700)
            metrics.mkdir(exist_ok=True)
            for old in metrics.glob("*.db"):
                old.unlink()
            self._lock = os.open(data / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise Unstartable(
                f"QUOTIENT_DATA is {data}: it must be a folder we can write ({error.strerror})"
            ) from error
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(metrics)
        end = time.monotonic() + LOCK_SECONDS
        while True:
            with suppress(BlockingIOError):
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            if time.monotonic() > end or self.stopping:
                raise Unstartable(f"another service runs over {data}: set QUOTIENT_DATA to another folder")
            time.sleep(0.05)

    def _hold_port(self) -> None:
        """Bind the port without listening: it is ours between two workers, and port 0 becomes a number."""
        host, port = self.settings.host, self.settings.port
        _free("QUOTIENT_PORT", host, port)
        if self.settings.metrics_port:
            _free("QUOTIENT_METRICS_PORT", "127.0.0.1", self.settings.metrics_port)
        self._held = socket.socket(family_of(host), socket.SOCK_STREAM)
        self._held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self._held.bind((host, port))
        self.port = self._held.getsockname()[1]

    # ------------------------------------------------------------ children

    def _fork(self, child: Child) -> int:
        """Start it; returns the pipe on which it says that it serves."""
        if child.name == KEEPER:
            with suppress(OSError):
                (self.settings.data / KEEPER).unlink()  # until the new one has said which process it is, nobody is
        ready, told = os.pipe()
        signal.pthread_sigmask(signal.SIG_BLOCK, TOLD)  # until the child can be told
        child.began = time.monotonic()
        try:
            child.pid = os.fork()
        except OSError as error:  # no memory, or too many processes: later perhaps
            _log.error("a process does not start", name=child.name, error=str(error))
            child.pid, child.due = 0, child.began + PAUSES[-1]
            os.close(told)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, TOLD)
            return ready
        if child.pid == 0:
            status = 1
            try:
                os.close(ready)
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                status = child.run(told)
            except BaseException:
                _log.exception("a process ended", name=child.name)
            os._exit(status)  # never back into the supervisor's own code: it would stop the store
        signal.pthread_sigmask(signal.SIG_UNBLOCK, TOLD)
        os.close(told)
        return ready

    def _watch(self) -> None:
        """Sleep until something happens, then start again whatever has died."""
        now = time.monotonic()
        self._watch_store(now)
        for child in self.children:
            if child.pid and _ended(child):
                child.deaths = child.deaths + 1 if now - child.began < SOON else 0
                child.due = now + PAUSES[min(child.deaths, len(PAUSES) - 1)]
                child.pid = 0
            if not child.pid and now >= child.due and not self.stopping:
                os.close(self._fork(child))
        due = [child.due for child in self.children if not child.pid]
        if self.store and not self.store.alive():
            due.append(self._store_due)
        self._pause(min((max(one - now, 0.01) for one in due), default=60.0))

    def _watch_store(self, now: float) -> None:
        if not self.store or self.store.alive() or self.stopping or now < self._store_due:
            return
        _log.warning("the store died: starting it again", said=self.store.last_words())
        try:
            self.store.launch()
            self.store.wait(lambda: not self.stopping)
        except (StoreError, OSError) as error:
            _log.error("the store does not start", error=str(error))
            self._store_due = time.monotonic() + 1.0

    def _pause(self, seconds: float) -> None:
        if self.stopping:
            return
        select.select([self._woken], [], [], seconds)
        with suppress(BlockingIOError):
            os.read(self._woken, 4_096)

    def _drain(self) -> None:
        """Tell all to end, and wait until they have."""
        end = time.monotonic() + DRAIN_SECONDS
        self._tell(signal.SIGTERM)
        while any(child.pid for child in self.children):
            for child in self.children:
                if child.pid and _ended(child, quiet=True):
                    child.pid = 0
            if time.monotonic() > end:
                end = float("inf")
                self._tell(signal.SIGKILL)
            time.sleep(0.01)

    def _tell(self, number: int) -> None:
        for child in self.children:
            if child.pid:
                os.kill(child.pid, number)  # ours until it is waited for


def _said(ready: int) -> bool:
    """Whether a child says that it serves; False when it has ended instead."""
    try:
        return os.read(ready, 1) == b"1"
    finally:
        os.close(ready)


def _ended(child: Child, quiet: bool = False) -> bool:
    pid, status = os.waitpid(child.pid, os.WNOHANG)
    if pid and not quiet:
        _log.warning("a process died: starting it again", name=child.name, pid=pid, status=status)
    return bool(pid)


def _free(name: str, host: str, port: int) -> None:
    """Without sharing: another service's port is not ours.

    Raises:
        Unstartable: it is taken, or the address is not one of this machine.
    """
    with socket.socket(family_of(host), socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise Unstartable(f"port {port} is taken: set {name} to another") from error
            raise Unstartable(f"cannot listen on {host}:{port}: {error.strerror or error}") from error
