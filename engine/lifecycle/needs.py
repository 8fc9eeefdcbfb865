"""The approvals that a book wants as steps of one request: whom they ask in which order, and who agreed before."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from engine.lifecycle.approval import Step
from engine.lifecycle.quote import Need

Stages = tuple[tuple[str, ...], ...]


def steps_of(needs: Iterable[Need]) -> tuple[Step, ...]:
    """The steps that rules ask for, all still waiting; nobody is asked twice for one rule."""
    steps: dict[tuple[str, str], Step] = {}
    for need in needs:
        for stage, approvers in enumerate(need.stages, 1):
            for approver in approvers:
                step = Step(rule=need.approval, because=need.because, stage=stage, approver=approver)
                steps.setdefault((need.approval, approver), step)
    return tuple(steps.values())


def joined(needs: Iterable[Need]) -> tuple[Need, ...]:
    """The needs of several options as one list: of a rule all whom any option asks, each after those who come before them in any."""
    found: dict[str, Need] = {}
    for need in needs:
        known = found.get(need.approval)
        found[need.approval] = replace(known, stages=_in_order(known.stages, need.stages)) if known else need
    return tuple(found.values())


def _in_order(*lists: Stages) -> Stages:
    """One list of stages for several; where they contradict each other, the first one counts."""
    before: dict[str, set[str]] = {}
    for stages in lists:
        passed: set[str] = set()
        for stage in stages:
            fresh = [name for name in stage if name not in passed]
            for name in fresh:
                known = before.setdefault(name, set())
                known.update(one for one in passed if name not in _all_before(one, before))
            passed.update(fresh)
    level = {name: len(_longest(name, before)) for name in before}
    return tuple(tuple(name for name in before if level[name] == one) for one in sorted(set(level.values())))


def _all_before(name: str, before: dict[str, set[str]]) -> set[str]:
    found, waiting = set[str](), [name]
    while waiting:
        fresh = before.get(waiting.pop(), set()) - found
        found |= fresh
        waiting.extend(fresh)
    return found


def _longest(name: str, before: dict[str, set[str]]) -> tuple[str, ...]:
    """The longest row of approvers that ends with this one; there are no circles."""
    rows = [_longest(one, before) for one in sorted(before[name])]
    return (*max(rows, key=len, default=()), name)


def covered(need: Need, before: Collection[Need]) -> bool:
    """Whether all who are asked now agreed before, under the same rule."""
    known = next((one for one in before if one.approval == need.approval), None)
    if known is None:
        return False
    agreed = {approver for stage in known.stages for approver in stage}
    return all(approver in agreed for stage in need.stages for approver in stage)
