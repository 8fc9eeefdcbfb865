"""A feature model read from UVL becomes a book that checks, and whose bundle has exactly the model's configurations, one by one."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from engine.cli.imported import BUNDLE, FILE, book_of
from engine.cli.main import app
from engine.configure import tree
from engine.configure.checking import check
from engine.configure.compile import compile_model
from engine.configure.configured import Configured
from engine.configure.of_book import configured
from engine.configure.validate import columns_of, rows_of, validator
from engine.lang.uvl import UvlError, read
from engine.lang.uvl_book import book_text, names_of
from tests.effort import tries

SLOW = settings(max_examples=tries(60), deadline=None, suppress_health_check=list(HealthCheck))
Chosen = frozenset[str]


def bundle_of(text: str) -> tuple[Configured, dict[str, str]]:
    """The bundle that a UVL text becomes, and the features of its options."""
    model = read(text)
    book, _ = book_of(model)
    checked = check({FILE: book.encode()})
    assert checked.book is not None and not checked.diagnostics, [
        d.render(checked.sources) for d in checked.diagnostics
    ] + [book]
    return configured(checked.book, BUNDLE), {ours: theirs for theirs, ours in names_of(model).items()}


def assert_same(text: str, features: list[str], wanted: list[Chosen]) -> None:
    made, theirs = bundle_of(text)
    kept = [theirs[option.name] for option in made.options]
    assert not any(chosen - set(kept) for chosen in wanted), "what is left out is never chosen"
    assert compile_model(made.model).count == len(wanted), text
    rows = np.array([[feature in chosen for feature in kept] for chosen in wanted], bool)
    assert rows_of(validator(made.model).valid(columns_of(rows)), len(rows)).all(), text
    assert set(kept) <= set(features)


# ---------------------------------------------------------------- generated models


@st.composite
def models(draw: st.DrawFn) -> tuple[str, list[str], list[Chosen]]:
    """A UVL text, its features, and its configurations, told apart by the meaning of each word here."""
    count = draw(st.integers(3, 9))
    features = [draw(st.sampled_from(["F", "Gps ", "of", "x-y", "Ä"])) + str(n) for n in range(count)]
    cost = {feature: Fraction(draw(st.integers(0, 8)), 2) for feature in features if draw(st.booleans())}
    lines, rules = ["features", f"\t{said(features[0], cost)}"], [lambda c: features[0] in c]
    left = features[1:]
    _grow(draw, features[0], left, 2, lines, rules, cost)
    lines.append("constraints")
    for _ in range(draw(st.integers(0, 3))):
        text, rule = draw(formulas(features, cost))
        lines.append(f"\t{text}")
        rules.append(rule)
    placed = [feature for feature in features if feature not in left]
    every = (
        frozenset(f for f, bit in zip(placed, bits, strict=True) if bit) for bits in product((0, 1), repeat=len(placed))
    )
    return "\n".join(lines) + "\n", placed, [chosen for chosen in every if all(rule(chosen) for rule in rules)]


def said(feature: str, cost: dict[str, Fraction]) -> str:
    return f'"{feature}"' + (f" {{cost {float(cost[feature])}}}" if feature in cost else "")


def within(parent: str, members: list[str], low: int, high: int) -> Any:
    return lambda c: low <= len(c & set(members)) <= high if parent in c else not c & set(members)


def _grow(
    draw: Any, parent: str, left: list[str], depth: int, lines: list[str], rules: list[Any], cost: dict[str, Fraction]
) -> None:
    """Groups below a parent, taken from what is left."""
    while left:
        kind = draw(st.sampled_from(["mandatory", "optional", "or", "alternative", "cardinality"]))
        members = [left.pop(0) for _ in range(min(len(left), draw(st.integers(1, 3))))]
        low, high = {"mandatory": (1, 1), "optional": (0, 1), "or": (1, len(members)), "alternative": (1, 1)}.get(
            kind, (0, 0)
        )
        if kind == "cardinality":
            low = draw(st.integers(0, len(members)))
            high = draw(st.integers(low, len(members)))
            kind = f"[{low}..{high}]"
        together = [members] if kind not in ("mandatory", "optional") else [[one] for one in members]
        rules += [within(parent, some, low, high) for some in together]
        lines.append("\t" * depth + kind)
        for member in members:
            lines.append("\t" * (depth + 1) + said(member, cost))
            if left and draw(st.booleans()):
                _grow(draw, member, left, depth + 2, lines, rules, cost)
        if depth > 2 and draw(st.booleans()):
            return


@st.composite
def formulas(draw: st.DrawFn, features: list[str], cost: dict[str, Fraction], depth: int = 2) -> tuple[str, Any]:
    kinds = ["&", "|", "=>", "<=>", "!"] if depth else []
    kinds += ["sum", "when"] if depth == 2 and cost else []
    kind = draw(st.sampled_from([*kinds, "name"]))
    if kind == "name":
        feature = draw(st.sampled_from(features))
        return f'"{feature}"', lambda c: feature in c
    if kind == "!":
        text, rule = draw(formulas(features, cost, depth - 1))
        return f"!({text})", lambda c: not rule(c)
    if kind in ("sum", "when"):
        return draw(equations(features, cost, kind == "when"))
    (one, first), (other, then) = draw(formulas(features, cost, depth - 1)), draw(formulas(features, cost, depth - 1))
    means = {
        "&": lambda c: first(c) and then(c), "|": lambda c: first(c) or then(c),
        "=>": lambda c: not first(c) or then(c), "<=>": lambda c: first(c) == then(c),
    }  # fmt: skip
    return f"({one}) {kind} ({other})", means[kind]


@st.composite
def equations(draw: st.DrawFn, features: list[str], cost: dict[str, Fraction], freed: bool) -> tuple[str, Any]:
    relation = draw(st.sampled_from(["<", "<=", ">", ">=", "=="]))
    bound, one = Fraction(draw(st.integers(-4, 20)), 2), draw(st.sampled_from(sorted(cost)))
    times = draw(st.integers(-2, 2))
    holds = {
        "<": lambda a: a < bound,
        "<=": lambda a: a <= bound,
        ">": lambda a: a > bound,
        ">=": lambda a: a >= bound,
        "==": lambda a: a == bound,
    }[relation]

    def met(c: Chosen) -> bool:
        return bool(holds(sum((cost[f] for f in c if f in cost), Fraction(0)) + times * (cost[one] if one in c else 0)))

    text = f'sum(cost) + {times} * "{one}".cost {relation} {float(bound)}'.replace("+ -", "- ")
    if not freed:
        return text, met
    condition, rule = draw(formulas(features, cost, 1))
    return f"({condition}) => {text}", lambda c: not rule(c) or met(c)


@given(model=models())
@SLOW
def test_a_bundle_has_the_configurations_of_its_feature_model(model: tuple[str, list[str], list[Chosen]]) -> None:
    text, features, wanted = model
    asked = set(re.findall(r'"([^"]+)"', text.partition("constraints")[2]))
    if asked - set(features):  # a feature of a constraint found no place in the tree
        with pytest.raises(UvlError, match=r"there is no feature|is no FEATURE\.ATTRIBUTE"):
            read(text)
    elif wanted:
        assert_same(text, features, wanted)
    else:
        with pytest.raises(UvlError, match="no configuration"):
            book_of(read(text))


# ---------------------------------------------------------------- a published model


def test_a_published_model_comes_to_the_same_through_uvl() -> None:
    document = json.loads((Path(__file__).parent / "models" / "pcrichmond.json").read_text(encoding="utf-8"))
    made, theirs = bundle_of(as_uvl(document))
    own, other = compile_model(made.model), compile_model(tree.read(document))
    assert own.count == other.count == int(document["expected"]["configurations"])
    assert {theirs[option.name] for option in made.options} == {feature["name"] for feature in document["features"]}


def as_uvl(document: dict[str, Any]) -> str:
    """A feature tree as UVL text."""
    below: dict[str | None, list[dict[str, Any]]] = {}
    for feature in document["features"]:
        below.setdefault(feature["parent"], []).append(feature)
    lines = ["features"]

    def write(feature: dict[str, Any], depth: int) -> None:
        lines.append("\t" * depth + f'"{feature["name"]}"')
        members = below.get(feature["name"], [])
        groups = {"or": {"or": members}, "alt": {"alternative": members}}.get(
            feature["group"],
            {
                "mandatory": [m for m in members if m["mandatory"]],
                "optional": [m for m in members if not m["mandatory"]],
            },
        )
        for kind, some in groups.items():
            if some:
                lines.append("\t" * (depth + 1) + kind)
                for member in some:
                    write(member, depth + 2)

    def formula(said: Any) -> str:
        if isinstance(said, str):
            return f'"{said}"'
        op, *parts = said
        texts = [formula(part) for part in parts]
        return (
            f"!({texts[0]})"
            if op == "not"
            else f" {dict(zip(('and', 'or', 'imp', 'iff'), '& | => <=>'.split(), strict=True))[op]} ".join(
                f"({text})" for text in texts
            )
        )

    write(below[None][0], 1)
    lines.append("constraints")
    lines += ["\t" + formula(constraint) for constraint in document["constraints"]]
    return "\n".join(lines) + "\n"


# ---------------------------------------------------------------- what is not read

HEAD = 'features\n\tShop {cost 3}\n\t\toptional\n\t\t\tCard {cost 1}\n\t\t\t"Pay-Pal" {cost 2, abstract}\nconstraints\n'


@pytest.mark.parametrize(
    ("text", "where", "words"),
    [
        ("imports\n\tother.uvl as o\n" + HEAD, "1:1", "other files are not imported"),
        ("features\n\tInteger Size\n", "2:2", "a feature that is Integer is not read"),
        ("features\n\tString Name\n", "2:2", "a feature that is String is not read"),
        ("features\n\tShop cardinality [1..3]\n", "2:7", "several times is not read"),
        ("features\n\tShop\n\t\tor\n\t\t\tA\n\t\t\tA\n", "5:4", "`A` is a feature already, at 4:4"),
        ("features\n\tShop\n\t\t[3..2]\n\t\t\tA\n\t\t\tB\n", "3:3", "[3..2] of 2 features"),
        (HEAD + "\tCard => Cart\n", "7:10", "there is no feature `Cart`"),
        (HEAD + "\tsum(weight) < 3\n", "7:2", "no feature has a number `weight`"),
        (HEAD + "\tCard.weight < 3\n", "7:2", "`Card` has no number `weight`"),
        (HEAD + "\tavg(cost) < 3\n", "7:2", "`avg(cost)` is not read: only sum"),
        (HEAD + "\tCard.cost * Shop.cost < 3\n", "7:2", "is no sum"),
        (HEAD + "\tCard.cost / 0 < 3\n", "7:2", "is no sum"),
        (HEAD + "\tCard.cost != 3\n", "7:2", "!= of sums is not read"),
        (HEAD + "\tCard + 1 < 3\n", "7:2", "a feature is chosen or not, and is no number"),
        (HEAD + "\tsum(cost) < 3 | Card.cost > 5\n", "7:18", "of two equations either cannot be asked"),
        (HEAD + "\tCard & \n", "7:8", "this is no UVL: `Card &`"),
        ("feature\n\tShop\n", "1:1", "this is no UVL: `feature`"),
        ("namespace Shop\n", "1:1", "it has no `features`"),
        (HEAD + "\tCard & !Card\n", "", "it has no configuration, for these together: Card & !Card"),
    ],
)  # fmt: skip
def test_what_is_not_read_is_refused_with_its_place(tmp_path: Path, text: str, where: str, words: str) -> None:
    file = tmp_path / "model.uvl"
    file.write_text(text, encoding="utf-8")
    result = CliRunner().invoke(app, ["import-uvl", str(file), "-o", str(tmp_path / "book")])
    assert result.exit_code == 2 and words in result.output, result.output
    assert f"model.uvl:{where}: " in result.output if where else True
    assert not (tmp_path / "book").exists()


def test_names_are_kept_apart_and_said_in_titles() -> None:
    text = 'features\n\t"Pay-Pal"\n\t\toptional\n\t\t\tpay_pal\n\t\t\twhen\n\t\t\t"3D"\n\t\t\tÜ\n'
    model = read(text)
    assert names_of(model) == {
        "Pay-Pal": "pay_pal", "pay_pal": "pay_pal_2", "when": "feature_when", "3D": "feature_3d", "Ü": "feature",
    }  # fmt: skip
    assert 'product feature_3d "3D"' in book_of(model)[0]


def test_a_book_is_written_once_and_configured(tmp_path: Path) -> None:
    file = tmp_path / "model.uvl"
    file.write_text(
        HEAD.replace("constraints", "// plain\nconstraints") + '\tCard => !"Pay-Pal" /* one */\n', encoding="utf-8"
    )
    command = ["import-uvl", str(file), "-o", str(tmp_path / "book")]
    assert "3 features and 1 constraint ->" in CliRunner().invoke(app, command).output
    again = CliRunner().invoke(app, command)
    assert again.exit_code == 2 and "is there already" in again.output
    asked = ["configure", str(tmp_path / "book"), BUNDLE, "--choose", "card", "--why", "pay_pal", "--json"]
    refused = json.loads(CliRunner().invoke(app, asked).output)["refused"]
    assert [rule["because"] for rule in refused["rules"]] == ["Card => !'Pay-Pal'"]


def test_equivalences_deep_in_one_another_are_refused_at_once() -> None:
    text = "features\n  A\n    optional\n      B\n      C\nconstraints\n  " + " <=> ".join(["B", "C"] * 12) + "\n"
    with pytest.raises(UvlError, match="too deep in one another"):
        book_text(read(text))
