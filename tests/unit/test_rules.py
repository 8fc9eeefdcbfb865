"""Every book under rules/ checks, is laid out as `quo fmt` would, passes its tests, and is covered by them."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from engine.cli.main import app
from engine.lang import check
from engine.plan.lower import lower

RULES = Path(__file__).parents[2] / "rules"
BOOKS = sorted(path.parent for path in RULES.glob("*/book.quo"))
DOUBTS = {"adventureworks": 3}
"""Its data holds them: sales below cost, and an offer without products."""


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize("book", BOOKS, ids=lambda path: path.name)
def test_a_book_checks_and_its_tests_cover_it(book: Path) -> None:
    doubts = DOUBTS.get(book.name, 0)
    assert f", {doubts} warning" in run("check", str(book))
    assert "coverage" in run("test", str(book), "--min-coverage", "95")


def test_every_kind_of_business_has_a_book() -> None:
    names = {book.name for book in BOOKS}
    assert names >= {"saas", "adventureworks", "telecom", "services", "healthcare", "finance", "workstation"}


@pytest.mark.parametrize("book", BOOKS, ids=lambda path: path.name)
def test_kernels_run_all_of_a_book(book: Path) -> None:
    files = {str(path.relative_to(book)): path.read_bytes() for path in book.rglob("*") if path.is_file()}
    checked = check(files).book
    assert checked is not None and lower(checked).meaning is None


def test_books_are_laid_out_and_open_with_a_page() -> None:
    run("fmt", "--check", str(RULES))
    for book in BOOKS:
        lines = (book / "book.quo").read_text(encoding="utf-8").splitlines()
        opening = next(number for number, line in enumerate(lines) if line and not line.startswith("#"))
        assert 8 <= opening <= 60, book.name
