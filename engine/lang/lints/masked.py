"""Rules that never win: in a step that takes the best, another that gives at least as much wherever they apply; and rules that an
exception replaces wherever they apply.

Only what is compared without a price is looked at: percents of one base, amounts, set prices, floors of one kind. 20,000 cases
are not compared in pairs: a case looks up those that ask for no more than it does, by its products and by its words.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations

from engine.lang import words
from engine.lang.book import Amount, AtLeast, Give, Percent, Rule, SetPrice, Step
from engine.lang.boxes import Box, Names
from engine.lang.diagnostics import Diagnostic
from engine.lang.draft import Draft
from engine.lang.lints.cover import Entry, covers, entries, holds_products
from engine.lang.lints.plain import plain_give, plain_rule, plain_step

MOST_WORK = 1_000_000
MOST_SAID = 50
MOST_SUBJECTS = 5
"""A case that asks about more is not looked up."""
Products = frozenset[int] | None
Scale = tuple[object, ...]
Rank = tuple[int, str, str, int, int]
"""The place of a case's value among all of its scale, then its rule's name, then where it stands: the lowest wins."""
Ask = tuple[frozenset[str], frozenset[tuple[str, str]]]
"""What a box asks about, and the words it asks for where that is one each."""


def find_masked(draft: Draft) -> None:
    """Say each case and each rule that never wins."""
    kinds = draft.kinds()
    for number, step in enumerate(draft.step_list):
        rules = [rule for rule in draft.rules if rule.step == number]
        if step.combine in ("best of", "floor") and plain_step(step):
            _dominated(
                draft, step, entries(draft, rules, kinds), {name for rule in rules for name in rule.exception_to}
            )
    replaced = {rule.name: rule for rule in draft.rules}
    for rule in draft.rules:
        if rule.exception_to and plain_rule(rule):
            for name in rule.exception_to:
                if name in replaced and _always(entries(draft, [rule], kinds), entries(draft, [replaced[name]], kinds)):
                    parent = replaced[name]
                    draft.report.add(words.replaced(name, rule.name, rule.span, parent.span))


def _always(own: list[Entry], parent: list[Entry]) -> bool:
    """Whether each case of a rule has one of its exception that applies wherever it does."""
    if len(own) * len(parent) > 10_000 or not parent:
        return False
    return all(any(covers(mine.case, box, one) for mine in own for box in mine.boxes) for one in parent)


# ---------------------------------------------------------------- the best of several


def scale_of(give: Give) -> tuple[Scale, Fraction] | None:
    """What a give is compared within, and its value there: the lowest wins."""
    if not plain_give(give):
        return None
    match give:
        case Percent(rate, of):
            return ("percent", of.kind, of.step), rate
        case Amount(micros):
            return ("amount",), micros
        case SetPrice(price):
            return ("price",), price.amount
        case AtLeast(kind, value):
            return ("floor", kind), -value
        case _:
            return None


@dataclass(slots=True)
class Rival:
    """A case that may win over others: best first, of equals the name that comes first."""

    rank: Rank
    entry: Entry
    box: Box


@dataclass(slots=True)
class Shelf:
    """Rivals by their products, then by what they ask."""

    by: dict[Products, dict[Ask, list[Rival]]] = field(default_factory=dict)
    loose: dict[Products, list[Rival]] = field(default_factory=dict)
    holding: dict[int, list[Products]] = field(default_factory=dict)
    work: int = 0

    def put(self, rival: Rival) -> None:
        """Keep a rival."""
        products = rival.entry.case.products
        if products not in self.by:
            self.by[products], self.loose[products] = {}, []
            for product in products or ():
                self.holding.setdefault(product, []).append(products)
        ask = asked(rival.box)
        into = self.loose[products] if ask is None else self.by[products].setdefault(ask, [])
        into.append(rival)

    def near(self, entry: Entry) -> Iterator[list[Rival]]:
        """The rivals that may apply wherever a case does, in lists."""
        products = entry.case.products
        sets: list[Products] = [None] if None in self.by else []
        sets += self.holding.get(min(products), []) if products else []
        asks = list(_less(entry.boxes[0]))
        for held in sets:
            self.work += 1
            if holds_products(held, products):
                known = self.by[held]
                yield self.loose[held]
                yield from (known[ask] for ask in asks if ask in known)

    def sort(self) -> None:
        """The best first."""
        for products, known in self.by.items():
            for rivals in (self.loose[products], *known.values()):
                rivals.sort(key=lambda rival: rival.rank)


def asked(box: Box) -> Ask | None:
    """What a box asks; None where it asks for one of several words."""
    singles = []
    for name, side in box.items():
        if isinstance(side, Names):
            if side.among is None or len(side.among) != 1:
                return None
            singles.append((name, next(iter(side.among))))
    return frozenset(box), frozenset(singles)


def _less(box: Box) -> Iterator[Ask]:
    """All that asks no more than a box does."""
    if len(box) > MOST_SUBJECTS:
        return
    for size in range(len(box) + 1):
        for names in combinations(box, size):
            ask = asked({name: box[name] for name in names})
            if ask is not None:
                yield ask


def _dominated(draft: Draft, step: Step, all_of: list[Entry], excepted: set[str]) -> None:
    weighed = [(entry, *found) for entry in all_of if (found := scale_of(entry.case.give)) is not None]
    order = {value: number for number, value in enumerate(sorted({value for _, _, value in weighed}))}
    shelves: dict[Scale, Shelf] = {}
    for entry, scale, value in weighed:
        if entry.rule.name not in excepted and plain_rule(entry.rule):
            for box in entry.boxes:
                shelves.setdefault(scale, Shelf()).put(Rival(_rank(entry, order[value]), entry, box))
    for shelf in shelves.values():
        shelf.sort()
    told: set[str] = set()
    for entry, scale, value in weighed:
        name = entry.rule.name
        if not value or entry.rule.exception_to or name in excepted or name in told or scale not in shelves:
            continue
        winner = _winner(shelves[scale], entry, _rank(entry, order[value]))
        if winner is not None:
            told.add(name)
            draft.report.add(_masked(step, entry, winner))
        if len(told) >= MOST_SAID or sum(shelf.work for shelf in shelves.values()) > MOST_WORK:
            return


def _rank(entry: Entry, value: int) -> Rank:
    span = entry.case.span
    return value, entry.rule.name, span.file, span.line, span.column


def _winner(shelf: Shelf, entry: Entry, rank: Rank) -> Entry | None:
    """A case that wins over this one wherever it applies."""
    for rivals in shelf.near(entry):
        for rival in rivals:
            if rival.rank >= rank:
                break
            shelf.work += 1
            if rival.entry is not entry and covers(rival.entry.case, rival.box, entry):
                return rival.entry
    return None


def _masked(step: Step, entry: Entry, winner: Entry) -> Diagnostic:
    what = _named(entry.rule, entry.case.label)
    other = "another row of it" if winner.rule is entry.rule else _named(winner.rule, winner.case.label)
    return words.masked(what, other, step.name, entry.case.span, winner.case.span)


def _named(rule: Rule, label: str) -> str:
    return f"`{rule.name}`" + (f" ({words.cut(label)})" if label else "")
