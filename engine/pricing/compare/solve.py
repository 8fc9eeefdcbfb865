"""Lines that meet a condition: boxes of allowed values, and one line out of each.

    case of a rule --rows of its condition--> Box: products, days, quantities, facts --choose--> a quote of one line

A box keeps what is allowed; choosing takes the plainest value of each: the day nearest to the one the book's tests use, the
least quantity, a fact only where it is asked for. Two boxes meet where a line can be in both, so one test may reach both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from engine.lang import book as b
from engine.lang.parts import atoms
from engine.plan.conditions import Allowed, Spans, TooManyAlternatives, Words, rows_of
from engine.plan.layout import OPEN
from engine.pricing.compare.points import grain
from engine.pricing.quote import Line, Quote
from engine.values.kinds import MICROS, Kind, Value

DATE, QUANTITY, GROUP = "quote.date", "line.quantity", "line.group"
CODE = "code "
"""A code given with the quote is known as this and itself."""
FREE_TEXTS = ("Other", "Another", "Someone", "Nobody")
"""Texts for a fact that must be said and that no rule should know."""
MOST_ROWS = 8
"""Alternatives of one condition that are tried."""
ALL_DAYS = Spans(((1, OPEN),), False)


@dataclass(frozen=True)
class Box:
    """Lines that are allowed: products by index (None: all), and of each subject what `plan.conditions` says."""

    products: frozenset[int] | None = None
    days: Spans = ALL_DAYS
    asked: dict[str, Allowed] = field(default_factory=dict)

    def meet(self, other: Box) -> Box | None:
        """The lines in both; None where there are none."""
        products = self.products if other.products is None else other.products
        if self.products is not None and other.products is not None:
            products = self.products & other.products
        days = self.days.both(other.days)
        if days.empty or (products is not None and not products):
            return None
        asked = dict(self.asked)
        for name, allowed in other.asked.items():
            mine = asked.get(name)
            both = allowed if mine is None else _both(mine, allowed)
            if both is None:
                return None
            asked[name] = both
        return Box(products, days, asked)

    def at(self, ticks: int) -> Box:
        """The same lines of this quantity only, whatever quantities were allowed."""
        return replace(self, asked={**self.asked, QUANTITY: Spans(((ticks, ticks),), False)})


def _both(one: Allowed, other: Allowed) -> Allowed | None:
    if isinstance(one, Words) and isinstance(other, Words):
        both: Allowed = one.both(other)
    elif isinstance(one, Spans) and isinstance(other, Spans):
        both = one.both(other)
    else:
        return None
    return None if both.empty else both


# ---------------------------------------------------------------- boxes of a case


def boxes_of(case: b.Case, without: Sequence[b.Case] = ()) -> list[Box]:
    """The boxes in which a case holds and these others do not; [] where there are none, or too many to say.

    Another case keeps out of a box by its dates or its condition; what keeps out by its products is for the caller.
    """
    parts = [case.when, *(b.Not(_with_dates(other)) for other in without)]
    try:
        rows = rows_of(b.All(tuple(parts)))
    except TooManyAlternatives:
        return boxes_of(case) if without else []
    window = Spans(((case.start or 1, OPEN if case.end is None else case.end - 1),), False)
    found = []
    for row in rows[:MOST_ROWS]:
        asked = {subject.name: allowed for subject, allowed in row.items()}
        said = asked.pop(DATE, ALL_DAYS)
        days = window.both(said) if isinstance(said, Spans) else window
        quantities = _folded(row, asked)
        if not days.empty and quantities is not None:
            found.append(Box(case.products, days, quantities))
    return found


def _with_dates(case: b.Case) -> b.Condition:
    """A case's condition and its dates, as one condition."""
    if case.start is None and case.end is None:
        return case.when
    day = b.Subject(DATE, None, True)
    return b.All((case.when, b.Within(day, case.start, None if case.end is None else case.end - 1)))


def _folded(row: dict[b.Subject, Allowed], asked: dict[str, Allowed]) -> dict[str, Allowed] | None:
    """Sums over lines, where one line alone can make them: a sum of quantities is its quantity."""
    for subject, allowed in row.items():
        fold = subject.fold
        if fold is None:
            continue
        del asked[subject.name]
        if fold.what != "quantity" or fold.plus is not None or not isinstance(allowed, Spans):
            continue  # no line says it: quotes of several lines and sizes are tried
        mine = asked.get(QUANTITY)
        both = allowed if mine is None else _both(mine, allowed)
        if both is None:
            return None
        asked[QUANTITY] = both
    return asked


# ---------------------------------------------------------------- one line of a box


class Chooser:
    """Makes plain quotes of boxes: a book's facts, prices and what its rules ask about are at hand."""

    def __init__(self, book: b.Book, day: int | None = None) -> None:
        self.book = book
        self.facts = {fact.path: fact for fact in book.facts}
        self.day = day if day is not None else usual_day(book)
        self.words = _words_asked(book)
        self._by_product = _Required(book, {fact.path for fact in book.facts if not fact.optional})

    def quotes(self, box: Box, products: int = 3, days: int = 1) -> Iterator[Quote]:
        """Quotes of the box's lines: for a few products and days, the plainest first."""
        every: Iterable[int] = range(len(self.book.products)) if box.products is None else sorted(box.products)
        tried = 0
        for product in every:
            if tried >= products:
                return
            found = [quote for day in self._days(box, product, days) if (quote := self.quote(box, product, day))]
            tried += bool(found)
            yield from found

    def quote(self, box: Box, product: int, day: int) -> Quote | None:
        """The plainest line of the box; None where something has no value that is allowed."""
        ticks = self._quantity(box, product)
        if ticks is None:
            return None
        asked, facts = dict(box.asked), dict[str, Value]()
        asked.pop(QUANTITY, None)
        group = asked.pop(GROUP, None)
        said = self._group(group)
        for path in dict.fromkeys((*asked, *sorted(self._by_product(product)))):
            fact = self.facts.get(path)
            if fact is None and path.startswith(CODE):
                if not asked[path].unknown:
                    facts[path] = "yes"
                continue
            if fact is None:
                return None
            value = self._value(fact, asked.get(path))
            if value is None and ((path in asked and not asked[path].unknown) or not fact.optional):
                return None
            if value is not None:
                facts[path] = value
        if group is not None and said is None and not group.unknown:
            return None
        line = {path: value for path, value in facts.items() if path.startswith("line.")}
        quote = {path: value for path, value in facts.items() if path not in line}
        return Quote(day, quote, (Line(self.book.products[product].code, ticks, said, None, line),))

    def _days(self, box: Box, product: int, count: int) -> list[int]:
        """Days on which the product has a price: the usual one where it is allowed, then the ends of what is."""
        spans = []
        for dated in self.book.products[product].prices:
            window = Spans(((dated.start or 1, OPEN if dated.end is None else dated.end - 1),), False)
            spans += list(box.days.both(window).spans)
        near = sorted(spans, key=lambda span: max(span[0] - self.day, self.day - span[1], 0))
        found = [min(max(self.day, low), high) for low, high in near]
        found += [day for low, high in near for day in (low, high) if 1 < day < LAST_DAY]
        return list(dict.fromkeys(found))[:count]

    def _quantity(self, box: Box, product: int) -> int | None:
        """The least quantity that is allowed, and can be sold; one unit where any is."""
        step, sold = grain(self.book, product), self.book.products[product].sold
        fewest = (sold.least or 0) if sold is not None else 0
        allowed = box.asked.get(QUANTITY)
        spans = allowed.spans if isinstance(allowed, Spans) else ((-OPEN, OPEN),)
        for low, high in spans:
            least = max(low if low > 0 else min(MICROS, max(high, 0)), fewest)
            ticks = -(-least // step) * step
            if low <= ticks <= high and ticks > 0:
                return ticks
        return 0 if any(low <= 0 <= high for low, high in spans) else None

    def _group(self, allowed: Allowed | None) -> str | None:
        if not isinstance(allowed, Words) or allowed.unknown:
            return None
        return next((name for name in self.book.groups if (name in allowed.words) == allowed.among), None)

    def _value(self, fact: b.Fact, allowed: Allowed | None) -> Value | None:
        """A value that is allowed; None to leave the fact unsaid."""
        if fact.optional and (allowed is None or allowed.unknown):
            return None
        if fact.kind.ordered:
            return _number(fact.kind, allowed.spans if isinstance(allowed, Spans) else ((-OPEN, OPEN),))
        return self._word(fact, allowed)

    def _word(self, fact: b.Fact, allowed: Allowed | None) -> str | None:
        """A word that is allowed, and that as few rules as may be ask about."""
        known = self.words.get(fact.path, {})
        names: Sequence[str] = fact.kind.values or (*FREE_TEXTS, *sorted(known))
        if isinstance(allowed, Words):
            names = [name for name in names if (name in allowed.words) == allowed.among]
        writable = [name for name in names if '"' not in name and "\n" not in name]
        return min(writable, key=lambda name: known.get(name, 0), default=None)


def together(quotes: Sequence[Quote]) -> Quote:
    """One quote of the lines of several that are priced on one day; the first's facts count."""
    facts: dict[str, Value] = {}
    for quote in reversed(quotes):
        facts |= quote.facts
    return Quote(quotes[0].date, facts, tuple(line for quote in quotes for line in quote.lines))


LAST_DAY = 3_652_059
"""9999-12-31."""


def _number(kind: Kind, spans: Sequence[tuple[int, int]]) -> int | None:
    """The roundest allowed value: the low end of a span, rounded up to what people write."""
    round_to = {"percent": 10_000, "fraction": 10_000, "duration": 1, "date": 1}.get(kind.name, MICROS)
    least = 1 if kind.name == "date" else 0 if kind.name in ("duration", "quantity") else None
    bottom = kind.low if kind.low is not None else least
    for low, high in spans:
        low = max(low, -OPEN if bottom is None else bottom)
        high = min(high, OPEN if kind.high is None else kind.high, LAST_DAY if kind.name == "date" else OPEN)
        if low > high:
            continue
        start = low if low > -OPEN else min(0, high)
        rounded = -(-start // round_to) * round_to
        grid = -(-start // 100) * 100 if kind.name in ("percent", "fraction") else start
        value = rounded if low <= rounded <= high else grid
        if low <= value <= high:
            return value
    return None


def usual_day(book: b.Book) -> int:
    """The day the book's tests use most; without tests the first on which its products have prices."""
    days = [test.on for test in book.tests]
    if days:
        return max(sorted(set(days)), key=days.count)
    starts = [dated.start for product in book.products for dated in product.prices if dated.start is not None]
    ends = [dated.end for product in book.products for dated in product.prices if dated.end is not None]
    return max(starts) if starts else min(ends) - 1 if ends else 739_617  # 2026-01-05


def _words_asked(book: b.Book) -> dict[str, dict[str, int]]:
    """How many conditions name each word of each fact."""
    found: dict[str, dict[str, int]] = {}
    asking: list[b.Case | b.ApprovalCase | b.Denial] = [case for rule in book.rules for case in rule.cases]
    asking += [*(case for approval in book.approvals for case in approval.cases), *book.denials]
    for case in asking:
        for atom in atoms(case.when):
            if isinstance(atom, b.Is):
                words = found.setdefault(atom.subject.name, {})
                for word in atom.values:
                    words[word] = words.get(word, 0) + 1
    return found


class _Required:
    """The facts that must be given for a product: those that are not optional and that a rule on it asks about."""

    def __init__(self, book: b.Book, required: set[str]) -> None:
        self.everywhere: set[str] = set()
        self.of: dict[int, set[str]] = {}
        for case in (case for rule in book.rules for case in rule.cases):
            asked = {atom.subject.name for atom in atoms(case.when)} & required
            if case.products is None:
                self.everywhere |= asked
            elif asked:
                for product in case.products:
                    self.of.setdefault(product, set()).update(asked)

    def __call__(self, product: int) -> set[str]:
        return self.everywhere | self.of.get(product, set())
