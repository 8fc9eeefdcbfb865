"""A priced quote for who may not see the book's rules: what a floor did is one with the bar before it, for it would tell the floor."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import replace

from engine.plan.head import Head
from engine.pricing.quote import Applied, PricedQuote


def has_floors(head: Head) -> bool:
    """Whether a step of the book is one of floors."""
    return any(step.combine == "floor" for step in head.steps)


def without_floors(head: Head, priced: PricedQuote) -> PricedQuote:
    """The quote with no bar of a floor in its waterfalls."""
    floors = frozenset(step.name for step in head.steps if step.combine == "floor")
    lines = (replace(line, waterfall=joined(line.waterfall, floors)) for line in priced.lines)
    return replace(priced, lines=tuple(lines))


def joined(bars: Iterable[Applied], floors: Container[str], by_step: bool = False) -> tuple[Applied, ...]:
    """Bars in which a floor's is one with the bar before it; one bar a step where that is asked for, and none that moves nothing."""
    out: list[Applied] = []
    for bar in bars:
        if len(out) > 1 and (bar.step in floors or (by_step and bar.step == out[-1].step)):
            out[-1] = replace(out[-1], after=bar.after)
        elif bar.step in floors:  # it moved the list price itself
            out.append(replace(bar, step="net", rule="", label="", because=None))
        else:
            out.append(bar)
    return tuple(bar for i, bar in enumerate(out) if not i or bar.before != bar.after)
