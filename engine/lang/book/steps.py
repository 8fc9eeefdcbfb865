"""The steps of the waterfall: how rules of one step stand together, and how one of several prices is chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.lang.places import Span
from engine.values.rounding import Mode

Combine = Literal[
    "list", "one only", "best of", "best of quote", "best combination", "compounding", "additive", "floor", "net", "tax"
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Levels:
    """`from a, then b and c`: prices of the first level's rules come before those of the next; rules of no level come last.

    `book` names the product's own price.
    """

    names: tuple[tuple[str, ...], ...]


Criterion = Levels | Literal["most specific", "lowest"]
"""What tells which of several prices counts: a sequence of rules, more facts in the condition, or the lower price."""


@dataclass(frozen=True, slots=True)
class StepRounding:
    """A price is rounded to a multiple of `step` micros in its mode, then `plus` micros are added (or taken), never below 0."""

    mode: Mode
    step: int
    plus: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """One bar of the waterfall. `list` opens it with the dated list price, or that of a rule which stands in it; `floor`
    raises to the highest floor.

    `net`: the invoice price stands, what follows is below it. `tax`: its rules say what is charged on the net, and move nothing.
    `together`: rules that compete as one. `skips`: lines that a rule of these steps moved are left out.
    """

    name: str
    combine: Combine
    span: Span
    together: tuple[tuple[str, ...], ...] = ()
    skips: tuple[int, ...] = ()
    choice: tuple[Criterion, ...] = ()  # how one of several prices is chosen; () where two are a conflict
    rounding: StepRounding | None = None  # what happens to the price of every line at the step's end
