"""Lines whose price is a percent of other lines: they join the waterfall where their base stands, and go on from there."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from engine.lang import book as b
from engine.pricing.interpret.prices import clamped
from engine.pricing.interpret.rounds import round_step
from engine.pricing.interpret.seen import seen
from engine.pricing.interpret.state import State, micro
from engine.pricing.quote import Applied


def ready(lines: Sequence[State]) -> list[State]:
    """The lines that have a price by now."""
    return [line for line in lines if line.fault is None and line.waits is None]


def join(book: b.Book, number: int | None, lines: Sequence[State]) -> None:
    """Price the lines that wait for the end of a step (None: of all), each after those of this moment that it counts."""
    waiting = [line for line in lines if line.fault is None and line.waits is not None and line.waits.at == number]
    while waiting:
        for line in waiting:
            counted = (line.waits.products if line.waits else None) or frozenset()
            if not any(other.product in counted for other in waiting if other.product != line.product):
                break
        else:
            line = waiting[0]  # a cycle of products is refused when the book is checked
        waiting.remove(line)
        _open(book, number, line, lines)


def _open(book: b.Book, number: int | None, line: State, lines: Sequence[State]) -> None:
    share, sign = line.waits, -1 if line.ticks < 0 else 1
    assert share is not None
    total = sum((_amount(book, share, line, other) for other in ready(lines) if other is not line), Fraction(0))
    unit = max(Fraction(0), share.rate * total * sign)  # a credit is a percent of what is credited
    unit = unit if share.most is None else min(unit, share.most)
    unit = unit if share.least is None else max(unit, share.least)
    line.value, line.whole = clamped(line.goods.clamp, (unit, False), abs(line.ticks))
    line.waits = None
    span = line.bars[0]
    line.bars = [Applied("list", "", span.file, span.line, 0, micro(line.value))]
    line.opening = line.now
    for step in range(len(book.steps) if number is None else number):
        line.after[step] = line.now
    if number is None:  # of what is charged: no step is left for it, nor any below the net
        line.closed.update(range(len(book.steps)))
    if number == 0:
        round_step(0, book.steps[0], [line])
    if number is not None:
        line.after[number] = line.now


def _amount(book: b.Book, share: b.Share, line: State, other: State) -> Fraction:
    """What another line adds: its exact amount then, or what is charged for it; a credit takes away."""
    counted = other.product in (share.products or ()) and other.goods.period == line.goods.period
    if not counted or (share.group is not None and other.known.get("line.group") != share.group):
        return Fraction(0)
    if share.at is None:
        amount = seen(book.rounding, other.invoiced or other)  # below the net it goes on, and no invoice with it
    else:
        amount = other.as_whole(other.after[share.at] if share.at else other.opening)
    return -amount if other.ticks < 0 else amount
