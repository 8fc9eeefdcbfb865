"""Makes a test of every model of the folders given by --models; of models/ beside this module where none is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.configuration.published import Published, read_folder

HERE = Path(__file__).parent


def pytest_addoption(parser: pytest.Parser) -> None:
    """--models DIR, which may be repeated."""
    parser.addoption("--models", action="append", type=Path, help="a folder of feature models; may be repeated")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A model is a test of its name; a folder without models is a mistake, not a success."""
    if "published" in metafunc.fixturenames:
        folders = metafunc.config.getoption("--models") or [HERE / "models"]
        models: list[Published] = [model for folder in folders for model in read_folder(folder)]
        metafunc.parametrize("published", models, ids=[model.name for model in models])
