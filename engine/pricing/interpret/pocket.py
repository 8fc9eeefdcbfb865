"""What stands below the net: rebates, terms and freight that move no invoice price, down to the pocket price.

At the step `net` all lines are settled as they will be invoiced: rounded, documents too, then the tax levied. That is kept, and
the steps after it go on from each line's net amount. What they leave is the pocket amount: the net itself where nothing moves it.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from fractions import Fraction

from engine.lang import book as b
from engine.plan.taxes import net_step
from engine.pricing.answer import Outcome
from engine.pricing.interpret.finish import invoiced
from engine.pricing.interpret.seen import settled
from engine.pricing.interpret.state import Noted, State
from engine.pricing.quote import Line
from engine.pricing.refusals import Fault
from engine.pricing.taxes import settle, step_of
from engine.values.rounding import round_to


def at_net(book: b.Book, lines: Sequence[State]) -> None:
    """Keep each line as it is invoiced; from here on its value is what is left of its net amount."""
    outs = [_invoiced(book, line) for line in lines]
    settle(book, outs)
    for line, out in zip(lines, outs, strict=True):
        line.invoiced, line.net_bars = copy(line), len(line.bars)
        line.bars = list(line.bars)
        line.fault = out.fault
        if out.fault is None:
            _go_below(book, line, abs(out.net_amount))


def _invoiced(book: b.Book, line: State) -> Outcome:
    asked = Line(line.goods.code, line.ticks)
    try:
        return invoiced(book, line, asked)
    except Fault as fault:
        return Outcome(asked, fault=fault)


def _go_below(book: b.Book, line: State, net_amount: int) -> None:
    """From gross to net, where prices include tax: bases of rebates have none."""
    gross = 1 + line.levy.charge.rate if line.levy is not None and book.prices_include_tax else Fraction(1)

    def net(noted: Noted) -> Noted:
        return noted[0] / gross, noted[1]

    if line.quantity:
        line.value = Fraction(net_amount) if line.whole else net_amount / line.quantity
    elif book.rounding.level == "unit" and not line.whole:
        line.value = settled(book.rounding, line.as_unit(line.opening), line.value) / gross
    else:
        line.value /= gross
    line.opening = net(line.opening)
    line.after = {step: net(noted) for step, noted in line.after.items()}


def pocket(book: b.Book, state: State, out: Outcome) -> None:
    """What is left of the line below its net, rounded as its net is; nothing where the book has no step `net`."""
    number = net_step(book)
    if number is None:
        return
    if state.invoiced is None:  # it joined the others after that step, as it will be invoiced
        at_net(book, [state])
        state.after[number] = state.now
    sign = -1 if state.ticks < 0 else 1
    exact, net = state.as_whole(state.now), state.as_whole(state.after[number])
    step = step_of(book) if book.prices_include_tax and state.levy is not None else book.rounding.step
    out.pocket_amount = sign * (int(net) if exact == net else round_to(exact, step, book.rounding.mode))
    out.below = tuple(replace(bar, below=True) for bar in state.bars[state.net_bars :])
