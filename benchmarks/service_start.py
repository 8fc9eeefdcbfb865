"""From the start of the service's process to SERVING by its health: on an empty data folder, and over books that are there."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks.figures import Figure
from engine.bootstrap.settings import default_workers
from engine.cli.demo import service
from engine.cli.remote import channel_to, wait_until_serving

ROUNDS, GOAL = 5, 3.0


def measure(command: str) -> list[Figure]:
    """Median seconds of each kind of start, in turn; a worker a core, as it is served."""
    taken: dict[str, list[float]] = {"first": [], "later": []}
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory(prefix="quo-") as folder:
            for kind in taken:
                taken[kind].append(seconds_to_serving(Path(folder)))
    return [_figure(kind, values, command) for kind, values in taken.items()]


def seconds_to_serving(folder: Path) -> float:
    """Start the service over a folder, ask its health until it serves, stop it.

    Raises:
        RuntimeError: it does not serve.
    """
    began = time.perf_counter()
    with service(folder, QUOTIENT_WORKERS=str(default_workers())) as running, channel_to(running.address) as channel:
        if not wait_until_serving(channel, 60):
            raise RuntimeError("the service does not serve")
        return time.perf_counter() - began


def _figure(kind: str, values: list[float], command: str) -> Figure:
    note = f"median of {len(values)}: {', '.join(f'{value:.2f}' for value in sorted(values))}"
    return Figure(f"service_{kind}_start_to_serving_s", median(values), GOAL, "lower", command, note)
