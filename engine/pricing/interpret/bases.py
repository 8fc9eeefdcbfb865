"""What a percent of a line is of."""

from __future__ import annotations

from fractions import Fraction

from engine.lang import book as b
from engine.pricing.interpret.state import Noted, State


def base(of: b.Base, line: State, start: int | None = None) -> Fraction:
    """The base's amount, in the line's form. `start` is the first day of the case that asks, where it has one."""
    return line.value if of.kind == "running" else line.as_now(noted(of, line, start))


def noted(of: b.Base, line: State, start: int | None = None) -> Noted:
    """The base's amount as it was noted."""
    if of.kind == "cost":
        assert line.cost is not None  # a missing cost was told before
        return line.cost.price.amount, False
    if of.kind == "lowest" and line.past is not None:
        found = line.past(int(line.known["quote.date"]) if start is None else start, of.days)
        return line.opening if found is None else found  # a product that had no price on those days is new
    return line.opening if of.step is None else line.after[of.step]


def needs_cost(give: b.Give) -> bool:
    """Whether a give is worked out over the cost."""
    match give:
        case b.AtLeast(kind, _):
            return kind in ("margin", "markup")
        case b.SetPrice(price):
            return price.markup is not None
        case b.Percent(_, of) | b.GraduatedOff(_, of):
            return of.kind == "cost"
        case _:
            return False
