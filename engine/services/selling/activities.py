"""The verbs of activities. Each changes its parent as well, so that its next step is always that of all its activities."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from engine.lifecycle import checks
from engine.lifecycle.kinds import account_of, kind_of
from engine.lifecycle.lead import Lead, LeadStatus
from engine.lifecycle.next_step import ACTIVITIES, Activity, ActivityStatus, next_step
from engine.lifecycle.opportunity import Opportunity
from engine.services.context import Context
from engine.services.desk import Call, Desk, Work
from engine.services.refusal import Refused

MOST_OPEN = 500
EVENTS = {
    "update": "ActivityUpdated", "complete": "ActivityCompleted", "cancel": "ActivityCancelled", "reopen": "ActivityReopened",
}  # fmt: skip
P = TypeVar("P", bound=Lead | Opportunity)


class Activities:
    """Calls, mails, meetings and tasks."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def create(self, context: Context, call: Call, activity: Activity, done: bool = False) -> Activity:
        """A new one; `done`: it has happened already."""
        ACTIVITIES.may("create", context.role)
        checked = checked_activity(activity)

        def decide(work: Work) -> Activity:
            parent = _parent(work, checked.parent, "activity.parent")
            status = ActivityStatus.DONE if done else ACTIVITIES.start
            made = replace(
                checked, status=status, account=account_of(parent), owner=checked.owner or context.principal,
                done_time=(checked.time or work.now) if done else 0,
            )  # fmt: skip
            return self._save(work, made, parent, "ActivityCreated")

        return self.desk.change(context, call, Activity, decide)

    def update(self, context: Context, call: Call, name: str, edit: Callable[[Activity], Activity]) -> Activity:
        """Change what may be changed."""
        return self._do(context, call, name, "update", lambda before, now: checked_activity(edit(before)))

    def do(self, context: Context, call: Call, name: str, verb: str) -> Activity:
        """Complete, cancel or reopen."""
        return self._do(
            context, call, name, verb,
            lambda before, now: replace(before, done_time=now if verb == "complete" else 0),
        )  # fmt: skip

    def _do(
        self, context: Context, call: Call, name: str, verb: str, edit: Callable[[Activity, int], Activity]
    ) -> Activity:
        ACTIVITIES.may(verb, context.role)

        def decide(work: Work) -> Activity:
            before = work.load(Activity, name, call.etag)
            status = ACTIVITIES.step(before.status, verb)
            parent = _parent(work, before.parent, "name")
            return self._save(work, replace(edit(before, work.now), status=status), parent, EVENTS[verb])

        return self.desk.change(context, call, Activity, decide)

    def _save(self, work: Work, activity: Activity, parent: Lead | Opportunity, event: str) -> Activity:
        saved = work.save(activity, event)
        work.save(with_next_step(work, parent, [saved]), f"{type(parent).__name__}Touched", activity=saved.name)
        return saved


def with_next_step(work: Work, parent: P, changed: Sequence[Activity]) -> P:
    """A parent with the next step of all its open activities; `changed` are those of this work."""
    waiting = work.listed(Activity, [("parent", parent.name), ("status", "OPEN")], MOST_OPEN)
    known = {one.name: one for one in (*waiting, *changed)}
    return replace(parent, next_step=next_step(known.values(), parent.next_step), activity_time=work.now)


def _parent(work: Work, name: str, field: str) -> Lead | Opportunity:
    kind = kind_of(name, field)
    if kind not in (Lead, Opportunity):
        raise Refused("INVALID_ARGUMENT", "INVALID_PARENT", "an activity is of a lead or an opportunity", field)
    found = work.load(kind, name, field=field)
    if isinstance(found, Lead) and (found.status is LeadStatus.ERASED or found.merged_into):
        said = f"{name} is closed for good{f': it lives on as {found.merged_into}' if found.merged_into else ''}"
        raise Refused("FAILED_PRECONDITION", "CLOSED", said, field)
    return found  # type: ignore[return-value]


def checked_activity(activity: Activity) -> Activity:
    """One that says what it is about.

    Raises:
        Refused: INVALID_ARGUMENT, with the field.
    """
    if not activity.subject.strip():
        raise Refused("INVALID_ARGUMENT", "REQUIRED", "an activity has a subject", "activity.subject")
    return replace(activity, owner=checks.label(activity.owner, "activity.owner"))
