"""Feature models: a tree of features with constraints in prefix form, as public benchmarks have them, read into a `Model`.

A document has `features`, in preorder: {name, parent, group: and | or | alt | null (of its children), mandatory (of a child of an
`and`)}, and `constraints`: [op, ...] with op in not, and, or, imp, iff, and a feature's name as leaf. The root is always chosen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.configure.model import Clause, Group, Model, ModelError, Rule

MOST_CLAUSES = 20_000
"""What one constraint may become."""
_ARITY = {"not": (1, 1), "and": (1, None), "or": (1, None), "imp": (2, 2), "iff": (2, 2)}


def read(document: Mapping[str, Any]) -> Model:
    """The model of a feature tree."""
    name = str(document.get("name", "model"))
    try:
        features = [(f["name"], f["parent"], f["group"], bool(f["mandatory"])) for f in document["features"]]
        constraints = list(document["constraints"])
    except (KeyError, TypeError) as wrong:
        raise ModelError(
            f"{name}: `features` need name, parent, group and mandatory, and `constraints` a list; missing or wrong: {wrong}"
        ) from wrong
    numbers = {feature: number for number, (feature, *_) in enumerate(features)}
    rules = [*_tree(name, features, numbers)]
    for at, constraint in enumerate(constraints):
        rules += _constraint(f"{name}, constraint {at}", constraint, numbers)
    return Model(name, tuple(feature for feature, *_ in features), tuple(rules))


def _tree(
    name: str, features: list[tuple[str, str | None, str | None, bool]], numbers: Mapping[str, int]
) -> Iterator[Rule]:
    """The rules that the tree itself says."""
    children: dict[int, list[int]] = {}
    for feature, parent, _, _ in features:
        if parent is None:
            yield Clause((2 * numbers[feature],), f"{feature} is always chosen")
        elif parent not in numbers:
            raise ModelError(f"{name}: feature {feature!r} has the parent {parent!r}, which is no feature")
        else:
            children.setdefault(numbers[parent], []).append(numbers[feature])
    for parent_number, members in children.items():
        parent, _, group, _ = features[parent_number]
        if group == "alt":
            yield Group(tuple(members), 1, 1, parent_number, f"{parent}: exactly one")
        elif group == "or":
            yield Group(tuple(members), 1, len(members), parent_number, f"{parent}: at least one")
        elif group == "and":
            for member in members:
                said = "always has" if features[member][3] else "may have"
                yield Group(
                    (member,), int(features[member][3]), 1, parent_number, f"{parent} {said} {features[member][0]}"
                )
        else:
            raise ModelError(f"{name}: {parent!r} has children and the group {group!r}; allowed are and, or, alt")


def _constraint(where: str, tree: Any, numbers: Mapping[str, int]) -> Iterator[Clause]:
    """The clauses of one constraint, without options of our own: counts and answers stay those of the model."""
    clauses = _clauses(where, tree, True, numbers)
    because = _said(tree)
    for clause in clauses:
        if not any(literal ^ 1 in clause for literal in clause):
            yield Clause(tuple(sorted(clause)), because)


def _clauses(where: str, tree: Any, holds: bool, numbers: Mapping[str, int]) -> list[frozenset[int]]:
    """Clauses that together say that a formula holds, or that it does not."""
    if isinstance(tree, str):
        if tree not in numbers:
            raise ModelError(f"{where}: {tree!r} is no feature")
        return [frozenset({2 * numbers[tree] + (not holds)})]
    if not isinstance(tree, list) or not tree or tree[0] not in _ARITY:
        raise ModelError(f"{where}: {tree!r} is no formula; write a name, or [op, ...] with op in {', '.join(_ARITY)}")
    op, parts = tree[0], tree[1:]
    least, most = _ARITY[op]
    if len(parts) < least or (most is not None and len(parts) > most):
        raise ModelError(f"{where}: {op} takes {least}{' or more' if most is None else ''} formulas, not {len(parts)}")
    if op == "not":
        return _clauses(where, parts[0], not holds, numbers)
    if op == "iff":
        a, b = parts
        return _clauses(where, ["and", ["or", ["not", a], b], ["or", a, ["not", b]]], holds, numbers)
    if op == "imp":
        return _clauses(where, ["or", ["not", parts[0]], parts[1]], holds, numbers)
    each = [_clauses(where, part, holds, numbers) for part in parts]
    if (op == "and") == holds:
        return [clause for clauses in each for clause in clauses]
    product: set[frozenset[int]] = {frozenset()}
    for clauses in each:
        if len(product) * len(clauses) > MOST_CLAUSES:
            raise ModelError(
                f"{where}: it comes to more than {MOST_CLAUSES:,} clauses; write it as several constraints"
            )
        product = {one | other for one in product for other in clauses}
    return sorted(product, key=sorted)


def _said(tree: Any) -> str:
    """A formula as one reads it."""
    if isinstance(tree, str):
        return tree
    op, *parts = tree
    if op == "not":
        return f"not ({_said(parts[0])})" if isinstance(parts[0], list) else f"not {_said(parts[0])}"
    joint = {"and": " and ", "or": " or ", "imp": " implies ", "iff": " if and only if "}[op]
    plain = (op,) if op in ("and", "or") else ()  # what reads the same without brackets
    return joint.join(
        f"({_said(part)})" if isinstance(part, list) and part[0] not in plain else _said(part) for part in parts
    )
