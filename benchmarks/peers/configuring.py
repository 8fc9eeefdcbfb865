"""What python-sat and CP-SAT are asked, for comparison: valid domains under choices, and the cheapest completion."""

from __future__ import annotations

from ortools.sat.python import cp_model
from pysat.solvers import Solver


class Sat:
    """Valid domains by glucose4: every model found takes out of question all that it shows; the phases lean away from it."""

    def __init__(self, clauses: list[list[int]], features: int) -> None:
        self.features = features
        self.solver = Solver(name="glucose4", bootstrap_with=clauses)

    def forced(self, choices: list[int]) -> set[int]:
        """The literals, as the solver writes them, that every configuration with the choices has."""
        assert self.solver.solve(assumptions=choices)
        left = set(self.solver.get_model()[: self.features])
        found: set[int] = set()
        while left:
            literal = left.pop()
            self.solver.set_phases([-one for one in left])
            if self.solver.solve(assumptions=[*choices, -literal]):
                left &= set(self.solver.get_model()[: self.features])
            else:
                found.add(literal)
        return found


def least_cost(variables: int, clauses: list[list[int]], costs: list[int], choices: list[int]) -> tuple[int, float]:
    """The least total under the choices by CP-SAT on one core, and the seconds its solve took, without building the model."""
    model = cp_model.CpModel()
    is_true = [model.new_bool_var("") for _ in range(variables)]
    for clause in [*clauses, *([choice] for choice in choices)]:
        model.add_bool_or([is_true[one - 1] if one > 0 else ~is_true[-one - 1] for one in clause])
    model.minimize(sum(cost * one for cost, one in zip(costs, is_true, strict=False)))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    assert solver.solve(model) == cp_model.OPTIMAL
    return round(solver.objective_value), solver.wall_time
