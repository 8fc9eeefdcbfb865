"""Makes an option of a sheet from a priced quote: what its lines are called, how they stand in groups and bundles, and what they come to.

Names of rules and files stay inside; titles and reasons (`because`) are for customers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from engine.paper.sheet import Bundle, Group, Line, Option, Segment, Tax, Term, Total
from engine.paper.waterfall import steps_of
from engine.values.currency import minor_unit_micros
from engine.values.kinds import MICROS
from engine.values.rounding import round_over

if TYPE_CHECKING:
    from engine.lang import configurable
    from engine.plan.head import Head
    from engine.pricing import quote as priced

_LENGTH = re.compile(r"([\d_]+) (month|day)s?")


def option_of(
    head: Head,
    quote: priced.PricedQuote,
    groups: Sequence[str | None] = (),
    bundles: Sequence[configurable.Bundle] = (),
    show_waterfall: bool = True,
    title: str = "",
    recommended: bool = False,
) -> Option:
    """An option of a priced quote. `groups`: of each line the group it was asked in; `bundles`: as the book has them, for titles.
    `show_waterfall`: whether list prices are shown, and the steps from them, or net prices alone.

    Raises:
        ValueError: something of it has no price.
    """
    if not quote.complete or quote.error is not None:
        raise ValueError("a quote in which something has no price cannot be put on paper: its lines say what is wrong")
    made = _Maker(head, quote, {bundle.name: bundle for bundle in bundles}, show_waterfall)
    places = [*groups, *[None] * (len(quote.lines) - len(groups))]
    names = sorted({place for place in places if place}, key=head.groups.index)
    return Option(
        groups=tuple(made.group(name, [i for i, place in enumerate(places) if place == name]) for name in (None, *names)),
        totals=made.totals(quote.totals),
        taxes=made.taxes(quote.taxes),
        title=title, recommended=recommended, with_tax=head.prices_include_tax,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Maker:
    head: Head
    quote: priced.PricedQuote
    bundles: dict[str, configurable.Bundle]
    show_waterfall: bool

    def group(self, name: str | None, numbers: Sequence[int]) -> Group:
        """A group's lines that stand alone, and then those of bundles, each bundle together."""
        inside = {number: where for number in numbers if (where := self.quote.lines[number].inside) is not None}
        alone = [self.line(self.quote.lines[number]) for number in numbers if number not in inside]
        ids = list(dict.fromkeys(where.id for where in inside.values()))
        found = {bundle.id: bundle for bundle in self.quote.bundles}
        return Group(
            title=_plain(name or ""),
            lines=tuple(alone),
            bundles=tuple(
                self.bundle(found[one], [self.quote.lines[n] for n, where in inside.items() if where.id == one])
                for one in ids
            ),
        )

    # ------------------------------------------------------------ bundles

    def bundle(self, bundle: priced.PricedBundle, lines: Iterable[priced.PricedLine]) -> Bundle:
        """A bundle with its lines, and those of its choices that are no lines."""
        known = self.bundles.get(bundle.bundle)
        made = tuple(self.line(line) for line in lines)
        answers = dict(choice.split("=", 1) for choice in bundle.choices if "=" in choice)
        attributes = [] if known is None else self._attributes(known)
        return Bundle(
            title=_plain(bundle.bundle) if known is None else _titled(known.title, known.name),
            count=bundle.count,
            lines=made,
            choices=tuple(
                (_titled(one.title, one.name), _plain(answers[one.name]))
                for one in attributes if answers.get(one.name, "none") != "none"
            ),
            totals=self.totals(bundle.totals),
        )  # fmt: skip

    def _attributes(self, bundle: configurable.Bundle) -> list[configurable.Attribute]:
        """Its own and those of features it shares, but for questions, whose answers only narrow what is offered."""
        shared = [self.bundles[name] for name in bundle.features if name in self.bundles]
        return [one for each in (bundle, *shared) for one in each.attributes if not one.asked]

    def _part(self, line: priced.PricedLine) -> str:
        """What a line is in its bundle, where somebody gave that a title."""
        if line.inside is None:
            return ""
        name = line.inside.path.partition(".")[0]
        known = self.bundles.get(line.inside.bundle)
        part = next((part for part in known.parts if part.name == name), None) if known is not None else None
        return "" if part is None or part.single or part.title == part.name else part.title

    # ------------------------------------------------------------ lines

    def line(self, line: priced.PricedLine) -> Line:
        """A line, with the steps to its price where these are shown."""
        head, tax = self.head, line.tax
        product = head.products[head.index[line.product]]
        unit = head.units[product.unit]
        with_tax = head.prices_include_tax and tax is not None
        made = Line(
            title=product.title or _plain(product.code), quantity=None, unit=unit.name, units=unit.plural, period=line.period,
            unit_price=None, amount=None, part=self._part(line), rate=None if tax is None else tax.rate,
            term=None if line.term is None else _term(line.term, with_tax),
        )  # fmt: skip
        if not line.estimated:
            return made
        amount = tax.gross_amount if tax is not None and with_tax else line.net_amount
        price = self._shown_price(line, amount)
        return replace(
            made, quantity=line.quantity, unit_price=price, amount=amount, average=self._is_average(line, amount),
            steps=steps_of(head, line, price, amount, self.coin) if self.show_waterfall else (),
        )  # fmt: skip

    def _shown_price(self, line: priced.PricedLine, amount: int) -> int:
        """The price of a unit; in whole coins where so many at that are the amount, since it is what is charged."""
        coined = round_over(line.unit_net, 1, self.coin, "half even")
        return coined if coined * line.quantity == amount * MICROS else line.unit_net

    @property
    def coin(self) -> int:
        """The smallest coin."""
        return minor_unit_micros(self.quote.currency)

    def _is_average(self, line: priced.PricedLine, amount: int) -> bool:
        """Whether so many at the unit price are not the amount, to the smallest coin."""
        return abs(line.unit_net * line.quantity - amount * MICROS) >= self.coin * MICROS

    # ------------------------------------------------------------ totals

    def totals(self, totals: Iterable[priced.Total]) -> tuple[Total, ...]:
        """Totals with what they were at list, where that is shown; not those that nothing is in."""
        listed = self.show_waterfall and not self.head.prices_include_tax
        return tuple(
            Total(one.name, one.net_amount, self._listed(one) if listed else None, one.tax_amount, one.gross_amount)
            for one in totals if one.net_amount or one.list_amount
        )  # fmt: skip

    def _listed(self, total: priced.Total) -> int:
        """What a total was at list; in whole coins where what it is now is."""
        exact = total.list_amount
        return exact if total.net_amount % self.coin else round_over(exact, 1, self.coin, "half even")

    def taxes(self, taxes: Iterable[priced.TaxTotal]) -> tuple[Tax, ...]:
        """What is taxed, but for totals that nothing is in."""
        return tuple(
            Tax(one.name, one.category, one.rate, one.taxable_amount, one.tax_amount, one.because or "")
            for one in taxes if one.taxable_amount
        )  # fmt: skip


def _term(term: priced.LineTerm, with_tax: bool) -> Term:
    """What is known of a line over its time has no tax in it, and so is left out among prices that have."""

    def amount(of: priced.LineTerm | priced.Segment) -> int | None:
        return None if with_tax else of.net_amount

    segments = tuple(Segment(one.start, one.end, *_length(one.text), amount(one)) for one in term.segments)
    return Term(term.start, term.end, *_length(term.text), amount(term), () if with_tax else segments)


def _length(text: str) -> tuple[int, int]:
    """Months and days of a time as pricing words it: `3 months and 10 days`."""
    found = {unit: int(count.replace("_", "")) for count, unit in _LENGTH.findall(text)}
    return found.get("month", 0), found.get("day", 0)


def _plain(name: str) -> str:
    """A name of the book's as words: `two_years`."""
    return name.replace("_", " ")


def _titled(title: str, name: str) -> str:
    """A title; where nobody gave one, the name as words."""
    return _plain(name).capitalize() if title == name else title
