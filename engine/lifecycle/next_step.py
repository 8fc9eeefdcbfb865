"""What comes next on a lead or an opportunity, and what was done on it: calls, mails, meetings and tasks.

The earliest open task is the next step; where there is none, what its owner wrote stands.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from engine.lifecycle.document import Document
from engine.lifecycle.machine import Machine, Verb
from engine.values.roles import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """What is to be done, and by when; `activity` is the task that says so."""

    text: str = ""
    due_time: int = 0
    activity: str = ""


class ActivityKind(StrEnum):
    """What it is."""

    TASK = "TASK"
    CALL = "CALL"
    MAIL = "MAIL"
    MEETING = "MEETING"


class ActivityStatus(StrEnum):
    """Whether it is still to be done."""

    OPEN = "OPEN"
    DONE = "DONE"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity(Document):
    """Something done, or to be done, on a lead or an opportunity. `time` is when it takes place, `due_time` by when it must."""

    KIND: ClassVar[str] = "activities"
    INDEXED: ClassVar[tuple[str, ...]] = ("parent", "status", "owner", "account")
    PERSONAL: ClassVar[tuple[str, ...]] = ("subject", "text")

    parent: str = ""
    account: str = ""
    kind: ActivityKind = ActivityKind.TASK
    status: ActivityStatus = ActivityStatus.OPEN
    subject: str = ""
    text: str = ""
    owner: str = ""
    time: int = 0
    due_time: int = 0
    done_time: int = 0


SELLING = frozenset({Role.SELLER, Role.MANAGER, Role.ADMINISTRATOR})
S = ActivityStatus
ACTIVITIES = Machine(
    "activity",
    S.OPEN,
    {
        "create": Verb({}, SELLING),
        "update": Verb({S.OPEN: S.OPEN, S.DONE: S.DONE}, SELLING),
        "complete": Verb({S.OPEN: S.DONE}, SELLING),
        "cancel": Verb({S.OPEN: S.CANCELLED}, SELLING),
        "reopen": Verb({S.DONE: S.OPEN, S.CANCELLED: S.OPEN}, SELLING),
    },
)


def next_step(activities: Iterable[Activity], said: NextStep | None) -> NextStep | None:
    """The next step: of all activities the earliest that is open and has a time; else what was said by hand."""
    waiting = [(one.due_time or one.time, one.name, one) for one in activities if one.status is ActivityStatus.OPEN]
    timed = [entry for entry in waiting if entry[0]]
    if timed:
        when, name, first = min(timed, key=lambda entry: entry[:2])
        return NextStep(text=first.subject, due_time=when, activity=name)
    return None if said is None or said.activity else said
