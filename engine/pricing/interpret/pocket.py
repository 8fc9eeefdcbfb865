"""What stands below the net: rebates, terms and freight that move no invoice price, down to the pocket price.

At the step `net` a line is as it will be invoiced: that is kept, and the steps after it go on from the invoice price, rounded
as the book says and without tax. What they leave is the pocket amount.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from fractions import Fraction

from engine.lang import book as b
from engine.pricing.answer import Outcome
from engine.pricing.interpret.seen import settled
from engine.pricing.interpret.state import Noted, State
from engine.values.rounding import round_to


def at_net(book: b.Book, lines: Sequence[State]) -> None:
    """Keep each line as it is invoiced; from here on its value is what is left of that."""
    for line in lines:
        line.invoiced = copy(line)
        line.invoiced.bars = list(line.bars)
        line.net_bars = len(line.bars)
        _settle(book, line)
        if book.prices_include_tax and line.levy is not None:
            _without_tax(line, 1 + line.levy.charge.rate)


def _settle(book: b.Book, line: State) -> None:
    """Round as the invoice does; a document's rounding is over all of its lines, and comes later."""
    level = book.rounding.level
    if level == "unit" and not line.whole:
        line.value = settled(book.rounding, line.as_unit(line.opening), line.value)
    elif level != "document" and line.quantity:
        amount = settled(book.rounding, line.as_whole(line.opening), line.as_whole(line.now))
        line.value = amount if line.whole else amount / line.quantity


def _without_tax(line: State, gross: Fraction) -> None:
    """Every amount noted so far, without the tax in it: bases of rebates are net."""

    def net(noted: Noted) -> Noted:
        return noted[0] / gross, noted[1]

    line.value, line.opening = line.value / gross, net(line.opening)
    line.after = {step: net(noted) for step, noted in line.after.items()}


def pocket(book: b.Book, state: State, out: Outcome) -> None:
    """What is left of the line below its net, rounded as prices are; nothing where the book has no step `net`."""
    if not any(step.combine == "net" for step in book.steps):
        return
    if state.invoiced is None:  # it joined the others after that step, as it will be invoiced
        at_net(book, [state])
    exact = state.as_whole(state.now) * (-1 if state.ticks < 0 else 1)
    out.pocket_amount = round_to(exact, book.rounding.step, book.rounding.mode)
    out.below = tuple(replace(bar, below=True) for bar in state.bars[state.net_bars :])
