"""The verbs of groups of approvers and of delegations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from engine.lifecycle.delegation import DELEGATIONS, Delegation, checked_delegation
from engine.lifecycle.group import Group, checked_group
from engine.services.context import Context, Role
from engine.services.desk import Call, Desk, Work
from engine.services.naming import named_by
from engine.services.refusal import Refused
from engine.services.selling.acting import by_token


class Groups:
    """Groups of approvers."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def create(self, context: Context, call: Call, group: Group, chosen: str) -> Group:
        """A new one, by the name that books have for it."""
        context.require("keep approver groups")
        if not chosen:
            said = "say the name that books have for it, with - for _: deal-desk"
            raise Refused("INVALID_ARGUMENT", "REQUIRED", said, "group_id")
        checked = checked_group(replace(group, name=named_by(context, Group, chosen, "group_id")))
        return self.desk.change(context, call, Group, lambda work: _save(work, checked, "GroupCreated"))

    def update(self, context: Context, call: Call, name: str, edit: Callable[[Group], Group]) -> Group:
        """Change what may be changed; what was asked already keeps the times that it was asked with."""
        context.require("keep approver groups")

        def decide(work: Work) -> Group:
            before = work.load(Group, name, call.etag)
            return _save(work, checked_group(edit(before)), "GroupUpdated")

        return self.desk.change(context, call, Group, decide)


def _save(work: Work, group: Group, event: str) -> Group:
    if group.escalate_to:
        work.load(Group, group.escalate_to, field="group.escalate_to")
    return work.save(group, event)


class Delegations:
    """Decisions left to others for a while."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def create(self, context: Context, call: Call, delegation: Delegation) -> Delegation:
        """Leave one's own decisions to another; an administrator may do so for somebody else.

        Raises:
            Refused: PERMISSION_DENIED, they are another's; INVALID_ARGUMENT.
        """
        context.require("leave decisions to others")
        own = delegation.delegator in ("", context.principal)
        if not own and context.role is not Role.ADMINISTRATOR:
            said = f"only {delegation.delegator[:80]} or an administrator may leave their decisions to another"
            raise Refused("PERMISSION_DENIED", "ANOTHER_DELEGATOR", said, "delegation.delegator")

        def decide(work: Work) -> Delegation:
            made = replace(
                delegation, delegator=delegation.delegator or context.principal, start_time=delegation.start_time or work.now,
                approvers=by_token(context) if own else (),
            )  # fmt: skip
            return work.save(checked_delegation(made, work.now), "DelegationCreated")

        return self.desk.change(context, call, Delegation, decide)

    def revoke(self, context: Context, call: Call, name: str) -> Delegation:
        """End it now, by either of the two or an administrator."""
        context.require("leave decisions to others")

        def decide(work: Work) -> Delegation:
            before = work.load(Delegation, name, call.etag)
            if context.principal not in (before.delegator, before.delegate) and context.role is not Role.ADMINISTRATOR:
                said = f"{before.delegator}, {before.delegate} or an administrator may revoke it"
                raise Refused("PERMISSION_DENIED", "ANOTHER_DELEGATOR", said, "name")
            return work.save(replace(before, status=DELEGATIONS.step(before.status, "revoke")), "DelegationRevoked")

        return self.desk.change(context, call, Delegation, decide)
