"""Every vector comes out as published. A vector that cannot be run fails: none is skipped."""

from __future__ import annotations

from tests.conformance.kinds import KINDS
from tests.conformance.vector import Vector, same


def test_vector(vector: Vector) -> None:
    assert vector.kind in KINDS, f"{vector.id}: there is no way to run a vector of kind {vector.kind}"
    got = KINDS[vector.kind](vector)
    wrong = {name: (got.get(name), want) for name, want in vector.expected.items() if not same(got.get(name), want)}
    assert not wrong, f"{vector.id} ({vector.kind}): {', '.join(f'{n}: {g}, not {w}' for n, (g, w) in wrong.items())}"
