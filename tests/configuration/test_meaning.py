"""Every answer about a small model is what trying all its combinations says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, event, given
from hypothesis import strategies as st

from engine.configure import circuit as circuits
from engine.configure.bounds import bounds_of
from engine.configure.circuit import Circuit, costs_of
from engine.configure.compile import Impossible, Limits, TooHard, compile_model
from engine.configure.complete import alternatives, cheapest, in_turn
from engine.configure.domains import EXCLUDED, FORCED, NO_PRICE, POSSIBLE, domains, prices
from engine.configure.explain import Contradiction, conflict, rules_behind
from engine.configure.model import Model
from engine.configure.repair import KEEP_NEWEST, KEEP_OLDEST, repair, repairs, undone, weights_of
from engine.configure.screen import on_screen, screen
from engine.configure.solver import satisfy
from engine.configure.sums import cheapest_within, limited, narrowed
from engine.configure.validate import columns_of, rows_of, validator
from tests.configuration.brute import OPTIONS, Chosen, configurations, keeps, literals, models

choices = st.lists(literals(), max_size=5, unique_by=lambda literal: literal // 2)
costs = st.lists(st.integers(-50, 50), min_size=2 * OPTIONS, max_size=2 * OPTIONS)


def states(found: list[Chosen]) -> list[int]:
    """What is left of each option, of configurations of which there is one at least."""
    ways = [{chosen[option] for chosen in found} for option in range(OPTIONS)]
    return [POSSIBLE if len(way) == 2 else FORCED if True in way else EXCLUDED for way in ways]


def cost(chosen: Chosen, by_literal: list[int]) -> int:
    return sum(by_literal[2 * option + (not yes)] for option, yes in enumerate(chosen))


def circuit_of(model: Model) -> Circuit:
    """The circuit; a model that has no configuration is another test's."""
    found = configurations(model)
    if not found:
        with pytest.raises(Impossible):
            compile_model(model)
        rules = rules_behind(model)
        assert rules is not None
        for without in rules:
            some = [rule for number, rule in enumerate(model.rules) if number in rules and number != without]
            assert configurations(Model(model.name, model.options, tuple(some)))
        assert not configurations(Model(model.name, model.options, tuple(model.rules[n] for n in rules)))
    assume(bool(found))
    return compile_model(model)


@given(models(), choices)
def test_domains_counts_and_conflicts(model: Model, chosen: list[int]) -> None:
    circuit = circuit_of(model)
    assert circuit.exact_sums
    found = configurations(model, tuple(chosen))
    assert circuit.count == len(configurations(model))
    assert circuits.count(circuit, chosen) == len(found)
    if found:
        assert domains(circuit, chosen).tolist() == states(found)
        assert on_screen(screen(model), chosen, range(OPTIONS)).states.tolist() == states(found)
        assert conflict(circuit, chosen) is None
        for literal in range(2 * OPTIONS):
            blamed = conflict(circuit, chosen, literal)
            assert (blamed is None) == bool(configurations(model, (*chosen, literal)))
            if blamed is not None:
                assert not configurations(model, (*blamed, literal))
                for out in blamed:
                    assert configurations(model, (*(c for c in blamed if c != out), literal))
    else:
        event("contradictory choices")
        for ask in (lambda: domains(circuit, chosen), lambda: on_screen(screen(model), chosen, [0])):
            with pytest.raises(Contradiction) as refused:
                ask()
            blamed = refused.value.choices
            assert blamed and set(blamed) <= set(chosen) and not configurations(model, blamed)
            assert all(configurations(model, tuple(c for c in blamed if c != out)) for out in blamed)


@given(models(), choices, costs)
def test_prices_and_completions(model: Model, chosen: list[int], by_literal: list[int]) -> None:
    circuit = circuit_of(model)
    found = configurations(model, tuple(chosen))
    assume(bool(found))
    ready = costs_of(circuit, by_literal)
    with_literal = prices(circuit, chosen, ready).with_literal.tolist()
    for literal in range(2 * OPTIONS):
        of = [cost(one, by_literal) for one in found if one[literal // 2] != bool(literal % 2)]
        assert with_literal[literal] == min(of, default=NO_PRICE)
    in_order = sorted(cost(one, by_literal) for one in found)
    got = alternatives(circuit, chosen, ready, 7)
    assert [one.total for one in got] == in_order[:7]
    assert len({one.chosen.tobytes() for one in got}) == len(got)
    for one in got:
        assert tuple(one.chosen.tolist()) in found and cost(tuple(one.chosen.tolist()), by_literal) == one.total
    assert cheapest(circuit, reversed(chosen), ready).chosen.tolist() == got[0].chosen.tolist()


@given(models(), choices, costs, costs)
def test_one_cost_after_another(model: Model, chosen: list[int], first: list[int], then: list[int]) -> None:
    circuit = circuit_of(model)
    found = configurations(model, tuple(chosen))
    assume(bool(found))
    both = in_turn(circuit, chosen, np.array(first), np.array(then))
    got = tuple(cheapest(circuit, chosen, both).chosen.tolist())
    assert (cost(got, first), cost(got, then)) == min((cost(one, first), cost(one, then)) for one in found)


@given(models(), choices, literals(), st.sampled_from([KEEP_NEWEST, KEEP_OLDEST]))
def test_repairs_undo_the_fewest(model: Model, chosen: list[int], literal: int, keep: str) -> None:
    circuit = circuit_of(model)
    weights = weights_of(chosen, keep)
    least = repairs(circuit, weights).undone.tolist()
    found = configurations(model, (literal,))
    got = repair(circuit, weights, literal)
    if not found:
        assert got is None and least[literal] == NO_PRICE
        return

    def lost(one: Chosen) -> int:
        return sum(weight for choice, weight in weights.items() if one[choice // 2] == bool(choice % 2))

    assert got is not None
    assert sum(weights[choice] for choice in got) == least[literal] == min(map(lost, found))
    assert undone(least[literal], weights) == len(got)
    kept = [choice for choice in chosen if choice not in got]
    assert configurations(model, (*kept, literal))
    fewest = min(sum(one[c // 2] == bool(c % 2) for c in chosen) for one in found)
    assert len(got) == fewest


@given(models(), choices, costs)
def test_sums_that_are_not_in_the_circuit(model: Model, chosen: list[int], by_literal: list[int]) -> None:
    plain = Model(model.name, model.options, tuple(r for r in model.rules if not hasattr(r, "terms")))
    assume(bool(configurations(plain)))
    circuit = compile_model(plain)
    sums = limited(Circuit(model, circuit.arena, exact_sums=False))
    found = configurations(model, tuple(chosen))
    assume(bool(configurations(plain, tuple(chosen))))
    if not found:
        event("sums leave nothing")
        with pytest.raises(Contradiction):
            narrowed(sums, chosen)
        with pytest.raises(Contradiction):
            cheapest_within(sums, chosen, costs_of(circuit, by_literal))
        return
    answer = narrowed(sums, chosen)
    assert answer.states.tolist() == states(found) and not answer.unproven.any()
    best, proven = cheapest_within(sums, chosen, costs_of(circuit, by_literal))
    assert proven and best.total == min(cost(one, by_literal) for one in found)
    assert tuple(best.chosen.tolist()) in found


@given(models(), st.integers(0, 2**32))
def test_columns_and_rows_are_checked(model: Model, seed: int) -> None:
    rows = np.random.default_rng(seed).random((130, OPTIONS)) < 0.5
    kept = [all(keeps(rule, tuple(row.tolist())) for rule in model.rules) for row in rows]
    check = validator(model)
    assert rows_of(check.valid(columns_of(rows)), len(rows)).tolist() == kept
    for row in rows[:20]:
        broken = [number for number, rule in enumerate(model.rules) if not keeps(rule, tuple(row.tolist()))]
        assert list(check.broken(row)) == broken


@given(models(), choices)
def test_the_solver_finds_what_there_is(model: Model, chosen: list[int]) -> None:
    found = satisfy(bounds_of(model), chosen)
    all_ = configurations(model, tuple(chosen))
    assert (found.chosen is None) == (not all_)
    if found.chosen is not None:
        assert tuple(found.chosen.tolist()) in all_
    else:
        some = tuple(model.rules[number] for number in found.rules)
        assert not configurations(Model(model.name, model.options, some), tuple(chosen))


@given(models())
def test_a_compile_ends_within_its_limits(model: Model) -> None:
    try:
        circuit = compile_model(model, Limits(steps=60, room=1 << 10))
    except TooHard:
        event("too hard")
    except Impossible:
        assert not configurations(model)
    else:
        if circuit.exact_sums:
            assert circuit.count == len(configurations(model))
