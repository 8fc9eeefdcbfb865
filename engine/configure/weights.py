"""What the options of a bundle bring into a quote: so much of a product each, as far as that is known option by option.

    cpu=x60            1 x60
    seat=100..5000     100 of it, or the number that was said
    seat+4             4 more of it, where digits tell a number that a sum counts
    desk=3             3 of what is in every desk; what may be left out of a desk is there as often as desks are, once that is known

Ticks are millionths, as everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from engine.configure.configured import Configured, Line
from engine.configure.solver import Undecided, satisfy
from engine.configure.variables import Variable
from engine.lang.configurable import ONE

MOST_CONFLICTS = 2_000
"""What it may take to prove that something is always there."""


class Said(NamedTuple):
    """Numbers that are known: within ranges, by option; and of how many bundles inside there are, by path. All in ticks."""

    ranges: tuple[tuple[int, int], ...] = ()
    often: tuple[tuple[str, int], ...] = ()


class Thing(NamedTuple):
    """So much of a product, in ticks."""

    code: str
    ticks: int


class Weight(NamedTuple):
    """An option brings a thing, `less` another that was counted before."""

    option: int
    thing: Thing
    less: Thing | None = None


class Weights:
    """What the options of a bundle bring. `factors` are the paths of bundles inside of which the number is chosen."""

    def __init__(self, made: Configured) -> None:
        self.made = made
        self.factors = frozenset(path for line in made.lines for path in line.within)

    def of(self, said: Said, lines: Iterable[Line] | None = None) -> tuple[list[Weight], frozenset[int]]:
        """The things that options bring by these lines (None: all) while numbers are known; and options of which only the least can be said,
        for it is as often there as another choice says."""
        found: list[Weight] = []
        least: set[int] = set()
        often, ranges = dict(said.often), dict(said.ranges)
        spelled: set[str] = set()
        for line in self.made.lines if lines is None else lines:
            own = self._own(line, ranges, spelled)
            open_ = [path for path in line.within if path not in often]
            for path in line.within:
                own = [_times(one, often[path]) for one in own] if path in often else own
            if len(open_) == 1 and len(own) == 1 and line.option in self._always:
                own = [_moved(own[0], *amount) for amount in _numbers(self.made.scope[open_[0]])]
            else:
                least |= {one.option for one in own if open_}
                for path in open_:
                    own = [_times(one, self.made.scope[path].amounts[0][0]) for one in own]
            found += own
        return found, frozenset(least)

    def told(self, said: Said) -> list[Line]:
        """The lines that bring something else while these numbers are known."""
        paths = {self.made.options[option].path for option, _ in said.ranges} | {path for path, _ in said.often}
        return [line for line in self.made.lines if line.path in paths or not paths.isdisjoint(line.within)]

    def _own(self, line: Line, ranges: Mapping[int, int], spelled: set[str]) -> list[Weight]:
        """What a line brings by itself: of a range its number, or its first. A number told by digits is its first and each digit more."""
        variable = self.made.scope[line.path]
        if not variable.digits or any(option in ranges for _, _, option in variable.amounts):
            low = self.made.options[line.option].low or 0
            known = line.quantity if line.option not in ranges else None
            ticks = known if known is not None else int(line.times * ranges.get(line.option, low))
            return [Weight(line.option, Thing(line.code, ticks))]
        steps = list(_numbers(variable))[1:] if line.path not in spelled else []
        spelled.add(line.path)
        assert variable.numbers is not None
        first = Thing(line.code, int(line.times * variable.numbers.low))
        more = [
            Weight(digit, Thing(line.code, int(line.times * tick)), Thing(line.code, int(line.times * less)))
            for digit, tick, less in steps
        ]
        return [Weight(line.option, first), *more]

    @cached_property
    def _always(self) -> frozenset[int]:
        """Options inside that are there whenever the one bundle is of which the number is chosen."""
        inside = {(line.option, line.within) for line in self.made.lines if line.within}
        return frozenset(option for option, within in inside if all(self._follows(option, path) for path in within))

    def _follows(self, option: int, path: str) -> bool:
        present = self.made.scope[path].present
        return self.never([2 * option + 1, *([] if present is None else [2 * present])])

    def never(self, literals: Sequence[int]) -> bool:
        """Whether it is proven that these are never so together."""
        try:
            return satisfy(self.made.bounds, literals, most_conflicts=MOST_CONFLICTS).chosen is None
        except Undecided:
            return False


def _numbers(variable: Variable) -> Iterable[tuple[int, int, int]]:
    """How a number is told: options, and for each how much there is with it, and without."""
    numbers = variable.numbers
    if not variable.digits or numbers is None:
        return [(option, low, 0) for low, _, option in variable.amounts]
    low = numbers.low
    first = variable.amounts[0][2] if variable.present is None else variable.present
    return [(first, low, 0), *((option, low + step, low) for step, option in variable.digits)]


def _times(weight: Weight, tick: int) -> Weight:
    thing, less = weight.thing, weight.less
    more = thing._replace(ticks=thing.ticks * tick // ONE)
    return Weight(weight.option, more, None if less is None else less._replace(ticks=less.ticks * tick // ONE))


def _moved(weight: Weight, option: int, tick: int, less: int) -> Weight:
    code, ticks = weight.thing
    return Weight(option, Thing(code, ticks * tick // ONE), Thing(code, ticks * less // ONE) if less else None)
