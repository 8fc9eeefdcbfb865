"""The service under load over loopback, by the server's CPU time per call (Linux: /proc), which a busy machine does not move.

PriceQuote, 10 lines, a 6-step waterfall   against   raw bytes of the same size echoed: at least 0.5 of its rate
two server processes                        against   one: at most 1.2x the CPU per call

The first pair is compared with every client calling without a pause. The second is compared at one rate per process: a
process that is always busy finds its next call waiting, one with time to spare is woken for it, and where clients share
the cores a second process only has more time to spare. Without that the figure also says how busy each was:
it is shown too, without a goal, beside the same for the echo.
"""

from __future__ import annotations

import math
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import grpc

from benchmarks.echo import METHOD
from benchmarks.figures import Figure
from engine.cli.demo import QUOTE, free_port, service
from engine.cli.remote import calling_as, wait_until_serving
from quotient.v1 import pricing_pb2

ROUNDS, SECONDS, CLIENTS = 6, 1.5, 8
PACE = 600
"""Calls a second per process, where two processes are compared with one."""
PRICE = "/quotient.v1.Pricing/PriceQuote"
TICK = os.sysconf("SC_CLK_TCK")


def request() -> pricing_pb2.PriceQuoteRequest:
    """Ten lines of seats, each through six steps: contract, volume, two of loyalty, two of extras (and the rounding)."""
    asked = pricing_pb2.PriceQuoteRequest()
    asked.CopyFrom(QUOTE)
    del asked.lines[:]
    for number in range(10):
        asked.lines.add(product="seat", quantity=200 + number, group="rollout", facts={"line.rush": "yes"})
    return asked


@dataclass
class Side:
    """One server to call: its channels, how, with what, and the processes whose CPU counts (with their children)."""

    channels: list[grpc.Channel]
    method: str
    message: bytes
    processes: tuple[int, ...]

    def call(self, channel: grpc.Channel) -> Callable[[], bytes]:
        """A call that neither builds nor reads a message: the client's share is the same on every side."""
        method = channel.unary_unary(self.method)
        who = calling_as("seller")
        return lambda: method(self.message, metadata=who, timeout=30)

    def load(self, seconds: float, rate: float = math.inf) -> float:
        """CPU seconds of the server per call, with all clients calling for that long, together so often a second at most."""
        before, counts, began = sum(map(cpu_seconds, self.processes)), [0] * len(self.channels), time.monotonic()

        def client(number: int) -> None:
            call, due = self.call(self.channels[number]), began + number / rate
            while max(due, time.monotonic()) < began + seconds:
                time.sleep(max(0.0, due - time.monotonic()))
                call()
                counts[number] += 1
                due += len(self.channels) / rate

        threads = [threading.Thread(target=client, args=(number,)) for number in range(len(self.channels))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return (sum(map(cpu_seconds, self.processes)) - before) / sum(counts)


def cpu_seconds(root: int) -> float:
    """User and system time of a process and all below it, but not of the store."""
    ticks = 0
    for pid in [root, *_below(root)]:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        if "python" in Path(f"/proc/{pid}/cmdline").read_text():
            ticks += int(fields[11]) + int(fields[12])
    return ticks / TICK


def _below(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield int(child)
            yield from _below(int(child))


def _channels(address: str, count: int) -> list[grpc.Channel]:
    """Channels with connections of their own, so that several processes share them."""
    return [grpc.insecure_channel(address, [("grpc.use_local_subchannel_pool", 1)]) for _ in range(count)]


@contextmanager
def priced(processes: int) -> Iterator[Side]:
    """The service, with this many processes."""
    with (
        tempfile.TemporaryDirectory(prefix="quo-") as folder,
        service(Path(folder), QUOTIENT_WORKERS=str(processes)) as running,
    ):
        channels = _channels(running.address, CLIENTS)
        if not wait_until_serving(channels[0], 60):
            raise RuntimeError("the service does not serve")
        yield Side(channels, PRICE, request().SerializeToString(), (running.process,))


@contextmanager
def echoed(size: int, processes: int) -> Iterator[Side]:
    """The echo, with answers of this size, by this many processes."""
    address = f"127.0.0.1:{free_port()}"
    command = [sys.executable, "-m", "benchmarks.echo", address, str(size)]
    running = [subprocess.Popen([*command, str(core)]) for core in range(processes)]
    try:
        channels = _channels(address, CLIENTS)
        grpc.channel_ready_future(channels[0]).result(30)
        yield Side(channels, METHOD, request().SerializeToString(), tuple(process.pid for process in running))
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(10)


def measure(command: str) -> list[Figure]:
    """CPU per call of each side, the sides in turn.

    Raises:
        AssertionError: an answer is not a whole price with its waterfall.
    """
    with ExitStack() as stack:
        one = stack.enter_context(priced(1))
        answer = one.call(one.channels[0])()
        quote = pricing_pb2.PriceQuoteResponse.FromString(answer)
        assert quote.complete and all(len({bar.step for bar in line.waterfall}) >= 6 for line in quote.lines)
        two = stack.enter_context(priced(2))
        echo, echoes = (stack.enter_context(echoed(len(answer), processes)) for processes in (1, 2))
        loads = {
            "echo": (echo, math.inf), "one": (one, math.inf), "two": (two, math.inf), "echoes": (echoes, math.inf),
            "one paced": (one, PACE), "two paced": (two, 2 * PACE),
        }  # fmt: skip
        taken: dict[str, list[float]] = {name: [] for name in loads}
        for side in (echo, echoes, one, two):
            side.load(SECONDS)
        for _ in range(ROUNDS):
            for name, (side, rate) in loads.items():
                taken[name].append(side.load(SECONDS, rate))
    cpu = {name: median(values) for name, values in taken.items()}

    def note(names: tuple[str, ...], how: str) -> str:
        return ", ".join(f"{name} {cpu[name] * 1e6:.0f} us" for name in names) + f" CPU a call, {how}"

    busy, paced = f"{CLIENTS} clients without a pause", f"{PACE} calls/s a process"
    return [
        Figure("price_quote_rate_to_raw_echo_by_cpu", cpu["echo"] / cpu["one"], 0.5, "higher", command, note(("echo", "one"), busy)),
        Figure("two_processes_cpu_per_call_to_one", cpu["two paced"] / cpu["one paced"], 1.2, "lower", command, note(("one paced", "two paced"), paced)),
        Figure("two_busy_processes_cpu_per_call_to_one", cpu["two"] / cpu["one"], None, "lower", command, note(("one", "two"), busy)),
        Figure("two_busy_echoes_cpu_per_call_to_one", cpu["echoes"] / cpu["echo"], None, "lower", command, note(("echo", "echoes"), busy)),
    ]  # fmt: skip
