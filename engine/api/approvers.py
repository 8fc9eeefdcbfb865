"""quotient.v1.ApproverGroups and quotient.v1.Delegations."""

from __future__ import annotations

from typing import Any

from engine.api.documents import call_of, edit_of, page_of
from engine.api.mapping import from_message, to_message
from engine.lifecycle.delegation import Delegation
from engine.lifecycle.group import Group
from engine.services.context import Context
from engine.services.selling.approvers import Delegations, Groups
from quotient.v1 import approvers_pb2 as pb


class ApproverGroupsServicer:
    """quotient.v1.ApproverGroups."""

    def __init__(self, services: Any) -> None:
        self.desk = services.desk
        self.groups = Groups(services.desk)

    def CreateGroup(self, context: Context, request: Any) -> Any:
        """A new group."""
        group = from_message(request.group, Group, "group")
        return _group(self.groups.create(context, call_of(request), group, request.group_id))

    def GetGroup(self, context: Context, request: Any) -> Any:
        """A group."""
        context.require("read approvers")
        return _group(self.desk.get(context, Group, request.name))

    def ListGroups(self, context: Context, request: Any) -> Any:
        """A page of groups."""
        context.require("read approvers")
        return page_of(self.desk, context, request, Group, pb.ListGroupsResponse, "groups")

    def UpdateGroup(self, context: Context, request: Any) -> Any:
        """Change a group."""
        name, edit = request.group.name, edit_of(request, "group")
        return _group(self.groups.update(context, call_of(request, request.group.etag), name, edit))


class DelegationsServicer:
    """quotient.v1.Delegations."""

    def __init__(self, services: Any) -> None:
        self.desk = services.desk
        self.delegations = Delegations(services.desk)

    def CreateDelegation(self, context: Context, request: Any) -> Any:
        """Leave decisions to another."""
        delegation = from_message(request.delegation, Delegation, "delegation")
        return _delegation(self.delegations.create(context, call_of(request), delegation))

    def GetDelegation(self, context: Context, request: Any) -> Any:
        """A delegation."""
        context.require("read approvers")
        return _delegation(self.desk.get(context, Delegation, request.name))

    def ListDelegations(self, context: Context, request: Any) -> Any:
        """A page of delegations."""
        context.require("read approvers")
        return page_of(self.desk, context, request, Delegation, pb.ListDelegationsResponse, "delegations")

    def RevokeDelegation(self, context: Context, request: Any) -> Any:
        """End it."""
        return _delegation(self.delegations.revoke(context, call_of(request), request.name))


def _group(group: Group) -> Any:
    return to_message(group, pb.Group)


def _delegation(delegation: Delegation) -> Any:
    return to_message(delegation, pb.Delegation)
