"""The tree a parser makes of rule text: what was written and where, nothing looked up yet.

A file is a tuple of blocks in the order written. Every node carries its `Span`. Names, paths and numbers are still text
(`Word`); `names`, `types` and `tables` settle them into a `book.Book`. `format` prints blocks from their tokens, not from
this tree, so comments survive.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.lang.book import Combine, Period, RuleKind
from engine.lang.places import Span

# ---------------------------------------------------------------- leaves


@dataclass(frozen=True, slots=True)
class Word:
    """A name, dotted path or column as written (`seat`, `customer.segment`, `row.discount`)."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Lit:
    """A literal as written. `kind` is how it looks; `text` is the number or the string's content; `unit` what follows it.

    `49.00 EUR` is money/EUR; `12%` percent; `50 seats` quantity/seats; `50` number; `12 months` duration/months;
    `2026-01-01` date; `2026-01-01 14:30` instant; `"BE"` text; `25 bp` bp.
    """

    kind: Literal["money", "percent", "number", "quantity", "duration", "date", "instant", "text", "bp"]
    text: str
    unit: str | None
    span: Span
    others: tuple[Lit, ...] = ()  # the same in other currencies: `3 EUR, 4 USD`


Operand = Word | Lit

# ---------------------------------------------------------------- amounts


@dataclass(frozen=True, slots=True)
class Rate:
    """`49.00 EUR per seat per month`, `0.40 EUR per 1_000 calls`; `amount` may be a row's column (`row.price`)."""

    amount: Operand
    per_count: str | None  # "1_000"
    per_unit: Word | None  # seat
    period: Period | None  # month
    span: Span
    started: bool = False  # `per started 10 calls`: a package is paid whole
    others: tuple[Rate, ...] = ()  # the same in other currencies


@dataclass(frozen=True, slots=True)
class Cells:
    """A table as written: a head and rows of raw cells, each a Word whose text is the stripped cell."""

    head: tuple[Word, ...]
    rows: tuple[tuple[Word, ...], ...]
    span: Span


@dataclass(frozen=True, slots=True)
class TierTable:
    """`price tiers graduated` / `tiers all units by quantity` and its table (head: `seats from | off`, `calls above | price`);
    `price block` and its own."""

    mode: Literal["all units", "graduated", "block"]
    by: Word | FoldRef | None  # `by quantity`, `by quantity of family crm`; of prices also `by line.amount`
    cells: Cells
    span: Span
    flat_at_zero: bool = False


@dataclass(frozen=True, slots=True)
class BaseRef:
    """`list`, `running price`, `after volume`."""

    kind: Literal["list", "running", "after", "cost", "lowest"]
    step: Word | None
    span: Span
    days: Lit | None = None  # `lowest price of 30 days`


# ---------------------------------------------------------------- conditions


@dataclass(frozen=True, slots=True)
class FoldRef:
    """A sum over lines: `goods at list`, `sum of net where (...)`, `number of lines where (...)`, `quantity of family crm`.

    `text` is how it was written. `moment` None: as the step begins. `among`: the lines of `quantity of ...`; `plus`: a fact that is added.
    """

    what: Literal["goods", "quantity", "list", "net", "lines"]
    moment: BaseRef | None
    where: Expr | None
    among: Target | None
    plus: Word | None
    text: str
    span: Span
    own: bool = False  # `quantity plus customer.bought`: of the line alone


@dataclass(frozen=True, slots=True)
class Compare:
    """`a is b`, `a is not b`, `a in b, c`, `a in 10 to 49`, `a >= 50 seats`, `a is known`, `a not in ...`.

    `is`/`in`: `values` are the alternatives. `range`: `values` is (low, high), either end may be a row's column.
    """

    subject: Operand | FoldRef
    relation: Literal[
        "is", "is not", "in", "not in", "range", "not range", "known", "not known", "=", "<", "<=", ">=", ">"
    ]
    values: tuple[Operand | Rate, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Combined:
    """`and` / `or` of two or more conditions; `not` of one."""

    word: Literal["and", "or", "not"]
    parts: tuple[Expr, ...]
    span: Span


Expr = Compare | Combined

# ---------------------------------------------------------------- blocks


@dataclass(frozen=True, slots=True)
class Setting:
    """A line of words: `zone "Europe/Amsterdam"`, `bill monthly in advance`, `round half up to minor unit at unit`."""

    name: Word
    values: tuple[Operand, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class UnitDecl:
    """`seat seats`, `hour hours to 2 decimals`, `box boxes of 5 pieces`."""

    name: Word
    plural: Word
    decimals: Word | None
    span: Span
    times: Word | None = None
    of: Word | None = None


@dataclass(frozen=True, slots=True)
class RoundDecl:
    """`round half up to minor unit at unit`, `round discounts half even to 0.05 EUR at line`."""

    discounts: bool
    mode: str
    to: Lit | None  # None: minor unit
    level: str
    span: Span


@dataclass(frozen=True, slots=True)
class PriceBook:
    """`price book NAME "Title"` and its settings; `settings` holds currency, zone, prices."""

    name: Word
    title: str | None
    settings: tuple[Setting, ...]
    round: RoundDecl | None
    families: tuple[Word, ...]
    groups: tuple[Word, ...]
    units: tuple[UnitDecl, ...]
    span: Span
    show: Lit | None = None  # `show lowest price of 30 days`: the days
    prorate: Word | None = None


@dataclass(frozen=True, slots=True)
class TypeRef:
    """`one of a, b`, `text`, `money`, `duration 1 month to 60 months`, `quantity`, `product`, `offers.offer_id` (a join)."""

    name: str  # enum text number money percent fraction quantity duration date flag product join
    values: tuple[Word, ...]
    low: Lit | None
    high: Lit | None
    join: Word | None
    span: Span


@dataclass(frozen=True, slots=True)
class Declared:
    """A fact or a table column: `path: [from|until|through] type [key] [optional] [from account|request] [per unit ...]`.

    A column may say its head in the file, which is then looked for as it stands: `unit_price "Unit Price": money`.
    """

    path: Word
    type: TypeRef
    bound: Literal["from", "until", "through"] | None  # a column that opens or closes the row's dates or range
    key: bool
    optional: bool
    source: Literal["account", "request"] | None
    rate: Rate | None  # a money column of a price list: `list_price: money per piece per month`
    span: Span
    head: Word | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """`facts`."""

    entries: tuple[Declared, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Term:
    """A line about how something is sold: `first 500 free`, `overage 2 EUR`, `sold in 12s`, `at least 24`, `at most 400 EUR`."""

    kind: Literal["free", "overage", "sold_in", "sold_least", "sold_most"]
    amount: Lit | Rate
    span: Span


@dataclass(frozen=True, slots=True)
class ProductBlock:
    """`product NAME "Title"`; `prices` are its price clauses (several when dated: `price 49 EUR ... from D until D2`)."""

    name: Word
    title: str | None
    families: tuple[Word, ...]
    unit: Word | None
    prices: tuple[PriceClause, ...]
    costs: tuple[PriceClause, ...]
    never_discounted: bool
    settings: tuple[Setting, ...]
    span: Span
    shipping: bool = False
    terms: tuple[Term, ...] = ()
    taxed_as: Word | None = None
    may_fall: bool = False  # `totals may fall`
    charged: Word | None = None  # `charged per month`, where no rate says it
    prorate: Word | None = None
    ramp: RampDecl | None = None
    attributes: tuple[tuple[Word, Word | Lit], ...] = ()  # `attribute watts 65`, `attribute socket am5`


@dataclass(frozen=True, slots=True)
class RampDecl:
    """`ramp every 12 months, 4% uplift a year`, or `ramp` and its table of segments; `each` is `a year` or `each`."""

    every: Lit | None
    uplift: Lit | None
    each: str
    cells: Cells | None
    span: Span


@dataclass(frozen=True, slots=True)
class AccrualDecl:
    """`price 4.5% a year of line.amount, actual/360`; `price rates graduated a year of line.amount` with a table."""

    rate: Lit | None
    tiers: TierTable | None
    period: Word | None
    of: Word
    count: Word | None
    span: Span


@dataclass(frozen=True, slots=True)
class TariffDecl:
    """`price tariff by line.at` and its table: `hours | days | price`."""

    at: Word
    cells: Cells
    span: Span


@dataclass(frozen=True, slots=True)
class PriceClause:
    """`price RATE [DATES]`, `cost RATE [DATES]`, or `price tiers MODE` with a table (its rates in the cells).

    `over` is the markup of `price cost plus 25%`; `share` a percent of the total of other lines.
    """

    rate: Rate | None
    tiers: TierTable | None
    dates: Dates | None
    span: Span
    over: Over | None = None
    markup: Operand | None = None
    share: ShareOf | None = None
    accrual: AccrualDecl | None = None
    tariff: TariffDecl | None = None


@dataclass(frozen=True, slots=True)
class ShareOf:
    """`18% after volume of family crm, at least 500 EUR per month`: `base` list, net or after a step."""

    percent: Lit
    base: Literal["list", "net", "after"] | None
    step: Word | None
    target: Target
    bounds: tuple[tuple[Literal["least", "most"], Rate], ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Dates:
    """`from D`, `from D until D2` (half-open), `from D through D2` (inclusive), `until D`."""

    start: Lit | None
    end: Lit | None
    inclusive: bool
    span: Span


@dataclass(frozen=True, slots=True)
class ProductsFrom:
    """`products from "products.csv"`: which column gives what (`code column sku`, `family column category`), or a constant.

    `columns` maps role (code, name, family, unit) to a column; family may appear more than once.
    """

    file: Lit
    columns: tuple[tuple[Word, Word], ...]
    families: tuple[Word, ...]
    unit: Word | None
    period: Period | None
    never_discounted: bool
    span: Span
    taxed_as: Word | None = None
    attributes: tuple[tuple[Word, Word], ...] = ()  # `attribute watts column "TDP"`


@dataclass(frozen=True, slots=True)
class ListFrom:
    """`price list NAME from "list_prices.csv"` / `cost list NAME from ...`: rows of product, dates, money."""

    kind: Literal["price", "cost"]
    name: Word
    file: Lit
    columns: tuple[Declared, ...]
    span: Span
    currency: Word | None = None  # `price list usd in USD from ...`


@dataclass(frozen=True, slots=True)
class Rates:
    """`rates from "fx.csv"`, or `rates` and a table: from, to, rate, from date."""

    file: Lit | None
    cells: Cells | None
    span: Span


@dataclass(frozen=True, slots=True)
class TableBlock:
    """`table NAME from "x.csv"` or with inline `cells`; columns declared like facts."""

    name: Word
    file: Lit | None
    cells: Cells | None
    columns: tuple[Declared, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class StepDecl:
    """`volume one only`. `list`, `floor` stand alone. None: the default, `one only`."""

    name: Word
    combine: Combine | None
    span: Span
    skips: tuple[Word, ...] = ()  # `skip lines priced by contract`
    picks: tuple[Pick, ...] = ()
    rounded: tuple[Rounded, ...] = ()


@dataclass(frozen=True, slots=True)
class Pick:
    """How a step chooses one price: `from a and b`, `then c` (kind level), `most specific`, `lowest`."""

    kind: Literal["from", "level", "most specific", "lowest"]
    names: tuple[Word, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Rounded:
    """`rounded half up to 10 EUR minus 0.01 EUR`; no mode: the book's; `to` None: the minor unit."""

    mode: str | None
    to: Lit | None
    sign: Literal[1, -1]
    then: Lit | None
    span: Span


@dataclass(frozen=True, slots=True)
class Steps:
    """`steps`, the only order there is; `together` are the lines that name rules which compete as one."""

    entries: tuple[StepDecl, ...]
    span: Span
    together: tuple[tuple[Word, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """`on seat, support`, `on family crm`, `on group a`, `on everything`, `on offer_products.sku`, `on row.sku`; `on the quote
    of family crm` has `quote`.
    """

    kind: Literal["products", "family", "group", "everything", "column", "class"]
    names: tuple[Word, ...]
    span: Span
    quote: bool = False


@dataclass(frozen=True, slots=True)
class Over:
    """How a give is over lines: `spread by list`, `remainder to first`, `at most 50 EUR`, `each line`."""

    spread: str | None
    remainder: str | None
    most: Rate | None
    each: bool
    span: Span


@dataclass(frozen=True, slots=True)
class GiveClause:
    """`give 20% off running price`, `give row.discount off list`, `give 3 EUR off list`, `add 5% of list`, `add 3 EUR`."""

    verb: Literal["give", "add"]
    amount: Operand | Rate
    base: BaseRef | None
    span: Span
    over: Over | None = None
    tax: Literal["including", "excluding"] | None = None


@dataclass(frozen=True, slots=True)
class UnitsClause:
    """`give 1 EUR off the first unit, 2 EUR off each other, at most 5 units`."""

    first: Operand | Rate
    other: Operand | Rate | None
    most: Word | None
    span: Span


@dataclass(frozen=True, slots=True)
class CheapestClause:
    """`give 15% off the cheapest unit`, `give 3 EUR off the 2 dearest units`."""

    amount: Operand | Rate
    count: Word | None
    order: Literal["cheapest", "dearest"]
    span: Span


@dataclass(frozen=True, slots=True)
class OfferClauses:
    """`buy 2 of family mugs`, `get 1 of family mugs, cheapest first, 100% off`, `at most 3 times`."""

    buy: Word
    of: Target | None
    get: Word
    gets: Target | None
    order: Literal["cheapest", "dearest"]
    off: Operand | Rate | None  # None: free
    times: Word | None
    span: Span


@dataclass(frozen=True, slots=True)
class HandClause:
    """`by hand, at most 10% for seller, 25% for manager`."""

    limits: tuple[tuple[Lit, Word], ...]
    span: Span


@dataclass(frozen=True, slots=True)
class ChargeClause:
    """`charge 21%` and `category S` of a tax rule; either may be a row's column."""

    amount: Operand | None
    category: Word | None
    span: Span


Clause = GiveClause | UnitsClause | CheapestClause | OfferClauses | HandClause


@dataclass(frozen=True, slots=True)
class AtLeastClause:
    """`at least 20% margin`, `15% markup`, `70% of list`, `30 EUR`, `30 EUR below list`."""

    amount: Operand
    of: Literal["amount", "of_list", "margin", "markup", "below_list"]
    span: Span


@dataclass(frozen=True, slots=True)
class RuleBlock:
    """`STEP discount|surcharge|price NAME on TARGET`, `STEP exception NAME to A, B`, `floor NAME on TARGET`."""

    step: Word
    kind: RuleKind | Literal["exception"]
    name: Word
    title: str | None
    target: Target | None
    exception_to: tuple[Word, ...]
    rows_of: Word | None  # `for each row of offers`
    dates: Dates | None
    when: Expr | None
    gives: tuple[Clause | AtLeastClause | PriceClause | ChargeClause, ...]
    tiers: TierTable | None
    base: BaseRef | None  # `off BASE` under a tier table whose column is a bare `off`
    because: str | None
    span: Span
    more: More | None = None
    terms: tuple[Term, ...] = ()
    may_fall: bool = False  # `totals may fall`: more units may cost less, and the author knows
    may_meet: bool = False  # `prices may meet it`: of a floor that is there to be met


@dataclass(frozen=True, slots=True)
class Limit:
    """How often or how much a coupon gives in all: `once per customer`, `1_000 times`, `up to 50_000 EUR`."""

    what: Literal["customer", "times", "amount"]
    value: Operand | None
    span: Span


@dataclass(frozen=True, slots=True)
class More:
    """What else a rule says: `alone`, `alone in volume, coupon`, `final`, `needs code "A"`, limits."""

    alone: tuple[Word, ...] | None
    final: bool
    codes: tuple[Lit, ...]
    limits: tuple[Limit, ...]


@dataclass(frozen=True, slots=True)
class DenyBlock:
    """`deny NAME [on TARGET]`, `for each row of TABLE`: what is not sold so, and why."""

    name: Word
    target: Target | None
    rows_of: Word | None
    dates: Dates | None
    when: Expr | None
    because: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class Needs:
    """`when COND needs deal_desk and legal, then finance`: stages in order."""

    when: Expr
    stages: tuple[tuple[Word, ...], ...]
    span: Span


@dataclass(frozen=True, slots=True)
class ApprovalBlock:
    """`approval NAME [on TARGET]`."""

    name: Word
    target: Target | None
    needs: tuple[Needs, ...]
    because: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class GivenFact:
    """`customer.segment startup` in a test's `quote` or `line`."""

    path: Word
    value: Operand
    span: Span


@dataclass(frozen=True, slots=True)
class TestLineDecl:
    """`line seat 50 [group a] [line.x value, ...]`."""

    product: Word
    quantity: Lit
    group: Word | None
    facts: tuple[GivenFact, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class TestBundleDecl:
    """`bundle suite 2 as desk_a [in group a] [line.x value, ...]`, with the lines `choose` below it."""

    bundle: Word
    count: Word | None
    name: Word
    group: Word | None
    facts: tuple[GivenFact, ...]
    wishes: tuple[Expr, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Expect:
    """`expect WHAT = VALUE`, `expect applied = a, b`, `expect approvals is none`, `expect deep.needs = a and b, then c`."""

    what: Word
    values: tuple[Operand, ...]  # () is none; `then legal and finance` is one word
    rate: Rate | None
    span: Span
    term: str | None = None  # `13 months`, `3 months and 10 days`


@dataclass(frozen=True, slots=True)
class TestBlock:
    """`test "name"`: `quote on D, fact value, ...`, lines, expectations."""

    name: str
    on: Lit | None
    facts: tuple[GivenFact, ...]
    lines: tuple[TestLineDecl, ...]
    expect: tuple[Expect, ...]
    span: Span
    codes: tuple[Lit, ...] = ()
    exhausted: tuple[Word, ...] = ()
    bundles: tuple[TestBundleDecl, ...] = ()


@dataclass(frozen=True, slots=True)
class Examples:
    """`examples on PRODUCT` and a table whose columns are facts (by last name), the unit, and `= figure` to expect."""

    product: Word
    cells: Cells
    span: Span


# ---------------------------------------------------------------- bundles


@dataclass(frozen=True, slots=True)
class Range:
    """`2`, `5 to 5_000`, `60 to 200 in steps of 2.5`; `high` None: just `low`."""

    low: Word
    high: Word | None
    step: Word | None
    span: Span


@dataclass(frozen=True, slots=True)
class DefaultDecl:
    """`default basic`, `default 5`, `default 2 dimm_16`."""

    count: Word | None
    what: Word | None
    span: Span


@dataclass(frozen=True, slots=True)
class PartDecl:
    """`part seat 5 to 5_000`, `part plan one of a, b default a`, `part memory up to 2 of a, b with 1 to 4 each`.

    `many`: how many of `offered` (or of a `family`); None: the part is the one thing that it is called by.
    """

    name: Word
    title: str | None
    many: tuple[Word | None, Word | None] | None
    offered: tuple[Word, ...]
    family: Word | None
    each: Range | None
    optional: bool
    defaults: tuple[DefaultDecl, ...]
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class AttributeDecl:
    """`attribute colour: one of red, blue`, `attribute width: 60 to 200 in steps of 2.5`; `ask use "For what?" one of a, b`."""

    name: Word
    title: str | None
    values: tuple[Word, ...]
    range: Range | None
    asked: bool
    defaults: tuple[DefaultDecl, ...]
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Summand:
    """`watts`, `watts of gpu, cpu`, `price per month`; of a sum's other side also a number, an amount, or an attribute or part that is a
    number."""

    what: Word
    of: tuple[Word, ...]
    kind: Literal["sum", "number", "money", "name"]
    span: Span
    per: Word | None = None
    amount: Lit | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """A rule of a bundle. `wishes` are what it is about; of `implies`, `narrows` and `equivalent` the two sides.

    `choose` has `many` from-to; `sum` its two sides and how they compare; `allowed` its table; `warn` and `note` what they say.
    """

    kind: Literal[
        "require", "forbid", "prefer", "hide", "disable", "implies", "narrows", "equivalent", "choose", "sum", "allowed",
        "warn", "note",
    ]  # fmt: skip
    wishes: tuple[Expr, ...]
    when: Expr | None
    because: str | None
    span: Span
    text: str
    many: tuple[Word | None, Word | None] = (None, None)
    sums: tuple[Summand, Summand] | None = None
    relation: str = ""
    file: Lit | None = None
    cells: Cells | None = None
    says: str = ""


@dataclass(frozen=True, slots=True)
class BundlePrice:
    """`price sum of parts`, `price sum of parts, 5% off list` (`off`), `price 999 EUR` (`fixed`), `price keyboard 10 EUR` (of a `part`)."""

    off: GiveClause | None
    fixed: PriceClause | None
    part: Word | None
    over: Over | None  # how what is off, or fixed, is split
    span: Span


@dataclass(frozen=True, slots=True)
class BundleBlock:
    """`bundle NAME "Title"`; `features NAME` has the same clauses but parts and prices, and is `shared`."""

    name: Word
    title: str | None
    features: tuple[Word, ...]
    parts: tuple[PartDecl, ...]
    attributes: tuple[AttributeDecl, ...]
    choices: tuple[Choice, ...]
    shared: bool
    span: Span
    prices: tuple[BundlePrice, ...] = ()


@dataclass(frozen=True, slots=True)
class Expected:
    """A line of a `configure` block: what is given or chosen, or what is expected, allowed, refused or completed then."""

    kind: Literal["given", "choose", "expect", "allow", "refuse", "complete"]
    wishes: tuple[Expr, ...]
    because: str | None
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class ConfigureBlock:
    """`configure BUNDLE "What is tested"`."""

    bundle: Word
    name: str
    lines: tuple[Expected, ...]
    span: Span


Block = (
    PriceBook | Facts | Rates | ProductBlock | ProductsFrom | ListFrom | TableBlock | Steps | RuleBlock | ApprovalBlock
    | TestBlock | Examples | DenyBlock | BundleBlock | ConfigureBlock
)  # fmt: skip
