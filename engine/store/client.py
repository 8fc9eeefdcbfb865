"""Reaches the store at a URL: one server, a cluster, over TLS or a unix socket; what is not the caller's fault is `StoreDown`.

A cluster needs no other code: all keys of a call carry the tenant's hash tag, and so lie in one slot.
"""

from __future__ import annotations

import re
import time
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, cast
from urllib.parse import urlsplit

import redis
from redis.backoff import ExponentialBackoff
from redis.cluster import RedisCluster
from redis.retry import Retry

SCHEMES = ("redis", "rediss", "redis+cluster", "rediss+cluster", "unix")
LEAST = 7
RETRIES = 8
"""Times a command is tried while the store restarts: 8 with back-off from 20 ms to 1 s are some 4 s."""
ANSWER_SECONDS = 5.0
"""A store that takes longer hangs. It is not asked again: a caller waits once, not eight times."""
CONNECT_SECONDS = 2.0
SERVICE = "quotient"
"""The name of a service's connections: whoever restores into its store sees by it that it runs."""
_DOWN = (
    redis.ConnectionError, redis.TimeoutError, redis.exceptions.ClusterError, redis.exceptions.RedisClusterException,
    redis.exceptions.ReadOnlyError, redis.exceptions.OutOfMemoryError, OSError,
)  # fmt: skip
_CANNOT = re.compile(r"MISCONF|NOREPLICAS|CLUSTERDOWN|TRYAGAIN|MASTERDOWN|LOADING|READONLY|OOM")


class StoreError(Exception):
    """The store cannot be had; the message says what to do."""


class StoreDown(Exception):
    """The store does not answer, or says that it cannot write now. What was asked may or may not have been done."""


@contextmanager
def _telling() -> Iterator[None]:
    """Tells a store that is down from a command that is wrong."""
    try:
        yield
    except _DOWN as error:
        raise StoreDown(_first_line(error)) from error
    except redis.ResponseError as error:
        if _CANNOT.match(str(error)):
            raise StoreDown(_first_line(error)) from error
        raise


class _Down:
    """A client whose commands, one by one or several at once, say `StoreDown` where that is what is wrong."""

    def execute_command(self, *args: Any, **options: Any) -> Any:
        with _telling():
            return super().execute_command(*args, **options)  # type: ignore[misc]

    def pipeline(self, *args: Any, **options: Any) -> Any:
        made = super().pipeline(*args, **options)  # type: ignore[misc]
        # each client makes its own kind, and a closure would be a cycle at each read
        made.__class__ = _telling_pipe(cast(Hashable, type(made)))
        return made


class _DownPipe:
    """Several commands at once."""

    def execute(self, *args: Any, **options: Any) -> Any:
        with _telling():
            return super().execute(*args, **options)  # type: ignore[misc]


@cache
def _telling_pipe(kind: Any) -> Any:
    return type(kind.__name__, (_DownPipe, kind), {})


class _Single(_Down, redis.Redis):
    """One server (and what stands behind it)."""


class _Cluster(_Down, RedisCluster):
    """A cluster of them."""


Client = redis.Redis | RedisCluster


def connect(url: str, retries: int = RETRIES, name: str | None = None) -> Client:
    """A client that tries again while the store restarts; every script is safe to repeat under its request id. `name`: who asks.

    Raises:
        StoreDown: no node of a cluster answers (one server is reached at the first command).
    """
    scheme, _, rest = url.partition("://")
    retry = Retry(ExponentialBackoff(cap=1.0, base=0.02), retries, (redis.ConnectionError,))
    limits: dict[str, Any] = {"socket_timeout": ANSWER_SECONDS, "client_name": name}
    if scheme != "unix":
        limits["socket_connect_timeout"] = CONNECT_SECONDS
    if not scheme.endswith("+cluster"):
        return _Single.from_url(url, retry=retry, **limits)
    try:
        return _Cluster.from_url(f"{scheme.removesuffix('+cluster')}://{rest}", retry=retry, **limits)
    except _DOWN as error:
        raise StoreDown(_first_line(error)) from error


def settle(url: str, seconds: float) -> str:
    """The URL by which the store is to be reached, once it answers: its scheme says so where it is a cluster.

    Raises:
        StoreError: it does not answer in time, or is older than what is needed.
    """
    end = time.monotonic() + seconds
    while True:
        try:
            client = connect(url, 0)
            said: dict[str, Any] = client.info("server", **({"target_nodes": "random"} if "+cluster" in url else {}))
            client.close()
            break
        except (StoreDown, redis.RedisError) as error:
            if time.monotonic() > end:
                raise StoreError(f"no store answers at {shown(url)}: {_first_line(error)}") from error
            time.sleep(0.1)
    version = str(said.get("redis_version", LEAST))
    if int(version.split(".")[0]) < LEAST:
        raise StoreError(f"the store at {shown(url)} is version {version}: {LEAST} or newer is needed")
    scheme, _, rest = url.partition("://")
    mode = said.get("server_mode", said.get("redis_mode"))  # Valkey's name for it, Redis's
    cluster = mode == "cluster" and not scheme.endswith("+cluster")
    return f"{scheme}+cluster://{rest}" if cluster else url


def fault_of(url: str) -> str:
    """What is wrong with a store's URL as it is written; "" when it can be tried."""
    try:
        parts = urlsplit(url)
        known = parts.scheme in SCHEMES and (parts.port is None or parts.port > 0)
    except ValueError:
        known = False
    if known and (parts.path if parts.scheme == "unix" else parts.hostname):
        return ""
    return f"a store's URL is {', '.join(f'{scheme}://' for scheme in SCHEMES[:-1])}HOST:PORT or unix:///PATH"


def shown(url: str) -> str:
    """The URL without its password, to be logged."""
    return re.sub(r"//[^/@]*@", "//...@", url.partition("?")[0])


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:300]
