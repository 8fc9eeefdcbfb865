"""What literals bring into the sums of a bundle: products with their quantities, as often as the bundles they stand in are there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import prod

from engine.configure.digits import amounts_of
from engine.configure.variables import Variable, is_below
from engine.lang import configurable as c

Weighed = list[tuple[int | None, Fraction]]
"""Literals (None: always) and what each brings."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A product that may be chosen: how often it counts for each of its own, by what variable its quantity goes.

    It counts `times` as often as each number of `within` says.
    """

    path: str
    code: str
    times: Fraction
    variable: Variable
    within: tuple[Variable, ...]


@dataclass(frozen=True, slots=True)
class Weight:
    """What a literal (None: always) brings into a sum, as often as the `factors` say."""

    literal: int | None
    weight: Fraction
    factors: tuple[Variable, ...] = ()


@dataclass(frozen=True, slots=True)
class Counted:
    """Where sums are asked: the variables by path there, and how often all of that is there."""

    scope: Mapping[str, Variable]
    times: Fraction
    within: tuple[Variable, ...]
    pieces: list[Piece]
    goods: Mapping[str, Mapping[str, int | str]]

    def variables(self, term: c.Term) -> list[Variable]:
        """The numbers that a term counts."""
        return [self.scope[term.path]] if term.path else [piece.variable for piece, _ in self._found(term)]

    def weights(self, term: c.Term) -> Iterator[Weight]:
        """The literals that bring something into a sum, and how much."""
        if term.path:
            yield from (Weight(literal, term.weight * n) for literal, n in amounts_of(self.scope[term.path]))
            return
        for piece, has in self._found(term):
            own, factors = term.weight * piece.times / self.times * has, piece.within[len(self.within) :]
            yield from (Weight(literal, own * amount, factors) for literal, amount in amounts_of(piece.variable))

    def _found(self, term: c.Term) -> Iterator[tuple[Piece, Fraction]]:
        """The products that a sum counts, and what a unit of each brings."""
        inside = {id(variable): path for path, variable in self.scope.items()}
        for piece in self.pieces:
            path, has = inside.get(id(piece.variable)), self._has(term, piece.code)
            if path is not None and has is not None and is_below(path, term.of):
                yield piece, has

    def _has(self, term: c.Term, code: str) -> Fraction | None:
        """What a unit of a product brings into a sum."""
        if term.each or term.what == "quantity":
            return dict(term.each).get(code) if term.each else Fraction(1)
        has = self.goods[code].get(term.what)
        return Fraction(has, c.ONE) if isinstance(has, int) else None


def by_numbers(weights: Iterable[Weight]) -> Iterator[tuple[Weighed, frozenset[int]]]:
    """A sum for each combination of the numbers that are factors in it, and the literals of which one holds in all others."""
    weights = list(weights)
    factors = list({id(factor): factor for each in weights for factor in each.factors}.values())
    for numbers in product(*(_told(factor) for factor in factors)):
        often = {id(factor): number for factor, (_, number) in zip(factors, numbers, strict=True)}
        weighed: Weighed = [(e.literal, e.weight * prod(often[id(factor)] for factor in e.factors)) for e in weights]
        yield weighed, frozenset(literal ^ 1 for literal, _ in numbers)


def _told(factor: Variable) -> list[tuple[int, int]]:
    """How many of a bundle there are: the literal that says so, and the number; none of it where it is not chosen."""
    [present] = factor.values.values()
    return [(2 * option, low // c.ONE) for low, _, option in factor.amounts] + [(2 * present + 1, 0)]
