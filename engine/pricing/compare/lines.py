"""Many past lines through one plan: their amounts as columns, and, for those one asks about, each rule's share of them.

    columns --price_columns--> amounts of every line      chosen rows --waterfall--> shares: (line, rule, micros)

A share is what a rule's bar moved the whole line by, in micros. Bars are kept to a micro of a unit; what that, and the
book's own rounding, leave over is the share of `rounding`, so the shares of a line add up to its net amount exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from engine.plan import layout as at
from engine.plan.plan import Plan
from engine.pricing.columns import price_columns, prices_whole_quotes
from engine.pricing.meant import reader
from engine.pricing.price import price_quote
from engine.pricing.quote import Applied, Line, LineError, PricedLine, PricedQuote, Quote
from engine.pricing.sources import Column, Values
from engine.pricing.times_of_columns import fill_times
from engine.pricing.workspace import run, workspace
from engine.values.kinds import MICROS

Ints = np.ndarray
LIST, ROUNDING = -1, -2
"""What is no rule, in the place of a rule's number: the list price, and what rounding left."""
CHUNK = 1 << 14
"""Lines that are run for their waterfall at once."""


@dataclass(frozen=True)
class Asked:
    """Lines to price, as `price_columns` takes them; `quote` None: each line is a quote of its own."""

    quote: Ints | None
    date: Values
    product: Values
    quantity: Values
    facts: Mapping[str, Values]
    group: Values | None = None
    code: Callable[[int], str] = str

    def __len__(self) -> int:
        return len(self.product)

    def take(self, rows: Ints) -> Asked:
        """The lines of these rows, in their order."""
        return Asked(
            None if self.quote is None else self.quote[rows],
            _take(self.date, rows),
            _take(self.product, rows),
            _take(self.quantity, rows),
            {path: _take(values, rows) for path, values in self.facts.items()},
            None if self.group is None else _take(self.group, rows),
            lambda i: self.code(int(rows[i])),
        )


@dataclass(frozen=True)
class Amounts:
    """int64 micros [lines]; `fine`: which lines have a price. `cost` is MISSING where a product has none."""

    unit_net: Ints
    net: Ints
    listed: Ints
    cost: Ints
    fine: Ints
    error: Callable[[int], LineError | None]

    def take(self, rows: Ints) -> Amounts:
        """The amounts of these rows, in their order."""
        return Amounts(
            self.unit_net[rows],
            self.net[rows],
            self.listed[rows],
            self.cost[rows],
            self.fine[rows],
            lambda i: self.error(int(rows[i])),
        )


@dataclass(frozen=True)
class Shares:
    """What rules moved lines by: int64 columns of one length. `rule` is the rule's number in the plan, or LIST or ROUNDING."""

    line: Ints
    rule: Ints
    micros: Ints


def _take(values: Values, rows: Ints) -> Values:
    return replace(values, values=values.values[rows]) if isinstance(values, Column) else values[rows]


def whole(values: Values) -> Ints:
    """A column's int64 values."""
    return values.whole() if isinstance(values, Column) else values


# ---------------------------------------------------------------- amounts


def amounts_of(plan: Plan, asked: Asked) -> Amounts:
    """Price the lines; those of one quote together, wherever they stand, where the book prices whole quotes."""
    if asked.quote is None or not prices_whole_quotes(plan):
        return _amounts(plan, asked)
    order = np.argsort(asked.quote, kind="stable")
    return _amounts(plan, asked.take(order)).take(np.argsort(order))


def _amounts(plan: Plan, asked: Asked) -> Amounts:
    if not len(asked):
        empty = np.empty(0, np.int64)
        return Amounts(empty, empty, empty, empty, empty.astype(bool), lambda i: None)
    found = price_columns(
        plan, asked.quote, asked.date, asked.product, asked.quantity, asked.facts, asked.group, asked.code, costs=True
    )
    return Amounts(
        found.unit_net, found.net_amount, found.list_amount, found.cost_amount, found.fine, found.error
    )  # fmt: skip


# ---------------------------------------------------------------- each rule's share


def shares_of(plan: Plan, asked: Asked, rows: Ints, net: Ints) -> Shares:
    """The shares of these rows' lines (all of them priced), whose net amounts are `net`; `line` is an index into `rows`."""
    if plan.meaning is not None or plan.across or plan.includes_tax:
        return _by_quotes(plan, asked, rows, net)
    parts = [
        _by_kernel(plan, asked.take(rows[start : start + CHUNK]), net[start : start + CHUNK], start)
        for start in range(0, len(rows), CHUNK)
    ]
    return joined(parts)


def joined(parts: list[Shares]) -> Shares:
    """Shares one after the other."""
    if not parts:
        empty = np.empty(0, np.int64)
        return Shares(empty, empty, empty)
    return Shares(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("line", "rule", "micros")))


def _by_kernel(plan: Plan, asked: Asked, net: Ints, first: int) -> Shares:
    ws = workspace_of(plan, asked)
    fill_times(plan, ws)
    bars = run(plan, ws, True)
    if plan.goes_below:
        bars = bars[:, bars[at.BAR_STEP] < plan.arena[at.AT_NET]]
    step, case = bars[at.BAR_STEP], bars[at.BAR_CASE]
    rules, lists = plan.beside(_rule_of_case), plan.beside(_rule_of_price)
    rule = np.full(len(step), ROUNDING)
    of_rule, of_list = (step > 0) & (case >= 0), (step == 0) & (case >= 0)
    rule[of_rule], rule[of_list] = rules[case[of_rule]], lists[case[of_list]]
    shares = _shares(
        bars[at.BAR_LINE], rule, bars[at.BAR_BEFORE], bars[at.BAR_AFTER], ws[at.IN_QUANTITY], ws[at.OUT_LIST], net
    )
    return Shares(shares.line + first, shares.rule, shares.micros)


def _rule_of_case(plan: Plan) -> Ints:
    return np.array([place.rule for place in plan.head.cases], np.int64)


def _rule_of_price(plan: Plan) -> Ints:
    return np.array([LIST if place.rule < 0 else place.rule for place in plan.head.prices], np.int64)


def workspace_of(plan: Plan, asked: Asked) -> Ints:
    """A workspace that holds the lines."""
    ws = workspace(plan, len(asked))
    ws[at.IN_PRODUCT], ws[at.IN_QUANTITY] = whole(asked.product), whole(asked.quantity)
    for d, subject in enumerate(plan.dims):
        given = {at.DATE: asked.date, at.GROUP: asked.group}.get(d, asked.facts.get(subject.name))
        unsaid = at.MISSING if subject.ordered else at.UNKNOWN
        ws[at.IN_DIMS + d] = unsaid if given is None else whole(given)
    return ws


def _by_quotes(plan: Plan, asked: Asked, rows: Ints, net: Ints) -> Shares:
    """Quote by quote: a line's bars may hang on the others of its quote."""
    place = {row: i for i, row in enumerate(rows.tolist())}
    quotes = np.arange(len(asked)) if asked.quote is None else asked.quote
    wanted = np.flatnonzero(np.isin(quotes, quotes[rows]))
    order = wanted[np.argsort(quotes[wanted], kind="stable")]
    numbers = {rule.name: number for number, rule in enumerate(plan.head.rules)}
    bars: list[tuple[int, int, int, int]] = []
    lists = np.zeros(len(rows), np.int64)
    ticks = np.zeros(len(rows), np.int64)
    for mine, priced in _priced(plan, asked, order, quotes):
        for row, line in zip(mine, priced.lines, strict=True):
            i = place.get(row)
            if i is None or line.error is not None:
                continue
            lists[i], ticks[i] = line.list_amount, line.quantity
            for bar in to_net(plan, line):
                opens = bar.step == "list" and not bar.before  # else it is the step's own rounding
                rule = numbers[bar.rule] if bar.rule else LIST if opens else ROUNDING
                bars.append((i, rule, bar.before, bar.after))
    table = np.array(sorted(bars, key=lambda bar: bar[0]), np.int64).reshape(-1, 4)
    return _shares(table[:, 0], table[:, 1], table[:, 2], table[:, 3], ticks, lists, net)


def _priced(plan: Plan, asked: Asked, order: Ints, quotes: Ints) -> list[tuple[list[int], PricedQuote]]:
    """Each quote's rows, and the quote priced with its waterfalls."""
    read = reader(plan)
    of_line = {fact.path for fact in plan.head.facts if fact.scope == "line"}
    lines = [read(row) for row in workspace_of(plan, asked.take(order)).T.tolist()]
    days = whole(asked.date)
    found, start = [], 0
    for end in [*(np.flatnonzero(np.diff(quotes[order])) + 1).tolist(), len(order)] if len(order) else []:
        mine: tuple[Line, ...] = tuple(lines[start:end])
        facts = {path: value for path, value in mine[0].facts.items() if path not in of_line}
        quote = Quote(int(days[order[start]]), facts, mine)
        found.append((order[start:end].tolist(), price_quote(plan, quote, True)))
        start = end
    return found


def to_net(plan: Plan, line: PricedLine) -> list[Applied]:
    """The bars that lead from a line's list price to its net: none below it, and of taxes those that are taken out of a price."""
    taxes = () if plan.head.prices_include_tax else ("tax", "tax rounding")
    return [bar for bar in line.waterfall if not bar.below and bar.step not in taxes]


# ---------------------------------------------------------------- bars to shares


def _shares(line: Ints, rule: Ints, before: Ints, after: Ints, ticks: Ints, listed: Ints, net: Ints) -> Shares:
    """Bars (in order of lines) as shares of the lines' net amounts, and what is left of each as its rounding."""
    if not len(line):
        return Shares(line, rule, after)
    size = np.abs(ticks)[line]
    together = _together(line, rule, before, after, size, np.abs(listed), np.abs(net))
    opens = rule == LIST
    moved = np.where(together, after, times(after, size)) - np.where(
        opens, 0, np.where(together, before, times(before, size))
    )
    moved *= np.where(ticks < 0, -1, 1)[line]
    told = rule != ROUNDING  # it is worked out anew, with what is finer than a micro of a unit
    line, rule, moved = line[told], rule[told], moved[told]
    left = net.copy()
    np.subtract.at(left, line, moved)
    over = np.flatnonzero(left)
    return Shares(
        np.concatenate([line, over]), np.concatenate([rule, np.full(len(over), ROUNDING)]), np.concatenate([moved, left[over]])
    )  # fmt: skip


def times(unit: Ints, ticks: Ints) -> Ints:
    """Micros of a unit times a quantity in ticks, to a micro below: without a product that leaves int64."""
    units, part = np.divmod(ticks, MICROS)
    over, rest = np.divmod(unit, MICROS)
    amount: Ints = unit * units + over * part + rest * part // MICROS
    return amount


def _together(line: Ints, rule: Ints, before: Ints, after: Ints, size: Ints, listed: Ints, net: Ints) -> Ints:
    """bool [bars]: which bars are of a whole line rather than of one of its units.

    A line turns whole at its list price (tiers filled one by one), or at a bar that does not begin where the last one ended; from
    nothing (0 is 0 in both forms) by what comes out at its end.
    """
    place = np.arange(len(line))
    first = np.r_[True, line[1:] != line[:-1]]
    start = np.maximum.accumulate(np.where(first, place, 0))
    last = np.r_[first[1:], True]
    unrounded = rule != ROUNDING
    turns = first & _closer(after, times(after, size), listed[line])
    turns[1:] |= ~first[1:] & unrounded[1:] & (before[1:] != after[:-1])
    at_end = np.zeros(len(net), bool)
    ends = last & unrounded
    at_end[line[ends]] = _closer(after[ends], times(after[ends], size[ends]), net[line[ends]])
    turns |= at_end[line] & (before == 0) & ~first
    since: Ints = np.maximum.accumulate(np.where(turns, place, -1))
    return since >= start


def _closer(one: Ints, other: Ints, to: Ints) -> Ints:
    closer: Ints = np.abs(one - to) < np.abs(other - to)
    return closer
