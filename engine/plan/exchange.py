"""A book in another of its currencies: every amount of money its own there, or times the rate of the day, exactly.

Nothing is rounded on the way: rounding, charm prices and splits come after, in steps of the quote's own currency. Only where a
book rounds discounts, which are taken from list prices, those are rounded first: else no net price would be. So the
kernels and the meaning know one currency only, and a quote in another is priced by a plan of the book in that currency. There
is one for each rate, made when first asked for: a table of a rate a day would make a book of as many copies of each rule.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from fractions import Fraction
from math import ceil, floor
from typing import Any

from engine.lang import book as b
from engine.lang.places import Span
from engine.values.currency import minor_unit_micros
from engine.values.money import PerCurrency, amount_in
from engine.values.rounding import Rounding, round_to

CURRENCY = "quote.currency"
"""The fact that says which currency a quote is in."""
MONEY = frozenset(
    [(b.Price, "amount"), (b.Tier, "flat"), (b.Amount, "micros"), (b.SetTotal, "micros"), (b.OnLine, "micros"),
     (b.OnQuote, "most"), (b.Product, "ssp"), (b.Clamp, "least"), (b.Clamp, "most"), (b.Share, "least"), (b.Share, "most")]
)  # fmt: skip
"""Fields that are money wherever they stand."""
PLAIN = frozenset(
    [
        (b.Price, "markup"),
        (b.Share, "rate"),
        (b.Unit, "size"),
        (b.Tier, "package"),
        (b.Tiers, "scale"),
        (b.Tiers, "free"),
        (b.Percent, "rate"),
        (b.Charge, "rate"),
        (b.ByHand, "limits"),
        (b.ExchangeRate, "rate"),
        (b.Fold, "plus_rate"),
        (b.Segment, "factor"),
        (b.Ramp, "factor"),
    ]
)
"""Fields of ratios that are not; a test holds every ratio of the book to be in one of these, or told apart below."""
APART = frozenset(
    [(b.Tier, "amount"), (b.AtLeast, "value"), (b.Figure, "value"), (b.Tariff, "prices"), (b.Accrual, "rate"),
     (b.Segment, "price")]
)  # fmt: skip
"""Fields that are money in some places, or many at once: the tiers of a price, a floor by amount, a figure of net or list."""
KEPT = (Span, b.Fact, b.Unit, b.BookTest, b.ExchangeRate)
"""Parts that hold no money of the quote's: facts stay in the book's currency."""


class NoRate(Exception):
    """An amount cannot be converted: there is no rate for the day."""


def rate_on(book: b.Book, code: str, day: int) -> b.ExchangeRate | None:
    """The rate from the book's currency that holds on a pricing date."""
    held = [
        rate for rate in book.rates
        if rate.source == book.currency and rate.target == code and (rate.start is None or rate.start <= day)
    ]  # fmt: skip
    return max(held, key=lambda rate: -1 if rate.start is None else rate.start, default=None)


def rate_days(book: b.Book, code: str) -> set[int]:
    """The days on which a rate to a currency begins."""
    return {
        rate.start
        for rate in book.rates
        if rate.source == book.currency and rate.target == code and rate.start is not None
    }


def in_currency(book: b.Book, code: str, rate: Fraction | None, settled: bool = True) -> b.Book:
    """The book in one of its currencies; `rate` None where it has none, and then only what is given in it stays.

    `settled`: what asks for the currency is answered, so that nobody need ask; else it still stands, for who explains it.

    Raises:
        NoRate: a rule, floor or approval needs an amount that is neither given nor to be converted.
    """
    home = code == book.currency
    view = _View(code, Fraction(1) if home else rate, settled, minor_unit_micros(book.currency))
    rounding = replace(book.rounding, step=book.rounding.step if home else minor_unit_micros(code))
    lists = _Lists(view, rounding) if rounding.discounts and not home else view
    return replace(
        book, currency=code, rounding=rounding, products=tuple(view.product(product, lists) for product in book.products),
        rules=tuple((view if rule.step else lists).of(rule) for rule in book.rules), approvals=view.of(book.approvals), denials=view.of(book.denials),
        steps=view.of(book.steps), tests=() if not home else book.tests,
        tax_step=book.tax_step if home else 0, currencies=book.currencies if home else (), rates=book.rates if home else (),
    )  # fmt: skip


class _View:
    """Walks a book's parts and puts every amount into a currency."""

    def __init__(self, code: str, rate: Fraction | None, settled: bool, minor: int) -> None:
        self.code, self.rate, self.settled, self.minor = code, rate, settled, minor

    def money(self, amount: Fraction) -> Fraction:
        found = amount_in(amount, self.code, self.rate)
        if found is None:
            raise NoRate
        return found

    def product(self, product: b.Product, lists: _View) -> b.Product:
        """A product with the prices it has in the currency: its own, and between them the book's, as `lists` converts them."""
        own = dict(product.own).get(self.code, ())
        prices = [*own, *(part for dated in lists._dated(product.prices) for part in _beside(dated, own))]
        prices.sort(key=lambda dated: -1 if dated.start is None else dated.start)
        ssp = None if product.ssp is None else amount_in(product.ssp, self.code, self.rate)
        rest = {
            field.name: lists.of(getattr(product, field.name))
            for field in fields(product)
            if field.name not in ("prices", "costs", "ssp", "own", "settings", "span")
        }
        return replace(product, **rest, prices=tuple(prices), costs=tuple(self._dated(product.costs)), ssp=ssp, own=())

    def _dated(self, prices: tuple[b.DatedPrice, ...]) -> list[b.DatedPrice]:
        """Those that can be converted."""
        found = []
        for dated in prices:
            try:
                found.append(self.of(dated))
            except NoRate:
                continue
        return found

    def of(self, part: Any) -> Any:
        """Any part of a book."""
        if isinstance(part, tuple):
            made = [self.of(one) for one in part]
            same = all(one is other for one, other in zip(made, part, strict=True))
            return part if same else type(part)(made)
        if not is_dataclass(part) or isinstance(part, KEPT):
            return part
        match part:
            case b.Is(b.Subject(name="quote.currency"), values) if self.settled:
                return b.ALWAYS if self.code in values else b.Any(())
            case b.Known(b.Subject(name="quote.currency")) if self.settled:
                return b.ALWAYS
            case b.Within(b.Subject(fold=b.Fold(what="amount")), low, high):
                return replace(
                    self._fields(part), low=None if low is None else ceil(self.money(Fraction(low))),
                    high=None if high is None else floor(self.money(Fraction(high))),
                )  # fmt: skip
            case b.Fold(what="amount", plus=int()):
                return replace(
                    self._fields(part), plus_rate=self.money(part.plus_rate)
                )  # the fact is in the book's currency
            case b.StepRounding(step=step) if step == self.minor:
                return replace(part, step=minor_unit_micros(self.code))  # a step that is named counts in any currency
            case b.Price(tiers=b.Tiers() as tiers):
                return replace(part, amount=self.money(part.amount), tiers=self._priced(tiers))
            case b.Tariff(prices=prices):
                return replace(part, prices=tuple(self.money(price) for price in prices))
            case b.Accrual(
                rate=rate, tiers=rates
            ):  # of an amount in the book's currency: what it comes to is converted
                return replace(part, rate=self.money(rate), tiers=None if rates is None else self._priced(rates))
            case b.Segment(price=price) if price is not None:
                return replace(part, price=self.money(price))
            case b.AtLeast(kind="amount" | "below_list", value=value):
                return replace(part, value=self.money(value))
            case b.Figure(measure=measure, value=value) if measure.endswith((".net", ".list")):
                return replace(part, value=self.money(value))
        return self._fields(part)

    def _priced(self, tiers: b.Tiers) -> b.Tiers:
        """Tiers of prices. Where they are percents of an amount that a fact says, that is in the book's currency: what they come
        to is converted with them."""
        rows = tuple(self._row(row) for row in tiers.rows)
        return replace(tiers, rows=rows, overage=None if tiers.overage is None else self._row(tiers.overage))

    def _row(self, row: b.Tier) -> b.Tier:
        return replace(row, amount=self.money(row.amount), flat=self.money(row.flat))

    def _fields(self, part: Any) -> Any:
        """A part with its fields converted; itself where none changes."""
        changed = {}
        for field in fields(part):
            value = getattr(part, field.name)
            money = (type(part), field.name) in MONEY and isinstance(value, Fraction)
            made = self.money(value) if money else self.of(value)
            if made is not value:
                changed[field.name] = made
        return replace(part, **changed) if changed else part


class _Lists(_View):
    """List prices as they are before discounts are rounded: one of whole minor units in the book's currency is one in another. A
    finer one, and one given in the currency, stays as it is.
    """

    def __init__(self, plain: _View, rounding: Rounding) -> None:
        super().__init__(plain.code, plain.rate, plain.settled, plain.minor)
        self.plain, self.rounding = plain, rounding

    def money(self, amount: Fraction) -> Fraction:
        found = super().money(amount)
        own = isinstance(amount, PerCurrency) and self.code in amount.own
        return (
            found if own or amount % self.minor else Fraction(round_to(found, self.rounding.step, self.rounding.mode))
        )

    def of(self, part: Any) -> Any:
        return self.plain.of(part) if isinstance(part, b.Accrual) else super().of(part)

    def _priced(self, tiers: b.Tiers) -> b.Tiers:
        return super()._priced(tiers) if tiers.by is None else self.plain._priced(tiers)


def _beside(dated: b.DatedPrice, own: tuple[b.DatedPrice, ...]) -> list[b.DatedPrice]:
    """What is left of a price's days where others stand: each a stretch of its own."""
    left = [dated]
    for other in own:
        left = [part for one in left for part in _cut(one, other)]
    return left


def _cut(one: b.DatedPrice, other: b.DatedPrice) -> list[b.DatedPrice]:
    ends_before = other.start is not None and one.end is not None and one.end <= other.start
    begins_after = other.end is not None and one.start is not None and one.start >= other.end
    if ends_before or begins_after:
        return [one]
    parts = []
    if other.start is not None and (one.start is None or one.start < other.start):
        parts.append(replace(one, end=other.start))
    if other.end is not None and (one.end is None or other.end < one.end):
        parts.append(replace(one, start=other.end))
    return parts
