"""The peers' task: our book beside a loop written by hand for this task alone. Goal: at most 1.5x its time, exact."""

from __future__ import annotations

import numpy as np

from benchmarks.figures import Figure, interleave
from benchmarks.peers import arrays, loop, task
from benchmarks.peers.book import Task

ROUNDS = 41


def measure(command: str) -> list[Figure]:
    """Ratios to the hand-written loop.

    Raises:
        AssertionError: a line is wrong by a cent.
    """
    data = task.make()
    ours, out = Task(data), np.empty(task.N, np.int64)
    columns = (data.prices, data.sku, data.qty, data.seg, data.reg, data.day)
    loop.net_all(*columns, out)
    assert task.wrong(data, out) == task.wrong(data, ours.cents()) == task.wrong(data, arrays.net(*columns)) == 0
    took = interleave(
        {"loop": lambda: loop.net_all(*columns, out), "book": ours.price, "numpy": lambda: arrays.net(*columns)}, ROUNDS
    )
    per_line = {name: value / task.N for name, value in took.items()}
    note = ", ".join(f"{name} {value:.1f} ns/line" for name, value in per_line.items())
    return [
        Figure("peers_book_to_hand_written_loop", took["book"] / took["loop"], 1.5, "lower", command, f"exact; {note}"),
        Figure("peers_book_to_numpy", took["book"] / took["numpy"], None, "lower", command, "exact, int64"),
    ]
