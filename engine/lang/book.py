"""A checked book: every name settled, every literal a number, nothing left to look up.

This is what `check` returns and what `plan` starts from; `pricing.interpret` gives it meaning. Products, steps and facts
are named by their index in the book's tuples. Amounts are exact `Fraction`s of micro-units (10^-6 of the currency);
percents are `Fraction`s of one (10% is 1/10). Ordered values in conditions are ticks (`values.kinds`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from engine.lang.configurable import Bundle, ConfigurationTest
from engine.values.kinds import Kind, Value
from engine.values.rounding import Mode, Rounding

# ---------------------------------------------------------------- places


@dataclass(frozen=True, slots=True)
class Span:
    """Where text stands: 1-based line and column in a file of the bundle; `length` characters on that line."""

    file: str
    line: int
    column: int = 1
    length: int = 1


# ---------------------------------------------------------------- words


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of quantity: `seat` / `seats`; `decimals` 0 means only whole quantities are legal.

    `box boxes of 5 pieces` holds `size` 5 of the unit with index `of`, which is made of no other (None: itself). Units made of
    one unit are of a kind: `measures.times` converts between them.
    """

    name: str
    plural: str
    decimals: int = 0
    of: int | None = None
    size: Fraction = Fraction(1)


@dataclass(frozen=True, slots=True)
class Fact:
    """A declared input. `path` is dotted: `customer.segment`. Scope is its first word: customer, quote or line."""

    path: str
    kind: Kind
    optional: bool
    source: Literal["account", "request"]
    span: Span

    @property
    def scope(self) -> str:
        """`line` facts may differ by line; all others belong to the quote."""
        return self.path.split(".", 1)[0]


Period = str
"""How often a price is charged: once, day, week, month, quarter, year; use: by metered usage, counted only with an estimate;
term: for the time between a line's start and end; or a term of the price's own, `365 days`, `24 months`."""
TOTAL_OF: dict[Period, str] = {
    "once": "once", "day": "per_day", "week": "per_week", "month": "per_month", "quarter": "per_quarter", "year": "per_year",
    "use": "usage",
}  # fmt: skip
"""A total's name by its period, in the order that totals come in."""


def total_name(period: Period) -> str:
    """The total that a period's amounts stand in: `per_month`; `per_365_days`; `for_term`."""
    own = "for_term" if period == "term" else f"per_{period.replace(' ', '_')}"
    return TOTAL_OF.get(period, own)


Prorate = str
"""How parts of a period count: day, calendar month, month up, month and day, or a day count (`values.calendar`)."""

# ---------------------------------------------------------------- prices


@dataclass(frozen=True, slots=True)
class Tier:
    """One row of a tier table. The tier holds measures >= `start` (`inclusive`: column `from`) or > `start` (`above`).

    `start` is in ticks (millionths of the unit). `amount` is a price per unit in micros, or a percent off, by the
    table's use; with a `package` (ticks), a price for each started package. `flat` is charged once (graduated: for each tier
    entered; all units: for the tier reached); in a block it is the price of the block.
    """

    start: int
    inclusive: bool
    amount: Fraction
    span: Span
    flat: Fraction = Fraction(0)
    package: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Tiers:
    """A tier table in ascending order of `start`. Below the first tier: price 0 / percent 0.

    `all units`: every unit at the tier reached. `graduated`: each unit at its own tier; with `from N` (whole units) the
    tier's first unit is number N, so the tier's measure begins at N - 1. `block`: the price of the tier reached, and `overage`
    for what is above the start of the last one.

    What is measured is the line's quantity, `scale` units of the measure to one of the product, or the amount that the fact `by`
    says of the line (then a "unit" is one of the currency); the first `free` ticks of it cost nothing. `flat_at_zero`: a
    measure of nothing pays the first flat.
    """

    mode: Literal["all units", "graduated", "block"]
    rows: tuple[Tier, ...]
    scale: Fraction = Fraction(1)
    free: Fraction = Fraction(0)
    by: str | None = None
    flat_at_zero: bool = False
    overage: Tier | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """A percent of the total of other lines: of those of `products` (None: all) and `group`, charged as often as its own.

    Of their amounts after the step `at` (0: at list), or of what is charged for them (None). `least` and `most` bound the
    price of a unit, in micros. Its line joins the waterfall after that step, and goes on from the next.
    """

    rate: Fraction
    at: int | None
    products: frozenset[int] | None
    group: str | None = None
    least: Fraction | None = None
    most: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Accrual:
    """A rate on an amount: `4.5% a year of line.amount, actual/360`; a unit costs what accrues between a line's start and end.

    `of` is the path of a fact of money. `rate` is of one a year; `tiers` rates by that amount. `count` names a day count; None:
    the rate is charged once, whatever the time.
    """

    of: str
    rate: Fraction
    count: str | None
    tiers: Tiers | None = None


@dataclass(frozen=True, slots=True)
class Tariff:
    """Prices by the hour of the week in the book's zone: `hours` has an index into `prices` for each, Monday at 0:00 first.

    `at` is the path of the fact that says when: an instant. A line without one that has a start and an end is used evenly over
    the hours between them.
    """

    at: str
    hours: tuple[int, ...]
    prices: tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class Price:
    """A price per unit: `amount` micros per unit, or `tiers` of such prices by the line's quantity, or one that hangs on
    other facts of the line.

    With `markup`: the dated cost of a unit and that share of it. With `share`: a percent of other lines.
    """

    amount: Fraction
    tiers: Tiers | None = None
    markup: Fraction | None = None
    share: Share | None = None
    accrual: Accrual | None = None
    tariff: Tariff | None = None


@dataclass(frozen=True, slots=True)
class DatedPrice:
    """A price (or cost) that holds for pricing dates in [start, end), as ordinal days; None is open."""

    price: Price
    start: int | None
    end: int | None
    span: Span


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a ramp, from the months after the line's start on: a price of a unit in micros, or a factor of the line's list."""

    months: int
    price: Fraction | None
    factor: Fraction
    span: Span


@dataclass(frozen=True, slots=True)
class Ramp:
    """How a long term is cut: segments as they are listed, or one `every` so many months, each `factor` times the one before."""

    every: int | None
    factor: Fraction
    segments: tuple[Segment, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Sold:
    """How much of a product is sold at once, in ticks: a multiple of `step` (0: any), `least` to `most` (None: open).

    A quantity of 0 is always legal, and a credit undoes any part of a sale.
    """

    step: int = 0
    least: int | None = None
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Clamp:
    """What a line costs at list, at least and at most, in micros; a line that costs nothing is left alone."""

    least: Fraction | None = None
    most: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Product:
    """Something sold. `code` is what requests name it by (its block name, or the sku column of a file).

    `prices` and `costs` do not overlap in time. `unit` is an index into `Book.units`. `families` are indexes into
    `Book.families`. `name` is the title shown to people.
    """

    code: str
    title: str
    unit: int
    period: Period
    families: tuple[int, ...]
    prices: tuple[DatedPrice, ...]
    costs: tuple[DatedPrice, ...]
    span: Span
    never_discounted: bool = False
    settings: tuple[tuple[str, str], ...] = ()  # bill, recognise, ssp ... as written, for the stages downstream
    ssp: Fraction | None = None  # stand-alone selling price of a unit, in micros
    sold: Sold | None = None
    clamp: Clamp | None = None
    own: tuple[tuple[str, tuple[DatedPrice, ...]], ...] = ()  # prices of its own in other currencies, by code
    tax_class: str = "standard"  # which tax rules may be for: `taxed as reduced`
    prorate: Prorate | None = None  # its own way; None: the book's
    ramp: Ramp | None = None
    attributes: tuple[tuple[str, int | str], ...] = ()  # `attribute watts 65` in ticks, `attribute socket am5`


# ---------------------------------------------------------------- conditions


@dataclass(frozen=True, slots=True)
class Fold:
    """A sum over the lines of a quote, for a condition or a tier to measure.

    `quantity` is in ticks, `amount` in whole micros as a customer would see them (rounded at the book's level), `lines`
    counts lines (in ticks: a million each). Credits count as less. `at` is the step after which an amount is taken (0: at list);
    None: as the step that asks begins. `period`: only what is charged so often. `products` and `where` say which lines;
    `same_group`: only those of the group of the line that asks. `plus` is a fact that is added: what was bought before;
    an amount counts `plus_rate` times, which is the rate of a quote in another currency than the book's.
    """

    what: Literal["quantity", "amount", "lines"]
    products: frozenset[int] | None = None
    where: Condition | None = None
    at: int | None = 0
    period: Period | None = None
    same_group: bool = False
    plus: int | None = None
    own: bool = False  # the line that asks alone
    in_roots: bool = (
        False  # each line's quantity in the unit that its own is made of: units of a kind are counted alike
    )
    plus_rate: Fraction = Fraction(1)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a condition looks at: a fact by index (`fact` >= 0), a fold, or one of the built-in ones (neither).

    Built in: `line.quantity` (ticks, without its sign), `line.group` and `line.bundle` (str), `quote.date` (ordinal), `code X`
    (`yes` where the quote came with the code X).
    """

    name: str
    fact: int | None = None
    ordered: bool = False  # its values are ticks, not words
    fold: Fold | None = None


@dataclass(frozen=True, slots=True)
class Is:
    """The subject has one of these words. False while the subject is unknown."""

    subject: Subject
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class Within:
    """low <= subject <= high in ticks; None is open. False while the subject is unknown."""

    subject: Subject
    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class Known:
    """An optional fact was given."""

    subject: Subject


@dataclass(frozen=True, slots=True)
class Not:
    """The condition does not hold. Over an unknown optional fact: `not (x is a)` holds, as `x is a` does not."""

    of: Condition


@dataclass(frozen=True, slots=True)
class All:
    """Every one holds; `All(())` is always true."""

    of: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """At least one holds; `Any(())` is never true."""

    of: tuple[Condition, ...]


Condition = Is | Within | Known | Not | All | Any
ALWAYS = All(())

# ---------------------------------------------------------------- rules


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


@dataclass(frozen=True, slots=True)
class Case:
    """One way a rule can apply: a plain rule has one, a table rule one a row, an all-units tier rule one a tier.

    It applies to a line when its product is in `products` (None: every product), the pricing date is in
    [start, end), and `when` holds. `span` is the row or tier where it is written.
    """

    products: frozenset[int] | None
    start: int | None
    end: int | None
    when: Condition
    give: Give
    span: Span
    label: str = ""  # what tells this case from its rule's others: "offer_id 3", "seats from 50"


RuleKind = Literal["discount", "surcharge", "price", "offer", "floor", "tax"]


@dataclass(frozen=True, slots=True)
class Limit:
    """How often (`times`), how much (`amount`, micros) a rule gives in all, or once to a `customer`; counted at acceptance."""

    what: Literal["times", "amount", "customer"]
    value: int | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A named rule of one step. Where an exception applies, the rules it is `exception_to` do not."""

    name: str
    kind: RuleKind
    step: int
    cases: tuple[Case, ...]
    span: Span
    exception_to: tuple[str, ...] = ()
    because: str | None = None
    title: str | None = None
    alone: bool = False  # where it applies, nothing else does in its step
    alone_in: tuple[int, ...] = ()  # nor in these steps
    final: bool = False  # where it applied, only floors and taxes follow
    limits: tuple[Limit, ...] = ()


Combine = Literal[
    "list", "one only", "best of", "best of quote", "best combination", "compounding", "additive", "floor", "net", "tax"
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Levels:
    """`from a, then b and c`: prices of the first level's rules come before those of the next; rules of no level come last.

    `book` names the product's own price.
    """

    names: tuple[tuple[str, ...], ...]


Criterion = Levels | Literal["most specific", "lowest"]
"""What tells which of several prices counts: a sequence of rules, more facts in the condition, or the lower price."""


@dataclass(frozen=True, slots=True)
class StepRounding:
    """A price is rounded to a multiple of `step` micros in its mode, then `plus` micros are added (or taken), never below 0."""

    mode: Mode
    step: int
    plus: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """One bar of the waterfall. `list` opens it with the dated list price, or that of a rule which stands in it; `floor`
    raises to the highest floor.

    `net`: the invoice price stands, what follows is below it. `tax`: its rules say what is charged on the net, and move nothing.
    `together`: rules that compete as one. `skips`: lines that a rule of these steps moved are left out.
    """

    name: str
    combine: Combine
    span: Span
    together: tuple[tuple[str, ...], ...] = ()
    skips: tuple[int, ...] = ()
    choice: tuple[Criterion, ...] = ()  # how one of several prices is chosen; () where two are a conflict
    rounding: StepRounding | None = None  # what happens to the price of every line at the step's end


# ---------------------------------------------------------------- approvals, tests


Measure = Literal[
    "line.discount", "line.margin", "line.net", "line.list", "line.granted",
    "quote.discount", "quote.margin", "quote.net", "quote.list", "quote.granted",
]  # fmt: skip
"""Figures of a priced quote: discount is 1 - net / list, margin is (net - cost) / net, granted is what was given by hand of
list. Discount and granted are over lines that may be discounted, the others over all of them.
"""


@dataclass(frozen=True, slots=True)
class Figure:
    """A measure compared with a literal; percents are Fractions of one, money Fractions of micros."""

    measure: Measure
    relation: Literal["<", "<=", "=", ">=", ">"]
    value: Fraction


@dataclass(frozen=True, slots=True)
class ApprovalCase:
    """When every figure and the condition hold, `needs`: stages in order, each a set of approvers asked in parallel."""

    figures: tuple[Figure, ...]
    when: Condition
    needs: tuple[tuple[str, ...], ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Approval:
    """A rule that leaves the price and asks. `products` limits `line.*` figures to lines of these (None: all)."""

    name: str
    cases: tuple[ApprovalCase, ...]
    span: Span
    products: frozenset[int] | None = None
    because: str | None = None


@dataclass(frozen=True, slots=True)
class Denial:
    """What is not sold so: a line of `products` (None: any) is refused on [start, end) when `when` holds, and told why.

    A denial for each row of a table is one for every row, all of its name, with a `label` that tells them apart.
    """

    name: str
    products: frozenset[int] | None
    start: int | None
    end: int | None
    when: Condition
    span: Span
    because: str | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Expectation:
    """`expect seat.unit = 34.50 EUR`: `what` is the dotted figure, `value` what it should be.

    `what`: `LINE.unit`, `LINE.net`, `LINE.list` (LINE is a product code or `line N`), `quote.once`, `quote.per_month`,
    `quote.per_year`, `quote.first_year`, `quote.over_term`, `quote.usage_per_month` ... (value: micros), `applied`
    and `approvals` (value: names in order of application, or of needs; () is none), `error` (value: a code). In words:
    `LINE.term`, `LINE.tax_category`, `LINE.tax_rate`, `APPROVAL.needs` (a word a stage). A bundle of the test is named with a
    colon: `desk_a: once` (a total of it), `desk_a: cpu.net` (of the line at that path).
    """

    what: str
    value: int | tuple[str, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class TestLine:
    """One `line` of a test: ticks of quantity; facts by path; of a line of a bundle, the bundle's name in the test and its path there."""

    product: str
    quantity: int
    group: str | None = None
    facts: tuple[tuple[str, Value], ...] = ()
    inside: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class TestBundle:
    """A `bundle` of a test: `choices` by the names of options; `configure` makes lines of it."""

    name: str
    bundle: str
    count: int
    choices: tuple[str, ...]
    group: str | None
    facts: tuple[tuple[str, Value], ...]
    span: Span


@dataclass(frozen=True, slots=True)
class BookTest:
    """A `test` block, or one row of `examples`."""

    name: str
    on: int  # ordinal day
    facts: tuple[tuple[str, Value], ...]
    lines: tuple[TestLine, ...]
    expect: tuple[Expectation, ...]
    span: Span
    bundles: tuple[TestBundle, ...] = ()


# ---------------------------------------------------------------- the book


@dataclass(frozen=True, slots=True)
class ExchangeRate:
    """One unit of `source` is `rate` units of `target`, for pricing dates from `start` on (None: ever) until the next rate."""

    source: str
    target: str
    start: int | None
    rate: Fraction


TaxLevel = Literal["rate", "unit", "line", "document"]
"""Where tax is rounded: once per category and rate (EN 16931, BR-CO-17), per unit, per line, or once per document."""


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Book:
    """A whole checked book. `version` names the bundle it was read from (`values.identity.version_of`)."""

    name: str
    title: str
    version: str
    currency: str
    zone: str
    rounding: Rounding
    units: tuple[Unit, ...]
    families: tuple[str, ...]
    groups: tuple[str, ...]
    facts: tuple[Fact, ...]
    products: tuple[Product, ...]
    steps: tuple[Step, ...]
    rules: tuple[Rule, ...]
    approvals: tuple[Approval, ...]
    tests: tuple[BookTest, ...] = field(default=())
    prices_include_tax: bool = False
    tax_level: TaxLevel = "rate"
    tax_step: int = 0  # micros tax is rounded to; 0: the minor unit
    currencies: tuple[str, ...] = ()  # others that quotes may ask for
    rates: tuple[ExchangeRate, ...] = ()
    denials: tuple[Denial, ...] = ()
    codes: tuple[str, ...] = ()  # that coupons need, in the order of the alphabet
    lowest_days: int | None = None  # the lowest list price of so many days is shown with each line
    prorate: Prorate | None = None  # None: only whole months count
    bundles: tuple[Bundle, ...] = ()  # what is configured, and the features they share
    configurations: tuple[ConfigurationTest, ...] = ()
    timed: bool = False  # quotes and lines have a start and an end (`lang.periods.FACTS`)
