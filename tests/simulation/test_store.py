"""The store that is configured: a cluster, TLS, one that goes away for long, hangs, is full or was cut off in the middle."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from quotient.v1 import books_pb2, books_pb2_grpc, pricing_pb2, pricing_pb2_grpc
from tests.simulation.service import BOOK, Service, activate, book, eventually, health, mug, publish, running, shop
from tests.simulation.stores import cluster, encrypted, server
from tests.simulation.world import together

pytestmark = pytest.mark.service
TENANTS = ("demo", "acme", "globex", "initech", "umbrella", "hooli")


@pytest.mark.parametrize(("nodes", "scheme"), [(1, "redis"), (3, "redis"), (3, "redis+cluster")])
def test_a_cluster_keeps_books_of_many_tenants(tmp_path: Path, nodes: int, scheme: str) -> None:
    """Said so or found out; each tenant's keys lie in one slot, and tenants on all nodes."""
    with cluster(tmp_path, nodes) as made:
        url = f"{scheme}://127.0.0.1:{made[0].port}"
        with running(tmp_path, QUOTIENT_REDIS_URL=url) as service, service.channel() as channel:
            for cents, tenant in enumerate(TENANTS):
                who = (("x-quotient-tenant", tenant),)
                chunk = books_pb2.FileChunk(path="book.quo", content=book(cents).encode())
                request = books_pb2.PublishRequest(book="books/shop", chunk=chunk)
                stub = books_pb2_grpc.BooksStub(channel)
                version = stub.Publish(iter([request]), metadata=who, timeout=60).name
                stub.Activate(books_pb2.ActivateRequest(name=version), metadata=who, timeout=60)
                asked = pricing_pb2.PriceQuoteRequest(lines=[pricing_pb2.QuoteLine(product="mug", quantity=1)])
                answer = pricing_pb2_grpc.PricingStub(channel).PriceQuote(asked, metadata=who, timeout=60)
                assert answer.lines[0].net_amount_micros == 8_000_000 + cents * 10_000
                assert [v.name for v in stub.Get(books_pb2.GetRequest(name="books/shop"), metadata=who).versions] == [
                    version
                ]
        assert all(node.client().dbsize() for node in made)


def test_tls(tmp_path: Path) -> None:
    if not shutil.which("openssl"):
        pytest.skip("openssl makes the certificate")
    with server(tmp_path / "store") as store, encrypted(store.port, tmp_path) as (port, certificate):
        url = f"rediss://localhost:{port}?ssl_ca_certs={certificate}"
        with running(tmp_path, QUOTIENT_REDIS_URL=url) as service, service.channel() as channel:
            version = publish(channel, 3)
            activate(channel, version)
            assert mug(channel) == (version, 3)
        assert store.client().zrange("{demo}:books", 0, -1) == [b"shop"]


def test_prices_go_on_while_the_store_is_gone(tmp_path: Path) -> None:
    """What needs it is UNAVAILABLE, says when to try again, and works as soon as it is back."""
    with server(tmp_path / "store") as store:
        url = f"redis://127.0.0.1:{store.port}"
        with running(tmp_path, QUOTIENT_REDIS_URL=url) as service, service.channel() as channel:
            version = publish(channel, 3)
            activate(channel, version)
            channels = [service.channel() for _ in range(8)]
            assert {mug(one) for one in channels} == {(version, 3)}  # each worker has it
            store.kill()
            changes = (lambda: publish(channel, 4), lambda: activate(channel, version), lambda: shop(channel))
            assert all(together([lambda c=change: again_after(c) > 0 for change in changes]))  # type: ignore[misc]
            assert {mug(one) for one in channels} == {(version, 3)}
            assert health(channel) == "SERVING"
            store.start()
            assert publish(channel, 4) != version
            assert [v.name for v in shop(channel).versions][1] == version
            for one in channels:
                one.close()


def test_a_store_that_hangs_stops_no_prices(tmp_path: Path) -> None:
    with running(tmp_path, QUOTIENT_WORKERS="1") as service, service.channel() as channel:
        version = publish(channel, 3)
        activate(channel, version)
        assert mug(channel) == (version, 3)
        (store,) = service.store()
        os.kill(store, signal.SIGSTOP)
        try:
            with beside(lambda: again_after(lambda: shop(channel))) as asked:
                assert mug(channel) == (version, 3)
            assert asked == [1.0]
        finally:
            os.kill(store, signal.SIGCONT)
        assert eventually(lambda: bool(shop(channel).versions))


def test_health_says_not_serving_until_books_are_loaded(tmp_path: Path) -> None:
    """A lone worker that starts anew while the store hangs cannot know what answers: it says so, and serves by itself later."""
    with running(tmp_path, QUOTIENT_WORKERS="1") as service:
        with service.channel() as channel:
            version = publish(channel, 3)
            activate(channel, version)
            assert health(channel) == "SERVING"
        (store,), (worker,) = service.store(), service.workers()
        os.kill(store, signal.SIGSTOP)
        try:
            os.kill(worker, signal.SIGKILL)
            with service.channel() as channel:
                assert eventually(lambda: health(channel) == "NOT_SERVING")
        finally:
            os.kill(store, signal.SIGCONT)
        with service.channel() as channel:
            assert eventually(lambda: health(channel) == "SERVING")
            assert mug(channel) == (version, 3)


TAILS = (
    b"*3\r\n$3\r\nSET\r\n$20\r\n{demo}:book:shop:e",
    b"*1\r\n$5\r\nMULTI\r\n*3\r\n$3\r\nSET\r\n$1\r\nx\r\n$1\r\ny\r\n",
)


def test_a_change_that_a_power_cut_left_half_written_was_not_made(tmp_path: Path) -> None:
    with running(tmp_path) as service:
        with service.channel() as channel:
            made = [publish(channel, 3)]
            activate(channel, made[0])
        for cents, tail in enumerate(TAILS, 4):
            assert service.stop() == 0
            (written,) = (tmp_path / "data/store/appendonlydir").glob("*.incr.aof")
            with written.open("ab") as file:
                file.write(tail)
            service.start()
            with service.channel() as channel:
                assert mug(channel) == (made[0], 3)
                assert shop(channel).etag == "1"
                made.append(publish(channel, cents))
        assert service.stop(signal.SIGKILL) < 0
        service.start()
        with service.channel() as channel:
            assert {v.name for v in shop(channel).versions} == set(made)


def test_files_of_the_store_that_are_damaged_are_not_guessed_at(tmp_path: Path) -> None:
    with running(tmp_path) as service:
        with service.channel() as channel:
            publish(channel, 3)
        service.stop()
        (written,) = (tmp_path / "data/store/appendonlydir").glob("*.incr.aof")
        data = written.read_bytes()
        written.write_bytes(data[:40] + b"\0" * 20 + data[60:])
        with pytest.raises(AssertionError, match=r"quotient: the store ended at once: .*store\.log"):
            service.start()
        assert service.process.wait(60) == 2
        assert written.read_bytes()[60:] == data[60:]


# ---------------------------------------------------------------- disks


def in_a_small_disk(data: Path, size: str, options: str = "rw") -> list[str]:
    """A command that runs another with a small disk at `data`, seen by it alone."""
    mount = f'mount -t tmpfs -o size={size},{options} tmpfs "{data}" && exec "$@"'
    within = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount, "sh"]
    data.mkdir(exist_ok=True)
    if not shutil.which("unshare") or subprocess.run([*within, "true"], capture_output=True).returncode:
        pytest.skip("this system lets nobody mount a disk of his own")
    return within


def test_a_full_disk_refuses_new_books_and_prices_go_on(tmp_path: Path) -> None:
    within = in_a_small_disk(tmp_path / "data", "3m")
    with running(tmp_path, within, QUOTIENT_WORKERS="1") as service, service.channel() as channel:
        kept = [publish(channel, 3)]
        activate(channel, kept[0])
        refused: list[grpc.RpcError] = []
        while len(kept) < 100 and len(refused) < 3:
            try:
                kept.append(publish(channel, 0, text=large(len(kept))))
            except grpc.RpcError as error:
                refused.append(error)
            assert mug(channel) == (kept[0], 3)
        assert [error.code() for error in refused] == [grpc.StatusCode.RESOURCE_EXHAUSTED] * 3
        assert "cannot write to its data folder: No space left on device" in refused[0].details()
        assert {v.name for v in shop(channel).versions} == set(kept)


def test_a_disk_that_others_fill_loses_no_book(tmp_path: Path) -> None:
    """The store dies of what it cannot write, and comes back with all that it had answered."""
    with running(tmp_path, in_a_small_disk(tmp_path / "data", "6m"), QUOTIENT_WORKERS="1") as service:
        inside = Path(f"/proc/{service.process.pid}/root/{tmp_path}/data")
        with service.channel() as channel:
            version = publish(channel, 3)
            activate(channel, version)
            (inside / "ballast").write_bytes(bytes(2**20))
            fill(inside / "filling")
            made, refused = 1, grpc.StatusCode.OK
            while refused is grpc.StatusCode.OK:  # the last page of the store's file has room for a few more
                try:
                    activate(channel, version)
                    made += 1
                except grpc.RpcError as error:
                    refused = error.code()
            assert refused is grpc.StatusCode.UNAVAILABLE
            assert mug(channel) == (version, 3)
            assert "is full" in service.log()
            (inside / "ballast").unlink()
            assert eventually(lambda: shop(channel).etag == str(made))
            activate(channel, version)


def test_a_disk_that_cannot_be_written_is_said_at_once(tmp_path: Path) -> None:
    within = in_a_small_disk(tmp_path / "data", "1m", "ro")
    with pytest.raises(AssertionError, match=r"quotient: QUOTIENT_DATA is .*/data: .*Read-only file system"):
        Service(tmp_path, within)


def fill(path: Path) -> None:
    """Write until there is no room."""
    with path.open("wb", 0) as file, suppress(OSError):
        while file.write(bytes(4_096)):
            pass


def large(number: int) -> str:
    """A book of a quarter of a megabyte that differs from all others."""
    return BOOK.format(price="8.00") + f"\n# {number} {'x' * 200}\n" * 1_200


# ---------------------------------------------------------------- calls


def again_after(call: Callable[[], Any]) -> float:
    """The seconds after which a call that is UNAVAILABLE is to be tried again."""
    with pytest.raises(grpc.RpcError) as error:
        call()
    assert error.value.code() is grpc.StatusCode.UNAVAILABLE
    retry = error_details_pb2.RetryInfo()
    assert any(detail.Unpack(retry) for detail in rpc_status.from_call(error.value).details)
    return float(retry.retry_delay.seconds + retry.retry_delay.nanos / 1e9)


@contextmanager
def beside(call: Callable[[], Any]) -> Iterator[list[Any]]:
    """Runs a call in a thread beside the block; its result, in a list, when both are over."""
    results: list[Any] = []
    thread = threading.Thread(target=lambda: results.append(call()))
    thread.start()
    try:
        yield results
    finally:
        thread.join()
