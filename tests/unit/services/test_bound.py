"""A caller who is bound to an account learns nothing of others from leads, sums and the trail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.lifecycle.lead import Lead
from engine.lifecycle.opportunity import Opportunity
from engine.lifecycle.parties import Account
from engine.services.desk import Call
from engine.services.history import History
from engine.services.refusal import Refused
from engine.store.embedded import EmbeddedStore
from engine.store.outbox import Outbox
from tests.unit.services.test_erasing import ADMIN, ZOE, Selling

pytestmark = pytest.mark.service


@pytest.fixture
def selling(tmp_path: Path) -> Iterator[Selling]:
    store = EmbeddedStore(tmp_path)
    store.start()
    yield Selling(store.url)
    store.stop()


def test_a_bound_caller_learns_nothing_of_others(selling: Selling) -> None:
    own, other = (selling.accounts.create(ADMIN, Call(), Account(display_name=name)) for name in ("One", "Two"))
    for account, amount in ((own, 3), (other, 5)):
        deal = Opportunity(display_name="Deal", account=account.name, amount_micros=amount, currency_code="EUR")
        selling.opportunities.create(ADMIN, Call(), deal)
    bound = replace(ADMIN, account=own.name)
    assert [row.amount_micros for row in selling.opportunities.summarize(bound, "")[1]] == [3]
    assert [row.amount_micros for row in selling.opportunities.summarize(ADMIN, "")[1]] == [8]
    selling.leads.capture(ADMIN, Call(), Lead(person=ZOE))
    assert selling.leads.capture(bound, Call(), Lead(person=ZOE)).may_duplicate == ()
    assert len(selling.leads.capture(ADMIN, Call(), Lead(person=ZOE)).may_duplicate) == 2
    with pytest.raises(Refused, match="bound to"):
        list(History(selling.desk, Outbox(selling.desk.documents.redis)).trail(bound, ""))
    assert list(History(selling.desk, Outbox(selling.desk.documents.redis)).trail(ADMIN, ""))
