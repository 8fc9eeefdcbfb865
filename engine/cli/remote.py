"""The command line as a client of the service: a channel, who is calling, and answers in the engine's own forms."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any, cast

import grpc
from google.type.date_pb2 import Date
from grpc_health.v1 import health_pb2, health_pb2_grpc

from engine.api import money
from engine.cli.console import FAULT_OF_SERVICE, fail
from engine.pricing.quote import (
    Applied,
    ErrorCode,
    LineError,
    LineTerm,
    Needed,
    PricedLine,
    PricedQuote,
    Segment,
    Total,
)
from quotient.v1 import pricing_pb2, quotes_pb2

MAX_MESSAGE = 64 << 20
AGAIN_MILLISECONDS = 20
"""While a service starts nobody listens: a channel would wait a second, then more, before it tries again."""
Metadata = tuple[tuple[str, str], ...]


def calling_as(role: str, tenant: str = "demo", principal: str = "quo") -> Metadata:
    """The metadata of a call: tenant, principal and role."""
    return (("x-quotient-tenant", tenant), ("x-quotient-principal", principal), ("x-quotient-role", role))


@contextmanager
def channel_to(server: str, credentials: grpc.ChannelCredentials | None = None) -> Iterator[grpc.Channel]:
    """A channel, by TLS where there are credentials; an error of a call leaves with the service's words."""
    options = [
        ("grpc.max_receive_message_length", MAX_MESSAGE), ("grpc.max_send_message_length", MAX_MESSAGE),
        *((f"grpc.{which}_reconnect_backoff_ms", AGAIN_MILLISECONDS) for which in ("initial", "min", "max")),
    ]  # fmt: skip
    made = grpc.secure_channel(server, credentials, options) if credentials else grpc.insecure_channel(server, options)
    with made as channel:
        try:
            yield channel
        except grpc.RpcError as error:
            if error.code() is grpc.StatusCode.UNAVAILABLE and not _answered(error):
                fail(_unreached(server, error, credentials is not None), FAULT_OF_SERVICE)
            fail(f"{server}: {error.code().name}: {error.details()}", FAULT_OF_SERVICE)


def _unreached(server: str, error: grpc.RpcError, by_tls: bool) -> str:
    """Why no call comes through: gRPC's own words where the handshake failed, else nobody listens."""
    said = str(error.details())
    if by_tls and ("SSL" in said or "handshake" in said.lower() or "CERTIFICATE" in said):
        return f"{server} and this command do not trust each other: {said}"
    return f"no service answers at {server}: start one with `quo serve`"


def _answered(error: grpc.RpcError) -> bool:
    """Whether the service itself said so (its store is down): it gives details, a connection that fails has none."""
    return "grpc-status-details-bin" in dict(cast(Any, error).trailing_metadata() or ())


def wait_until_serving(channel: grpc.Channel, seconds: float) -> bool:
    """Ask for health until it says SERVING."""
    stub: Any = health_pb2_grpc.HealthStub(channel)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            answer = stub.Check(health_pb2.HealthCheckRequest(), timeout=1, wait_for_ready=True)
            if answer.status == health_pb2.HealthCheckResponse.SERVING:
                return True
        except grpc.RpcError:
            pass  # not there yet
        time.sleep(0.02)
    return False


def received(pieces: Iterable[Any]) -> tuple[quotes_pb2.QuoteDocument, bytes]:
    """A quote's paper that came in pieces: what it is, and all of its bytes. One that came in part is an error, not a shorter paper."""
    pieces = iter(pieces)
    first = next(pieces)
    told, content = first.document, b"".join([first.content, *(one.content for one in pieces)])
    if len(content) != told.size_bytes or hashlib.sha256(content).hexdigest() != told.document_hash:
        said = f"{len(content):,} of {told.size_bytes:,} bytes, and another hash than it said"
        fail(f"{told.file_name} did not come whole: {said}", FAULT_OF_SERVICE)
    return told, content


def date_message(day: date) -> Date:
    """A date on the wire."""
    return Date(year=day.year, month=day.month, day=day.day)


def _ordinal(day: Date) -> int | None:
    return date(day.year, day.month, day.day).toordinal() if day.year else None


def priced_quote(answer: pricing_pb2.PriceQuoteResponse) -> PricedQuote:
    """The answer in the engine's own form, so that it is shown like any other."""
    parts = answer.book_version.split("/")
    return PricedQuote(
        parts[1], parts[-1], answer.currency_code, _ordinal(answer.date) or 0,
        tuple(_line(line) for line in answer.lines),
        tuple(_total(total) for total in answer.totals),
        tuple(_needed(need) for need in answer.approvals), _ordinal(answer.hold_until), answer.complete,
        taxes=tuple(money.tax_total_from(tax) for tax in answer.taxes),
        exchange=money.exchange_from(answer.exchange_rate) if answer.HasField("exchange_rate") else None,
    )  # fmt: skip


def _total(total: pricing_pb2.Total) -> Total:
    tax, gross, pocket = (
        getattr(total, name) if total.HasField(name) else None
        for name in ("tax_amount_micros", "gross_amount_micros", "pocket_amount_micros")
    )
    return Total(total.name, total.list_amount_micros, total.net_amount_micros, tax, gross, pocket)


def _line(line: pricing_pb2.PricedLine) -> PricedLine:
    bars = tuple(
        Applied(
            b.step, b.rule, b.file, b.line, b.before_amount_micros, b.after_amount_micros, b.label, b.because or None
        )
        for b in line.waterfall
    )
    error = (
        LineError(cast(ErrorCode, line.error.code), line.error.message, line.error.field)
        if line.HasField("error")
        else None
    )
    return PricedLine(
        line.product, line.quantity_micros, line.period, line.unit_list_amount_micros, line.unit_net_amount_micros,
        line.list_amount_micros, line.net_amount_micros,
        line.cost_amount_micros if line.HasField("cost_amount_micros") else None, bars, error, not line.not_estimated,
        tax=money.tax_from(line.tax) if line.HasField("tax") else None,
        pocket_amount=line.pocket_amount_micros if line.HasField("pocket_amount_micros") else None,
        term=_term(line) if line.HasField("term") else None,
        lowest_prior=line.lowest_prior_list_amount_micros if line.HasField("lowest_prior_list_amount_micros") else None,
    )  # fmt: skip


def _term(line: pricing_pb2.PricedLine) -> LineTerm:
    term = line.term
    segments = tuple(
        Segment(*_span(one.start_date, one.end_date), one.text, one.list_amount_micros, one.net_amount_micros)
        for one in line.segments
    )
    return LineTerm(
        *_span(term.start_date, term.end_date), term.text, term.list_amount_micros, term.net_amount_micros,
        term.first_year_list_amount_micros, term.first_year_net_amount_micros, segments,
    )  # fmt: skip


def _span(first: Date, last: Date) -> tuple[int | None, int | None]:
    """Two days, both included, as the engine has them: half-open."""
    end = _ordinal(last)
    return _ordinal(first), None if end is None else end + 1


def _needed(need: pricing_pb2.NeededApproval) -> Needed:
    stages = tuple(tuple(stage.approvers) for stage in need.stages)
    return Needed(need.approval, stages, need.because or None, need.file, need.line)
