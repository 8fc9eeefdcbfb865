"""A real service for the tests: `server.py` in its own process with its own store and data."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType

import grpc

from quotient.v1 import books_pb2_grpc, catalog_pb2_grpc, pricing_pb2_grpc

ROOT = Path(__file__).parents[2]


class Service:
    """Start it, call it, kill parts of it, stop it."""

    def __init__(self, data: Path, workers: int = 2, **settings: str) -> None:
        self.data, self.workers, self.settings = data, workers, settings
        self.address = ""

    def __enter__(self) -> Service:
        env = {
            **os.environ, "QUOTIENT_PORT": "0", "QUOTIENT_DATA": str(self.data), "QUOTIENT_WORKERS": str(self.workers),
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "proto")]), **self.settings,
        }  # fmt: skip
        self.log = (self.data.parent / f"{self.data.name}.log").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "server.py")],
            cwd=ROOT,
            env=env,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
        )
        assert self.process.stdout
        self.ready = self.process.stdout.readline()
        found = re.match(r"serving (\S+:\d+), (\d+) workers, books (.*)", self.ready)
        assert found, f"not serving: {self.ready!r} {Path(self.log.name).read_text()}"
        self.address = found.group(1)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.terminate()
        self.process.wait(30)
        self.log.close()

    def channel(self) -> grpc.Channel:
        """A new connection (to whichever worker the system picks)."""
        return grpc.insecure_channel(self.address, options=[("grpc.use_local_subchannel_pool", 1)])

    def pricing(self) -> pricing_pb2_grpc.PricingStub:
        """A Pricing client."""
        return pricing_pb2_grpc.PricingStub(self.channel())

    def books(self) -> books_pb2_grpc.BooksStub:
        """A Books client."""
        return books_pb2_grpc.BooksStub(self.channel())

    def catalog(self) -> catalog_pb2_grpc.CatalogStub:
        """A Catalog client."""
        return catalog_pb2_grpc.CatalogStub(self.channel())

    def children(self, name: str) -> list[int]:
        """Process ids below the supervisor whose command has this word."""
        found = subprocess.run(["ps", "-ww", "-eo", "pid,ppid,args"], capture_output=True, text=True, check=True).stdout
        rows = [line.split(None, 2) for line in found.splitlines()[1:]]
        return [int(pid) for pid, parent, args in rows if int(parent) == self.process.pid and name in args]

    def keeper(self) -> int:
        """The process id of the keeper; waits while the supervisor starts it (again)."""
        for _ in range(100):
            with suppress(OSError, ValueError):
                pid = int((self.data / "keeper").read_text())
                if pid in self.children("server.py"):
                    return pid
            time.sleep(0.05)
        raise AssertionError("no keeper below the supervisor")

    def child(self, name: str) -> int:
        """One of them; waits while the supervisor starts it again."""
        for _ in range(100):
            if found := self.children(name):
                return found[0]
            time.sleep(0.05)
        raise AssertionError(f"no {name} below the supervisor")

    def kill(self, pid: int) -> None:
        """Kill -9."""
        os.kill(pid, signal.SIGKILL)
