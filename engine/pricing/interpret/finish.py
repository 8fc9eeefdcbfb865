"""Rounds a line as the book says and writes its amounts."""

from __future__ import annotations

from fractions import Fraction

from engine.lang import book as b
from engine.pricing.answer import MAX_AMOUNT, Exact, Outcome
from engine.pricing.interpret.history import prior
from engine.pricing.interpret.pocket import pocket
from engine.pricing.interpret.seen import settled
from engine.pricing.interpret.state import State, micro
from engine.pricing.quote import Line
from engine.pricing.refusals import Fault
from engine.values.kinds import MICROS
from engine.values.rounding import Rounding, round_to


def finished(book: b.Book, state: State, line: Line) -> Outcome:
    """What pricing found for a line.

    Raises:
        Fault: why it has no price.
    """
    if state.fault is not None:
        raise state.fault
    out = _invoiced(book, state.invoiced or state, line)
    pocket(book, state, out)
    return out


def _invoiced(book: b.Book, state: State, line: Line) -> Outcome:
    sign = -1 if state.ticks < 0 else 1
    listed, exact = state.as_whole(state.opening), state.as_whole(state.now)
    unit_list = state.as_unit(state.opening)
    unit_net, net = _net(book.rounding, state, listed, exact)
    costs = None if state.cost is None else micro(state.cost.price.amount * Fraction(state.ticks, MICROS))
    past = prior(book, state)
    return Outcome(
        line, period=state.goods.period, unit_list=_fit(micro(unit_list)), unit_net=_fit(micro(unit_net)),
        list_amount=sign * _fit(micro(listed)), net_amount=sign * _fit(micro(net)), cost_amount=costs,
        lowest_prior=None if past is None else sign * _fit(micro(past)), bars=tuple(state.bars), granted=sign * micro(state.granted), exact=Exact(sign * listed, sign * exact), levy=state.levy, whole=state.whole, run=state.run,
    )  # fmt: skip


def _net(rounding: Rounding, state: State, listed: Fraction, exact: Fraction) -> tuple[Fraction, Fraction]:
    """The net price of a unit, and the line's net amount."""
    unit_net = state.as_unit(state.now)
    if rounding.level == "document":
        return unit_net, exact  # settled over the document's lines
    if rounding.level == "line" or state.whole:
        return unit_net, settled(rounding, listed, exact)
    unit = settled(rounding, state.as_unit(state.opening), state.value)
    state.note_rounding(unit)
    net = unit * state.quantity
    return unit, Fraction(round_to(net, rounding.step, rounding.mode)) if state.ticks % MICROS else net


def _fit(amount: int) -> int:
    if abs(amount) > MAX_AMOUNT:
        raise Fault("OVERFLOW")
    return amount
