"""A request for approval: which rules ask, in which stages, who decided what; nobody decides on their own deal.

The steps of a rule's stage are asked at once, the next stage when all of the one before agreed. One rejection rejects the request.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import ClassVar

from engine.lifecycle.document import Document
from engine.lifecycle.machine import Machine, Verb
from engine.lifecycle.quote import Need
from engine.values.refusal import Refused
from engine.values.roles import Role


class StepStatus(StrEnum):
    """Where a step stands."""

    WAITING = "WAITING"
    PENDING = "PENDING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"


class ApprovalStatus(StrEnum):
    """Where a request stands."""

    PENDING = "PENDING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Whom a rule asks in a stage, and what they decided."""

    rule: str = ""
    because: str = ""
    stage: int = 0
    approver: str = ""
    also: tuple[str, ...] = ()
    status: StepStatus = StepStatus.WAITING
    ask_time: int = 0
    remind_time: int = 0
    escalate_time: int = 0
    decided_by: str = ""
    on_behalf_of: str = ""
    decide_time: int = 0
    comment: str = ""

    @property
    def asked(self) -> tuple[str, ...]:
        """Any one of these decides: the approver, and those it was escalated to."""
        return (self.approver, *self.also)


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval(Document):
    """A request. `subject` is what it is about; `barred` are the principals who made the deal, and so cannot decide."""

    KIND: ClassVar[str] = "approvals"
    INDEXED: ClassVar[tuple[str, ...]] = ("status", "subject", "account", "requester", "waiting_for")
    PERSONAL: ClassVar[tuple[str, ...]] = ()

    status: ApprovalStatus = ApprovalStatus.PENDING
    subject: str = ""
    subject_version: int = 0
    account: str = ""
    requester: str = ""
    barred: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    end_time: int = 0

    @property
    def waiting_for(self) -> tuple[str, ...]:
        """Who is asked now: the queues it stands in."""
        asked = (name for step in self.steps if step.status is StepStatus.PENDING for name in step.asked)
        return tuple(sorted(set(asked)))

    def dues(self) -> Mapping[str, int]:
        """The next reminder, and the next escalation."""
        pending = [step for step in self.steps if step.status is StepStatus.PENDING]
        times = {
            "remind": [step.remind_time for step in pending if step.remind_time],
            "escalate": [step.escalate_time for step in pending if step.escalate_time],
        }
        return {what: min(found) for what, found in times.items() if found}


A = ApprovalStatus
_DECIDING = frozenset({Role.APPROVER, Role.MANAGER, Role.FINANCE, Role.ADMINISTRATOR})
_SELLING = frozenset({Role.SELLER, Role.MANAGER, Role.PRICING_AUTHOR, Role.ADMINISTRATOR})
APPROVALS = Machine(
    "approval",
    A.PENDING,
    {
        "approve": Verb({A.PENDING: A.APPROVED}, _DECIDING),
        "reject": Verb({A.PENDING: A.REJECTED}, _DECIDING),
        "cancel": Verb({A.PENDING: A.CANCELLED}, _SELLING),
    },
)


def steps_of(needs: Iterable[Need]) -> tuple[Step, ...]:
    """The steps that rules ask for, all still waiting; nobody is asked twice for one rule."""
    steps: dict[tuple[str, str], Step] = {}
    for need in needs:
        for stage, approvers in enumerate(need.stages, 1):
            for approver in approvers:
                step = Step(rule=need.approval, because=need.because, stage=stage, approver=approver)
                steps.setdefault((need.approval, approver), step)
    return tuple(steps.values())


def opened(approval: Approval, now: int) -> Approval:
    """With the steps asked whose turn it is."""
    turn: dict[str, int] = {}
    for step in approval.steps:
        if step.status is not StepStatus.APPROVED:
            turn[step.rule] = min(step.stage, turn.get(step.rule, step.stage))
    steps = tuple(
        replace(step, status=StepStatus.PENDING, ask_time=now)
        if step.status is StepStatus.WAITING and step.stage == turn[step.rule]
        else step
        for step in approval.steps
    )
    return replace(approval, steps=steps)


def decided(approval: Approval, verb: str, mine: Mapping[str, str], principal: str, comment: str, now: int) -> Approval:
    """After a decision on all pending steps that ask one of `mine`: approvers that the principal may act for, each with the one on whose behalf.

    Raises:
        Refused: PERMISSION_DENIED, it is their own deal, or not theirs to decide; FAILED_PRECONDITION, it is decided already.
    """
    after = APPROVALS.step(approval.status, verb)
    barred = {principal, *(other for other in mine.values() if other)} & set(approval.barred)
    if barred:
        said = f"{min(barred)} made this deal, and so cannot decide on it: another must"
        raise Refused("PERMISSION_DENIED", "OWN_DEAL", said)
    to = StepStatus(after)
    steps = tuple(_decided(step, to, mine, principal, comment, now) for step in approval.steps)
    if steps == approval.steps:
        waits = ", ".join(approval.waiting_for)
        raise Refused(
            "PERMISSION_DENIED", "NOT_ASKED", f"{approval.name} waits for {waits}: {principal[:80]} is none of them"
        )
    made = opened(replace(approval, steps=steps), now)
    if to is StepStatus.REJECTED:
        return _closed(made, after, now)
    if all(step.status is StepStatus.APPROVED for step in steps):
        return replace(made, status=after, end_time=now)
    return made


def _decided(step: Step, to: StepStatus, mine: Mapping[str, str], principal: str, comment: str, now: int) -> Step:
    by = next((name for name in step.asked if name in mine), None)
    if step.status is not StepStatus.PENDING or by is None:
        return step
    return replace(step, status=to, decided_by=principal, on_behalf_of=mine[by], decide_time=now, comment=comment)


def cancelled(approval: Approval, now: int) -> Approval:
    """Withdrawn: nobody is asked any more."""
    return _closed(approval, APPROVALS.step(approval.status, "cancel"), now)


def _closed(approval: Approval, status: ApprovalStatus, now: int) -> Approval:
    open_ = (StepStatus.WAITING, StepStatus.PENDING)
    steps = tuple(replace(s, status=StepStatus.CANCELLED) if s.status in open_ else s for s in approval.steps)
    return replace(approval, steps=steps, status=status, end_time=now)


def joined(needs: Iterable[Need]) -> tuple[Need, ...]:
    """The needs of several options as one list: a rule's stages are those that any option needs, in order."""
    found: dict[str, Need] = {}
    for need in needs:
        known = found.get(need.approval)
        more = tuple(stage for stage in need.stages if known and stage not in known.stages)
        found[need.approval] = replace(known, stages=known.stages + more) if known else need
    return tuple(found.values())


def covered(need: Need, before: Collection[Need]) -> bool:
    """Whether all who are asked now agreed before, under the same rule."""
    known = next((one for one in before if one.approval == need.approval), None)
    if known is None:
        return False
    agreed = {approver for stage in known.stages for approver in stage}
    return all(approver in agreed for stage in need.stages for approver in stage)
