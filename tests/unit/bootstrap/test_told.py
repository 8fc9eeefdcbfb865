"""How a process learns that it is to end: a signal ends its wait, whenever it comes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from engine.bootstrap.worker import Told

LONG = 60.0
WAITING = """
import signal, sys
from engine.bootstrap.worker import until_told
stop = until_told()
print("waits", flush=True)
while not stop.wait({seconds}):
    pass
"""


def test_what_wakes_it_is_no_end() -> None:
    told = Told()
    for _ in range(3):
        told.wake()
    assert not told.wait(LONG)  # three are one
    assert not told.wait(0.0)
    assert not told.is_set()


def test_all_who_wait_are_told() -> None:
    told, ended = Told(), list[bool]()
    threads = [threading.Thread(target=lambda: ended.append(told.wait(LONG))) for _ in range(3)]
    for thread in threads:
        thread.start()
    told.set()
    for thread in threads:
        thread.join()
    assert ended == [True] * 3
    assert told.wait(LONG)


def test_a_signal_ends_a_process_that_waits_all_the_time() -> None:
    """Short waits, so that the signal comes at any place of one."""
    for seconds in (0.0, 0.0001, LONG):
        waiting = subprocess.Popen(
            [sys.executable, "-c", WAITING.format(seconds=seconds)],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[3],
        )
        assert waiting.stdout is not None
        assert waiting.stdout.readline() == b"waits\n"
        os.kill(waiting.pid, signal.SIGTERM)
        assert waiting.wait(LONG) == 0
