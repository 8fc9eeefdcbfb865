"""Answers that nobody takes: a stream ends, and so does what it held."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest

from engine.api.calls import streaming
from engine.api.papers import MOST_OF_LINK, MOST_OF_PRINCIPAL, MOST_OF_TENANT, MOST_READERS, Places
from engine.services.context import Context, Role
from engine.services.refusal import Refused

PIECE = bytes(256 * 2**10)


class Anybody:
    """Callers of whom nothing is asked."""

    def context(self, metadata: Any, until: float, waits: Any) -> Context:
        return Context("t", "ann", Role.SELLER, until, waits)


@pytest.mark.parametrize(("within", "ends"), [(0.3, True), (60.0, False)])
def test_a_piece_that_is_not_taken_in_time_ends_its_stream(within: float, ends: bool) -> None:
    left, most = threading.Event(), 64

    def work(context: Context, request: Any) -> Iterator[bytes]:
        try:
            for _ in range(most):
                yield PIECE
        finally:
            left.set()

    call = streaming("Read", work, Anybody(), within)  # type: ignore[arg-type]
    server = grpc.server(ThreadPoolExecutor(2))
    handler = grpc.unary_stream_rpc_method_handler(call)
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("t.Papers", {"Read": handler})])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            answers = channel.unary_stream("/t.Papers/Read")(b"")
            assert next(answers) == PIECE
            assert left.wait(10 if ends else 2) is ends
            if ends:
                with pytest.raises(grpc.RpcError) as error:
                    list(answers)
                assert error.value.code() is grpc.StatusCode.CANCELLED
            else:
                assert sum(1 for _ in answers) == most - 1, "slow readers get all of it"
    finally:
        server.stop(None)


def hold(places: Places, *contexts: Context) -> list[Any]:
    held = [places.one(context) for context in contexts]
    for one in held:
        one.__enter__()
    return held


def test_one_caller_has_few_of_the_places_and_a_tenant_not_all() -> None:
    places = Places()
    link = Context("t", "customer", Role.CUSTOMER, document="quotes/1/versions/1")
    other = Context("t", "customer", Role.CUSTOMER, document="quotes/2/versions/1")
    ann, strangers = (
        Context("t", "ann", Role.SELLER),
        [Context(f"t{n}", "ann", Role.SELLER) for n in range(MOST_READERS)],
    )
    held = hold(places, *[link] * MOST_OF_LINK)
    full(places, link)
    held += hold(places, *[ann] * (MOST_OF_TENANT - MOST_OF_LINK))
    assert MOST_OF_TENANT - MOST_OF_LINK <= MOST_OF_PRINCIPAL
    full(places, other)
    free = MOST_READERS - MOST_OF_TENANT
    held += hold(places, *strangers[:free])
    full(places, strangers[free])
    for one in held:
        one.__exit__(None, None, None)
    hold(places, link, other, *strangers[: MOST_READERS - 2])


def full(places: Places, context: Context) -> None:
    with pytest.raises(Refused) as why, places.one(context):
        pass
    assert why.value.reason == "TOO_MANY_STREAMS"
