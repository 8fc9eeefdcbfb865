"""One service for the tests that only ask."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.wire.service import Service


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with Service(tmp_path_factory.mktemp("service") / "data") as running:
        yield running
