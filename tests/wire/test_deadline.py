"""Deadlines and callers who leave: a real client that stops waiting, a real service that then does nothing more for it."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pytest

from engine.api.calls import MOST_UPLOADS
from engine.api.server import THREADS
from engine.api.servicers import MOST_STREAMS
from engine.services.context import Context, Role
from engine.services.refusal import Refused
from quotient.v1 import books_pb2, books_pb2_grpc, pricing_pb2, pricing_pb2_grpc
from tests.simulation.service import Service, activate, book, eventually, free_port, mug, publish, running, shop
from tests.wire.test_metrics import calls

pytestmark = pytest.mark.service


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with running(tmp_path, QUOTIENT_WORKERS="1", QUOTIENT_METRICS_PORT=str(free_port())) as service:
        yield service


def test_a_call_that_waited_past_its_deadline_is_not_begun(service: Service) -> None:
    """All threads wait for a store that hangs; the change that waits behind them is not made after its caller has gone."""
    with service.channel() as channel, ThreadPoolExecutor(THREADS) as callers:
        version = publish(channel, 3)
        stub = books_pb2_grpc.BooksStub(channel)
        (store,) = service.store()
        os.kill(store, signal.SIGSTOP)
        try:
            busy = [callers.submit(shop, channel) for _ in range(THREADS)]
            time.sleep(1)  # they are on their way to the threads
            with pytest.raises(grpc.RpcError) as late:
                stub.Activate(books_pb2.ActivateRequest(name=version), timeout=0.3)
            time.sleep(0.3)  # the service's clock, too, is past the deadline
        finally:
            os.kill(store, signal.SIGCONT)
        assert late.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        assert all(call.result(60).versions for call in busy)
        assert shop(channel).etag == "0"  # asked after it, and so answered after it
        assert "OK" not in calls(service, "Activate")


def test_an_upload_that_is_never_finished_ends_with_its_deadline(service: Service) -> None:
    """Nothing is published, and what it held is free again."""
    over = threading.Event()

    def unfinished() -> Iterator[books_pb2.PublishRequest]:
        chunk = books_pb2.FileChunk(path="book.quo", content=book(1).encode())
        yield books_pb2.PublishRequest(book="books/shop", chunk=chunk)
        over.wait(60)

    with service.channel() as channel:
        stub = books_pb2_grpc.BooksStub(channel)
        begun = [stub.Publish.future(unfinished(), timeout=3) for _ in range(MOST_UPLOADS)]
        assert [call.code() for call in begun] == [grpc.StatusCode.DEADLINE_EXCEEDED] * MOST_UPLOADS
        over.set()
        assert eventually(lambda: calls(service, "Publish") == {"DEADLINE_EXCEEDED": MOST_UPLOADS})
        version = publish(channel, 2)
        assert [kept.name for kept in shop(channel).versions] == [version]


def test_an_upload_that_is_broken_off_publishes_nothing(service: Service) -> None:
    """What came until then is a whole book: the service must see that its caller did not end it."""
    with service.channel() as channel:
        stub = books_pb2_grpc.BooksStub(channel)
        for cents in range(20):
            over, begun = threading.Event(), threading.Event()

            def broken(
                cents: int = cents, begun: threading.Event = begun, over: threading.Event = over
            ) -> Iterator[Any]:
                chunk = books_pb2.FileChunk(path="book.quo", content=book(cents).encode())
                yield books_pb2.PublishRequest(book="books/shop", chunk=chunk)
                begun.set()
                over.wait(60)

            call = stub.Publish.future(broken(), timeout=60)
            assert begun.wait(60)
            time.sleep(0.02)
            assert call.cancel()
            over.set()
            assert eventually(lambda n=cents + 1: calls(service, "Publish") == {"CANCELLED": n}), calls(
                service, "Publish"
            )
        with pytest.raises(grpc.RpcError) as missing:
            shop(channel)
        assert missing.value.code() is grpc.StatusCode.NOT_FOUND


def test_uploads_do_not_take_every_thread(service: Service) -> None:
    over = threading.Event()

    def slow() -> Iterator[books_pb2.PublishRequest]:
        chunk = books_pb2.FileChunk(path="book.quo", content=book(1).encode())
        yield books_pb2.PublishRequest(book="books/shop", chunk=chunk)
        over.wait(60)

    with service.channel() as channel:
        activate(channel, publish(channel, 1))
        stub = books_pb2_grpc.BooksStub(channel)
        held = [stub.Publish.future(slow(), timeout=60) for _ in range(THREADS + 2)]
        assert eventually(lambda: sum(call.done() for call in held) == THREADS + 2 - MOST_UPLOADS)
        assert {call.code() for call in held if call.done()} == {grpc.StatusCode.RESOURCE_EXHAUSTED}
        assert mug(channel)[1] == 1
        over.set()
        assert sum(call.code() is grpc.StatusCode.OK for call in held) == MOST_UPLOADS


@pytest.mark.parametrize("leaves", ["deadline", "cancel"])
def test_a_stream_whose_caller_has_gone_ends(service: Service, leaves: str) -> None:
    over = threading.Event()

    def asked() -> Iterator[pricing_pb2.PriceStreamRequest]:
        lines = [pricing_pb2.QuoteLine(product="mug", quantity=1)]
        yield pricing_pb2.PriceStreamRequest(quote=pricing_pb2.PriceQuoteRequest(book="books/shop", lines=lines))
        over.wait(60)

    with service.channel() as channel:
        activate(channel, publish(channel, 1))
        stub = pricing_pb2_grpc.PricingStub(channel)
        streams = [stub.PriceStream(asked(), timeout=5 if leaves == "deadline" else 60) for _ in range(MOST_STREAMS)]
        assert all(next(stream).answer.quote.complete for stream in streams)
        if leaves == "cancel":
            assert all(stream.cancel() for stream in streams)
        # All have ended; gRPC tells some of a caller who left, and others that all was sent.
        assert eventually(lambda: sum(calls(service, "PriceStream").values()) == MOST_STREAMS)
        over.set()
        again = pricing_pb2.PriceStreamRequest(quote=pricing_pb2.PriceQuoteRequest(book="books/shop"))
        assert len(list(stub.PriceStream(iter([again]), timeout=60))) == 1


def test_nothing_is_begun_for_a_caller_whose_time_is_over() -> None:
    """What each quote of a call, and each verb, begins with."""
    late: dict[str, Any] = {"tenant": "demo", "principal": "ann", "role": Role.ADMINISTRATOR, "until": time.monotonic()}
    with pytest.raises(Refused) as refused:
        Context(**late).require("price")
    assert refused.value.status == "DEADLINE_EXCEEDED"
    Context(**{**late, "until": time.monotonic() + 60}).require("price")
