"""Every book under rules/ checks, is laid out as `quo fmt` would, passes its tests, and is covered by them."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from engine.cli.main import app
from engine.configure.compile import compile_model
from engine.configure.of_book import configured
from engine.lang import check
from engine.lang.lines import split
from engine.plan.lower import lower
from tests.docs.test_coverage import Construct, _of_block, declared, folded, grammar

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


NOT_OF_CHOICES = set(
    "base date instant lowest other_amount other_rate per_started price_fixed quantity remainder remainder_to spread spread_by "
    "step_name".split()
)
"""What prices and facts of bundles can say that the household does without."""


def of_bundles() -> set[Construct]:
    """What the language of bundles and of their tests has: all that can stand below their clauses."""
    below: dict[str, set[str]] = {}
    for rule in grammar().rules:
        below.setdefault(str(rule.origin.name), set()).update(str(s.name) for s in rule.expansion if not s.is_term)
    names, aliases = {"bundle_clause", "configure_clause"}, set[str]()
    while more := {name for at in names for name in below.get(at, ())} - names:
        names |= more
    for rule in grammar().rules:
        if rule.origin.name in names:
            aliases.add(str(rule.alias or rule.origin.name))
    return {construct for construct in declared() if construct[0] in aliases}


def test_a_household_uses_all_of_the_language_of_bundles() -> None:
    text = (RULES / "telecom" / "home.quo").read_text(encoding="utf-8")
    said = {construct for raw in split(text) for construct in _of_block(raw)}
    elsewhere = {("known", "is"), ("known", "known")}  # `is known` is of rules on prices
    seen_as_child = {name for name, _ in folded()}
    missing = of_bundles() - said - elsewhere
    assert sorted(construct for construct in missing if construct[0] not in seen_as_child | NOT_OF_CHOICES) == []


@pytest.mark.parametrize(("book", "bundle"), [("telecom", "household"), ("workstation", "suite")])
def test_a_bundle_has_forty_options_and_compiles_with_its_sums(book: str, bundle: str) -> None:
    folder = RULES / book
    files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    checked = check(files).book
    assert checked is not None
    made = configured(checked, bundle)
    assert sum(option.low is None and not option.wish for option in made.options) >= 40
    assert compile_model(made.model).exact_sums
