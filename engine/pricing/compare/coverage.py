"""What of a book its tests reach, taken from their waterfalls: what moved a price, or won its step and left it as it was.

A waterfall names no case but its rule, place and label, which are the point's own. What moved nothing is in no
waterfall: there, the one rule of a step whose case holds has won it, and so has a case that gives nothing at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.lang import book as b
from engine.plan.conditions import holds
from engine.pricing.compare import points as p
from engine.pricing.compare.points import CasePoints, Edge, Point
from engine.pricing.quote import Applied, Line, PricedLine, PricedQuote, Quote
from engine.values.kinds import Value

Hit = tuple[b.Rule, b.Case]
Key = tuple[str, str, int, str]
"""How a bar names its case: rule, file, line, label."""


@dataclass(frozen=True)
class Coverage:
    """Every point of a book, and those that were reached."""

    points: tuple[Point, ...]
    reached: frozenset[Point]

    def of(self, *sorts: p.Sort) -> tuple[int, int]:
        """(how many points of these sorts were reached, how many there are)."""
        mine = [point for point in self.points if point.sort in sorts]
        return sum(point in self.reached for point in mine), len(mine)

    def percent(self, *sorts: p.Sort) -> float:
        """The share of points reached, in percent; a book that has none of them is covered."""
        reached, of = self.of(*sorts)
        return 100.0 if not of else 100 * reached / of

    @property
    def missed(self) -> list[Point]:
        """What was not reached, as it is written."""
        return [point for point in self.points if point not in self.reached]


def coverage(book: b.Book, priced: Iterable[tuple[Quote, PricedQuote]]) -> Coverage:
    """What these quotes, priced with waterfalls, reach of a book."""
    reach = Reach(book)
    found: set[Point] = set()
    for quote, answer in priced:
        found |= reach.points(quote, answer)
    found |= reach.together(found)
    every = p.points_of(book)
    return Coverage(tuple(every), frozenset(point for point in found if point in every))


def applied(quote: PricedQuote, steps: Sequence[b.Step]) -> list[str]:
    """The rules that moved some line's price, in order of steps then lines, each once."""
    order = {step.name: number for number, step in enumerate(steps)}
    bars = [bar for line in quote.lines for bar in line.waterfall if bar.rule and bar.before != bar.after]
    moved = sorted((bar for bar in bars if bar.step != "tax"), key=lambda bar: order[bar.step])  # a tax moves no price
    return list(dict.fromkeys(bar.rule for bar in moved))


class Reach:
    """A book made ready to say which points a priced quote reaches."""

    def __init__(self, book: b.Book) -> None:
        self.book = book
        self.index = {product.code: number for number, product in enumerate(book.products)}
        self.steps = {step.name: number for number, step in enumerate(book.steps)}
        self.rules = {rule.name: rule for rule in book.rules}
        self.by_key: dict[Key, list[CasePoints]] = defaultdict(list)
        self.cases: dict[int, CasePoints] = {}
        self.below: dict[int, list[tuple[b.Case, Edge]]] = defaultdict(list)
        self.approvals = {approval.name: p.approval_point(approval) for approval in book.approvals}
        self.denials = {denial.name: p.denial_point(denial) for denial in book.denials}
        self.looked = [_Index() for _ in book.steps]
        self.closing = {rule.name for rule in book.rules if rule.alone or rule.final}
        for rule in book.rules:
            for case in rule.cases:
                self._add(rule, case)

    def _add(self, rule: b.Rule, case: b.Case) -> None:
        points = p.points_of_case(rule, case)
        self.cases[id(case)] = points
        self.by_key[rule.name, case.span.file, case.span.line, case.label].append(points)
        if not isinstance(case.give, b.Across):  # what is over several lines is not won by one
            self.looked[rule.step].add(rule, case)
        for edge in points.edges:
            for grain in {p.grain(self.book, product) for product in self._products(case)}:
                self.below[edge.sides(grain)[0]].append((case, edge))

    def _products(self, case: b.Case) -> Iterable[int]:
        return range(len(self.book.products)) if case.products is None else case.products

    # ------------------------------------------------------------ what a quote reaches

    def points(self, quote: Quote, answer: PricedQuote) -> set[Point]:
        """The points that a quote reaches, but for exceptions, which need two lines."""
        found = {self.approvals[need.approval] for need in answer.approvals if need.approval in self.approvals}
        for asked, line in zip(quote.lines, answer.lines, strict=True):
            if line.error is None and line.product in self.index:
                found |= self.of_line(quote, asked, line)
            elif line.error is not None and line.error.code == "DENIED" and line.error.rule in self.denials:
                found.add(self.denials[line.error.rule])
        return found

    def together(self, reached: set[Point]) -> set[Point]:
        """The exceptions that apply somewhere while each rule they except does elsewhere."""
        named = {point.rule for point in reached if point.sort == "rule"}
        return {
            p.exception_point(rule)
            for rule in self.book.rules
            if rule.exception_to and rule.name in named and named.issuperset(rule.exception_to)
        }

    def of_line(self, quote: Quote, asked: Line, line: PricedLine) -> set[Point]:
        """The points that a line reaches."""
        ticks, product = abs(line.quantity), self.index[line.product]
        known = _known(quote, asked, ticks)
        found: set[Point] = set()
        for bar in line.waterfall:
            if bar.rule and (bar.before != bar.after or bar.step == "list"):  # a list price may be 0
                found |= self._of_bar(bar, ticks, p.grain(self.book, product))
        for _, case in self._silent(line, product, known):
            found |= _applied(self.cases[id(case)], ticks, p.grain(self.book, product))
        found |= self._of_price(product, quote.date, ticks)
        found.update(edge.below for case, edge in self.below.get(ticks, ()) if self._would(case, edge, product, known))
        return found

    def _of_bar(self, bar: Applied, ticks: int, grain: int) -> set[Point]:
        """A bar's rule, and its row: of cases that are written at one place, all are it."""
        found: set[Point] = set()
        for points in self.by_key.get((bar.rule, bar.file, bar.line, bar.label), ()):
            found |= _applied(points, ticks, grain)
        if not found and bar.rule in self.rules:
            span = self.rules[bar.rule].span
            found.add(Point("rule", bar.rule, "", span.file, span.line))
        return found

    def _silent(self, line: PricedLine, product: int, known: Mapping[str, Value]) -> Iterator[Hit]:
        """What won a step without moving the price. A rule that closes steps to others leaves none to win."""
        bars = [bar for bar in line.waterfall if bar.rule and bar.before != bar.after]
        moved = {self.steps.get(bar.step) for bar in bars}
        if any(bar.rule in self.closing for bar in bars):
            return
        for number, step in enumerate(self.book.steps):
            if step.combine in ("list", "floor") or not self.looked[number] or moved.intersection(step.skips):
                continue
            if number in moved and step.combine in ("one only", "best of"):
                continue
            hits = _excepted(list(self.looked[number].holding(product, known)))
            alone = len(hits) == 1 and number not in moved
            yield from ((rule, case) for rule, case in hits if alone or p.gives_nothing(case.give))

    def _of_price(self, product: int, day: int, ticks: int) -> set[Point]:
        goods = self.book.products[product]
        dated = next((d for d in goods.prices if within(d.start, d.end, day)), None)
        edges = p.points_of_price(goods, dated)[1] if dated is not None else ()
        grain = p.grain(self.book, product)
        sides = [(edge, edge.sides(grain)) for edge in edges]
        return {edge.below for edge, (below, _) in sides if ticks == below} | {
            edge.at for edge, (_, first) in sides if ticks == first
        }

    def _would(self, case: b.Case, edge: Edge, product: int, known: Mapping[str, Value]) -> bool:
        """Whether a line just below a bound would be in the tier if it were at the bound."""
        if not covers(case, product, known):
            return False
        _, first = edge.sides(p.grain(self.book, product))
        return holds(case.when, {**known, "line.quantity": first})


def _applied(points: CasePoints, ticks: int, grain: int) -> set[Point]:
    """What a case reaches that applied to so many."""
    found = {points.rule}
    if points.row is not None:
        found.add(points.row)
    found.update(band.point for band in points.bands if band.point is not None and band.holds(ticks))
    found.update(edge.at for edge in points.edges if edge.sides(grain)[1] == ticks)
    return found


def _known(quote: Quote, line: Line, ticks: int) -> dict[str, Value]:
    known: dict[str, Value] = {**quote.facts, **line.facts, "quote.date": quote.date, "line.quantity": ticks}
    return known if line.group is None else {**known, "line.group": line.group}


def within(start: int | None, end: int | None, day: int) -> bool:
    """Whether a day is in [start, end)."""
    return (start is None or start <= day) and (end is None or day < end)


def covers(case: b.Case, product: int, known: Mapping[str, Value]) -> bool:
    """Whether a case is on the product and the day, whatever its condition says."""
    day = known["quote.date"]
    return (case.products is None or product in case.products) and within(case.start, case.end, int(day))


def _excepted(hits: list[Hit]) -> list[Hit]:
    """An exception holds only beside a rule it excepts, and takes its place."""
    names = {rule.name for rule, _ in hits}
    hits = [(rule, case) for rule, case in hits if not rule.exception_to or names & set(rule.exception_to)]
    replaced = {name for rule, _ in hits for name in rule.exception_to}
    return [(rule, case) for rule, case in hits if rule.name not in replaced]


class _Index:
    """The cases of a step by a word their condition asks for: a table's rows are looked up by the key of the line."""

    def __init__(self) -> None:
        self.free: list[Hit] = []
        self.by_word: dict[str, dict[Value, list[Hit]]] = defaultdict(lambda: defaultdict(list))

    def __bool__(self) -> bool:
        return bool(self.free or self.by_word)

    def add(self, rule: b.Rule, case: b.Case) -> None:
        """Keep a case under the words of its first `is`."""
        parts: Sequence[b.Condition] = case.when.of if isinstance(case.when, b.All) else (case.when,)
        asked = next((part for part in parts if isinstance(part, b.Is)), None)
        if asked is None:
            self.free.append((rule, case))
            return
        for word in asked.values:
            self.by_word[asked.subject.name][word].append((rule, case))

    def holding(self, product: int, known: Mapping[str, Value]) -> Iterator[Hit]:
        """The cases that hold for a line, before exceptions."""
        found = [self.free]
        found += [words[known[name]] for name, words in self.by_word.items() if known.get(name) in words]
        for hits in found:
            yield from ((rule, case) for rule, case in hits if covers(case, product, known) and holds(case.when, known))
