"""What a rule gives, one class a way: off or onto a price, a price itself, a floor, over several lines, a tax."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from engine.lang.book.conditions import Subject
from engine.lang.book.prices import Period, Price, Tiers


@dataclass(frozen=True, slots=True)
class Base:
    """What a percent is of: the list price, the running price (the step's opening amount), the end of a step, the dated cost,
    or the lowest list price of so many `days` before the rule began.
    """

    kind: Literal["list", "running", "after", "cost", "lowest"]
    step: int | None = None
    days: int = 0


@dataclass(frozen=True, slots=True)
class Percent:
    """`give 10% off list` is rate -1/10 of list; `add 5% of running price` is rate +1/20."""

    rate: Fraction
    of: Base


@dataclass(frozen=True, slots=True)
class Amount:
    """`give 3 EUR off list` is -3_000_000 micros per unit of the line; `add 3 EUR` is +3_000_000.

    `tax` where the amount is stated otherwise than the book's prices are: `including` tax, or `excluding` it.
    """

    micros: Fraction
    tax: Literal["including", "excluding"] | None = None


@dataclass(frozen=True, slots=True)
class SetPrice:
    """`price 42.00 EUR per seat per month`: the running price becomes this.

    `by` is a sum of quantities over lines: they fill the price's graduated tiers as those of `GraduatedOff`.
    """

    price: Price
    by: Subject | None = None


@dataclass(frozen=True, slots=True)
class GraduatedOff:
    """A graduated discount: the unit at each tier has that tier's percent (`Tier.amount`) off the base.

    `by` is a sum of quantities over lines: they fill the tiers one after the other, after what the sum adds (`Fold.plus`).
    """

    tiers: Tiers
    of: Base
    by: Subject | None = None


@dataclass(frozen=True, slots=True)
class AtLeast:
    """A floor: `kind` amount (micros per unit), of_list (share of list), margin or markup (share, over dated cost), below_list
    (list less so many micros per unit).

    margin is (net - cost) / net, so the floor is cost / (1 - value); markup is (net - cost) / cost.
    """

    kind: Literal["amount", "of_list", "margin", "markup", "below_list"]
    value: Fraction


Remainder = Literal["largest", "first", "last"]
"""Who gets what a split leaves over: the largest fractions (of equal ones the earlier line), the first line or the last."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How an amount over several lines is split: by their running or list amounts, stand-alone prices, or equally."""

    by: Literal["running", "list", "ssp", "equally"] = "running"
    remainder: Remainder = "largest"


@dataclass(frozen=True, slots=True)
class SetTotal:
    """`price 299 EUR` on the quote: the running total of its lines becomes this many micros."""

    micros: Fraction


@dataclass(frozen=True, slots=True)
class OnQuote:
    """An amount over the quote's lines, rounded once and split: a percent of their base, an amount, or what is left to a total.

    `most` bounds it, in micros. `period`: over what is charged so often. `each` bundle of the quote by itself: over the lines of
    one, amounts as often as there are bundles in it.
    """

    give: Percent | Amount | SetTotal
    most: Fraction | None
    spread: Spread
    period: Period
    each: Literal["quote", "bundle"] = "quote"


@dataclass(frozen=True, slots=True)
class OnLine:
    """`give 3 EUR off list each`: an amount of the whole line, whatever its quantity. `tax` as in Amount."""

    micros: Fraction
    tax: Literal["including", "excluding"] | None = None


@dataclass(frozen=True, slots=True)
class UnitsOff:
    """`give 1 EUR off the first unit, 2 EUR off each other, at most 5 units`: each unit by itself, none below 0.

    `first` and `other` are rates or amounts of a unit (negative); `other` None gives the others nothing.
    """

    first: Percent | Amount
    other: Percent | Amount | None
    most: int | None


@dataclass(frozen=True, slots=True)
class BuyGet:
    """Buy so many, get so many: each full `buy` + `get` gives `off` to `get` units, at most `times` times.

    `of` and `gets` are the products that are bought and got; a unit is never both. `by_line`: each line for itself; else units of
    all lines are taken together and `cheapest` or `dearest` ones got first. `buy` 0 asks for nothing: the cheapest unit.
    """

    buy: int
    of: frozenset[int] | None
    get: int
    gets: frozenset[int] | None
    order: Literal["cheapest", "dearest"]
    off: Percent | Amount
    times: int | None
    by_line: bool


@dataclass(frozen=True, slots=True)
class ByHand:
    """What a seller grants: a percent of the running price, said with the quote under the rule's `name`; at most so much for
    each role.
    """

    name: str
    limits: tuple[tuple[str, Fraction], ...]


@dataclass(frozen=True, slots=True)
class Charge:
    """What a tax rule charges: `rate` of the net amount (a Fraction of one), in a category of EN 16931 (S, Z, E, AE, K, G, O)."""

    rate: Fraction
    category: str


Across = OnQuote | BuyGet
"""Gives that look at several lines at once: their condition is about the quote, and a case's products are the lines they move."""
Give = Percent | Amount | SetPrice | GraduatedOff | AtLeast | OnLine | UnitsOff | ByHand | Charge | Across
