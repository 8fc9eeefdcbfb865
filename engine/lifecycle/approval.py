"""A request for approval: which rules ask, in which stages, who decided what; nobody decides on their own deal.

The steps of a rule's stage are asked at once, the next stage when all of the one before agreed. One rejection rejects the request.
Whoever is asked and stays silent is reminded, and after a while another group is asked as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import ClassVar, NamedTuple

from engine.lifecycle.document import Document
from engine.lifecycle.figures import Compared
from engine.lifecycle.machine import Machine, Verb
from engine.lifecycle.quote import DECIDING
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


class Patience(NamedTuple):
    """How long an approver is left in peace, in microseconds (0: for ever): until a reminder, and until another is asked as well."""

    remind: int = 0
    escalate: int = 0
    escalate_to: str = ""


class Way(NamedTuple):
    """An approver that a principal may act for; in whose place, where it is not in their own right."""

    approver: str
    on_behalf_of: str = ""


PatienceOf = Callable[[str], Patience]


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
    """A request. `subject` is what it is about; `barred` are the principals who made the deal, and so cannot decide.

    `compared` is the deal as it is beside what was approved before; of a book, its version answers from `from_date` on,
    where the book still has the etag `book_etag` ("": an older release kept none, and it may have any).
    """

    KIND: ClassVar[str] = "approvals"
    INDEXED: ClassVar[tuple[str, ...]] = ("status", "subject", "account", "requester", "waiting_for", "kept_from")
    PERSONAL: ClassVar[tuple[str, ...]] = ("title", "compared.title", "steps.comment")

    status: ApprovalStatus = ApprovalStatus.PENDING
    subject: str = ""
    subject_version: int = 0
    title: str = ""
    account: str = ""
    requester: str = ""
    barred: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    compared: tuple[Compared, ...] = ()
    from_date: int = 0
    book_etag: str = ""
    steps: tuple[Step, ...] = ()
    end_time: int = 0

    @property
    def waiting_for(self) -> tuple[str, ...]:
        """Who is asked now: the queues it stands in."""
        return _names(_pending(self))

    @property
    def kept_from(self) -> tuple[str, ...]:
        """In whose queues it does not stand, though they may be asked: those who made the deal."""
        return self.barred if self.status is ApprovalStatus.PENDING else ()

    def dues(self) -> Mapping[str, int]:
        """The next reminder, and the next escalation."""
        pending = _pending(self)
        times = {
            "remind": [step.remind_time for step in pending if step.remind_time],
            "escalate": [step.escalate_time for step in pending if step.escalate_time],
        }
        return {what: min(found) for what, found in times.items() if found}


A = ApprovalStatus
_ASKING = frozenset({Role.SELLER, Role.MANAGER, Role.PRICING_AUTHOR, Role.ADMINISTRATOR})
APPROVALS = Machine(
    "approval",
    A.PENDING,
    {
        "approve": Verb({A.PENDING: A.APPROVED}, DECIDING),
        "reject": Verb({A.PENDING: A.REJECTED}, DECIDING),
        "cancel": Verb({A.PENDING: A.CANCELLED}, _ASKING),
    },
)


def opened(approval: Approval, now: int, patience: PatienceOf) -> Approval:
    """With the steps asked whose turn it is."""
    turn: dict[str, int] = {}
    for step in approval.steps:
        if step.status is not StepStatus.APPROVED:
            turn[step.rule] = min(step.stage, turn.get(step.rule, step.stage))
    steps = tuple(
        _asked(replace(step, status=StepStatus.PENDING, ask_time=now), patience(step.approver), now)
        if step.status is StepStatus.WAITING and step.stage == turn[step.rule]
        else step
        for step in approval.steps
    )
    return replace(approval, steps=steps)


def _asked(step: Step, patience: Patience, now: int) -> Step:
    """With the times at which whoever is asked now is reminded, and another is asked who was not yet."""
    higher = patience.escalate and patience.escalate_to and patience.escalate_to not in step.asked
    return replace(
        step, remind_time=now + patience.remind if patience.remind else 0, escalate_time=now + patience.escalate if higher else 0
    )  # fmt: skip


def decided(
    approval: Approval, verb: str, ways: Iterable[Way], principal: str, comment: str, now: int, patience: PatienceOf
) -> Approval:
    """After a decision on all pending steps that ask one of those the principal may act for.

    Who made the deal decides neither by themselves nor through another.

    Raises:
        Refused: PERMISSION_DENIED, it is their own deal, or not theirs to decide; FAILED_PRECONDITION, it is decided already.
    """
    after = APPROVALS.step(approval.status, verb)
    if principal in approval.barred:
        raise _own_deal(principal)
    asked = [way for way in ways if way.approver in approval.waiting_for]
    mine: dict[str, str] = {}
    for way in sorted(asked, key=lambda one: one.on_behalf_of):  # in one's own right first
        if way.on_behalf_of not in approval.barred:
            mine.setdefault(way.approver, way.on_behalf_of)
    if not mine:
        raise _own_deal(asked[0].on_behalf_of) if asked else _not_asked(approval, principal)
    to = StepStatus(after)
    steps = tuple(_decided(step, to, mine, principal, comment, now) for step in approval.steps)
    made = replace(approval, steps=steps)
    if to is StepStatus.REJECTED:
        return _closed(made, after, now)
    if all(step.status is StepStatus.APPROVED for step in steps):
        return replace(made, status=after, end_time=now)
    return opened(made, now, patience)


def _own_deal(maker: str) -> Refused:
    said = f"{maker[:80]} made this deal, and so cannot decide on it: another must"
    return Refused("PERMISSION_DENIED", "OWN_DEAL", said)


def _not_asked(approval: Approval, principal: str) -> Refused:
    said = f"{approval.name} waits for {', '.join(approval.waiting_for)}: {principal[:80]} is none of them"
    return Refused("PERMISSION_DENIED", "NOT_ASKED", said)


def _decided(step: Step, to: StepStatus, mine: Mapping[str, str], principal: str, comment: str, now: int) -> Step:
    by = next((name for name in step.asked if name in mine), None)
    if step.status is not StepStatus.PENDING or by is None:
        return step
    return replace(step, status=to, decided_by=principal, on_behalf_of=mine[by], decide_time=now, comment=comment)


def reminded(approval: Approval, now: int, patience: PatienceOf) -> tuple[Approval, tuple[str, ...]]:
    """With the next time of each reminder that is due, and who is reminded.

    Raises:
        Refused: FAILED_PRECONDITION, nobody is to be reminded now.
    """
    due = [step for step in _pending(approval) if 0 < step.remind_time <= now]
    later = {id(s): replace(s, remind_time=now + wait if (wait := patience(s.asked[-1]).remind) else 0) for s in due}
    return _moved(approval, later, "remind"), _names(due)


def escalated(approval: Approval, now: int, patience: PatienceOf) -> tuple[Approval, tuple[str, ...]]:
    """With the next group asked beside those who were silent for too long, and who that is.

    Raises:
        Refused: FAILED_PRECONDITION, nobody has been silent for too long.
    """
    due = [step for step in _pending(approval) if 0 < step.escalate_time <= now]
    wider = {id(step): _wider(step, now, patience) for step in due}
    asked = {name for step in due for name in wider[id(step)].asked[len(step.asked) :]}
    return _moved(approval, wider, "escalate"), tuple(sorted(asked))


def _wider(step: Step, now: int, patience: PatienceOf) -> Step:
    higher = patience(step.asked[-1]).escalate_to
    if not higher or higher in step.asked:  # the group was changed since it was asked
        return replace(step, escalate_time=0)
    return _asked(replace(step, also=(*step.also, higher)), patience(higher), now)


def _pending(approval: Approval) -> list[Step]:
    return [step for step in approval.steps if step.status is StepStatus.PENDING]


def _names(steps: Iterable[Step]) -> tuple[str, ...]:
    return tuple(sorted({name for step in steps for name in step.asked}))


def _moved(approval: Approval, steps: Mapping[int, Step], act: str) -> Approval:
    if not steps:
        raise Refused("FAILED_PRECONDITION", "NOT_DUE", f"{approval.name} has nobody to {act} now", "name")
    return replace(approval, steps=tuple(steps.get(id(step), step) for step in approval.steps))


def cancelled(approval: Approval, now: int) -> Approval:
    """Withdrawn: nobody is asked any more."""
    return _closed(approval, APPROVALS.step(approval.status, "cancel"), now)


def _closed(approval: Approval, status: ApprovalStatus, now: int) -> Approval:
    open_ = (StepStatus.WAITING, StepStatus.PENDING)
    steps = tuple(replace(s, status=StepStatus.CANCELLED) if s.status in open_ else s for s in approval.steps)
    return replace(approval, steps=steps, status=status, end_time=now)
