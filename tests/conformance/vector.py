"""A conformance vector: a kind, what goes in, under which policy, and what must come out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import yaml

MODES = {"half_up": "half up", "half_even": "half even", "up": "up", "down": "down"}
"""Rounding of a vector as a book says it; half up is away from zero in both."""


@dataclass(frozen=True)
class Vector:
    """One vector. Figures are kept as they are written; `dp` decimals of every result, None for exact ones."""

    id: str
    kind: str
    input: Mapping[str, Any]
    policy: Mapping[str, Any]
    expected: Mapping[str, Any]
    dp: int | None

    @property
    def mode(self) -> str:
        """The rounding mode, as a book says it."""
        return MODES[self.policy.get("rounding", "half_up")]

    @property
    def step(self) -> str:
        """What results are rounded to, as a book says it: 0.01 at two decimals."""
        return str(Decimal(1).scaleb(-(6 if self.dp is None else self.dp)))

    @property
    def remainder(self) -> str:
        """Who gets what a split leaves over, as a book says it."""
        named: str = self.policy.get("remainder", "largest")
        return {"largest": "largest fraction"}.get(named, named)


def read(file: Path) -> list[Vector]:
    """The vectors of a file."""
    found = yaml.safe_load(file.read_text(encoding="utf-8"))["vectors"]
    return [
        Vector(
            v["id"], v["kind"], v["input"], v.get("policy") or {}, v["expected"],
            None if v.get("dp", 2) == "exact" else int(v.get("dp", 2)),
        )
        for v in found
    ]  # fmt: skip


def same(got: Any, want: Any) -> bool:
    """Whether a result is what is expected: figures as numbers, lists whole and in order, maps by the names expected."""
    if isinstance(want, Mapping):
        return isinstance(got, Mapping) and all(name in got and same(got[name], want[name]) for name in want)
    if isinstance(want, list):
        return isinstance(got, list) and len(got) == len(want) and all(map(same, got, want))
    if isinstance(want, bool) or want is None:
        return got is want
    try:
        return (
            got is not None and not isinstance(got, bool | list | Mapping) and Fraction(str(got)) == Fraction(str(want))
        )
    except ValueError:
        return bool(got == want)
