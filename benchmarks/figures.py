"""A measured figure, and the one way to measure a ratio: both sides in turn within one run, medians compared."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table. `better` says which way the goal lies; `note` what the figure is made of."""

    name: str
    figure: float
    goal: float | None
    better: Literal["lower", "higher"]
    command: str
    note: str = ""

    @property
    def met(self) -> bool:
        """Whether the goal is reached (a figure without a goal always is)."""
        if self.goal is None:
            return True
        return self.figure <= self.goal if self.better == "lower" else self.figure >= self.goal


def interleave(sides: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median nanoseconds of each side, run in turn: what slows the machine slows both."""
    times: dict[str, list[int]] = {name: [] for name in sides}
    for side in sides.values():
        side()
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            for name, side in sides.items():
                times[name].append(nanoseconds(side))
    finally:
        gc.enable()
    return {name: statistics.median(values) for name, values in times.items()}


def nanoseconds(call: Callable[[], object]) -> int:
    """How long one call takes."""
    start = time.perf_counter_ns()
    call()
    return time.perf_counter_ns() - start
