"""Quotes from bytes to bytes: the hot calls without a message object, byte for byte what the messages would be.

None means that the request is not served here: something in it is unusual or wrong, and the messages say what. So this
module has no errors of its own; `tests/property/test_wire.py` holds both ways against each other.
"""

from __future__ import annotations

from typing import Any, TypeVar

from google.protobuf.message import DecodeError

from engine.api import encode
from engine.api.decode import book_name, day_from
from engine.kernels.wire import H_BOOK, H_BOOK_END, H_DAY, H_MONTH, H_VERSION, H_VERSION_END, H_YEAR
from engine.plan.plan import Plan
from engine.pricing.buffers import Buffers, Words
from engine.pricing.sent import PricedSent, Sent
from engine.services.context import Context
from engine.services.pricing.verbs import MOST_LINES, Pricing
from engine.services.refusal import Refused
from quotient.v1 import pricing_pb2

Key = TypeVar("Key")
LEFT = (Refused, ValueError, OverflowError)
"""What leaves a request to its message."""
LINES, PRICES = 5, 4
"""The numbers of PriceQuoteResponse.lines and ListPricesResponse.prices."""


class QuickQuotes:
    """Prices a PriceQuoteRequest in its bytes."""

    def __init__(self, pricing: Pricing) -> None:
        self.pricing = pricing
        self._buffers = Buffers()

    def answer(self, context: Context, request: bytes) -> bytes | None:
        """The PriceQuoteResponse to a PriceQuoteRequest, None where the slow way is to find it."""
        try:
            found = self._price(context, request)
            if found is None:
                return None
            book, plan, day, sent, priced = found
        except LEFT:
            return None
        lines = self._lines(context, plan, sent, priced, LINES, priced.totals)
        return b"".join((_lead(plan, book, day, priced), *lines, _tail(context, plan, priced)))

    def listing(self, context: Context, request: bytes) -> bytes | None:
        """The ListPricesResponse to a PriceQuoteRequest of its products, None as in `answer`."""
        try:
            found = self._price(context, request)
        except LEFT:
            return None
        if found is None:
            return None
        book, plan, _, sent, priced = found
        head, holds = plan.head, priced.holds_until
        lead = encode.listing_lead_of(book, head.version, head.currency, holds).SerializeToString()
        return b"".join((lead, *self._lines(context, plan, sent, priced, PRICES, priced.totals[:0])))

    def fields(self, message: bytes) -> list[list[int]] | None:
        """Where the fields of a message lie, all length-delimited: (number, start, end) each; None where it is another."""
        return self._buffers.fields(message)

    def _price(self, context: Context, request: bytes) -> tuple[str, Plan, int, Sent, PricedSent] | None:
        if context.account:
            return None  # what it is known for is looked up
        read = self._buffers.read(request, MOST_LINES, entry_of)
        if read is None:
            return None
        head, sent = read
        book = book_name(request[head[H_BOOK] : head[H_BOOK_END]].decode(), "book")
        version = request[head[H_VERSION] : head[H_VERSION_END]].decode()
        day = day_from(head[H_YEAR], head[H_MONTH], head[H_DAY], "date")
        book, plan, day, priced = self.pricing.price_sent(context, book, version, day, sent)
        return book, plan, day, sent, priced

    def _lines(
        self, context: Context, plan: Plan, sent: Sent, priced: PricedSent, number: int, totals: Any
    ) -> list[bytes]:
        """The lines, whole stretches of those with a price at once, and the totals."""
        words = plan.beside(_words)
        costs, shown = context.may("see costs"), context.may("see rules")
        parts, first, last, write = [], 0, len(sent.lines), self._buffers.write
        for i in (*priced.errors, last):
            if first < i or i == last:
                parts.append(write(words, number << 3 | 2, sent, priced, first, i, costs, shown, totals))
            if i in priced.errors:
                parts.append(encode.framed(number, encode.line_of(context, priced.errors[i]).SerializeToString()))
            first = i + 1
        return parts


def entry_of(sent: bytes) -> tuple[str, str]:
    """A map entry of facts, in the words of the message it belongs to.

    Raises:
        ValueError: it is none.
    """
    size = len(sent)
    if size > 0x3FFF:
        raise ValueError("too long to look up")
    lead = bytes((0x22, size)) if size < 0x80 else bytes((0x22, size & 0x7F | 0x80, size >> 7))
    try:
        ((path, text),) = pricing_pb2.PriceQuoteRequest.FromString(lead + sent).facts.items()
    except DecodeError as error:
        raise ValueError("not a map entry") from error
    return path, text


def _words(plan: Plan) -> Words:
    return Words(
        plan, encode.bar_words, lambda name: pricing_pb2.PricedLine(period=name).SerializeToString(),
        lambda name: pricing_pb2.Total(name=name).SerializeToString(),
    )  # fmt: skip


MOST_KEPT = 512


class _Ends:
    """What stands before and after lines and totals, as bytes: the same in many answers."""

    def __init__(self, plan: Plan) -> None:
        self.leads: dict[tuple[str, int], bytes] = {}
        self.tails: dict[tuple[object, ...], bytes] = {}


def _lead(plan: Plan, book: str, day: int, priced: PricedSent) -> bytes:
    leads, key = plan.beside(_Ends).leads, (book, day)
    return leads.get(key) or _keep(
        leads, key, encode.lead_of(book, plan.head.version, plan.head.currency, day, priced.holds_until)
    )


def _tail(context: Context, plan: Plan, priced: PricedSent) -> bytes:
    needs = priced.approvals if priced.approvals and context.may("see rules") else ()
    tails, key = (
        plan.beside(_Ends).tails,
        (not priced.errors, *((need.approval, need.stages, need.line) for need in needs)),
    )
    kept = tails.get(key)
    return _keep(tails, key, encode.tail_of(needs, not priced.errors)) if kept is None else kept


def _keep(kept: dict[Key, bytes], key: Key, message: pricing_pb2.PriceQuoteResponse) -> bytes:
    if len(kept) >= MOST_KEPT:
        kept.clear()
    made = kept[key] = message.SerializeToString()
    return made
