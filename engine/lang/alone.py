"""Holds `alone in STEP` to what can be known: which steps a rule closes is settled when the first such step begins, so each sum that
the rule asks about must stand by then, and not move any more until the rule's own step."""

from __future__ import annotations

from engine.lang import words
from engine.lang.book import Fold, Rule
from engine.lang.draft import Draft
from engine.lang.parts import atoms
from engine.lang.syntax import RuleBlock


def check_alone(draft: Draft) -> None:
    """Say which rules that close other steps ask about sums that those steps may move."""
    closers = [rule for rule in draft.rules if rule.alone_in]
    if not closers:
        return
    first = min(min(rule.step, *rule.alone_in) for rule in closers)
    blocks = {block.name.text: block for block in reversed(draft.of(RuleBlock))}
    for rule in closers:
        more, late = blocks[rule.name].more, _late(rule, first)
        if late is not None and more is not None and more.alone:
            draft.report.add(words.alone_too_early(rule.name, late, draft.step_list[first].name, more.alone[0].span))


def _late(rule: Rule, first: int) -> str | None:
    """A sum of its condition that does not stand yet as the step `first` begins."""
    sums = (atom.subject for case in rule.cases for atom in atoms(case.when))
    return next((s.name for s in sums if s.fold is not None and _moves(s.fold, rule.step, first)), None)


def _moves(fold: Fold, own: int, first: int) -> bool:
    """Whether an amount is taken as the rule's own step begins, or after a step, that comes later than the beginning of `first`."""
    return fold.what == "amount" and (own > first if fold.at is None else fold.at >= first > 0)
