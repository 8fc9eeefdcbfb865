"""Explains quotes priced by one plan."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from engine.lang import book as b
from engine.plan.plan import Plan
from engine.pricing.approvals import subjects
from engine.pricing.explain.changes import Near, Try, price_changes, tries
from engine.pricing.explain.concerned import Cases, Concerned
from engine.pricing.explain.consents import consents_of
from engine.pricing.explain.needs import Speaker
from engine.pricing.explain.shapes import Change, Explained, LineWhy, Verdict
from engine.pricing.explain.verdicts import Judge, Looked, looked_at
from engine.pricing.interpret import traced
from engine.pricing.interpret.state import State
from engine.pricing.price import price_quote
from engine.pricing.quote import PricedQuote, Quote
from engine.pricing.refusals import Fault

MOST_VERDICTS, LEAST_VERDICTS = 10_000, 50
"""Rules told of all lines together, and of each line in any case."""
MOST_PRICED = 30_000
"""Lines priced to find what would change, of all changes together."""


class Explainer:
    """A plan, the checked book that it was made of, and which of its rules can concern which product."""

    def __init__(self, plan: Plan, book: b.Book) -> None:
        self.plan, self.book = plan, book
        self.concerned = Concerned(book)
        self.floors = floors_of(book)

    def explain(self, quote: Quote, lines: Collection[int] = (), rules: Collection[str] = ()) -> Explained:
        """Price a quote and explain it, for one who may see everything (see `shown`).

        `lines` (numbers from 1) and `rules` (names) narrow what is told; empty: all lines, all rules that can concern them.
        """
        return _Explaining(self, quote, lines, rules).explained()


def floors_of(book: b.Book) -> frozenset[str]:
    """The names of its steps of floors."""
    return frozenset(step.name for step in book.steps if step.combine == "floor")


class _Explaining:
    """One explanation on its way."""

    def __init__(self, of: Explainer, quote: Quote, lines: Collection[int], rules: Collection[str]) -> None:
        self.plan, self.book, self.concerned, self.quote, self.floors = of.plan, of.book, of.concerned, quote, of.floors
        self.priced: PricedQuote = price_quote(of.plan, quote, waterfall=True)
        self.rules = frozenset(rules)
        self.speaker = Speaker(of.plan.head)
        index = of.plan.head.index
        self.products = {i: index[line.product] for i, line in enumerate(quote.lines) if line.product in index}
        self.numbers = [i for i in self.products if not lines or i + 1 in lines]
        self.states: list[State | Fault] = []
        self.movers: dict[str, list[str]] = {}
        for line in self.priced.lines:
            for bar in line.waterfall:
                if bar.rule:
                    self.movers.setdefault(bar.step, []).append(bar.rule)

    def explained(self) -> Explained:
        """All of it."""
        looked = self._looked()
        judges = {i: self._judge(i) for i in self.numbers}
        wanted = self._tries(looked, judges)
        changes = price_changes(self._pricing_plan(), self.quote, self.priced, wanted, self._alone)
        lines = tuple(self._line(i, judges[i], looked[i], changes.get(i, ())) for i in self.numbers)
        return Explained(
            self.priced, lines, tuple(consents_of(self.plan.head, self.quote, self.priced)), floors=self.floors
        )

    # ------------------------------------------------------------ looking

    def _looked(self) -> dict[int, list[Looked]]:
        """The rules that can concern each line, as they stand to it; sets `states`, the lines on their way.

        What a condition asks of other lines is known only on the way: then that is gone first. Else only with the rules of
        which a case holds, which are few.
        """
        if self.plan.meaning is not None:
            self.states = traced(self.concerned.narrowed(self.products.values()), self.quote)
            return {i: self._look(i) for i in self.numbers}
        found = {i: self._look(i) for i in self.numbers}
        met: dict[int, dict[int, b.Case]] = {}
        for looked in found.values():
            for one in looked:
                if one.met:
                    met.setdefault(one.number, {}).update((id(case), case) for case in one.met)
        self.states = traced(self.concerned.book_of({n: tuple(cases.values()) for n, cases in met.items()}), self.quote)
        return found

    def _look(self, i: int) -> list[Looked]:
        judge, rules = self._judge(i), self.book.rules
        return [
            looked_at(number, rules[number], cases, judge.known(rules[number]))
            for number, cases in self._cases(i).items()
        ]

    def _cases(self, i: int) -> Mapping[int, Cases]:
        """The cases of the rules that can concern a line; one asked for by name may have none."""
        of = self.concerned.of(self.products[i])
        named = (
            {n: of.get(n, ()) for n, rule in enumerate(self.book.rules) if rule.name in self.rules}
            if self.rules
            else {}
        )
        return {**of, **named}

    def _judge(self, i: int) -> Judge:
        line = self.quote.lines[i]
        base = subjects(self.quote.date, self.quote.facts, line.facts, line.quantity or 0, line.group)
        first = next((state for state in self.states if isinstance(state, State)), None)
        mine = self.states[i] if self.states else None
        state = mine if isinstance(mine, State) else None
        return Judge(self.book, self.speaker, self.priced.lines[i], state, first, base, self.movers)

    # ------------------------------------------------------------ telling

    def _line(self, i: int, judge: Judge, looked: Sequence[Looked], changes: tuple[Change, ...]) -> LineWhy:
        verdicts, left = self._told(judge, looked)
        head = self.plan.head.products[self.products[i]]
        unit = self.plan.head.units[head.unit]
        not_on = len(self.book.rules) - len(self.concerned.of(self.products[i]))
        return LineWhy(i + 1, head.title, unit.name, unit.plural, judge.priced, tuple(verdicts), not_on, left, changes)

    def _told(self, judge: Judge, looked: Sequence[Looked]) -> tuple[list[Verdict], int]:
        """The verdicts of a line, in the order of the steps; where there are too many, of those that came nearest."""
        most = max(LEAST_VERDICTS, MOST_VERDICTS // max(1, len(self.numbers)))
        pairs = list(zip(looked, judge.verdicts(looked), strict=True))
        if self.rules:
            pairs = [pair for pair in pairs if pair[1].rule in self.rules]
        kept = pairs if len(pairs) <= most else sorted(pairs, key=_nearness)[:most]
        kept.sort(key=lambda pair: (pair[0].rule.step, pair[0].number))
        return [verdict for _, verdict in kept], len(pairs) - len(kept)

    # ------------------------------------------------------------ what would change

    @property
    def _alone(self) -> bool:
        """Whether a line's price hangs on no other line, so that it may be priced by itself."""
        return self.plan.meaning is None and self.book.rounding.level != "document"

    def _pricing_plan(self) -> Plan:
        """What changed quotes are priced by: where that is the book's meaning, only the rules that can concern them."""
        if self.plan.meaning is None:
            return self.plan
        return replace(self.plan, meaning=self.concerned.narrowed(self.products.values()), kept={})

    def _tries(self, looked: Mapping[int, Sequence[Looked]], judges: Mapping[int, Judge]) -> dict[int, list[Try]]:
        """What is priced for each line, within the bound on all of them."""
        budget = MOST_PRICED // (1 if self._alone else max(1, len(self.quote.lines)))
        wanted: dict[int, list[Try]] = {}
        for i in self.numbers:
            if self.priced.lines[i].error is None:
                known = {one.number: judges[i].known(one.rule) for one in looked[i]}
                near = Near(i, self.book.products[self.products[i]], looked[i], known)
                wanted[i] = tries(self.book, self.quote, near)[: max(0, budget)]
                budget -= len(wanted[i])
        return wanted


def _nearness(pair: tuple[Looked, Verdict]) -> tuple[int, tuple[int, int, float], int]:
    looked, verdict = pair
    if verdict.reason == "applied":
        return 0, (0, 0, 0.0), looked.number
    if looked.met or not looked.missed:
        return 1, (0, 0, 0.0), looked.number
    return 2, looked.missed[0][0], looked.number
