"""Answers to clicks against every configuration told one by one; a number within a range against a model that is cut there; the ways to
ask against each other."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.configure.asking import ENGINE, ORIGIN, PROPOSED, STATUS, USER, Answer, Asker, Contradicting, undone_of
from engine.configure.bill import Entry, bill_of, cheap_of, parts_of, ready
from engine.configure.catalogue import QUESTION, items_of
from engine.configure.chosen import Choice, NotChosen, by_id, by_name, literals
from engine.configure.circuit import Circuit
from engine.configure.compile import Limits, compile_model
from engine.configure.configured import Configured
from engine.configure.domains import EXCLUDED, FORCED, POSSIBLE
from engine.configure.kept import circuit_of, circuits_of, content_of, opened
from engine.configure.of_book import configured
from engine.configure.screen import Screen
from engine.configure.sums import limited
from engine.configure.ways import ByCircuit, ByCircuitAndSums, BySearch, Given, Way
from engine.lang import configurable as c
from engine.lang.book import Book
from engine.lang.check import check
from tests.configuration.bundles import FACTS, HEAD, Meaning, books
from tests.configuration.test_of_book import book_of, rows
from tests.effort import tries

SLOW = settings(max_examples=tries(15), deadline=None, suppress_health_check=list(HealthCheck))
RULES = Path(__file__).parents[2] / "rules" / "workstation"


def workstation() -> Book:
    files = {path.name: path.read_bytes() for path in RULES.iterdir()}
    book = check(files).book
    assert book is not None
    return book


def asker_of(made: Configured, way: Way) -> Asker:
    return Asker(made, way)


def costs_of_options(made: Configured) -> list[Entry]:
    rng = random.Random(len(made.options))
    found = ((option, rng.randrange(0, 9) * 1_000_000) for option in range(made.shown))
    return [Entry(option, "once", micros, micros) for option, micros in found]


def answer(asker: Asker, choices: tuple[Choice, ...]) -> Answer | Contradicting:
    options = len(asker.made.options)
    bill = bill_of(options, parts_of(options, costs_of_options(asker.made)), "")
    circuit = getattr(asker.way, "circuit", None)
    return asker.answer(
        choices, ready(circuit, bill, cheap_of(circuit, bill), (asker.defaults, asker.preferences), asker.under)
    )


@given(text=books(), seed=st.integers(0, 1_000))
@SLOW
def test_a_click_is_answered_as_all_configurations_say(text: str, seed: int) -> None:
    book, rng = book_of(text), random.Random(seed)
    made, meaning = configured(book, "main"), Meaning(book)
    given_ = {fact.path: rng.choice(FACTS[fact.path]) for fact in made.facts}
    so = {fact.path: fact.option(given_[fact.path]) for fact in made.facts}
    every = rows(made, meaning, [state | so for state in meaning.configurations("main", given_)])
    if not len(every):
        return
    facts = made.literals_of_facts({path: value for path, value in given_.items() if value is not None})
    asker = asker_of(made, Given(ByCircuit(compile_model(made.model)), facts))
    micros = np.zeros(len(made.options), np.int64)
    micros[: made.shown] = [cost for *_, cost in costs_of_options(made)]
    for _ in range(4):
        choices = tuple({Choice(rng.randrange(made.shown), rng.random() < 0.6) for _ in range(rng.randint(0, 3))})
        left = every[[all(row[one.option] == one.chosen for one in choices) for row in every]]
        found, again = answer(asker, choices), answer(asker, tuple(reversed(choices)))
        if isinstance(found, Contradicting):
            assert not len(left), text
            assert not any(all(row[one.option] == one.chosen for one in found.choices) for row in every)
            for leave in found.choices:
                rest = [one for one in found.choices if one != leave]
                assert any(all(row[one.option] == one.chosen for one in rest) for row in every)
            continue
        assert isinstance(again, Answer) and again.whole == found.whole and len(left)
        status = found.states & STATUS
        assert ((status == FORCED) == left.all(axis=0)[: made.shown]).all()
        assert ((status == EXCLUDED) == ~left.any(axis=0)[: made.shown]).all()
        totals = left @ micros
        assert found.least == totals.min()
        for option in np.flatnonzero(status != EXCLUDED).tolist():
            assert found.added[option] == totals[left[:, option]].min() - totals.min(), text
        proposal = found.states & PROPOSED != 0
        assert (left[:, : made.shown] == proposal).all(axis=1).any()
        assert found.proposed == proposal @ micros[: made.shown]
        users = {one.option for one in choices}
        origin = found.states >> ORIGIN & 3
        assert all(origin[n] == USER for n in users)
        assert all(origin[n] == ENGINE for n in np.flatnonzero(status != POSSIBLE).tolist() if n not in users)


WIDE = """
bundle suite "Suite"
  part a 5 to 5_000 default 10
  part b optional
  attribute c: 1 to 900 default 7
  require b when a >= 100 because "Large ones need it"
  forbid b when a < 20
  require c >= 300 when b
"""


@pytest.mark.parametrize("number", [5, 10, 15, 19, 20, 57, 99, 100, 4_321, 5_000])
def test_a_number_within_a_range_is_answered_as_by_a_model_that_is_cut_there(number: int) -> None:
    book = book_of(HEAD + WIDE)
    made, cut = configured(book, "suite"), configured(book, "suite", (c.Counts("a", number * c.ONE, number * c.ONE),))
    plain, apart = (asker_of(one, ByCircuit(compile_model(one.model))) for one in (made, cut))
    said = by_name(made, f"a={number}")
    found, meant = answer(plain, (said,)), answer(apart, (Choice(cut.model.option(f"a={number}")),))
    assert isinstance(found, Answer) and isinstance(meant, Answer)
    for option, state in zip(made.options, found.states, strict=True):
        own = [n for n, one in enumerate(cut.options) if one.path == option.path and _within(one, option)]
        states = {int(meant.states[n] & STATUS) for n in own}
        wanted = EXCLUDED if states == {EXCLUDED} else FORCED if FORCED in states else POSSIBLE
        assert state & STATUS == wanted, option.name


def _within(one: object, option: object) -> bool:
    if option.low is None:  # type: ignore[attr-defined]
        return one.name == option.name  # type: ignore[attr-defined]
    return one.low is not None and option.low <= one.low and one.high <= option.high  # type: ignore[attr-defined]


def test_numbers_that_are_barred_bar_a_range_when_all_of_it_is() -> None:
    made = configured(book_of(HEAD + WIDE), "suite")
    assert [o.name for o in made.options if o.path == "a"][:3] == ["a", "a=5..9", "a=10"]
    barred = [by_name(made, f"a={number}", chosen=False) for number in range(5, 10)]
    assert literals(made, barred[:4]) == {}
    assert list(literals(made, barred)) == [2 * made.model.option("a=5..9") + 1]


def test_names_are_read_as_people_write_them() -> None:
    made = configured(workstation(), "suite")
    option = made.model.option
    assert by_name(made, "cpu=cpu_x60") == Choice(option("cpu=cpu_x60"))
    assert by_name(made, "memory.dimm_16=2") == Choice(option("memory.dimm_16=2"))
    assert by_name(made, "memory.dimm_16=0") == Choice(option("memory=dimm_16"), chosen=False)
    assert by_name(made, "desk") == Choice(option("desk"))
    assert by_name(made, "desk=none", chosen=False) == Choice(option("desk"))
    assert by_name(made, "desk.colour=black") == by_name(made, "colour=black")
    assert by_name(made, "length=1.5") == Choice(option("length=1.5"))
    assert by_name(made, "copies=1_20") == Choice(option("copies=101..5000"), number=120_000_000)
    for wrong in (
        "cpu",
        "cpu=",
        "cpu=9",
        "length=1.25",
        "copies=5001",
        "copies=-1",
        "copies=1e3",
        "",
        "=",
        "not met: x",
    ):
        with pytest.raises(NotChosen):
            by_name(made, wrong)
    for number in (-1, made.shown, 10**12):
        with pytest.raises(NotChosen):
            by_id(made, number)


def test_every_option_is_shown_once_and_no_wish() -> None:
    book = workstation()
    for name in ("suite", "desk"):
        made = configured(book, name)
        items = items_of(book, made)
        assert sorted(one.number for item in items for one in item.options) == list(range(made.shown))
        assert [item.kind == QUESTION for item in items] == sorted(
            (item.kind == QUESTION for item in items), reverse=True
        )
    assert made.shown == len(made.options) and configured(book, "suite").shown < len(configured(book, "suite").options)


def test_a_default_of_what_stands_inside_asks_for_nothing_while_that_is_left_out() -> None:
    made = configured(workstation(), "suite")
    found = answer(asker_of(made, ByCircuit(compile_model(made.model))), ())
    assert isinstance(found, Answer)
    assert not found.states[made.model.option("desk")] & PROPOSED
    with_desk = answer(asker_of(made, ByCircuit(compile_model(made.model))), (by_name(made, "desk"),))
    assert isinstance(with_desk, Answer)
    assert with_desk.states[made.model.option("desk.inputs=keyboard")] & PROPOSED


# ---------------------------------------------------------------- ways


def without_sums(made: Configured) -> Circuit:
    from engine.configure.bounds import bounds_of
    from engine.configure.compile import _compiled

    return Circuit(made.model, _compiled(made.model, bounds_of(made.model, sums=False), Limits()), exact_sums=False)


def test_the_other_ways_answer_as_the_circuit_does_or_say_what_is_not_proven() -> None:
    made, rng = configured(workstation(), "suite"), random.Random(5)
    exact = asker_of(made, ByCircuit(compile_model(made.model)))
    others = [
        asker_of(made, ByCircuitAndSums(limited(without_sums(made)))),
        asker_of(made, BySearch(Screen(made.model, made.bounds))),
    ]
    for _ in range(6):
        choices = tuple({Choice(rng.randrange(made.shown), rng.random() < 0.6) for _ in range(4)})
        wanted = answer(exact, choices)
        for other in others:
            found = answer(other, choices)
            if isinstance(wanted, Contradicting):
                assert isinstance(found, Contradicting)
                own = literals(made, found.choices)
                assert exact.way.conflict(sorted(own), None) is not None
                assert all(exact.way.conflict(sorted(own.keys() - {one}), None) is None for one in own)
                undo, _ = other.way.repair(dict.fromkeys(literals(made, choices), 1), None, ())
                left = literals(made, choices).keys() - set(undo or ())
                assert undo and exact.way.conflict(sorted(left), None) is None
                continue
            assert isinstance(found, Answer) and found.exact and not found.exact_amounts
            assert ((found.states & STATUS) == (wanted.states & STATUS)).all()
            assert found.least >= wanted.least and found.proposed >= wanted.least
    assert undone_of(others[1], {0: 1}) is None


def test_circuits_are_kept_as_one_file(tmp_path: Path) -> None:
    book = workstation()
    kept = circuits_of(book)
    kept["hard"] = None
    path = tmp_path / "x.circuits"
    path.write_bytes(content_of(kept))
    again = opened(path)
    assert again.keys() == kept.keys() and again["hard"] is None
    for name in ("suite", "desk"):
        model = configured(book, name).model
        one, other = circuit_of(kept, model), circuit_of(again, model)
        assert one is not None and other is not None and (one.arena == other.arena).all()
        assert one.count == other.count and one.exact_sums == other.exact_sums
    path.write_bytes(b"something else")
    with pytest.raises(ValueError, match="no circuits"):
        opened(path)


def test_a_bundle_that_is_too_hard_has_no_circuit() -> None:
    assert circuits_of(workstation(), Limits(steps=10, room=64)) == {"desk": None, "suite": None}
