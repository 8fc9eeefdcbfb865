"""Says of each rule that could concern a line what it did, or why it did nothing.

1 looked_at   which cases hold of the line, and how near the others came
2 settled     what became of those that hold: their exceptions, their step, the rules beside them
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

from engine.lang import book as b
from engine.plan.conditions import holds
from engine.pricing.explain.needs import Leaf, Speaker, distance, first_failing
from engine.pricing.explain.shapes import Miss, Reason, Verdict
from engine.pricing.interpret.bases import needs_cost
from engine.pricing.interpret.state import Look, State, micro
from engine.pricing.quote import Applied, PricedLine
from engine.values.kinds import Value
from engine.values.rounding import round_ratio

MOST_CASES = 20_000
"""Cases of one rule that are looked at for one line."""
MOST_KEPT, MOST_MISSES = 16, 2
"""Cases of one rule that come near and are kept, and of them those that are told when none applies."""
Known = Mapping[str, Value]


@dataclass(slots=True)
class Missed:
    """A case that did not apply: how many of its conditions fail, the first of them (None: only its dates), days from its dates."""

    case: b.Case
    parts: int
    part: b.Condition | None
    away: int

    @property
    def failing(self) -> int:
        """How many things keep it from applying."""
        return self.parts + (self.away > 0)

    def leaf(self, known: Known) -> Leaf | None:
        """The comparison that fails first."""
        return None if self.part is None else first_failing(self.part, known)


@dataclass(slots=True)
class Looked:
    """A rule's cases as they stand to a line: those that hold, and the nearest of the others, nearest first."""

    number: int
    rule: b.Rule
    met: list[b.Case] = field(default_factory=list)
    missed: list[Missed] = field(default_factory=list)


def looked_at(number: int, rule: b.Rule, cases: Sequence[b.Case], known: Known) -> Looked:
    """A rule and a line of which this is known. A book has many rules: what is not told is not worked out."""
    out = Looked(number, rule)
    for case in cases[:MOST_CASES]:
        parts, part = gauge(case.when, known)
        away = days_away(case, known) if case.start is not None or case.end is not None else 0
        if parts or away:
            out.missed.append(Missed(case, parts, part, away))
            if len(out.missed) > 1_000:
                _keep_nearest(out, known)
        else:
            out.met.append(case)
    if len(out.missed) > 1:
        _keep_nearest(out, known)
    return out


def gauge(when: b.Condition, known: Known) -> tuple[int, b.Condition | None]:
    """How many of the conditions joined by `and` fail, and the first that does. Plain comparisons are made here: most are."""
    if type(when) is not b.All:
        return (0, None) if holds(when, known) else (1, when)
    count, first = 0, None
    for part in when.of:
        if type(part) is b.Is:
            good = known.get(part.subject.name) in part.values
        elif type(part) is b.Within:
            was, low, high = known.get(part.subject.name), part.low, part.high
            good = isinstance(was, int) and (low is None or low <= was) and (high is None or was <= high)
        else:
            good = holds(part, known)
        if not good:
            count += 1
            first = part if first is None else first
    return count, first


def days_away(case: b.Case, known: Known) -> int:
    """How many days a case's dates are from the pricing date."""
    day = known["quote.date"]
    assert isinstance(day, int)
    if case.start is not None and day < case.start:
        return case.start - day
    return 0 if case.end is None or day < case.end else day - case.end + 1


def _keep_nearest(out: Looked, known: Known) -> None:
    """Those of which fewest things fail, and of them the nearest; of equals the one written first."""
    out.missed.sort(key=lambda miss: miss.failing)
    most = out.missed[: MOST_KEPT + 1][-1].failing
    near = [miss for miss in out.missed if miss.failing <= most]
    near.sort(key=lambda miss: (miss.failing, *_far(miss, known)))
    out.missed = near[:MOST_KEPT]


def _far(miss: Missed, known: Known) -> tuple[int, float]:
    leaf = miss.leaf(known)
    return (0, miss.away / 366) if leaf is None else distance(leaf, known)


# ---------------------------------------------------------------- what became of those that hold


@dataclass(frozen=True)
class Judge:
    """What is needed to judge the rules of one line: its price, the line on its way (None: it did not set out), and the quote's
    first line, for what is asked of the quote. `base` is what is known of the line before any step; `movers` are, by step, the
    rules that moved any line.
    """

    book: b.Book
    speaker: Speaker
    priced: PricedLine
    state: State | None
    first: State | None
    base: Known
    movers: Mapping[str, Sequence[str]]

    def known(self, rule: b.Rule) -> Known:
        """What a rule could ask as its step began."""
        state = self.first if across(rule) else self.state
        look = state.looks.get(rule.step) if state is not None else None
        return look.known if look is not None else state.known if state is not None else self.base

    def verdicts(self, looked: Sequence[Looked], told: Sequence[Looked]) -> list[Verdict]:
        """One of each rule that is told, in the order given; `looked` are all that can concern the line."""
        bars: dict[tuple[str, str], list[Applied]] = {}
        for bar in self.priced.waterfall:
            bars.setdefault((bar.step, bar.rule), []).append(bar)
        beside: dict[tuple[int, bool], list[b.Rule]] = {}
        for one in looked:
            if one.met:
                beside.setdefault((one.rule.step, across(one.rule)), []).append(one.rule)
        steps = self.book.steps
        return [self._of(one, bars.get((steps[one.rule.step].name, one.rule.name), []), beside) for one in told]

    def _of(self, one: Looked, bars: list[Applied], beside: Mapping[tuple[int, bool], Sequence[b.Rule]]) -> Verdict:
        rule = one.rule
        if bars:
            return self._verdict(rule, "applied", bars[0], bars=tuple(bars))
        if not one.met:
            return self._missed(one)
        case, among = one.met[0], beside[rule.step, across(rule)]
        names = {other.name for other in among}
        if rule.exception_to and not names & set(rule.exception_to):
            return self._verdict(rule, "without", case, by=", ".join(rule.exception_to))
        holding = [other for other in among if not other.exception_to or names & set(other.exception_to)]
        instead = [other.name for other in holding if rule.name in other.exception_to]
        if instead:
            return self._verdict(rule, "replaced", case, by=instead[-1])
        return self._stood(rule, case)

    def _stood(self, rule: b.Rule, case: b.Case) -> Verdict:
        """A rule that applies by itself, and moved nothing."""
        error, state = self.priced.error, self.state
        if error is not None:
            if error.code == "CONFLICT" and rule.name in (error.rule, error.other):
                return self._verdict(rule, "conflict", case, by=error.other if rule.name == error.rule else error.rule)
            return self._verdict(rule, "unpriced", case)
        if state is None or rule.step in state.closed:
            return self._verdict(rule, "closed", case, by=self._closer(rule.step))
        look = state.looks.get(rule.step)
        if look is not None and any(one.name == rule.name for one, _, _ in look.gives):
            return self._weighed(rule, look)
        others = [name for name in self.movers.get(self.book.steps[rule.step].name, ()) if name != rule.name]
        if self.book.steps[rule.step].combine == "list":
            return self._verdict(rule, "passed", case, by=others[0] if others else None)
        met = look is None or any(one.name == rule.name for one, _ in (*look.hits, *look.moves))
        if met and others:
            return self._verdict(rule, "outbid", case, by=others[0])
        return self._verdict(rule, "nothing", case)

    def _weighed(self, rule: b.Rule, look: Look) -> Verdict:
        """A rule whose give was worked out, beside the others of its step."""
        step = self.book.steps[rule.step]
        mine = [give for give in look.gives if give[0].name == rule.name]
        mine.sort(key=lambda give: give[2])
        _, case, value = mine[-1 if step.combine == "floor" else 0]
        stands = next((other.name for other, _, _ in look.gives if other.alone), None)
        if stands is not None and not rule.alone:
            return self._verdict(rule, "alone", case, by=stands)
        if step.combine == "floor":
            return self._floor(rule, case, look, micro(value), micro(look.opened[0]))
        taken = self._taken(step, look)
        gives = off_words(case.give, self.speaker)
        if taken is None or taken[0].name == rule.name:
            return self._verdict(rule, "nothing", case, gives=gives, of_cost=needs_cost(case.give))
        if step.choice:
            return self._verdict(rule, "passed", case, by=taken[0].name)
        leaves, left = (micro(max(one, Fraction(0))) for one in (value, taken[2]))
        return self._verdict(
            rule, "tied" if left == leaves else "outbid", case, by=taken[0].name, leaves=leaves, other=left, gives=gives,
            by_gives=off_words(taken[1].give, self.speaker), of_cost=needs_cost(case.give) or needs_cost(taken[1].give),
        )  # fmt: skip

    def _floor(self, rule: b.Rule, case: b.Case, look: Look, leaves: int, opened: int) -> Verdict:
        if leaves <= opened:
            return self._verdict(rule, "above", case, leaves=leaves, other=opened, of_cost=needs_cost(case.give))
        other, its, value = max(look.gives, key=lambda give: give[2])
        cost = needs_cost(case.give) or needs_cost(its.give)
        return self._verdict(rule, "lower", case, by=other.name, leaves=leaves, other=micro(value), of_cost=cost)

    def _taken(self, step: b.Step, look: Look) -> tuple[b.Rule, b.Case, Fraction] | None:
        """What was taken in a step that takes one; None in a step that takes all."""
        if step.combine in ("additive", "compounding", "best of quote"):
            return None
        movers = {bar.rule for bar in self.priced.waterfall if bar.step == step.name}
        taken = [give for give in look.gives if give[0].name in movers] or look.gives
        return min(taken, key=lambda give: (max(give[2], 0), give[0].name))

    def _closer(self, number: int) -> str | None:
        """What closed a step to the line: a final rule before it, one that stands alone there, or one whose lines it skips."""
        by_name = {rule.name: rule for rule in self.book.rules} if self.priced.waterfall else {}
        for bar in self.priced.waterfall:
            rule = by_name.get(bar.rule)
            if rule is not None and (
                (rule.final and rule.step < number)
                or number in rule.alone_in
                or rule.step in self.book.steps[number].skips
            ):
                return rule.name
        return None

    # ------------------------------------------------------------ those that do not hold

    def _missed(self, one: Looked) -> Verdict:
        if not one.missed:
            return self._verdict(one.rule, "product", None)
        known = self.known(one.rule)
        misses = tuple(self._miss(miss, known) for miss in one.missed[:MOST_MISSES])
        return self._verdict(one.rule, misses[0].reason, one.missed[0].case, misses=misses)

    def _miss(self, miss: Missed, known: Known) -> Miss:
        leaf = None if miss.away else miss.leaf(known)
        needs = None if leaf is None else self.speaker.needs(leaf, known)
        reason: Literal["dates", "condition"] = "dates" if miss.away else "condition"
        case = miss.case
        return Miss(reason, case.span.file, case.span.line, case.label, needs, case.start, case.end)

    def _verdict(self, rule: b.Rule, reason: Reason, at: b.Case | Applied | None, **more: Any) -> Verdict:
        if isinstance(at, Applied):
            place: tuple[str, int, str] = at.file, at.line, at.label
        else:
            span = rule.span if at is None else at.span
            place = span.file, span.line, "" if at is None else at.label
        step = self.book.steps[rule.step].name
        return Verdict(rule.name, rule.title, step, rule.kind, reason, *place, rule.because, **more)


def across(rule: b.Rule) -> bool:
    """Whether a rule works on several lines at once: its condition is about the quote."""
    return bool(rule.cases) and isinstance(rule.cases[0].give, b.OnQuote | b.BuyGet)


def off_words(give: b.Give, speaker: Speaker) -> str | None:
    """What a give offers, where that is short to say: `12% off`, `2.00 EUR off`, `5% on top`, `a price of 42.00 EUR`."""
    match give:
        case b.Percent(rate, _):
            return f"{percent_words(abs(rate))} {'off' if rate <= 0 else 'on top'}"
        case b.Amount(micros):
            return f"{speaker.money(micro(abs(micros)))} {'off' if micros <= 0 else 'on top'}"
        case b.ByHand():
            return "nothing granted"
        case b.SetPrice(b.Price(amount, None)):
            return f"a price of {speaker.money(micro(amount))}"
        case _:
            return None


def percent_words(share: Fraction, decimals: int = 4) -> str:
    """`12%`, `16.67%`."""
    scale = 10**decimals
    whole, part = divmod(round_ratio(abs(share) * 100 * scale, "half even"), scale)
    digits = f"{part:0{decimals}d}".rstrip("0")
    return f"{'-' if share < 0 else ''}{whole:,}{'.' + digits if digits else ''}%"
