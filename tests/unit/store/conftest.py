"""The stores that the store's own tests run on: one server, and a cluster of three."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from engine.store.client import connect
from engine.store.embedded import EmbeddedStore
from tests.simulation.stores import cluster


@contextmanager
def alone(folder: Path) -> Iterator[str]:
    """The URL of a server of our own."""
    store = EmbeddedStore(folder)
    store.start()
    yield store.url
    store.stop()


@contextmanager
def in_three(folder: Path) -> Iterator[str]:
    """The URL of a cluster."""
    with cluster(folder, 3) as nodes:
        yield f"redis+cluster://127.0.0.1:{nodes[0].port}"


@pytest.fixture(scope="module", params=[alone, in_three], ids=["alone", "cluster"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with request.param(Path(tmp_path_factory.mktemp("store"))) as url:
        yield url


@pytest.fixture
def client(url: str) -> Iterator[redis.Redis]:
    """A client of an empty store."""
    client = connect(url)
    client.flushall()
    yield client  # type: ignore[misc]
    client.close()
