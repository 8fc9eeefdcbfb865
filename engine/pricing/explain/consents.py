"""Approvals: which ask and by how much their figures passed, and the lowest net price (or largest discount) that would not ask."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from engine.lang import book as b
from engine.plan.head import Head
from engine.pricing.approvals import Amounts, Case, Row, amounts, ready, subjects, sum_whole, test_of
from engine.pricing.explain.needs import Speaker, first_failing
from engine.pricing.explain.shapes import Consent, Limit
from engine.pricing.explain.verdicts import percent_words
from engine.pricing.quote import PricedQuote, Quote

MOST_LINES = 100
"""Lines of one approval that are told."""


def consents_of(head: Head, quote: Quote, priced: PricedQuote) -> list[Consent]:
    """Every approval of the book that is about the quote or one of its lines, in book order.

    One that looks at lines is told for each line for which it asks, else for the first it is about.
    """
    rows = [
        None if line.error else
        (head.index[line.product], line.quantity, line.list_amount, line.net_amount, line.cost_amount, line.granted_amount)
        for line in priced.lines
    ]  # fmt: skip
    found: list[Consent] = []
    for approval in ready(head):
        about = [
            _Asked(head, quote, rows, approval.of, [c for c in approval.cases if c.by_line == (i is not None)], i)
            for i in _lines(approval.cases, rows)
        ]
        asking = [one for one in about if one.asks]
        found.extend(one.consent() for one in (asking or about[:1])[:MOST_LINES])
    return found


def _lines(cases: Sequence[Case], rows: Sequence[Row | None]) -> Iterator[int | None]:
    """The lines that an approval is about, and None where it is about the quote, too."""
    if not all(case.by_line for case in cases):
        yield None
    if any(case.by_line for case in cases):
        products = cases[0].products
        yield from (i for i, row in enumerate(rows) if row is not None and (products is None or row[0] in products))


@dataclass
class _Asked:
    """An approval and a line (or the quote)."""

    head: Head
    quote: Quote
    rows: Sequence[Row | None]
    approval: b.Approval
    cases: Sequence[Case]
    number: int | None

    def __post_init__(self) -> None:
        line = None if self.number is None else self.quote.lines[self.number]
        quote = self.quote
        self.known = (
            subjects(quote.date, quote.facts)
            if line is None
            else subjects(quote.date, quote.facts, line.facts, line.quantity or 0, line.group)
        )
        self.whole = sum_whole(self.head, self.rows)
        row = None if self.number is None else self.rows[self.number]
        self.own = self.whole if row is None else amounts(row)
        self.speaker = Speaker(self.head)
        self.asking = [case for case in self.cases if self._asks(case)]
        self.asks = bool(self.asking)

    def _asks(self, case: Case) -> bool:
        return first_failing(case.of.when, self.known) is None and all(
            test_of(figure)(self._amounts(figure)) for figure in case.of.figures
        )

    def _amounts(self, figure: b.Figure) -> Amounts:
        return self.own if figure.measure.startswith("line.") else self.whole

    def consent(self) -> Consent:
        """What is to be said of it."""
        shown = self.asking[0] if self.asking else self._nearest()
        leaf = None if self.asking else first_failing(shown.of.when, self.known)
        stages: dict[tuple[str, ...], None] = {}
        for case in self.asking:
            stages.update((stage, None) for stage in case.of.needs)
        span = shown.of.span
        limits = [self._limit(figure) for case in self.asking or (shown,) for figure in case.of.figures]
        return Consent(
            self.approval.name, self.asks, tuple(stages), self.approval.because, span.file, span.line,
            None if self.number is None else self.number + 1, tuple(dict.fromkeys(limits)),
            None if leaf is None else self.speaker.needs(leaf, self.known), *self._bounds(),
            of_cost=any(figure.measure.endswith("margin") for case in self.cases for figure in case.of.figures),
        )  # fmt: skip

    def _nearest(self) -> Case:
        """The case of which least is missing: of those whose condition holds, the first; else the first."""
        holding = [case for case in self.cases if first_failing(case.of.when, self.known) is None]
        return (holding or list(self.cases))[0]

    # ------------------------------------------------------------ figures

    def _limit(self, figure: b.Figure) -> Limit:
        sold = self._amounts(figure)
        value = measured(figure.measure, sold)
        percent = figure.measure.endswith(("discount", "margin", "granted"))
        show: Callable[[Fraction], str] = _percent if percent else lambda v: self.speaker.money(int(v))
        by = None if value is None else abs(value - figure.value)
        said = None if by is None else f"{_percent(by)[:-1]} points" if percent else show(by)
        return Limit(
            figure.measure, figure.relation, show(figure.value), None if value is None else show(value), said,
            bool(test_of(figure)(sold)),
        )  # fmt: skip

    def _bounds(self) -> tuple[int | None, int | None, str | None, int | None]:
        """(lowest net, payable, largest discount, highest net) that do not ask, whatever else stays as it is."""
        own = self.own
        holding = [
            case.of.figures
            for case in self.cases
            if first_failing(case.of.when, self.known) is None and case.of.figures
        ]
        prefix = "quote." if self.number is None else "line."
        mine = [figures for figures in holding if all(f.measure.startswith(prefix) for f in figures)]
        if not mine or own.open_list <= 0:
            return None, None, None, None

        def asks(amount: int) -> bool:
            return any(all(test_of(f)(_moved(own, amount)) for f in figures) for figures in mine)

        edges = sorted({n for figures in mine for f in figures for n in _edges(f, own)})
        lows = [n for n in edges if n > 0 and not asks(n) and asks(n - 1)]
        highs = [n for n in edges if n >= 0 and not asks(n) and asks(n + 1)]
        lowest = min(lows, key=lambda n: abs(n - own.net), default=None)
        highest = min(highs, key=lambda n: abs(n - own.net), default=None)
        if lowest is None:
            return None, None, None, highest
        step = self.head.rounding.step
        payable = -(-lowest // step) * step
        largest = Fraction(own.open_list - _moved(own, lowest).open_net, own.open_list)
        return lowest, None if asks(payable) else payable, _down(largest) if largest >= 0 else None, highest


def _moved(sold: Amounts, net: int) -> Amounts:
    """The amounts at another net amount; what is granted by hand moves with it."""
    more = net - sold.net
    return sold._replace(net=net, open_net=sold.open_net + more, granted=sold.granted - more)


def measured(measure: str, sold: Amounts) -> Fraction | None:
    """The figure; None where there is none: no list amount, or no cost."""
    match measure.split(".")[1]:
        case "net":
            return Fraction(sold.net)
        case "list":
            return Fraction(sold.listed)
        case "discount":
            return Fraction(sold.open_list - sold.open_net, sold.open_list) if sold.open_list > 0 else None
        case "granted":
            return Fraction(sold.granted, sold.open_list) if sold.open_list > 0 else None
        case "margin":
            return Fraction(sold.net - sold.cost, sold.net) if sold.cost is not None and sold.net > 0 else None
        case _:
            return None


def _edges(figure: b.Figure, sold: Amounts) -> Iterator[int]:
    """Net amounts about which the figure begins, or ceases, to hold."""
    match figure.measure.split(".")[1]:
        case "net":
            edge = figure.value
        case "discount":
            edge = sold.open_list * (1 - figure.value) + sold.net - sold.open_net
        case "granted":
            edge = sold.net + sold.granted - figure.value * sold.open_list
        case "margin" if sold.cost is not None and figure.value < 1:
            edge = sold.cost / (1 - figure.value)
        case _:
            return
    for near in {floor(edge), ceil(edge)}:
        yield from (near - 1, near, near + 1)


def _percent(share: Fraction) -> str:
    """A share to the hundredth of a percent."""
    return percent_words(share, 2)


def _down(share: Fraction) -> str:
    """A share rounded down, so that it does not ask."""
    return percent_words(Fraction(floor(share * 1_000_000), 1_000_000), 4)
