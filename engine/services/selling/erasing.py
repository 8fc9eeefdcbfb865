"""What is personal, erased wherever it is: in a lead and those merged into it, in all that is of an account, in what was done and said.

The last change erases the account or lead itself with what is left then, and stands only while nothing was said of it meanwhile; where
there is more than a change takes, others go before it. One that is cut off between them is asked for again, and goes on.
Kinds join by standing in `OF_AN_ACCOUNT` or `BELOW`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from engine.lifecycle.approval import Approval, ApprovalStatus, cancelled
from engine.lifecycle.comment import Comment
from engine.lifecycle.document import Document
from engine.lifecycle.lead import LEADS, Lead, LeadStatus
from engine.lifecycle.machine import Machine
from engine.lifecycle.next_step import Activity
from engine.lifecycle.opportunity import Opportunity
from engine.lifecycle.parties import ACCOUNTS, Account, AccountStatus
from engine.lifecycle.quote import QUOTES, Quote
from engine.services.context import Context
from engine.services.desk import Call, Desk, Work

OF_AN_ACCOUNT: tuple[type[Document], ...] = (Lead, Opportunity, Quote, Approval, Activity, Comment)
"""Kinds that are listed by `account`, and are of no use to anybody with what is personal in them once that is erased."""
BELOW: tuple[type[Document], ...] = (Activity, Comment)
"""Kinds that are listed by `parent`."""
MACHINES: Mapping[type[Document], Machine[Any]] = {Account: ACCOUNTS, Lead: LEADS}
AT_ONCE = 500
"""Documents that one change erases."""
D = TypeVar("D", bound=Document)


class _More(Exception):
    """There is more to erase than one change takes."""

    def __init__(self, left: list[Document]) -> None:
        super().__init__(f"{len(left)} documents")
        self.left = left


def erase_account(desk: Desk, context: Context, call: Call, name: str) -> Account:
    """Erase an account and what is personal in all that is of it: open quotes end as VOIDED, what they wait for as CANCELLED."""
    ACCOUNTS.may("erase", context.role)
    return _whole(desk, context, call, Account, name)


def erase_lead(desk: Desk, context: Context, call: Call, name: str) -> Lead:
    """Erase a lead, those merged into it, and what was done and said on them."""
    LEADS.may("erase", context.role)
    return _whole(desk, context, call, Lead, name)


def _whole(desk: Desk, context: Context, call: Call, kind: type[D], name: str) -> D:
    def last(work: Work) -> D:
        whole = work.load(kind, name, call.etag)
        MACHINES[kind].step(whole.status, "erase")  # type: ignore[attr-defined]
        left = _left(work, _traces(work, whole))
        if len(left) > AT_ONCE:
            raise _More(left)
        for one in left:
            _erase(work, one)
        return _erase(work, whole)

    while True:
        try:
            return desk.change(context, call, kind, last)
        except _More as more:
            for start in range(0, len(more.left), AT_ONCE):
                _some(desk, context, more.left[start : start + AT_ONCE])


def _some(desk: Desk, context: Context, left: list[Document]) -> None:
    """Erase some of it, in a change of its own."""
    kinds = {one.name: type(one) for one in left}

    def decide(work: Work) -> Document:
        return [_erase(work, work.part(kind, name)) for name, kind in kinds.items()][-1]

    desk.change(context, Call(), type(left[-1]), decide)


def _traces(work: Work, whole: Document) -> list[Document]:
    """All that is of an account, what was merged into leads, what was done and said on any of these, and said on that again."""
    found: dict[str, Document] = {whole.name: whole}
    level: list[Document] = [whole]
    if isinstance(whole, Account):
        level += [one for kind in OF_AN_ACCOUNT for one in work.all_listed(kind, [("account", whole.name)])]
    while level:
        found |= {one.name: one for one in level}
        parents = [("parent", one.name) for one in level]
        below: list[Document] = [one for kind in BELOW for one in work.all_listed(kind, parents)]
        below += [work.part(Lead, name) for one in level if isinstance(one, Lead) for name in one.merged]
        level = [one for one in below if one.name not in found]
    return list(found.values())[1:]


def _left(work: Work, traces: list[Document]) -> list[Document]:
    """Those in which something is to be erased or ended; the others have to stay as they are."""
    kept = work.documents.personal(work.context.tenant, [one.name for one in traces])
    left = []
    for one, personal in zip(traces, kept, strict=True):
        if personal or _ended(one, work.now) != one:
            left.append(one)
        else:
            work.hold(one)
    return left


def _erase(work: Work, document: D) -> D:
    work.change.erase(document.name)
    return work.save(_ended(document.erased(), work.now), f"{type(document).__name__}Erased")


def _ended(document: D, now: int) -> D:
    ends = ENDS.get(type(document))
    return ends(document, now) if ends else document  # type: ignore[return-value]


def _account(one: Account, now: int) -> Account:
    return replace(one, status=AccountStatus.ERASED, erase_time=now)


def _lead(one: Lead, now: int) -> Lead:
    return one if one.status is LeadStatus.ERASED else replace(one, status=LeadStatus.ERASED, erase_time=now)


def _quote(one: Quote, now: int) -> Quote:
    status = QUOTES.verbs["void"].leads.get(one.status)
    return replace(one, status=status, approval="", approval_reasons=()) if status else one


def _approval(one: Approval, now: int) -> Approval:
    return cancelled(one, now) if one.status is ApprovalStatus.PENDING else one


ENDS: Mapping[type[Document], Callable[..., Document]] = {
    Account: _account, Lead: _lead, Quote: _quote, Approval: _approval,
}  # fmt: skip
"""How documents end with what is personal in them: of a customer whom nobody may know any more nothing is offered and nothing decided."""
