"""`quo demo`: a service of its own on a free port, a quote over gRPC with its waterfall, a bundle configured, a deal; then all is gone."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from time import perf_counter

from engine.cli import show
from engine.cli.console import FAULT_OF_SERVICE, err, fail, out
from engine.cli.demo_bundle import configure_one
from engine.cli.demo_deal import sell_one
from engine.cli.remote import calling_as, channel_to, date_message, priced_quote, wait_until_serving
from engine.cli.serve import server_file
from quotient.v1 import pricing_pb2, pricing_pb2_grpc

START_SECONDS, STOP_SECONDS = 60, 10
QUOTE = pricing_pb2.PriceQuoteRequest(
    book="books/saas",
    date=date_message(date(2026, 5, 4)),
    facts={
        "customer.segment": "enterprise", "customer.account": "ACME", "customer.country": "CH",
        "customer.lifetime_spend": "25_000 EUR", "quote.term": "24 months",
    },
    lines=[
        pricing_pb2.QuoteLine(product="seat", quantity=200, group="rollout", facts={"line.rush": "yes"}),
        pricing_pb2.QuoteLine(product="calls", usage_estimate=1_500_000),
        pricing_pb2.QuoteLine(product="onboarding", quantity=1),
    ],
    waterfall=True,
)  # fmt: skip
"""Two hundred seats for a large customer in Switzerland, in a hurry; metered calls; onboarding once."""


def demo_command(paper: Path | None = None) -> None:
    """Start, price, configure, sell, show, stop. `paper`: where to keep the PDF that the customer accepts."""
    began = perf_counter()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="quo-")))
        running = stack.enter_context(service(folder))
        channel = stack.enter_context(channel_to(running.address))
        if not wait_until_serving(channel, START_SECONDS):
            fail(f"the service was not serving within {START_SECONDS} s:\n{_log(folder)}", FAULT_OF_SERVICE)
        err().print(f"the service answers on {running.address} after {perf_counter() - began:.1f} s")
        answer = pricing_pb2_grpc.PricingStub(channel).PriceQuote(QUOTE, metadata=calling_as("seller"), timeout=10)
        _show(answer)
        configure_one(channel)
        sell_one(channel, paper)
    err().print(f"\nstopped; all of it took {perf_counter() - began:.1f} s")


def _show(answer: pricing_pb2.PriceQuoteResponse) -> None:
    quote = priced_quote(answer)
    out().print(f"[bold]{answer.book_version}[/] on {date.fromordinal(quote.date)}")
    for line in quote.lines:
        out().print()
        net = f"{show.money(line.net_amount, quote.currency)} {quote.currency} {show.period_words(line.period)}"
        title = f"{line.product}: {show.quantity(line.quantity, '').rstrip()}, {net}"
        out().print(show.waterfall(line.waterfall, title, quote.currency))
    out().print()
    out().print(show.totals(quote))


@dataclass(frozen=True, slots=True)
class Running:
    """A service that was started: where it listens and its process."""

    address: str
    process: int


@contextmanager
def service(folder: Path, **settings: str) -> Iterator[Running]:
    """A service with its store in `folder`; it is drained and waited for at the end."""
    port = str(free_port())
    server = f"127.0.0.1:{port}"
    own = {"QUOTIENT_PORT": port, "QUOTIENT_DATA": str(folder / "data"), "QUOTIENT_WORKERS": "1"}
    environment = {k: v for k, v in os.environ.items() if not k.startswith("QUOTIENT_")} | own | settings
    with (folder / "service.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, str(server_file())], stdout=log, stderr=log, env=environment, start_new_session=True
        )
        try:
            yield Running(server, process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _log(folder: Path) -> str:
    return (folder / "service.log").read_text(errors="replace")[-2_000:]
