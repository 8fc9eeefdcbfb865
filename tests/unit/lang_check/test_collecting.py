"""Checking and lowering switch the collector of cycles off, so they leave none: what a check made is gone with its answer."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from engine.lang import check
from engine.plan.lower import lower
from engine.values.collecting import uncollected
from tests.unit.test_rules import BOOKS


def made_of(files: dict[str, bytes]) -> None:
    found = check(files)
    assert found.book is not None
    lower(found.book)


@pytest.mark.parametrize("book", BOOKS, ids=lambda path: path.name)
def test_a_check_leaves_no_cycles(book: Path) -> None:
    files = {str(each.relative_to(book)): each.read_bytes() for each in book.rglob("*") if each.is_file()}
    made_of(files)  # what is kept for the next check is made now
    gc.collect()
    with uncollected():
        made_of(files)
        assert gc.collect() == 0


def test_the_collector_is_left_as_it_was() -> None:
    assert gc.isenabled()
    with uncollected():
        assert not gc.isenabled()
    assert gc.isenabled() and gc.get_freeze_count() == 0
    gc.disable()
    try:
        with uncollected():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_what_is_frozen_stays_so() -> None:
    gc.freeze()
    try:
        frozen = gc.get_freeze_count()
        with uncollected():
            kept = [[] for _ in range(1_000)]
        assert 0 < gc.get_freeze_count() <= frozen and kept
    finally:
        gc.unfreeze()
