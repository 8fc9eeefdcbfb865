"""A published model with what is expected of it, and the same rules as plain clauses, made without the engine."""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import combinations
from pathlib import Path
from typing import Any

from engine.configure import tree
from engine.configure.circuit import Circuit, Costs, prices_of
from engine.configure.compile import compile_model
from engine.configure.model import Model


@dataclass(frozen=True)
class Published:
    """A file of a model."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.name.split(".")[0]

    @cached_property
    def document(self) -> dict[str, Any]:
        data = self.path.read_bytes()
        found: dict[str, Any] = json.loads(gzip.decompress(data) if self.path.suffix == ".gz" else data)
        return found

    @property
    def expected(self) -> dict[str, Any]:
        found: dict[str, Any] = self.document["expected"]
        return found

    @property
    def names(self) -> list[str]:
        return [feature["name"] for feature in self.document["features"]]

    @cached_property
    def costs(self) -> list[int]:
        """As the file's `cost_rule` says."""
        return [int(hashlib.sha256(name.encode()).hexdigest(), 16) % 1000 for name in self.names]


@cache
def compiled(path: Path) -> Circuit:
    """The circuit of a model, made once a process."""
    return compile_model(model_of(path))


@cache
def model_of(path: Path) -> Model:
    return tree.read(Published(path).document)


def priced(published: Published) -> Costs:
    return prices_of(compiled(published.path), published.costs)


def read_folder(folder: Path) -> list[Published]:
    """Every model of a folder."""
    files = (
        sorted(path for path in folder.iterdir() if path.name.endswith((".json", ".json.gz")))
        if folder.is_dir()
        else []
    )
    if not files:
        raise FileNotFoundError(f"--models {folder}: no .json or .json.gz file of a feature model is there")
    return [Published(path) for path in files]


@cache
def clauses_of(path: Path) -> tuple[int, list[list[int]]]:
    """(variables, clauses): feature i is variable i + 1, and each operator of a constraint has a variable of its own after them."""
    document = Published(path).document
    number = {feature["name"]: at + 1 for at, feature in enumerate(document["features"])}
    children: dict[str, list[Any]] = {}
    clauses: list[list[int]] = []
    for feature in document["features"]:
        if feature["parent"] is None:
            clauses.append([number[feature["name"]]])
        else:
            children.setdefault(feature["parent"], []).append(feature)
            clauses.append([-number[feature["name"]], number[feature["parent"]]])
    kinds = {feature["name"]: feature["group"] for feature in document["features"]}
    for parent, members in children.items():
        inside = [number[member["name"]] for member in members]
        if kinds[parent] == "and":
            clauses += [[-number[parent], number[m["name"]]] for m in members if m["mandatory"]]
        else:
            clauses.append([-number[parent], *inside])
        if kinds[parent] == "alt":
            clauses += [[-a, -b] for a, b in combinations(inside, 2)]
    top = len(number)
    for constraint in document["constraints"]:
        top, said = _define(constraint, number, top, clauses)
        clauses.append([said])
    return top, clauses


def _define(formula: Any, number: dict[str, int], top: int, clauses: list[list[int]]) -> tuple[int, int]:
    """Clauses by which a variable says whether a formula holds; (the last variable there is, that variable)."""
    if isinstance(formula, str):
        return top, number[formula]
    op, parts = formula[0], []
    for part in formula[1:]:
        top, said = _define(part, number, top, clauses)
        parts.append(said)
    if op == "not":
        return top, -parts[0]
    top += 1
    if op == "iff":
        a, b = parts
        clauses += [[-top, -a, b], [-top, a, -b], [top, a, b], [top, -a, -b]]
        return top, top
    if op == "imp":
        op, parts = "or", [-parts[0], parts[1]]
    sign = 1 if op == "or" else -1
    clauses.append([-sign * top, *(sign * part for part in parts)])
    clauses += [[sign * top, -sign * part] for part in parts]
    return top, top
