"""The service over documents: a page of a long list, changes as callers see them, and what writing does to pricing beside it.

ListQuotes, 100 of 100,000                        under 10 ms
CPU per priced line while accounts are written    at most 1.1 times that without: CPU of the service, less what the writes take alone
CreateAccount, CreateQuote of ten lines           p50 and p99, as a caller waits
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import grpc

from benchmarks import state_store
from benchmarks.figures import Figure
from benchmarks.service_load import cpu_seconds, request
from benchmarks.state_store import call_of, commit_script, quote
from engine.cli.demo import Running, service
from engine.cli.remote import calling_as, wait_until_serving
from engine.lifecycle.quote import QuoteStatus
from engine.store.client import connect
from engine.store.documents import Change
from quotient.v1 import accounts_pb2, accounts_pb2_grpc, pricing_pb2_grpc, quotes_pb2, quotes_pb2_grpc

QUOTES, PAGE, LISTS = 100_000, 100, 300
CALLS = 300
ROUNDS, SECONDS, PRICES, WRITES = 7, 2.0, 200, 50
"""Seconds of each phase, and calls a second in it."""
TENANT = "demo"


@contextmanager
def served(folder: Path) -> Iterator[tuple[Running, grpc.Channel]]:
    """A service with one worker."""
    with service(folder) as running, grpc.insecure_channel(running.address) as channel:
        if not wait_until_serving(channel, 60):
            raise RuntimeError("the service does not serve")
        yield running, channel


def fill(url: str, count: int) -> None:
    """So many quotes, each committed by the script; half of them drafts."""
    client = connect(url)
    commit: Any = client.script_load(commit_script())
    statuses = (QuoteStatus.DRAFT, QuoteStatus.SENT)
    with client.pipeline(transaction=False) as pipe:
        for number in range(count):
            made = quote(f"quotes/n{number:07}")
            change = Change(TENANT)
            change.save(replace(made, status=statuses[number % 2]), None)
            change.event({"type": "QuoteCreated", "subject": made.name, "etag": 1})
            keys, args = call_of(change, f"fill-{number}", f"{made.name}@1")
            pipe.evalsha(commit, len(keys), *keys, *args)
            if number % 500 == 499:
                pipe.execute()
        pipe.execute()
    client.close()


def waited(calls: int, call: Callable[[int], Any]) -> tuple[float, float]:
    """p50 and p99 of a call, in milliseconds."""
    for number in range(20):
        call(-1 - number)
    taken = []
    for number in range(calls):
        began = time.perf_counter()
        call(number)
        taken.append((time.perf_counter() - began) * 1e3)
    return median(taken), quantiles(taken, n=100)[98]


def listing(channel: grpc.Channel) -> tuple[float, float]:
    """A page by status, from somewhere in the list."""
    stub, who = quotes_pb2_grpc.QuotesStub(channel), calling_as("seller")

    def one(number: int) -> None:
        token = f"n{(abs(number) * 7_919) % (QUOTES - 1_000) + 1_000:07}"
        asked = quotes_pb2.ListQuotesRequest(page_size=PAGE, page_token=token, filter="status = DRAFT")
        assert len(stub.ListQuotes(asked, metadata=who).quotes) == PAGE

    return waited(LISTS, one)


def account(stub: Any, number: int) -> Any:
    """A new customer."""
    made = accounts_pb2.Account(display_name=f"Customer {number}", owner="jo", currency_code="EUR")
    made.billing_address.country_code = "NL"
    made.contacts.add(display_name="Ann", email=f"ann{number}@example.com")
    return stub.CreateAccount(accounts_pb2.CreateAccountRequest(account=made), metadata=calling_as("seller"))


def ten_lines(owner: str) -> Any:
    """A quote of ten lines."""
    priced = request()
    made = quotes_pb2.Quote(account=owner, book="books/saas", facts=priced.facts)
    made.options.add(option_id="basic").lines.extend(priced.lines)
    return quotes_pb2.CreateQuoteRequest(quote=made)


def paced(rate: float, seconds: float, call: Callable[[int], Any]) -> threading.Thread:
    """A thread that calls so often a second."""

    def run() -> None:
        began = time.monotonic()
        for number in range(int(rate * seconds)):
            time.sleep(max(0.0, began + number / rate - time.monotonic()))
            call(number)

    return threading.Thread(target=run)


def beside(running: Running, channel: grpc.Channel) -> dict[str, float]:
    """CPU seconds of the service: with prices alone, with writes alone, with both; medians of the rounds, in turn."""
    pricing, accounts, who = (
        pricing_pb2_grpc.PricingStub(channel),
        accounts_pb2_grpc.AccountsStub(channel),
        calling_as("seller"),
    )
    asked = request()
    loads = {
        "prices": (PRICES, lambda _: pricing.PriceQuote(asked, metadata=who)),
        "writes": (WRITES, lambda number: account(accounts, number)),
    }
    taken: dict[str, list[float]] = {"prices": [], "writes": [], "both": []}
    for _ in range(ROUNDS):
        for phase, values in taken.items():
            threads = [paced(rate, SECONDS, call) for name, (rate, call) in loads.items() if phase in (name, "both")]
            before = cpu_seconds(running.process)
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            values.append(cpu_seconds(running.process) - before)
    return {phase: median(values) for phase, values in taken.items()}


def measure(command: str) -> list[Figure]:
    """All of them, and what is measured at the store alone."""
    with tempfile.TemporaryDirectory(prefix="quo-") as folder, served(Path(folder)) as (running, channel):
        accounts, quotes = accounts_pb2_grpc.AccountsStub(channel), quotes_pb2_grpc.QuotesStub(channel)
        made = waited(CALLS, lambda number: account(accounts, number))
        asked, who = ten_lines(account(accounts, 0).name), calling_as("seller")
        quoted = waited(CALLS, lambda _: quotes.CreateQuote(asked, metadata=who))
        cpu = beside(running, channel)
        fill("unix://" + (Path(folder) / "data/store/process").read_text().partition(" ")[2], QUOTES)
        listed = listing(channel)
    calls = PRICES * SECONDS
    rise = (cpu["both"] - cpu["writes"]) / cpu["prices"]
    note = f"{PRICES} quotes of 10 lines and {WRITES} new accounts a second; a quote {cpu['prices'] / calls * 1e6:.0f} us, an account "
    note += f"{cpu['writes'] / WRITES / SECONDS * 1e6:.0f} us CPU"
    return [
        *state_store.measure(command),
        Figure("list_100_of_100000_quotes_ms", listed[0], 10, "lower", command, f"ListQuotes by status; p99 {listed[1]:.1f}"),
        Figure("price_cpu_while_writing_to_without", rise, 1.1, "lower", command, note),
        Figure("create_account_ms", made[0], None, "lower", command, f"one caller; p99 {made[1]:.1f}"),
        Figure("create_quote_of_10_lines_ms", quoted[0], None, "lower", command, f"one caller, priced; p99 {quoted[1]:.1f}"),
    ]  # fmt: skip
