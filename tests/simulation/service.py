"""A service of one's own for a test: a real server process, its store and data in a folder of the test."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import grpc

from quotient.v1 import books_pb2, books_pb2_grpc, pricing_pb2, pricing_pb2_grpc

ROOT = Path(__file__).parents[2]
BOOK = """price book shop "A shop"
  currency EUR
  zone     "Europe/Amsterdam"
  units    piece pieces

product mug "Mug"
  price 8.{cents:02} EUR per piece

steps
  list
"""


class Service:
    """Starts `server.py` on a free port with two workers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "rules").mkdir(exist_ok=True)
        self.start()

    def start(self) -> None:
        """Start it and wait for its line that says it serves."""
        env = os.environ | {
            "QUOTIENT_PORT": "0", "QUOTIENT_WORKERS": "2", "QUOTIENT_DATA": str(self.folder / "data"),
            "QUOTIENT_RULES": str(self.folder / "rules"), "QUOTIENT_METRICS_PORT": "0", "PYTHONUNBUFFERED": "1",
        }  # fmt: skip
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(ROOT / "server.py")], env=env, stdout=subprocess.PIPE, stderr=log, cwd=ROOT
            )
        assert self.process.stdout is not None
        assert select.select([self.process.stdout], [], [], 60)[0], "it does not say that it serves"
        line = self.process.stdout.readline().decode()
        assert line.startswith("serving "), line + (self.folder / "log").read_text()
        self.address = line.split()[1].rstrip(",")

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Stop it; its exit status."""
        self.process.send_signal(number)
        return self.process.wait(30)

    def channel(self) -> grpc.Channel:
        """A connection of its own: the system picks the worker."""
        return grpc.insecure_channel(self.address, options=[("grpc.use_local_subchannel_pool", 1)])

    def children(self) -> list[tuple[int, str]]:
        """(pid, command) of the supervisor's children."""
        shown = subprocess.run(["ps", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
        rows = [line.split(None, 2) for line in shown.splitlines()]
        return [(int(r[0]), r[2]) for r in rows if len(r) == 3 and int(r[1]) == self.process.pid]

    def workers(self) -> list[int]:
        """Their pids."""
        return [pid for pid, command in self.children() if "server.py" in command]

    def store(self) -> list[int]:
        """The store's pid: metrics are off, so all that is no worker."""
        return [pid for pid, command in self.children() if "server.py" not in command]


def publish(channel: grpc.Channel, cents: int, request_id: str = "", text: str = "") -> str:
    """Publish the shop with a mug at 8.cents; the version's name."""
    content = (text or BOOK.format(cents=cents)).encode()
    chunk = books_pb2.FileChunk(path="book.quo", content=content)
    request = books_pb2.PublishRequest(book="books/shop", request_id=request_id, chunk=chunk)
    stub = books_pb2_grpc.BooksStub(channel)
    return str(stub.Publish(iter([request]), timeout=20).name)


def activate(channel: grpc.Channel, version: str) -> None:
    """Let a version answer for every date."""
    books_pb2_grpc.BooksStub(channel).Activate(books_pb2.ActivateRequest(name=version), timeout=20)


def mug(channel: grpc.Channel) -> tuple[str, int]:
    """(the version that answered, the cents over 8) of one mug."""
    line = pricing_pb2.QuoteLine(product="mug", quantity=1)
    answer = pricing_pb2_grpc.PricingStub(channel).PriceQuote(
        pricing_pb2.PriceQuoteRequest(book="books/shop", lines=[line]), timeout=20, wait_for_ready=True
    )
    return answer.book_version, (answer.lines[0].net_amount_micros - 8_000_000) // 10_000


def eventually(holds: Callable[[], bool], seconds: float = 20.0) -> bool:
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


def running(folder: Path) -> Iterator[Service]:
    """A service for the time of a test."""
    service = Service(folder)
    try:
        yield service
    finally:
        if service.process.poll() is None:
            service.stop()
