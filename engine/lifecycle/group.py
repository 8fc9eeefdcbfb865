"""Who stands behind a name that a book asks for approval, and how long they are left in peace."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from engine.lifecycle.approval import Patience
from engine.lifecycle.document import Document, id_in
from engine.values.refusal import Refused

HOUR = 3600 * 1_000_000
REMIND_HOURS, ESCALATE_HOURS, NEVER, MOST_HOURS = 24, 72, -1, 24 * 366
MOST_MEMBERS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Group(Document):
    """A group of approvers: `groups/deal-desk` are those whom a book calls deal_desk. Hours: 0 as is usual, -1 never."""

    KIND: ClassVar[str] = "groups"
    INDEXED: ClassVar[tuple[str, ...]] = ("members",)

    display_name: str = ""
    members: tuple[str, ...] = ()
    remind_after_hours: int = 0
    escalate_after_hours: int = 0
    escalate_to: str = ""

    @property
    def approver(self) -> str:
        """Its name in books."""
        return self.id.replace("-", "_")

    @property
    def patience(self) -> Patience:
        """How long it is left in peace."""
        higher = self.escalate_to.partition("/")[2].replace("-", "_")
        return Patience(
            _micros(self.remind_after_hours or REMIND_HOURS),
            _micros(self.escalate_after_hours or ESCALATE_HOURS) if higher else 0,
            higher,
        )


USUAL = Patience(REMIND_HOURS * HOUR)
"""Of an approver for whom there is no group."""


def _micros(hours: int) -> int:
    return 0 if hours == NEVER else hours * HOUR


def group_of(approver: str) -> str:
    """The name of the group of an approver; "": there can be none of this name."""
    name = f"{Group.KIND}/{approver.lower().replace('_', '-')}"
    try:
        id_in(name, Group.KIND, "approver")
    except Refused:
        return ""
    return name


def checked_group(group: Group) -> Group:
    """A group that can be.

    Raises:
        Refused: INVALID_ARGUMENT, with the field.
    """
    for name in ("remind_after_hours", "escalate_after_hours"):
        if not NEVER <= getattr(group, name) <= MOST_HOURS:
            said = f"hours are 1 to {MOST_HOURS:,}; 0 is as usual, {NEVER} never"
            raise Refused("INVALID_ARGUMENT", "INVALID_VALUE", said, f"group.{name}")
    members = tuple(dict.fromkeys(one.strip() for one in group.members))
    if len(members) > MOST_MEMBERS or not all(0 < len(one) <= 200 for one in members):
        said = f"a group has at most {MOST_MEMBERS} members, each the name of a principal"
        raise Refused("INVALID_ARGUMENT", "INVALID_VALUE", said, "group.members")
    if group.escalate_to:
        id_in(group.escalate_to, Group.KIND, "group.escalate_to")
    if group.escalate_to == group.name:
        raise Refused("INVALID_ARGUMENT", "INVALID_VALUE", "a group escalates to another", "group.escalate_to")
    return replace(group, members=members)
