"""Cases that nothing can meet: a row or tier whose condition contradicts itself, or whose days no price of its products knows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from engine.lang import words
from engine.lang.book import Case, Rule
from engine.lang.boxes import Box, Kinds, Ticks
from engine.lang.diagnostics import Diagnostic
from engine.lang.draft import Draft
from engine.lang.parts import NEVER
from engine.lang.unused import FIRST, LAST, price_window

Products = frozenset[int] | None


def find_dead(draft: Draft) -> None:
    """Say each rule's cases that can never apply, where others of its can: a rule of which none can is said by `unused`."""
    kinds = draft.kinds()
    windows: dict[Products, tuple[int, int]] = {}
    for rule in draft.rules:
        contradicts = [case for case in rule.cases if case.when != NEVER and contradiction(draft, case, kinds)]
        if len(contradicts) == len(rule.cases) and any(draft.boxes_of(case, kinds) for case in contradicts):
            draft.report.add(words.never(rule.name, "its condition holds on none of its dates", rule.span))
        elif len(contradicts) < len(rule.cases):
            _say(draft, rule, contradicts, words.dead_row)
            late = [
                case
                for case in rule.cases
                if not (contradicts and case in contradicts) and not _priced(draft, case, windows)
            ]
            if len(late) + len(contradicts) < len(rule.cases):
                _say(draft, rule, late, words.unpriced_row)


def _say(draft: Draft, rule: Rule, cases: list[Case], told: Callable[..., Diagnostic]) -> None:
    """One doubt for all of them, at the first.

    An exception has a case for each case of its rules, all written at one place: it is dead where none of them lives.
    """
    dead = Counter(case.span for case in cases)
    written = Counter(case.span for case in rule.cases)
    cases = [case for case in cases if dead[case.span] == written[case.span]]
    if cases:
        draft.report.add(told(rule.name, cases[0].label, len(cases) - 1, cases[0].span))


def contradiction(draft: Draft, case: Case, kinds: Kinds) -> bool:
    """Whether a case's condition never holds, or on none of its own days."""
    made = draft.boxes_of(case, kinds)
    return made is not None and not any(_some_day(case, box) for box in made)


def _some_day(case: Case, box: Box) -> bool:
    day = box.get("quote.date")
    if not isinstance(day, Ticks):
        return True
    early = case.end is not None and day.low is not None and day.low >= case.end
    late = case.start is not None and day.high is not None and day.high < case.start
    return not early and not late


def _priced(draft: Draft, case: Case, windows: dict[Products, tuple[int, int]]) -> bool:
    """Whether one of its products has a price between its dates."""
    if case.start is None and case.end is None:
        return True
    if case.products not in windows:
        windows[case.products] = price_window(draft, case.products)
    first, last = windows[case.products]
    start, end = FIRST if case.start is None else case.start, LAST if case.end is None else case.end
    return start < last and end > first
