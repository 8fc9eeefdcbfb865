"""Tests for what a book's own tests do not reach: few quotes, of one line where that will do, priced by the book.

    point not covered --boxes of its condition--> quotes --price--> what each reaches --fewest--> examples

What another rule wins on every quote tried is tried again on lines that keep that rule out, a few times over. What is still
not reached is told, with what stood in its way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from engine.lang import book as b
from engine.plan.conditions import Spans
from engine.pricing.compare import points as p
from engine.pricing.compare.coverage import Coverage, Reach, coverage
from engine.pricing.compare.points import Point
from engine.pricing.compare.solve import Box, Chooser, boxes_of, together
from engine.pricing.compare.targets import Target, targets_of
from engine.pricing.quote import PricedQuote, Quote
from engine.values.kinds import MICROS

Price = Callable[[Sequence[Quote]], Sequence[PricedQuote]]
"""Prices quotes with their waterfalls."""
ROUNDS, TRIES = 6, 12
"""How often a point is tried again, and on how many quotes each time."""
MOST_MERGED, MOST_DEEP = 400, 60
"""Points whose boxes are tried together; discounts that are heaped up where only a low price helps."""
BASKET = 12
"""Products of a basket."""
SIZES = tuple(n * MICROS for n in (1, 10, 100, 1_000, 10_000))


@dataclass(frozen=True, slots=True)
class Suggested:
    """A quote, its priced answer, and what it reaches that was not covered."""

    quote: Quote
    priced: PricedQuote
    reaches: frozenset[Point]


@dataclass(frozen=True)
class Suggestions:
    """The fewest quotes found, what they leave uncovered and why, and the coverage before and after."""

    chosen: tuple[Suggested, ...]
    missed: dict[Point, str]
    before: Coverage
    after: Coverage


def suggest(book: b.Book, price: Price, tested: Iterable[tuple[Quote, PricedQuote]]) -> Suggestions:
    """Quotes for what the tested ones do not cover."""
    tested = list(tested)
    before = coverage(book, tested)
    search = _Search(book, price, before)
    search.run()
    chosen = search.fewest()
    after = coverage(book, [*tested, *((one.quote, one.priced) for one in chosen)])
    why = {target.point: target.why for target in search.targets}
    missed = {point: why.get(point, _beside(point, after)) for point in after.missed}
    return Suggestions(tuple(chosen), missed, before, after)


def _beside(point: Point, after: Coverage) -> str:
    if point.sort == "exception":
        return "it, or a rule that it excepts, applies nowhere"
    return "no line reaches any of its rows"


class _Search:
    """The quotes tried so far, and what they reach."""

    def __init__(self, book: b.Book, price: Price, before: Coverage) -> None:
        self.book, self.price = book, price
        self.reach, self.chooser = Reach(book), Chooser(book)
        self.wanted = {point for point in before.missed if point.sort != "exception"}
        self.open = set(self.wanted)
        self.pool: dict[frozenset[Point], Suggested] = {}
        self.targets = [target for target in targets_of(book) if target.point in self.wanted]
        self.cases = {
            (rule.name, case.span.file, case.span.line, case.label): case for rule in book.rules for case in rule.cases
        }
        self.rules = {rule.name: rule for rule in book.rules}

    def run(self) -> None:
        """Try the targets together, then each by itself, then again where something stood in the way."""
        self._merged()
        for attempt in range(ROUNDS):
            still = [target for target in self.targets if target.point in self.open]
            if not still:
                return
            tried = [(target, quote) for target in still for quote in self._quotes(target, attempt)]
            self._try(tried)
        self._deep()

    # ------------------------------------------------------------ quotes for it

    def _boxes(self, target: Target, blocked: Sequence[b.Case] = ()) -> list[Box]:
        found = boxes_of(target.case, blocked)
        return found if target.ticks is None else [box.at(target.ticks) for box in found]

    def _quotes(self, target: Target, attempt: int) -> Iterator[Quote]:
        """At first the plainest line; then others, which keep out what stood in the way; with what must be said with the quote."""
        if not attempt:
            found: Iterable[Quote] = (q for box in self._boxes(target) for q in islice(self.chooser.quotes(box, 1), 1))
        elif p.over_lines(target.case):
            found = islice(self._across(target, attempt), TRIES)
        else:
            found = islice(self._around(target, attempt), TRIES)
        for quote in found:
            yield replace(quote, facts={**quote.facts, **target.extra}) if target.extra else quote

    def _across(self, target: Target, attempt: int) -> Iterator[Quote]:
        """Quotes of several lines: what is to be bought and got, then baskets of many products in several sizes."""
        give = target.case.give
        for box in self._boxes(target):
            if isinstance(give, b.BuyGet):
                yield from self._bought(give, replace(box, products=None), attempt)
            yield from self._baskets(box, SIZES[attempt - 1 : attempt + 1])

    def _bought(self, give: b.BuyGet, box: Box, attempt: int) -> Iterator[Quote]:
        """So many of what is to be bought, and of what is got: in one line where a product is both."""
        of, gets = (Box(products) for products in (give.of, give.gets))
        both, buys, more = box.meet(of), max(give.buy, 1) * MICROS, give.get * MICROS
        shared = both.meet(gets) if both is not None else None
        if shared is not None:
            yield from self.chooser.quotes(shared.at(buys + more), 1 + attempt)
        for first in self.chooser.quotes(both.at(buys), 1 + attempt) if both is not None else ():
            got = box.meet(gets)
            day = Box(None, Spans(((first.date, first.date),), False))
            got = got.meet(day) if got is not None else None
            for second in self.chooser.quotes(got.at(more), 1 + attempt) if got is not None else ():
                yield together([first, second])

    def _baskets(self, box: Box, sizes: Sequence[int]) -> Iterator[Quote]:
        """A line of the box, and one of each of many products, all of one size."""
        for first in self.chooser.quotes(box, 1, 2):
            day = Box(None, Spans(((first.date, first.date),), False))
            for size in sizes:
                others = list(self.chooser.quotes(day.at(size), BASKET))
                yield together([replace(first, lines=(replace(first.lines[0], quantity=size),)), *others])
                yield together([first, *others])
                yield from (_in_group(first, group, size) for group in self.book.groups[:2])

    def _around(self, target: Target, attempt: int) -> Iterator[Quote]:
        """Lines on which what blocked does not hold: by its condition and dates, or on a product that it is not on."""
        for box in self._boxes(target, target.blocked):
            yield from self.chooser.quotes(box, 1 + attempt, 2 * attempt)
        on = [case.products for case in target.blocked]
        if None not in on:
            free = set(_products(self.book, target.case)).difference(*(products or () for products in on))
            for box in self._boxes(target):
                if free and (apart := box.meet(Box(frozenset(free)))) is not None:
                    yield from self.chooser.quotes(apart, 1 + attempt, attempt)

    def _merged(self) -> None:
        """Boxes of points of different rules that one line can be in together: one quote for many."""
        firsts = [(target, boxes[0]) for target in self.targets[:MOST_MERGED] if (boxes := self._boxes(target))]
        left = list(firsts)
        quotes = []
        while left:
            target, box = left.pop(0)
            rules, kept = {target.point.rule}, []
            for other, more in left:
                both = box.meet(more) if other.point.rule not in rules else None
                if both is None:
                    kept.append((other, more))
                else:
                    box = both
                    rules.add(other.point.rule)
            left = kept
            quotes += list(islice(self.chooser.quotes(box, 1), 1))
        self._note(quotes)

    def _deep(self) -> None:
        """Low prices for floors and approvals: every discount that can be had together, at several quantities."""
        for target in (target for target in self.targets if target.deep and target.point in self.open):
            quotes = []
            for box in self._boxes(target)[:2]:
                for deep in (box, self._deepest(box)):
                    quotes += list(self.chooser.quotes(deep, 2))
                    quotes += [quote for ticks in SIZES for quote in self.chooser.quotes(deep.at(ticks), 2)]
            self._try([(target, quote) for quote in quotes])

    def _deepest(self, box: Box) -> Box:
        """The box narrowed to where as many discounts hold as can, the deepest first."""
        for case in _discounts(self.book):
            for more in boxes_of(case)[:1]:
                box = box.meet(more) or box
        return box

    # ------------------------------------------------------------ what they reach

    def _try(self, tried: Sequence[tuple[Target, Quote]]) -> None:
        answers = self._note([quote for _, quote in tried])
        for (target, _), answer in zip(tried, answers, strict=True):
            if target.point in self.open and answer is not None:
                self._learn(target, answer)

    def _note(self, quotes: Sequence[Quote]) -> list[PricedQuote]:
        """Price quotes and keep those that reach something new."""
        answers = list(self.price(quotes)) if quotes else []
        for quote, answer in zip(quotes, answers, strict=True):
            if answer.error or any(line.error and line.error.code != "DENIED" for line in answer.lines):
                continue
            reaches = frozenset(self.reach.points(quote, answer) & self.wanted)
            if reaches and reaches not in self.pool:
                self.pool[reaches] = Suggested(quote, answer, reaches)
                self.open -= reaches
        return answers

    def _learn(self, target: Target, answer: PricedQuote) -> None:
        """What stood in the way: an error, or the rules that moved the line in the target's step instead."""
        line = answer.lines[0]
        if line.error is not None:
            names = [name for name in (line.error.rule, line.error.other) if name]
            target.why = f"every line tried has no price: {line.error.message}"
            rules = [self.rules[name] for name in names if name in self.rules]
            self._block(target, [case for rule in rules for case in rule.cases])
        elif target.rule is not None:
            step = self.book.steps[target.rule.step]
            bars = [bar for bar in line.waterfall if bar.rule and bar.step == step.name and bar.before != bar.after]
            winners = [self.cases.get((bar.rule, bar.file, bar.line, bar.label)) for bar in bars]
            others = {bar.rule for bar in bars if bar.rule != target.rule.name}
            names = [f"`{name}`" for name in sorted(others)]
            if any(
                case is not target.case and bar.rule == target.rule.name
                for case, bar in zip(winners, bars, strict=True)
            ):
                names.append("another of its rows")
            target.why = _why(target.rule, names)
            self._block(target, [case for case in winners if case is not None])

    def _block(self, target: Target, cases: Iterable[b.Case]) -> None:
        for case in cases:
            if case is not target.case and case not in target.blocked and len(target.blocked) < TRIES:
                target.blocked.append(case)

    def fewest(self) -> list[Suggested]:
        """Greedily the quote that reaches most of what is left, of equal ones the one tried first."""
        left, found = set(self.wanted), []
        by_size: dict[int, list[Suggested]] = defaultdict(list)
        for one in self.pool.values():
            by_size[len(one.reaches)].append(one)
        for size in range(max(by_size, default=0), 0, -1):
            for one in by_size[size]:
                still = len(one.reaches & left)
                if still == size:
                    found.append(one)
                    left -= one.reaches
                elif still:
                    by_size[still].append(one)
        return found


def _in_group(quote: Quote, group: str, ticks: int) -> Quote:
    """The quote with every line in a group, and of one size."""
    return replace(quote, lines=tuple(replace(line, group=group, quantity=ticks) for line in quote.lines))


def _products(book: b.Book, case: b.Case) -> Iterable[int]:
    return range(len(book.products)) if case.products is None else case.products


def _why(rule: b.Rule, winners: Sequence[str]) -> str:
    if rule.kind == "floor":
        return "no line tried comes below it"
    if winners:
        return f"on every line tried {' and '.join(winners)} took its place"
    return "it moves nothing on the lines tried"


def _discounts(book: b.Book) -> list[b.Case]:
    """Cases that lower a price, the deepest percents first."""
    cases = [case for rule in book.rules if rule.kind in ("discount", "price") for case in rule.cases]
    found = [case for case in cases if not p.gives_nothing(case.give)]
    return sorted(found, key=lambda case: case.give.rate if isinstance(case.give, b.Percent) else 0)[:MOST_DEEP]
