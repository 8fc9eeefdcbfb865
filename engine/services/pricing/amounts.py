"""What a bundle's things cost in it, priced by the engine: what each option adds by itself, and what a whole configuration comes to.

    a line alone in the bundle      percents off, its own price there, what the customer is given: its weight
    a line beside sure ones         where lines share a price: of a fixed one it adds nothing, of one less an amount what it is at list
    the sure ones by themselves     less their weights: what the bundle costs whatever is in it
    all lines together              what a quote with it costs; only here do rules over several lines count

Figures are micros, as the engine rounds them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import combinations
from typing import NamedTuple

from engine.configure.bill import Bill, Entry, Part, bill_of, parts_of
from engine.configure.configured import Configured
from engine.configure.weights import Said, Thing, Weight, Weights
from engine.lang.book import Book, OnQuote, Percent, total_name
from engine.plan.plan import Plan
from engine.pricing import price_quotes
from engine.pricing.quote import Inside, Line, PricedBundle, PricedQuote, Quote

MOST_APART = 12
"""Options that are tried for whether no two of them go together."""
COPIES = (1, 4, 16, 64)
"""How many of a sure line stand beside another, the fewest that an amount off does not take to nothing."""


class Figure(NamedTuple):
    """What a thing is in the bundle: the total that it is in, its list amount and its own, in micros."""

    total: str
    listed: int
    amount: int


NOTHING = Figure("", 0, 0)


class Counted(NamedTuple):
    """What options cost; those of which something has no price, of which it is the least, and that are digits."""

    entries: list[Entry]
    unpriced: frozenset[int]
    least: frozenset[int]
    digits: frozenset[int]


@dataclass(frozen=True)
class Prices:
    """Figures of things (None: it has no price); of each price that things share the sure lines they stand beside; and what all of it
    comes to while no number is said."""

    figures: dict[Thing, Figure | None] = field(repr=False)
    beside: Mapping[int, tuple[Thing, ...]]
    counted: Counted = field(repr=False)
    parts: Mapping[str, Part] = field(repr=False)


class Unpriced(NamedTuple):
    """A product that has no price, and why."""

    product: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Priced:
    """A whole configuration as a quote with it costs: by total the list amount and the net amount; what has no price is left out."""

    totals: tuple[tuple[str, int, int], ...]
    unpriced: tuple[Unpriced, ...]


class Things:
    """What a bundle of a book brings into a quote, and how its prices are asked for."""

    def __init__(self, book: Book, made: Configured) -> None:
        self.made, self.name = made, made.bundle.name
        self.weights = Weights(made)
        self.shared = _shared(book, self.name)

    @cached_property
    def _apart(self) -> tuple[tuple[int, ...], ...]:
        """Of each price that things share the options that it comes with, where it may be missing and comes with one of them at most. Else
        it counts as always there: of several things the first is no dearer than the others."""
        found = []
        for codes in self.shared:
            options = sorted({line.option for line in self.made.lines if line.code in codes})
            apart = (
                len(options) <= MOST_APART
                and not self.weights.never([2 * option + 1 for option in options])
                and all(self.weights.never([2 * one, 2 * other]) for one, other in combinations(options, 2))
            )
            found.append(tuple(options) if apart else ())
        return tuple(found)

    def prices(self, plan: Plan, quote: Quote) -> Prices:
        """What everything costs of which no number was said."""
        weights, least = self.weights.of(Said())
        things = _things(weights)
        figures = _figures(self.name, plan, quote, things)
        beside, bases = dict[int, tuple[Thing, ...]](), dict[int, Figure]()
        for at, codes in enumerate(self.shared):
            sharing = [thing for thing in things if thing.code in codes and figures[thing] is not None]
            if not sharing:
                continue
            sure = max(sharing, key=lambda thing: (figures[thing].listed, thing))  # type: ignore[union-attr]
            beside[at] = self._sure(plan, quote, sure)
            figures |= _figures(self.name, plan, quote, sharing, beside[at])
            [whole] = _priced(self.name, plan, quote, [beside[at]])
            weight = figures[sure]
            if weight is not None:
                base = sum(line.net_amount for line in whole.lines) - len(beside[at]) * weight.amount
                bases[at] = Figure(weight.total, 0, base)
        counted = _counted(weights, least, figures)
        return Prices(figures, beside, counted, self._parts(counted, bases))

    def _sure(self, plan: Plan, quote: Quote, thing: Thing) -> tuple[Thing, ...]:
        """A thing so many times that an amount off leaves something of it."""
        copies = [(thing,) * many for many in COPIES]
        wholes = _priced(self.name, plan, quote, copies)
        left = (
            some for some, one in zip(copies, wholes, strict=True) if sum(line.net_amount for line in one.lines) > 0
        )
        return next(left, copies[0])

    def _parts(self, counted: Counted, bases: Mapping[int, Figure]) -> dict[str, Part]:
        """Totals with the prices that things share: where they come with one option each, that is what it brings."""
        apart = (Entry(option, *base) for at, base in bases.items() for option in self._apart[at])
        parts = parts_of(len(self.made.options), (*counted.entries, *apart))
        for at, base in bases.items():
            if not self._apart[at]:
                parts[base.total] = replace(parts[base.total], base=parts[base.total].base + base.amount)
        return parts

    def bill(self, plan: Plan, quote: Quote, prices: Prices, said: Said, total: str) -> Bill:
        """What options come to while these numbers are known: what they tell is counted anew.

        Raises:
            ModelError: an amount is too high for a pass.
        """
        before, lines = prices.counted, self.weights.told(said)
        gone = _counted(*self.weights.of(Said(), lines), prices.figures)
        weights, least = self.weights.of(said, lines)
        come = _counted(weights, least, prices.figures | self._missing(plan, quote, prices, _things(weights)))
        parts = parts_of(len(self.made.options), come.entries, prices.parts, gone.entries)
        unpriced, least, digits = (
            old - away | new for old, away, new in zip(before[1:], gone[1:], come[1:], strict=True)
        )
        estimated = plan.across or plan.meaning is not None or _splits(plan) or bool(least or digits)
        return bill_of(len(self.made.options), parts, total, unpriced, least, estimated)

    def _missing(self, plan: Plan, quote: Quote, prices: Prices, things: Iterable[Thing]) -> dict[Thing, Figure | None]:
        found: dict[Thing, Figure | None] = {}
        missing = [thing for thing in things if thing not in prices.figures]
        for at in (None, *prices.beside):
            some = [thing for thing in missing if self._shared_by(thing, prices) == at]
            found |= _figures(self.name, plan, quote, some, () if at is None else prices.beside[at])
        return found

    def _shared_by(self, thing: Thing, prices: Prices) -> int | None:
        return next((at for at in prices.beside if thing.code in self.shared[at]), None)


# ---------------------------------------------------------------- by the engine


def quote_of(bundle: str, quote: Quote, things: Iterable[tuple[str, str, int]]) -> Quote:
    """A quote with one bundle, of which these are the products, paths and ticks."""
    lines = []
    for code, path, ticks in things:
        inside = Inside(bundle, bundle, 1, 1, path)
        lines.append(Line(code, ticks, facts=inside.facts, inside=inside))
    return replace(quote, lines=tuple(lines), bundles=(PricedBundle(bundle, bundle, 1),))


def price_wholes(
    bundle: str, plan: Plan, quote: Quote, wholes: Sequence[Iterable[tuple[str, str, int]]]
) -> list[Priced]:
    """What quotes with each of these configurations cost."""
    return [priced_of(answer) for answer in price_quotes(plan, [quote_of(bundle, quote, one) for one in wholes])]


def priced_of(answer: PricedQuote) -> Priced:
    """What the one bundle of a quote costs."""
    totals = tuple((one.name, one.list_amount, one.net_amount) for each in answer.bundles for one in each.totals)
    faults = [(line.product, line.error) for line in answer.lines if line.error is not None]
    if answer.error is not None:
        faults = [("", answer.error)]
    return Priced(totals, tuple(dict.fromkeys(Unpriced(code, one.code, one.message) for code, one in faults)))


def _priced(bundle: str, plan: Plan, quote: Quote, wholes: Sequence[Sequence[Thing]]) -> list[PricedQuote]:
    quotes = [quote_of(bundle, quote, [(one.code, one.code, one.ticks) for one in things]) for things in wholes]
    return price_quotes(plan, quotes) if quotes else []


def _figures(
    bundle: str, plan: Plan, quote: Quote, things: Sequence[Thing], beside: tuple[Thing, ...] = ()
) -> dict[Thing, Figure | None]:
    """What each thing adds to those that are there."""
    if not things:
        return {}
    before = sum(
        line.net_amount for each in _priced(bundle, plan, quote, [beside] if beside else []) for line in each.lines
    )
    answers = _priced(bundle, plan, quote, [(*beside, thing) for thing in things])
    found: dict[Thing, Figure | None] = {}
    for thing, answer in zip(things, answers, strict=True):
        line = answer.lines[-1] if answer.lines else None
        if line is None or line.error is not None:
            found[thing] = None
        else:
            net = sum(one.net_amount for one in answer.lines) - before
            found[thing] = Figure(total_name(line.period), line.list_amount, net)
    return found


# ---------------------------------------------------------------- parts


def _shared(book: Book, bundle: str) -> tuple[frozenset[str], ...]:
    """The products that share each price of a bundle: what it costs for all that is charged so often, or what is off that."""
    cases = [case for rule in book.rules if rule.name == bundle for case in rule.cases]
    own = [case for case in cases if isinstance(case.give, OnQuote) and case.give.each == "bundle"]
    found = dict.fromkeys(
        frozenset(book.products[n].code for n in case.products or () if book.products[n].period == case.give.period)  # type: ignore[union-attr]
        for case in own if not isinstance(case.give.give, Percent)  # type: ignore[union-attr]
    )  # fmt: skip
    return tuple(codes for codes in found if codes)


def _splits(plan: Plan) -> bool:
    """Whether nets are rounded over several lines."""
    head = plan.head
    return head.rounding.level == "document" or (plan.includes_tax and head.tax_level != "line")


def _counted(weights: Iterable[Weight], least: frozenset[int], figures: Mapping[Thing, Figure | None]) -> Counted:
    entries, unpriced, digits = list[Entry](), set[int](), set[int]()
    for option, thing, less in weights:
        figure, before = figures[thing], NOTHING if less is None else figures[less]
        if less is not None:
            digits.add(option)
        if figure is None or before is None:
            unpriced.add(option)
        else:
            entries.append(Entry(option, figure.total, figure.listed - before.listed, figure.amount - before.amount))
    return Counted(entries, frozenset(unpriced), least, frozenset(digits))


def _things(weights: Iterable[Weight]) -> list[Thing]:
    each = (thing for weight in weights for thing in (weight.thing, weight.less) if thing is not None)
    return list(dict.fromkeys(each))
