"""What of a line's waterfall a customer is shown: the steps from list to the price that is charged, each with its reason, or none.

It ends at the net price: what is charged on that stands among the taxes, what is below it is nobody's but ours, and what a floor did
is one with the bar before it. Bars are exact; on their way to a price in whole coins they are shown in whole coins, each as the
difference of two prices, so that they tie out. What does not is not shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.paper.sheet import Step
from engine.pricing.plainly import joined
from engine.values.kinds import MICROS
from engine.values.rounding import round_over

if TYPE_CHECKING:
    from engine.plan.head import Head
    from engine.pricing.quote import Applied, PricedLine

CHARGED = ("tax", "net")
"""Steps that a waterfall on paper ends before, by how they combine."""
PLAIN = 1_000
"""A percent is told where it has at most one decimal."""


def steps_of(head: Head, line: PricedLine, price: int, amount: int, coin: int) -> tuple[Step, ...]:
    """The steps to `price`, which a unit is shown at, or to the line's `amount`; () where nothing moved it."""
    bars = _bars(head, line)
    turn = _turn(bars, line.unit_net)
    steps = [_step(bar, at >= turn, line.quantity < 0) for at, bar in enumerate(bars)]
    coined = [_coined(step, coin) if step.whole or not price % coin else step for step in steps]
    moved = tuple(step for step in coined if step.before != step.after)
    ties = len(moved) > 1 and moved[-1].after == (amount if moved[-1].whole else price)
    return moved if ties else ()


def _bars(head: Head, line: PricedLine) -> tuple[Applied, ...]:
    floors = {step.name for step in head.steps if step.combine == "floor"}
    charged = {step.name for step in head.steps if step.combine in CHARGED}
    above = (bar for bar in line.waterfall if not bar.below)
    return joined((bar for bar in above if bar.step not in charged and not bar.step.startswith("tax ")), floors)


def _turn(bars: Sequence[Applied], unit_net: int) -> int:
    """Which bar is the first of the line as a whole: one that does not begin where the last ended, or the first where none does, and they
    do not end at a unit's price."""
    torn = next((at for at in range(1, len(bars)) if bars[at].before != bars[at - 1].after), None)
    if torn is not None:
        return torn
    return len(bars) if bars and bars[-1].after == unit_net else 0


def _step(bar: Applied, whole: bool, credit: bool) -> Step:
    """A bar as a step. Bars of a whole line are of so many as if they were sold, also where they are a credit."""
    sign = -1 if whole and credit else 1
    return Step(bar.step, sign * bar.before, sign * bar.after, bar.because or "", _share(bar), whole)


def _share(bar: Applied) -> int | None:
    """What a bar took or added of the price before it, where that is a plain percent."""
    if not bar.before or bar.step == "rounding":
        return None
    share, rest = divmod(abs(bar.after - bar.before) * MICROS, abs(bar.before))
    return None if rest or share % PLAIN else share


def _coined(step: Step, coin: int) -> Step:
    before, after = (round_over(amount, 1, coin, "half even") for amount in (step.before, step.after))
    return replace(step, before=before, after=after)
