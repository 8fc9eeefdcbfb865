"""What is personal, erased wherever it is: in a lead and those merged into it, in all that is of an account, in what was done and said.

It is one call of the store, whole or not made, and decided anew where something was said of it meanwhile. Kinds join by standing in `OF_AN_ACCOUNT` or `BELOW`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.lifecycle.approval import Approval
from engine.lifecycle.comment import Comment
from engine.lifecycle.document import Document
from engine.lifecycle.lead import LEADS, Lead, LeadStatus
from engine.lifecycle.next_step import Activity
from engine.lifecycle.opportunity import Opportunity
from engine.lifecycle.quote import Quote
from engine.services.desk import Work
from engine.services.refusal import Refused

OF_AN_ACCOUNT: tuple[type[Document], ...] = (Lead, Opportunity, Quote, Approval, Activity, Comment)
"""Kinds that are listed by `account`, and are of no use to anybody with what is personal in them once that is erased."""
BELOW: tuple[type[Document], ...] = (Activity, Comment)
"""Kinds that are listed by `parent`."""
MOST_TRACES = 2_000


def erase_lead(work: Work, lead: Lead) -> Lead:
    """Erase a lead, those merged into it, and what was done and said on them; returns it."""
    LEADS.step(lead.status, "erase")
    leads = [lead]
    for one in leads:
        leads.extend(work.part(Lead, name) for name in one.merged)
        for trace in _below(work, one.name).values():
            _erase(work, trace)
    for one in leads[1:]:
        if one.status is not LeadStatus.ERASED:
            _erase(work, one)
    return _erase(work, lead)  # type: ignore[return-value]


def erase_traces(work: Work, account: str) -> None:
    """Erase what is personal in all that is of an account, but not in the account itself."""
    found = _below(work, account)
    for kind in OF_AN_ACCOUNT:
        found |= {one.name: one for one in work.all_listed(kind, ("account", account), MOST_TRACES + 1)}
    leads = [one for one in found.values() if isinstance(one, Lead)]
    for lead in leads:
        leads.extend(work.part(Lead, name) for name in lead.merged)
    found |= {one.name: one for one in leads}
    for one in tuple(found.values()):
        if not isinstance(one, BELOW):
            found |= _below(work, one.name)
    _bounded(found, account)
    for one in found.values():
        if not (isinstance(one, Lead) and one.status is LeadStatus.ERASED):
            _erase(work, one)


def _below(work: Work, parent: str) -> dict[str, Document]:
    """What was done and said on a document, and said on that again."""
    found: dict[str, Document] = {}
    waiting = [parent]
    for name in waiting:
        for kind in BELOW:
            for one in work.all_listed(kind, ("parent", name), MOST_TRACES + 1):
                found[one.name] = one
                waiting.append(one.name)
        _bounded(found, parent)
    return found


def _bounded(found: Mapping[str, Document], name: str) -> None:
    if len(found) > MOST_TRACES:
        said = f"of {name} there are more than {MOST_TRACES:,} documents with what is personal: erase its leads first, one by one"
        raise Refused("FAILED_PRECONDITION", "TOO_MANY_TRACES", said, "name")


def _erase(work: Work, document: Document) -> Document:
    work.change.erase(document.name)
    empty = document.erased()
    if isinstance(empty, Lead):
        empty = replace(empty, status=LeadStatus.ERASED, erase_time=work.now)
    return work.save(empty, f"{type(document).__name__}Erased")
