"""What a call says of its caller where nobody has to prove it."""

from __future__ import annotations

from unittest.mock import Mock

import pytest

from engine.api.callers import Callers
from engine.services.context import Role


@pytest.mark.parametrize(
    ("said", "groups"),
    [("deal_desk", ("deal_desk",)), ("deal_desk, legal", ("deal_desk", "legal")), (" ,legal,", ("legal",)), ("", ())],
)
def test_groups_stand_between_commas(said: str, groups: tuple[str, ...]) -> None:
    callers = Callers(Mock(), required=False, anonymous=Role.SELLER)
    assert callers.context([("x-quotient-groups", said)], 1.0, lambda: True).groups == groups
