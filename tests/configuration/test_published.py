"""What is published of a model comes out: core and dead features, the count, and every probe's forced features and least cost."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from engine.configure.complete import cheapest
from engine.configure.domains import EXCLUDED, FORCED, domains, prices
from engine.configure.validate import columns_of, validator
from engine.kernels import circuit_layout as at
from tests.configuration.published import Published, compiled, priced


@pytest.mark.timeout(600)
def test_core_and_dead_features(published: Published) -> None:
    circuit, expected = compiled(published.path), published.expected
    states = domains(circuit, ())
    names = np.array(circuit.model.options)
    assert len(names) == expected["features"]
    assert sorted(names[states == FORCED]) == sorted(expected["core_names"])
    assert sorted(names[states == EXCLUDED]) == sorted(expected["dead_names"])
    assert (len(expected["core_names"]), len(expected["dead_names"])) == (expected["core"], expected["dead"])


@pytest.mark.timeout(600)
def test_the_count_of_configurations(published: Published) -> None:
    assert str(compiled(published.path).count) == published.expected["configurations"]


@pytest.mark.timeout(600)
def test_every_probe(published: Published) -> None:
    circuit, costs, check = compiled(published.path), priced(published), validator(compiled(published.path).model)
    names = circuit.model.options
    assert published.expected["probes"]
    for probe in published.expected["probes"]:
        choices = [circuit.model.literal(name) for name in probe["selected"]]
        choices += [circuit.model.literal(name, False) for name in probe["deselected"]]
        states = domains(circuit, choices)
        forced = [f"+{names[i]}" for i in np.flatnonzero(states == FORCED)]
        excluded = [f"-{names[i]}" for i in np.flatnonzero(states == EXCLUDED)]
        assert (len(forced), len(excluded)) == (probe["forced_selected"], probe["forced_deselected"])
        signed = "\n".join(sorted(forced + excluded)).encode()
        assert hashlib.sha256(signed).hexdigest() == probe["sha256_of_sorted_signed_names"]
        found = cheapest(circuit, choices, costs)
        assert found.total == probe["min_cost"] == prices(circuit, choices, costs).least
        assert sum(np.array(published.costs)[found.chosen]) == found.total
        assert check.valid(columns_of(found.chosen[None, :]))[0] & np.uint64(1)
        assert not check.broken(found.chosen)


@pytest.mark.timeout(600)
def test_circuits_say_every_variable_once(published: Published) -> None:
    """Parts of an edge share no variable, and the edges of a node speak of the same ones: so sums, minima and products are right."""
    arena = compiled(published.path).arena.tolist()

    def part(starts: int, items: int, edge: int) -> list[int]:
        begin, end = arena[arena[starts] + edge], arena[arena[starts] + edge + 1]
        return arena[arena[items] + begin : arena[items] + end]

    spoken: list[int] = []
    for node in range(arena[at.H_NODES]):
        of_edges = set()
        for edge in range(arena[arena[at.H_NODE] + node], arena[arena[at.H_NODE] + node + 1]):
            parts = [1 << (literal // 2) for literal in part(at.H_LITERAL, at.H_LITERALS, edge)]
            parts += [1 << variable for variable in part(at.H_FREE, at.H_FREES, edge)]
            parts += [spoken[child] for child in part(at.H_CHILD, at.H_CHILDREN, edge)]
            whole = 0
            for one in parts:
                assert not whole & one
                whole |= one
            of_edges.add(whole)
        assert len(of_edges) == 1
        spoken += of_edges
    assert spoken[-1] == (1 << arena[at.H_VARIABLES]) - 1
