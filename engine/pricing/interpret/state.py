"""A line on its way down the waterfall."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

from engine.lang import book as b
from engine.pricing.answer import Levy
from engine.pricing.over import Run
from engine.pricing.quote import Applied
from engine.pricing.refusals import Fault
from engine.values.kinds import Value
from engine.values.rounding import round_ratio

Noted = tuple[Fraction, bool]
"""An amount in micros, and whether it is the whole line's (else one unit's)."""


@dataclass
class Look:
    """What a line met in a step, for whoever asks why: what was known of it then, the cases that applied (exceptions settled),
    those over several lines that moved it, and, where it came to that, the line's value as the step opened and what each case
    would have made of it alone.
    """

    known: dict[str, Value]
    hits: list[tuple[b.Rule, b.Case]]
    moves: list[tuple[b.Rule, b.Case]]
    opened: Noted
    gives: list[tuple[b.Rule, b.Case, Fraction]] = field(default_factory=list)


@dataclass(eq=False)
class State:
    """One line: `value` micros per unit, or of the whole line once `whole`. A line with a `fault` goes no further.

    `known` is what conditions may ask: facts, `quote.date`, `line.quantity`, `line.group`.
    """

    product: int
    goods: b.Product
    known: dict[str, Value]
    ticks: int
    value: Fraction
    whole: bool
    cost: b.DatedPrice | None
    opening: Noted = (Fraction(0), False)
    after: dict[int, Noted] = field(default_factory=dict)
    bars: list[Applied] = field(default_factory=list)
    fault: Fault | None = None
    closed: set[int] = field(default_factory=set)  # steps in which nothing happens to it
    moved: set[int] = field(default_factory=set)  # steps whose rules moved it
    levy: Levy | None = None  # what charges it
    held: bool = False  # an amount stated with tax moved it, among prices without
    cost_factor: Fraction = Fraction(1)  # what makes a cost comparable with its prices: tax, where they include it
    invoiced: State | None = None  # as it was at the step `net`
    net_bars: int = 0  # bars above it
    past: Callable[[int, int], Noted | None] | None = None  # the lowest list price of so many days before a day
    waits: b.Share | None = None  # it has no price yet: a percent of other lines, taken at the end of a step
    run: Run | None = None  # the time it runs, where that is said and it is charged by the period
    granted: Fraction = Fraction(0)  # what sellers gave by hand, of the whole line
    taken: tuple[tuple[str, Noted], ...] = ()  # what each rule that moved it took off
    looks: dict[int, Look] = field(default_factory=dict)  # by step

    @property
    def quantity(self) -> Fraction:
        """In units, without its sign."""
        return Fraction(abs(self.ticks), 1_000_000)

    @property
    def now(self) -> Noted:
        """The value and its form."""
        return self.value, self.whole

    def as_now(self, noted: Noted) -> Fraction:
        """An amount noted in one form, in the form the line has now."""
        return self.as_whole(noted) if self.whole else noted[0]

    def as_whole(self, noted: Noted) -> Fraction:
        """A noted amount, of the whole line."""
        return noted[0] if noted[1] else noted[0] * self.quantity

    def as_unit(self, noted: Noted) -> Fraction:
        """A noted amount, of one unit."""
        if not noted[1]:
            return noted[0]
        return noted[0] / self.quantity if self.quantity else Fraction(0)

    def per_unit(self, amount: Fraction) -> Fraction:
        """An amount stated per unit, in the form the line has now."""
        return amount * self.quantity if self.whole else amount

    def go_whole(self) -> None:
        """From here on the line's amount is what counts."""
        self.value, self.whole = self.as_whole(self.now), True

    def bar(self, step: str, rule: b.Rule, case: b.Case, before: Fraction, after: Fraction) -> None:
        """Note what a case of a rule did; what a seller gave by hand is counted too, and whether tax was in what was given."""
        self.held |= isinstance(case.give, b.Amount | b.OnLine) and case.give.tax == "including"
        if isinstance(case.give, b.ByHand):
            self.granted += self.as_whole((before - after, self.whole))
        self.taken += ((rule.name, (before - after, self.whole)),)
        self.bars.append(
            Applied(
                step, rule.name, case.span.file, case.span.line, micro(before), micro(after), case.label, rule.because
            )
        )

    def rounding_bar(self, rounded: Fraction) -> tuple[Applied, ...]:
        """The bar of a unit price that is rounded, where that shows."""
        before, after, first = micro(self.value), micro(rounded), self.bars[0]
        return (Applied("rounding", "", first.file, first.line, before, after),) if before != after else ()


def micro(value: Fraction | int) -> int:
    """To the nearest whole micro, half even: for showing."""
    return round_ratio(Fraction(value), "half even")
