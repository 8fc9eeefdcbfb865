"""Every kind of document by how its names begin: what can be commented on, and whose history can be read."""

from __future__ import annotations

from collections.abc import Mapping

from engine.lifecycle.approval import Approval
from engine.lifecycle.comment import Comment
from engine.lifecycle.delegation import Delegation
from engine.lifecycle.document import Document
from engine.lifecycle.group import Group
from engine.lifecycle.lead import Lead
from engine.lifecycle.next_step import Activity
from engine.lifecycle.opportunity import Opportunity
from engine.lifecycle.parties import Account, LegalEntity
from engine.lifecycle.pipeline import Pipeline
from engine.lifecycle.policy import BookPolicy
from engine.lifecycle.quote import Quote
from engine.lifecycle.routing import Routing
from engine.values.refusal import Refused

KINDS: Mapping[str, type[Document]] = {
    one.KIND: one
    for one in (
        Account,
        LegalEntity,
        Lead,
        Opportunity,
        Activity,
        Comment,
        Pipeline,
        Routing,
        Quote,
        Approval,
        Group,
        Delegation,
        BookPolicy,
    )
}


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
