"""`configure` tests of a book: each expectation holds or says what is so instead."""

from __future__ import annotations

import pytest

from engine.configure.trials import unmet
from tests.configuration.bundles import HEAD
from tests.configuration.test_of_book import book_of

BUNDLE = """
bundle suite
  part p one of a, b
  part g 1 to 500
  require e when g >= 100 because "Many need it"
  forbid e when p is a because "It does not fit"
  part e optional

configure suite "x"
  choose g is 120
"""
HELD = (
    "expect e", "expect p is b and e", "allow  g = 120", "refuse p is a", 'refuse p is a because "It does not fit"',
    'refuse not e because "Many need it"', "refuse g >= 121", "expect g in 100 to 120",
)  # fmt: skip
FAILED = {
    "expect p is a": "not always so",
    "refuse p is b": "possible",
    "allow  p is a": "refused: require e when g >= 100; forbid e when p is a",
    'refuse p is a because "Sold out"': "refused: require e when g >= 100; forbid e when p is a",
}


@pytest.mark.parametrize("line", HELD)
def test_what_is_so_holds(line: str) -> None:
    book = book_of(f"{HEAD}{BUNDLE}  {line}\n")
    assert list(unmet(book, book.configurations[0])) == []


@pytest.mark.parametrize("line", FAILED)
def test_what_is_not_so_is_told(line: str) -> None:
    book = book_of(f"{HEAD}{BUNDLE}  {line}\n")
    [found] = unmet(book, book.configurations[0])
    assert (found.got, found.expectation.text) == (FAILED[line], " ".join(line.split()))


def test_choices_that_contradict_are_told() -> None:
    book = book_of(f"{HEAD}{BUNDLE}  choose p is a\n  expect e\n")
    [found] = unmet(book, book.configurations[0])
    assert found.got == "nothing can be chosen so: require e when g >= 100; forbid e when p is a"
