"""What must hold while processes die, books change and the service stops: real processes, never a fake."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from quotient.v1 import books_pb2, books_pb2_grpc
from tests.simulation.service import BOOK, Service, activate, eventually, mug, publish, running

pytestmark = pytest.mark.service


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    yield from running(tmp_path)


def versions(service: Service) -> set[str]:
    with service.channel() as channel:
        book = books_pb2_grpc.BooksStub(channel).Get(books_pb2.GetRequest(name="books/shop"), timeout=20)
        return {version.name for version in book.versions}


class Load:
    """Prices in threads with connections of their own; keeps what was answered and what failed."""

    def __init__(self, service: Service, threads: int = 4) -> None:
        self.service, self.answers, self.errors, self.over = service, 0, [], threading.Event()
        self.threads = [threading.Thread(target=self._run) for _ in range(threads)]

    def _run(self) -> None:
        while not self.over.is_set():
            with self.service.channel() as channel:
                for _ in range(20):
                    try:
                        mug(channel)
                        self.answers += 1
                    except grpc.RpcError as error:
                        self.errors.append(error.code())

    def __enter__(self) -> Load:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join()


def test_a_killed_worker_is_replaced(service: Service) -> None:
    with service.channel() as channel:
        version = publish(channel, 1)
        activate(channel, version)
    with Load(service) as load:
        before = service.workers()
        os.kill(before[0], signal.SIGKILL)
        assert eventually(lambda: len(service.workers()) == 2 and before[0] not in service.workers())
        seen = load.answers
        assert eventually(lambda: load.answers > seen + 50)
    assert set(load.errors) <= {grpc.StatusCode.UNAVAILABLE}
    assert versions(service) == {version}


def test_a_killed_store_loses_no_published_book(service: Service) -> None:
    with service.channel() as channel:
        published = {publish(channel, cents) for cents in range(3)}
        activate(channel, next(iter(published)))
        with Load(service) as load:
            before = service.store()
            os.kill(before[0], signal.SIGKILL)
            published.add(publish(channel, 50))
            assert eventually(lambda: bool(service.store()) and service.store() != before)
            published.add(publish(channel, 51))
            seen = load.answers
            assert eventually(lambda: load.answers > seen + 50)
    assert load.errors == []
    assert versions(service) == published


def test_after_activate_every_answer_is_by_the_new_version(service: Service) -> None:
    channels = [service.channel() for _ in range(8)]
    first = publish(channels[0], 0)
    activate(channels[0], first)
    with Load(service, 2):
        for cents in range(1, 15):
            version = publish(channels[0], cents)
            activate(channels[cents % 8], version)
            assert {mug(channel) for channel in channels} == {(version, cents)}
    for channel in channels:
        channel.close()


def test_rollback_undoes_the_last_activation(service: Service) -> None:
    with service.channel() as channel:
        stub = books_pb2_grpc.BooksStub(channel)
        for cents in (1, 2):
            activate(channel, publish(channel, cents))
        assert mug(channel)[1] == 2
        stub.Rollback(books_pb2.RollbackRequest(name="books/shop"), timeout=20)
        assert mug(channel)[1] == 1
        with pytest.raises(grpc.RpcError) as refused:
            stub.Rollback(books_pb2.RollbackRequest(name="books/shop"), timeout=20)
        assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION


def test_a_restart_keeps_the_books(service: Service) -> None:
    with service.channel() as channel:
        version = publish(channel, 7)
        activate(channel, version)
    assert service.stop() == 0
    service.start()
    with service.channel() as channel:
        assert mug(channel) == (version, 7)


def test_a_killed_supervisor_leaves_nothing_that_spoils_the_next(service: Service) -> None:
    with service.channel() as channel:
        activate(channel, publish(channel, 9))
    service.stop(signal.SIGKILL)
    service.start()
    with service.channel() as channel:
        assert mug(channel)[1] == 9


def test_a_request_id_gives_one_answer(service: Service) -> None:
    with service.channel() as channel:
        first = publish(channel, 1, "once")
        assert publish(channel, 1, "once") == first
        with pytest.raises(grpc.RpcError) as refused:
            publish(channel, 2, "once")
        assert refused.value.code() is grpc.StatusCode.ALREADY_EXISTS
    assert versions(service) == {first}


def test_a_book_that_does_not_check_replaces_nothing(service: Service) -> None:
    with service.channel() as channel:
        version = publish(channel, 3)
        activate(channel, version)
        with pytest.raises(grpc.RpcError) as refused:
            publish(channel, 0, text=BOOK.format(cents=4).replace("EUR per piece", "USD per piece"))
        assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION
        assert mug(channel) == (version, 3)
    assert versions(service) == {version}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stopping_drains_what_was_begun(service: Service, number: int) -> None:
    with service.channel() as channel:
        activate(channel, publish(channel, 1))
        begun = threading.Event()

        def pieces() -> Iterator[books_pb2.PublishRequest]:
            text = BOOK.format(cents=22).encode()
            for part in (text[:40], text[40:]):
                chunk = books_pb2.FileChunk(path="book.quo", content=part)
                yield books_pb2.PublishRequest(book="books/shop", chunk=chunk)
                begun.set()
                over.wait(10)

        over = threading.Event()
        call = books_pb2_grpc.BooksStub(channel).Publish.future(pieces(), timeout=20)
        assert begun.wait(5)
        threading.Event().wait(0.3)  # the first piece is on its way
        service.process.send_signal(number)
        threading.Event().wait(0.5)
        over.set()
        assert call.result(timeout=20).title == "A shop"
    assert service.process.wait(20) == 0
