"""Configurations as they are sold: whole ones, what defaults leave to say, what is open, and what is refused with its reasons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from engine.configure.configured import Configured
from engine.configure.of_book import configured
from engine.configure.placing import Misplaced, Placed, place
from engine.lang import check
from engine.values.kinds import Value
from tests.configuration.bundles import FACTS, Meaning, books
from tests.configuration.test_of_book import SLOW, book_of, rows

BOOK = """price book desks
  currency EUR
  units    piece pieces, metre metres to 1 decimals
  families cases

product keyboard
  price 40 EUR per piece

product mouse
  price 20 EUR per piece

product small
  family cases
  price 90 EUR per piece

product large
  family cases
  price 120 EUR per piece

product cable
  price 2 EUR per metre

product card
  price 30 EUR per piece

product aerial
  price 10 EUR per piece

bundle inputs "Inputs"
  part keyboard 1
  part mouse    0 to 4 default 1

bundle desk "Desk"
  part case  one of family cases default small
  part cable 1 to 500 in steps of 0.5 default 2
  part cards any of card, aerial
  part radio up to 1 of card, aerial default none
  part inputs with 2 each
  attribute colour: one of black, white default black
  ask use "What for?" one of office, studio
  cards.card implies cards.aerial because "A card hears nothing by itself"
  forbid case is large when colour is white because "Large ones are black"
"""


@pytest.fixture(scope="module")
def desk() -> Configured:
    checked = check({"book.quo": BOOK.encode()})
    assert checked.book is not None, [d.message for d in checked.diagnostics]
    return configured(checked.book, "desk")


def things(made: Configured, *choices: str, by_defaults: bool = False) -> dict[str, float]:
    placed = place(made, choices, by_defaults)
    return {thing.path: thing.quantity / 1_000_000 for thing in placed.things}


WHOLE = ("case=large", "cable=120.5", "inputs.mouse=1", "colour=black")


def test_what_is_not_named_is_left_out(desk: Configured) -> None:
    assert things(desk, *WHOLE) == {
        "case.large": 1, "cable": 120.5, "inputs.keyboard": 2, "inputs.mouse": 2,
    }  # fmt: skip


def test_what_follows_is_there(desk: Configured) -> None:
    assert things(desk, *WHOLE, "cards=card")["cards.aerial"] == 1


def test_order_changes_nothing_and_all_is_said_again(desk: Configured) -> None:
    one, other = place(desk, WHOLE), place(desk, WHOLE[::-1])
    assert one == other
    assert place(desk, one.choices) == one


def test_defaults_go_as_far_as_the_choices_let_them(desk: Configured) -> None:
    assert things(desk, by_defaults=True) == {"case.small": 1, "cable": 2, "inputs.keyboard": 2, "inputs.mouse": 2}
    assert things(desk, "case=large", "inputs.mouse=none", by_defaults=True) == {
        "case.large": 1, "cable": 2, "inputs.keyboard": 2,
    }  # fmt: skip


def test_what_is_open_is_said(desk: Configured) -> None:
    with pytest.raises(Misplaced) as found:
        place(desk, ["case=large", "colour=black", "inputs.mouse=0"])
    assert (found.value.code, found.value.open) == ("INCOMPLETE_CONFIGURATION", ("cable",))


def test_what_cannot_be_has_the_choices_and_the_rule(desk: Configured) -> None:
    with pytest.raises(Misplaced) as found:
        place(desk, ["cable=3", "colour=white", "case=large"], by_defaults=True)
    assert found.value.code == "INVALID_CONFIGURATION"
    assert found.value.choices == ("case=large", "colour=white")
    assert [reason.because for reason in found.value.reasons if reason.is_rule] == ["Large ones are black"]
    with pytest.raises(Misplaced) as found:
        place(desk, ["cable=3", "cable=4"])
    assert found.value.choices == ("cable=3", "cable=4")


@pytest.mark.parametrize("choice", ["case=huge", "cable=0.75", "cable=501", "cabel=3", "colour=none", "colour", ""])
def test_what_is_no_option_is_said(desk: Configured, choice: str) -> None:
    with pytest.raises(Misplaced) as found:
        place(desk, [choice])
    assert (found.value.code, found.value.choices) == ("UNKNOWN_OPTION", (choice,))


@given(text=books(), data=st.data())
@SLOW
def test_a_configuration_that_holds_is_placed_as_it_is_and_no_other(text: str, data: st.DataObject) -> None:
    """Held against all configurations of the bundle, told one by one by what its rules mean."""
    book = book_of(text)
    made, meaning = configured(book, "main"), Meaning(book)
    facts = {fact.path: data.draw(st.sampled_from(FACTS[fact.path])) for fact in made.facts}
    so = {fact.path: fact.option(facts[fact.path]) for fact in made.facts}
    told = meaning.with_pieces("main", facts)
    known = {path: value for path, value in facts.items() if value is not None}
    chosen = [
        {option.name for option, has in zip(made.options, row.tolist(), strict=True) if has and not option.hidden}
        for row in rows(made, meaning, [state | so for state, _ in told])
    ]
    for names, (_, pieces) in list(zip(chosen, told, strict=True))[:: 1 + len(told) // 20]:
        placed = place(made, names, facts=known)
        assert set(placed.choices) == names
        assert sorted((one.path, one.product, one.quantity) for one in placed.things) == sorted(pieces)
    every = sorted({option.name for option in made.options if not option.hidden})
    for _ in range(10):
        some, by_defaults = data.draw(st.sets(st.sampled_from(every), max_size=4)), data.draw(st.booleans())
        if chosen and data.draw(st.booleans()):
            some = data.draw(st.sampled_from(chosen)) - data.draw(st.sets(st.sampled_from(every), max_size=9))
        with_them = [names for names in chosen if some <= names]
        found = placed_or_not(made, some, by_defaults, known)
        event(found.code if isinstance(found, Misplaced) else "placed")
        refused = isinstance(found, Misplaced) and found.code == "INVALID_CONFIGURATION"
        assert refused == (not with_them), text
        assert not refused or not any(set(found.choices) <= names for names in chosen), text
        if isinstance(found, Placed):
            mine = _without_none(found.choices)
            assert set(found.choices) in with_them, text
            assert by_defaults or not any(_without_none(names) < mine for names in with_them), text


def placed_or_not(
    made: Configured, choices: Iterable[str], by_defaults: bool, facts: Mapping[str, Value]
) -> Placed | Misplaced:
    try:
        return place(made, choices, by_defaults, facts)
    except Misplaced as error:
        return error


def _without_none(names: Iterable[str]) -> set[str]:
    """What is chosen, without the words that say that nothing is."""
    return {name for name in names if not name.endswith("=none")}
