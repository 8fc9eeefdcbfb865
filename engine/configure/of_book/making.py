"""A model in the making: its options and rules so far, and the bundles that stand in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from engine.configure.configured import Option
from engine.configure.model import Rule
from engine.configure.totals import Counted, Piece
from engine.configure.variables import Reason, Variable, literals_of
from engine.configure.wording import Clauses, clauses_of
from engine.lang import configurable as c
from engine.lang.book import Book


@dataclass
class Instance:
    """A bundle where it stands: behind a path, under an option; `scope` are the variables that its rules name.

    It is there `times` as often as each number of `within` says.
    """

    bundle: c.Bundle
    under: int | None
    scope: dict[str, Variable]
    outermost: bool
    times: Fraction
    within: tuple[Variable, ...] = ()
    defaults: list[tuple[c.Part | c.Attribute, str]] = field(default_factory=list)


class Making:
    """A model in the making. Options and rules are numbered as they are made."""

    def __init__(self, book: Book, bundles: dict[str, c.Bundle]) -> None:
        self.book, self.bundles = book, bundles
        self.goods = {goods.code: dict(goods.attributes) for goods in book.products}
        self.options: list[Option] = []
        self.rules: list[Rule] = []
        self.reasons: dict[Reason, int] = {}
        self.reason_of: list[int] = []
        self.instances: list[Instance] = []
        self.variables: list[Variable] = []
        self.pieces: list[Piece] = []

    def option(self, name: str, path: str, **more: object) -> int:
        """The number of one option more."""
        self.options.append(Option(name, path, **more))  # type: ignore[arg-type]
        return len(self.options) - 1

    def add(self, rule: Rule, reason: Reason) -> None:
        """One rule more, and which of the reasons it is of."""
        self.rules.append(rule)
        self.reason_of.append(self.reasons.setdefault(reason, len(self.reasons)))

    def counted(self, instance: Instance) -> Counted:
        """What sums count where a bundle stands."""
        return Counted(instance.scope, instance.times, instance.within, self.pieces, self.goods)


def absent(instance: Instance) -> frozenset[int]:
    """What holds where the bundle of a rule is not there."""
    return frozenset() if instance.under is None else frozenset((2 * instance.under + 1,))


def clauses_in(instance: Instance, holds: c.Holds, reason: Reason, positive: bool = True) -> Clauses:
    """What of literals holds where a condition of a bundle does, or does not."""
    return clauses_of(holds, lambda atom: literals_of(instance.scope, atom), positive, reason.span)
