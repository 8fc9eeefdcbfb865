"""A change of a .proto that breaks an existing client fails here; `python -m tests.wire.compatibility` keeps additions."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy

import pytest

from tests.wire.compatibility import Shape, breaks, read_baseline, shape_of

REQUEST, PRICING = "quotient.v1.PriceQuoteRequest", "quotient.v1.Pricing"


def test_clients_of_the_baseline_still_work() -> None:
    assert breaks(read_baseline(), shape_of()) == []


def test_the_baseline_has_every_addition() -> None:
    assert breaks(shape_of(), read_baseline()) == [], "run python -m tests.wire.compatibility"


CHANGES: dict[str, Callable[[Shape], object]] = {
    "message removed": lambda s: s.pop(REQUEST),
    "field removed": lambda s: s[REQUEST].pop("book"),
    "field renumbered": lambda s: s[REQUEST]["book"].update(number=99),
    "field retyped": lambda s: s[REQUEST]["book"].update(type=12),
    "field made repeated": lambda s: s[REQUEST]["book"].update(repeated=True),
    "service removed": lambda s: s.pop(PRICING),
    "method removed": lambda s: s[PRICING].pop("PriceQuote"),
    "method made streaming": lambda s: s[PRICING]["PriceQuote"].update(answers_many=True),
    "method answers another message": lambda s: s[PRICING]["PriceQuote"].update(answers="quotient.v1.Book"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_break_is_found(change: str) -> None:
    changed = deepcopy(shape_of())
    CHANGES[change](changed)
    assert len(breaks(shape_of(), changed)) == 1


def test_an_addition_is_no_break() -> None:
    changed = deepcopy(shape_of())
    changed[REQUEST]["more"] = {"number": 100}
    changed["quotient.v1.New"] = {}
    assert breaks(shape_of(), changed) == []
