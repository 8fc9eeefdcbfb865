"""Random sessions agree with a SAT solver click by click, and what is cheapest with CP-SAT: both are told the rules without us.

200 sessions a model by default, 10,000 in `make campaign`.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import settings
from ortools.sat.python import cp_model
from pysat.solvers import Solver

from engine.configure.bounds import bounds_of
from engine.configure.circuit import Circuit
from engine.configure.complete import cheapest
from engine.configure.domains import EXCLUDED, FORCED, POSSIBLE, domains, prices
from engine.configure.explain import conflict, rules_behind
from engine.configure.repair import repair, repairs, undone, weights_of
from engine.configure.solver import satisfy
from engine.configure.validate import columns_of, rows_of, validator
from tests.configuration.published import Published, clauses_of, compiled, priced

CLICKS, LOOKED_AT = 20, 5
"""Most clicks of a session, and options asked of the solver after each."""
SMALL = 5_000
"""A model of fewer features has sessions enough for the whole of it; larger ones a tenth as many."""


def sessions(published: Published, few: int) -> int:
    """How many sessions: as many more as the campaign tries more examples."""
    many = few if settings.default.max_examples <= 100 else 50 * few
    return many if len(published.names) < SMALL else max(1, many // 10)


@contextmanager
def told(published: Published) -> Iterator[Solver]:
    with Solver(name="glucose4", bootstrap_with=clauses_of(published.path)[1]) as solver:
        yield solver


def signed(literal: int) -> int:
    """A literal as the solver writes it."""
    return -(literal // 2 + 1) if literal % 2 else literal // 2 + 1


def can(solver: Solver, choices: list[int], *more: int) -> bool:
    return bool(solver.solve(assumptions=[signed(literal) for literal in (*choices, *more)]))


def clicks(circuit: Circuit, rng: random.Random) -> Iterator[list[int]]:
    """A session: the choices after each click, every one of them possible when it was made."""
    room, choices = circuit.workspace(), list[int]()
    for _ in range(rng.randint(1, CLICKS)):
        open_ = np.flatnonzero(domains(circuit, choices, room) == POSSIBLE)
        if not len(open_):
            return
        choices.append(2 * int(rng.choice(open_)) + (rng.random() < 0.3))
        yield choices


def blocked(circuit: Circuit, choices: list[int]) -> list[int]:
    """The literals that the choices, and not the model alone, exclude."""
    now, ever = domains(circuit, choices).copy(), domains(circuit, ())
    return [2 * int(i) for i in np.flatnonzero((now == EXCLUDED) & (ever == POSSIBLE))] + [
        2 * int(i) + 1 for i in np.flatnonzero((now == FORCED) & (ever == POSSIBLE))
    ]


@pytest.mark.timeout(0)
def test_domains_are_those_of_a_sat_solver(published: Published) -> None:
    circuit, rng = compiled(published.path), random.Random(1)
    room = circuit.workspace()
    with told(published) as solver:
        for _ in range(sessions(published, 200)):
            for choices in clicks(circuit, rng):
                states = domains(circuit, rng.sample(choices, len(choices)), room)
                for option in rng.sample(range(len(states)), LOOKED_AT):
                    yes, no = can(solver, choices, 2 * option), can(solver, choices, 2 * option + 1)
                    assert states[option] == (POSSIBLE if yes and no else FORCED if yes else EXCLUDED)


@pytest.mark.timeout(0)
def test_conflicts_are_minimal_and_repairs_repair(published: Published) -> None:
    circuit, rng = compiled(published.path), random.Random(2)
    with told(published) as solver:
        for _ in range(sessions(published, 40)):
            choices = [*clicks(circuit, rng)][-1]
            weights = weights_of(choices)
            least = repairs(circuit, weights).undone.copy()
            refused = blocked(circuit, choices)
            for literal in rng.sample(refused, min(3, len(refused))):
                found = conflict(circuit, choices, literal)
                assert found and set(found) <= set(choices) and not can(solver, [*found], literal)
                assert all(can(solver, [c for c in found if c != out], literal) for out in found)
                taken_back = repair(circuit, weights, literal)
                assert taken_back is not None
                assert can(solver, [c for c in choices if c not in taken_back], literal)
                assert undone(int(least[literal]), weights) == len(taken_back) <= len(found) * len(choices)
                assert not can(solver, choices, literal) and set(found) & set(taken_back)


@pytest.mark.timeout(0)
def test_rules_behind_are_minimal(published: Published) -> None:
    circuit, rng = compiled(published.path), random.Random(3)
    model = circuit.model
    bounds = bounds_of(model)
    for _ in range(sessions(published, 3)):
        choices = [*clicks(circuit, rng)][-1]
        for literal in blocked(circuit, choices)[:2]:
            found = conflict(circuit, choices, literal)
            assert found
            rules = rules_behind(model, (*found, literal), bounds)
            assert rules is not None
            for without in (None, *rules):
                some = [n for n, rule in enumerate(bounds.rules.tolist()) if rule in rules and rule != without]
                assert (satisfy(bounds.only(some), (*found, literal)).chosen is None) == (without is None)


@pytest.mark.timeout(0)
def test_what_is_cheapest_is_so_to_cp_sat(published: Published) -> None:
    circuit, rng = compiled(published.path), random.Random(4)
    costs = priced(published)
    for _ in range(sessions(published, 8)):
        choices = [*clicks(circuit, rng)][-1]
        found = cheapest(circuit, choices, costs)
        assert found.total == _least_of_cp_sat(published, choices)
        open_ = np.flatnonzero(domains(circuit, choices) == POSSIBLE)
        if len(open_):
            literal = 2 * int(rng.choice(open_)) + rng.randrange(2)
            with_it = int(prices(circuit, choices, costs).with_literal[literal])
            assert with_it == _least_of_cp_sat(published, [*choices, literal])


def _least_of_cp_sat(published: Published, choices: list[int]) -> int:
    variables, clauses = clauses_of(published.path)
    model = cp_model.CpModel()
    is_true = [model.new_bool_var("") for _ in range(variables)]
    for clause in [*clauses, *([signed(literal)] for literal in choices)]:
        model.add_bool_or([is_true[one - 1] if one > 0 else ~is_true[-one - 1] for one in clause])
    model.minimize(sum(cost * one for cost, one in zip(published.costs, is_true, strict=False)))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    assert solver.solve(model) == cp_model.OPTIMAL
    return round(solver.objective_value)


@pytest.mark.timeout(0)
def test_columns_are_checked_as_a_sat_solver_checks_them(published: Published) -> None:
    circuit, rng = compiled(published.path), random.Random(5)
    rows = []
    for _ in range(sessions(published, 20)):
        for choices in clicks(circuit, rng):
            row = satisfy(bounds_of(circuit.model), choices).chosen
            assert row is not None
            if rng.random() < 0.5:
                row[rng.randrange(len(row))] ^= True
            rows.append(row)
    check = validator(circuit.model)
    good = rows_of(check.valid(columns_of(np.array(rows))), len(rows))
    with told(published) as solver:
        for row, said in zip(rows, good, strict=True):
            assert can(solver, [2 * i + (not yes) for i, yes in enumerate(row)]) == said == (not check.broken(row))
    assert 0 < good.sum() < len(rows)
