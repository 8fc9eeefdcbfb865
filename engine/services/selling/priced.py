"""What an option of a quote costs under the quote's pin, kept by its hash; the same again is the same bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

from engine.lang.book import Book
from engine.lifecycle.quote import Bundle, Line, Need, Option, Quote, Total
from engine.lifecycle.terms import Part, Terms
from engine.plan.head import Head
from engine.pricing.approvals import Amounts, sum_whole
from engine.pricing.interpret import taken
from engine.pricing.quote import PricedQuote
from engine.services.context import Context
from engine.services.desk import Work
from engine.services.pricing.verbs import Asked, Pricing
from engine.services.refusal import Refused
from engine.store import codec
from engine.store.documents import Documents
from engine.values.kinds import MICROS
from engine.values.roles import Role

MOST_PROBLEMS = 20
Reader = Callable[[Quote, Option], Asked]
"""Reads an option of a quote as pricing is asked it; the wire knows how lines are written."""


@dataclass(frozen=True, slots=True)
class Content:
    """What an option holds."""

    lines: tuple[Line, ...] = ()
    bundles: tuple[Bundle, ...] = ()


class Prices:
    """Prices options, and keeps what they hold and cost."""

    def __init__(self, pricing: Pricing, reader: Reader, documents: Documents) -> None:
        self.pricing, self.reader, self.documents = pricing, reader, documents

    def priced(self, context: Context, quote: Quote, option: Option) -> tuple[PricedQuote, bytes]:
        """An option's price under the pin, and its bytes.

        Raises:
            Refused: as `Pricing.price`, the field with the option's id.
        """
        try:
            _, priced = self.pricing.price(_asker(context, quote), self.reader(quote, option))
        except Refused as refused:
            at = f"quote.options[{option.option_id}]"
            field = f"{at}.{refused.field}" if refused.field.startswith(("lines", "bundles")) else refused.field
            raise Refused(refused.status, refused.reason, refused.message, field, refused.details) from refused
        return priced, codec.pack(priced)

    def settle(self, work: Work, quote: Quote, counted: bool = True) -> Quote:
        """A quote with each option priced, and what they hold and cost put into the work.

        `counted`: what is left of what has a limit is looked up; else it is as it was.
        """
        made = []
        for option in quote.options:
            option, priced, packed = self._counted(work.context, quote, option, counted)
            content = codec.pack(Content(option.lines, option.bundles))
            kept = replace(
                option, lines=(), bundles=(), content=work.change.content(content), priced=work.change.content(packed),
                **_figures(self.head(work.context, quote), priced, _days(quote, day_of(work.now, self.zone(work.context, quote)))),
            )  # fmt: skip
            made.append(kept)
        return replace(quote, options=tuple(made))

    def book(self, context: Context, quote: Quote) -> Book:
        """The book that a quote is pinned to, as it was checked."""
        name = quote.book.removeprefix("books/")
        plan, _ = self.pricing.plan(context.tenant, name, quote.book_version, quote.pricing_date)
        return self.pricing.shelf.book(context.tenant, name, plan)

    def _counted(
        self, context: Context, quote: Quote, option: Option, counted: bool
    ) -> tuple[Option, PricedQuote, bytes]:
        option = replace(option, exhausted=self._reached(context, quote)) if counted else option
        priced, packed = self.priced(context, quote, option)
        more = self.given(context, quote, option, priced) if counted else {}
        over = self._reached(context, quote, more) if counted else option.exhausted
        if over != option.exhausted:  # what it would give is more than is left of it
            option = replace(option, exhausted=over)
            priced, packed = self.priced(context, quote, option)
        return option, priced, packed

    def whole(self, tenant: str, quote: Quote) -> Quote:
        """A quote with the lines and bundles of its options."""
        found = (self._content(tenant, option) for option in quote.options)
        pairs = zip(quote.options, found, strict=True)
        return replace(quote, options=tuple(replace(o, lines=c.lines, bundles=c.bundles) for o, c in pairs))

    def _content(self, tenant: str, option: Option) -> Content:
        if not option.content:
            return Content(option.lines, option.bundles)
        return codec.unpack(Content, self.documents.content(tenant, option.content))

    def price_of(self, tenant: str, option: Option) -> PricedQuote:
        """What an option costs, as it was kept."""
        return codec.unpack(PricedQuote, self.documents.content(tenant, option.priced))

    def proven(self, context: Context, quote: Quote) -> None:
        """Make sure that every option still costs the same to the byte under the pin.

        Raises:
            Refused: FAILED_PRECONDITION.
        """
        for option in self.whole(context.tenant, quote).options:
            priced, packed = self.priced(context, quote, option)
            same = _digest(packed) == option.priced or priced == self.price_of(
                context.tenant, option
            )  # a newer release
            if not same:
                said = f"option {option.option_id} does not cost what was kept of it: reprice the quote"
                raise Refused("FAILED_PRECONDITION", "PRICE_CHANGED", said, "name")

    def head(self, context: Context, quote: Quote) -> Head:
        """The head of the plan that a quote is pinned to."""
        book = quote.book.removeprefix("books/")
        return self.pricing.plan(context.tenant, book, quote.book_version, quote.pricing_date)[0].head

    def zone(self, context: Context, quote: Quote) -> ZoneInfo:
        """Where the days of a quote begin: its pricing date, its validity and the date on its paper."""
        return ZoneInfo(self.head(context, quote).zone)

    def given(self, context: Context, quote: Quote, option: Option, priced: PricedQuote) -> Mapping[str, int]:
        """What each rule with a limit gave to an option with its lines, where it gave something: exact in all, and then up to a whole micro of
        the book's own currency.
        """
        limits = self.head(context, quote).limits
        rules = {bar.rule for line in priced.lines for bar in line.waterfall} & limits.keys()
        if not rules:
            return {}
        _, _, asked = self.pricing.read(_asker(context, quote), self.reader(quote, option))
        found, rate = taken(self.book(context, quote), asked), priced.exchange.rate if priced.exchange else 1
        return {rule: ceil(found[rule] / rate) for rule in rules if found.get(rule, 0) > 0}

    def _reached(self, context: Context, quote: Quote, more: Mapping[str, int] | None = None) -> tuple[str, ...]:
        """The rules whose limit is reached, or would be passed by what a price gives as well."""
        limits = self.head(context, quote).limits
        if not quote.coupon_codes or not limits:
            return ()
        named = [(rule, limit, counter(quote, rule, limit.what)) for rule, all_ in limits.items() for limit in all_]
        found = self.documents.counts(context.tenant, [name for _, _, name in named])
        more = more or {}
        passed = {
            rule
            for (rule, limit, _), count in zip(named, found, strict=True)
            if count >= (limit.value or 1)
            or (limit.what == "amount" and count + more.get(rule, 0) > (limit.value or 0))
        }
        return tuple(sorted(passed))


def day_of(now: int, zone: ZoneInfo) -> int:
    """The day of an instant (microseconds since the epoch) somewhere."""
    return datetime.fromtimestamp(now // MICROS, zone).toordinal()


def counter(quote: Quote, rule: str, what: str) -> str:
    """The count of a rule's limit: of all, or of this customer."""
    by = f":{quote.account}" if what == "customer" else ""
    return f"limit:{quote.book}:{rule}:{what}{by}"


def _asker(context: Context, quote: Quote) -> Context:
    """Whoever last changed what the price comes of."""
    return replace(context, role=Role(quote.priced_role))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _days(quote: Quote, today: int) -> Mapping[str, int]:
    """When a quote is paid, and for how long it stands; one that ends on a day stands until then."""
    until = max(quote.valid_until - today, 1) if quote.valid_until else 0
    return {"net_days": quote.net_days, "valid_days": until or quote.valid_days}


def _figures(head: Head, priced: PricedQuote, days: Mapping[str, int]) -> dict[str, Any]:
    """What a quote shows of a price at a glance, and what approvals compare."""
    problems = [f"{line.product}: {line.error.message}" for line in priced.lines if line.error]
    problems += [f"{bundle.bundle}: {bundle.error.message}" for bundle in priced.bundles if bundle.error]
    return {
        "totals": tuple(
            Total(name=t.name, list_amount_micros=t.list_amount, net_amount_micros=t.net_amount,
                  tax_amount_micros=t.tax_amount, gross_amount_micros=t.gross_amount)
            for t in priced.totals
        ),
        "complete": priced.complete and not priced.error and not problems,
        "problems": tuple(problems[:MOST_PROBLEMS]),
        "needs": tuple(Need(approval=n.approval, stages=n.stages, because=n.because or "") for n in priced.approvals),
        "terms": _terms(head, priced, days),
    }  # fmt: skip


def _terms(head: Head, priced: PricedQuote, days: Mapping[str, int]) -> Terms:
    rows = [
        None if line.error else (
            head.index[line.product], line.quantity, line.list_amount, line.net_amount, line.cost_amount, line.granted_amount,
        )
        for line in priced.lines
    ]  # fmt: skip
    products: dict[str, list[Any]] = {}
    for row in rows:
        if row is not None:
            products.setdefault(head.products[row[0]].code, []).append(row)
    parts = {code: _part(sum_whole(head, found)) for code, found in products.items()}
    return Terms(currency_code=priced.currency, whole=_part(sum_whole(head, rows)), products=parts, **days)


def _part(sold: Amounts) -> Part:
    cost = None if sold.cost is None else int(sold.cost)
    return Part(listed=sold.open_list, net=sold.open_net, granted=sold.granted, sold=sold.net, cost=cost)
