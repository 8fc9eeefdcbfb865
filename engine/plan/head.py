"""What a plan keeps of its book beside the arena: the names, places and approvals that answers are worded with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple

from engine.lang import book as b
from engine.lang.parts import atoms
from engine.values.rounding import Rounding


@dataclass(frozen=True, slots=True)
class ProductHead:
    """A product as the catalogue shows it."""

    code: str
    title: str
    unit: int
    period: b.Period
    families: tuple[int, ...]
    settings: tuple[tuple[str, str], ...]
    never_discounted: bool
    sold: b.Sold | None = None


Limits = tuple[tuple[str, Fraction], ...]
"""(role, the share of a price that it may grant by hand)."""


class RuleHead(NamedTuple):
    """A rule's words."""

    name: str
    kind: b.RuleKind
    step: int
    because: str | None


class Place(NamedTuple):
    """Where a case or price row is written; `rule` is an index into `rules` (-1 for a list price)."""

    rule: int
    file: str
    line: int
    label: str = ""


@dataclass(frozen=True)
class Head:
    """The readable half of a plan; the arena is the other."""

    name: str
    title: str
    version: str
    currency: str
    zone: str
    rounding: Rounding
    prices_include_tax: bool
    units: tuple[b.Unit, ...]
    families: tuple[str, ...]
    groups: tuple[str, ...]
    facts: tuple[b.Fact, ...]
    products: tuple[ProductHead, ...]
    steps: tuple[b.Step, ...]
    rules: tuple[RuleHead, ...]
    cases: tuple[Place, ...]
    prices: tuple[Place, ...]
    approvals: tuple[b.Approval, ...]
    cuts: tuple[int, ...]  # every date on which something in the book begins or ends
    index: dict[str, int] = field(default_factory=dict)  # product code -> index
    denials: tuple[b.Denial, ...] = ()
    grants: dict[str, Limits] = field(default_factory=dict)  # rule by hand -> the most that each role may grant
    codes: tuple[str, ...] = ()  # that coupons need
    currencies: tuple[str, ...] = ()  # others that quotes may ask for
    tax_level: b.TaxLevel = "rate"
    tax_step: int = 0
    charges: dict[int, b.Charge] = field(default_factory=dict)  # by case, what tax rules charge
    times: b.Book | None = None  # what kernels are told of time by (`plan.times`); None: nothing
    limits: dict[str, tuple[b.Limit, ...]] = field(default_factory=dict)  # rule -> how often, how much it gives in all
    kept: dict[str, Any] = field(
        default_factory=dict, compare=False, repr=False
    )  # made ready when first needed; not saved


def head_of(book: b.Book, cuts: Iterable[int]) -> Head:
    """The head of a book. Cases and price rows are in book order: the order the arena numbers them in; after the rows of
    products come the cases of the step `list`."""
    places = [Place(-1, p.span.file, p.span.line) for product in book.products for p in product.prices]
    places += [
        Place(number, case.span.file, case.span.line, case.label)
        for number, rule in enumerate(book.rules) if rule.step == 0 for case in rule.cases
    ]  # fmt: skip
    cases = [
        Place(number, case.span.file, case.span.line, case.label)
        for number, rule in enumerate(book.rules)
        for case in rule.cases
    ]
    return Head(
        book.name, book.title, book.version, book.currency, book.zone, book.rounding, book.prices_include_tax,
        book.units, book.families, book.groups, book.facts,
        tuple(
            ProductHead(p.code, p.title, p.unit, p.period, p.families, p.settings, p.never_discounted, p.sold)
            for p in book.products
        ),
        book.steps,
        tuple(RuleHead(r.name, r.kind, r.step, r.because) for r in book.rules),
        tuple(cases), tuple(places), book.approvals, tuple(sorted(set(cuts))),
        {p.code: i for i, p in enumerate(book.products)}, book.denials, _grants(book), book.codes,
        book.currencies, book.tax_level, book.tax_step, _charges(book),
        limits={rule.name: rule.limits for rule in book.rules if rule.limits},
    )  # fmt: skip


def _charges(book: b.Book) -> dict[int, b.Charge]:
    gives = (case.give for rule in book.rules for case in rule.cases)
    return {number: give for number, give in enumerate(gives) if isinstance(give, b.Charge)}


def _grants(book: b.Book) -> dict[str, Limits]:
    gives = (case.give for rule in book.rules for case in rule.cases)
    return {give.name: give.limits for give in gives if isinstance(give, b.ByHand)}


def dates_of(book: b.Book) -> Iterator[int]:
    """Every date on which something in the book begins or ends."""
    yield from dates_beside_rules(book)
    for rule in book.rules:
        for case in rule.cases:
            yield from dates_of_case(case)
    yield from _dates_of_history(book)


def _dates_of_history(book: b.Book) -> Iterator[int]:
    """Every date on which a list price enters or leaves the days that a price looks back on."""
    days = {case.give.of.days for rule in book.rules for case in rule.cases if isinstance(case.give, b.Percent)}
    days = (days | {book.lowest_days or 0}) - {0}
    if not days:
        return
    listed = [dated for product in book.products for dated in (*product.prices, *product.costs)]
    ends = {day for dated in listed for day in (dated.start, dated.end)}
    ends |= {day for rule in book.rules if rule.step == 0 for case in rule.cases for day in dates_of_case(case)}
    yield from (day + more for day in ends if day for back in days for more in (1, back))


def dates_beside_rules(book: b.Book) -> Iterator[int]:
    """As `dates_of`, of prices, costs and approvals."""
    for product in book.products:
        for dated in (*product.prices, *product.costs):
            yield from (day for day in (dated.start, dated.end) if day is not None)
    for approval in book.approvals:
        for case in approval.cases:
            yield from _dates_in(case.when)
    for denial in book.denials:
        yield from (day for day in (denial.start, denial.end) if day is not None)
        yield from _dates_in(denial.when)


def dates_of_case(case: b.Case) -> Iterator[int]:
    """As `dates_of`, of one case of a rule."""
    yield from (day for day in (case.start, case.end) if day is not None)
    yield from _dates_in(case.when)


def _dates_in(when: b.Condition) -> Iterator[int]:
    for atom in atoms(when):
        if atom.subject.fold is not None and atom.subject.fold.where is not None:
            yield from _dates_in(atom.subject.fold.where)
        if isinstance(atom, b.Within) and atom.subject.name == "quote.date":
            yield from (day for day in (atom.low, None if atom.high is None else atom.high + 1) if day is not None)
