"""Large papers are set one at a time: who comes second is told to come again, who sets a small one goes on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from engine.services.refusal import Refused
from engine.services.selling import papers
from tests.unit.paper.sheets import long


def test_one_large_paper_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(papers, "TURN_SECONDS", 0.01)
    large, small = long("nl", 600), long("nl", 100)

    def takes(sheet: papers.Sheet) -> bool:
        with papers.turn(sheet):
            return True

    with ThreadPoolExecutor(1) as other:
        with papers.turn(large):
            assert other.submit(takes, small).result()
            with pytest.raises(Refused, match="more than 1,500 rows at a time") as refused:
                other.submit(takes, large).result()
            assert (refused.value.status, refused.value.again_seconds) == ("RESOURCE_EXHAUSTED", 0.01)
        assert other.submit(takes, large).result()
