"""From the domain to the wire: priced quotes, books, diagnostics. What a role may not see is left out here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from google.protobuf import timestamp_pb2
from google.type import date_pb2

from engine.api import money
from engine.lang.diagnostics import Diagnostic
from engine.pricing.quote import (
    Applied,
    LineError,
    LineTerm,
    Needed,
    PricedBundle,
    PricedLine,
    PricedQuote,
    Segment,
    Total,
)
from engine.pricing.refusals import PLAIN
from engine.services.books.verbs import BookState
from engine.services.context import Context
from engine.services.refusal import Refused
from engine.store.books import ActivationRecord, VersionRecord
from quotient.v1 import books_pb2, pricing_pb2


def date_of(day: int | None) -> date_pb2.Date | None:
    """An ordinal day; None where there is none."""
    if not day:
        return None
    found = date.fromordinal(day)
    return date_pb2.Date(year=found.year, month=found.month, day=found.day)


def version_name(book: str, version: str) -> str:
    """The resource name of a version."""
    return f"books/{book}/versions/{version}"


def quote_of(context: Context, book: str, priced: PricedQuote) -> pricing_pb2.PriceQuoteResponse:
    """A PriceQuoteResponse."""
    made = lead_of(book, priced.version, priced.currency, priced.date, priced.holds_until)
    made.lines.extend(line_of(context, line) for line in priced.lines)
    made.totals.extend(_totals(context, priced.totals))
    made.MergeFrom(tail_of(priced.approvals if context.may("see rules") else (), priced.complete))
    made.taxes.extend(money.tax_total_of(tax) for tax in priced.taxes)
    if priced.exchange is not None:
        made.exchange_rate.CopyFrom(money.exchange_of(priced.exchange))
    made.unknown_coupon_codes.extend(priced.unknown_codes)
    made.bundles.extend(_bundle(context, bundle) for bundle in priced.bundles)
    return made


def _bundle(context: Context, bundle: PricedBundle) -> pricing_pb2.PricedBundle:
    """A PricedBundle."""
    made = pricing_pb2.PricedBundle(
        id=bundle.id, product=bundle.bundle, quantity=bundle.count, choices=bundle.choices, totals=_totals(context, bundle.totals)
    )  # fmt: skip
    if bundle.error is not None:
        error, shown = bundle.error, context.may("see rules")
        made.error.CopyFrom(
            pricing_pb2.BundleError(
                code=error.code, message=error.message, choices=error.choices, open=error.open,
                rules=[
                    pricing_pb2.BrokenRule(
                        text=rule.text if shown else "", because=rule.because or "", file=rule.file if shown else "",
                        line=rule.line if shown else 0,
                    )
                    for rule in error.rules
                ],
            )
        )  # fmt: skip
    return made


def lead_of(book: str, version: str, currency: str, day: int, holds: int | None) -> pricing_pb2.PriceQuoteResponse:
    """What stands before the lines of an answer."""
    return pricing_pb2.PriceQuoteResponse(
        book_version=version_name(book, version), currency_code=currency, date=date_of(day), hold_until=date_of(holds)
    )


def listing_lead_of(book: str, version: str, currency: str, holds: int | None) -> pricing_pb2.ListPricesResponse:
    """What stands before the prices of a listing."""
    return pricing_pb2.ListPricesResponse(
        book_version=version_name(book, version), currency_code=currency, hold_until=date_of(holds)
    )


def framed(number: int, body: bytes) -> bytes:
    """Bytes as a field of this number (at most 15): its tag, their length, and they."""
    size, lead = len(body), bytearray((number << 3 | 2,))
    while size >= 0x80:
        lead.append(size & 0x7F | 0x80)
        size >>= 7
    lead.append(size)
    return bytes(lead) + body


def tail_of(needs: Sequence[Needed], complete: bool) -> pricing_pb2.PriceQuoteResponse:
    """What stands after the totals of an answer."""
    return pricing_pb2.PriceQuoteResponse(approvals=[_needed(need) for need in needs], complete=complete)


def _totals(context: Context, totals: Sequence[Total]) -> list[pricing_pb2.Total]:
    try:
        return [
            pricing_pb2.Total(
                name=t.name,
                list_amount_micros=t.list_amount,
                net_amount_micros=t.net_amount,
                tax_amount_micros=t.tax_amount,
                gross_amount_micros=t.gross_amount,
                pocket_amount_micros=t.pocket_amount if context.may("see costs") else None,
            )
            for t in totals
        ]
    except ValueError as error:  # every line fits, and their sum does not
        message = "the total of these lines is too large to be kept exactly"
        raise Refused("INVALID_ARGUMENT", "TOTAL_TOO_LARGE", message, "lines") from error


def line_of(context: Context, line: PricedLine) -> pricing_pb2.PricedLine:
    """A PricedLine."""
    shown = context.may("see rules")
    made = pricing_pb2.PricedLine(
        product=line.product, quantity_micros=line.quantity, period=line.period, unit_list_amount_micros=line.unit_list,
        unit_net_amount_micros=line.unit_net, list_amount_micros=line.list_amount, net_amount_micros=line.net_amount,
        waterfall=[_bar(shown, bar) for bar in line.waterfall if context.may("see costs") or not bar.below], error=_error(context, line.error) if line.error else None,
        not_estimated=not line.estimated,
    )  # fmt: skip
    if line.term is not None:
        made.term.CopyFrom(_term(line.term))
        made.segments.extend(_segment(segment) for segment in line.term.segments)
    if line.cost_amount is not None and context.may("see costs"):
        made.cost_amount_micros = line.cost_amount
    if line.pocket_amount is not None and context.may("see costs"):
        made.pocket_amount_micros = line.pocket_amount
    if line.tax is not None:
        made.tax.CopyFrom(money.tax_of(shown, line.tax))
    if line.inside is not None:
        made.bundle_id, made.bundle_path = line.inside.id, line.inside.path
    if line.lowest_prior is not None:
        made.lowest_prior_list_amount_micros = line.lowest_prior
    return made


def _term(term: LineTerm) -> pricing_pb2.LineTerm:
    return pricing_pb2.LineTerm(
        start_date=date_of(term.start), end_date=date_of(term.end and term.end - 1), text=term.text,
        list_amount_micros=term.list_amount, net_amount_micros=term.net_amount,
        first_year_list_amount_micros=term.year_list, first_year_net_amount_micros=term.year_net,
    )  # fmt: skip


def _segment(segment: Segment) -> pricing_pb2.TermSegment:
    return pricing_pb2.TermSegment(
        start_date=date_of(segment.start), end_date=date_of(segment.end and segment.end - 1), text=segment.text,
        list_amount_micros=segment.list_amount, net_amount_micros=segment.net_amount,
    )  # fmt: skip


def _bar(shown: bool, bar: Applied) -> pricing_pb2.WaterfallStep:
    return pricing_pb2.WaterfallStep(
        step=bar.step, rule=bar.rule if shown else "", label=bar.label if shown else "", file=bar.file if shown else "",
        line=bar.line if shown else 0, before_amount_micros=bar.before, after_amount_micros=bar.after,
        because=(bar.because or "") if shown else "",
    )  # fmt: skip


def bar_words(bar: Applied, shown: bool) -> tuple[bytes, bytes]:
    """The bytes of a bar (given without its amounts) before them and after."""
    made = _bar(shown, bar)
    tail: bytes = pricing_pb2.WaterfallStep(because=made.because).SerializeToString()
    made.ClearField("because")
    return made.SerializeToString(), tail


def _error(context: Context, error: LineError) -> pricing_pb2.LineError:
    if not context.may("see rules"):  # the message may name rules, too
        return pricing_pb2.LineError(code=error.code, message=PLAIN[error.code], field=error.field)
    return pricing_pb2.LineError(
        code=error.code, message=error.message, field=error.field, rule=error.rule or "", other_rule=error.other or ""
    )


def _needed(need: Needed) -> pricing_pb2.NeededApproval:
    stages = [pricing_pb2.ApprovalStage(approvers=stage) for stage in need.stages]
    return pricing_pb2.NeededApproval(
        approval=need.approval, stages=stages, because=need.because or "", file=need.file, line=need.line
    )


def diagnostic_of(found: Diagnostic, sources: Mapping[str, str]) -> books_pb2.Diagnostic:
    """A Diagnostic, with its picture."""
    span = found.span
    return books_pb2.Diagnostic(
        code=found.code, severity=found.severity, message=found.message, help=found.help, file=span.file, line=span.line,
        column=span.column, length=span.length, rendered=found.render(sources),
    )  # fmt: skip


def version_of(book: str, record: VersionRecord, warnings: Sequence[Any] = ()) -> books_pb2.BookVersion:
    """A BookVersion."""
    return books_pb2.BookVersion(
        name=version_name(book, record.id), title=record.title, author=record.author, publish_time=_time(record.time),
        warnings=warnings,
    )  # fmt: skip


def book_of(state: BookState) -> books_pb2.Book:
    """A Book."""
    return books_pb2.Book(
        name=f"books/{state.name}", versions=[version_of(state.name, record) for record in state.versions],
        activations=[_activation(state.name, one) for one in state.activations], etag=state.etag,
    )  # fmt: skip


def _activation(book: str, one: ActivationRecord) -> books_pb2.Activation:
    return books_pb2.Activation(
        version=version_name(book, one.version),
        from_date=date_of(one.from_day),
        author=one.author,
        activate_time=_time(one.time),
        approval=one.approval,
        reason=one.reason,
    )


def _time(seconds: float) -> timestamp_pb2.Timestamp:
    made = timestamp_pb2.Timestamp()
    made.FromMicroseconds(int(seconds * 1_000_000))
    return made
