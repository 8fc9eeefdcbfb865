"""For whom a principal may decide, and how long approvers wait: what stands in groups and delegations, read where it counts.

In their own right people act by their name, their role, the groups that their token says and those they are members of; in another's
place by a delegation that is in force, as far as the other could. What somebody else delegated to that other goes no further.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from engine.lifecycle.approval import Patience, PatienceOf, Way
from engine.lifecycle.delegation import Delegation, DelegationStatus
from engine.lifecycle.document import Document
from engine.lifecycle.group import USUAL, Group, group_of
from engine.services.context import Context
from engine.services.desk import Work
from engine.store.documents import Documents

MOST_GROUPS = 1_000
MOST_DELEGATIONS = 100


class Acting(NamedTuple):
    """The ways in which a principal may act, and the documents that say so."""

    ways: tuple[Way, ...]
    documents: tuple[Document, ...]


def acting(documents: Documents, context: Context, now: int) -> Acting:
    """In which ways a principal may act now."""
    groups = _groups(documents, context.tenant, context.principal)
    names = {context.principal, *by_token(context), *(one.approver for one in groups)}
    ways, read = [Way(name) for name in sorted(names)], list[Document](groups)
    for delegation in _delegations(documents, context, now):
        theirs = _groups(documents, context.tenant, delegation.delegator)
        others = {delegation.delegator, *delegation.approvers, *(one.approver for one in theirs)}
        ways += [Way(name, delegation.delegator) for name in sorted(others)]
        read += [delegation, *theirs]
    return Acting(tuple(ways), tuple({one.name: one for one in read}.values()))


def by_token(context: Context) -> tuple[str, ...]:
    """The approvers that somebody is by what their token says."""
    return tuple(sorted({str(context.role), *(one.replace("-", "_") for one in context.groups)}))


def _groups(documents: Documents, tenant: str, principal: str) -> list[Group]:
    return documents.page(tenant, Group, [("members", principal)], most=MOST_GROUPS)


def _delegations(documents: Documents, context: Context, now: int) -> Iterator[Delegation]:
    by = [("delegate", context.principal), ("status", str(DelegationStatus.ACTIVE))]
    found = documents.page(context.tenant, Delegation, by, most=MOST_DELEGATIONS)
    return (one for one in found if one.in_force(now))


def patience_of(work: Work) -> PatienceOf:
    """How long each approver is left in peace, by the groups of now."""

    def find(approver: str) -> Patience:
        name = group_of(approver)
        group = work.find(Group, name) if name else None
        return group.patience if group else USUAL

    return find
