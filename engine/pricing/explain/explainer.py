"""Explains quotes priced by one plan."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from engine.lang import book as b
from engine.plan.plan import Plan
from engine.pricing.approvals import subjects
from engine.pricing.columns import prices_whole_quotes
from engine.pricing.exchange import in_its_currency
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

MOST_VERDICTS, MOST_OF_LINE, LEAST_OF_LINE = 5_000, 1_000, 50
"""Rules told: of all lines together, of a line, and of a line in any case."""
MOST_PRICED, MOST_MEANT = 30_000, 4_000
"""Lines priced to find what would change, of all changes together; and where the book's meaning prices them, which is slower."""


class Explainer:
    """A plan, the checked book that it was made of, and which of its rules can concern which product."""

    def __init__(self, plan: Plan, book: b.Book) -> None:
        self.plan, self.book = plan, book
        self.concerned = Concerned(book)
        self.floors, self.below = floors_of(book), below_net(book)

    def explain(self, quote: Quote, lines: Collection[int] = (), rules: Collection[str] = ()) -> Explained:
        """Price a quote and explain it, for one who may see everything (see `shown`).

        `lines` (numbers from 1) and `rules` (names) narrow what is told; empty: all lines, all rules that can concern them.
        """
        plan, book, quote = in_its_currency(self.plan, self.book, quote)
        of = self if book is self.book else Explainer(plan, book)
        return _Explaining(of, quote, lines, rules).explained()


def floors_of(book: b.Book) -> frozenset[str]:
    """The names of its steps of floors."""
    return frozenset(step.name for step in book.steps if step.combine == "floor")


def below_net(book: b.Book) -> frozenset[str]:
    """The names of its steps below the net price: what it costs the seller, and no price of the buyer's."""
    names = [step.name for step in book.steps]
    net = next((i for i, step in enumerate(book.steps) if str(step.combine) == "net"), len(names))
    return frozenset(names[net + 1 :])


class _Explaining:
    """One explanation on its way."""

    def __init__(self, of: Explainer, quote: Quote, lines: Collection[int], rules: Collection[str]) -> None:
        self.plan, self.book, self.concerned, self.quote = of.plan, of.book, of.concerned, quote
        self.floors, self.below = of.floors, of.below
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
            self.priced,
            lines,
            tuple(consents_of(self.plan.head, self.quote, self.priced)),
            floors=self.floors,
            below=self.below,
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
        most = max(LEAST_OF_LINE, min(MOST_OF_LINE, MOST_VERDICTS // max(1, len(self.numbers))))
        asked = [one for one in looked if one.rule.name in self.rules] if self.rules else list(looked)
        told = asked
        if len(asked) > most:
            moved = {bar.rule for bar in judge.priced.waterfall}
            told = sorted(asked, key=lambda one: _nearness(one, moved))[:most]
        told.sort(key=lambda one: (one.rule.step, one.number))
        return judge.verdicts(looked, told), len(asked) - len(told)

    # ------------------------------------------------------------ what would change

    @property
    def _alone(self) -> bool:
        """Whether a line's price hangs on no other line, so that it may be priced by itself."""
        return not prices_whole_quotes(self.plan)

    def _pricing_plan(self) -> Plan:
        """What changed quotes are priced by: where that is the book's meaning, only the rules that can concern them."""
        if self.plan.meaning is None:
            return self.plan
        return replace(self.plan, meaning=self.concerned.narrowed(self.products.values()), kept={})

    def _tries(self, looked: Mapping[int, Sequence[Looked]], judges: Mapping[int, Judge]) -> dict[int, list[Try]]:
        """What is priced for each line, within the bound on all of them."""
        most = MOST_PRICED if self.plan.meaning is None else MOST_MEANT
        budget = most // (1 if self._alone else max(1, len(self.quote.lines)))
        wanted: dict[int, list[Try]] = {}
        for i in self.numbers:
            if self.priced.lines[i].error is None:
                near = Near(i, self.book.products[self.products[i]], looked[i], judges[i].known)
                wanted[i] = tries(self.book, self.quote, near)[: max(0, budget)]
                budget -= len(wanted[i])
        return wanted


def _nearness(one: Looked, moved: Collection[str]) -> tuple[int, int]:
    """Rules that moved the price first, then those that hold, then those of which least is missing."""
    if one.rule.name in moved:
        return -2, one.number
    return (-1 if one.met or not one.missed else one.missed[0].failing), one.number
