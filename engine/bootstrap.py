"""Picks the concrete parts, and keeps the service's processes running.

    supervisor   the store, the books of rules/ on a first start, then a worker a core; starts again what dies
      worker     a gRPC server on the one port (SO_REUSEPORT), pinned to its core, with its own mapped plans

The supervisor never starts a thread or a server of its own: it forks, and a fork must not inherit locks.
"""

from __future__ import annotations

import fcntl
import logging
import os
import signal
import socket
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import structlog

from engine.kernels import warm
from engine.services.books import Books
from engine.services.context import Context, Role
from engine.services.pricing import Pricing
from engine.services.shelf import Shelf
from engine.store.books import BookStore, connect
from engine.store.embedded import EmbeddedStore, StoreError

TENANT = "demo"
DRAIN_SECONDS = 10.0
LOOPBACK = ("127.0.0.1", "localhost", "::1")
_log = structlog.get_logger("quotient")


@dataclass(frozen=True)
class Settings:
    """What the environment says; see `docs` of each. All have defaults that run on a fresh machine."""

    host: str = "127.0.0.1"
    port: int = 50051
    workers: int = 1
    data: Path = Path("var")
    rules: Path = Path("rules")
    redis_url: str = ""
    metrics_port: int = 0
    open_network: bool = False

    @staticmethod
    def from_environment() -> Settings:
        """QUOTIENT_HOST, _PORT (0: a free one), _WORKERS, _DATA, _RULES, _REDIS_URL, _METRICS_PORT, _INSECURE_NETWORK=yes."""
        env = os.environ
        return Settings(
            env.get("QUOTIENT_HOST", "127.0.0.1"), int(env.get("QUOTIENT_PORT", "50051")),
            int(env.get("QUOTIENT_WORKERS", str(default_workers()))), Path(env.get("QUOTIENT_DATA", "var")).resolve(),
            Path(env.get("QUOTIENT_RULES", str(Path(__file__).parents[1] / "rules"))), env.get("QUOTIENT_REDIS_URL", ""),
            int(env.get("QUOTIENT_METRICS_PORT", "0")), env.get("QUOTIENT_INSECURE_NETWORK", "") == "yes",
        )  # fmt: skip


def default_workers() -> int:
    """A worker a core; one where the system does not balance a shared port (macOS)."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1


@dataclass
class Supervisor:
    """Runs the service until it is told to stop."""

    settings: Settings
    store: EmbeddedStore | None = None
    workers: dict[int, int] = field(default_factory=dict)  # pid -> core
    helpers: list[int] = field(default_factory=list)
    stopping: bool = False
    port: int = 0
    _held: socket.socket | None = None
    _lock: int = -1

    def run(self) -> int:
        """Start everything, wait, drain; returns the exit status."""
        settings = self.settings
        if settings.host not in LOOPBACK and not settings.open_network:
            print(
                f"quotient: {settings.host} is not loopback, and there is no TLS or authentication yet: "
                "set QUOTIENT_INSECURE_NETWORK=yes to serve it all the same",
                file=sys.stderr,
            )
            return 2
        for one in (signal.SIGTERM, signal.SIGINT):
            signal.signal(one, self._stop)
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not self._hold_data():
            print(
                f"quotient: another service runs over {settings.data}: set QUOTIENT_DATA to another folder",
                file=sys.stderr,
            )
            return 2
        metrics = settings.data / "metrics"
        metrics.mkdir(exist_ok=True)
        for old in metrics.glob("*.db"):
            old.unlink()
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(metrics)
        url = settings.redis_url or self._start_store()
        try:
            warm()
            names = publish_rules(parts(url, settings)[0], settings.rules)
            self._hold_port()
            for core in range(settings.workers):
                self._fork(core, url, wait=True)
            self._fork_metrics()
            print(
                f"serving {settings.host}:{self.port}, {settings.workers} workers, books {', '.join(names)}", flush=True
            )
            while not self.stopping:
                self._watch(url)
            self._drain()
        finally:
            if self.store:
                self.store.stop()
        return 0

    def _hold_data(self) -> bool:
        """Lock the data folder; the workers of a killed supervisor hold it until they have ended, a few seconds at most."""
        self._lock = os.open(self.settings.data / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        for _ in range(50):
            with suppress(BlockingIOError):
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            time.sleep(0.1)
        return False

    def _start_store(self) -> str:
        self.store = EmbeddedStore(self.settings.data / "store")
        self.store.start()
        return self.store.url

    def _hold_port(self) -> None:
        """Bind the port without listening: it is ours between two workers, and port 0 becomes a number."""
        family = socket.AF_INET6 if ":" in self.settings.host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:  # without sharing: another service's port is not ours
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((self.settings.host, self.settings.port))
        self._held = socket.socket(family, socket.SOCK_STREAM)
        self._held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self._held.bind((self.settings.host, self.settings.port))
        self.port = self._held.getsockname()[1]

    def _fork(self, core: int, url: str, wait: bool = False) -> None:
        """Start a worker. Only at the first start is it waited for: later it may need a store that we are to start."""
        ready, told = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(ready)
            status = 1
            try:
                status = worker(self.settings, url, self.port, core, told)
            except BaseException:
                _log.exception("worker ended")
            os._exit(status)  # never back into the supervisor's own code: it would stop the store
        os.close(told)
        if wait:
            os.read(ready, 1)  # it serves, or it has ended: then _watch starts another
        os.close(ready)
        self.workers[pid] = core

    def _fork_metrics(self) -> None:
        """Metrics of all workers over HTTP on loopback, from a process of their own; port 0 leaves it out."""
        if self.settings.metrics_port and (pid := os.fork()) == 0:
            try:
                serve_metrics(self.settings.metrics_port)
            except OSError as error:
                _log.warning("no metrics", port=self.settings.metrics_port, error=str(error))
            finally:
                os._exit(0)  # as in _fork
        elif self.settings.metrics_port:
            self.helpers.append(pid)

    def _watch(self, url: str) -> None:
        """Start again whatever has died; a pause keeps a broken machine from spinning."""
        time.sleep(0.05)
        if self.store and not self.store.alive() and not self.stopping:
            _log.warning("store died: starting it again")
            time.sleep(0.1)
            try:
                self.store.start()
            except StoreError as error:
                _log.error("the store does not start", error=str(error))
                time.sleep(1.0)
        while self.workers and not self.stopping:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                break
            core = self.workers.pop(pid, None)
            self.helpers = [one for one in self.helpers if one != pid]
            if core is not None:
                _log.warning("worker died", pid=pid, status=status)
                time.sleep(0.1)
                self._fork(core, url)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True

    def _drain(self) -> None:
        left, end, killed = {*self.workers, *self.helpers}, time.monotonic() + DRAIN_SECONDS + 2, False
        _tell(left, signal.SIGTERM)
        while left:
            with suppress(ChildProcessError):
                left -= {pid for pid in left if os.waitpid(pid, os.WNOHANG)[0]}
                time.sleep(0.01)
                if not killed and time.monotonic() > end:
                    killed = True
                    _tell(left, signal.SIGKILL)
                continue
            break


def _tell(pids: set[int], number: int) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def parts(url: str, settings: Settings) -> tuple[Books, Pricing]:
    """The services over the store at a URL."""
    shelf = Shelf(BookStore(connect(url)), settings.data / "plans")
    return Books(shelf, time.time), Pricing(shelf, time.time)


def publish_rules(books: Books, rules: Path) -> list[str]:
    """Publish and activate each book of the rules folder that the tenant does not have; returns `name@version` of all.

    A book that is there already stays as it is: what was published since counts, not the folder.
    """
    context = Context(TENANT, "first-start", Role.ADMINISTRATOR)
    there = set(books.store.names(TENANT))
    for folder in sorted(path for path in rules.glob("*") if any(path.glob("*.quo"))):
        name = folder.name.replace("_", "-")
        if name not in there:
            files = {
                str(p.relative_to(folder)): p.read_bytes()
                for p in sorted(folder.rglob("*"))
                if p.suffix in (".quo", ".csv")
            }
            record, _ = books.publish(context, name, files)
            books.activate(context, name, record.id)
    states = [books.get(context, name) for name in books.store.names(TENANT)]
    return [f"{s.name}@{s.activations[-1].version[:8]}" for s in states if s.activations]


def worker(settings: Settings, url: str, port: int, core: int, told: int) -> int:
    """One worker process: serve until SIGTERM, then let calls end; returns the exit status."""
    from engine.api.server import build_server, serving  # here: gRPC must not be touched before the fork
    from engine.api.servicers import Services

    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[core % len(cores)]})
    parent, stop = os.getppid(), threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    books, pricing = parts(url, settings)
    warm()
    server, status = build_server(Services(pricing, books), f"{settings.host}:{port}")
    server.start()
    for name in books.store.names(TENANT):
        for activation in books.store.activations(TENANT, name)[-1:]:
            pricing.shelf.plan(TENANT, name, activation.version, activation.from_day)
    serving(status)
    with suppress(BrokenPipeError):
        os.write(told, b"1")
    os.close(told)
    while not stop.wait(1.0):
        if os.getppid() != parent:  # the supervisor is gone: nobody would start us again
            break
        with suppress(Exception):  # the store restarts: the next poll finds it
            pricing.shelf.poll()
    status.enter_graceful_shutdown()
    server.stop(DRAIN_SECONDS).wait()
    return 0


def serve_metrics(port: int) -> None:
    """Answer Prometheus until the supervisor says so or is gone."""
    from prometheus_client import CollectorRegistry, multiprocess, start_http_server

    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent, registry = os.getppid(), CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    start_http_server(port, "127.0.0.1", registry)
    while os.getppid() == parent:
        time.sleep(0.5)


def log_to_stderr() -> None:
    """Structured lines on stderr: for people on a terminal, JSON elsewhere."""
    pretty = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer() if pretty else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
