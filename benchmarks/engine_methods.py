"""Tiers of all units, graduated tiers and money off: our books beside a loop written by hand for each. Goal: at most 3x its time."""

from __future__ import annotations

import numpy as np

from benchmarks.figures import Figure, interleave
from benchmarks.peers import task
from benchmarks.peers.methods import TASKS, Method

ROUNDS = 41


def measure(command: str) -> list[Figure]:
    """Ratios to the hand-written loops.

    Raises:
        AssertionError: a line is wrong by a cent.
    """
    data = task.make()
    found = []
    for name in TASKS:
        ours = Method(name, data)
        priced = ours.price()
        assert priced.fine.all() and np.array_equal(priced.net_amount, ours.by_hand() * 10_000)
        took = interleave({"loop": ours.by_hand, "book": ours.price}, ROUNDS)
        note = "exact; " + ", ".join(f"{side} {value / task.N:.1f} ns/line" for side, value in took.items())
        found.append(
            Figure(f"methods_{name}_to_hand_written_loop", took["book"] / took["loop"], 3, "lower", command, note)
        )
    return found
