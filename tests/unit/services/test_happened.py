"""Events for those who ask: pages over what is rare, what a bound caller sees, and events as books told them at first."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from engine.lifecycle.events import Wanted
from engine.services import events
from engine.services.context import Context, Role
from engine.services.events import Happened
from engine.services.history import History
from engine.services.refusal import Refused
from tests.unit.services.test_delivering import NONE, WHO, House, T, house, running  # noqa: F401

pytestmark = pytest.mark.service
BOUND = replace(WHO, account="accounts/one")


@pytest.fixture
def happened(house: House) -> Happened:  # noqa: F811
    for name in ("one", "two"):
        house.account(name)
        house.touch(name)
    return Happened(house.outbox)


def subjects(found: events.Watched) -> list[str]:
    return [one.subject for one in found.events]


def test_a_page_that_looks_for_what_is_rare_goes_on(happened: Happened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "MOST_PAGE", 1)
    monkeypatch.setattr(events, "MOST_READ", 2)
    first = happened.page(WHO, Wanted(account="accounts/two"), 1)
    assert (subjects(first), first.bookmark != "") == ([], True)
    second = happened.page(WHO, Wanted(account="accounts/two"), 1, first.bookmark)
    assert subjects(second) == ["accounts/two"]


def test_a_bound_caller_sees_what_is_of_its_account(happened: Happened, house: House) -> None:  # noqa: F811
    assert subjects(happened.page(BOUND, Wanted())) == ["accounts/one"] * 2
    watch = happened.watch(BOUND, Wanted(), "0")
    assert subjects(next(watch)) == [] and subjects(next(watch)) == ["accounts/one"] * 2
    for ask in (happened.page, lambda who, wanted: next(happened.watch(who, wanted, "0"))):
        with pytest.raises(Refused, match="does not see what is of others"):
            ask(BOUND, Wanted(account="accounts/two"))
    with pytest.raises(Refused, match="may not keep webhooks"):
        house.webhooks.pause(BOUND, NONE, "webhooks/x")


def test_the_trail_has_events_as_they_were_told(house: House) -> None:  # noqa: F811
    told = b'{"type" : "BookActivated","book":"shop", "by":"Zo\\u00eb \xc3\xab"}'
    house.redis.xadd(f"{{{T}}}:outbox", {"event": told}, id="1700000000123-4")
    ((lines, cursor),) = History(house.desk, house.outbox).trail(WHO, "")
    assert lines == b'{"id":"1700000000123-4","event":%s,"document":null}\n' % told
    assert cursor == house.outbox.after(T, "0")[0].id


def test_events_of_books_of_old_are_like_others(house: House) -> None:  # noqa: F811
    told = {"type": "BookActivated", "book": "shop", "version": "ab", "by": "ann"}
    house.redis.xadd(f"{{{T}}}:outbox", {"event": json.dumps(told)}, id="1700000000123-4")
    (found,) = Happened(house.outbox).page(Context(T, "ann", Role.SELLER), Wanted(subject_kinds=("books",))).events
    assert (found.id, found.subject, found.data) == ("1700000000123-4", "books/shop", {"version": "ab"})
    assert (found.time, found.by, found.account, found.lane) == (1_700_000_000_123_000, "ann", "", "books/shop")
