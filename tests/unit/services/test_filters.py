"""Filters of lists: what can be asked for, and what is said of all else."""

from __future__ import annotations

import pytest

from engine.lifecycle.document import Document
from engine.lifecycle.kinds import KINDS, MACHINES
from engine.lifecycle.opportunity import Opportunity
from engine.lifecycle.quote import Quote
from engine.services.desk import parse_filter
from engine.services.refusal import Refused


def test_pairs_of_names_and_values() -> None:
    assert parse_filter("", Quote) == []
    said = 'status = SENT AND account = "accounts/a"'
    assert parse_filter(said, Quote) == [("status", "SENT"), ("account", "accounts/a")]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("status = SENTX", "no status is `SENTX`: there are DRAFT, "), ('status = ""', "no status is ``: there are DRAFT, "),
        ("status = sent", "no status is `sent`"), ("account = a AND status = OPEN", "no status is `OPEN`"), ("colour = red", "names are status, "),
        ("status > SENT", "is not a filter"),
    ],
)  # fmt: skip
def test_what_can_match_nothing_is_refused(said: str, message: str) -> None:
    with pytest.raises(Refused, match=message) as why:
        parse_filter(said, Quote)
    assert (why.value.status, why.value.reason, why.value.field) == ("INVALID_ARGUMENT", "INVALID_FILTER", "filter")


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS.values() if "status" in kind.INDEXED], ids=lambda kind: kind.KIND
)
def test_each_status_of_a_kind_can_be_asked_for_and_no_other(kind: type[Document]) -> None:
    machine = next((one for one in MACHINES.values() if isinstance(one.start, type(kind().status))), None)  # type: ignore[attr-defined]
    assert machine is not None, kind
    for row in machine.rows():
        assert parse_filter(f"status = {row[0]}", kind) == [("status", row[0])]
    with pytest.raises(Refused, match="no status is `NONE`"):
        parse_filter("status = NONE", kind)


def test_a_sum_of_open_ones_is_not_filtered_by_status() -> None:
    with pytest.raises(Refused, match="names are owner"):
        parse_filter("status = OPEN", Opportunity, ("owner", "stage"))
