"""Makes a test of every vector of the files given by --vectors; of pricing.yaml beside this module where none is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance.vector import read

HERE = Path(__file__).parent


def pytest_addoption(parser: pytest.Parser) -> None:
    """--vectors FILE, which may be repeated."""
    parser.addoption("--vectors", action="append", type=Path, help="a file of conformance vectors; may be repeated")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A vector is a test of its id."""
    if "vector" in metafunc.fixturenames:
        files = metafunc.config.getoption("--vectors") or [HERE / "pricing.yaml"]
        vectors = [vector for file in files for vector in read(file)]
        metafunc.parametrize("vector", vectors, ids=[vector.id for vector in vectors])
