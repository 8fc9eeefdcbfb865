"""A store that goes away beside a verb, while what it did is read to be shown, is no fault of ours."""

from __future__ import annotations

from engine.api.calls import Call
from engine.store.client import StoreDown


def test_a_store_that_is_down_is_said_to_be() -> None:
    refused = Call.__new__(Call)._refusal(StoreDown("it has gone"))
    assert (refused.status, refused.reason, refused.again_seconds) == ("UNAVAILABLE", "STORE_DOWN", 1.0)
    assert "it has gone" in refused.message
