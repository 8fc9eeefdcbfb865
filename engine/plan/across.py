"""Lowers sums over the lines of a quote: each becomes a dim of its own, and a step that no line goes through.

    sum of quantity where (family is crm and line.weight > 2) >= 10
        ->  dim `sum of quantity where ...`, cut at 10, and a nameless rule in a step of its own:
            on the products of crm, when line.weight > 2: these lines count

So what lines a sum counts is told by masks, as everything else is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import lcm

from engine.lang import book as b
from engine.lang.parts import atoms
from engine.plan import layout as at
from engine.plan.figures import fraction
from engine.plan.whole import NOTHING, NOWHERE

_NEVER = b.Any(())
_WHAT = {"quantity": at.OF_QUANTITY, "amount": at.OF_AMOUNT, "lines": at.OF_LINES}


class Sums:
    """The sums a book asks for, and the book with a step more for each that does not count every line."""

    def __init__(self, book: b.Book) -> None:
        asked = {
            (rule.step, atom.subject)
            for rule in book.rules
            for case in rule.cases
            for atom in atoms(case.when)
            if atom.subject.fold is not None
        }
        self.asked = sorted(asked, key=lambda one: (one[0], one[1].name))
        self.subjects = sorted({subject for _, subject in asked}, key=lambda subject: subject.name)
        folds = [subject.fold for subject in self.subjects if subject.fold is not None]
        self.facts = {fold.plus for fold in folds if fold.plus is not None}
        self.plus = [None if fold.plus is None else book.facts[fold.plus].path for fold in folds]
        parts = lcm(*(unit.size.denominator for unit in book.units))
        self.parts = parts if any(fold.in_roots for fold in folds) else 0
        self.sizes = [
            fraction(book.units[p.unit].size * parts, p.span, "this unit")[0] for p in book.products if self.parts
        ]
        self.counts: dict[str, tuple[int, bool]] = {}  # of each subject: the step that counts for it, whether it asks
        self.book = self._with_steps(book) if folds else book

    def _with_steps(self, book: b.Book) -> b.Book:
        steps, rules = list(book.steps), list(book.rules)
        for subject in self.subjects:
            assert subject.fold is not None
            counted = list(_counted(book, subject.fold))
            if counted == [(None, b.ALWAYS)]:
                continue
            self.counts[subject.name] = len(steps), any(atoms(when) for _, when in counted)
            cases = tuple(b.Case(products, None, None, when, NOTHING, NOWHERE) for products, when in counted)
            rules.append(b.Rule("", "discount", len(steps), cases, NOWHERE))
            steps.append(b.Step("", "list", NOWHERE))
        return replace(book, steps=tuple(steps), rules=tuple(rules))

    def rows(self, dims: list[b.Subject]) -> list[tuple[int, ...]]:
        """FOLD columns of what each step asks for."""
        place = {subject.name: i for i, subject in enumerate(dims)}
        added = dict(zip((subject.name for subject in self.subjects), self.plus, strict=True))
        rows: list[tuple[int, ...]] = []
        for step, subject in self.asked:
            fold, plus = subject.fold, added[subject.name]
            assert fold is not None
            counts, asks = self.counts.get(subject.name, (-1, False))
            rows.append((
                step, place[subject.name], _WHAT[fold.what], -1 if fold.at is None else fold.at, counts, int(asks),
                int(fold.same_group), int(fold.own), -1 if plus is None else place[plus],
                self.parts if fold.in_roots else 0,
            ))  # fmt: skip
        return rows


def _counted(book: b.Book, fold: b.Fold) -> Iterator[tuple[frozenset[int] | None, b.Condition]]:
    """Which lines a sum counts: sets of products (None: all), and what is asked of each one's lines."""
    if fold.own:
        yield None, b.ALWAYS
        return
    products, where = fold.products, fold.where or b.ALWAYS
    if fold.period is not None and any(p.period != fold.period for p in book.products):
        among = range(len(book.products)) if products is None else products
        products = frozenset(i for i in among if book.products[i].period == fold.period)
    if not any(atom.subject.name == "line.product" for atom in atoms(where)):
        yield products, where
        return
    alike: dict[b.Condition, set[int]] = {}
    for index in range(len(book.products)) if products is None else products:
        alike.setdefault(_of_product(where, book.products[index].code), set()).add(index)
    yield from ((frozenset(those), when) for when, those in alike.items())


def _of_product(when: b.Condition, code: str) -> b.Condition:
    """A condition on a line of this product: what it asks of the product is settled."""
    match when:
        case b.All(of):
            return b.All(tuple(_of_product(part, code) for part in of))
        case b.Any(of):
            return b.Any(tuple(_of_product(part, code) for part in of))
        case b.Not(part):
            return b.Not(_of_product(part, code))
        case b.Is(subject, values) if subject.name == "line.product":
            return b.ALWAYS if code in values else _NEVER
        case b.Known(subject) if subject.name == "line.product":
            return b.ALWAYS
        case _:
            return when
