"""Which rules can concern a product: found once for a book, so that a line looks only at its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from engine.lang import book as b

Cases = tuple[b.Case, ...]
MOST_KEPT = 256
"""Products whose rules are kept at hand."""


class Concerned:
    """The rules of a book by the products they are on."""

    def __init__(self, book: b.Book) -> None:
        self.book = book
        self._made: dict[int, dict[int, Cases]] = {}
        self._everywhere: dict[int, list[b.Case]] = {}
        shared: dict[frozenset[int], list[tuple[int, b.Case]]] = defaultdict(list)
        for number, rule in enumerate(book.rules):
            for case in rule.cases:
                if case.products is None:
                    self._everywhere.setdefault(number, []).append(case)
                else:
                    shared[case.products].append((number, case))
        self._shared: dict[int, list[frozenset[int]]] = defaultdict(list)
        self._cases = shared
        for products in shared:
            for product in products:
                self._shared[product].append(products)

    def of(self, product: int) -> dict[int, Cases]:
        """The cases that concern a product by their rule's number, rules and cases in book order."""
        kept = self._made.get(product)
        if kept is None:
            if len(self._made) >= MOST_KEPT:
                self._made.clear()
            kept = self._made[product] = self._find(product)
        return kept

    def _find(self, product: int) -> dict[int, Cases]:
        found: dict[int, list[b.Case]] = {number: list(cases) for number, cases in self._everywhere.items()}
        mixed: set[int] = set()
        for products in self._shared.get(product, ()):
            for number, case in self._cases[products]:
                mine = found.setdefault(number, [])
                if mine:
                    mixed.add(number)
                mine.append(case)
        for number in mixed:  # cases of several sets of products: back into the book's order
            ids = {id(case) for case in found[number]}
            found[number] = [case for case in self.book.rules[number].cases if id(case) in ids]
        return {number: tuple(found[number]) for number in sorted(found)}

    def narrowed(self, products: Iterable[int]) -> b.Book:
        """The book with only the rules, and of them the cases, that concern one of these products: they are priced alike."""
        kept: dict[int, dict[int, b.Case]] = defaultdict(dict)
        for product in sorted(set(products)):
            for number, cases in self.of(product).items():
                kept[number].update((id(case), case) for case in cases)
        return self.book_of({number: tuple(cases.values()) for number, cases in kept.items()})

    def book_of(self, cases: dict[int, Cases]) -> b.Book:
        """The book with only these cases of these rules."""
        rules = []
        for number in sorted(cases):
            rule = self.book.rules[number]
            if len(cases[number]) < len(rule.cases):
                ids = {id(case) for case in cases[number]}
                rule = replace(rule, cases=tuple(case for case in rule.cases if id(case) in ids))
            rules.append(rule)
        return replace(self.book, rules=tuple(rules), tests=())
