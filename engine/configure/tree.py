"""Feature models: a tree of features with constraints in prefix form, as public benchmarks have them, read into a `Model`.

A document has `features`, in preorder: {name, parent, group: and | or | alt | null (of its children), mandatory (of a child of an
`and`)}, and `constraints`: [op, ...] with op in not, and, or, imp, iff, and a feature's name as leaf. The root is always chosen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from reprlib import repr as brief
from typing import Any

from engine.configure.model import Clause, Group, Model, ModelError, Rule

MOST_CLAUSES = 20_000
"""What one constraint may become."""
MOST_NESTED = 100
"""How deep the formulas of a constraint may stand in one another."""
MOST_NESTED_IFF = 14
"""How many `iff` may: each doubles what it comes to, so that one more is past `MOST_CLAUSES`."""
Feature = tuple[str, str | None, str | None, bool]
"""Its name, parent, group, and whether its parent always has it."""
_PARTS: dict[str, tuple[Any, str]] = {
    "name": (str, "a text"),
    "parent": (str | None, "a feature's name, null for the root"),
    "group": (str | None, "and, or, alt or null"),
    "mandatory": (bool | int | None, "true or false"),
}
_ARITY = {"not": (1, 1), "and": (1, None), "or": (1, None), "imp": (2, 2), "iff": (2, 2)}


def read(document: Mapping[str, Any]) -> Model:
    """The model of a feature tree."""
    if not isinstance(document, Mapping):
        raise ModelError(f"a feature model is an object with `features` and `constraints`, not {brief(document)}")
    name = str(document.get("name", "model"))
    features, constraints = _features(name, document.get("features")), document.get("constraints")
    if not isinstance(constraints, list):
        raise ModelError(f"{name}: `constraints` is a list of formulas, not {brief(constraints)}")
    numbers = {feature: number for number, (feature, *_) in enumerate(features)}
    rules = [*_tree(name, features, numbers)]
    for at, constraint in enumerate(constraints):
        rules += _constraint(f"{name}, constraint {at}", constraint, numbers)
    return Model(name, tuple(feature for feature, *_ in features), tuple(rules))


def _features(name: str, rows: Any) -> list[Feature]:
    """The features as they are listed."""
    if not isinstance(rows, list):
        raise ModelError(f"{name}: `features` is a list, each with {', '.join(_PARTS)}; it is not {brief(rows)}")
    for at, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise ModelError(f"{name}, feature {at}: it is an object with {', '.join(_PARTS)}, not {brief(row)}")
        for part, (kind, said) in _PARTS.items():
            if part not in row:
                raise ModelError(f"{name}, feature {at}: it has no `{part}`; features need {', '.join(_PARTS)}")
            if not isinstance(row[part], kind):
                raise ModelError(f"{name}, feature {at}: its `{part}` is {said}, not {brief(row[part])}")
    return [(row["name"], row["parent"], row["group"], bool(row["mandatory"])) for row in rows]


def _children(name: str, features: list[Feature], numbers: Mapping[str, int]) -> dict[int, list[int]]:
    """The children of each feature that has some; all features stand under one root."""
    roots = [feature for feature, parent, *_ in features if parent is None]
    if len(roots) != 1:
        found = f"{len(roots)}: {', '.join(roots[:5])}" if roots else "none"
        raise ModelError(f"{name}: one feature is the root, with the parent null; it has {found}")
    children: dict[int, list[int]] = {}
    for feature, parent, *_ in features:
        if parent is not None and parent not in numbers:
            raise ModelError(f"{name}: feature {feature!r} has the parent {parent!r}, which is no feature")
        if parent is not None:
            children.setdefault(numbers[parent], []).append(numbers[feature])
    reached = {numbers[roots[0]]}
    open_ = [*reached]
    while open_:
        below = set(children.get(open_.pop(), ())) - reached
        reached |= below
        open_ += below
    lost = next((feature for feature in numbers if numbers[feature] not in reached), None)
    if lost is not None:
        raise ModelError(
            f"{name}: {lost!r} is not under the root {roots[0]!r}: its parents come back to where they began"
        )
    return children


def _tree(name: str, features: list[Feature], numbers: Mapping[str, int]) -> Iterator[Rule]:
    """The rules that the tree itself says."""
    children = _children(name, features, numbers)
    root = next(feature for feature, parent, *_ in features if parent is None)
    yield Clause((2 * numbers[root],), f"{root} is always chosen")
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
    _check(where, tree, numbers)
    clauses = _clauses(where, tree, True, numbers)
    because = _said(tree)
    for clause in clauses:
        if not any(literal ^ 1 in clause for literal in clause):
            yield Clause(tuple(sorted(clause)), because)


def _check(where: str, tree: Any, numbers: Mapping[str, int], depth: int = 0, doubled: int = 0) -> None:
    """Refuse what is no formula, or one that is nested too deep to be read."""
    if isinstance(tree, str):
        if tree not in numbers:
            raise ModelError(f"{where}: {tree!r} is no feature")
        return
    if not isinstance(tree, list) or not tree or not isinstance(tree[0], str) or tree[0] not in _ARITY:
        ops = ", ".join(_ARITY)
        raise ModelError(f"{where}: {brief(tree)} is no formula; write a name, or [op, ...] with op in {ops}")
    op, parts = tree[0], tree[1:]
    least, most = _ARITY[op]
    if len(parts) < least or (most is not None and len(parts) > most):
        raise ModelError(f"{where}: {op} takes {least}{' or more' if most is None else ''} formulas, not {len(parts)}")
    depth, doubled = depth + 1, doubled + (op == "iff")
    if depth > MOST_NESTED or doubled > MOST_NESTED_IFF:
        raise ModelError(
            f"{where}: formulas stand in one another at most {MOST_NESTED} deep, and {MOST_NESTED_IFF} where they are iff; "
            "write it as several constraints"
        )
    for part in parts:
        _check(where, part, numbers, depth, doubled)


def _clauses(where: str, tree: Any, holds: bool, numbers: Mapping[str, int]) -> list[frozenset[int]]:
    """Clauses that together say that a formula holds, or that it does not."""
    if isinstance(tree, str):
        return [frozenset({2 * numbers[tree] + (not holds)})]
    op, parts = tree[0], tree[1:]
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
