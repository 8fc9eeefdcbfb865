"""What is done when its time has come: for each kind of document a handler, called for what is due by one table.

A handler is a verb of a service like any other, asked by the keeper. It calls with `due.call(etag)`: then a keeper that died after it did the
work, and before it said so, does nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog

from engine.lifecycle.approval import Approval
from engine.lifecycle.quote import Quote
from engine.lifecycle.webhooks import FORGET, Webhook
from engine.services.context import Context
from engine.services.desk import Call, Desk
from engine.services.keeping import due_call, keeper
from engine.services.refusal import Refused
from engine.services.selling.answers import Answers
from engine.services.selling.reminding import Reminders
from engine.services.webhooks import Webhooks
from engine.store.client import StoreDown

LEASE = 60_000_000
BATCH = 100
_log = structlog.get_logger("quotient.timed")


@dataclass(frozen=True, slots=True)
class Due:
    """Something that is to be done to a document now (microseconds)."""

    name: str
    what: str
    now: int

    def call(self, etag: int) -> Call:
        """The request by which it is done, once for a revision of the document."""
        return due_call(self.name, self.what, etag)


@dataclass(frozen=True, slots=True)
class Doing:
    """What handlers work with."""

    desk: Desk
    webhooks: Webhooks
    answers: Answers
    reminders: Reminders


Handler = Callable[[Doing, Context, Due], None]


def _webhook(doing: Doing, context: Context, due: Due) -> None:
    """A secret that was rotated out has served."""
    found = doing.desk.get(context, Webhook, due.name)
    if due.what == FORGET and found.previous_secret_expire_time:
        doing.webhooks.forget_secret(context, due.call(found.etag), due.name)


def _quote(doing: Doing, context: Context, due: Due) -> None:
    """Nobody has answered it in time."""
    found = doing.desk.get(context, Quote, due.name)
    if due.what == "expire":
        doing.answers.expire(context, due.call(found.etag), due.name)


def _approval(doing: Doing, context: Context, due: Due) -> None:
    """Those who are asked have been silent for too long."""
    found = doing.desk.get(context, Approval, due.name)
    doing.reminders.do(context, due.call(found.etag), due.name, due.what)


HANDLERS: Mapping[str, Handler] = {"approvals": _approval, "quotes": _quote, "webhooks": _webhook}
"""By the collection of the document."""


class Timed:
    """Does what is due, for any tenant."""

    def __init__(self, doing: Doing, handlers: Mapping[str, Handler] = HANDLERS) -> None:
        self.doing, self.handlers = doing, handlers
        self.documents = doing.desk.documents

    def work(self, tenant: str) -> int:
        """Do what is due now; returns how much that was. What fails comes back when its lease ends, and stops nothing else."""
        now = self.doing.desk.now()
        found = self.documents.claim_due(tenant, now, now + LEASE, BATCH)
        for name, what in found:
            try:
                self._do(tenant, Due(name, what, now))
                self.documents.forget_due(tenant, name, what, now + LEASE)
            except StoreDown:
                raise
            except Exception:
                _log.exception("what was due failed: it is tried again", tenant=tenant, document=name, what=what)
        return len(found)

    def _do(self, tenant: str, due: Due) -> None:
        handler = self.handlers.get(due.name.partition("/")[0])
        if handler is None:
            _log.warning("nothing is known to do", tenant=tenant, document=due.name, what=due.what)
            return
        try:
            handler(self.doing, keeper(tenant), due)
        except Refused as refused:
            if refused.status not in _SETTLED:
                raise
            _log.info("what was due is not to be done", document=due.name, what=due.what, reason=refused.reason)


_SETTLED = frozenset({"NOT_FOUND", "FAILED_PRECONDITION"})
"""Refusals by which a document needs nothing any more: it is gone, or was changed since so that the verb is not for it."""
