"""Which cases can apply at all: found by what each of them needs, so that pricing a quote does not walk the whole book.

Every case of a step stands in one place: under its set of products, and there under a word that its condition needs (`segment is
startup` stands under that word), or among those that need none. What is found may still not hold; what is not found cannot.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from operator import itemgetter

from engine.lang import book as b
from engine.lang.parts import atoms
from engine.values.kinds import Value

Numbered = tuple[int, b.Rule, b.Case]
"""A case with its place in the book."""
Products = frozenset[int] | None


@dataclass
class Shelf:
    """Cases by a word that each needs of a subject; `always` are those that need none."""

    always: list[Numbered] = field(default_factory=list)
    by_word: dict[str, dict[Value, list[Numbered]]] = field(default_factory=dict)

    def add(self, one: Numbered) -> None:
        """Put a case where it is found: by the comparison that the fewest words meet."""
        when = one[2].when
        parts = when.of if isinstance(when, b.All) else (when,)
        needed = min(
            (part for part in parts if isinstance(part, b.Is)), key=lambda part: len(part.values), default=None
        )
        if needed is None:
            self.always.append(one)
            return
        words = self.by_word.setdefault(needed.subject.name, {})
        for word in needed.values:
            words.setdefault(word, []).append(one)

    def find(self, known: Mapping[str, Value]) -> Iterator[Numbered]:
        """Those that may hold for what is known."""
        yield from self.always
        for name, words in self.by_word.items():
            if name in known:
                yield from words.get(known[name], ())

    def every(self) -> list[Numbered]:
        """All of them, each once."""
        named = (one for words in self.by_word.values() for some in words.values() for one in some)
        return [*self.always, *{one[0]: one for one in named}.values()]


class Candidates:
    """A book's cases where they are found, and what is asked of a quote before a step and of a product."""

    def __init__(self, book: b.Book) -> None:
        self.products = {product.code: index for index, product in enumerate(book.products)}
        self.by_name = {(rule.step, rule.name): rule for rule in book.rules}
        self.folds: list[tuple[b.Subject, ...]] = []  # sums that a step's rules ask about; last, that the denials do
        self.places: list[tuple[b.Subject, ...]] = []  # measures of a step's graduated tiers
        self._local: dict[int, dict[Products, Shelf]] = {}
        self._across: dict[int, Shelf] = {}
        self._asking: dict[Products, dict[int, int]] = {}  # required facts, and the first rule that asks
        self._sets: dict[int, list[Products]] = {}
        self._fill(book)

    def _fill(self, book: b.Book) -> None:
        folds: list[set[b.Subject]] = [set() for _ in range(len(book.steps) + 1)]
        places: list[dict[b.Subject, None]] = [{} for _ in book.steps]
        required = {number for number, fact in enumerate(book.facts) if not fact.optional}
        place = 0
        for number, rule in enumerate(book.rules):
            for case in rule.cases:
                self._shelf(rule.step, case).add((place, rule, case))
                place += 1
                asking = self._asking.setdefault(case.products, {})
                for subject in {atom.subject for atom in atoms(case.when)}:
                    if subject.fact in required:
                        asking.setdefault(subject.fact, number)
                    if subject.fold is not None:
                        folds[rule.step].add(subject)
                if isinstance(case.give, b.GraduatedOff | b.SetPrice) and case.give.by is not None:
                    places[rule.step][case.give.by] = None
        folds[-1] = {atom.subject for denial in book.denials for atom in atoms(denial.when) if atom.subject.fold}
        self.folds = [tuple(sorted(asked, key=lambda subject: subject.name)) for asked in folds]
        self.places = [tuple(measures) for measures in places]

    def _shelf(self, step: int, case: b.Case) -> Shelf:
        if isinstance(case.give, b.Across):
            return self._across.setdefault(step, Shelf())
        return self._local.setdefault(step, {}).setdefault(case.products, Shelf())

    def of_product(self, step: int, product: int, known: Mapping[str, Value]) -> Iterable[Numbered]:
        """The cases of a step that may apply to a product, in book order."""
        shelves = self._local.get(step)
        if shelves is None:
            return ()
        found = [one for those in self._sets_of(product) if those in shelves for one in shelves[those].find(known)]
        found.sort(key=itemgetter(0))
        return found

    def over_lines(self, step: int, known: Mapping[str, Value] | None = None) -> Iterable[Numbered]:
        """The cases of a step over several lines, in book order; that may apply to what is known, where that is said."""
        shelf = self._across.get(step)
        if shelf is None:
            return ()
        return sorted(shelf.every() if known is None else shelf.find(known), key=itemgetter(0))

    def asking(self, product: int) -> Mapping[int, int]:
        """The required facts that rules on a product ask about, in the order declared: the first rule that asks for each."""
        first: dict[int, int] = {}
        for those in self._sets_of(product):
            for fact, rule in self._asking[those].items():
                first[fact] = min(rule, first.get(fact, rule))
        return dict(sorted(first.items()))

    def _sets_of(self, product: int) -> list[Products]:
        found = self._sets.get(product)
        if found is None:
            found = self._sets[product] = [those for those in self._asking if those is None or product in those]
        return found

    @cached_property
    def alone_steps(self) -> tuple[int, ...]:
        """Steps of which a rule closes others."""
        return tuple(sorted({rule.step for rule in self.by_name.values() if rule.alone_in}))

    @cached_property
    def closing(self) -> int | None:
        """The step before which those that stand alone are told: the first that one of them closes or is in."""
        return min((min(rule.step, *rule.alone_in) for rule in self.by_name.values() if rule.alone_in), default=None)


_KEPT: dict[int, Candidates] = {}


def candidates_of(book: b.Book) -> Candidates:
    """A book's candidates; made at the first use, and gone with the book."""
    found = _KEPT.get(id(book))
    if found is None:
        found = _KEPT[id(book)] = Candidates(book)
        weakref.finalize(book, _KEPT.pop, id(book), None)
    return found
