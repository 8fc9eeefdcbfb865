"""A bundle's model has exactly the configurations that its rules leave, one by one; and what is made of it says where it comes from."""

from __future__ import annotations

from math import prod
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings

from engine.configure.catalogue import QUESTION, items_of
from engine.configure.compile import Impossible, compile_model
from engine.configure.configured import Configured, Option
from engine.configure.domains import EXCLUDED, FORCED, domains
from engine.configure.doubts import find_impossible
from engine.configure.model import ModelError
from engine.configure.of_book import configured
from engine.configure.of_book import numbers as told_apart
from engine.configure.solver import satisfy
from engine.configure.validate import columns_of, rows_of, validator
from engine.lang.book import Book
from engine.lang.check import check
from engine.lang.configurable import Numbers
from tests.configuration.bundles import FACTS, HEAD, Meaning, State, books, number_at
from tests.effort import tries

MOST_FACTS = 16
"""Of how many values of facts, together, a book is told slowly."""
SLOW = settings(max_examples=tries(12), deadline=None, suppress_health_check=list(HealthCheck))


def book_of(text: str) -> Book:
    checked = check({"book.quo": text.encode()})
    assert checked.book is not None, "\n".join(d.render(checked.sources) for d in checked.diagnostics)
    return checked.book


def has(
    option: Option, state: State, unmet: dict[int, bool], number: int, digits: dict[int, tuple[Numbers, int]]
) -> bool:
    """Whether a configuration has an option."""
    if option.wish:
        return unmet[number]
    if option.fact:
        return state[option.path] == number
    if option.digit:
        numbers, step = digits[number]
        return bool(number_at(state, option.path)) and bool(
            (number_at(state, option.path) - numbers.low) // numbers.step & step // numbers.step
        )
    if option.low is not None:
        there = state.get(option.path) != frozenset() and (f"#{option.path}" in state or option.path in state)
        return there and option.low <= number_at(state, option.path) <= (option.high or 0)
    found = state.get(option.path)
    if isinstance(found, frozenset):
        return option.value in found or (option.value == "none" and not found)
    return found == option.value


def rows(made: Configured, meaning: Meaning, states: list[State]) -> np.ndarray:
    """The configurations as the model has them: bool [configurations, options]."""
    wishes = [number for number, option in enumerate(made.options) if option.wish]
    named = {said.text: said for said in made.bundle.preferences}
    digits = {o: (v.numbers, step) for v in made.scope.values() if v.numbers is not None for step, o in v.digits}
    found = np.zeros((len(states), len(made.options)), bool)
    for at, state in enumerate(states):
        unmet = {}
        for number in wishes:
            said = named[made.options[number].name.removeprefix("not met: ").rpartition(" #")[0]]
            unmet[number] = meaning.holds(said.when, state) and not meaning.holds(said.holds, state)
        found[at] = [has(option, state, unmet, number, digits) for number, option in enumerate(made.options)]
    return found


def told_slowly(made: Configured, meaning: Meaning) -> np.ndarray:
    """The configurations under all facts; values of facts that the model does not tell apart leave the same."""
    assume(prod(len(FACTS[fact.path]) for fact in made.facts) <= MOST_FACTS)
    alike: dict[tuple[int, ...], np.ndarray] = {}
    for given_, states in meaning.under_facts("main", [fact.path for fact in made.facts]):
        options = {fact.path: fact.option(given_[fact.path]) for fact in made.facts}
        found = rows(made, meaning, [state | options for state in states])
        key = tuple(literal for literal in made.literals_of_facts({k: v for k, v in given_.items() if v is not None}))
        assert (alike.setdefault(key, found) == found).all()
    return np.concatenate(list(alike.values()))


@given(text=books())
@SLOW
def test_a_model_has_the_configurations_that_the_rules_leave(text: str) -> None:
    book = book_of(text)
    made, meaning = configured(book, "main"), Meaning(book)
    wanted = told_slowly(made, meaning)
    assert len({row.tobytes() for row in wanted}) == len(wanted)
    good = rows_of(validator(made.model).valid(columns_of(wanted)), len(wanted)) if len(wanted) else np.ones(0, bool)
    assert good.all(), text
    try:
        circuit = compile_model(made.model)
    except Impossible:
        assert len(wanted) == 0, text
        assert [found.code for found in find_impossible(book) if found.span.line == made.bundle.span.line] == ["E630"]
        return
    assert circuit.count == len(wanted), text
    states = domains(circuit, ())
    assert ((states == FORCED) == wanted.all(axis=0)).all() and ((states == EXCLUDED) == ~wanted.any(axis=0)).all()
    told = {d.message.split("`")[1] for d in find_impossible(book) if d.code == "E631"}
    own = [
        n for n, option in enumerate(made.options) if option.of_bundle and option.low is None and option.value != "none"
    ]
    assert told == {made.options[n].name for n in own if not wanted[:, n].any()}


@given(text=books(wide=True))
@settings(SLOW, max_examples=tries(5))
def test_numbers_that_are_not_told_apart_leave_the_same(text: str) -> None:
    """With more than two numbers wide: ranges, and digits where a sum counts them. All numbers of a range are of one configuration."""
    book = book_of(text)
    with patch.object(told_apart, "TOLD_APART", 2):
        made, meaning = configured(book, "main"), Meaning(book)
    wanted, often = np.unique(told_slowly(made, meaning), axis=0, return_counts=True)
    digits = {v.path for v in made.scope.values() if v.digits}
    sizes = np.ones(len(made.options), np.int64)
    for number, option in enumerate(made.options):
        if option.low is not None and option.high is not None and not option.fact and option.path not in digits:
            numbers = made.scope[option.path].numbers
            sizes[number] = (option.high - option.low) // (numbers.step if numbers else 1) + 1
    assert (np.where(wanted, sizes, 1).prod(axis=1) == often).all()
    if len(wanted):
        good = rows_of(validator(made.model).valid(columns_of(wanted)), len(wanted))
        assert good.all() and compile_model(made.model).count == len(wanted)


GUIDED = """
features finish
  ask look "What shall it look like?" one of plain, bright

bundle lights
  with finish
  ask room "Where do they hang?" one of hall, office
  part e optional

bundle desk
  with finish
  ask use "What is it for?" one of office, studio, nothing
  ask rush "Is it urgent?" yes or no
  part p one of a, b
  part lights optional
  part g optional
  use is studio narrows p is b and lights and not (rush is yes)
  use is office narrows not g
"""


def test_questions_come_as_written_and_narrow() -> None:
    checked = check({"book.quo": (HEAD + GUIDED).encode()})
    assert checked.book is not None
    made = configured(checked.book, "desk")
    items = [item for item in items_of(checked.book, made) if item.kind == QUESTION]
    assert [(q.path, q.title, q.under and made.options[q.under].name) for q in items] == [
        ("use", "What is it for?", None), ("rush", "Is it urgent?", None), ("look", "What shall it look like?", None),
        ("lights.room", "Where do they hang?", "lights"),
    ]  # fmt: skip
    circuit, at = compile_model(made.model), made.model.literal

    def left(state: int, *answers: str) -> set[str]:
        now, before = (domains(circuit, [at(one) for one in some]).copy() for some in (answers, answers[:-1]))
        return {made.options[n].name for n in np.flatnonzero((now == state) & (before != state)).tolist()}

    assert left(EXCLUDED, "use=office") == {"use=studio", "use=nothing", "g"}
    assert left(EXCLUDED, "use=studio") == {"rush=yes", "use=office", "use=nothing", "p=a"}
    assert left(FORCED, "use=studio") == {"use=studio", "p=b", "lights"}
    assert left(EXCLUDED, "rush=yes") >= {"use=studio"}


WIDE = """
bundle racks
  part a 1 to 5_000
  part d 0 to 900 in steps of 3
  attribute room: 10 to 9_000 in steps of 10
  sum of w <= 6_000 because "The floor carries no more"
  sum of quantity <= room
  require b when a >= 1_000
  part b optional
"""


def test_sums_count_wide_quantities() -> None:
    made = configured(book_of(HEAD + WIDE), "racks")
    assert [option.name for option in made.options if not option.hidden] == [
        "a", "d", "b", "room=10..9000", "a=1..999", "a=1000..5000", "d=3..900",
    ]  # fmt: skip

    def possible(**numbers: int) -> bool:
        literals = [each for path, n in numbers.items() for each in made.literals_of_number(path, n * 1_000_000)]
        return satisfy(made.bounds, literals).chosen is not None

    assert possible(a=1996, d=3) and possible(a=1997) and not possible(a=1997, d=3) and not possible(a=1999)
    assert possible(a=400, d=900, room=1300) and not possible(a=401, d=900, room=1300)
    assert made.literals_of_number("d", 4_000_000) == ()


SUITE = """
bundle suite "Suite"
  part a 5 to 5_000 default 10
  part b optional
  require b when a >= 100 because "Large ones need it"
  forbid b when a < 20
"""


def test_wide_quantities_are_cut_where_rules_name_them() -> None:
    made = configured(book_of(HEAD + SUITE), "suite")
    assert [o.name for o in made.options] == ["a", "b", "a=5..9", "a=10", "a=11..19", "a=20..99", "a=100..5000"]


def test_reasons_are_the_books_own_words() -> None:
    made = configured(book_of(HEAD + SUITE), "suite")
    literals = [made.model.literal("b", chosen=False), made.model.literal("a=100..5000")]
    [reason] = made.behind(literals) or ()
    assert (reason.plain, reason.because, reason.span.line) == (
        "require b when a >= 100",
        "Large ones need it",
        HEAD.count("\n") + 5,
    )
    assert made.behind([made.model.literal("a=20..99")]) is None


def test_defaults_and_lines_of_a_bundle() -> None:
    made = configured(book_of(HEAD + SUITE), "suite")
    assert [[made.model.say(literal) for literal in one.literals] for one in made.wanted] == [["a", "a=10"]]
    lines = {(made.options[line.option].name, line.code, line.quantity) for line in made.lines}
    assert lines == {("a=5..9", "a", None), ("a=10", "a", 10_000_000), ("a=11..19", "a", None), ("a=20..99", "a", None),
                     ("a=100..5000", "a", None), ("b", "b", 1_000_000)}  # fmt: skip


def test_a_bundle_that_is_not_there_is_named() -> None:
    with pytest.raises(ModelError, match="no bundle 'sweet'; it has suite"):
        configured(book_of(HEAD + SUITE), "sweet")
