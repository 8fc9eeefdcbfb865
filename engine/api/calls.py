"""What every call goes through, once: who asks, the deadline, refusals to statuses, one log line, one metric."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from threading import BoundedSemaphore, Timer
from types import TracebackType
from typing import Any, TypeVar, cast

import grpc
import structlog
from grpc_status import rpc_status
from prometheus_client import Counter, Histogram

from engine.api.callers import Callers
from engine.api.status import status_of
from engine.services.context import Context
from engine.services.refusal import Refused, StoreDown, without_store

CALLS = Counter("quotient_calls_total", "Calls by method and status", ["method", "code"])
SECONDS = Histogram(
    "quotient_call_seconds", "Time of a call", ["method"], buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.2, 1, 5)
)
MOST_UPLOADS = 3
"""An upload holds a thread of the pool for as long as the client sends; the pool has more than these and the streams."""
LEFT_SECONDS = 0.05
KNOWN_SECONDS = 5.0
_UPLOADS = BoundedSemaphore(MOST_UPLOADS)
_log = structlog.get_logger("quotient.calls")
Answer = TypeVar("Answer")


def unary(
    method: str, work: Callable[[Context, Any], Answer], callers: Callers
) -> Callable[[Any, grpc.ServicerContext], Answer]:
    """Wrap a call that answers once (its request may be a stream)."""
    counted = Counted(method)

    def call(request: Any, rpc: grpc.ServicerContext) -> Answer:
        with Call(counted, rpc, callers) as begun:
            if not isinstance(request, Iterator):
                return work(begun.context(), request)
            if not _UPLOADS.acquire(blocking=False):
                message = f"a worker takes {MOST_UPLOADS} bundles at a time: try again"
                raise Refused("RESOURCE_EXHAUSTED", "TOO_MANY_UPLOADS", message, again_seconds=1.0)
            try:
                return work(begun.context(), _whole(request, rpc))
            finally:
                _UPLOADS.release()

    return call


def _whole(requests: Iterator[Any], rpc: grpc.ServicerContext) -> Iterator[Any]:
    """The requests of an upload. One whose caller leaves looks, at its end, like one that was sent whole; a moment later not.

    Raises:
        Refused: CANCELLED, the caller left.
    """
    yield from requests
    time.sleep(LEFT_SECONDS)
    if not rpc.is_active():
        raise Refused("CANCELLED", "CANCELLED", "the caller has gone: nothing was done")


def streaming(
    method: str, work: Callable[[Context, Any], Iterator[Any]], callers: Callers, within: float | None = None
) -> Callable[[Any, grpc.ServicerContext], Iterator[Any]]:
    """Wrap a call that answers many times (its request may be a stream). `within`: seconds in which an answer is taken, else it ends."""
    counted = Counted(method)

    def call(request: Any, rpc: grpc.ServicerContext) -> Iterator[Any]:
        with Call(counted, rpc, callers) as begun, closing(cast(Any, work(begun.context(), request))) as answers:
            for answer in answers:
                begun.still_known()
                if within is None:
                    yield answer
                    continue
                with _taken(rpc, within):
                    yield answer

    return call


@contextmanager
def _taken(rpc: grpc.ServicerContext, within: float) -> Iterator[None]:
    """End a call whose answer is not taken in time: gRPC waits in this block for as long as the other side likes."""
    timer = Timer(within, rpc.cancel)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


class Counted:
    """A method's figures; that of the calls that go well is looked up once."""

    __slots__ = ("fine", "name", "seconds")

    def __init__(self, name: str) -> None:
        self.name, self.fine, self.seconds = name, CALLS.labels(name, "OK"), SECONDS.labels(name)


LEEWAY = 0.2
"""A caller's clock ends a call a moment before ours does: that it went away then is its deadline."""
_GONE = (grpc.RpcError, GeneratorExit)
"""What is raised within a call whose caller went away, or whose time ended."""


class Call:
    """A call from its begin to its end, which is counted, timed, told in the log where it failed, and given its status."""

    __slots__ = ("began", "callers", "known", "method", "rpc", "who")

    def __init__(self, method: Counted, rpc: grpc.ServicerContext, callers: Callers) -> None:
        self.method, self.rpc, self.callers = method, rpc, callers
        self.who: Context | None = None

    def __enter__(self) -> Call:
        self.began = time.perf_counter()
        return self

    def context(self) -> Context:
        """Who asks, and until when.

        Raises:
            Refused: CANCELLED or DEADLINE_EXCEEDED, nobody waits any more; and as `Callers.context`.
        """
        left = self.rpc.time_remaining()
        until = float("inf") if left is None else time.monotonic() + left
        self.who = context = self.callers.context(self.rpc.invocation_metadata(), until, self.rpc.is_active)
        context.in_time()
        self.known = time.monotonic()
        return context

    def still_known(self) -> None:
        """Know the caller again, now and then: a stream may be open for longer than a credential is good.

        Raises:
            Refused: as `Callers.context`.
        """
        now = time.monotonic()
        if now - self.known >= KNOWN_SECONDS:
            self.known = now
            self.callers.context(self.rpc.invocation_metadata(), float("inf"), self.rpc.is_active)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        took = time.perf_counter() - self.began
        self.method.seconds.observe(took)
        if error is None and not self._late():
            self.method.fine.inc()
            return
        refused = self._refusal(error)
        code = refused.status
        CALLS.labels(self.method.name, code).inc()
        told = {"method": self.method.name, "code": code, "reason": refused.reason, "ms": round(took * 1_000, 2)}
        if self.who:
            told |= {"tenant": self.who.tenant, "principal": self.who.principal[:80], "role": str(self.who.role)}
        if code == "INTERNAL":
            _log.error("call failed", **told, exc_info=error)
        else:
            _log.info("call", **told)
        if error is not None and not isinstance(error, _GONE):
            self.rpc.abort_with_status(rpc_status.to_status(status_of(refused)))

    def _late(self, leeway: float = 0.0) -> bool:
        return self.who is not None and time.monotonic() + leeway >= self.who.until

    def _refusal(self, error: BaseException | None) -> Refused:
        """What an exception, or an answer that comes too late, means to the caller."""
        if isinstance(error, Refused) and error.status != "CANCELLED":
            return error
        if error is None or isinstance(error, (*_GONE, Refused)):
            status = "DEADLINE_EXCEEDED" if self._late(LEEWAY) else "CANCELLED"
            return Refused(status, "GONE", "nobody waits for the answer")
        if isinstance(error, StoreDown):  # what is read beside a verb, to show what it did
            return without_store(error)
        return Refused("INTERNAL", "BUG", "our fault: it is logged")
