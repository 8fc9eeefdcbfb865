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


COMPLETED = """
bundle suite
  part p   one of a, b default a
  part box optional
  part g   1 to 500 default 10
  part d   optional
  require d when g >= 100
  forbid p is a when g >= 50 because "It does not fit"
  prefer d when g < 20
  box implies p is b

bundle box
  part e 1 to 4 default 2
  attribute colour: one of red, blue

configure suite "x"
"""
COMPLETIONS = {
    "complete p is a and g is 10 and d": "", "complete box is none": "", "complete box": "completed to box=none",
    "choose g is 120\n  complete p is b and d": "", "choose g is 120\n  complete p is a": "completed to p=b",
    "choose box\n  complete box.e is 2 and p is b": "", "choose box\n  complete box.colour is red": "completed to box.colour=blue",
    "choose box\n  complete box.e is 3": "completed to box.e, box.e=2", "choose p is b and g is 60\n  complete not d": "completed to d",
    "choose p is b and g is 60\n  complete d": "completed to d=none",
}  # fmt: skip


@pytest.mark.parametrize("lines", COMPLETIONS)
def test_what_defaults_complete_it_to(lines: str) -> None:
    book = book_of(f"{HEAD}{COMPLETED}  {lines}\n")
    assert [found.got for found in unmet(book, book.configurations[0])] == (
        [COMPLETIONS[lines]] if COMPLETIONS[lines] else []
    )


GIVEN = """
bundle suite
  part p one of a, b
  part d optional
  require d when customer.kind is big because "Big ones need it"
  forbid d when quote.term < 3 months
  require p is b when customer.kind is not known

configure suite "x"
"""
GIVENS = {
    "given customer.kind is big\n  expect d and quote.term >= 3 months": "", "given quote.term is 1 month\n  refuse d": "",
    "expect p is b": "", "given customer.kind is small\n  allow p is a": "", "allow customer.kind is big": "refused: ",
    "given quote.term is 2 months and customer.kind is big\n  allow p is a":
        "nothing can be chosen so: require d when customer.kind is big; forbid d when quote.term < 3 months",
    "given customer.country is \"NL\"\n  expect p is b": "",
}  # fmt: skip


@pytest.mark.parametrize("lines", GIVENS)
def test_facts_are_given(lines: str) -> None:
    """An optional one of which a test says nothing is not known; a required one may be anything."""
    book = book_of(f"{HEAD}{GIVEN}  {lines}\n")
    assert [found.got for found in unmet(book, book.configurations[0])] == ([GIVENS[lines]] if GIVENS[lines] else [])


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
