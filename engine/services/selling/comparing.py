"""Two versions, or revisions, of a quote side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from engine.lifecycle.changes import LineSide, QuoteChange, Sides, between
from engine.lifecycle.quote import Line, Option, Quote
from engine.pricing.quote import PricedLine
from engine.services.context import Context
from engine.services.desk import Desk
from engine.services.refusal import Refused, needs_store
from engine.services.selling.priced import Prices


@dataclass(frozen=True, slots=True)
class Which:
    """A state of a quote: by its version (how it ended, or is), or by its revision. Neither: what is usual."""

    version: int = 0
    revision: int = 0


class Comparing:
    """Compares quotes of a desk."""

    def __init__(self, desk: Desk, prices: Prices) -> None:
        self.desk, self.prices = desk, prices

    @needs_store
    def compare(self, context: Context, name: str, before: Which, after: Which) -> tuple[Quote, Quote, QuoteChange]:
        """Both states, and what differs; usually the quote as it is, and the version before it.

        Raises:
            Refused: INVALID_ARGUMENT, NOT_FOUND.
        """
        context.require("read deals")
        quote = self.desk.get(context, Quote, name)
        new = self._at(context, quote, after, "after") if after != Which() else quote
        usual = before if before != Which() else Which(version=new.version - 1)
        if usual == Which():
            said = f"{quote.name} has no version before its first: say two revisions"
            raise Refused("INVALID_ARGUMENT", "NOTHING_BEFORE", said, "before_version")
        old = self._at(context, quote, usual, "before")
        tenant = context.tenant
        old, new = self.prices.whole(tenant, old), self.prices.whole(tenant, new)
        return old, new, between(old, new, self._sides(tenant, old), self._sides(tenant, new))

    def _at(self, context: Context, quote: Quote, which: Which, side: str) -> Quote:
        if which.version and which.revision:
            said = "say a version or a revision, not both"
            raise Refused("INVALID_ARGUMENT", "BOTH", said, f"{side}_revision")
        ended = {one.version: one.revision for one in quote.versions} | {quote.version: quote.etag}
        revision = which.revision or ended.get(which.version, 0)
        if not 0 < revision <= quote.etag:
            said = f"{quote.name} has the versions 1 to {quote.version} and the revisions 1 to {quote.etag}"
            field = f"{side}_revision" if which.revision else f"{side}_version"
            raise Refused("NOT_FOUND", "REVISION_NOT_FOUND", said, field)
        return self.desk.revision(context, Quote, quote.name, revision, f"{side}_revision")

    def _sides(self, tenant: str, quote: Quote) -> Sides:
        return {one.option_id: tuple(self._lines(tenant, one)) for one in quote.options}

    def _lines(self, tenant: str, option: Option) -> Iterator[LineSide]:
        """The lines of a price, each with what was said of it; those of bundles by their place in it."""
        own = iter(option.lines)
        for priced in self.prices.price_of(tenant, option).lines:
            yield _inside(priced) if priced.inside else _said(priced, next(own, Line()))


def _said(priced: PricedLine, line: Line) -> LineSide:
    return LineSide(
        product=priced.product, group=line.group, term_months=line.term_months, start_date=line.start_date, end_date=line.end_date,
        facts=line.facts, grants=line.grants, **_amounts(priced),
    )  # fmt: skip


def _inside(priced: PricedLine) -> LineSide:
    assert priced.inside is not None
    at = priced.inside
    return LineSide(
        product=priced.product, bundle=at.id or f"{at.bundle}#{at.number}", path=at.path, **_amounts(priced)
    )


def _amounts(priced: PricedLine) -> dict[str, Any]:
    return {
        "quantity_micros": priced.quantity, "unit_net_amount_micros": priced.unit_net, "list_amount_micros": priced.list_amount,
        "net_amount_micros": priced.net_amount, "period": priced.period, "problem": priced.error.message if priced.error else "",
    }  # fmt: skip
