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
from engine.pricing.explain.needs import Leaf, Speaker, distance, failing_parts, first_failing
from engine.pricing.explain.shapes import Miss, Reason, Verdict
from engine.pricing.interpret.state import Look, State, micro
from engine.pricing.quote import Applied, PricedLine
from engine.values.kinds import Value
from engine.values.rounding import round_ratio

MOST_CASES = 20_000
"""Cases of one rule that are looked at for one line."""
MOST_MISSES = 2
"""Cases of one rule that are told when none applies."""
Known = Mapping[str, Value]
Rank = tuple[int, int, float]


@dataclass(slots=True)
class Looked:
    """A rule's cases as they stand to a line: those that hold, and the nearest of the others with how near they came."""

    number: int
    rule: b.Rule
    met: list[b.Case] = field(default_factory=list)
    missed: list[tuple[Rank, b.Case, Leaf | None]] = field(default_factory=list)


def looked_at(number: int, rule: b.Rule, cases: Sequence[b.Case], known: Known) -> Looked:
    """A rule and a line of which this is known; only the nearest misses are kept."""
    out = Looked(number, rule)
    for case in cases[:MOST_CASES]:
        leaf, away = first_failing(case.when, known), days_away(case, known)
        if leaf is None and not away:
            out.met.append(case)
            continue
        parts = failing_parts(case.when, known) if leaf is not None and len(cases) > 1 else int(leaf is not None)
        rank = (parts + (away > 0), *(distance(leaf, known) if leaf is not None else (0, away / 366)))
        out.missed.append((rank, case, leaf))
        if len(out.missed) > 64:
            _keep_nearest(out)
    _keep_nearest(out)
    return out


def days_away(case: b.Case, known: Known) -> int:
    """How many days a case's dates are from the pricing date."""
    day = known["quote.date"]
    assert isinstance(day, int)
    if case.start is not None and day < case.start:
        return case.start - day
    return 0 if case.end is None or day < case.end else day - case.end + 1


def _keep_nearest(out: Looked) -> None:
    out.missed.sort(key=lambda miss: miss[0])  # stable: of equals the one written first
    del out.missed[16:]


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

    def verdicts(self, looked: Sequence[Looked]) -> list[Verdict]:
        """One of each rule, in the order given."""
        bars: dict[tuple[str, str], list[Applied]] = {}
        for bar in self.priced.waterfall:
            bars.setdefault((bar.step, bar.rule), []).append(bar)
        beside: dict[tuple[int, bool], list[b.Rule]] = {}
        for one in looked:
            if one.met:
                beside.setdefault((one.rule.step, across(one.rule)), []).append(one.rule)
        return [
            self._of(one, bars.get((self.book.steps[one.rule.step].name, one.rule.name), []), beside) for one in looked
        ]

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
        look = state.looks.get(rule.step) if state is not None else None
        if state is None or look is None or rule.step in state.closed:
            return self._verdict(rule, "closed", case, by=self._closer(rule.step))
        if any(one.name == rule.name for one, _, _ in look.gives):
            return self._weighed(rule, look)
        if any(one.name == rule.name for one, _ in (*look.hits, *look.moves)):
            others = [name for name in self.movers.get(self.book.steps[rule.step].name, ()) if name != rule.name]
            return self._verdict(rule, "outbid", case, by=others[0] if others else None)
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
            return self._verdict(rule, "nothing", case, gives=gives)
        leaves, left = (micro(max(one, Fraction(0))) for one in (value, taken[2]))
        return self._verdict(
            rule, "tied" if left == leaves else "outbid", case, by=taken[0].name, leaves=leaves, other=left, gives=gives,
            by_gives=off_words(taken[1].give, self.speaker), of_cost=on_cost(case.give) or on_cost(taken[1].give),
        )  # fmt: skip

    def _floor(self, rule: b.Rule, case: b.Case, look: Look, leaves: int, opened: int) -> Verdict:
        if leaves <= opened:
            return self._verdict(rule, "above", case, leaves=leaves, other=opened, of_cost=on_cost(case.give))
        other, its, value = max(look.gives, key=lambda give: give[2])
        cost = on_cost(case.give) or on_cost(its.give)
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
        misses = [self._miss(case, leaf, known) for _, case, leaf in one.missed[:MOST_MISSES]]
        return self._verdict(one.rule, misses[0].reason, one.missed[0][1], misses=tuple(misses))

    def _miss(self, case: b.Case, leaf: Leaf | None, known: Known) -> Miss:
        out = days_away(case, known) > 0
        needs = None if out or leaf is None else self.speaker.needs(leaf, known)
        reason: Literal["dates", "condition"] = "dates" if out else "condition"
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
    return any(isinstance(case.give, b.Across) for case in rule.cases[:1])


def on_cost(give: b.Give) -> bool:
    """Whether its figures tell a cost."""
    return isinstance(give, b.AtLeast) and give.kind in ("margin", "markup")


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
