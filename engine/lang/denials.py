"""Settles denials: what is not sold so, and the reason that is given."""

from __future__ import annotations

from engine.lang import words
from engine.lang.book import Denial
from engine.lang.conditions import Compiler
from engine.lang.draft import Draft
from engine.lang.parts import every
from engine.lang.syntax import DenyBlock
from engine.lang.targets import Reach, Targets
from engine.lang.types import days


def settle_denials(draft: Draft) -> None:
    """Every `deny` block of the book."""
    targets = Targets(draft)
    for block in draft.of(DenyBlock):
        if draft.declare("denial", block.name.text, block.name.span):
            denial = _denial(draft, targets, block)
            if denial is not None:
                draft.denials.append(denial)


def _denial(draft: Draft, targets: Targets, block: DenyBlock) -> Denial | None:
    if block.when is None:
        draft.report.add(words.deny_when(block.name.text, block.span))
        return None
    reach = targets.reach(block.target, None, False) if block.target else Reach(None)
    dates = days(draft, block.dates)
    part = Compiler(draft, step=len(draft.step_list)).compile(block.when)
    if reach is None or dates is None or part is None or callable(part):
        return None
    return Denial(block.name.text, reach.products, *dates, every([reach.when, part]), block.name.span, block.because)
