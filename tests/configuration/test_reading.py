"""Feature models are read as they are meant, and what is wrong with one is said: where, what, and what is allowed."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.configure.circuit import Circuit, costs_of, few_costs, prices_of
from engine.configure.compile import Impossible, Limits, TooHard, compile_model
from engine.configure.complete import in_turn
from engine.configure.domains import EXCLUDED, FORCED, POSSIBLE, domains
from engine.configure.explain import Contradiction
from engine.configure.model import Clause, Group, Model, ModelError, Rule, Sum, Table
from engine.configure.screen import contradiction, on_screen, screen
from engine.configure.sums import cheapest_within, limited, narrowed
from engine.configure.tree import read
from engine.configure.validate import validator
from tests.configuration.brute import configurations
from tests.configuration.published import read_folder

NAMES = ("root", "a", "b", "c", "d", "e")


def document(*constraints: Any, **changes: Any) -> dict[str, Any]:
    """A root with a part that it always has, one that it may have, and a choice of two under that."""
    rows = [("root", None, "and", True), ("a", "root", None, True), ("b", "root", "alt", False), ("c", "b", None, False),
            ("d", "b", None, False), ("e", "root", None, False)]  # fmt: skip
    features = [dict(zip(("name", "parent", "group", "mandatory"), row, strict=True)) for row in rows]
    for name, change in changes.items():
        features[NAMES.index(name)] |= change
    return {"name": "shop", "features": features, "constraints": list(constraints)}


def wide() -> dict[str, Any]:
    """One of seven times five features, of which each five go together."""
    names = [f"x{i}" for i in range(35)]
    features = [{"name": name, "parent": "root", "group": None, "mandatory": False} for name in names]
    root = {"name": "root", "parent": None, "group": "and", "mandatory": True}
    constraint = ["or", *(["and", *names[at : at + 5]] for at in range(0, 35, 5))]
    return {"name": "shop", "features": [root, *features], "constraints": [constraint]}


def nested(op: str, times: int, formula: Any, *beside: str) -> Any:
    """A formula in an operator, again and again."""
    for _ in range(times):
        formula = [op, *beside, formula]
    return formula


def formulas() -> st.SearchStrategy[Any]:
    """A formula in prefix form over the names."""
    return st.recursive(
        st.sampled_from(NAMES),
        lambda inner: st.one_of(
            st.tuples(st.just("not"), inner),
            st.tuples(st.sampled_from(["imp", "iff"]), inner, inner),
            st.lists(inner, min_size=1, max_size=3).flatmap(
                lambda parts: st.sampled_from(["and", "or"]).map(lambda op: (op, *parts))
            ),
        ),
        max_leaves=7,
    ).map(lambda formula: json.loads(json.dumps(formula)))


def holds(formula: Any, chosen: dict[str, bool]) -> bool:
    if isinstance(formula, str):
        return chosen[formula]
    op, parts = formula[0], [holds(part, chosen) for part in formula[1:]]
    found = {
        "not": lambda: not parts[0], "and": lambda: all(parts), "or": lambda: any(parts),
        "imp": lambda: not parts[0] or parts[1], "iff": lambda: parts[0] == parts[1],
    }[op]()  # fmt: skip
    return bool(found)


@given(st.lists(formulas(), max_size=3), st.sampled_from(["alt", "or", "and"]))
def test_a_tree_with_constraints_means_what_it_says(constraints: list[Any], group: str) -> None:
    model = read(document(*constraints, b={"group": group}))
    wanted = []
    for values in product([False, True], repeat=len(NAMES)):
        chosen = dict(zip(NAMES, values, strict=True))
        under = [chosen["c"], chosen["d"]]
        below = {"alt": sum(under) == 1, "or": any(under), "and": True}[group] if chosen["b"] else not any(under)
        if chosen["root"] and chosen["a"] and below and all(holds(c, chosen) for c in constraints):
            wanted.append(values)
    assert configurations(model) == wanted
    if wanted:
        assert compile_model(model).count == len(wanted)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": "shop"}, "`features` is a list, each with name, parent, group, mandatory; it is not None"),
        (document() | {"features": ["a"]}, "feature 0: it is an object with name, parent, group, mandatory, not 'a'"),
        (
            document() | {"features": [{"name": "a"}]},
            "feature 0: it has no `parent`; features need name, parent, group",
        ),
        (document(c={"name": ["c"]}), "feature 3: its `name` is a text, not ['c']"),
        (document(c={"parent": ["b"]}), "feature 3: its `parent` is a feature's name, null for the root, not ['b']"),
        (document(c={"group": {}}), "feature 3: its `group` is and, or, alt or null, not {}"),
        (document() | {"constraints": "a"}, "`constraints` is a list of formulas, not 'a'"),
        (document() | {"features": []}, "one feature is the root, with the parent null; it has none"),
        (
            document(root={"parent": "b"}, b={"parent": "root"}),
            "one feature is the root, with the parent null; it has none",
        ),
        (document(e={"parent": None}), "one feature is the root, with the parent null; it has 2: root, e"),
        (document(b={"parent": "c"}), "'b' is not under the root 'root': its parents come back to where they began"),
        (document([["or", "a"], "a"]), "constraint 0: [['or', 'a'], 'a'] is no formula; write a name, or [op, ...]"),
        (document(nested("not", 3_000, "a")), "constraint 0: formulas stand in one another at most 100 deep"),
        (document(nested("nor", 3_000, "a")), "is no formula"),
        (document(nested("iff", 60, "a", "b")), "and 14 where they are iff; write it as several constraints"),
        (document(a={"parent": "nobody"}), "feature 'a' has the parent 'nobody', which is no feature"),
        (document(b={"group": "any"}), "'b' has children and the group 'any'; allowed are and, or, alt"),
        (document(b={"name": "a"}, c={"parent": "a"}, d={"parent": "a"}), "options named twice: a"),
        (document(["imp", "a", "z"]), "constraint 0: 'z' is no feature"),
        (document("a", ["xor", "a", "b"]), "constraint 1: ['xor', 'a', 'b'] is no formula; write a name, or [op, ...]"),
        (document(["imp", "a"]), "imp takes 2 formulas, not 1"),
        (document(["or"]), "or takes 1 or more formulas, not 0"),
        (document([]), "[] is no formula"),
        (wide(), "constraint 0: it comes to more than 20,000 clauses; write it as several constraints"),
    ],
)
def test_a_document_that_cannot_be_read_is_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ModelError) as refused:
        read(wrong)
    assert said in str(refused.value) and str(refused.value).startswith("shop")


def test_a_document_that_is_no_object_is_refused() -> None:
    with pytest.raises(ModelError, match="a feature model is an object with `features` and `constraints`, not \\[1\\]"):
        read([1])  # type: ignore[arg-type]


@pytest.mark.parametrize(("op", "times", "beside"), [("not", 100, ()), ("imp", 100, ("a",)), ("iff", 14, ("a",))])
def test_formulas_as_deep_as_is_allowed_are_read(op: str, times: int, beside: tuple[str, ...]) -> None:
    model = read(document(nested(op, times, "e", *beside)))
    assert configurations(model) == configurations(read(document("e")))


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (Clause((8,), "r"), "m, rule 0 (r): there is no option 4; options are 0 to 3"),
        (Group((0, 1), 2, 1), "rule 0: from 2 to 1 is no range"),
        (Group((0, 0), 0, 1), "a group has an option twice, 'o0'; name each of its members once"),
        (Sum(((1, 5), (0, 2), (1, 7)), 3), "rule 0: a sum has an option twice, 'o1'; add up its weights"),
        (Table(((0, 1), (2, 3, 2)), ((0, 2),)), "a column has an option twice, 'o2'; name each of its values once"),
        (Sum(((0, 2**61), (1, 1)), 0), "weights and bounds of a sum may come to 2,305,843,009,213,693,952 at most"),
        (Table(((0, 1), (2, 3)), ((0,),)), "a row has 1 values for 2 columns"),
        (Table(((0, 1), (2, 3)), ((0, 1),)), "'o1' is no value of its column"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused(rule: Rule, said: str) -> None:
    with pytest.raises(ModelError) as refused:
        Model("m", ("o0", "o1", "o2", "o3"), (rule,))
    assert said in str(refused.value)


MODEL = Model("m", ("o0", "o1", "o2"), (Group((0, 1, 2), 1, 1),))


def test_questions_that_do_not_fit_are_refused() -> None:
    circuit = compile_model(MODEL)
    for ask, said in [
        (lambda: domains(circuit, [6]), "m has options 0 to 2; a choice names another"),
        (lambda: domains(circuit, [0, 2]), "no configuration has all of: o0, o1; undo one of them"),
        (lambda: costs_of(circuit, [1, 2]), "3 options; each needs two costs"),
        (lambda: prices_of(circuit, [2**61, 1, 0]), "may come to 2,305,843,009,213,693,952 micros at most"),
        (lambda: few_costs(circuit, {0: 2**62}), "may come to 2,305,843,009,213,693,952 micros at most"),
        (lambda: in_turn(circuit, (), np.full(6, 2**40), np.arange(6) ** 2 * 2**36), "do not fit a word"),
        (lambda: validator(MODEL).valid(np.zeros((2, 1), np.uint64)), "columns must be uint64 of [3 options, words]"),
        (lambda: MODEL.option("o9"), "m has no option 'o9'; it has 3, such as 'o0'"),
        (lambda: Model("e", (), ()).option("x"), "e has no option 'x'; it has none"),
    ]:
        with pytest.raises(ModelError) as refused:
            ask()
        assert said in str(refused.value)


def test_a_contradiction_names_what_is_enough() -> None:
    circuit = compile_model(Model("m", ("o0", "o1", "o2", "o3"), (Group((0, 1, 2), 1, 1),)))
    with pytest.raises(Contradiction) as refused:
        domains(circuit, [6, 2, 0])
    assert refused.value.choices == (0, 2)


def test_a_model_of_nothing_and_one_that_leaves_nothing() -> None:
    empty = compile_model(Model("m", (), ()))
    assert empty.count == 1 and len(domains(empty, ())) == 0
    settled = compile_model(Model("m", ("o0", "o1"), (Clause((0,)), Clause((3,)))))
    assert settled.count == 1 and settled.variables == 0 and domains(settled, [0]).tolist() == [1, 2]
    with pytest.raises(Contradiction):
        domains(settled, [1])
    with pytest.raises(Impossible, match="no configuration keeps all its rules"):
        compile_model(Model("m", ("o0",), (Clause((0,)), Clause((1,)))))


def test_a_circuit_is_its_array() -> None:
    """The same model compiles to the same array, and an array that was kept answers as it did."""
    model = read(document(["imp", "e", "c"]))
    circuit = compile_model(model)
    kept = np.frombuffer(circuit.arena.tobytes(), np.int32)
    assert np.array_equal(kept, compile_model(model).arena)
    again = Circuit(model, kept)
    assert again.count == circuit.count == 4
    assert domains(again, [model.literal("e")]).tolist() == domains(circuit, [model.literal("e")]).tolist()


def test_a_wide_sum_stays_out_of_the_circuit() -> None:
    options = tuple(f"o{i}" for i in range(60))
    watts = Sum(tuple((i, 7_919 * i * i % 99_991 + 1) for i in range(60)), 1_000_000, 1_000_100)
    circuit = compile_model(Model("m", options, (watts,)), Limits(steps=200_000, room=1 << 18))
    assert not circuit.exact_sums and circuit.count == 2**60
    pigeons = tuple(Group(tuple(range(8 * p, 8 * p + 8)), 1, 1) for p in range(9))
    holes = tuple(Group(tuple(8 * p + h for p in range(9)), 0, 1) for h in range(8))
    crowd = Model("m", tuple(f"p{i}" for i in range(72)), (*pigeons, *holes))
    with pytest.raises(TooHard, match="does not compile within 1,000 steps"):
        compile_model(crowd, Limits(steps=1_000))


def crowded() -> Model:
    """Six pigeons in five holes where `crowd` is chosen, which takes the solver many conflicts; and one of `a` and `b`."""
    each = [Clause((1, *(2 * (1 + 5 * pigeon + hole) for hole in range(5)))) for pigeon in range(6)]
    alone = [Group(tuple(range(1 + hole, 31, 5)), 0, 1) for hole in range(5)]
    options = ("crowd", *(f"p{i}" for i in range(30)), "a", "b")
    return Model("m", options, (*each, *alone, Group((31, 32), 0, 1)))


CROWD, A, B = 0, 62, 64


def test_what_the_limit_cuts_off_is_said() -> None:
    asked = screen(crowded())
    found = on_screen(asked, [A], [0, 31, 32], most_conflicts=5)
    assert found.states[[0, 31, 32]].tolist() == [POSSIBLE, FORCED, EXCLUDED]
    assert found.unproven[[0, 31, 32]].tolist() == [True, False, False] and found.unproven[1:31].all()
    with pytest.raises(ModelError, match="not decided within 5 conflicts; allow more of them"):
        on_screen(asked, [CROWD], [31], most_conflicts=5)


def test_a_contradiction_is_as_small_as_the_limit_proves() -> None:
    asked = screen(crowded())
    assert contradiction(asked, [CROWD, A, B], most_conflicts=5).choices == (A, B)
    assert contradiction(asked, [CROWD, A, B], most_conflicts=1_000_000).choices == (CROWD,)
    with pytest.raises(Contradiction, match="m: no configuration keeps all its rules"):
        on_screen(screen(Model("m", ("o0",), (Clause((0,)), Clause((1,))))), (), [0])


def test_sums_that_are_not_settled_within_their_limits_are_said() -> None:
    groups = tuple(Group(tuple(range(4 * g, 4 * g + 4)), 1, 1) for g in range(10))
    weights = [tuple((i, (7_919 * i * i * k) % 9_973 + 1) for i in range(40)) for k in (1, 5)]
    watts, kilos = (Sum(terms, 48_000, 48_003) for terms in weights)
    model = Model("m", tuple(f"o{i}" for i in range(40)), (*groups, watts, kilos))
    circuit = compile_model(model, Limits(steps=20_000, room=1 << 14))
    assert not circuit.exact_sums
    for ask, said in [
        (lambda: narrowed(limited(circuit), (), most_conflicts=5), "not decided within 5 conflicts"),
        (lambda: cheapest_within(limited(circuit), (), few_costs(circuit, {0: 1}), budget=3),
         "m: no configuration was found within 3 passes, nor that there is none; allow more of them"),
    ]:  # fmt: skip
        with pytest.raises(ModelError, match=said):
            ask()


def test_a_folder_without_models_fails(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(FileNotFoundError, match=r"no \.json or \.json\.gz file"):
            read_folder(folder)
