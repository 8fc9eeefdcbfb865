"""Past business under two books: what moves, by rule, by segment, and the lines that move most.

A line counts where both books price it and charge it as often (once, a month ...); what is charged once and by the month is
never added up, so every figure is of one period. What one book prices only stands apart.

The change of a line is the sum of its rules' changes: each rule's share of the new price less its share of the old one, the list
price and the rounding among them (`lines`). Shares are worked out for changed lines only.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from engine.plan import layout as at
from engine.plan.plan import Plan
from engine.pricing.compare.lines import LIST, ROUNDING, Amounts, Asked, Shares, amounts_of, shares_of, whole
from engine.pricing.compare.sums import by_group, merged, total

Ints = np.ndarray
UNNAMED = {LIST: "list price", ROUNDING: "rounding"}
"""What accounts for a change beside the rules."""


@dataclass(slots=True)
class Moved:
    """Sums over lines of one period, in micros. Margin is net less cost, over the lines whose cost both books know."""

    lines: int = 0
    changed: int = 0
    old_net: int = 0
    new_net: int = 0
    with_cost: int = 0
    old_margin: int = 0
    new_margin: int = 0

    @property
    def change(self) -> int:
        """Revenue moved."""
        return self.new_net - self.old_net

    @property
    def margin_change(self) -> int:
        """Margin moved, over the lines whose cost is known."""
        return self.new_margin - self.old_margin

    def add(self, lines: int, changed: int, old_net: int, new_net: int, with_cost: int, old: int, new: int) -> None:
        """Add the sums of more lines."""
        self.lines += lines
        self.changed += changed
        self.old_net += old_net
        self.new_net += new_net
        self.with_cost += with_cost
        self.old_margin += old
        self.new_margin += new


@dataclass(slots=True)
class ByRule:
    """What one rule accounts for: on how many lines, and how much."""

    lines: int = 0
    change: int = 0


@dataclass(frozen=True, slots=True, order=True)
class Most:
    """A line that moved much. `row` is its number among all lines, from 0, below zero: of equal ones the earlier comes first."""

    size: int
    row: int
    product: str
    quantity: int
    period: str
    old_net: int
    new_net: int
    rules: str


@dataclass
class Simulation:
    """Everything found so far. Keys begin with the period: `month`, `once`."""

    totals: dict[str, Moved] = field(default_factory=lambda: defaultdict(Moved))
    rules: dict[tuple[str, str], ByRule] = field(default_factory=lambda: defaultdict(ByRule))
    segments: dict[tuple[str, str, str], Moved] = field(default_factory=lambda: defaultdict(Moved))
    most: list[Most] = field(default_factory=list)
    rows: int = 0
    neither: int = 0
    only_old: ByRule = field(default_factory=ByRule)
    only_new: ByRule = field(default_factory=ByRule)
    charged_otherwise: int = 0


@dataclass(frozen=True)
class Outcome:
    """A chunk of lines under both books. `rules[i]` says what moved line i: "" where nothing did."""

    old: Amounts
    new: Amounts
    rules: Sequence[str]

    @property
    def change(self) -> Ints:
        """New less old, of lines both price; 0 elsewhere."""
        change: Ints = np.where(self.old.fine & self.new.fine, self.new.net - self.old.net, 0)
        return change


Segments = Mapping[str, tuple[Ints, Sequence[str]]]
"""By name: a number for each line, and the word of each number."""


class Simulator:
    """Two plans, and what lines come to under each."""

    def __init__(self, old: Plan, new: Plan, top: int = 10) -> None:
        self.old, self.new, self.top = old, new, top
        self.found = Simulation()
        names = dict.fromkeys(rule.name for plan in (old, new) for rule in plan.head.rules)
        self.names = [*names]
        number = {name: i for i, name in enumerate(self.names)}
        self._numbers = [np.array([number[rule.name] for rule in plan.head.rules], np.int64) for plan in (old, new)]
        self._periods = sorted({product.period for plan in (old, new) for product in plan.head.products})
        of = {period: i for i, period in enumerate(self._periods)}
        self._period_of = [
            np.array([*(of[product.period] for product in plan.head.products), -1], np.int64) for plan in (old, new)
        ]

    def add(self, old: Asked, new: Asked, segments: Segments) -> Outcome:
        """Price a chunk of lines, read for each plan by its own codes, under both."""
        before, after = amounts_of(self.old, old), amounts_of(self.new, new)
        period = [periods[whole(asked.product)] for periods, asked in zip(self._period_of, (old, new), strict=True)]
        both = before.fine & after.fine & (period[0] == period[1])
        self._count(before, after, both)
        changed = np.flatnonzero(both & (before.net != after.net))
        lines, rules, micros = self._changes(old, new, before, after, changed)
        texts = self._texts(len(old), changed, lines, rules)
        for number, name in enumerate(self._periods):
            mine = both & (period[0] == number)
            if mine.any():
                self._sum(name, mine, before, after, segments)
                self._by_rule(name, mine[changed][lines] if len(lines) else mine[:0], rules, micros)
        self._keep_most(old, period[0], before, after, changed, texts)
        self.found.rows += len(old)
        return Outcome(before, after, texts)

    # ------------------------------------------------------------ what accounts for a change

    def _changes(self, old: Asked, new: Asked, before: Amounts, after: Amounts, rows: Ints) -> tuple[Ints, Ints, Ints]:
        """(index into `rows`, name's number, micros) of every share that differs."""
        if not len(rows):
            return rows, rows, rows
        shares = [
            self._named(number, shares_of(plan, asked, rows, amounts.net[rows]))
            for number, (plan, asked, amounts) in enumerate(((self.old, old, before), (self.new, new, after)))
        ]
        lines = np.concatenate([share.line for share in shares])
        names = np.concatenate([share.rule for share in shares])
        line, name, micros = merged(lines, names, np.concatenate([-shares[0].micros, shares[1].micros]))
        moved = np.flatnonzero(micros)
        return line[moved], name[moved], micros[moved]

    def _named(self, which: int, shares: Shares) -> Shares:
        """Rules by the number of their name, which is the same in both books."""
        rule = shares.rule.copy()
        of_rule = rule >= 0
        rule[of_rule] = self._numbers[which][rule[of_rule]]
        return Shares(shares.line, rule, shares.micros)

    def name(self, number: int) -> str:
        """A rule's name, or what stands in its place."""
        return UNNAMED[number] if number < 0 else self.names[number]

    def _texts(self, count: int, changed: Ints, lines: Ints, rules: Ints) -> Sequence[str]:
        """The names of what moved each line, one text for each set of names."""
        texts = np.full(count, "", object)
        if not len(lines):
            return texts.tolist()
        starts = np.flatnonzero(np.r_[True, lines[1:] != lines[:-1]])
        keys = np.random.default_rng(0).integers(1 << 62, size=len(self.names) + len(UNNAMED), dtype=np.int64)
        sets = np.add.reduceat(keys[rules + len(UNNAMED)], starts)
        _, first, which = np.unique(sets, return_index=True, return_inverse=True)
        ends = np.r_[starts[1:], len(lines)]
        words = np.array([self._words(rules[starts[i] : ends[i]].tolist()) for i in first], object)
        texts[changed[lines[starts]]] = words[which]
        return texts.tolist()

    def _words(self, numbers: list[int]) -> str:
        """List price, rules in book order, rounding."""
        return ", ".join(map(self.name, sorted(numbers, key=lambda number: (number == ROUNDING, number))))

    # ------------------------------------------------------------ sums

    def _count(self, before: Amounts, after: Amounts, both: Ints) -> None:
        found = self.found
        gone, come = before.fine & ~after.fine, after.fine & ~before.fine
        found.neither += int(np.count_nonzero(~before.fine & ~after.fine))
        found.charged_otherwise += int(np.count_nonzero(before.fine & after.fine & ~both))
        for apart, lines, net in ((found.only_old, gone, before.net), (found.only_new, come, after.net)):
            apart.lines += int(np.count_nonzero(lines))
            apart.change += total(net[lines])

    def _sum(self, period: str, mine: Ints, before: Amounts, after: Amounts, segments: Segments) -> None:
        rows = np.flatnonzero(mine)
        sums = _Sums(rows, before, after)
        self.found.totals[period].add(*sums.of(np.zeros(len(rows), np.int64), 1)[0])
        for by, (codes, words) in segments.items():
            for word, figures in zip(words, sums.of(codes[rows], len(words)), strict=True):
                if figures[0]:
                    self.found.segments[period, by, word].add(*figures)

    def _by_rule(self, period: str, mine: Ints, rules: Ints, micros: Ints) -> None:
        count = len(self.names) + len(UNNAMED)
        numbers = rules[mine] + len(UNNAMED)
        sums, lines = by_group(numbers, micros[mine], count), np.bincount(numbers, minlength=count).tolist()
        for number in range(count):
            if lines[number]:
                found = self.found.rules[period, self.name(number - len(UNNAMED))]
                found.lines += lines[number]
                found.change += sums[number]

    def _keep_most(
        self, asked: Asked, period: Ints, before: Amounts, after: Amounts, changed: Ints, texts: Sequence[str]
    ) -> None:
        """Keep the lines that moved most, of equal ones the earlier."""
        size = np.abs(after.net[changed] - before.net[changed])
        best = changed[np.argsort(-size, kind="stable")[: self.top]]
        if not len(best):
            return
        mine = asked.take(best)
        products, ticks = whole(mine.product).tolist(), whole(mine.quantity).tolist()
        for i, row in enumerate(best.tolist()):
            old, new = int(before.net[row]), int(after.net[row])
            product, often = self.old.head.products[products[i]].code, self._periods[int(period[row])]
            place = -(self.found.rows + row)
            self.found.most.append(Most(abs(new - old), place, product, ticks[i], often, old, new, texts[row]))
        self.found.most = heapq.nlargest(self.top, self.found.most)


class _Sums:
    """The figures of `Moved` over lines, by group."""

    def __init__(self, rows: Ints, before: Amounts, after: Amounts) -> None:
        old, new = before.net[rows], after.net[rows]
        costs = before.cost[rows], after.cost[rows]
        known = (costs[0] != at.MISSING) & (costs[1] != at.MISSING)
        one = np.ones(len(rows), np.int64)
        margins = (np.where(known, net - cost, 0) for net, cost in zip((old, new), costs, strict=True))
        self.columns = [one, (old != new).astype(np.int64), old, new, known.astype(np.int64), *margins]

    def of(self, groups: Ints, count: int) -> list[tuple[int, ...]]:
        """A row of figures a group."""
        return list(zip(*(by_group(groups, column, count) for column in self.columns), strict=True))
