"""A service of one's own for a test: a real server process, its store and data in a folder of the test."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from quotient.v1 import books_pb2, books_pb2_grpc, pricing_pb2, pricing_pb2_grpc

ROOT = Path(__file__).parents[2]
BOOK = """price book shop "A shop"
  currency EUR
  zone     "Europe/Amsterdam"
  units    piece pieces

product mug "Mug"
  price {price} EUR per piece

steps
  list
"""


def book(cents: int) -> str:
    """The shop with a mug at 8.00 and so many cents."""
    return BOOK.format(price=f"{8 + cents // 100}.{cents % 100:02}")


class Service:
    """Starts `server.py` on a free port with two workers; `within` is a command that runs it, `settings` go on top."""

    def __init__(self, folder: Path, within: Sequence[str] = (), **settings: str) -> None:
        self.folder, self.within, self.settings, self.tenant = folder, within, settings, ""
        (folder / "rules").mkdir(exist_ok=True)
        self.start()

    def start(self) -> None:
        """Start it and wait for its line that says it serves."""
        env = os.environ | {
            "QUOTIENT_PORT": "0", "QUOTIENT_WORKERS": "2", "QUOTIENT_DATA": str(self.folder / "data"),
            "QUOTIENT_RULES": str(self.folder / "rules"), "QUOTIENT_METRICS_PORT": "0", "PYTHONUNBUFFERED": "1",
            **self.settings,
        }  # fmt: skip
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*self.within, sys.executable, str(ROOT / "server.py")],
                env=env,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=ROOT,
            )
        assert self.process.stdout is not None
        assert select.select([self.process.stdout], [], [], 60)[0], "it does not say that it serves"
        self.said = line = self.process.stdout.readline().decode()
        assert line.startswith("serving "), line + (self.folder / "log").read_text()
        self.address = line.split()[1].rstrip(",")

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Stop it; its exit status."""
        self.process.send_signal(number)
        return self.process.wait(60)

    def channel(self) -> grpc.Channel:
        """A connection of its own: the system picks the worker."""
        channel = grpc.insecure_channel(self.address, options=[("grpc.use_local_subchannel_pool", 1)])
        return grpc.intercept_channel(channel, _As(self.tenant)) if self.tenant else channel

    def children(self) -> list[tuple[int, str]]:
        """(pid, command) of the supervisor's children."""
        shown = subprocess.run(
            ["ps", "-ww", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True
        ).stdout
        rows = [line.split(None, 2) for line in shown.splitlines()]
        return [(int(r[0]), r[2]) for r in rows if len(r) == 3 and int(r[1]) == self.process.pid]

    def workers(self) -> list[int]:
        """Their pids; the keeper is none of them. While one is being started, nobody can tell them apart: it is waited for."""
        file, found = self.folder / "data" / "keeper", list[int]()

        def told() -> bool:
            before = file.read_text() if file.exists() else ""
            found[:] = [pid for pid, command in self.children() if "server.py" in command and str(pid) != before]
            return before != "" and before == (file.read_text() if file.exists() else "")

        assert eventually(told), "the keeper does not say which process it is"
        return found

    def store(self) -> list[int]:
        """The store's pid: metrics are off, so all that is no worker, and has not ended."""
        return [pid for pid, command in self.children() if "server.py" not in command and "<defunct>" not in command]

    def log(self) -> str:
        """What its processes said on stderr."""
        return (self.folder / "log").read_text()


class _As(
    grpc.UnaryUnaryClientInterceptor, grpc.StreamUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor,
    grpc.StreamStreamClientInterceptor,
):  # fmt: skip
    """Says the tenant in every call."""

    def __init__(self, tenant: str) -> None:
        self.said = ("x-quotient-tenant", tenant)

    def _call(self, go_on: Any, details: Any, request: Any) -> Any:
        return go_on(details._replace(metadata=[*(details.metadata or ()), self.said]), request)

    intercept_unary_unary = intercept_stream_unary = intercept_unary_stream = intercept_stream_stream = _call


def publish(channel: grpc.Channel, cents: int, request_id: str = "", text: str = "") -> str:
    """Publish the shop with a mug at 8.00 and so many cents (or another text); the version's name."""
    chunk = books_pb2.FileChunk(path="book.quo", content=(text or book(cents)).encode())
    request = books_pb2.PublishRequest(book="books/shop", request_id=request_id, chunk=chunk)
    stub = books_pb2_grpc.BooksStub(channel)
    return str(stub.Publish(iter([request]), timeout=60).name)


def activate(channel: grpc.Channel, version: str, request_id: str = "") -> None:
    """Let a version answer for every date."""
    request = books_pb2.ActivateRequest(name=version, request_id=request_id)
    books_pb2_grpc.BooksStub(channel).Activate(request, timeout=60)


def shop(channel: grpc.Channel) -> books_pb2.Book:
    """The shop's versions and activations."""
    return books_pb2_grpc.BooksStub(channel).Get(books_pb2.GetRequest(name="books/shop"), timeout=60)


def health(channel: grpc.Channel) -> str:
    """What the service says of itself."""
    answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=60)
    return str(health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status))


def mug(channel: grpc.Channel) -> tuple[str, int]:
    """(the version that answered, the cents over 8) of one mug."""
    line = pricing_pb2.QuoteLine(product="mug", quantity=1)
    answer = pricing_pb2_grpc.PricingStub(channel).PriceQuote(
        pricing_pb2.PriceQuoteRequest(book="books/shop", lines=[line]), timeout=60, wait_for_ready=True
    )
    return answer.book_version, (answer.lines[0].net_amount_micros - 8_000_000) // 10_000


def eventually(holds: Callable[[], bool], seconds: float = 60.0) -> bool:
    """Whether it holds before the time is over; a refused connection is a no."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if holds():
                return True
        except grpc.RpcError:
            pass
        time.sleep(0.05)
    return False


def replaced(look: Callable[[], list[int]], before: Sequence[int]) -> bool:
    """Whether another process takes the place of the first of those before, which was killed: in one look at all of them, since in two
    it may be there in the first and gone, with nothing in its place, in the second."""

    def seen() -> bool:
        now = look()
        return len(now) == len(before) and before[0] not in now

    return eventually(seen)


def alive() -> set[int]:
    """All processes of the machine that have not ended."""
    shown = subprocess.run(["ps", "-ww", "-eo", "pid=,stat="], capture_output=True, text=True, check=True).stdout
    return {int(pid) for pid, state in map(str.split, shown.splitlines()) if not state.startswith("Z")}


def free_port() -> int:
    """A port of loopback nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(folder: Path, within: Sequence[str] = (), **settings: str) -> Iterator[Service]:
    """A service for the time of a test."""
    service = Service(folder, within, **settings)
    try:
        yield service
    finally:
        if service.process.poll() is None:
            service.stop()
