"""Lines that were not charged as the book says, and why, as far as the book itself can tell.

A reason is found by pricing the line again under the book with one thing changed, until what was charged comes out:

    rounding            less than one rounding step a unit (or a line) apart
    rule not given      the price without a rule that applies
    wrong list price    the price from another of the product's dated list prices
    another row given   the price with another case of a rule that applies: a lesser offer than was due
    rule not due        the price with a case of a rule that does not apply, whatever its condition and dates say
    no rule             none of these: a discount without a rule, or a charge above the book

They are tried in this order, and the first one that explains the amount is the line's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from engine.lang import book as b
from engine.plan.lower import lower
from engine.plan.plan import Plan
from engine.pricing.compare.lines import Amounts, Asked, amounts_of, shares_of, whole
from engine.pricing.compare.sums import total
from engine.values.kinds import MICROS

Ints = np.ndarray
Reason = Literal[
    "rounding", "rule not given", "wrong list price", "another row given", "rule not due", "discount without a rule",
    "charge above the book",
]  # fmt: skip
NEVER = b.Any(())
MOST_PRICES, MOST_CASES, MOST_TRIED = 24, 2_000, 64
"""Dated list prices of a product that are tried; cases of a book of which single ones are tried, and how many."""


@dataclass(frozen=True, slots=True)
class Because:
    """Why a line was charged otherwise: the reason, and the rule or price it is about."""

    reason: Reason
    about: str = ""


@dataclass(slots=True)
class Leak:
    """Sums of one reason, in micros: what was charged too little, and too much."""

    lines: int = 0
    under: int = 0
    over: int = 0


@dataclass
class Audit:
    """Everything found so far. `no_price` lines are in no sum: the book does not say what they cost."""

    lines: int = 0
    equal: int = 0
    within: int = 0
    no_price: int = 0
    unread: int = 0
    leaks: dict[Because, Leak] = field(default_factory=lambda: defaultdict(Leak))

    @property
    def wrong(self) -> Leak:
        """All reasons together."""
        every = self.leaks.values()
        return Leak(sum(one.lines for one in every), sum(one.under for one in every), sum(one.over for one in every))


@dataclass(frozen=True)
class Found:
    """A chunk of lines: what the book says of each, and why those at `rows` were charged otherwise."""

    book: Amounts
    rows: Ints
    because: list[Because]


class Auditor:
    """A book, and what lines were charged beside it. `tolerance`: micros a line may be off and still count as right."""

    def __init__(self, book: b.Book, plan: Plan, tolerance: int = 0) -> None:
        self.book, self.plan, self.tolerance = book, plan, tolerance
        self.found = Audit()
        self._plans: dict[tuple[str, object], Plan] = {}

    def add(self, asked: Asked, charged: Ints, known: Ints) -> Found:
        """Audit a chunk. charged: int64 micros [lines]; known: bool [lines], whether it could be read."""
        amounts = amounts_of(self.plan, asked)
        compared = amounts.fine & known
        off = np.where(compared, charged - amounts.net, 0)
        rows = np.flatnonzero(np.abs(off) > self.tolerance)
        because = self._because(asked, amounts, charged, rows)
        found = self.found
        found.lines += len(asked)
        found.unread += int(np.count_nonzero(~known))
        found.no_price += int(np.count_nonzero(known & ~amounts.fine))
        found.equal += int(np.count_nonzero(compared & (off == 0)))
        found.within += int(np.count_nonzero((off != 0) & (np.abs(off) <= self.tolerance)))
        self._sum(off[rows], because)
        return Found(amounts, rows, because)

    def _sum(self, off: Ints, because: list[Because]) -> None:
        for one in dict.fromkeys(because):
            mine = off[np.array([each == one for each in because])]
            leak = self.found.leaks[one]
            leak.lines += len(mine)
            leak.under += -total(mine[mine < 0])
            leak.over += total(mine[mine > 0])

    # ------------------------------------------------------------ why

    def _because(self, asked: Asked, amounts: Amounts, charged: Ints, rows: Ints) -> list[Because]:
        """A reason for each of these rows."""
        because: list[Because | None] = [None] * len(rows)
        if not len(rows):
            return []
        self._rounding(asked, amounts, charged, rows, because)
        for mine, one, plan in self._variants(asked, amounts, rows):
            self._try(asked, charged, rows, because, mine, one, plan)
            if None not in because:
                break
        less: list[Reason] = ["discount without a rule", "charge above the book"]
        return [
            one or Because(less[int(charged[row] > amounts.net[row])])
            for one, row in zip(because, rows.tolist(), strict=True)
        ]

    def _rounding(
        self, asked: Asked, amounts: Amounts, charged: Ints, rows: Ints, because: list[Because | None]
    ) -> None:
        units = np.maximum(1, np.abs(whole(asked.quantity)[rows]) // MICROS)
        off = np.abs(charged[rows] - amounts.net[rows])
        for i in np.flatnonzero(off // units < self.book.rounding.step).tolist():
            because[i] = Because("rounding")

    def _try(
        self, asked: Asked, charged: Ints, rows: Ints, because: list[Because | None], mine: Ints, one: Because,
        plan: Callable[[], Plan],
    ) -> None:  # fmt: skip
        """Give the reason to those of `mine` (places in `rows`) that have none yet and come out as charged under the plan."""
        mine = np.array([i for i in mine.tolist() if because[i] is None], np.int64)
        if not len(mine):
            return
        found = self._priced(plan(), asked, rows[mine])
        near = min(self.tolerance, self.book.rounding.step)  # a reason must say what was charged, not come near it
        fits = found.fine & (np.abs(found.net - charged[rows[mine]]) <= near)
        for i in mine[fits].tolist():
            because[i] = one

    def _priced(self, plan: Plan, asked: Asked, rows: Ints) -> Amounts:
        """These rows under another plan of the same facts: with their whole quotes, where the book prices those."""
        moved = _as_read_by(plan, self.plan, asked)
        if asked.quote is None or plan.meaning is None:
            return amounts_of(plan, moved.take(rows))
        wanted = np.flatnonzero(np.isin(asked.quote, asked.quote[rows]))
        return amounts_of(plan, moved.take(wanted)).take(np.searchsorted(wanted, rows))

    def _variants(
        self, asked: Asked, amounts: Amounts, rows: Ints
    ) -> Iterator[tuple[Ints, Because, Callable[[], Plan]]]:
        """(places in `rows` that it may explain, the reason, the plan that has one thing changed), in order."""
        shares = shares_of(self.plan, asked, rows, amounts.net[rows])
        moved = (shares.micros != 0) & (shares.rule >= 0)
        applied = {
            self.plan.head.rules[number].name: np.unique(shares.line[moved & (shares.rule == number)])
            for number in np.unique(shares.rule[moved]).tolist()
        }
        for name, mine in applied.items():
            yield mine, Because("rule not given", name), self._without(name)
        every = np.arange(len(rows))
        for k in range(min(MOST_PRICES, max((len(product.prices) for product in self.book.products), default=0))):
            yield every, Because("wrong list price", self._price_words(k)), self._at_price(k)
        yield from self._other_cases(whole(asked.product)[rows], applied)

    def _other_cases(
        self, products: Ints, applied: dict[str, Ints]
    ) -> Iterator[tuple[Ints, Because, Callable[[], Plan]]]:
        """Single cases given whatever they ask; only of a book that is lowered in no time."""
        cases = [(rule, index, case) for rule in self.book.rules for index, case in enumerate(rule.cases)]
        some = [one for one in cases if not isinstance(one[2].give, b.Across | b.AtLeast)]
        for rule, index, case in some[:MOST_TRIED] if len(cases) <= MOST_CASES else ():
            on, label = _on(case, products), f"{rule.name} ({case.label})" if case.label else rule.name
            due = np.isin(on, applied.get(rule.name, on[:0]))
            plan = self._given(rule.name, index)
            yield on[due], Because("another row given", label), plan
            yield on[~due], Because("rule not due", label), plan

    # ------------------------------------------------------------ the book with one thing changed

    def _lowered(self, key: tuple[str, object], make: Callable[[], b.Book]) -> Callable[[], Plan]:
        def plan() -> Plan:
            if key not in self._plans:
                self._plans[key] = lower(make())
            return self._plans[key]

        return plan

    def _without(self, name: str) -> Callable[[], Plan]:
        """The book in which a rule never applies. It still stands there: an exception to it still knows it."""
        return self._lowered(
            ("without", name), lambda: _with_cases(self.book, name, lambda case: replace(case, when=_never(case.when)))
        )

    def _given(self, name: str, index: int) -> Callable[[], Plan]:
        """The book in which one case of a rule applies to its products whatever it asks, beside what applies anyway."""

        def make() -> b.Book:
            rule = next(rule for rule in self.book.rules if rule.name == name)
            given = replace(rule.cases[index], when=b.ALWAYS, start=None, end=None)
            rules = (replace(each, cases=(given,)) if each.name == name else each for each in self.book.rules)
            return replace(self.book, rules=tuple(rules))

        return self._lowered(("given", (name, index)), make)

    def _at_price(self, k: int) -> Callable[[], Plan]:
        """The book in which every product has its k-th list price on every day."""

        def make() -> b.Book:
            products = (
                replace(
                    product, prices=tuple(replace(dated, start=None, end=None) for dated in product.prices[k : k + 1])
                )
                for product in self.book.products
            )
            return replace(self.book, products=tuple(products))

        return self._lowered(("price", k), make)

    def _price_words(self, k: int) -> str:
        return f"its {('first', 'second', 'third')[k] if k < 3 else f'{k + 1}th'} list price"


def _with_cases(book: b.Book, name: str, change: Callable[[b.Case], b.Case]) -> b.Book:
    rules = (replace(rule, cases=tuple(map(change, rule.cases))) if rule.name == name else rule for rule in book.rules)
    return replace(book, rules=tuple(rules))


def _never(when: b.Condition) -> b.Condition:
    """A condition that never holds and still asks for the same facts."""
    return b.All((when, NEVER))


def _on(case: b.Case, products: Ints) -> Ints:
    """Places of the lines whose product a case is on."""
    return np.flatnonzero(products >= 0 if case.products is None else np.isin(products, list(case.products)))


def _as_read_by(plan: Plan, first: Plan, asked: Asked) -> Asked:
    """Lines read by one plan's codes, as another reads them: words have other numbers where fewer conditions name them."""
    facts = {}
    for path, values in asked.facts.items():
        here, there = first.dim_of.get(path), plan.dim_of.get(path)
        if here is not None and there is not None and first.words[here] != plan.words[there]:
            values = _recoded(whole(values), first.words[here], plan.words[there])
        facts[path] = values
    return replace(asked, facts=facts)


def _recoded(codes: Ints, old: dict[str, int], new: dict[str, int]) -> Ints:
    table = np.arange(max([2, *(code + 1 for code in old.values())]))
    table[2:] = 1  # a word that the other plan does not know is `other`
    for word, code in old.items():
        table[code] = new.get(word, 1)
    recoded: Ints = table[codes]
    return recoded
