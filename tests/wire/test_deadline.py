"""Work is not begun for a caller who has stopped waiting."""

from __future__ import annotations

from typing import Any

import grpc
import pytest
from google.rpc import code_pb2

from engine.api.calls import unary
from engine.services.context import Context


class Call:
    """A server's view of a call, with so much time left."""

    def __init__(self, left: float | None) -> None:
        self.left, self.code = left, 0

    def time_remaining(self) -> float | None:
        return self.left

    def invocation_metadata(self) -> tuple[tuple[str, str], ...]:
        return ()

    def abort_with_status(self, status: Any) -> None:
        self.code = status.code.value[0]
        raise grpc.RpcError


def test_no_work_after_the_deadline() -> None:
    begun: list[Any] = []
    late = Call(0.0)
    with pytest.raises(grpc.RpcError):
        unary("PriceQuote", lambda context, request: begun.append(request))("quote", late)
    assert (late.code, begun) == (code_pb2.Code.Value("DEADLINE_EXCEEDED"), [])


@pytest.mark.parametrize("left", [None, 1.0])
def test_work_in_time(left: float | None) -> None:
    def work(context: Context, request: str) -> str:
        return f"{context.tenant} {request}"

    assert unary("PriceQuote", work)("quote", Call(left)) == "demo quote"
