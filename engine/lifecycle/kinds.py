"""Every kind of document by how its names begin: what can be commented on, and whose history can be read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.lifecycle.approval import APPROVALS, Approval
from engine.lifecycle.comment import Comment
from engine.lifecycle.delegation import DELEGATIONS, Delegation
from engine.lifecycle.document import Document
from engine.lifecycle.group import Group
from engine.lifecycle.keys import KEYS, ApiKey
from engine.lifecycle.lead import LEADS, Lead
from engine.lifecycle.machine import Machine
from engine.lifecycle.next_step import ACTIVITIES, Activity
from engine.lifecycle.opportunity import OPPORTUNITIES, Opportunity
from engine.lifecycle.parties import ACCOUNTS, Account, LegalEntity
from engine.lifecycle.pipeline import Pipeline
from engine.lifecycle.policy import BookPolicy
from engine.lifecycle.quote import QUOTES, Quote
from engine.lifecycle.routing import Routing
from engine.values.refusal import Refused

KINDS: Mapping[str, type[Document]] = {
    one.KIND: one
    for one in (
        Account, LegalEntity, Lead, Opportunity, Activity, Quote, Approval, Comment, Pipeline, Routing, ApiKey, Group, Delegation,
        BookPolicy,
    )
}  # fmt: skip

OF_NOBODY = frozenset(one.KIND for one in (LegalEntity, Pipeline, Routing, Group, Delegation, BookPolicy))
"""Kinds that are of no account: a caller who is bound to one sees them, and changes none. A document of another kind that has no account yet is not theirs."""
MACHINES: Mapping[str, Machine[Any]] = {
    one.noun: one for one in (ACCOUNTS, LEADS, OPPORTUNITIES, ACTIVITIES, QUOTES, APPROVALS, DELEGATIONS, KEYS)
}
"""Every table of statuses and verbs, by what it is of."""


def kind_of(name: str, field: str) -> type[Document]:
    """The kind of a document by its name.

    Raises:
        Refused: INVALID_ARGUMENT, there is no such kind.
    """
    kind = KINDS.get(name.partition("/")[0])
    if kind is None:
        said = f"`{name[:80]}` is not a name such as {', '.join(f'{one}/ID' for one in sorted(KINDS))}"
        raise Refused("INVALID_ARGUMENT", "INVALID_NAME", said, field)
    return kind


def account_of(document: Document) -> str:
    """The account that a document is of, or is; "": none."""
    return document.name if isinstance(document, Account) else str(getattr(document, "account", ""))
