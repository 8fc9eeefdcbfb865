"""What pricing knows of an account: asked of the store at most once a second for each account and worker."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from engine.lifecycle.document import id_in
from engine.lifecycle.parties import Account
from engine.plan.plan import Plan
from engine.services.context import Context
from engine.services.pricing.verbs import facts_of_account
from engine.services.refusal import Refused, needs_store
from engine.store.documents import Documents

FRESH_SECONDS = 1.0
MOST_KEPT = 10_000


class Customers:
    """Accounts as pricing asks of them; `ticks` is a clock that only goes forward, in seconds."""

    def __init__(self, documents: Documents, ticks: Callable[[], float] = time.monotonic) -> None:
        self.documents, self.ticks = documents, ticks
        self._kept: OrderedDict[tuple[str, str], tuple[float, Account | None]] = OrderedDict()
        self._lock = Lock()

    def facts(self, context: Context, name: str, plan: Plan) -> dict[str, str]:
        """The facts that a book asks of an account, as text.

        Raises:
            Refused: INVALID_ARGUMENT, NOT_FOUND; FAILED_PRECONDITION, the account says what the book cannot read.
        """
        id_in(name, Account.KIND, "account")
        account = self._account(context.tenant, name)
        if account is None:
            raise Refused("NOT_FOUND", "NOT_FOUND", f"there is no {name[:80]}", "account")
        return facts_of_account(plan, account.facts, account.derived_facts())

    @needs_store
    def _account(self, tenant: str, name: str) -> Account | None:
        key, now = (tenant, name), self.ticks()
        with self._lock:
            since, account = self._kept.get(key, (float("-inf"), None))
        if now - since < FRESH_SECONDS:
            return account
        account = self.documents.get(tenant, Account, name)
        with self._lock:
            self._kept[key] = now, account
            self._kept.move_to_end(key)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return account
