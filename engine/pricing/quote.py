"""What goes into pricing and what comes out: plain data, no wire format and no kernel in sight."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, NamedTuple

from engine.plan.whole import COUNT, NUMBER
from engine.values.kinds import Value


@dataclass(frozen=True, slots=True)
class Inside:
    """Where in a bundle a line stands: the bundle's id, its code, its number among the quote's, how many there are, and the line's path."""

    id: str
    bundle: str
    number: int
    count: int
    path: str

    @property
    def facts(self) -> dict[str, Value]:
        """What conditions and amounts over a bundle's lines know of it."""
        return {"line.bundle": self.bundle, NUMBER: self.number, COUNT: self.count}


@dataclass(frozen=True, slots=True)
class Line:
    """One line asked for. `quantity` is in millionths of the product's unit, or of the `unit` named; negative is a credit.

    For a usage product the quantity is the estimate per its period; None prices the line at 0 and says so.
    `facts` are the line's own (`line.*`), already parsed by `Fact.kind`; of a line `inside` a bundle, what it says too.
    """

    product: str
    quantity: int | None
    group: str | None = None
    term: int | None = None  # months; None: the quote's `quote.term`
    facts: dict[str, Value] = field(default_factory=dict)
    unit: str | None = None
    inside: Inside | None = None


class BrokenRule(NamedTuple):
    """A rule of a bundle that bars what was chosen: as it is written, why, and where."""

    text: str
    because: str | None
    file: str
    line: int


class BundleError(NamedTuple):
    """Why a bundle cannot be sold so: which `choices` do not go, for which rules, or what is left `open`."""

    code: str
    message: str
    choices: tuple[str, ...] = ()
    rules: tuple[BrokenRule, ...] = ()
    open: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PricedBundle:
    """A bundle of a quote: all that is chosen in it, and the totals of its lines; or its error, and then it has none."""

    id: str
    bundle: str
    count: int
    choices: tuple[str, ...] = ()
    totals: tuple[Total, ...] = ()
    error: BundleError | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """A quote to price: the pricing date as an ordinal day, facts by path (parsed), lines in order.

    `bundles` are those its lines are of, by number, and those that cannot be sold so.
    """

    date: int
    facts: dict[str, Value]
    lines: tuple[Line, ...]
    bundles: tuple[PricedBundle, ...] = ()


ErrorCode = Literal[
    "UNKNOWN_PRODUCT",  # no such product in the book
    "NO_PRICE",  # the product has no list price on that date
    "NO_COST",  # a floor by margin or markup needs a cost, and there is none on that date
    "MISSING_FACT",  # a rule asks for a required fact that was not given
    "INVALID_FACT",  # a fact's value is not of its kind, or the fact is not declared
    "INVALID_QUANTITY",  # a fraction of a whole unit, not sold in such numbers, or in a unit that does not convert
    "INVALID_DATE",
    "UNKNOWN_GROUP",
    "GRANT",  # a seller grants more than the role may
    "DENIED",  # the book denies the line, for a reason it gives
    "CONFLICT",  # two rules apply in a step that is `one only`
    "NO_TAX",  # the book has tax rules, and none applies
    "NO_RATE",  # an amount cannot be converted: the rate table has none on that date
    "OVERFLOW",  # an amount does not fit: names rule and line
    "INVALID_TERM",  # what is said of when it runs does not go together, or its parts cannot be counted
]


@dataclass(frozen=True, slots=True)
class LineError:
    """Why a line has no price. `rule` and `other` name the rules that asked or conflict; `field` is what to change."""

    code: ErrorCode
    message: str
    field: str = ""
    rule: str | None = None
    other: str | None = None


@dataclass(frozen=True, slots=True)
class Applied:
    """One bar of a line's waterfall: what a rule at a step did to the unit price.

    Amounts are micros per unit (per whole line for a line priced as a whole), rounded half-even to a micro for showing.
    `rule` is "" for the list price (`step` list) and the rounding (`step` "rounding"); file and line always say where.
    """

    step: str
    rule: str
    file: str
    line: int
    before: int
    after: int
    label: str = ""
    because: str | None = None
    below: bool = False  # below the net: shown like costs


@dataclass(frozen=True, slots=True)
class LineTax:
    """The tax of a line: net + tax = gross, as sold and at list. `rate` is in millionths: 21% is 210_000."""

    rule: str
    category: str
    rate: int
    tax_amount: int
    gross_amount: int
    list_tax: int
    list_gross: int
    because: str | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a line's term that a ramp cuts: from `start` until `end` in ordinal days (None: not said), and its amounts."""

    start: int | None
    end: int | None
    text: str
    list_amount: int
    net_amount: int


@dataclass(frozen=True, slots=True)
class LineTerm:
    """A line over the time it runs: from `start` until `end`, half-open (None: only how long), in words, and its amounts.

    `year_list` and `year_net` are of the quote's first year. `segments` are those of a ramp; () without one.
    """

    start: int | None
    end: int | None
    text: str
    list_amount: int
    net_amount: int
    year_list: int
    year_net: int
    segments: tuple[Segment, ...] = ()


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line's price, or its error. All amounts are micros of the book's currency.

    `unit_list`, `unit_net`: per unit (half-even to a micro where the exact price is finer). `list_amount`, `net_amount`:
    the line, net rounded as the book says. `cost_amount` is None where the product has none on that date. `period` says how often.
    """

    product: str
    quantity: int
    period: str
    unit_list: int
    unit_net: int
    list_amount: int
    net_amount: int
    cost_amount: int | None
    waterfall: tuple[Applied, ...] = ()
    error: LineError | None = None
    estimated: bool = True  # False: a usage line without an estimate, priced at 0
    granted_amount: int = 0  # of what was taken off: what a seller gave by hand
    lowest_prior: int | None = None  # its amount at the lowest list price of the days before, where the book shows it
    tax: LineTax | None = None  # where the book has tax rules; list_amount and net_amount are then without tax
    pocket_amount: int | None = None  # what is left below the net, where the book has a step `net`
    term: LineTerm | None = None  # over the time it runs; None: not said, or not charged by the period
    inside: Inside | None = None


class Needed(NamedTuple):
    """An approval the quote needs: stages in order, each a set of approvers asked in parallel."""

    approval: str
    stages: tuple[tuple[str, ...], ...]
    because: str | None
    file: str
    line: int


class Total(NamedTuple):
    """One total that stands apart: `name` once, per_month, per_year, ..., usage_per_month, first_year, over_term."""

    name: str
    list_amount: int
    net_amount: int
    tax_amount: int | None = None
    gross_amount: int | None = None
    pocket_amount: int | None = None


class TaxTotal(NamedTuple):
    """What is taxed in one category at one rate (millionths), and the tax, of a total `name`."""

    name: str
    category: str
    rate: int
    taxable_amount: int
    tax_amount: int
    because: str | None = None


class Exchange(NamedTuple):
    """How the book's amounts became those of an answer: `rate` in full, and the first day it holds for (None: since ever)."""

    source: str
    target: str
    rate: Fraction
    start: int | None


@dataclass(frozen=True, slots=True)
class PricedQuote:
    """A priced quote. Where a line has an error the totals cover the others, and `complete` is False.

    `holds_until` is the first ordinal day on which a date in the book could change this answer (None: never).
    """

    book: str
    version: str
    currency: str
    date: int
    lines: tuple[PricedLine, ...]
    totals: tuple[Total, ...]
    approvals: tuple[Needed, ...]
    holds_until: int | None
    complete: bool = True
    taxes: tuple[TaxTotal, ...] = ()
    exchange: Exchange | None = None
    error: LineError | None = None  # the quote itself cannot be priced: then lines is ()
    unknown_codes: tuple[str, ...] = ()  # codes given with it that no coupon of the book asks for
    bundles: tuple[PricedBundle, ...] = ()
