"""What every call goes through, once: who asks, the deadline, refusals to statuses, one log line, one metric."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import grpc
import structlog
from grpc_status import rpc_status
from prometheus_client import Counter, Histogram

from engine.api.status import status_of
from engine.services.context import Context, Role
from engine.services.refusal import Refused
from engine.values.identity import ID

CALLS = Counter("quotient_calls_total", "Calls by method and status", ["method", "code"])
SECONDS = Histogram(
    "quotient_call_seconds", "Time of a call", ["method"], buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.2, 1, 5)
)
_log = structlog.get_logger("quotient.calls")
Answer = TypeVar("Answer")


def context_of(metadata: Any) -> Context:
    """Who asks, from the call's metadata; on loopback without accounts a call says so itself.

    Raises:
        Refused: INVALID_ARGUMENT, a tenant or role that cannot be.
    """
    said = {key: value for key, value in metadata or () if key.startswith("x-quotient-")}
    tenant, role = said.get("x-quotient-tenant", "demo"), said.get("x-quotient-role", "administrator")
    if not ID.match(tenant):
        raise Refused(
            "INVALID_ARGUMENT", "INVALID_TENANT", "a tenant is 1 to 63 of a-z, 0-9 and -", "x-quotient-tenant"
        )
    if role not in set(Role):
        raise Refused("INVALID_ARGUMENT", "INVALID_ROLE", f"roles are {', '.join(Role)}", "x-quotient-role")
    return Context(tenant, said.get("x-quotient-principal", "anonymous"), Role(role))


def unary(method: str, work: Callable[[Context, Any], Answer]) -> Callable[[Any, grpc.ServicerContext], Answer]:
    """Wrap a call that answers once (its request may be a stream)."""

    def call(request: Any, rpc: grpc.ServicerContext) -> Answer:
        began, code = time.perf_counter(), "OK"
        try:
            left = rpc.time_remaining()
            if left is not None and left <= 0:
                raise Refused("DEADLINE_EXCEEDED", "DEADLINE", "the deadline passed before the work began")
            return work(context_of(rpc.invocation_metadata()), request)
        except Refused as refused:
            code = refused.status
            rpc.abort_with_status(rpc_status.to_status(status_of(refused)))
            raise
        except grpc.RpcError:
            code = "CANCELLED"
            raise
        except Exception:
            code = "INTERNAL"
            _log.exception("call failed", method=method)
            rpc.abort_with_status(
                rpc_status.to_status(status_of(Refused("INTERNAL", "BUG", "our fault: it is logged")))
            )
            raise
        finally:
            took = time.perf_counter() - began
            CALLS.labels(method, code).inc()
            SECONDS.labels(method).observe(took)
            if code != "OK":
                _log.info("call", method=method, code=code, ms=round(took * 1000, 2))

    return call


def streaming(
    method: str, work: Callable[[Context, Iterator[Any]], Iterator[Any]]
) -> Callable[[Iterator[Any], grpc.ServicerContext], Iterator[Any]]:
    """Wrap a call that answers many times."""

    def call(requests: Iterator[Any], rpc: grpc.ServicerContext) -> Iterator[Any]:
        code = "OK"
        try:
            yield from work(context_of(rpc.invocation_metadata()), requests)
        except Refused as refused:
            code = refused.status
            rpc.abort_with_status(rpc_status.to_status(status_of(refused)))
        finally:
            CALLS.labels(method, code).inc()

    return call
