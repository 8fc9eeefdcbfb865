"""What Prometheus sees: asked over HTTP, the figures of all workers together, of calls that went well and that did not."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import grpc
import pytest

from quotient.v1 import pricing_pb2, pricing_pb2_grpc
from tests.simulation.service import Service, activate, eventually, free_port, mug, publish, running

pytestmark = pytest.mark.service
SAMPLE = re.compile(r'quotient_calls_total\{code="(\w+)",method="(\w+)"\} ([\d.]+)')


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with running(tmp_path, QUOTIENT_METRICS_PORT=str(free_port())) as service:
        yield service


def scraped(service: Service) -> str:
    """The page."""
    with urlopen(f"http://127.0.0.1:{service.settings['QUOTIENT_METRICS_PORT']}/metrics", timeout=20) as page:
        return str(page.read().decode())


def calls(service: Service, method: str) -> dict[str, int]:
    """Calls of a method by status, those that happened."""
    found = SAMPLE.findall(scraped(service))
    return {code: int(float(count)) for code, name, count in found if name == method and float(count)}


def timed(service: Service, method: str) -> int:
    """How many calls of a method have a time."""
    found = re.search(rf'quotient_call_seconds_count{{method="{method}"}} ([\d.]+)', scraped(service))
    return int(float(found[1])) if found else 0


def test_figures_of_all_workers_are_summed(service: Service) -> None:
    """Also of those that died, and of streams."""
    assert eventually(lambda: is_back(service))
    channels = [service.channel() for _ in range(16)]  # on both workers, but once in some thirty thousand runs
    activate(channels[0], publish(channels[0], 1))
    for channel in channels * 3:
        mug(channel)
    stub = pricing_pb2_grpc.PricingStub(channels[0])
    with pytest.raises(grpc.RpcError):
        stub.PriceQuote(pricing_pb2.PriceQuoteRequest(book="books/none"))
    lines = [pricing_pb2.QuoteLine(product="mug", quantity=1)]
    one = pricing_pb2.PriceStreamRequest(quote=pricing_pb2.PriceQuoteRequest(book="books/shop", lines=lines))
    assert len(list(stub.PriceStream(iter([one] * 5)))) == 5
    assert eventually(lambda: calls(service, "PriceStream") == {"OK": 1})
    assert timed(service, "PriceStream") == 1
    assert calls(service, "PriceQuote") == {"OK": 48, "NOT_FOUND": 1}
    assert timed(service, "PriceQuote") == 49
    for pid in service.workers():  # the endpoint is one of them
        os.kill(pid, signal.SIGKILL)
    for channel in channels:
        channel.close()
    with service.channel() as channel:
        assert eventually(lambda: mug(channel)[1] == 1)
    assert eventually(lambda: is_back(service))
    assert calls(service, "PriceQuote")["OK"] > 48
    assert calls(service, "PriceQuote")["NOT_FOUND"] == 1


def is_back(service: Service) -> bool:
    """Whether the endpoint answers."""
    try:
        return bool(scraped(service))
    except OSError:
        return False
