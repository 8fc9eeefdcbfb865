"""Configuring published feature models at the speed of a click: each answer over random sessions, and beside general solvers.

python -m benchmarks.engine_configure DIR     the same figures of any folder of such models, on the screen
"""

from __future__ import annotations

import gc
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.figures import Figure, nanoseconds
from benchmarks.peers.configuring import Sat, least_cost
from engine.configure.circuit import Circuit, prices_of
from engine.configure.compile import compile_model
from engine.configure.complete import cheapest
from engine.configure.domains import EXCLUDED, FORCED, POSSIBLE, domains, prices
from engine.configure.explain import conflict
from engine.configure.repair import repairs, weights_of
from engine.configure.validate import validator
from tests.configuration.published import Published, clauses_of, model_of, read_folder

MODELS = Path(__file__).parent.parent / "tests" / "configuration" / "models"
SESSIONS, CLICKS, COMPARED, COMPILES = 100, 20, 12, 5
CONFIGURATIONS = 1 << 16
GOALS = {
    400: {"domains_us": 20, "prices_us": 60, "conflict_us": 200, "repairs_us": 100, "cheapest_us": 100, "check_ns": 25, "compile_s": 1},
    800: {"domains_us": 100, "prices_us": 250, "conflict_us": 300, "repairs_us": 600, "cheapest_us": 300, "check_ns": 150, "compile_s": 2},
    2_600: {"domains_us": 250, "prices_us": 600, "conflict_us": 1_000, "repairs_us": 800, "cheapest_us": 600, "check_ns": 200, "compile_s": 5},
    14_100: {
        "domains_us": 1_500, "prices_us": 3_000, "conflict_us": 3_000, "repairs_us": 3_000, "cheapest_us": 3_000, "check_ns": 700, "compile_s": 30,
    },
}  # fmt: skip
"""By features at most: microseconds (median), nanoseconds a configuration, seconds."""


def measure(command: str) -> list[Figure]:
    """The figures of the models in the checkout."""
    return [figure for published in read_folder(MODELS) for figure in figures_of(published, command)]


def figures_of(published: Published, command: str) -> list[Figure]:
    """Medians of one model, and how many times as fast as the solvers.

    Raises:
        AssertionError: a solver answers otherwise.
    """
    model = model_of(published.path)
    compile_model(model)  # which loads the kernels
    took = [nanoseconds(lambda: compile_model(model)) for _ in range(COMPILES)]
    circuit = compile_model(model)
    goals = next((goals for most, goals in GOALS.items() if len(model.options) <= most), {})
    figures = [("compile_s", statistics.median(took) / 1e9, f"{circuit.nodes:,} nodes, {circuit.edges:,} edges")]
    times = _clicks(circuit, published)
    for name, values in times.items():
        note = f"{len(values):,} clicks, p99 {np.percentile(values, 99) / 1e3:.0f}"
        figures.append((f"{name}_us", statistics.median(values) / 1e3, note))
    figures.append(("check_ns", _checked(circuit), f"a configuration, {CONFIGURATIONS:,} at once in columns"))
    found = [
        Figure(f"configure_{published.name}_{name}", value, goals.get(name), "lower", command, note)
        for name, value, note in figures
    ]
    return [*found, *_compared(circuit, published, command)]


def _sessions(circuit: Circuit, seed: int, many: int) -> list[list[list[int]]]:
    """Random sessions: of each the choices after every click."""
    rng, room, found = random.Random(seed), circuit.workspace(), []
    for _ in range(many):
        choices: list[list[int]] = [[]]
        for _ in range(rng.randint(1, CLICKS)):
            open_ = np.flatnonzero(domains(circuit, choices[-1], room) == POSSIBLE)
            if not len(open_):
                break
            choices.append([*choices[-1], 2 * int(rng.choice(open_)) + (rng.random() < 0.3)])
        found.append(choices[1:])
    return [session for session in found if session]


def _clicks(circuit: Circuit, published: Published) -> dict[str, list[int]]:
    """Nanoseconds of each answer: after every click, and of a blocked option at the end of a session."""
    room, costs = circuit.workspace(), prices_of(circuit, published.costs)
    ever = domains(circuit, ()).copy()
    times: dict[str, list[int]] = {name: [] for name in ("domains", "prices", "cheapest", "repairs", "conflict")}
    rng = random.Random(3)
    gc.collect()
    gc.disable()
    for session in _sessions(circuit, 2, SESSIONS):
        for choices in session:
            times["domains"].append(nanoseconds(lambda c=choices: domains(circuit, c, room)))
            times["prices"].append(nanoseconds(lambda c=choices: _both(circuit, c, costs, room)))
            times["cheapest"].append(nanoseconds(lambda c=choices: cheapest(circuit, c, costs, room)))
        last = session[-1]
        times["repairs"].append(nanoseconds(lambda c=last: repairs(circuit, weights_of(c), room)))
        blocked = np.flatnonzero((domains(circuit, last, room) == EXCLUDED) & (ever == POSSIBLE))
        if len(blocked):
            literal = 2 * int(rng.choice(blocked))
            times["conflict"].append(nanoseconds(lambda c=last, x=literal: conflict(circuit, c, x, room=room)))
    gc.enable()
    return times


def _both(circuit: Circuit, choices: list[int], costs: object, room: object) -> None:
    domains(circuit, choices, room)  # type: ignore[arg-type]
    prices(circuit, choices, costs, room)  # type: ignore[arg-type]


def _checked(circuit: Circuit) -> float:
    """Nanoseconds a configuration."""
    check = validator(circuit.model)
    shape = (len(circuit.model.options), CONFIGURATIONS // 64)
    columns = np.random.default_rng(1).integers(0, 2**64, shape, np.uint64)
    check.valid(columns)
    return statistics.median(nanoseconds(lambda: check.valid(columns)) for _ in range(9)) / CONFIGURATIONS


def _compared(circuit: Circuit, published: Published, command: str) -> list[Figure]:
    """Medians over the same queries, asked in turn."""
    variables, clauses = clauses_of(published.path)
    sat, room, costs = (
        Sat(clauses, len(circuit.model.options)),
        circuit.workspace(),
        prices_of(circuit, published.costs),
    )
    times: dict[str, list[float]] = {name: [] for name in ("domains", "sat", "cheapest", "cp_sat")}
    for session in _sessions(circuit, 4, COMPARED):
        choices = session[-1]
        said = [-(one // 2 + 1) if one % 2 else one // 2 + 1 for one in choices]
        start = time.perf_counter()
        forced = sat.forced(said)
        times["sat"].append(time.perf_counter() - start)
        times["domains"].append(_best(lambda c=choices: domains(circuit, c, room)))
        states = domains(circuit, choices, room)
        assert forced == {int(i) + 1 for i in np.flatnonzero(states == FORCED)} | {
            -int(i) - 1 for i in np.flatnonzero(states == EXCLUDED)
        }
        least, took = least_cost(variables, clauses, published.costs, said)
        times["cp_sat"].append(took)
        times["cheapest"].append(_best(lambda c=choices: cheapest(circuit, c, costs, room)))
        assert cheapest(circuit, choices, costs, room).total == least
    medians = {name: statistics.median(values) for name, values in times.items()}
    pairs = (("domains", "sat", "python_sat"), ("cheapest", "cp_sat", "cp_sat"))
    return [
        Figure(
            f"configure_{published.name}_{ours}_times_as_fast_as_{name}", medians[theirs] / medians[ours], 10, "higher", command,
            f"{COMPARED} sessions; {medians[ours] * 1e6:.0f} us, theirs {medians[theirs] * 1e3:.1f} ms",
        )
        for ours, theirs, name in pairs
    ]  # fmt: skip


def _best(call: Callable[[], object]) -> float:
    """Seconds of one call, of three."""
    return sorted(nanoseconds(call) for _ in range(3))[1] / 1e9


if __name__ == "__main__":
    for each in read_folder(Path(sys.argv[1])):
        for figure in figures_of(each, ""):
            print(
                "   " if figure.goal is None else "ok " if figure.met else "NOT",
                figure.name,
                f"{figure.figure:.3g}",
                figure.note,
            )
