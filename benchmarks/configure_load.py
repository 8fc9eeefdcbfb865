"""`Configure` over loopback, a click at a time as a seller makes them: a bundle of about 2,500 options, ids and deltas on the wire.

Each click sends all choices so far and the state of the answer before; what comes back is read into a message. Sessions are of random
clicks on what is still open, some of them rejections. A worker that did not give the answer before finds it again: so the same clicks
are sent once more in another order, in which none finds the answer before.
"""

from __future__ import annotations

import random
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from google.type import date_pb2

from benchmarks.bundled import book
from benchmarks.figures import Figure, nanoseconds
from engine.cli.demo import service
from engine.cli.remote import calling_as, channel_to, wait_until_serving
from quotient.v1 import books_pb2, books_pb2_grpc, configuration_pb2, configuration_pb2_grpc

SESSIONS, CLICKS = 60, 20
GOAL_MS = 5.0
BOOK, BUNDLE = "books/plant", "plant"
DAY = date_pb2.Date(year=2026, month=11, day=25)
WHO = calling_as("seller")


@contextmanager
def plant() -> Iterator[Any]:
    """A service of one worker that has the book; its Configuration client."""
    with (
        tempfile.TemporaryDirectory(prefix="quo-") as folder,
        service(Path(folder)) as running,
        channel_to(running.address) as channel,
    ):
        if not wait_until_serving(channel, 60):
            raise RuntimeError("the service does not serve")
        chunks = [books_pb2.FileChunk(path=path, content=content) for path, content in book().items()]
        books = books_pb2_grpc.BooksStub(channel)
        version = books.Publish(
            iter([books_pb2.PublishRequest(book=BOOK, chunk=chunk) for chunk in chunks]),
            metadata=calling_as("administrator"),
        ).name
        books.Activate(books_pb2.ActivateRequest(name=version), metadata=calling_as("administrator"))
        yield configuration_pb2_grpc.ConfigurationStub(channel)


def request(choices: list[tuple[int, bool]], state: bytes) -> configuration_pb2.ConfigureRequest:
    """A click."""
    said = [configuration_pb2.Choice(id=number, rejected=rejected) for number, rejected in choices]
    selection = configuration_pb2.Selection(book=BOOK, date=DAY, bundle=BUNDLE, choices=said)
    return configuration_pb2.ConfigureRequest(selection=selection, previous_state=state)


def sessions(
    stub: Any, options: int, seed: int, many: int
) -> Iterator[tuple[int, configuration_pb2.ConfigureRequest, Any]]:
    """Clicks: nanoseconds, what was asked, what was answered."""
    rng = random.Random(seed)
    for _ in range(many):
        choices: list[tuple[int, bool]] = []
        states, state = bytearray(options), b""
        for _ in range(CLICKS + 1):
            asked, answers = request(choices, state), []
            took = nanoseconds(lambda asked=asked, answers=answers: answers.append(stub.Configure(asked, metadata=WHO)))
            (answer,) = answers
            assert answer.valid and answer.exact and answer.exact_amounts
            for at, number in enumerate(answer.ids or range(options)):
                states[number] = answer.states[at]
            yield took, asked, answer
            state = answer.state
            open_ = [number for number, byte in enumerate(states) if byte & 3 == 0]
            if not open_:
                break
            choices.append((rng.choice(open_), rng.random() < 0.3))


def measure(command: str) -> list[Figure]:
    """p50 and p99 of clicks with deltas, p50 of a whole answer, and bytes of each.

    Raises:
        AssertionError: an answer is not exact.
    """
    with plant() as stub:
        model = stub.GetModel(configuration_pb2.GetModelRequest(book=BOOK, bundle=BUNDLE, date=DAY), metadata=WHO)
        options = model.option_count
        list(sessions(stub, options, 1, 5))
        clicks = list(sessions(stub, options, 2, SESSIONS))
        anew = [asked for _, asked, answer in clicks if not answer.full]
        random.Random(3).shuffle(anew)
        others = [nanoseconds(lambda asked=asked: stub.Configure(asked, metadata=WHO)) / 1e6 for asked in anew]
    deltas = [(took, answer) for took, _, answer in clicks if not answer.full]
    whole = [(took, answer) for took, _, answer in clicks if answer.full]
    times, sizes = np.array([took for took, _ in deltas]) / 1e6, [answer.ByteSize() for _, answer in deltas]
    wholes, whole_sizes = np.array([took for took, _ in whole]) / 1e6, [answer.ByteSize() for _, answer in whole]
    note = f"{len(times):,} clicks of {options:,} options; p50 {np.median(times):.2f}; {statistics.median(sizes):,.0f} bytes (median)"
    return [
        Figure("configure_rpc_p99_ms", float(np.percentile(times, 99)), GOAL_MS, "lower", command, note),
        Figure(
            "configure_rpc_by_another_worker_p99_ms", float(np.percentile(others, 99)), GOAL_MS, "lower", command,
            f"the same clicks in another order, so that the answer before is found anew; p50 {statistics.median(others):.2f}",
        ),
        Figure(
            "configure_rpc_whole_answer_ms", float(np.median(wholes)), None, "lower", command,
            f"without a state: everything, {statistics.median(whole_sizes):,.0f} bytes",
        ),
    ]  # fmt: skip
