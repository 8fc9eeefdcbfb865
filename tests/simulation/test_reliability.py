"""What must hold while processes die, books change and the service stops: real processes, never a fake."""

from __future__ import annotations

import os
import signal
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar

import grpc
import pytest

from quotient.v1 import books_pb2, books_pb2_grpc, pricing_pb2, pricing_pb2_grpc
from tests.simulation.service import (
    Service,
    activate,
    alive,
    book,
    eventually,
    health,
    mug,
    publish,
    replaced,
    running,
    shop,
)

pytestmark = pytest.mark.service
T = TypeVar("T")


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """One of the test's own, that it may stop."""
    with running(tmp_path) as service:
        yield service


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(tmp_path_factory.mktemp("service")) as service:
        yield service


@pytest.fixture
def shared(whole: Service) -> Service:
    """One that others have used, and will use; the test is a tenant of its own."""
    whole.tenant = f"t-{uuid.uuid4().hex[:12]}"
    assert eventually(lambda: len(whole.workers()) == 2 and bool(whole.store()))
    return whole


def versions(service: Service) -> set[str]:
    with service.channel() as channel:
        return {version.name for version in shop(channel).versions}


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


class Author:
    """Publishes and activates one version after the other in a thread, trying again what was not answered, as a client should."""

    def __init__(self, service: Service) -> None:
        self.service, self.over = service, threading.Event()
        self.tried, self.published, self.activated = {}, [], []  # type: dict[str, int], list[str], list[str]
        self.refused: set[grpc.StatusCode] = set()
        self.thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        for cents in range(1, 10_000):
            version = self._until_done(lambda channel, n=cents: publish(channel, n, f"publish-{n}"))
            if version is None:
                return
            self.published.append(version)
            self.tried[version] = cents
            if (
                self._until_done(lambda channel, n=cents, v=version: activate(channel, v, f"activate-{n}") or "")
                is None
            ):
                return
            self.activated.append(version)

    def _until_done(self, change: Callable[[grpc.Channel], str]) -> str | None:
        while not self.over.is_set():
            try:
                with self.service.channel() as channel:
                    return change(channel)
            except grpc.RpcError as error:
                self.refused.add(error.code())
                self.over.wait(0.05)
        return None

    def __enter__(self) -> Author:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.thread.join()

    def goes_on(self) -> bool:
        """Whether two more are activated in time."""
        seen = len(self.activated)
        return eventually(lambda: len(self.activated) >= seen + 2)


def test_kills_while_books_are_published_and_activated(service: Service) -> None:
    """What was answered stays, in its order, whichever process is killed at whatever moment; and it goes on by itself."""
    with Author(service) as author:
        assert author.goes_on()
        for victims in (service.store, service.workers, service.store, service.workers, service.store):
            os.kill(victims()[0], signal.SIGKILL)
            assert author.goes_on(), service.log()
        service.stop(signal.SIGKILL)  # the supervisor
        service.start()
        assert author.goes_on(), service.log()
    assert author.refused <= {grpc.StatusCode.UNAVAILABLE}
    with service.channel() as channel:
        found = shop(channel)
        answered = mug(channel)
    kept = [version.name for version in reversed(found.versions)]  # the hundred last
    active = [activation.version for activation in found.activations]
    began = author.published.index(kept[0])
    assert kept[: len(author.published) - began] == author.published[began:]  # each once, in order
    assert len(kept) <= len(author.published) - began + 1  # one more may have been made, and not answered
    assert active[: len(author.activated)] == author.activated
    assert len(active) <= len(author.activated) + 1
    assert answered == (active[-1], author.tried[active[-1]])


def test_a_killed_worker_is_replaced(shared: Service) -> None:
    with shared.channel() as channel:
        version = publish(channel, 1)
        activate(channel, version)
    with Load(shared) as load:
        before = shared.workers()
        os.kill(before[0], signal.SIGKILL)
        assert replaced(shared.workers, before)
        seen = load.answers
        assert eventually(lambda: load.answers > seen + 50)
    assert set(load.errors) <= {grpc.StatusCode.UNAVAILABLE}
    assert versions(shared) == {version}


def test_a_killed_store_loses_no_published_book(shared: Service) -> None:
    with shared.channel() as channel:
        published = {publish(channel, cents) for cents in range(3)}
        activate(channel, next(iter(published)))
        with Load(shared) as load:
            before = shared.store()
            os.kill(before[0], signal.SIGKILL)
            published.add(publish(channel, 50))
            assert replaced(shared.store, before)
            published.add(publish(channel, 51))
            seen = load.answers
            assert eventually(lambda: load.answers > seen + 50)
    assert load.errors == []
    assert versions(shared) == published


def test_after_activate_every_answer_is_by_the_new_version(tmp_path: Path) -> None:
    """Every call that begins after `Activate` returned, on whichever worker, is answered by that version or a later one."""
    with running(tmp_path, QUOTIENT_WORKERS="4") as service, ExitStack() as stack:
        channels = [stack.enter_context(service.channel()) for _ in range(12)]
        activate(channels[0], publish(channels[0], 0))
        newest, over, stale, asked = 0, threading.Event(), [], [0] * len(channels)  # type: int, threading.Event, list[tuple[int, int]], list[int]
        failed: list[grpc.RpcError] = []

        def hammer(number: int) -> None:
            while not (over.is_set() and asked[number]):
                least = newest
                try:
                    seen = until_answered(lambda: mug(channels[number]))[1]
                except grpc.RpcError as error:
                    failed.append(error)
                    return
                asked[number] += 1
                if seen < least:
                    stale.append((least, seen))

        threads = [threading.Thread(target=hammer, args=(number,)) for number in range(len(channels))]
        for thread in threads:
            thread.start()
        try:
            for cents in range(1, 30):
                channel = channels[cents % len(channels)]
                version = until_answered(lambda n=cents, c=channel: publish(c, n, f"publish-{n}"))  # type: ignore[misc]
                until_answered(lambda n=cents, c=channel, v=version: activate(c, v, f"activate-{n}"))  # type: ignore[misc]
                newest = cents
        finally:
            over.set()
            for thread in threads:
                thread.join()
        assert (stale, failed) == ([], [])
        assert {mug(channel)[1] for channel in channels} == {29}


def until_answered(call: Callable[[], T]) -> T:
    """Its answer, asking again where the service says that it cannot now: on a machine that has more to do than it can, its store may take
    longer than is waited for."""
    end = time.monotonic() + 60
    while True:
        try:
            return call()
        except grpc.RpcError as error:
            if error.code() is not grpc.StatusCode.UNAVAILABLE or time.monotonic() > end:
                raise
        time.sleep(0.1)


def test_rollback_undoes_the_last_activation(shared: Service) -> None:
    with shared.channel() as channel:
        stub = books_pb2_grpc.BooksStub(channel)
        for cents in (1, 2):
            activate(channel, publish(channel, cents))
        assert mug(channel)[1] == 2
        stub.Rollback(books_pb2.RollbackRequest(name="books/shop"), timeout=60)
        assert mug(channel)[1] == 1
        with pytest.raises(grpc.RpcError) as refused:
            stub.Rollback(books_pb2.RollbackRequest(name="books/shop"), timeout=60)
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
    orphans = {*service.workers(), *service.store()}
    service.stop(signal.SIGKILL)
    service.start()
    with service.channel() as channel:
        assert mug(channel)[1] == 9
    assert not orphans & alive()


def test_a_request_id_gives_one_answer(shared: Service) -> None:
    with shared.channel() as channel:
        first = publish(channel, 1, "once")
        assert publish(channel, 1, "once") == first
        with pytest.raises(grpc.RpcError) as refused:
            publish(channel, 2, "once")
        assert refused.value.code() is grpc.StatusCode.ALREADY_EXISTS
    assert versions(shared) == {first}


def test_a_book_that_does_not_check_replaces_nothing(shared: Service) -> None:
    with shared.channel() as channel:
        version = publish(channel, 3)
        activate(channel, version)
        with pytest.raises(grpc.RpcError) as refused:
            publish(channel, 0, text=book(4).replace("EUR per piece", "USD per piece"))
        assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION
        assert mug(channel) == (version, 3)
    assert versions(shared) == {version}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stopping_drains_what_was_begun(service: Service, number: int) -> None:
    """An upload and a stream that had begun before the signal go on to their end after it; new calls are not taken."""
    with service.channel() as channel:
        activate(channel, publish(channel, 1))
        all_of_it = {*service.workers(), *service.store()}
        quotes, pieces = Given(), Given()
        answers = pricing_pb2_grpc.PricingStub(channel).PriceStream(iter(quotes), timeout=60)
        text = book(22).encode()
        upload = books_pb2_grpc.BooksStub(channel).Publish.future(iter(pieces), timeout=60)
        pieces.give(piece(text[:40]))
        quotes.give(mug_asked("before"))
        assert next(answers).correlation_id == "before"
        service.process.send_signal(number)
        assert eventually(lambda: refuses(service))
        quotes.give(mug_asked("after"), None)
        pieces.give(piece(text[40:]), None)
        assert [(a.correlation_id, a.answer.quote.complete) for a in answers] == [("after", True)]
        assert upload.result(timeout=60).title == "A shop"
    assert service.process.wait(60) == 0
    assert not all_of_it & alive()


class Given:
    """Requests of a stream, given one by one; None ends it."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[Any] = SimpleQueue()

    def give(self, *requests: Any) -> None:
        for request in requests:
            self._queue.put(request)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._queue.get, None)


def piece(content: bytes) -> books_pb2.PublishRequest:
    return books_pb2.PublishRequest(book="books/shop", chunk=books_pb2.FileChunk(path="book.quo", content=content))


def mug_asked(name: str) -> pricing_pb2.PriceStreamRequest:
    quote = pricing_pb2.PriceQuoteRequest(book="books/shop", lines=[pricing_pb2.QuoteLine(product="mug", quantity=1)])
    return pricing_pb2.PriceStreamRequest(correlation_id=name, quote=quote)


def refuses(service: Service) -> bool:
    """Whether a new connection is no longer taken."""
    try:
        with service.channel() as channel:
            health(channel)
        return False
    except grpc.RpcError:
        return True
